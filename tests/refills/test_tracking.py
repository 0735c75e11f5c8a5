"""A refill ends when the provider says so or when the count is whole again; nothing else is believed."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from accounts.models import Notice, User
from billing.ledger import balance_of
from orders.models import Claim, Condition, Order, SightingSource
from orders.timing import first_check
from providers.fake import LOST_ANSWER, NO_CONNECTION, FakeGateway
from providers.gateway import (
    Accepted,
    FaultKind,
    ProviderFault,
    RefillReport,
    Rejected,
    RejectionKind,
    ReportedState,
    StatusMiss,
)
from providers.models import Provider
from refills import submitting, tracking
from refills.judging import due_to_judge, judge
from refills.models import Refill
from refills.states import RefillState, WaitsFor
from tests.factories import make_service
from tests.refills.stories import NEXT_DAY, asked, delivered, happened, shows
from tests.refills.test_submitting import again, answered, claimed, granted, later, refilling, send

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("books")]


def running(customer: User, number: str = "7", *, link: str = "@alice.studio") -> Refill:
    """A drop of 1,400 that the provider is bringing back."""
    return answered(granted(customer, link=link), Accepted(number, ""))


def said(state: ReportedState | None, word: str = "word") -> RefillReport:
    return RefillReport(state, word, f'{{"status": "{word}"}}')


def hears(refill: Refill, answer: RefillReport | StatusMiss, **after: float) -> Refill:
    tracking.apply_answer(refill.pk, answer, now=later(**(after or {"minutes": 5})))
    return again(refill)


class Answering(FakeGateway):
    """Says the same of every refill, and keeps what it was asked."""

    def __init__(self, answer: RefillReport | StatusMiss) -> None:
        super().__init__()
        self._answer = answer
        self.asked: list[list[str]] = []

    def refill_statuses(self, refill_ids: Sequence[str]) -> dict[str, RefillReport | StatusMiss]:
        self.asked.append(list(refill_ids))
        return dict.fromkeys(refill_ids, self._answer)


def track(gateway: FakeGateway, **after: float) -> int:
    now = later(**after)
    return tracking.track_provider(
        Provider.objects.get(), gateway_for=lambda provider: gateway, clock=lambda: now
    )


# --- What the provider says -----------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [ReportedState.PENDING, ReportedState.PROCESSING])
def test_a_refill_that_has_not_begun_goes_on_waiting(alice: User, state: ReportedState) -> None:
    refill = hears(running(alice), said(state))

    assert (refill.state, refill.waits_for) == (RefillState.SENT, WaitsFor.PROVIDER)
    assert refill.check_at > later(minutes=5)


def test_a_refill_that_has_begun_is_in_progress_and_says_so_once(alice: User) -> None:
    refill = running(alice)
    hears(refill, said(ReportedState.IN_PROGRESS, "In progress"))
    refill = hears(refill, said(ReportedState.IN_PROGRESS, "In progress"), minutes=6)

    assert refill.state == RefillState.IN_PROGRESS
    assert happened(refill) == ["asked", "granted", "sending", "accepted", "in_progress"]


@pytest.mark.clause("K-09", "K-32")
def test_a_refill_that_is_completed_frees_the_counter_and_the_customer_is_told(alice: User) -> None:
    refill = hears(running(alice), said(ReportedState.COMPLETED, "Completed"))

    assert (refill.state, refill.reason, refill.closed_at) == ("completed", "refilled", later(minutes=5))
    assert refill.check_at is None
    assert not Claim.objects.filter(key=refill.counter_key).exists()
    assert refill.events.latest("pk").words == '{"status": "Completed"}'
    assert Notice.objects.filter(customer=alice, title__contains="is refilled").count() == 1


@pytest.mark.clause("K-58")
def test_a_refill_that_the_provider_rejects_may_be_asked_for_again_and_is_never_money(alice: User) -> None:
    refill = running(alice)
    before = balance_of(alice)

    refill = hears(refill, said(ReportedState.CANCELLED, "Rejected"))

    assert (refill.state, refill.reason) == (RefillState.REJECTED, "rejected_upstream")
    assert balance_of(alice) == before
    assert Order.objects.get(pk=refill.order_id).refunded == 0
    shows(refill.order, 10_600, at=later(minutes=10))
    assert asked(refill.order, at=later(minutes=10)).state == RefillState.QUEUED


@pytest.mark.clause("K-58")
def test_a_part_that_was_brought_back_is_no_refill_and_says_so(alice: User) -> None:
    refill = hears(running(alice), said(ReportedState.PARTIAL, "Partial"))

    assert (refill.state, refill.reason) == (RefillState.REJECTED, "refilled_in_part")
    assert "Only a part" in refill.answer


def test_a_word_never_seen_changes_nothing_and_is_kept_once(alice: User) -> None:
    refill = running(alice)
    for minutes in (5, 6, 7):
        refill = hears(refill, said(None, "Sleeping"), minutes=minutes)

    assert refill.state == RefillState.SENT
    assert happened(refill)[-1:] == ["odd_answer"]
    assert happened(refill).count("odd_answer") == 1


def test_a_refill_that_is_missing_from_the_answer_is_asked_about_again(alice: User) -> None:
    refill = hears(running(alice), StatusMiss("Refill not found"))

    assert refill.state == RefillState.SENT
    assert refill.check_at > later(minutes=5)


@pytest.mark.parametrize("state", [ReportedState.COMPLETED, ReportedState.CANCELLED, ReportedState.PENDING])
def test_what_is_said_after_the_end_changes_nothing(alice: User, state: ReportedState) -> None:
    refill = hears(running(alice), said(ReportedState.COMPLETED))
    refill = hears(refill, said(state), minutes=9)

    assert (refill.state, refill.closed_at) == (RefillState.COMPLETED, later(minutes=5))
    assert Notice.objects.filter(customer=alice, title__contains="is refilled").count() == 1


# --- When it is asked -----------------------------------------------------------------------------------------


def test_a_refill_is_asked_about_when_its_time_has_come_and_by_the_providers_number(alice: User) -> None:
    refill = running(alice, "815")
    gateway = Answering(said(ReportedState.PENDING))
    due = first_check(NEXT_DAY) - NEXT_DAY

    assert track(gateway, seconds=due.total_seconds() - 1) == 0
    assert track(gateway, seconds=due.total_seconds()) == 1
    assert track(gateway, seconds=due.total_seconds()) == 0
    assert gateway.asked == [["815"]]
    assert again(refill).check_at > later(seconds=due.total_seconds())


def test_two_refills_of_one_number_are_both_asked_about(alice: User) -> None:
    first, second = running(alice), running(alice, link="@alice.two")
    gateway = Answering(said(ReportedState.COMPLETED))

    assert [track(gateway, hours=1) for _ in range(3)] == [1, 1, 0]
    assert again(first).state == again(second).state == RefillState.COMPLETED


def test_a_doubtful_refill_is_not_asked_about(alice: User) -> None:
    answered(granted(alice), LOST_ANSWER)

    assert track(Answering(said(ReportedState.COMPLETED)), days=3) == 0


def test_a_call_that_fails_changes_nothing_and_is_repeated_after_the_claim(alice: User) -> None:
    refill = running(alice)
    gateway = FakeGateway()
    gateway.next_fault(ProviderFault(FaultKind.TIMEOUT, "silence"))

    assert track(gateway, hours=1) == 0

    assert again(refill).state == RefillState.SENT
    assert Provider.objects.get().failures_in_a_row == 1
    assert track(Answering(said(ReportedState.PENDING)), hours=1, minutes=1) == 0
    assert track(Answering(said(ReportedState.PENDING)), hours=1, minutes=2) == 1


# --- What the counter shows -----------------------------------------------------------------------------------


@pytest.mark.clause("K-32", "K-41", "K-62")
@pytest.mark.parametrize(("count", "state"), [(11_999, "sent"), (12_000, "completed"), (12_500, "completed")])
def test_the_count_that_is_guaranteed_completes_a_refill_whoever_brought_it_back(
    alice: User, count: int, state: str
) -> None:
    refill = running(alice)
    shows(refill.order, count, at=later(hours=1))

    assert tracking.complete_whole(now=later(hours=1)) == (state == "completed")

    refill = again(refill)
    assert refill.state == state
    # What it was decided by stays as it was.
    assert refill.count == 10_600
    if state == "completed":
        assert refill.events.get(what="count_reached").count == count
        assert happened(refill)[-2:] == ["count_reached", "refilled"]
        assert not Claim.objects.filter(key=refill.counter_key).exists()
    assert tracking.complete_whole(now=later(hours=2)) == 0


def test_a_count_from_before_the_drop_was_seen_completes_nothing(alice: User) -> None:
    order = delivered(alice, refilling())
    shows(order, 12_000, at=NEXT_DAY - timedelta(hours=1))
    shows(order, 10_600)
    refill = asked(order)

    assert tracking.complete_whole(now=later(hours=1)) == 0
    assert again(refill).state == RefillState.QUEUED


def test_what_the_customer_states_completes_nothing(alice: User) -> None:
    refill = running(alice)
    shows(refill.order, 12_000, at=later(hours=1), source=SightingSource.CUSTOMER, by=alice)

    assert tracking.complete_whole(now=later(hours=1)) == 0


def test_a_counter_that_cannot_be_read_completes_nothing(alice: User) -> None:
    refill = running(alice)
    shows(refill.order, None, at=later(hours=1), condition=Condition.PRIVATE)

    assert tracking.complete_whole(now=later(hours=1)) == 0


def test_what_is_whole_before_it_was_sent_is_never_sent(alice: User) -> None:
    refill = granted(alice)
    shows(refill.order, 12_000, at=later(minutes=1))

    assert tracking.complete_whole(now=later(minutes=1)) == 1

    refill = again(refill)
    assert (refill.state, refill.submission.state, refill.submission.why) == (
        "completed",
        "rejected",
        "refilled",
    )
    assert not send(FakeGateway(), now=later(hours=1))


@pytest.mark.parametrize(
    "verdict", [Accepted("7", ""), NO_CONNECTION, Rejected(RejectionKind.NO_REFILL, "no")]
)
def test_what_is_whole_while_it_is_being_sent_stays_completed(alice: User, verdict: Accepted) -> None:
    refill = granted(alice)
    submission = claimed()
    shows(refill.order, 12_000, at=later(seconds=5))
    tracking.complete_whole(now=later(seconds=5))

    submitting.apply_verdict(submission, verdict, now=later(seconds=9))

    refill = again(refill)
    assert (refill.state, refill.closed_at, refill.check_at) == ("completed", later(seconds=5), None)
    assert refill.submission.state in {"accepted", "rejected"}
    assert track(Answering(said(ReportedState.PENDING)), days=1) == 0
    assert not send(FakeGateway(), now=later(days=1))


@pytest.mark.clause("K-32")
def test_what_staff_bring_back_ends_by_the_count_and_the_provider_is_asked_for_it(alice: User) -> None:
    refill = granted(alice, make_service(provider_refills=False))
    Order.objects.filter(pk=refill.order_id).update(check_at=later(days=6))

    assert tracking.recount(now=NEXT_DAY) == 1
    assert Order.objects.get(pk=refill.order_id).check_at == NEXT_DAY
    assert tracking.recount(now=NEXT_DAY) == 0

    shows(refill.order, 12_000, at=later(days=1))
    assert tracking.complete_whole(now=later(days=1)) == 1
    assert again(refill).state == RefillState.COMPLETED


def test_a_doubt_ends_by_itself_when_the_count_is_whole_again(alice: User) -> None:
    refill = answered(granted(alice), LOST_ANSWER)
    Order.objects.filter(pk=refill.order_id).update(check_at=later(days=6))

    assert tracking.recount(now=later(minutes=1)) == 1
    assert Order.objects.get(pk=refill.order_id).check_at == later(minutes=1)
    shows(refill.order, 12_000, at=later(hours=1))
    assert tracking.complete_whole(now=later(hours=1)) == 1

    refill = again(refill)
    assert (refill.state, refill.waits_for) == (RefillState.COMPLETED, WaitsFor.NOBODY)
    assert not send(FakeGateway(), now=later(days=1))


def test_a_provider_that_never_says_counts_is_not_asked_for_them(alice: User, sam: User) -> None:
    order = delivered(alice, make_service(provider_refills=False))
    shows(order, 10_600, source=SightingSource.STAFF, by=sam)
    asked(order)
    Order.objects.filter(pk=order.pk).update(check_at=later(days=6))

    tracking.recount(now=NEXT_DAY)

    assert Order.objects.get(pk=order.pk).check_at == later(days=6)


@pytest.mark.clause("A-34", "K-31")
@pytest.mark.worked("W-37")
def test_a_refill_behind_another_goes_on_by_itself_when_that_has_ended(alice: User) -> None:
    service = refilling()
    first = delivered(alice, service, start=1000, quantity=500)
    second = delivered(alice, service, start=1500, quantity=500, at=NEXT_DAY - timedelta(hours=1))
    shows(second, 1400)
    older = asked(first)
    assert older.amount == 100
    younger = asked(second)
    assert (younger.state, younger.behind_refill) == (RefillState.WAITING, older)
    older = answered(older, Accepted("7", ""))

    shows(first, 1500, at=later(hours=1))
    tracking.complete_whole(now=later(hours=1))
    shows(first, 1500, at=later(hours=1, minutes=2))
    for number in due_to_judge(now=later(hours=1, minutes=1)):
        judge(number, now=later(hours=1, minutes=1))
    for number in due_to_judge(now=later(hours=1, minutes=2)):
        judge(number, now=later(hours=1, minutes=2))

    younger = again(younger)
    assert (again(older).state, younger.state, younger.amount) == ("completed", "queued", 500)
