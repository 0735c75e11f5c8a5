"""A refund that may be the customer's fault waits in a case; a person decides, and the books stay whole."""

from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from accounts.models import Notice, User
from billing.composition import composition_for
from billing.ledger import balance_of, house_balance
from billing.models import Transfer
from billing.routes import AccountKind
from orders import brakes
from orders.cases import (
    CaseDecided,
    GrantOutOfRange,
    MessageMissing,
    NoteMissing,
    NothingDenied,
    answer,
    decide,
    decision,
    look_again,
    reply,
)
from orders.deciding import settle_by_staff
from orders.faults import mark_fault
from orders.models import CaseState, Condition, Fault, FaultSource, Order, Proposal, RefundCase, Review
from orders.reaching import note_count
from orders.reason_texts import make_reason_texts
from orders.sightings import record_sighting
from orders.states import OrderState
from orders.timeline import refund_reason, timeline
from orders.vanishing import HasEnded, NotGone, RestUnclear, confirm_gone
from orders.withholding import under_review
from providers.gateway import Rejected, RejectionKind, ReportedState
from tests.factories import after, give, make_customer, make_order, make_service, publish_terms
from tests.orders.stories import answered, at_once, differences, report, started, taken

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]

RUNNING, PARTIAL, CANCELLED = ReportedState.IN_PROGRESS, ReportedState.PARTIAL, ReportedState.CANCELLED
PRIVATE = "profile is private"


@pytest.fixture(autouse=True)
def _usual_texts() -> None:
    make_reason_texts()


def running(customer: User, *, rate: str = "2.00", quantity: int = 1000) -> Order:
    return started(customer, make_service(rate_per_1000=rate), quantity=quantity)


def short(customer: User, *, reason: str = PRIVATE, remains: int = 600, rate: str = "2.00") -> Order:
    """Charge 2.00 for 1000, of which 600 were not delivered."""
    return report(running(customer, rate=rate), PARTIAL, remains, reason=reason, raw="their words")


def sums(order: Order) -> dict[str, Decimal]:
    order.refresh_from_db()
    names = ("refunded", "earned", "under_review", "denied")
    return {name: getattr(order, name) for name in names if getattr(order, name)}


def amounts(**expected: str) -> dict[str, Decimal]:
    return {name: Decimal(amount) for name, amount in expected.items()}


def decided(
    order: Order, granted: str, sam: User, *, note: str = "seen myself", hours: float = 2
) -> RefundCase:
    case = order.cases.get(state=CaseState.OPEN)
    decide(case.pk, granted=Decimal(granted), by=sam, note=note, now=after(hours=hours))
    case.refresh_from_db()
    return case


# --- Worked examples -----------------------------------------------------------------------------------------


@pytest.mark.worked("W-14")
@pytest.mark.clause("A-10", "K-12", "K-66", "K-67")
@pytest.mark.parametrize("profile", ["alphasmm", "bestsmmkart"])
def test_without_a_fault_the_refund_is_automatic(profile: str) -> None:
    publish_terms(profile)
    alice = make_customer(balance="100")

    order = short(alice, reason="")

    assert sums(order) == amounts(refunded="1.20", earned="0.80")
    assert balance_of(alice) == Decimal("99.20")
    assert not RefundCase.objects.exists()


@pytest.mark.worked("W-15")
@pytest.mark.clause("A-11", "A-20", "A-30", "K-79")
@pytest.mark.parametrize("profile", ["alphasmm", "bestsmmkart"])
def test_a_private_profile_opens_a_case_and_pays_nothing(profile: str) -> None:
    publish_terms(profile)
    alice = make_customer(balance="100")

    order = short(alice)

    assert (order.state, order.remains, order.fault) == ("partial", 600, Fault.PRIVATE)
    assert sums(order) == amounts(earned="0.80", under_review="1.20")
    assert balance_of(alice) == 98
    assert house_balance(AccountKind.HELD) == Decimal("1.20")
    case = order.cases.get()
    assert (case.amount, case.fault, case.proposal, case.state) == (
        Decimal("1.20"),
        Fault.PRIVATE,
        Proposal.NONE,
        CaseState.OPEN,
    )
    finding = order.findings.get()
    assert (finding.source, finding.words, finding.at) == (
        FaultSource.PROVIDER,
        "their words",
        after(minutes=5),
    )
    assert under_review(case).text == "Refund of up to $1.20 under review: the account was private."
    notice = Notice.objects.get(kind="refund_review")
    assert (notice.text, notice.url) == (under_review(case).text, f"/orders/{order.pk}/#case")


