"""Orders: place one or many, look at them, cancel."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.scopes import Scope
from api.v1 import examples
from api.v1.authentication import ip_of
from api.v1.describing import described
from api.v1.doors import Door
from api.v1.filtering import OrderFilters, filtered, filters_as_parameters, require_known
from api.v1.order_shapes import (
    BulkIn,
    BulkInShape,
    BulkOut,
    EventOut,
    OrderIn,
    OrderOut,
    PlacedOut,
    event_out,
    order_out,
    placed_out,
)
from api.v1.ordering import Caller, kinds_of, order_request, place, place_lines, require_own_fields
from api.v1.pages import PAGE_PARAMETERS, list_of, newest_first, page_of
from api.v1.reading import body_of
from api.v1.repeating import once
from billing.deciding_disputes import terminations_of
from orders.cancelling import cancel_order
from orders.models import Order
from orders.timeline import timeline


def own_orders(door: Door) -> QuerySet[Order]:
    orders = Order.objects.of(door.customer).select_related("terms_version", "drip_feed")
    return orders.defer("service_description", "comments", "terms_version__text", "terms_version__wording")


def caller_at(door: Door) -> Caller:
    return Caller(door.customer, door.now, ip_of(door.request), door.request.headers.get("User-Agent", ""))


class Orders(Door):
    needs = {"GET": Scope.READ, "POST": Scope.ORDER}

    @described(
        "List orders",
        "Newest first. The runs of a drip-feed are orders of their own.",
        tag="orders",
        operation="orders_list",
        scope=Scope.READ,
        parameters=[*filters_as_parameters(OrderFilters), *PAGE_PARAMETERS],
        answers={200: page_of("OrderPage", OrderOut)},
        example=examples.page(examples.ORDER),
        problems=(400,),
    )
    def get(self, request: Request) -> Response:
        orders = filtered(OrderFilters, own_orders(self), request)
        ended = list(terminations_of(self.customer))
        return Response(newest_first(orders, request, lambda order: order_out(order, ended)))

    @described(
        "Place an order",
        "Charges the balance and queues the order, or refuses and charges nothing. The same Idempotency-Key and body "
        "return the same answer. A call is agreement to the terms in force.",
        tag="orders",
        operation="orders_create",
        scope=Scope.ORDER,
        repeats="needed",
        takes=OrderIn,
        takes_example=examples.ORDER_IN,
        answers={201: PlacedOut},
        example=examples.ORDER | {"warnings": []},
        problems=(400, 409, 411, 413, 415, 422),
    )
    def post(self, request: Request) -> Response:
        require_known(request, set())

        def work(request_id: str) -> tuple[int, Any]:
            given = OrderIn(data=body_of(request))
            given.is_valid(raise_exception=True)
            line, caller = given.validated_data, caller_at(self)
            require_own_fields(line, kinds_of([line["service"]]).get(line["service"]))
            asked = order_request(line, request_id=request_id, terms=line.get("terms_version"), caller=caller)
            return 201, placed_out(place(asked, caller=caller))

        return once(request, customer=self.customer, needed=True, now=self.now, work=work)


class ManyOrders(Door):
    needs = {"POST": Scope.ORDER}

    @described(
        "Place many orders",
        "Up to 1,000 lines, each placed or refused by itself, in turn, with a verdict. A very long list may be "
        "answered with 409 `in_progress` first: the same call goes on where it stopped.",
        tag="orders",
        operation="orders_bulk_create",
        scope=Scope.ORDER,
        repeats="needed",
        takes=BulkInShape,
        takes_example={"lines": [examples.ORDER_IN]},
        answers={200: BulkOut},
        example=examples.BULK,
        problems=(400, 409, 411, 413, 415, 422),
    )
    def post(self, request: Request) -> Response:
        require_known(request, set())

        def work(request_id: str) -> tuple[int, Any]:
            given = BulkIn(data=body_of(request))
            given.is_valid(raise_exception=True)
            asked = given.validated_data
            return 200, place_lines(
                asked["lines"],
                request_id=request_id,
                terms=asked.get("terms_version"),
                caller=caller_at(self),
            )

        return once(request, customer=self.customer, needed=True, now=self.now, work=work)


class OneOrder(Door):
    needs = {"GET": Scope.READ}

    @described(
        "Look at an order",
        "Its state, counts and money as of now.",
        tag="orders",
        operation="orders_retrieve",
        scope=Scope.READ,
        answers={200: OrderOut},
        example=examples.ORDER,
        problems=(400, 404),
    )
    def get(self, request: Request, number: int) -> Response:
        require_known(request, set())
        return Response(order_out(get_object_or_404(own_orders(self), pk=number)))


class Cancellation(Door):
    needs = {"POST": Scope.ORDER}

    @described(
        "Cancel an order",
        "Only while nobody has begun to hand it over, and where the order's terms allow it. The whole charge comes "
        "back. Of a drip-feed, every run that has not begun is cancelled.",
        tag="orders",
        operation="orders_cancel",
        scope=Scope.ORDER,
        repeats="possible",
        answers={200: OrderOut},
        example=examples.ORDER | {"state": "cancelled"},
        problems=(400, 404, 409, 411, 413, 415, 422),
    )
    def post(self, request: Request, number: int) -> Response:
        require_known(request, set())
        order = get_object_or_404(own_orders(self).select_related("submission", "customer"), pk=number)

        def work(_request_id: str) -> tuple[int, Any]:
            cancel_order(order, now=self.now)
            return 200, order_out(own_orders(self).get(pk=number))

        return once(request, customer=self.customer, needed=False, now=self.now, work=work)


class Events(Door):
    needs = {"GET": Scope.READ}

    @described(
        "Look at what happened to an order",
        "The whole story, oldest first, in our words.",
        tag="orders",
        operation="orders_events_list",
        scope=Scope.READ,
        answers={200: list_of("EventList", EventOut)},
        example={"items": [examples.EVENT]},
        problems=(400, 404),
    )
    def get(self, request: Request, number: int) -> Response:
        require_known(request, set())
        order = get_object_or_404(own_orders(self), pk=number)
        steps = timeline(order, order.events.order_by("pk"))
        return Response({"items": [event_out(step) for step in steps]})
