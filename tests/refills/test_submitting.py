"""A refill is handed over at most once; what is not proven to be refused waits for a person. Never money."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection, transaction

from accounts.models import Notice, User
from billing.ledger import balance_of
from catalog.models import Service
from orders.models import Claim, Order
from orders.submitting import BUSY_LINK_WAIT
from orders.submitting import claim_next as claim_order
from providers import health
from providers.dispatch import LEASE, LONGEST_WAIT, SLOT
from providers.fake import LOST_ANSWER, NO_CONNECTION, FakeGateway
from providers.gateway import Accepted, NotSent, Rejected, RejectionKind, Unknown, Verdict
from providers.models import PauseReason, Provider
from refills import submitting, uncertain
from refills.models import Refill, RefillSubmission
from refills.states import RefillState, WaitsFor
from refills.submitting import apply_verdict, claim_next
from tests.factories import make_order, make_provider, make_service
from tests.orders.stories import at_once
from tests.refills.stories import NEXT_DAY, asked, delivered, happened, shows

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("books")]

PROVIDERS_FAULT = [kind for kind in RejectionKind if kind.is_providers_fault]
ENDING = [kind for kind in RejectionKind if kind.ends_order]
ACCEPTED = Accepted("7", '{"refill":"7"}')


def refilling(**fields: object) -> Service:
    return make_service(provider_refills=True, **fields)


def granted(customer: User, service: Service | None = None, *, link: str = "@alice.studio") -> Refill:
    """A drop of 1,400 that the provider owes."""
    order = delivered(customer, service or refilling(), link=link)
    shows(order, 10_600)
    refill = asked(order)
    assert refill.state == RefillState.QUEUED
    return refill


def send(gateway: FakeGateway, *, now=NEXT_DAY) -> bool:
    return submitting.send_next(gateway_for=lambda provider: gateway, clock=lambda: now)


def answered(refill: Refill, verdict: Verdict, *, now=NEXT_DAY) -> Refill:
    gateway = FakeGateway()
    gateway.next_refill(verdict)
    assert send(gateway, now=now)
    return again(refill)


def again(refill: Refill) -> Refill:
    return Refill.objects.select_related("submission").get(pk=refill.pk)


def claimed() -> RefillSubmission:
    submission = claim_next(now=NEXT_DAY)
    assert submission is not None
    return submission


def later(**duration: float):
    return NEXT_DAY + timedelta(**duration)


class Told(FakeGateway):
    """Keeps which orders it was asked to refill."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []

    def add_refill(self, external_id: str) -> Verdict:
        self.told.append(external_id)
        return Accepted(str(len(self.told)), "")


class Killed(BaseException):
    """As kill -9: nothing after it runs."""


class Dying(Told):
    """Dies at the wire: before a byte left, or after the provider took the refill."""

    def __init__(self, *, takes_it: bool) -> None:
        super().__init__()
        self._takes_it = takes_it

    def add_refill(self, external_id: str) -> Verdict:
        if self._takes_it:
            super().add_refill(external_id)
        raise Killed


# --- What the provider answers -------------------------------------------------------------------------------


def test_the_provider_is_told_its_own_number_of_the_order(alice: User) -> None:
    refill = granted(alice)
    gateway = Told()

    assert send(gateway)

    assert gateway.told == [refill.order.submission.external_id]
    assert not send(gateway)


def test_a_refill_that_the_provider_takes_is_bound_to_its_number(alice: User) -> None:
    refill = answered(granted(alice), ACCEPTED)

    assert (refill.state, refill.waits_for) == (RefillState.SENT, WaitsFor.PROVIDER)
    assert (refill.submission.state, refill.submission.external_id) == ("accepted", "7")
    assert refill.check_at > NEXT_DAY
    assert happened(refill) == ["asked", "granted", "sending", "accepted"]
    assert refill.events.latest("pk").words == '{"refill":"7"}'


