"""What every gateway promises: one suite for the gateway in memory and for the API v2 client over a real connection."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from providers.fake import FakeGateway, offered
from providers.gateway import (
    Accepted,
    Gateway,
    NewOrder,
    RefillReport,
    Rejected,
    RejectionKind,
    ReportedState,
    StatusMiss,
    StatusReport,
)
from providers.smm_api import SmmApi
from providers.wire import Route
from tests.providers.small_panel import KEY, SmallPanel
from tests.providers.upstream import Upstream

LINK = "https://example.com/alice"


@pytest.fixture(params=["fake", "smm_api"])
def gateway(request: pytest.FixtureRequest) -> Iterator[Gateway]:
    if request.param == "fake":
        yield FakeGateway(
            offered("1"),
            offered("2", type="custom_comments", rate=Decimal(5), min=1, max=100),
            offered("3", type="package", rate=Decimal("3.00"), min=1, max=1),
            balance=Decimal(10),
        )
    else:
        with Upstream(SmallPanel()) as upstream:
            yield SmmApi(Route(upstream.url, allow_private=True), key=KEY)


def followers(quantity: int = 1000) -> NewOrder:
    return NewOrder(service="1", link=LINK, quantity=quantity)


def accepted(gateway: Gateway, order: NewOrder) -> str:
    verdict = gateway.add_order(order)
    assert isinstance(verdict, Accepted), verdict
    return verdict.external_id


def test_a_good_order_is_accepted_and_paid_from_our_balance(gateway: Gateway) -> None:
    external_id = accepted(gateway, followers(1000))

    assert external_id == "23501"
    assert gateway.balance().amount == Decimal("9.10")
    assert gateway.balance().currency == "USD"


def test_two_orders_have_two_numbers(gateway: Gateway) -> None:
    assert accepted(gateway, followers()) != accepted(gateway, followers())


def test_comments_are_counted_by_their_lines(gateway: Gateway) -> None:
    accepted(gateway, NewOrder(service="2", link=LINK, quantity=None, comments=("nice", "great")))

    assert gateway.balance().amount == Decimal("9.99")


def test_a_package_costs_its_rate(gateway: Gateway) -> None:
    accepted(gateway, NewOrder(service="3", link=LINK, quantity=None))

    assert gateway.balance().amount == Decimal(7)


@pytest.mark.parametrize("quantity", [50, 10_000])
def test_the_limits_themselves_can_be_ordered(gateway: Gateway, quantity: int) -> None:
    accepted(gateway, followers(quantity))


@pytest.mark.parametrize(
    ("order", "kind"),
    [
        (NewOrder(service="99", link=LINK, quantity=100), RejectionKind.SERVICE_GONE),
        (NewOrder(service="1", link="", quantity=100), RejectionKind.BAD_LINK),
        (followers(49), RejectionKind.BAD_QUANTITY),
        (followers(10_001), RejectionKind.BAD_QUANTITY),
        (NewOrder(service="2", link=LINK, quantity=None), RejectionKind.BAD_COMMENTS),
    ],
)
def test_a_bad_order_is_rejected_and_costs_nothing(
    gateway: Gateway, order: NewOrder, kind: RejectionKind
) -> None:
    verdict = gateway.add_order(order)

    assert isinstance(verdict, Rejected)
    assert verdict.kind is kind
    assert gateway.balance().amount == 10


def test_an_order_over_our_balance_is_rejected_for_funds(gateway: Gateway) -> None:
    accepted(gateway, followers(10_000))
    verdict = gateway.add_order(followers(2000))

    assert isinstance(verdict, Rejected)
    assert verdict.kind is RejectionKind.FUNDS
    assert gateway.balance().amount == 1


def test_a_fresh_order_is_pending_with_everything_remaining(gateway: Gateway) -> None:
    external_id = accepted(gateway, followers(1000))

    report = gateway.statuses([external_id])[external_id]

    assert isinstance(report, StatusReport)
    assert report.state is ReportedState.PENDING
    assert (report.remains, report.start_count) == (1000, None)
    assert (report.charge, report.currency) == (Decimal("0.90"), "USD")


def test_every_id_asked_is_answered_and_an_unknown_one_is_a_miss(gateway: Gateway) -> None:
    external_id = accepted(gateway, followers())

    answers = gateway.statuses([external_id, "777"])

    assert set(answers) == {external_id, "777"}
    assert answers["777"] == StatusMiss("Incorrect order ID")


def test_a_hundred_ids_fit_one_call_and_one_more_does_not(gateway: Gateway) -> None:
    ids = [str(number) for number in range(1, 102)]

    assert len(gateway.statuses(ids[:100])) == 100
    with pytest.raises(AssertionError):
        gateway.statuses(ids)


def test_a_cancel_is_promised_for_our_order_and_refused_for_another(gateway: Gateway) -> None:
    external_id = accepted(gateway, followers())

    answers = gateway.cancel([external_id, "777"])

    assert answers[external_id].requested is True
    assert answers["777"].requested is False


def test_a_refill_of_our_order_gets_a_number_and_is_pending(gateway: Gateway) -> None:
    verdict = gateway.add_refill(accepted(gateway, followers()))
    assert isinstance(verdict, Accepted)

    report = gateway.refill_statuses([verdict.external_id])[verdict.external_id]

    assert verdict.external_id == "1"
    assert isinstance(report, RefillReport)
    assert (report.state, report.words) == (ReportedState.PENDING, "Pending")
    assert gateway.balance().amount == Decimal("9.10")


def test_a_refill_of_an_order_that_is_not_there_is_clearly_refused(gateway: Gateway) -> None:
    verdict = gateway.add_refill("777")

    assert isinstance(verdict, Rejected)
    assert verdict.kind is RejectionKind.NO_REFILL


def test_every_refill_asked_about_is_answered_and_an_unknown_one_is_a_miss(gateway: Gateway) -> None:
    gateway.add_refill(accepted(gateway, followers()))

    answers = gateway.refill_statuses(["1", "777"])

    assert set(answers) == {"1", "777"}
    assert isinstance(answers["1"], RefillReport)
    assert isinstance(answers["777"], StatusMiss)


def test_everything_on_sale_is_listed_in_one_spelling(gateway: Gateway) -> None:
    services = {service.service: service for service in gateway.services()}

    assert [services[number].type for number in "123"] == ["default", "custom_comments", "package"]
    assert [services[number].rate for number in "123"] == [Decimal("0.90"), Decimal(5), Decimal(3)]
    assert (services["1"].min, services["1"].max, services["1"].refill) == (50, 10_000, True)
