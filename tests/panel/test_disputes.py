"""Disputes on the pages of staff: entered, decided by buttons, and taken along as evidence (R-13, F-19)."""

import csv
import io
import json
from zipfile import ZipFile

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from accounts.models import AccountState, Look, SignIn, User
from accounts.standing import change_state
from billing.ledger import balance_of
from billing.models import Dispute, DisputeState, Payment
from orders import terminating
from orders.models import Order
from panel.disputes.evidence import evidence_of, evidence_paper
from panel.staff_groups import make_groups
from providers.gateway import ReportedState
from terms.models import Acceptance
from tests.billing.papers import words_of
from tests.billing.payments import paid
from tests.factories import NOW, after, make_customer, make_order, make_service
from tests.orders.disputes import dispute
from tests.orders.stories import report, started

pytestmark = pytest.mark.django_db

CHANGELIST = "admin:billing_dispute_changelist"


@pytest.fixture
def alice(terms) -> User:
    return make_customer("alice@example.com")


def office(group: str = "finance") -> Client:
    make_groups()
    person = make_customer(f"{group}@example.com", is_staff=True)
    person.groups.add(Group.objects.get(name=group))
    browser = Client()
    browser.force_login(person)
    return browser


def enter(browser: Client, payment: Payment, what: str, **fields: str):
    facts = {"payment": payment.code, "what": what, "reason": "not recognised", **fields}
    return browser.post(reverse("admin:billing_dispute_add"), facts)


def press(browser: Client, disputed: Dispute, button: str, **fields: str):
    page = reverse("admin:billing_dispute_decide", args=[button])
    return browser.post(f"{page}?rows={disputed.pk}", {"note": "for the story", **fields})


def state_of(person: User) -> str:
    return User.objects.get(pk=person.pk).state


@pytest.mark.clause("A-26", "K-76")
def test_staff_enter_a_dispute_confirm_it_win_it_and_open_the_account(alice: User) -> None:
    payment, browser = paid(alice), office()
    order = make_order(alice, make_service(rate_per_1000="10"), quantity=1000)

    answer = enter(browser, payment, "open")
    disputed = Dispute.objects.get()
    assert answer["Location"] == reverse("admin:billing_dispute_change", args=[disputed.pk])
    assert (state_of(alice), balance_of(alice)) == (AccountState.FROZEN, -10)
    assert press(browser, disputed, "terminate").status_code == 302
    terminating.end_owed_orders(now=after(days=365 * 5))
    assert (Order.objects.get().state, balance_of(alice)) == ("cancelled", 0)
    assert press(browser, disputed, "won").status_code == 302
    assert press(browser, disputed, "reopen").status_code == 302

    assert (state_of(alice), balance_of(alice)) == (AccountState.ACTIVE, 110)
    assert Order.objects.get(pk=order.pk).state == "cancelled"


def test_an_empty_amount_is_all_that_is_left_of_the_payment(alice: User) -> None:
    payment, browser = paid(alice), office()
    enter(browser, payment, "open", amount="40")
    press(browser, Dispute.objects.get(), "lost")

    enter(browser, payment, "open")

    assert sorted(Dispute.objects.values_list("amount", flat=True)) == [40, 60]
    assert balance_of(alice) == 0


def test_what_the_rules_refuse_stands_on_the_form(alice: User) -> None:
    payment, browser = paid(alice), office()

    too_much = enter(browser, payment, "open", amount="100.01")
    unknown = browser.post(
        reverse("admin:billing_dispute_add"), {"payment": "P-nothing", "what": "open", "reason": "x"}
    )

    assert "At most 100.00" in too_much.content.decode()
    assert "There is no payment of this number." in unknown.content.decode()
    assert not Dispute.objects.exists()


@pytest.mark.clause("A-32", "K-77", "K-78")
def test_a_stolen_card_ends_the_account_and_no_button_brings_it_back(alice: User) -> None:
    payment, browser = paid(alice), office()

    enter(browser, payment, "fraud")

    disputed = Dispute.objects.get()
    assert (state_of(alice), balance_of(alice)) == (AccountState.TERMINATED, 0)
    page = browser.get(reverse("admin:billing_dispute_change", args=[disputed.pk]))
    assert "/decide/reopen/" not in page.content.decode()
    Dispute.objects.update(state=DisputeState.WON)
    assert press(browser, disputed, "reopen").status_code == 200
    assert state_of(alice) == AccountState.TERMINATED
    person = browser.get(reverse("admin:accounts_user_change", args=[alice.pk])).content.decode()
    for back in ("unfreeze", "lift", "reopen"):
        assert f"/decide/{back}/" not in person