@pytest.mark.clause("K-58")
@pytest.mark.parametrize("kind", ENDING)
def test_a_refill_that_is_refused_is_rejected_and_may_be_asked_for_again(
    alice: User, kind: RejectionKind
) -> None:
    refill = granted(alice)
    before = balance_of(alice)

    refill = answered(refill, Rejected(kind, "no"))

    assert (refill.state, refill.reason) == (RefillState.REJECTED, "rejected_upstream")
    assert (refill.submission.state, refill.submission.why) == ("rejected", kind)
    assert "ask again" in refill.answer
    assert not Claim.objects.filter(key=refill.counter_key).exists()
    assert balance_of(alice) == before
    assert Notice.objects.filter(customer=alice, title__contains="rejected").count() == 1
    again_asked = asked(refill.order)
    assert again_asked.state == RefillState.QUEUED
    assert send(Told())


@pytest.mark.parametrize("kind", PROVIDERS_FAULT)
def test_a_fault_of_the_provider_pauses_it_and_the_refill_waits(alice: User, kind: RejectionKind) -> None:
    refill = answered(granted(alice), Rejected(kind, "not now"))

    assert (refill.state, refill.submission.state) == (RefillState.QUEUED, "due")
    assert Provider.objects.get().paused_reason == kind.value
    assert not send(Told(), now=later(seconds=59))
    assert happened(refill) == ["asked", "granted", "sending", "waiting"]


def test_a_refill_that_runs_there_already_is_tried_five_minutes_later(alice: User) -> None:
    refill = answered(granted(alice), Rejected(RejectionKind.BUSY_LINK, "already in progress"))

    assert refill.submission.due_at == NEXT_DAY + BUSY_LINK_WAIT
    assert not send(Told(), now=later(minutes=4, seconds=59))
    assert send(Told(), now=later(minutes=5))
    assert again(refill).submission.attempts == 2


def test_what_never_left_is_sent_later_with_growing_patience(alice: User) -> None:
    refill = granted(alice)
    now = NEXT_DAY

    for attempt in range(1, 13):
        Provider.objects.update(paused_reason="", paused_until=None)
        refill = answered(refill, NO_CONNECTION, now=now)
        assert (refill.state, refill.submission.state) == (RefillState.QUEUED, "due")
        wait = refill.submission.due_at - now
        assert timedelta(0) <= wait <= min(LONGEST_WAIT, SLOT * 2**attempt)
        now = refill.submission.due_at

    Provider.objects.update(paused_reason="", paused_until=None)
    gateway = Told()
    assert send(gateway, now=now)
    assert len(gateway.told) == 1


def test_an_unknown_outcome_waits_for_a_person_and_is_never_sent_again(alice: User) -> None:
    refill = granted(alice)
    gateway = Told()
    gateway.taken[refill.order.submission.external_id] = None  # type: ignore[assignment]
    lost = FakeGateway()
    lost.next_refill(Unknown("HTTP 502", "<html>"))
    assert send(lost)

    for hours in (1, 23, 71, 73, 1000):
        assert not send(gateway, now=later(hours=hours))
        assert submitting.doubt_abandoned(now=later(hours=hours)) == 0

    assert gateway.told == []
    refill = again(refill)
    assert (refill.state, refill.waits_for) == (RefillState.SENT, WaitsFor.STAFF)
    assert (refill.submission.state, refill.submission.why) == ("uncertain", "HTTP 502")
    assert refill.events.latest("pk").words == "HTTP 502 <html>"
    assert Claim.objects.get(key=refill.counter_key).refill_number == refill.pk


def test_two_refills_may_bear_one_number_where_it_is_the_orders_own(alice: User, bob: User) -> None:
    first = answered(granted(alice), ACCEPTED)
    second = answered(granted(bob, refilling(provider=make_provider("Another"))), ACCEPTED)

    assert first.submission.external_id == second.submission.external_id == "7"


def test_the_network_is_used_outside_any_transaction_and_after_the_claim_is_committed(alice: User) -> None:
    class Looking(FakeGateway):
        def add_refill(self, external_id: str) -> Verdict:
            assert not connection.in_atomic_block
            assert RefillSubmission.objects.get().state == "sending"
            return ACCEPTED

    granted(alice)

    assert send(Looking())


# --- Whose turn it is ----------------------------------------------------------------------------------------


def test_what_staff_bring_back_is_never_sent(alice: User) -> None:
    refill = granted(alice, make_service(provider_refills=False))

    assert refill.waits_for == WaitsFor.STAFF
    assert not send(Told())


