"""What customers are told about their orders."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Notice, NoticeKind, User
from accounts.switches import choose
from orders.cancelling import cancel_order
from orders.models import Channel
from orders.states import OrderState
from orders.telling import tell_held
from providers.gateway import Rejected, RejectionKind, ReportedState
from tests.factories import after, make_order
from tests.orders.stories import answered, report, started, taken

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]


def told(customer: User) -> list[tuple[str, str, str]]:
    return list(Notice.objects.filter(customer=customer).order_by("pk").values_list("kind", "title", "text"))


def test_alice_hears_that_her_order_is_complete_in_the_panel_only(alice):
    order = report(started(alice), ReportedState.COMPLETED, 0)

    assert told(alice) == [
        ("order_finished", f"Order #{order.pk} is complete", "Everything was delivered."),
    ]
    notice = Notice.objects.get()
    assert notice.mail_due_at is None
    assert notice.url == f"/orders/{order.pk}/"


@pytest.mark.clause("K-12", "K-66")
def test_alice_hears_what_came_back_of_a_partial_order(alice):
    order = report(started(alice, quantity=1000), ReportedState.PARTIAL, 400)

    assert told(alice) == [
        (
            "order_partial",
            f"Order #{order.pk} was delivered in part",
            "600 of 1,000 were delivered; the rest could not be. $0.4938 went back to your balance.",
        )
    ]
    assert Notice.objects.get().mail_due_at == after(minutes=7)


def test_alice_hears_why_her_link_was_refused_and_that_she_paid_nothing(alice):
    order = answered(make_order(alice, quantity=1000), Rejected(RejectionKind.BAD_LINK, "words of theirs"))

    assert order.state == OrderState.CANCELLED
    kind, title, text = told(alice)[0]
    assert (kind, title) == ("order_partial", f"Order #{order.pk} was canceled")
    assert "The link was not accepted." in text
    assert "$1.2345 went back" in text
    assert "theirs" not in text


@pytest.mark.profile("alphasmm")
def test_alice_needs_no_telling_of_what_she_did_herself(alice):
    cancel_order(make_order(alice), now=after(seconds=5))

    assert told(alice) == []


def test_the_same_report_twice_tells_once(alice):
    order = started(alice)
    for _again in range(3):
        report(order, ReportedState.COMPLETED, 0)

    assert len(told(alice)) == 1


def test_a_correction_in_her_favour_is_told_as_one(alice):
    order = report(started(alice, quantity=1000), ReportedState.PARTIAL, 400)
    report(order, ReportedState.PARTIAL, 500, at=after(days=1))

    kind, title, text = told(alice)[1]
    assert (kind, title) == ("order_partial", f"Order #{order.pk} was corrected")
    assert text == "500 of 1,000 were delivered; the rest could not be. $0.12345 went back to your balance."


def test_programs_ask_for_themselves_when_an_order_is_complete(alice):
    report(started(alice, channel=Channel.API), ReportedState.COMPLETED, 0)

    assert told(alice) == []


def test_a_reseller_may_still_ask_to_be_told(alice):
    choose(alice, {"program_order_finished.panel"})

    report(started(alice, channel=Channel.API), ReportedState.COMPLETED, 0)

    assert [kind for kind, _title, _text in told(alice)] == ["program_order_finished"]


def test_money_that_comes_back_is_told_however_the_order_was_placed(alice):
    report(started(alice, channel=Channel.API), ReportedState.CANCELLED)

    assert [kind for kind, _title, _text in told(alice)] == ["order_partial"]


def test_nothing_is_told_before_the_end(alice):
    taken(alice)
    started(alice, link="https://www.instagram.com/other/")

    assert told(alice) == []


def test_alice_hears_that_her_order_waits_for_staff(alice):
    order = make_order(alice)

    tell_held(order, now=after(minutes=1))

    kind, title, _text = told(alice)[0]
    assert (kind, title) == (NoticeKind.ORDER_HELD, f"Order #{order.pk} waits for our staff")


def statements_about_notices(queries: CaptureQueriesContext) -> list[str]:
    return [query["sql"] for query in queries.captured_queries if '"accounts_notice"' in query["sql"]]


def test_being_told_costs_one_statement_and_wanting_nothing_costs_none(alice):
    loud, quiet = started(alice), started(alice, link="https://www.instagram.com/other/")

    with CaptureQueriesContext(connection) as telling:
        report(loud, ReportedState.COMPLETED, 0)
    choose(alice, set())
    with CaptureQueriesContext(connection) as silent:
        report(quiet, ReportedState.COMPLETED, 0)

    assert len(statements_about_notices(telling)) == 1
    assert statements_about_notices(silent) == []