@pytest.mark.worked("W-15")
@pytest.mark.clause("K-79", "A-20")
def test_a_denied_refund_leaves_the_final_charge_at_two(alice: User, sam: User) -> None:
    order = short(alice)

    case = decided(order, "0", sam, note="We saw it private on 1 March.")

    assert sums(order) == amounts(earned="2.00", denied="1.20")
    assert order.final_charge == 2
    assert balance_of(alice) == 98
    assert decision(case).text == "No refund: the account was private. We saw it private on 1 March."
    assert Notice.objects.get(kind="refund_decided").text == decision(case).text


@pytest.mark.worked("W-15")
@pytest.mark.clause("K-79", "A-11")
def test_staff_may_grant_up_to_the_whole_rest(alice: User, sam: User) -> None:
    order = short(alice)

    decided(order, "1.20", sam)

    assert sums(order) == amounts(refunded="1.20", earned="0.80")
    assert balance_of(alice) == Decimal("99.20")
    assert house_balance(AccountKind.HELD) == 0


@pytest.mark.profile("alphasmm")
@pytest.mark.clause("A-11")
def test_half_of_a_wrong_link_is_granted(alice: User, sam: User) -> None:
    order = report(running(alice), CANCELLED, reason="Incorrect link")
    case = order.cases.get()
    assert (case.amount, case.fault, case.proposal) == (2, Fault.BAD_LINK, Proposal.REVIEW)
    assert balance_of(alice) == 98

    decided(order, "1.00", sam)

    assert sums(order) == amounts(refunded="1", earned="1", denied="1")
    assert balance_of(alice) == 99
    transfer = Transfer.objects.get(kind="refund")
    assert (transfer.amount, transfer.actor, transfer.note) == (1, sam, "seen myself")
    case.refresh_from_db()
    assert (case.state, case.granted, case.decided_by, case.decided_at) == ("decided", 1, sam, after(hours=2))
    steps = timeline(order, order.events.order_by("pk"))
    assert [step.title for step in steps[-2:]] == ["Refund under review", "Refund decided"]
    assert (steps[-1].text, steps[-1].refund) == ("seen myself", 1)
    assert refund_reason(order, steps) is None


@pytest.mark.worked("W-16")
@pytest.mark.clause("A-29", "K-66", "A-11")
@pytest.mark.parametrize("profile", ["alphasmm", "bestsmmkart"])
@pytest.mark.parametrize("kind", [RejectionKind.BAD_LINK, RejectionKind.BAD_QUANTITY])
def test_what_is_refused_at_hand_over_is_refunded_whatever_the_reason(
    profile: str, kind: RejectionKind
) -> None:
    publish_terms(profile)
    alice = make_customer(balance="100")

    order = answered(
        make_order(alice, make_service(rate_per_1000="2.00"), quantity=1000), Rejected(kind, PRIVATE)
    )

    assert (order.state, order.refunded) == ("cancelled", 2)
    assert balance_of(alice) == 100
    assert not RefundCase.objects.exists()


def test_even_a_marked_order_that_nobody_took_is_refunded(alice: User, sam: User) -> None:
    order = make_order(alice)
    mark_fault(
        order.pk, fault=Fault.MISPLACED, by=sam, note="ordered for the wrong page", now=after(minutes=1)
    )

    order = answered(order, Rejected(RejectionKind.SERVICE_GONE, "gone"), now=after(minutes=2))

    assert (order.refunded, balance_of(alice)) == (order.charge, 100)


@pytest.mark.clause("A-29")
def test_terms_may_treat_a_refused_link_like_any_other_fault(sam: User) -> None:
    publish_terms(changes={"refund.submit_reject_refunds": False})
    alice, bob = make_customer(balance="100"), make_customer("bob@example.com", balance="100")

    order = answered(make_order(alice), Rejected(RejectionKind.BAD_LINK, "Bad link"))
    other = answered(make_order(bob), Rejected(RejectionKind.SERVICE_GONE, "Gone"))

    assert sums(order) == {"under_review": order.charge}
    assert order.findings.get().source == FaultSource.HANDOVER
    assert sums(other) == {"refunded": other.charge}


