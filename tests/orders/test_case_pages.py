"""What customers and staff see of a refund under review, through the browser's eyes."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from accounts.models import User
from billing.ledger import balance_of
from orders.models import CaseState, Fault, Order, ReasonText, RefundCase
from orders.reason_texts import make_reason_texts
from panel.staff_groups import make_groups
from providers.gateway import ReportedState
from tests.factories import make_customer, make_service
from tests.orders.stories import report, started

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]


@pytest.fixture
def case(alice: User) -> RefundCase:
    """Charge 2.00 for 1000, of which 600 were not delivered to a private profile."""
    make_reason_texts()
    order = started(alice, make_service(rate_per_1000="2.00"), quantity=1000)
    report(
        order,
        ReportedState.PARTIAL,
        600,
        reason="profile is private",
        raw="Upstream says: profile is private",
    )
    return RefundCase.objects.get()


def browser_of(person: User) -> Client:
    browser = Client()
    browser.force_login(person)
    return browser


def read(answer) -> str:
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def page_of(case: RefundCase) -> str:
    return reverse("order_detail", args=[case.order_id])


def say(browser: Client, case: RefundCase, text: str):
    return browser.post(reverse("case_answer", args=[case.pk]), {"text": text}, follow=True)


def decide(browser: Client, case: RefundCase, name: str, **told: str):
    address = reverse("admin:orders_refundcase_decide", args=[name])
    return browser.post(f"{address}?rows={case.pk}", told, follow=True)


# --- The customer --------------------------------------------------------------------------------------------


@pytest.mark.clause("A-11", "A-20", "K-79")
def test_the_order_page_says_what_is_under_review_and_why(alice: User, case: RefundCase) -> None:
    page = read(browser_of(alice).get(page_of(case)))

    assert "Refund of up to $1.20 under review: the account was private." in page
    assert "#K-79" in page
    assert "Reported by the supplier who delivers" in page
    # Neither the provider's name nor its words are told.
    assert "Upstream" not in page
    assert "profile is private" not in page


def test_the_customer_answers_and_reads_the_reply_and_the_decision(
    alice: User, sam: User, case: RefundCase
) -> None:
    browser, office = browser_of(alice), browser_of(sam)

    assert "It was public all day." in read(say(browser, case, "It was public all day."))
    assert "It was public all day." in read(
        office.get(reverse("admin:orders_refundcase_change", args=[case.pk]))
    )
    decide(office, case, "reply", text="Since when?")
    assert "Since when?" in read(browser.get(page_of(case)))
    decide(office, case, "part", granted="0.60", note="We meet half way.")

    page = read(browser.get(page_of(case)))
    assert "$0.60 of $1.20 were refunded. We meet half way." in page
    assert "Your answer" not in page
    assert balance_of(alice) == Decimal("98.60")


def test_an_empty_answer_or_a_late_one_is_refused(alice: User, sam: User, case: RefundCase) -> None:
    browser = browser_of(alice)

    assert "Write between 1 and 4000 letters." in read(say(browser, case, " "))
    decide(browser_of(sam), case, "deny", note="It was private.")
    assert "This refund was decided meanwhile." in read(say(browser, case, "But"))
    assert "No refund: the account was private. It was private." in read(browser.get(page_of(case)))
    assert not case.messages.exists()


def test_nobody_answers_for_another(bob: User, case: RefundCase) -> None:
    assert say(browser_of(bob), case, "Hello").status_code == 404
    assert Client().post(reverse("case_answer", args=[case.pk])).status_code == 302
    assert browser_of(bob).get(reverse("case_answer", args=[case.pk])).status_code == 405


def test_what_a_customer_writes_is_shown_as_text(alice: User, case: RefundCase) -> None:
    page = read(say(browser_of(alice), case, "<script>alert(1)</script>"))

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_a_program_sees_the_charge_fall_when_the_refund_is_granted(
    alice: User, sam: User, case: RefundCase
) -> None:
    from accounts.api_keys import create_key
    from tests.factories import NOW

    _row, key = create_key(customer=alice, label="Shop", now=NOW)
    ask = {"key": str(key), "action": "status", "order": str(case.order_id)}

    assert Client().post("/api/v2", ask).json()["charge"] == "2.00"
    decide(browser_of(sam), case, "grant", note="Our mistake.")
    answer = Client().post("/api/v2", ask).json()

    assert (answer["charge"], answer["status"], answer["remains"]) == ("0.80", "Partial", "600")


# --- Staff ---------------------------------------------------------------------------------------------------


def test_the_queue_holds_what_is_open(sam: User, case: RefundCase) -> None:
    office = browser_of(sam)
    queue = reverse("admin:orders_refundcase_changelist")
    line = f"#{case.order_id}</a>"

    assert line in read(office.get(queue))
    assert line not in read(office.get(queue, {"state": "unanswered"}))
    assert line in read(office.get(queue, {"q": f"#{case.order_id}"}))
    decide(office, case, "grant", note="ok")
    assert line not in read(office.get(queue))
    assert line in read(office.get(queue, {"state": "decided"}))
    assert line in read(office.get(queue, {"state": "all"}))


def test_the_page_of_a_case_shows_the_evidence(sam: User, case: RefundCase) -> None:
    page = read(browser_of(sam).get(reverse("admin:orders_refundcase_change", args=[case.pk])))

    assert "Upstream says: profile is private" in page
    for name in ("grant", "part", "deny", "reply"):
        assert f"/decide/{name}/" in page
    assert "/decide/again/" not in page


def test_more_than_is_under_review_is_refused_in_words(sam: User, case: RefundCase) -> None:
    page = read(decide(browser_of(sam), case, "part", granted="1.21", note="all and more"))

    assert "Grant between 0 and $1.20; you wrote $1.21." in page
    case.refresh_from_db()
    assert case.is_open


def test_a_denied_case_is_looked_at_again(sam: User, case: RefundCase) -> None:
    office = browser_of(sam)
    decide(office, case, "deny", note="It was private.")

    decide(office, case, "again", note="sent a screenshot")

    again = RefundCase.objects.get(state=CaseState.OPEN)
    assert (again.amount, again.order_id) == (Decimal("1.20"), case.order_id)


def test_support_answers_and_does_not_decide(case: RefundCase) -> None:
    make_groups()
    person = make_customer("support@example.com", is_staff=True)
    person.groups.add(Group.objects.get(name="support"))
    office = browser_of(person)

    assert decide(office, case, "reply", text="We are looking at it.").status_code == 200
    assert decide(office, case, "grant", note="why not").status_code == 403
    case.refresh_from_db()
    assert case.is_open
    assert case.messages.get().text == "We are looking at it."


@pytest.mark.clause("A-30", "K-24")
def test_staff_mark_a_running_order_and_confirm_that_its_content_is_gone(alice: User, sam: User) -> None:
    order = report(started(alice, quantity=1000), ReportedState.IN_PROGRESS, 600)
    office = browser_of(sam)

    def press(name: str, **told: str) -> str:
        address = reverse("admin:orders_order_decide", args=[name])
        return read(office.post(f"{address}?rows={order.pk}", told, follow=True))

    assert "mark it as private or removed first" in press("gone", note="gone?")
    press("fault", fault=Fault.CONTENT_REMOVED, note="the profile is not there")
    press("gone", note="We looked at it twice.")

    order = Order.objects.get(pk=order.pk)
    assert (order.state, order.remains, order.ending) == ("completed", 600, "content_unavailable")
    page = read(browser_of(alice).get(reverse("order_detail", args=[order.pk])))
    assert "the link was private or deleted on" in page
    assert "No refund: the content was removed. We looked at it twice." in page
    assert "the profile is not there" not in page


def test_staff_keep_the_table_of_reason_texts(sam: User, terms: object) -> None:
    office = browser_of(sam)
    add = reverse("admin:orders_reasontext_add")

    refused = office.post(add, {"pattern": "* a *", "fault": Fault.PRIVATE, "is_active": "on", "note": ""})
    assert "Write at least 4 letters in a row." in read(refused)
    office.post(
        add, {"pattern": "hidden profile", "fault": Fault.PRIVATE, "is_active": "on", "note": "Upstream"}
    )

    assert ReasonText.objects.get(pattern="hidden profile").fits("A HIDDEN profile")


def test_the_usual_texts_come_by_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("create_reason_texts")
    call_command("create_reason_texts")

    first, second = capsys.readouterr().out.split("\n")[:2]
    assert first != "added: 0"
    assert second == "added: 0"