def test_orders_and_refills_share_the_calls_that_a_provider_may_get(alice: User) -> None:
    service = refilling(provider=make_provider("Slow", parallel_calls=1))
    granted(alice, service)
    make_order(alice, service, link="@somebody.else", now=NEXT_DAY)

    assert claim_order(now=NEXT_DAY) is not None
    assert claim_next(now=NEXT_DAY) is None
    assert claim_next(now=later(seconds=44)) is None
    # The call cannot be on the wire any more.
    assert claim_next(now=later(seconds=45)) is not None
    make_order(alice, service, link="@somebody.third", now=NEXT_DAY)
    assert claim_order(now=later(seconds=89)) is None
    assert claim_order(now=later(seconds=90)) is not None


@pytest.mark.parametrize("reason", [PauseReason.STAFF, PauseReason.BAD_KEY, PauseReason.UNREACHABLE])
def test_a_paused_provider_is_asked_nothing_and_another_goes_on(alice: User, reason: PauseReason) -> None:
    granted(alice, refilling(provider=make_provider("Ill")))
    other = granted(alice, refilling(provider=make_provider("Well")), link="@alice.two")
    health.pause(Provider.objects.get(name="Ill"), reason, until=None)

    assert claimed().refill == other
    assert claim_next(now=later(days=1)) is None


def test_the_refill_that_is_owed_longest_goes_first(alice: User) -> None:
    service = refilling()
    younger, older = granted(alice, service), granted(alice, service, link="@alice.two")
    RefillSubmission.objects.filter(refill=younger).update(due_at=later(seconds=2))
    gateway = Told()

    assert send(gateway, now=later(seconds=1))
    assert not send(gateway, now=later(seconds=1))
    assert send(gateway, now=later(seconds=2))

    assert gateway.told == [refill.order.submission.external_id for refill in (older, younger)]


def test_four_workers_send_each_refill_once(alice: User) -> None:
    service = refilling(provider=make_provider("Upstream", parallel_calls=32))
    for number in range(12):
        granted(alice, service, link=f"@alice{number}")
    gateways = [Told() for _ in range(4)]

    def work(number: int) -> int:
        return sum(send(gateways[number]) for _ in range(12))

    outcomes = at_once(4, work)

    told = [order for gateway in gateways for order in gateway.told]
    assert sum(outcomes) == len(told) == len(set(told)) == 12
    assert RefillSubmission.objects.filter(state="accepted", attempts=1).count() == 12


# --- A worker that dies --------------------------------------------------------------------------------------


@pytest.mark.parametrize("takes_it", [False, True])
def test_a_worker_killed_at_the_wire_leaves_a_doubt_and_never_a_second_refill(
    alice: User, takes_it: bool
) -> None:
    refill = granted(alice)
    dying = Dying(takes_it=takes_it)
    with pytest.raises(Killed):
        send(dying)
    assert again(refill).submission.state == "sending"

    just_before = NEXT_DAY + LEASE - timedelta(seconds=1)
    assert submitting.doubt_abandoned(now=just_before) == 0
    assert not send(Told(), now=just_before)
    assert submitting.doubt_abandoned(now=NEXT_DAY + LEASE) == 1

    refill = again(refill)
    assert (refill.state, refill.waits_for, refill.submission.state) == ("sent", "staff", "uncertain")
    assert refill.submission.why == "the worker stopped while sending"
    assert not send(Told(), now=later(days=1))
    assert len(dying.told) == takes_it


@transaction.atomic
def before_the_commit(work: Callable[[], object]) -> None:
    """Killed when all is done and nothing is committed."""
    work()
    raise Killed


def test_a_worker_killed_while_it_claims_leaves_the_refill_as_it_was(alice: User) -> None:
    refill = granted(alice)

    with pytest.raises(Killed):
        before_the_commit(lambda: claim_next.__wrapped__(now=NEXT_DAY))

    assert (again(refill).state, again(refill).submission.state) == (RefillState.QUEUED, "due")
    assert send(Told())