def test_fraud_of_a_dispute_wants_the_address_typed(alice: User) -> None:
    disputed, browser = dispute(paid(alice)), office()

    press(browser, disputed, "fraud", email="bob@example.com")
    assert state_of(alice) == AccountState.FROZEN

    press(browser, disputed, "fraud", email="Alice@example.com")
    assert state_of(alice) == AccountState.TERMINATED


def test_finance_writes_off_what_a_lost_dispute_left(alice: User) -> None:
    payment, browser = paid(alice), office()
    make_order(alice, make_service(rate_per_1000="10"), quantity=5000)
    disputed = dispute(payment)
    assert press(browser, disputed, "write_off").status_code == 200
    assert balance_of(alice) == -50
    dispute(payment, "lost", hours=4)

    press(browser, disputed, "write_off")

    assert balance_of(alice) == 0


@pytest.mark.parametrize("group", ["support", "operations"])
def test_others_look_and_decide_nothing(alice: User, group: str) -> None:
    payment, browser = paid(alice), office(group)
    disputed = dispute(payment)

    assert browser.get(reverse(CHANGELIST)).status_code == 200
    assert press(browser, disputed, "terminate").status_code == 403
    assert browser.get(reverse("admin:dispute_evidence", args=[disputed.pk])).status_code == 403
    assert enter(browser, payment, "open").status_code == 403
    assert Dispute.objects.get().terminated_at is None


def test_a_dispute_of_the_processor_is_not_decided_by_hand(alice: User) -> None:
    disputed, browser = dispute(paid(alice)), office()

    page = browser.get(reverse("admin:billing_dispute_change", args=[disputed.pk])).content.decode()

    assert "/decide/terminate/" in page
    for button in ("won", "lost", "closed", "drawn"):
        assert f"/decide/{button}/" not in page


def test_the_list_begins_with_what_is_not_over(alice: User) -> None:
    browser = office()
    over, waiting = paid(alice), paid(alice)
    dispute(over, "won")
    dispute(waiting)

    shown = {
        state: [
            one.payment for one in browser.get(reverse(CHANGELIST), {"state": state}).context["cl"].queryset
        ]
        for state in ("", "all", "won", "fraud", "to_end")
    }

    first = browser.get(reverse(CHANGELIST)).context["cl"].queryset
    assert [one.payment for one in first] == [waiting]
    assert {one.pk for one in shown["all"]} == {over.pk, waiting.pk}
    assert (shown["won"], shown["fraud"], shown["to_end"]) == ([over], [], [])
    queues = {str(one.label): one.figure for one in browser.get(reverse("admin:index")).context["queues"]}
    assert queues["Payment disputes"] == "1"


def test_a_card_of_fraud_on_another_account_waits_for_staff(alice: User) -> None:
    bob, browser = make_customer("bob@example.com"), office()
    paid(bob, fingerprint="fp_1")
    enter(browser, paid(alice, fingerprint="fp_1"), "fraud")

    queues = {str(one.label): one.figure for one in browser.get(reverse("admin:index")).context["queues"]}
    page = browser.get(reverse("admin:billing_dispute_change", args=[Dispute.objects.get().pk]))

    assert queues["Payments that may be fraud"] == "1"
    listed = (
        browser.get(reverse("admin:billing_payment_changelist"), {"worry": "fraud"}).context["cl"].queryset
    )
    assert [one.customer for one in listed] == [bob]
    assert "bob@example.com" in page.content.decode()


# ---------------------------------------------------------------- What the customer sees


def test_a_frozen_customer_reads_what_is_owed_and_how_it_is_settled(alice: User) -> None:
    payment = paid(alice)
    make_order(alice, make_service(rate_per_1000="10"), quantity=5000)
    dispute(payment)
    browser = Client()
    browser.force_login(User.objects.get(pk=alice.pk))

    page = browser.get(reverse("statement")).content.decode()

    assert "Your account is frozen" in page
    assert "You owe $50.00" in page
    assert f"Payment {payment.code} over $100.00" in page


def test_who_still_owes_after_the_thaw_reads_that_the_next_payment_settles_it(alice: User) -> None:
    payment = paid(alice)
    make_order(alice, make_service(rate_per_1000="10"), quantity=5000)
    dispute(payment)
    change_state(customer=alice, to=AccountState.ACTIVE, why="agreed", by=None, now=after(hours=3))
    browser = Client()
    browser.force_login(User.objects.get(pk=alice.pk))

    page = browser.get(reverse("statement")).content.decode()

    assert "Your account is frozen" not in page
    assert "You owe $50.00. The next payment settles it first" in page


