"""Whose fault it was: words and checks propose, a person marks, and no money moves by either."""

import time
from datetime import datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction

from accounts.models import User
from billing.ledger import balance_of
from billing.models import Transfer
from orders.faults import CLAUSES, EvidenceMissing, content_gone, mark_fault, proposal_for
from orders.models import (
    Condition,
    Fault,
    FaultFinding,
    FaultSource,
    Proposal,
    ReasonText,
    RefundCase,
    Review,
    SightingSource,
)
from orders.reaching import note_count
from orders.reason_texts import best_fit, make_reason_texts, meaning_of
from orders.sightings import record_sighting
from providers.gateway import ReportedState
from tests.factories import NOW, after, publish_terms
from tests.orders.stories import events, report, started

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]

RUNNING, PARTIAL = ReportedState.IN_PROGRESS, ReportedState.PARTIAL
PUBLIC, PRIVATE, NOT_FOUND, HIDDEN = (
    Condition.PUBLIC,
    Condition.PRIVATE,
    Condition.NOT_FOUND,
    Condition.HIDDEN,
)


# --- What a provider's words mean ----------------------------------------------------------------------------


def text(pattern: str, fault: Fault = Fault.PRIVATE) -> ReasonText:
    return ReasonText(pattern=pattern, fault=fault)


@pytest.mark.parametrize(
    ("pattern", "words", "fits"),
    [
        ("profile is private", "Profile is  PRIVATE!", True),
        ("profile is private", "profile was private", False),
        ("username * not found", "Username @bob was not found", True),
        ("username * not found", "not found: username", False),
        ("*private*", "it is private now", True),
        (".*", "anything", False),
    ],
)
def test_a_pattern_is_plain_words_with_gaps(pattern: str, words: str, fits: bool) -> None:
    assert text(pattern).fits(words) is fits


def test_a_pattern_of_gaps_only_is_refused() -> None:
    with pytest.raises(ValidationError):
        text("* a * b *").full_clean()


def test_no_pattern_keeps_a_worker_busy() -> None:
    began = time.perf_counter()

    assert not text("a*" * 59 + "zz").fits("a" * 500)

    assert time.perf_counter() - began < 0.1


def test_the_longest_words_that_fit_decide() -> None:
    texts = [text("private"), text("account is not private", Fault.NONE), text("account")]

    fitting = best_fit("Your account is not private but empty", texts)

    assert fitting is not None
    assert fitting.fault == Fault.NONE
    assert best_fit("Something else", texts) is None


def test_the_usual_texts_are_added_once_and_what_staff_changed_stays() -> None:
    assert make_reason_texts() > 20
    ReasonText.objects.filter(pattern="bad link").update(is_active=False)

    assert make_reason_texts() == 0

    assert meaning_of("bad link") is None
    meaning = meaning_of("Canceled: the profile is private")
    assert meaning is not None
    assert meaning.fault == Fault.PRIVATE
    assert meaning_of("   ") is None


# --- Dated checks of the link --------------------------------------------------------------------------------


def looks(*seen: tuple[float, Condition]) -> list[tuple[datetime, str]]:
    return [(after(minutes=minutes), condition) for minutes, condition in seen]


@pytest.mark.clause("A-12", "K-24", "A-21", "K-20")
@pytest.mark.parametrize(
    ("seen", "fault"),
    [
        (looks((0, PUBLIC), (120, NOT_FOUND), (180, NOT_FOUND)), Fault.CONTENT_REMOVED),
        (looks((0, PUBLIC), (120, PRIVATE), (180, PRIVATE)), Fault.PRIVATE),
        (looks((0, PUBLIC), (120, NOT_FOUND), (179.9, NOT_FOUND)), None),
        (looks((0, PUBLIC), (120, NOT_FOUND)), None),
        # Seen again in between: it was away for a moment only.
        (looks((0, PUBLIC), (120, NOT_FOUND), (150, PUBLIC), (185, NOT_FOUND)), None),
        # Nobody knows that it ever was public.
        (looks((120, NOT_FOUND), (180, NOT_FOUND)), None),
        (looks((-60, PUBLIC), (120, PRIVATE), (180, PRIVATE)), Fault.PRIVATE),
        (looks((-61, PUBLIC), (120, PRIVATE), (180, PRIVATE)), None),
        (looks((0, PUBLIC), (120, HIDDEN), (180, HIDDEN)), None),
        # Told out of order.
        (looks((180, PRIVATE), (0, PUBLIC), (120, PRIVATE)), Fault.PRIVATE),
    ],
)
def test_content_is_gone_after_two_checks_an_hour_apart(
    seen: list[tuple[datetime, str]], fault: Fault | None
) -> None:
    gone = content_gone(seen, placed_at=NOW, needed=2)

    assert (gone and gone.fault) == fault


