"""What a webhook was told, a test for it, and sending once more. It needs the scope for money; the log tells what is
otherwise read with the scope for reading, so it needs that one, too.
"""

from typing import Any

from django.shortcuts import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api_keys import require_scope
from accounts.scopes import Scope
from api.v1 import examples
from api.v1.describing import described
from api.v1.doors import Door
from api.v1.filtering import filtered, filters_as_parameters, require_known
from api.v1.pages import PAGE_PARAMETERS, newest_first, page_of
from api.v1.repeating import once
from api.v1.webhook_shapes import MessageFilters, MessageOut, message_out, own_webhook
from api.v1.webhook_views import UNREADABLE
from api.webhooks import endpoints


class WebhookMessages(Door):
    needs = {"GET": Scope.MONEY}

    @described(
        "List what a webhook was told",
        "Newest first: each message with its attempts, for as long as messages are kept. The key needs `read`, too.",
        tag="webhooks",
        operation="webhooks_messages",
        scope=Scope.MONEY,
        parameters=[*filters_as_parameters(MessageFilters), *PAGE_PARAMETERS],
        answers={200: page_of("WebhookMessagePage", MessageOut)},
        example=examples.page(examples.MESSAGE),
        problems=(400, 404),
    )
    def get(self, request: Request, number: int) -> Response:
        require_scope(self.key, Scope.READ)
        messages = own_webhook(self, number).messages.all()
        return Response(newest_first(filtered(MessageFilters, messages, request), request, message_out))


class WebhookTest(Door):
    needs = {"POST": Scope.MONEY}

    @described(
        "Send a test",
        "A `ping` is owed and tried at once, also where tries rest after failures. This answer does not wait for it; "
        "the log tells what came of it.",
        tag="webhooks",
        operation="webhooks_test",
        scope=Scope.MONEY,
        repeats="possible",
        answers={201: MessageOut},
        example=examples.MESSAGE | {"event": "ping", "data": {"webhook": 4}, "attempts": 0, "tries": []},
        problems=(404, 409, *UNREADABLE),
    )
    def post(self, request: Request, number: int) -> Response:
        require_known(request, set())
        endpoint = own_webhook(self, number)

        def work(_request_id: str) -> tuple[int, Any]:
            return 201, message_out(endpoints.send_test(endpoint, now=self.now))

        return once(request, customer=self.customer, needed=False, now=self.now, work=work)


class WebhookDelivery(Door):
    needs = {"POST": Scope.MONEY}

    @described(
        "Send a message again",
        "Under its own `webhook-id`, at once, also when it was delivered or given up. One that is being sent at this "
        "moment stays as it is. The key needs `read`, too.",
        tag="webhooks",
        operation="webhooks_resend",
        scope=Scope.MONEY,
        repeats="possible",
        answers={200: MessageOut},
        example=examples.MESSAGE,
        problems=(404, 409, *UNREADABLE),
    )
    def post(self, request: Request, number: int, message: int) -> Response:
        require_scope(self.key, Scope.READ)
        require_known(request, set())
        told = get_object_or_404(
            own_webhook(self, number).messages.select_related("endpoint__customer"), pk=message
        )

        def work(_request_id: str) -> tuple[int, Any]:
            endpoints.resend(told, now=self.now)
            told.refresh_from_db()
            return 200, message_out(told)

        return once(request, customer=self.customer, needed=False, now=self.now, work=work)