# ---------------------------------------------------------------- The evidence


def disputed_story(alice: User) -> Dispute:
    """Somebody who agreed, came in, ordered and received."""
    payment = paid(alice, charge_id="ch_17", card="Visa •••• 4242")
    agent = "Mozilla/5.0 (story)"
    Acceptance.objects.create(
        customer=alice,
        version=payment.terms_version,
        accepted_at=NOW,
        channel="deposit",
        explicit=True,
        subject=f"deposit:{payment.code}",
        ip_digest="ab" * 32,
        user_agent=agent,
    )
    SignIn.objects.create(customer=alice, at=NOW, ip_digest="ab" * 32, user_agent=agent)
    service = make_service(rate_per_1000="10", name="Instagram Followers")
    order = started(alice, service, quantity=6000)
    report(order, ReportedState.PARTIAL, 1000, start_count=500, at=after(hours=1))
    return dispute(payment)


def test_the_evidence_says_who_agreed_came_in_ordered_and_received(alice: User) -> None:
    disputed = disputed_story(alice)
    payment = disputed.payment

    words = words_of(evidence_paper(disputed, now=after(days=1)))

    for said in (
        f"Evidence for payment {payment.code}",
        f"Dispute dp_{payment.pk}",
        "Number at the processor ch_17",
        "Method stripe Visa •••• 4242",
        "Credited to the balance of alice@example.com",
        "Received $100.00 USD",
        payment.terms_version.digest,
        "abababababababab Mozilla/5.0 (story)",
        "1 sign-ins by password",
        "Charged $60.00 USD",
        "Given back for what was not delivered $10.00 USD",
        "6,000 5,000 500",
    ):
        assert said in words
    assert "https://www.instagram.com/alice.studio" in words.replace(" ", "")
    first_words = " ".join(payment.terms_version.text.split()[:12])
    assert first_words in words


def test_the_pack_holds_the_paper_the_terms_and_every_table_twice(alice: User) -> None:
    disputed = disputed_story(alice)

    pack = ZipFile(io.BytesIO(b"".join(evidence_of(disputed, now=after(days=1)))))

    names = set(pack.namelist())
    version = disputed.payment.terms_version
    assert pack.testzip() is None
    assert pack.read("evidence.pdf").startswith(b"%PDF")
    assert version.text in pack.read(f"terms-version-{version.pk}.txt").decode()
    tables = {name.removeprefix("csv/").removesuffix(".csv") for name in names if name.startswith("csv/")}
    assert tables >= {
        "acceptances",
        "sign_ins",
        "statement",
        "orders",
        "order_courses",
        "payments",
        "disputes",
        "notices",
        "case_messages",
        "refills",
    }
    assert not tables & {"api_keys", "looks_by_staff"}
    [order] = csv.DictReader(io.StringIO(pack.read("csv/orders.csv").decode()))
    assert (order["link"], order["quantity"], order["remains"]) == (
        "https://www.instagram.com/alice.studio",
        "6000",
        "1000",
    )
    [sign_in] = json.loads(pack.read("json/sign_ins.json"))
    assert sign_in["network_mark"] == "ab" * 32
    kinds = [line["kind"] for line in json.loads(pack.read("json/statement.json"))]
    assert kinds == ["deposit", "bonus", "charge", "refund", "chargeback", "bonus_reversal"]


def test_nothing_about_anybody_else_is_in_the_pack(alice: User) -> None:
    disputed = disputed_story(alice)
    bob = make_customer("bob@example.com", balance="50")
    make_order(bob, link="https://www.instagram.com/bobs.bakery/")

    pack = ZipFile(io.BytesIO(b"".join(evidence_of(disputed, now=after(days=1)))))

    everything = b"".join(pack.read(name) for name in pack.namelist())
    assert b"bob" not in everything


@pytest.mark.clause("A-25", "K-75")
def test_who_decides_takes_the_evidence_and_that_is_written_down(alice: User) -> None:
    disputed, browser = disputed_story(alice), office()

    answer = browser.get(reverse("admin:dispute_evidence", args=[disputed.pk]))

    assert answer["Content-Type"] == "application/zip"
    assert disputed.payment.code in answer["Content-Disposition"]
    assert "evidence.pdf" in ZipFile(io.BytesIO(b"".join(answer.streaming_content))).namelist()
    assert Look.objects.get().customer == alice
    assert browser.get(reverse("admin:dispute_evidence", args=[disputed.pk + 1])).status_code == 404