def test_as_many_checks_are_needed_as_the_terms_say() -> None:
    seen = looks((0, PUBLIC), (60, PRIVATE), (120, PRIVATE), (180, PRIVATE))

    assert content_gone(seen, placed_at=NOW, needed=4) is None
    gone = content_gone(seen, placed_at=NOW, needed=3)
    assert gone is not None
    assert (gone.since, gone.confirmed) == (after(hours=1), after(hours=3))
    assert content_gone(seen, placed_at=NOW, needed=1) is not None


@pytest.mark.clause("A-12", "K-24")
def test_what_staff_see_at_the_link_proposes_and_moves_no_money(alice: User, sam: User) -> None:
    order = started(alice)
    record_sighting(
        counter_key=order.counter_key, source=SightingSource.CHECK, count=900, now=after(minutes=1)
    )
    balance = balance_of(alice)

    note_count(order.pk, count=None, condition=NOT_FOUND, by=sam, note="", now=after(hours=2))
    order.refresh_from_db()
    assert order.fault == Fault.NONE

    note_count(order.pk, count=None, condition=NOT_FOUND, by=sam, note="", now=after(hours=3))
    order.refresh_from_db()

    assert (order.fault, order.review) == (Fault.CONTENT_REMOVED, Review.CONTENT_GONE)
    finding = order.findings.get()
    assert (finding.source, finding.words) == (
        FaultSource.CHECKS,
        "the content was removed: 2026-03-01 14:00 - 2026-03-01 15:00 UTC",
    )
    assert order.is_open
    assert balance_of(alice) == balance


def test_what_a_customer_says_about_the_link_proves_nothing(alice: User, sam: User) -> None:
    order = started(alice)
    record_sighting(
        counter_key=order.counter_key, source=SightingSource.CHECK, count=900, now=after(minutes=1)
    )
    for hours in (2, 4):
        record_sighting(
            counter_key=order.counter_key,
            source=SightingSource.CUSTOMER,
            condition=NOT_FOUND,
            by=alice,
            now=after(hours=hours),
        )

    note_count(order.pk, count=None, condition=NOT_FOUND, by=sam, note="", now=after(hours=6))

    assert not FaultFinding.objects.exists()


# --- Words beside the status ---------------------------------------------------------------------------------


def test_words_while_the_order_runs_propose_once_however_often_they_are_said(alice: User) -> None:
    make_reason_texts()
    order = started(alice)

    for minutes in (5, 6, 7):
        report(
            order,
            RUNNING,
            500,
            reason="This account is private now",
            raw='{"a": 1}',
            at=after(minutes=minutes),
        )

    order.refresh_from_db()
    assert (order.state, order.fault, order.review) == ("in_progress", Fault.PRIVATE, Review.CONTENT_GONE)
    finding = order.findings.get()
    assert (finding.source, finding.words, finding.at) == (FaultSource.PROVIDER, '{"a": 1}', after(minutes=5))
    assert events(order).count("fault_proposed") == 1


def test_words_beside_a_complete_delivery_mean_nothing(alice: User) -> None:
    make_reason_texts()

    order = report(started(alice), ReportedState.COMPLETED, 0, reason="account is private")

    assert (order.fault, order.earned) == (Fault.NONE, order.charge)