def gone(order: Order, sam: User, condition: Condition = Condition.NOT_FOUND) -> None:
    """The post was there when it was ordered, and twice it was not."""
    key = order.counter_key
    record_sighting(counter_key=key, source="check", count=900, now=after(minutes=1))
    for hours in (2, 3):
        note_count(order.pk, count=None, condition=condition, by=sam, note="", now=after(hours=hours))


@pytest.mark.worked("W-17")
@pytest.mark.clause("K-24", "K-65")
def test_content_that_is_gone_completes_the_order_with_its_rest_kept(alice: User, sam: User) -> None:
    order = report(running(alice), RUNNING, 600)
    gone(order, sam)

    confirm_gone(order.pk, remains=None, by=sam, note="looked at it", now=after(hours=4))

    assert sums(order) == amounts(earned="2", denied="1.20")
    assert (order.state, order.ending, order.remains) == ("completed", "content_unavailable", 600)
    assert (order.final_charge, order.delivered, order.review) == (2, 400, "")
    case = order.cases.get()
    assert (case.state, case.granted, case.decided_by) == ("decided", 0, sam)
    told = Notice.objects.get(kind="order_finished").text
    assert told == (
        "Completed: the link was private or deleted on March 1, 2026, 3 p.m.; 400 of 1,000 were delivered."
    )
    step = timeline(order, order.events.order_by("pk"))[-1]
    assert (step.title, step.clauses) == ("Completed", ("A-12", "K-24"))
    # The provider's word comes later and pays nothing.
    report(order, PARTIAL, 600, at=after(hours=5))
    assert sums(order) == amounts(earned="2", denied="1.20")
    assert order.state == "completed"


@pytest.mark.worked("W-17")
@pytest.mark.profile("alphasmm")
@pytest.mark.clause("A-12")
def test_content_that_is_gone_ends_the_order_short_with_a_case(alice: User, sam: User) -> None:
    order = report(running(alice), RUNNING, 600)
    gone(order, sam)

    confirm_gone(order.pk, remains=None, by=sam, note="looked at it", now=after(hours=4))

    assert sums(order) == amounts(earned="0.80", under_review="1.20")
    assert (order.state, order.remains) == ("partial", 600)
    case = order.cases.get()
    assert (case.amount, case.proposal) == (Decimal("1.20"), Proposal.REVIEW)


@pytest.mark.profile("alphasmm")
@pytest.mark.clause("A-12")
def test_two_checks_and_then_a_partial_end_open_a_case(alice: User, sam: User) -> None:
    order = running(alice, rate="1.00")
    gone(order, sam)

    order = report(order, PARTIAL, 700, at=after(hours=4))

    assert sums(order) == amounts(earned="0.30", under_review="0.70")
    assert order.cases.get().fault == Fault.CONTENT_REMOVED


def test_a_providers_own_completed_needs_nobody(alice: User, sam: User) -> None:
    order = report(running(alice), RUNNING, 600)
    gone(order, sam, Condition.PRIVATE)

    order = report(order, ReportedState.COMPLETED, 0, at=after(hours=4))

    assert sums(order) == amounts(earned="2")
    assert not RefundCase.objects.exists()


def test_only_content_that_seems_gone_is_confirmed(alice: User, sam: User) -> None:
    order = running(alice)

    with pytest.raises(NotGone):
        confirm_gone(order.pk, remains=600, by=sam, note="?", now=after(hours=1))
    mark_fault(order.pk, fault=Fault.PRIVATE, by=sam, note="saw it", now=after(hours=1))
    for remains in (None, 0, 1001):
        with pytest.raises(RestUnclear):
            confirm_gone(order.pk, remains=remains, by=sam, note="?", now=after(hours=1))
    confirm_gone(order.pk, remains=1000, by=sam, note="!", now=after(hours=1))
    with pytest.raises(HasEnded):
        confirm_gone(order.pk, remains=1000, by=sam, note="!", now=after(hours=1))

    assert sums(order) == amounts(earned="2", denied="2")


