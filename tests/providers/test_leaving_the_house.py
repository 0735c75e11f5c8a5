"""What leaves the house: only what a provider needs to deliver, and nothing about who bought it (R-16, invariant 13).

A socket stands for the provider, so that bytes are looked at, not intentions.
"""

import re

import pytest
from django.db import connection

from catalog.models import Service, ServiceKind
from orders import submitting
from orders.models import Order, Submission
from providers.dispatch import DispatchState
from providers.gateways import gateway_for
from tests.factories import NOW, make_customer, make_order, make_provider, make_service
from tests.providers.small_panel import KEY, SmallPanel
from tests.providers.upstream import Upstream

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.clause("A-37", "A-38", "K-84", "K-85"),
]

ALLOWED = {
    "key",
    "action",
    "service",
    "link",
    "quantity",
    "comments",
    "orders",
    "order",
    "refill",
    "refills",
}
HEADERS = {
    "host",
    "user-agent",
    "accept",
    "accept-encoding",
    "connection",
    "content-type",
    "content-length",
}
BIG = 7_654_321
AGENT = "AliceBrowser/9"


@pytest.fixture
def house():
    with Upstream(SmallPanel()) as upstream:
        provider = make_provider(allow_private_address=True)
        provider.url = upstream.url
        provider.set_key(KEY)
        provider.save()
        yield upstream, provider


def ordered(provider, alice, kind, number, **typed):
    is_comment = kind == ServiceKind.CUSTOM_COMMENTS
    service = Service.objects.filter(provider_service=str(number)).first() or make_service(
        provider=provider,
        kind=kind,
        provider_service=str(number),
        metric="comments" if is_comment else "followers",
        min_quantity=1,
    )
    link = f"https://www.instagram.com/{'p/CxAbCdEfGh1' if is_comment else f'shop{Order.objects.count()}'}/"
    return make_order(alice, service, link=link, ip="203.0.113.77", user_agent=AGENT, **typed)


@pytest.fixture
def alice(terms):
    """Her number and those of her orders cannot stand anywhere by chance."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval('orders_order_id_seq', %s)", [BIG * 10])
    return make_customer("alice.secret@example.com", balance="100", pk=BIG)


def everything_asked(provider, alice):
    """Every kind of order is handed over, then everything is asked that a gateway can ask."""
    orders = [
        ordered(provider, alice, ServiceKind.DEFAULT, 1, quantity=100),
        ordered(provider, alice, ServiceKind.CUSTOM_COMMENTS, 2, quantity=None, comments="first\nsecond"),
        ordered(provider, alice, ServiceKind.PACKAGE, 3, quantity=None),
        ordered(provider, alice, ServiceKind.DEFAULT, 1, quantity=60, runs=2, interval_minutes=10),
    ]
    while submitting.send_next(gateway_for=gateway_for, clock=lambda: NOW):
        pass
    taken = list(
        Submission.objects.filter(state=DispatchState.ACCEPTED).values_list("external_id", flat=True)
    )
    assert len(taken) == len(orders)
    gateway = gateway_for(provider)
    gateway.statuses(taken)
    refill = gateway.add_refill(taken[0])
    gateway.refill_statuses([refill.external_id])
    gateway.cancel(taken)
    gateway.balance()
    gateway.services()
    return orders


def test_a_provider_is_told_nothing_but_what_it_needs(house, alice):
    upstream, provider = house
    everything_asked(provider, alice)

    asked = {request.form["action"] for request in upstream.requests}
    assert asked == {"add", "status", "refill", "refill_status", "cancel", "balance", "services"}
    for request in upstream.requests:
        first, *lines = request.head.split("\r\n")
        assert request.form.keys() <= ALLOWED
        assert {line.partition(":")[0].lower() for line in lines if line} <= HEADERS
        assert first == "POST /api/v2 HTTP/1.1"
        assert "?" not in first


def test_a_provider_never_hears_who_bought(house, alice):
    upstream, provider = house
    orders = everything_asked(provider, alice)

    secrets = [alice.email, "alice", "203.0.113", AGENT, str(alice.pk), alice.password]
    secrets += [str(number) for number in Submission.objects.values_list("order", flat=True)]
    secrets += [order.request_id for order in orders]
    for request in upstream.requests:
        sent = f"{request.head} {request.form}".lower()
        assert not [secret for secret in secrets if secret.lower() in sent]


def test_an_order_is_told_in_these_fields_by_its_kind(house, alice):
    upstream, provider = house
    everything_asked(provider, alice)

    told = [request.form for request in upstream.requests if request.form["action"] == "add"]
    assert [sorted(form.keys() - {"key", "action"}) for form in told] == [
        ["link", "quantity", "service"],
        ["comments", "link", "service"],
        ["link", "service"],
        ["link", "quantity", "service"],
    ]


def test_the_program_names_itself_and_nobody_else(house, alice):
    upstream, provider = house
    gateway_for(provider).balance()
    assert re.findall(r"(?im)^user-agent: (.*?)\r?$", upstream.requests[0].head) == ["Fairpanel"]
