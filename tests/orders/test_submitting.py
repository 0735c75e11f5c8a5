"""An order is handed over at most once; what is not proven to be refused is neither sent again nor paid back."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection, transaction

from accounts.models import User
from billing.ledger import balance_of
from orders import submitting
from orders.models import Order, Review, Submission
from orders.states import OrderState
from orders.submitting import BUSY_LINK_WAIT, GIVE_UP_AFTER, apply_verdict, claim_next
from orders.timeline import timeline
from orders.uncertain import refund
from providers import health
from providers.dispatch import LEASE, LONGEST_WAIT, SLOT
from providers.fake import LOST_ANSWER, NO_CONNECTION, FakeGateway
from providers.gateway import Accepted, NewOrder, NotSent, Rejected, RejectionKind, Unknown, Verdict
from providers.models import PauseReason, Provider
from tests.factories import (
    NOW,
    after,
    make_customer,
    make_order,
    make_provider,
    make_service,
)
from tests.orders.stories import (
    Recorder,
    answered,
    at_once,
    differences,
    events,
    gateway_for,
    hand_over,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]

PROFILE = "https://www.instagram.com/alice.studio"
POST = "https://www.instagram.com/p/CxYz123AbCd"
ENDING = [kind for kind in RejectionKind if kind.ends_order]
PROVIDERS_FAULT = [kind for kind in RejectionKind if kind.is_providers_fault]


def claimed() -> Submission:
    submission = claim_next(now=NOW)
    assert submission is not None
    return submission


def again(order: Order) -> Order:
    return Order.objects.select_related("submission").get(pk=order.pk)


class Killed(BaseException):
    """As kill -9: nothing after it runs."""


@transaction.atomic
def before_the_commit(work: Callable[[], object]) -> None:
    """Killed when all is done and nothing is committed."""
    work()
    raise Killed


class Dying(FakeGateway):
    """Dies at the wire: before a byte left, or after the provider took the order."""

    def __init__(self, *, takes_it: bool) -> None:
        super().__init__()
        self._takes_it = takes_it

    def add_order(self, order: NewOrder) -> Verdict:
        if self._takes_it:
            self._take(order)
        raise Killed


# --- What the provider answers -------------------------------------------------------------------------------


def test_an_order_that_the_provider_takes_is_bound_to_its_number(alice: User) -> None:
    order = answered(make_order(alice), Accepted("23501", '{"order": 23501}'))

    assert order.state == OrderState.PROCESSING
    assert (order.submission.state, order.submission.external_id) == ("accepted", "23501")
    assert order.submission.verdict_words == '{"order": 23501}'
    assert order.submission.lease_until is None
    assert order.check_at > NOW
    assert events(order) == ["placed", "sending", "accepted"]
    assert balance_of(alice) == 100 - order.charge


@pytest.mark.clause("A-29", "K-66")
@pytest.mark.parametrize("kind", ENDING)
def test_an_order_that_is_refused_is_cancelled_and_paid_back_in_full(
    alice: User, kind: RejectionKind
) -> None:
    order = answered(make_order(alice), Rejected(kind, "no"))

    assert (order.state, order.ending) == (OrderState.CANCELLED, f"refused_{kind}")
    assert order.remains == order.quantity
    assert (order.submission.state, order.submission.why) == ("rejected", kind)
    assert balance_of(alice) == 100
    assert order.events.latest("pk").words == "no"
    assert Provider.objects.get().paused_reason == ""


@pytest.mark.parametrize("kind", PROVIDERS_FAULT)
def test_a_fault_of_the_provider_pauses_it_and_the_order_waits(alice: User, kind: RejectionKind) -> None:
    order = answered(make_order(alice), Rejected(kind, "not now"))

    assert (order.state, order.submission.state) == (OrderState.PENDING, "due")
    assert order.submission.sent_at is None
    assert balance_of(alice) == 100 - order.charge
    assert Provider.objects.get().paused_reason == kind.value
    assert not hand_over(gateway_for(order.service), now=after(seconds=59))
    assert events(order) == ["placed", "sending", "waiting"]


def test_an_order_that_waited_for_the_provider_is_sent_when_the_pause_is_over(alice: User) -> None:
    order = answered(make_order(alice), Rejected(RejectionKind.FUNDS, "Not enough funds"))
    gateway = gateway_for(order.service)

    assert not hand_over(gateway, now=after(minutes=4))
    assert hand_over(gateway, now=after(minutes=5))

    assert again(order).submission.state == "accepted"
    assert again(order).submission.attempts == 2


def test_a_busy_link_at_the_provider_waits_five_minutes_and_keeps_the_provider_going(alice: User) -> None:
    order = answered(make_order(alice), Rejected(RejectionKind.BUSY_LINK, "active order with this link"))

    assert order.state == OrderState.PENDING
    assert order.submission.due_at == NOW + BUSY_LINK_WAIT
    assert Provider.objects.get().paused_reason == ""
    gateway = gateway_for(order.service)
    assert not hand_over(gateway, now=after(minutes=4, seconds=59))
    assert hand_over(gateway, now=after(minutes=5))


def test_what_never_left_is_pending_again_and_sent_later_with_growing_patience(alice: User) -> None:
    order = make_order(alice)
    now = NOW

    for attempt in range(1, 13):
        Provider.objects.update(paused_reason="", paused_until=None)
        answered(order, NO_CONNECTION, now=now)
        assert (order.state, order.submission.state) == (OrderState.PENDING, "due")
        assert order.submission.attempts == attempt
        wait = order.submission.due_at - now
        assert timedelta(0) <= wait <= min(LONGEST_WAIT, SLOT * 2**attempt)
        now = order.submission.due_at

    assert events(order) == ["placed", *["sending", "waiting"] * 12]
    assert [step.title for step in timeline(order, order.events.order_by("pk"))] == ["Placed", "Waiting"]
    assert balance_of(alice) == 100 - order.charge
    Provider.objects.update(paused_reason="", paused_until=None)
    gateway = gateway_for(order.service)
    assert hand_over(gateway, now=now)
    assert len(gateway.taken) == 1


def test_an_unknown_outcome_is_never_sent_again_and_never_paid_back_by_itself(alice: User) -> None:
    order = make_order(alice)
    gateway = gateway_for(order.service)
    gateway.next_add(Unknown("HTTP 502", "<html>"), order_is_taken=True)
    assert hand_over(gateway)

    for hours in (1, 23, 71, 73, 1000):
        assert not hand_over(gateway, now=after(hours=hours))
        assert submitting.doubt_abandoned(now=after(hours=hours)) == 0
        assert submitting.give_up_waiting(now=after(hours=hours)) == 0

    assert len(gateway.taken) == 1
    order = again(order)
    assert (order.state, order.submission.state) == (OrderState.PROCESSING, "uncertain")
    assert order.submission.why == "HTTP 502"
    assert balance_of(alice) == 100 - order.charge
    assert order.events.latest("pk").words == "HTTP 502 <html>"


def test_a_number_that_belongs_to_another_order_is_not_believed(alice: User, bob: User) -> None:
    first = answered(make_order(alice), Accepted("23501", ""))
    second = answered(make_order(bob), Accepted("23501", "23501"))

    assert second.submission.state == "uncertain"
    assert second.submission.external_id == ""
    assert second.submission.why == "this number already belongs to another order"
    assert again(first).submission.external_id == "23501"


def test_two_providers_may_use_the_same_number(alice: User, bob: User) -> None:
    first = answered(make_order(alice), Accepted("23501", ""))
    other = make_service(provider=make_provider("Another"))
    second = answered(make_order(bob, other), Accepted("23501", ""))

    assert first.submission.state == second.submission.state == "accepted"


# --- What the provider is told -------------------------------------------------------------------------------


@pytest.mark.clause("A-37", "A-38", "K-84", "K-85")
def test_the_provider_is_told_service_link_and_quantity_and_nothing_about_the_customer(alice: User) -> None:
    service = make_service(provider_service="815")
    make_order(alice, service, quantity=1234)
    gateway = Recorder(service)
    hand_over(gateway)

    assert gateway.told == [NewOrder(service="815", link=PROFILE, quantity=1234, comments=())]


def test_the_provider_is_told_the_comments_and_no_quantity(alice: User) -> None:
    service = make_service(provider_service="815", kind="custom_comments", metric="comments", min_quantity=1)
    make_order(alice, service, link=POST, quantity=None, comments="a\r\n\r\nb")
    gateway = Recorder(service)
    hand_over(gateway)

    assert gateway.told == [NewOrder(service="815", link=POST, quantity=None, comments=("a", "b"))]


def test_the_provider_of_a_package_is_told_neither_quantity_nor_comments(alice: User) -> None:
    package = make_service(provider_service="815", kind="package")
    make_order(alice, package, quantity=None)
    gateway = Recorder(package)
    hand_over(gateway)

    assert gateway.told == [NewOrder(service="815", link=PROFILE, quantity=None, comments=())]


def test_the_network_is_used_outside_any_transaction_and_after_the_claim_is_committed(alice: User) -> None:
    class Looking(FakeGateway):
        def add_order(self, order: NewOrder) -> Verdict:
            blocks = connection.atomic_blocks
            assert all(block._from_testcase for block in blocks)
            assert Submission.objects.get().state == "sending"
            return Accepted("1", "")

    make_order(alice)

    assert hand_over(Looking())


# --- Whose turn it is ----------------------------------------------------------------------------------------


def test_nothing_is_sent_when_nothing_is_owed(terms: object) -> None:
    assert not hand_over(FakeGateway())


def test_the_order_that_waited_longest_goes_first(alice: User) -> None:
    service = make_service()
    later = make_order(alice, service, now=after(seconds=5))
    first = make_order(alice, service, link="https://www.instagram.com/first/", now=NOW)
    gateway = Recorder(service)

    hand_over(gateway, now=after(seconds=4))
    hand_over(gateway, now=after(seconds=4))

    assert [order.link for order in gateway.told] == [first.link]
    hand_over(gateway, now=after(seconds=5))
    assert [order.link for order in gateway.told] == [first.link, later.link]


def test_a_provider_gets_only_as_many_calls_at_once_as_it_may(alice: User) -> None:
    slow = make_service(provider=make_provider("Slow", parallel_calls=2))
    well = make_service(provider=make_provider("Well"))
    for number in range(3):
        make_order(alice, slow, link=f"https://www.instagram.com/slow{number}/")

    first = claimed()
    claimed()
    assert claim_next(now=NOW) is None

    other = make_order(alice, well)
    assert claimed().order == other
    apply_verdict(first, Accepted("1", ""), now=NOW)
    assert claimed().provider.name == "Slow"


def test_a_call_that_can_no_longer_be_on_the_wire_makes_room(alice: User) -> None:
    service = make_service(provider=make_provider("Slow", parallel_calls=1))
    for number in range(2):
        make_order(alice, service, link=f"https://www.instagram.com/slow{number}/")
    claimed()

    assert claim_next(now=after(seconds=44)) is None
    assert claim_next(now=after(seconds=45)) is not None


@pytest.mark.parametrize("reason", [PauseReason.STAFF, PauseReason.BAD_KEY, PauseReason.UNREACHABLE])
def test_a_paused_provider_is_handed_nothing_and_another_goes_on(alice: User, reason: PauseReason) -> None:
    make_order(alice, make_service(provider=make_provider("Ill")))
    health.pause(Provider.objects.get(name="Ill"), reason, until=None)
    other = make_order(alice, make_service(provider=make_provider("Well")), link="@alice.two")

    assert claimed().order == other
    assert claim_next(now=after(days=1)) is None


def test_five_failures_in_a_row_stop_the_sending(alice: User) -> None:
    service = make_service()
    for number in range(6):
        make_order(alice, service, link=f"https://www.instagram.com/alice{number}/")
    gateway = gateway_for(service)
    for _ in range(5):
        gateway.next_add(LOST_ANSWER)

    sent = [hand_over(gateway) for _ in range(6)]

    assert sent == [True] * 5 + [False]
    assert Submission.objects.filter(state="uncertain").count() == 5
    assert Provider.objects.get().paused_reason == PauseReason.UNREACHABLE


@pytest.mark.django_db(transaction=True)
def test_four_workers_hand_over_each_order_once(terms: object) -> None:
    alice = make_customer(balance="100")
    service = make_service(provider=make_provider("Upstream", parallel_calls=32))
    for number in range(24):
        make_order(alice, service, link=f"https://www.instagram.com/alice{number}/")
    gateways = [Recorder(service, first_id=1000 * number) for number in range(1, 5)]

    def work(number: int) -> int:
        gateway = gateways[number]
        # A row that another worker is just taking is passed over, so everybody keeps asking to the end.
        return sum(
            submitting.send_next(gateway_for=lambda provider: gateway, clock=lambda: NOW) for _ in range(24)
        )

    outcomes = at_once(4, work)

    links = [told.link for gateway in gateways for told in gateway.told]
    assert sum(outcomes) == len(links) == len(set(links)) == 24
    assert Submission.objects.filter(state="accepted", attempts=1).count() == 24
    assert differences() == []


# --- A worker that dies --------------------------------------------------------------------------------------


@pytest.mark.parametrize("takes_it", [False, True])
def test_a_worker_killed_at_the_wire_leaves_a_doubt_and_never_a_second_order(
    alice: User, takes_it: bool
) -> None:
    order = make_order(alice)
    dying = Dying(takes_it=takes_it)
    with pytest.raises(Killed):
        hand_over(dying)
    assert again(order).submission.state == "sending"

    just_before = NOW + LEASE - timedelta(seconds=1)
    assert submitting.doubt_abandoned(now=just_before) == 0
    assert not hand_over(FakeGateway(), now=just_before)
    assert submitting.doubt_abandoned(now=NOW + LEASE) == 1

    order = again(order)
    assert (order.state, order.submission.state) == (OrderState.PROCESSING, "uncertain")
    assert order.submission.why == "the worker stopped while sending"
    assert not hand_over(FakeGateway(), now=after(days=1))
    assert len(dying.taken) == takes_it
    assert balance_of(alice) == 100 - order.charge


def test_a_worker_killed_with_the_answer_in_its_hand_leaves_a_doubt(alice: User) -> None:
    order = make_order(alice)
    submission = claimed()
    gateway = gateway_for(order.service)
    gateway.add_order(submitting.new_order(submission.order))

    assert submitting.doubt_abandoned(now=NOW + LEASE) == 1

    assert again(order).submission.state == "uncertain"
    assert len(gateway.taken) == 1


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_while_it_claims_leaves_the_order_as_it_was(terms: object) -> None:
    order = make_order(make_customer(balance="100"))

    with pytest.raises(Killed):
        before_the_commit(lambda: claim_next.__wrapped__(now=NOW))

    assert (again(order).state, again(order).submission.state) == (OrderState.PENDING, "due")
    assert again(order).submission.attempts == 0
    assert hand_over(gateway_for(order.service))
    assert differences() == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "verdict",
    [
        Accepted("23501", ""),
        Rejected(RejectionKind.BAD_LINK, ""),
        Rejected(RejectionKind.FUNDS, ""),
        NotSent("no connection"),
        Unknown("timeout", ""),
    ],
)
def test_a_worker_killed_while_it_writes_the_verdict_has_written_nothing(
    terms: object, verdict: Verdict
) -> None:
    alice = make_customer(balance="100")
    order = make_order(alice)
    submission = claimed()

    with pytest.raises(Killed):
        before_the_commit(lambda: apply_verdict(submission, verdict, now=NOW))

    order = again(order)
    assert (order.state, order.submission.state) == (OrderState.PROCESSING, "sending")
    assert balance_of(alice) == 100 - order.charge
    assert submitting.doubt_abandoned(now=NOW + LEASE) == 1
    assert differences() == []


# --- Answers that come too late ------------------------------------------------------------------------------


def late(alice: User, decide: Callable[[Submission], object]) -> tuple[Order, Submission]:
    """A worker is thought dead, somebody decides, and then the worker comes back with its answer."""
    order = make_order(alice)
    worker = claimed()
    assert submitting.doubt_abandoned(now=NOW + LEASE) == 1
    decide(Submission.objects.select_related("order").get())
    return order, worker


def test_a_late_acceptance_clears_the_doubt(alice: User) -> None:
    order, worker = late(alice, lambda submission: None)

    apply_verdict(worker, Accepted("23501", ""), now=after(minutes=3))

    order = again(order)
    assert (order.state, order.submission.external_id) == (OrderState.PROCESSING, "23501")
    assert order.check_at is not None
    assert events(order) == ["placed", "sending", "uncertain", "accepted"]


def test_a_late_refusal_clears_the_doubt_and_pays_back(alice: User) -> None:
    order, worker = late(alice, lambda submission: None)

    apply_verdict(worker, Rejected(RejectionKind.BAD_LINK, "no"), now=after(minutes=3))

    assert again(order).state == OrderState.CANCELLED
    assert balance_of(alice) == 100


def test_a_late_proof_that_nothing_left_clears_the_doubt_and_sends_again(alice: User) -> None:
    order, worker = late(alice, lambda submission: None)

    apply_verdict(worker, NO_CONNECTION, now=after(minutes=3))

    assert (again(order).state, again(order).submission.state) == (OrderState.PENDING, "due")


@pytest.mark.parametrize(
    ("verdict", "kept"),
    [
        (Accepted("23501", "ok"), "23501 ok"),
        (Rejected(RejectionKind.BAD_LINK, "no"), "no"),
        (NotSent("no connection"), "no connection"),
        (Unknown("HTTP 502", "<html>"), "HTTP 502 <html>"),
    ],
)
def test_an_answer_after_the_decision_changes_nothing_and_is_kept(
    alice: User, sam: User, verdict: Verdict, kept: str
) -> None:
    order, worker = late(alice, lambda doubt: refund(doubt, by=sam, note="", now=after(minutes=5)))

    apply_verdict(worker, verdict, now=after(minutes=6))

    order = again(order)
    assert (order.state, order.ending, order.submission.state) == ("cancelled", "not_placed", "rejected")
    assert balance_of(alice) == 100
    event = order.events.latest("pk")
    assert (event.what, event.words) == ("late_answer", kept)
    assert order.review == (Review.LATE_ACCEPTANCE if isinstance(verdict, Accepted) else Review.NONE)


def test_an_answer_of_an_earlier_attempt_does_not_count_for_the_next(alice: User) -> None:
    order = make_order(alice)
    first = claimed()
    apply_verdict(first, NO_CONNECTION, now=NOW)
    second = claim_next(now=after(minutes=5))
    assert second is not None
    assert second.attempts == 2

    apply_verdict(first, Accepted("23501", ""), now=after(minutes=5))
    assert (again(order).submission.state, again(order).submission.external_id) == ("sending", "")
    apply_verdict(second, Accepted("23502", ""), now=after(minutes=5))

    assert again(order).submission.external_id == "23502"


# --- Giving up -----------------------------------------------------------------------------------------------


@pytest.mark.clause("A-29", "K-66")
def test_an_order_that_no_provider_could_take_for_three_days_is_paid_back(alice: User) -> None:
    order = answered(make_order(alice), NO_CONNECTION)

    assert submitting.give_up_waiting(now=NOW + GIVE_UP_AFTER - timedelta(seconds=1)) == 0
    assert submitting.give_up_waiting(now=NOW + GIVE_UP_AFTER) == 1

    order = again(order)
    assert (order.state, order.ending, order.submission.why) == (OrderState.CANCELLED, "gave_up", "gave_up")
    assert balance_of(alice) == 100
    assert submitting.give_up_waiting(now=NOW + GIVE_UP_AFTER) == 0


def test_an_order_that_is_being_sent_is_not_given_up(alice: User) -> None:
    order = make_order(alice)
    claim_next(now=NOW + GIVE_UP_AFTER)

    assert submitting.give_up_waiting(now=NOW + GIVE_UP_AFTER) == 0
    assert not submitting.withdraw(order.submission.pk, why="gave_up", now=NOW)
    assert balance_of(alice) == 100 - order.charge


def test_doubting_and_giving_up_take_as_many_as_they_are_asked_to(alice: User) -> None:
    service = make_service(provider=make_provider("Upstream", parallel_calls=32))
    for number in range(4):
        make_order(alice, service, link=f"https://www.instagram.com/alice{number}/")
    claimed(), claimed()

    assert submitting.doubt_abandoned(now=NOW + LEASE, limit=1) == 1
    assert submitting.doubt_abandoned(now=NOW + LEASE) == 1
    assert submitting.give_up_waiting(now=NOW + GIVE_UP_AFTER, limit=1) == 1
    assert submitting.give_up_waiting(now=NOW + GIVE_UP_AFTER) == 1
    assert balance_of(alice) == 100 - 2 * service.orders.first().charge  # type: ignore[union-attr]