@pytest.mark.parametrize(
    "verdict",
    [
        ACCEPTED,
        Rejected(RejectionKind.NO_REFILL, ""),
        Rejected(RejectionKind.FUNDS, ""),
        NotSent("no connection"),
        Unknown("timeout", ""),
    ],
)
def test_a_worker_killed_while_it_writes_the_verdict_has_written_nothing(
    alice: User, verdict: Verdict
) -> None:
    refill = granted(alice)
    submission = claimed()

    with pytest.raises(Killed):
        before_the_commit(lambda: apply_verdict(submission, verdict, now=NEXT_DAY))

    assert (again(refill).state, again(refill).submission.state) == (RefillState.SENT, "sending")
    assert submitting.doubt_abandoned(now=NEXT_DAY + LEASE) == 1


def test_an_answer_that_comes_after_the_lease_still_counts(alice: User) -> None:
    refill = granted(alice)
    submission = claimed()
    submitting.doubt_abandoned(now=NEXT_DAY + LEASE)

    apply_verdict(submission, ACCEPTED, now=later(minutes=2))

    refill = again(refill)
    assert (refill.submission.state, refill.submission.external_id) == ("accepted", "7")
    assert refill.waits_for == WaitsFor.PROVIDER


# --- What a person decides about a doubt ----------------------------------------------------------------------


def doubtful(customer: User) -> Refill:
    return answered(granted(customer), LOST_ANSWER)


def test_what_is_found_at_the_provider_goes_on_as_if_accepted(alice: User, sam: User) -> None:
    refill = doubtful(alice)

    uncertain.found(refill, external_id="99", by=sam, note="seen there", now=later(hours=1))

    refill = again(refill)
    assert (refill.submission.state, refill.submission.external_id) == ("accepted", "99")
    assert (refill.state, refill.waits_for) == (RefillState.SENT, WaitsFor.PROVIDER)
    assert refill.check_at > later(hours=1)
    event = refill.events.latest("pk")
    assert (event.what, event.actor, event.note) == ("found", sam, "seen there")


def test_what_is_not_there_is_sent_again_once_on_a_persons_word(alice: User, sam: User) -> None:
    refill = doubtful(alice)

    uncertain.resend(refill, by=sam, note="not there", now=later(hours=1))

    gateway = Told()
    assert send(gateway, now=later(hours=1))
    assert not send(gateway, now=later(hours=2))
    assert len(gateway.told) == 1
    assert again(refill).submission.attempts == 2
    with pytest.raises(uncertain.NotUncertain):
        uncertain.resend(refill, by=sam, note="again", now=later(hours=2))


def test_a_late_answer_to_the_first_attempt_does_not_overrule_what_was_decided(
    alice: User, sam: User
) -> None:
    refill = granted(alice)
    first = claimed()
    submitting.doubt_abandoned(now=NEXT_DAY + LEASE)
    uncertain.resend(refill, by=sam, note="not there", now=later(hours=1))

    apply_verdict(first, ACCEPTED, now=later(hours=1, minutes=1))

    refill = again(refill)
    assert (refill.state, refill.submission.state) == (RefillState.QUEUED, "due")
    assert refill.submission.external_id == ""
    event = refill.events.latest("pk")
    assert (event.what, event.words) == ("late_answer", '7 {"refill":"7"}')


@pytest.mark.clause("K-58")
def test_what_is_not_there_and_not_tried_again_is_rejected_and_never_money(alice: User, sam: User) -> None:
    refill = doubtful(alice)
    before = balance_of(alice)

    uncertain.not_there(refill, by=sam, note="not there", now=later(hours=1))

    refill = again(refill)
    assert (refill.state, refill.submission.state) == (RefillState.REJECTED, "rejected")
    assert balance_of(alice) == before
    assert Order.objects.get(pk=refill.order_id).refunded == 0
    with pytest.raises(uncertain.NotUncertain):
        uncertain.found(refill, external_id="99", by=sam, note="", now=later(hours=2))


def test_a_refill_in_no_doubt_is_not_decided_by_hand(alice: User, sam: User) -> None:
    refill = answered(granted(alice), ACCEPTED)

    for decide in (uncertain.resend, uncertain.not_there):
        with pytest.raises(uncertain.NotUncertain):
            decide(refill, by=sam, note="", now=later(hours=1))
    assert again(refill).submission.state == "accepted"