@pytest.mark.profile("alphasmm")
@pytest.mark.clause("A-20")
def test_a_private_account_whose_order_was_cancelled_gets_nothing(alice: User, sam: User) -> None:
    order = running(alice, rate="3.00")
    mark_fault(order.pk, fault=Fault.PRIVATE, by=sam, note="seen on the page", now=after(minutes=2))
    order = report(order, CANCELLED, 1000)

    case = decided(order, "0", sam, note="Ask again when it is public.")

    assert (order.cases.get().proposal, sums(order)) == (Proposal.NONE, amounts(earned="3", denied="3"))
    assert "A-20" in case.clause
    assert decision(case).text == "No refund: the account was private. Ask again when it is public."


@pytest.mark.worked("W-13")
def test_a_granted_bonus_goes_back_to_the_bonus(sam: User, terms: object) -> None:
    alice = make_customer()
    give(alice, cash="18", bonus="12")
    order = short(alice, rate="30.00", remains=400)

    decided(order, "12", sam)

    assert balance_of(alice) == 12
    assert [(rest.cash, rest.bonus) for rest in composition_for(alice)] == [(0, 12)]


# --- What the terms decide -----------------------------------------------------------------------------------


def test_terms_may_leave_every_refund_to_a_person(sam: User) -> None:
    publish_terms(changes={"refund.auto": False})
    alice = make_customer(balance="100")

    order = short(alice, reason="")

    case = order.cases.get()
    assert (case.fault, case.proposal, case.clause) == (Fault.NONE, Proposal.FULL, "A-10, K-66")
    assert under_review(case).text == "Refund of $1.20: our staff return it."
    assert balance_of(alice) == 98
    decided(order, "1.20", sam)
    assert balance_of(alice) == Decimal("99.20")


def test_where_a_person_ends_the_order_no_second_person_is_needed(sam: User) -> None:
    publish_terms(changes={"refund.auto": False})
    alice = make_customer(balance="100")
    order = running(alice)

    settle_by_staff(order.pk, state=OrderState.PARTIAL, remains=600, by=sam, note="!", now=after(hours=1))

    assert sums(order) == amounts(refunded="1.20", earned="0.80")


def test_an_order_marked_by_staff_waits_even_when_staff_end_it(alice: User, sam: User) -> None:
    order = running(alice)
    mark_fault(order.pk, fault=Fault.OVERLAP, by=sam, note="two at once", now=after(minutes=2))

    settle_by_staff(order.pk, state=OrderState.PARTIAL, remains=600, by=sam, note="!", now=after(hours=1))

    assert sums(order) == amounts(earned="0.80", under_review="1.20")


@pytest.mark.clause("A-11", "K-79")
@pytest.mark.parametrize(
    ("default", "expected"),
    [
        ("none", amounts(earned="2", denied="1.20")),
        ("full", amounts(earned="0.80", refunded="1.20")),
        ("review", amounts(earned="0.80", under_review="1.20")),
    ],
)
def test_terms_without_staff_decide_a_proven_fault_by_themselves(
    sam: User, default: str, expected: dict[str, Decimal]
) -> None:
    publish_terms(changes={"refund.fault_needs_staff": False, "refund.fault_default": default})
    alice = make_customer(balance="100")
    order = running(alice)
    mark_fault(order.pk, fault=Fault.BAD_LINK, by=sam, note="it leads nowhere", now=after(minutes=2))

    order = report(order, PARTIAL, 600)

    assert sums(order) == expected
    assert order.cases.count() == (default != "full")


def test_a_providers_words_alone_decide_nothing_under_any_terms() -> None:
    publish_terms(changes={"refund.fault_needs_staff": False})
    alice = make_customer(balance="100")

    order = short(alice)

    assert sums(order) == amounts(earned="0.80", under_review="1.20")


@pytest.mark.parametrize(
    ("count", "minutes_old", "expected", "state"),
    [
        (1550, 10, "0", "completed"),
        (1400, 10, "0.20", "partial"),
        (1000, 10, "1.00", "cancelled"),
        (900, 10, "1.00", "cancelled"),
        # Too old a count: the provider's rest of 200.
        (1550, 61, "0.40", "partial"),
    ],
)
@pytest.mark.clause("K-41", "K-67")
def test_where_the_terms_count_the_counter_says_what_is_missing(
    count: int, minutes_old: int, expected: str, state: str, terms: object
) -> None:
    publish_terms(changes={"refund.delivered_basis": "counted", "delivery.complete_on_target": False})
    alice = make_customer(balance="100")
    order = report(running(alice, rate="2.00", quantity=500), RUNNING, 400, start_count=1000)
    record_sighting(counter_key=order.counter_key, source="check", count=count, now=after(hours=5))

    order = report(order, PARTIAL, 200, at=after(hours=5, minutes=minutes_old))

    assert (order.refunded, order.state) == (Decimal(expected), state)