def test_words_that_are_not_in_the_table_mean_nothing(alice: User) -> None:
    make_reason_texts()

    order = report(started(alice), PARTIAL, 600, reason="low quality sources")

    assert order.fault == Fault.NONE
    assert order.refunded > 0


# --- A person marks ------------------------------------------------------------------------------------------


@pytest.mark.clause("A-30")
def test_marking_a_running_order_moves_no_money_and_the_order_runs_on(alice: User, sam: User) -> None:
    order = started(alice)
    transfers = Transfer.objects.count()

    mark_fault(
        order.pk,
        fault=Fault.MISPLACED,
        by=sam,
        note="wrote: wrong account, please refund",
        now=after(hours=1),
    )

    order.refresh_from_db()
    assert (order.state, order.fault) == ("in_progress", Fault.MISPLACED)
    assert Transfer.objects.count() == transfers
    assert order.events.latest("pk").actor == sam


def test_a_mark_needs_what_shows_it(alice: User, sam: User) -> None:
    order = started(alice)

    with pytest.raises(EvidenceMissing):
        mark_fault(order.pk, fault=Fault.PRIVATE, by=sam, note=" ", now=NOW)

    assert not FaultFinding.objects.exists()


def test_after_a_person_has_spoken_words_propose_nothing_more(alice: User, sam: User) -> None:
    make_reason_texts()
    order = started(alice)
    mark_fault(order.pk, fault=Fault.NONE, by=sam, note="I can see the profile", now=after(hours=1))

    order = report(order, PARTIAL, 600, reason="profile is private", at=after(hours=2))

    assert order.fault == Fault.NONE
    assert order.refunded > 0
    assert not RefundCase.objects.exists()


def test_a_mark_changes_the_open_case(alice: User, sam: User) -> None:
    make_reason_texts()
    order = report(started(alice), PARTIAL, 600, reason="profile is private")

    mark_fault(order.pk, fault=Fault.SYSTEM, by=sam, note="we sent the wrong link", now=after(hours=1))

    case = order.cases.get()
    assert (case.fault, case.proposal, case.clause) == (Fault.SYSTEM, Proposal.FULL, "A-10, K-66")


def test_a_finding_is_never_changed(alice: User, sam: User) -> None:
    order = started(alice)
    mark_fault(order.pk, fault=Fault.OVERLAP, by=sam, note="two at once", now=NOW)

    with pytest.raises(DatabaseError), transaction.atomic():
        FaultFinding.objects.update(words="nothing")


# --- What the terms propose ----------------------------------------------------------------------------------


@pytest.mark.clause("A-11", "A-12", "A-20", "A-30", "K-79")
@pytest.mark.parametrize(
    ("profile", "fault", "proposal"),
    [
        ("alphasmm", Fault.BAD_LINK, Proposal.REVIEW),
        ("alphasmm", Fault.CONTENT_CHANGED, Proposal.REVIEW),
        ("alphasmm", Fault.PRIVATE, Proposal.NONE),
        ("alphasmm", Fault.MISPLACED, Proposal.NONE),
        ("bestsmmkart", Fault.BAD_LINK, Proposal.NONE),
        ("bestsmmkart", Fault.PRIVATE, Proposal.NONE),
        ("bestsmmkart", Fault.NONE, Proposal.FULL),
        ("bestsmmkart", Fault.PROVIDER, Proposal.FULL),
    ],
)
def test_the_terms_propose(profile: str, fault: Fault, proposal: Proposal) -> None:
    rules = publish_terms(profile).rules.refund

    assert proposal_for(fault, rules) == proposal


def test_terms_may_refund_even_the_customers_faults() -> None:
    rules = publish_terms(changes={"refund.fault_default": "full"}).rules.refund

    assert proposal_for(Fault.PRIVATE, rules) == Proposal.FULL


def test_every_fault_of_a_customer_names_its_clauses() -> None:
    assert set(CLAUSES) == {fault for fault in Fault if fault.is_customers}
