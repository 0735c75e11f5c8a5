"""The provider in memory fails as it is told to, and keeps the truth apart from what it answers."""

import pytest

from providers.fake import LOST_ANSWER, NO_CONNECTION, FakeGateway
from providers.gateway import Accepted, FaultKind, NewOrder, ProviderFault, ReportedState, StatusReport

ORDER = NewOrder(service="1", link="https://example.com/alice", quantity=1000)


def test_a_lost_answer_hides_an_order_that_was_taken() -> None:
    gateway = FakeGateway()
    gateway.next_add(LOST_ANSWER, order_is_taken=True)

    assert gateway.add_order(ORDER) == LOST_ANSWER
    assert [taken.order for taken in gateway.taken.values()] == [ORDER]


def test_without_a_connection_nothing_is_taken_and_the_next_order_goes_through() -> None:
    gateway = FakeGateway()
    gateway.next_add(NO_CONNECTION)

    assert gateway.add_order(ORDER) == NO_CONNECTION
    assert not gateway.taken
    assert gateway.add_order(ORDER) == Accepted("23501", "")


def test_a_fault_strikes_one_call_that_is_no_order() -> None:
    gateway = FakeGateway()
    gateway.next_fault(ProviderFault(FaultKind.TIMEOUT, "silence"))

    assert isinstance(gateway.add_order(ORDER), Accepted)
    with pytest.raises(ProviderFault):
        gateway.balance()
    assert gateway.balance().currency == "USD"
    assert gateway.calls == ["add", "balance", "balance"]


def test_an_order_is_reported_as_told_from_then_on() -> None:
    gateway = FakeGateway()
    gateway.add_order(ORDER)
    gateway.report("23501", ReportedState.PARTIAL, remains=157)

    for _ in range(2):
        report = gateway.statuses(["23501"])["23501"]
        assert isinstance(report, StatusReport)
        assert (report.state, report.remains, report.words) == (ReportedState.PARTIAL, 157, "Partial")