# --- Later reports -------------------------------------------------------------------------------------------


def test_the_same_report_again_changes_nothing(alice: User) -> None:
    order = short(alice)

    for hours in (1, 2):
        report(order, PARTIAL, 600, reason=PRIVATE, at=after(hours=hours))

    assert sums(order) == amounts(earned="0.80", under_review="1.20")
    assert order.cases.get().amount == Decimal("1.20")
    assert Notice.objects.filter(kind="refund_review").count() == 1


def test_a_larger_rest_adds_to_the_open_case(alice: User, sam: User) -> None:
    order = short(alice)

    order = report(order, CANCELLED, at=after(hours=1))

    assert order.state == "cancelled"
    assert sums(order) == amounts(earned="0.80", under_review="2")
    assert order.cases.get().amount == 2
    decided(order, "1.50", sam)
    assert sums(order) == amounts(refunded="1.50", earned="0.50", denied="0.50")
    assert [(t.kind, t.amount) for t in Transfer.objects.filter(kind__contains="refund").order_by("pk")] == [
        ("refund", Decimal("1.20")),
        ("late_refund", Decimal("0.30")),
    ]


def test_a_larger_rest_after_the_decision_opens_another_case_and_what_was_denied_stays_denied(
    alice: User, sam: User
) -> None:
    order = short(alice)
    decided(order, "0.50", sam)

    report(order, PARTIAL, 600, at=after(hours=3))
    assert sums(order) == amounts(refunded="0.50", earned="1.50", denied="0.70")

    report(order, CANCELLED, at=after(hours=4))
    assert sums(order) == amounts(refunded="0.50", earned="1.50", denied="0.70", under_review="0.80")
    decided(order, "0.80", sam, hours=5)
    assert sums(order) == amounts(refunded="1.30", earned="0.70", denied="0.70")


def test_a_smaller_rest_only_raises_a_flag(alice: User) -> None:
    order = report(short(alice), PARTIAL, 100, at=after(hours=1))

    assert order.review == Review.LATE_LOSS
    assert sums(order) == amounts(earned="0.80", under_review="1.20")


def test_the_brake_does_not_hold_what_is_not_paid(alice: User) -> None:
    order = running(alice)
    provider = order.submission.provider
    provider.brake_refund_per_hour = Decimal("0.01")
    provider.save()

    order = report(order, PARTIAL, 600, reason=PRIVATE)

    assert order.review == ""
    assert sums(order) == amounts(earned="0.80", under_review="1.20")


def test_an_order_marked_while_its_refund_waits_behind_the_brake_gets_a_case(alice: User, sam: User) -> None:
    order = running(alice)
    provider = order.submission.provider
    provider.brake_refund_per_hour = Decimal("0.01")
    provider.save()
    order = report(order, PARTIAL, 600)
    assert order.review == Review.BRAKE

    mark_fault(order.pk, fault=Fault.PRIVATE, by=sam, note="saw it", now=after(hours=1))
    brakes.release_brake(provider, by=sam, note="looked", now=after(hours=1))

    assert sums(order) == amounts(earned="0.80", under_review="1.20")


# --- Deciding ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("granted", ["-0.00000001", "1.20000001"])
def test_nobody_grants_more_than_is_under_review(alice: User, sam: User, granted: str) -> None:
    order = short(alice)

    with pytest.raises(GrantOutOfRange):
        decided(order, granted, sam)

    assert sums(order) == amounts(earned="0.80", under_review="1.20")


def test_a_decision_says_why(alice: User, sam: User) -> None:
    order = short(alice)

    with pytest.raises(NoteMissing):
        decided(order, "0", sam, note="  ")

    assert order.cases.get().is_open


def test_a_case_is_decided_once(alice: User, sam: User) -> None:
    case = decided(short(alice), "0", sam)

    with pytest.raises(CaseDecided):
        decide(case.pk, granted=Decimal(1), by=sam, note="after all", now=after(hours=3))
    with pytest.raises(DatabaseError), transaction.atomic():
        RefundCase.objects.filter(pk=case.pk).update(granted=Decimal(1))
    with pytest.raises(DatabaseError), transaction.atomic():
        case.delete()


