"""What staff decide about refills by hand: each decision names a person, is told, and never undoes an end."""

from datetime import timedelta

import pytest

from accounts.models import Notice, NoticeKind, User
from orders.models import Claim, Order
from providers.dispatch import DispatchState
from refills import moderating, queueing
from refills.judging import AlreadyDecided, information_given, locked
from refills.models import Refill, RefillSubmission
from refills.moderating import HasEnded, NotByHand, NotGranted, OutcomeUnknown, ReasonMissing
from refills.states import RefillState, WaitsFor
from tests.factories import make_service
from tests.refills.stories import NEXT_DAY, asked, delivered, happened, refilled, shows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]

LATER = NEXT_DAY + timedelta(hours=1)
SECOND = timedelta(seconds=1)


@pytest.fixture
def unjudged(alice: User) -> Refill:
    """Its start count is unknown: nobody but a person can judge it."""
    order = delivered(alice, start=None)
    shows(order, 10_600)
    return asked(order)


@pytest.fixture
def owed(alice: User) -> Refill:
    """Granted, of a service that its provider does not refill."""
    order = delivered(alice)
    shows(order, 10_600)
    return asked(order)


@pytest.fixture
def at_provider(alice: User) -> Refill:
    order = delivered(alice, make_service(provider_refills=True))
    shows(order, 10_600)
    return asked(order)


def told(customer: User) -> str:
    return Notice.objects.filter(customer=customer, kind=NoticeKind.REFILL).latest("pk").text


def submission_is(refill: Refill, state: DispatchState) -> None:
    Refill.objects.filter(pk=refill.pk).update(state=RefillState.SENT)
    lease = LATER if state == DispatchState.SENDING else None
    RefillSubmission.objects.filter(refill=refill).update(
        state=state, attempts=1, sent_at=NEXT_DAY, lease_until=lease, external_id="77"
    )


# --- A no ----------------------------------------------------------------------------------------------------


@pytest.mark.clause("K-58")
def test_a_rejected_refill_says_why_and_may_be_asked_again(alice: User, sam: User, unjudged: Refill) -> None:
    moderating.reject(unjudged.pk, words="We see no drop at all.", by=sam, now=LATER)

    assert refilled(unjudged) == (RefillState.REJECTED, None, "rejected_by_staff")
    assert told(alice) == unjudged.answer == "We see no drop at all."
    assert unjudged.events.get(what="rejected_by_staff").actor == sam
    again = asked(unjudged.order, at=LATER + SECOND)
    assert again.pk != unjudged.pk
    assert Order.objects.get(pk=unjudged.order_id).refunded == 0


@pytest.mark.parametrize("words", ["", "  ", "x" * 301])
def test_a_no_without_a_reason_is_no_decision(sam: User, unjudged: Refill, words: str) -> None:
    with pytest.raises(ReasonMissing):
        moderating.reject(unjudged.pk, words=words, by=sam, now=LATER)
    with pytest.raises(ReasonMissing):
        moderating.ask_for_more(unjudged.pk, words=words, by=sam, now=LATER)

    assert refilled(unjudged)[0] == RefillState.REQUESTED


def test_a_rejected_refill_that_was_never_sent_is_not_sent_any_more(sam: User, at_provider: Refill) -> None:
    moderating.reject(at_provider.pk, words="The service is gone.", by=sam, now=LATER)

    submission = RefillSubmission.objects.get(refill=at_provider)
    assert (submission.state, submission.why) == (DispatchState.REJECTED, "decided_by_staff")
    assert not Claim.objects.filter(refill_number=at_provider.pk).exists()


@pytest.mark.parametrize("state", [DispatchState.SENDING, DispatchState.UNCERTAIN])
def test_what_a_provider_may_have_got_is_decided_at_its_submission_first(
    sam: User, at_provider: Refill, state: DispatchState
) -> None:
    submission_is(at_provider, state)

    with pytest.raises(OutcomeUnknown):
        moderating.reject(at_provider.pk, words="no", by=sam, now=LATER)
    with pytest.raises(OutcomeUnknown):
        moderating.complete_by_hand(at_provider.pk, by=sam, note="saw it", now=LATER)

    assert refilled(at_provider)[0] == RefillState.SENT


def test_what_a_provider_took_staff_may_still_reject(sam: User, at_provider: Refill) -> None:
    submission_is(at_provider, DispatchState.ACCEPTED)

    moderating.reject(at_provider.pk, words="They stopped it.", by=sam, now=LATER)

    assert refilled(at_provider)[0] == RefillState.REJECTED


def test_an_end_is_an_end(sam: User, unjudged: Refill) -> None:
    moderating.reject(unjudged.pk, words="No.", by=sam, now=LATER)

    with pytest.raises(HasEnded):
        moderating.reject(unjudged.pk, words="No again.", by=sam, now=LATER)
    with pytest.raises(HasEnded):
        moderating.assign(unjudged.pk, to=sam, by=sam, now=LATER)
    with pytest.raises(HasEnded):
        moderating.complete_by_hand(unjudged.pk, by=sam, note="done", now=LATER)
    with pytest.raises(AlreadyDecided):
        moderating.ask_for_more(unjudged.pk, words="More.", by=sam, now=LATER)

    unjudged.refresh_from_db()
    assert unjudged.answer == "No."


# --- What is missing -----------------------------------------------------------------------------------------


@pytest.mark.clause("K-45", "K-64")
def test_the_clock_starts_anew_when_staff_ask_for_more(alice: User, sam: User, unjudged: Refill) -> None:
    moderating.ask_for_more(unjudged.pk, words="100 % of the page, with its date, please.", by=sam, now=LATER)

    unjudged.refresh_from_db()
    assert (unjudged.state, unjudged.waits_for) == (RefillState.NEEDS_INFO, WaitsFor.CUSTOMER)
    assert unjudged.added_at is None
    assert told(alice) == unjudged.answer == "100 % of the page, with its date, please."
    noon = LATER + timedelta(hours=10)
    information_given(locked(unjudged.pk), now=noon)
    unjudged.refresh_from_db()
    assert unjudged.added_at == noon


def test_what_is_granted_needs_nothing_more(sam: User, owed: Refill) -> None:
    with pytest.raises(AlreadyDecided):
        moderating.ask_for_more(owed.pk, words="More.", by=sam, now=LATER)


# --- Work by hand --------------------------------------------------------------------------------------------


@pytest.mark.clause("K-09", "K-32")
def test_what_staff_bring_back_by_hand_ends_as_refilled(alice: User, sam: User, owed: Refill) -> None:
    moderating.begin_by_hand(owed.pk, by=sam, note="ordered elsewhere", now=LATER)
    moderating.complete_by_hand(owed.pk, by=sam, note="12,003 seen", now=LATER + SECOND)

    assert refilled(owed) == (RefillState.COMPLETED, 1400, "refilled")
    assert happened(owed)[-3:] == ["begun_by_hand", "done_by_hand", "refilled"]
    assert told(alice) == "What had dropped was brought back."
    assert not Claim.objects.filter(refill_number=owed.pk).exists()


def test_only_what_was_granted_can_be_done(sam: User, unjudged: Refill) -> None:
    for rule in (moderating.begin_by_hand, moderating.complete_by_hand):
        with pytest.raises(NotGranted):
            rule(unjudged.pk, by=sam, note="done", now=LATER)


def test_what_its_provider_brings_back_is_not_begun_by_hand(sam: User, at_provider: Refill) -> None:
    with pytest.raises(NotByHand):
        moderating.begin_by_hand(at_provider.pk, by=sam, note="me", now=LATER)


# --- Whose it is, and how long it waits ----------------------------------------------------------------------


def test_everybody_sees_whose_a_refill_is(sam: User, unjudged: Refill) -> None:
    moderating.assign(unjudged.pk, to=sam, by=sam, now=LATER)
    unjudged.refresh_from_db()
    assert unjudged.assigned_to == sam

    moderating.assign(unjudged.pk, to=None, by=sam, now=LATER)
    unjudged.refresh_from_db()
    assert unjudged.assigned_to is None
    assert happened(unjudged)[-2:] == ["assigned", "assigned"]


@pytest.mark.clause("K-35")
def test_a_refill_is_long_open_strictly_after_72_hours(unjudged: Refill) -> None:
    at_72_hours = unjudged.asked_at + timedelta(hours=72)

    assert unjudged not in queueing.open_for_long(at_72_hours)
    assert unjudged in queueing.open_for_long(at_72_hours + SECOND)


@pytest.mark.clause("K-59", "K-60")
def test_a_refill_may_be_hurried_strictly_after_its_start_was_due(owed: Refill) -> None:
    assert owed.start_due_at == NEXT_DAY + timedelta(hours=48)

    assert owed not in queueing.overdue_to_begin(owed.start_due_at)
    assert owed in queueing.overdue_to_begin(owed.start_due_at + SECOND)


def test_a_refill_waits_for_staff_until_it_is_decided(sam: User, owed: Refill) -> None:
    assert owed in queueing.for_staff()

    moderating.reject(owed.pk, words="No stock.", by=sam, now=LATER)

    assert owed not in queueing.for_staff()