def test_what_was_denied_can_be_looked_at_again(alice: User, sam: User) -> None:
    order = short(alice)
    first = decided(order, "0.20", sam)

    second = look_again(first.pk, by=sam, note="sent a screenshot", now=after(hours=3))

    assert (second.amount, second.fault, second.denied_before) == (1, Fault.PRIVATE, 1)
    assert sums(order) == amounts(refunded="0.20", earned="1.80", under_review="1")
    assert differences() == []
    with pytest.raises(NothingDenied):
        look_again(first.pk, by=sam, note="again", now=after(hours=3))
    decided(order, "0.75", sam, hours=4)
    assert sums(order) == amounts(refunded="0.95", earned="1.05", denied="0.25")
    assert balance_of(alice) == Decimal("98.95")


def test_a_full_grant_leaves_nothing_to_look_at_again(alice: User, sam: User) -> None:
    case = decided(short(alice), "1.20", sam)

    with pytest.raises(NothingDenied):
        look_again(case.pk, by=sam, note="?", now=after(hours=3))


# --- Talking about it ----------------------------------------------------------------------------------------


@pytest.mark.clause("A-11", "K-79")
def test_customer_and_staff_write_to_each_other_until_it_is_decided(alice: User, sam: User) -> None:
    order = short(alice)
    case = order.cases.get()

    answer(case.pk, customer=alice, text=" It was public. ", now=after(hours=1))
    case.refresh_from_db()
    assert case.is_unanswered
    reply(case.pk, by=sam, text="Please send the date.", now=after(hours=2))
    case.refresh_from_db()
    assert not case.is_unanswered
    assert [(m.text, m.from_staff, m.author) for m in case.messages.order_by("pk")] == [
        ("It was public.", False, alice),
        ("Please send the date.", True, sam),
    ]
    assert Notice.objects.filter(kind="refund_review", text="Please send the date.").count() == 1

    decided(order, "0.60", sam, hours=3)
    with pytest.raises(CaseDecided):
        answer(case.pk, customer=alice, text="But", now=after(hours=4))
    with pytest.raises(CaseDecided):
        reply(case.pk, by=sam, text="No", now=after(hours=4))


@pytest.mark.parametrize("text", ["", "  \n", "x" * 4001])
def test_a_message_has_words_but_not_endless_ones(alice: User, text: str) -> None:
    case = short(alice).cases.get()

    with pytest.raises(MessageMissing):
        answer(case.pk, customer=alice, text=text, now=after(hours=1))


# --- At the same moment --------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_two_decisions_at_once_one_counts(alice: User, sam: User) -> None:
    order = short(alice)
    case = order.cases.get()

    def work(number: int) -> object:
        return decide(case.pk, granted=Decimal(number), by=sam, note="!", now=after(hours=1))

    outcomes = at_once(2, work)

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["CaseDecided", "NoneType"]
    winner = outcomes.index(None)
    assert order.cases.get().granted == winner
    assert balance_of(alice) == 98 + winner


@pytest.mark.django_db(transaction=True)
def test_a_report_while_deciding_loses_nothing(alice: User, sam: User) -> None:
    make_reason_texts()
    for round_number in range(5):
        service = make_service(rate_per_1000="2.00")
        link = f"https://www.instagram.com/alice{round_number}/"
        order = report(started(alice, service, quantity=1000, link=link), PARTIAL, 600, reason=PRIVATE)
        case = order.cases.get()

        def work(number: int, order: Order = order, case: RefundCase = case) -> object:
            if number:
                return decide(case.pk, granted=Decimal("0.50"), by=sam, note="!", now=after(hours=1))
            return report(order, CANCELLED, at=after(hours=1))

        outcomes = at_once(2, work)

        assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
        found = sums(order)
        assert found["refunded"] == Decimal("0.50")
        # Reported first, all of it was decided about; decided first, the rest is a case of its own.
        assert found.get("denied"), found
        assert found["denied"] + found.get("under_review", 0) == Decimal("1.50")
    assert differences() == []


def test_an_order_that_nobody_has_handed_over_has_no_case(alice: User) -> None:
    assert not taken(alice).cases.exists()
