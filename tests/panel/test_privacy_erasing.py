"""Erasing a person: what leads to them goes, the books stay."""

import pytest
from allauth.account.models import EmailAddress
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from accounts.api_keys import create_key
from accounts.erasing import NotErasable, StaffStays, erase
from accounts.joining import confirm_address
from accounts.models import AccountState, ApiKey, Erasure, Notice, NoticeKind, SignIn, User
from accounts.notices import notify
from accounts.signing_in import record_sign_in
from accounts.standing import NoSuchChange, change_state
from billing.ledger import balance_of
from orders.closing import OrdersOpen
from orders.models import Fault, FaultFinding, Order, RefundCase, Sighting
from panel.privacy import erasing
from panel.privacy.erasing import begin_again, erase_next
from providers.gateway import ReportedState
from terms.models import Acceptance
from tests.factories import LINK, NOW, PASSWORD, after, make_customer, make_order, make_service, make_staff
from tests.orders.stories import differences, report, taken

pytestmark = [pytest.mark.django_db, pytest.mark.clause("A-36", "A-37", "K-83", "K-84")]

WISH = "It was her wish."


def gone(person, *, now=NOW):
    erase(customer=person, by=person, why=WISH, now=now)
    while erase_next(now=now):
        pass
    return person


def finished(customer, link=LINK, **facts):
    order = taken(customer, make_service(), link=link, **facts)
    return report(order, ReportedState.PARTIAL, 234, words="said", raw="said about alice.studio")


def stories_of(alice, sam):
    confirm_address(alice)
    record_sign_in(customer=alice, ip="203.0.113.7", user_agent="alice's Firefox", now=NOW)
    create_key(customer=alice, label="alice's shop", now=NOW)
    order = finished(alice)
    Acceptance.objects.create(
        customer=alice,
        version_id=1,
        accepted_at=NOW,
        channel="register",
        explicit=True,
        subject="customer:1",
        ip_digest="d" * 64,
        user_agent="alice's Firefox",
    )
    case = RefundCase.objects.create(
        order=order,
        amount="0.5",
        fault=Fault.PRIVATE,
        proposal="review",
        opened_at=NOW,
        state="decided",
        granted="0",
        note="about alice.studio",
        decided_at=NOW,
    )
    case.messages.create(author=alice, from_staff=False, text="I am alice", at=NOW)
    FaultFinding.objects.create(
        order=order, fault=Fault.PRIVATE, source="staff", words="alice.studio is private", by=sam, at=NOW
    )
    order.speed_ups.create(text="alice waits", asked_at=NOW)
    order.sightings.create(
        counter_key=order.counter_key,
        count=5,
        source="customer",
        seen_by=alice,
        note="alice saw",
        seen_at=NOW,
    )
    LogEntry.objects.create(
        user=sam,
        content_type=ContentType.objects.get_for_model(User),
        object_id=str(alice.pk),
        object_repr=alice.email,
        action_flag=CHANGE,
    )
    return order


def mentions(word):
    """Every place of the database where the word stands."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT count(*) FROM "{table}" AS t WHERE t::text ILIKE %s', [f"%{word}%"])
            if cursor.fetchone()[0]:
                found.append(table)
    return found


def test_no_row_of_the_database_speaks_of_alice_any_more(terms):
    alice, sam = make_customer(balance="100"), make_staff()
    order = stories_of(alice, sam)
    assert len(mentions("alice")) > 8

    gone(alice)

    assert mentions("alice") == []
    assert mentions("203.0.113.7") == []
    assert mentions("d" * 64) == []
    order.refresh_from_db()
    assert (order.quantity, order.remains, order.link) == (1234, 234, "")


def test_the_books_stay_and_add_up(terms):
    alice, bob = make_customer(balance="100"), make_customer("bob@example.com", balance="100")
    first, second = finished(alice), finished(bob)
    before = balance_of(alice)

    gone(alice)

    assert differences() == []
    assert balance_of(alice) == before
    assert Order.objects.filter(pk=first.pk, charge=first.charge, refunded=first.refunded).exists()
    assert Acceptance.objects.filter(customer=alice).count() == 1
    second.refresh_from_db()
    assert second.link.endswith("alice.studio")


def test_nobody_signs_in_any_more_and_the_address_is_free(terms, client):
    alice = make_customer()
    confirm_address(alice)
    gone(alice)

    client.post(reverse("account_login"), {"login": "alice@example.com", "password": PASSWORD})
    assert "_auth_user_id" not in client.session
    assert not alice.has_usable_password()
    assert not EmailAddress.objects.filter(email="alice@example.com").exists()
    again = make_customer()
    assert again.pk != alice.pk
    assert alice.email == f"erased-{alice.pk}@invalid"


@pytest.mark.clause("K-18")
def test_nobody_is_erased_while_an_order_is_open(terms):
    alice = make_customer(balance="100")
    make_order(alice)

    with pytest.raises(OrdersOpen):
        erase(customer=alice, by=alice, why=WISH, now=NOW)

    alice.refresh_from_db()
    assert (alice.email, alice.state) == ("alice@example.com", AccountState.ACTIVE)


@pytest.mark.parametrize("state", [AccountState.FROZEN, AccountState.SUSPENDED, AccountState.TERMINATED])
def test_an_account_in_dispute_is_not_erased(terms, state):
    alice, sam = make_customer(), make_staff()
    change_state(customer=alice, to=state, why="A dispute", by=sam, now=NOW)

    with pytest.raises(NotErasable):
        erase(customer=alice, by=sam, why=WISH, now=NOW)


def test_people_who_work_here_are_not_erased(terms):
    sam, owner = make_staff(), make_staff("owner@example.com")
    with pytest.raises(StaffStays):
        erase(customer=sam, by=owner, why=WISH, now=NOW)


def test_erasing_twice_is_erasing_once(terms):
    alice = make_customer()
    first = erase(customer=alice, by=alice, why=WISH, now=NOW)
    again = erase(customer=alice, by=alice, why=WISH, now=after(days=1))

    assert again.pk == first.pk
    assert User.objects.get(pk=alice.pk).erased_at == NOW
    assert alice.state_changes.count() == 1


def test_an_erased_account_is_never_opened_again(terms):
    alice, sam = make_customer(), make_staff()
    gone(alice)

    with pytest.raises(NoSuchChange):
        change_state(customer=alice, to=AccountState.ACTIVE, why="please", by=sam, now=NOW)
    for change in (
        {"erased_at": None},
        {"email": "alice@example.com"},
        {"state": "active"},
        {"is_staff": True},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            User.objects.filter(pk=alice.pk).update(**change)


def test_nobody_writes_to_a_person_who_is_gone(terms):
    alice = gone(make_customer())
    with transaction.atomic():
        assert notify(customer=alice, kind=NoticeKind.MONEY, title="You", text="are rich", now=NOW) is None
    assert not Notice.objects.filter(customer=alice).exists()


def test_a_long_history_is_blanked_in_pieces_and_goes_on_where_it_stopped(terms, monkeypatch):
    monkeypatch.setattr(erasing, "ROWS", 2)
    alice = make_customer(balance="100")
    for number in range(5):
        finished(alice, link=f"https://www.instagram.com/alice.{number}/", now=after(minutes=number))
    for _time in range(3):
        record_sign_in(customer=alice, ip="203.0.113.7", user_agent="Firefox", now=NOW)
    erase(customer=alice, by=alice, why=WISH, now=NOW)

    while Order.objects.filter(link="").count() < 2:
        assert erase_next(now=NOW)
    half = Erasure.objects.get()
    assert (Order.objects.filter(link="").count(), half.step, half.ended_at) == (2, "orders", None)

    while erase_next(now=after(hours=1)):
        pass
    assert Order.objects.filter(link="").count() == 5
    assert not SignIn.objects.exists()
    assert Erasure.objects.get().ended_at == after(hours=1)


def test_what_a_supplier_says_later_is_blanked_as_well(terms):
    alice = make_customer(balance="100")
    order = finished(alice)
    gone(alice)
    report(order, ReportedState.CANCELLED, words="gone", raw="alice.studio again", at=after(days=20))
    assert mentions("alice") != []

    assert begin_again(now=after(days=44)) == 0
    assert begin_again(now=after(days=46)) == 1
    while erase_next(now=after(days=46)):
        pass

    assert mentions("alice") == []
    assert begin_again(now=after(days=47)) == 0
    assert differences() == []


# The doors in the triggers: what opens for erasing opens for nothing else.


def refused(rows, **change):
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(**change)


BLANK = dict.fromkeys(
    ["link", "target_key", "counter_key", "channel_link", "channel_counter_key", "comments"], ""
)


def test_an_order_keeps_its_link_while_its_customer_is_here(terms):
    order = finished(make_customer(balance="100"))
    refused(Order.objects.filter(pk=order.pk), **BLANK)
    refused(FaultFinding.objects.filter(pk=_finding(order).pk), words="")
    refused(RefundCase.objects.filter(pk=_case(order).pk), note="")
    refused(_case(order).messages.all(), text="")


def test_after_an_erasure_nothing_but_blanking_is_let_through(terms):
    alice = make_customer(balance="100")
    order = finished(alice)
    finding, case = _finding(order), _case(order)
    erase(customer=alice, by=alice, why=WISH, now=NOW)

    orders = Order.objects.filter(pk=order.pk)
    refused(orders, **(BLANK | {"link": "https://www.instagram.com/mallory/"}))
    refused(orders, **(BLANK | {"quantity": 1}))
    refused(orders, **(BLANK | {"charge": "9"}))
    refused(orders, link="")
    refused(FaultFinding.objects.filter(pk=finding.pk), words="something else")
    refused(FaultFinding.objects.filter(pk=finding.pk), words="", fault=Fault.PROVIDER)
    refused(RefundCase.objects.filter(pk=case.pk), note="", granted="0.5")
    refused(RefundCase.objects.filter(pk=case.pk), note="another")
    refused(case.messages.all(), text="another")
    refused(case.messages.all(), text="", from_staff=True)
    assert orders.update(**BLANK) == 1


def test_of_an_acceptance_only_where_it_came_from_can_be_forgotten(terms):
    alice = make_customer(balance="100")
    make_order(alice)
    acceptances = Acceptance.objects.filter(customer=alice)

    refused(acceptances, ip_digest="", user_agent="", explicit=False)
    refused(acceptances, ip_digest="", user_agent="", subject="order:999")
    refused(acceptances, ip_digest="0" * 64, user_agent="")
    assert acceptances.update(ip_digest="", user_agent="") == 1


def _finding(order):
    return FaultFinding.objects.create(
        order=order, fault=Fault.PRIVATE, source="checks", words="private", at=NOW
    )


def _case(order):
    case = RefundCase.objects.create(
        order=order,
        amount="0.1",
        fault=Fault.PRIVATE,
        proposal="review",
        opened_at=NOW,
        state="decided",
        granted="0",
        note="a note",
        decided_at=NOW,
    )
    case.messages.create(author=order.customer, from_staff=False, text="a word", at=NOW)
    return case


# The page.


@pytest.fixture
def alice_at_home(terms, client):
    alice = make_customer(balance="12.34")
    confirm_address(alice)
    client.force_login(alice)
    page = reverse("privacy_erase")
    asked = client.get(page)
    assert "reauthenticate" in asked["Location"]
    client.post(asked["Location"], {"password": PASSWORD})
    return alice


def test_alice_erases_herself_on_one_page(alice_at_home, client):
    record_sign_in(customer=alice_at_home, ip="203.0.113.7", user_agent="Firefox", now=NOW)
    page = reverse("privacy_erase")
    assert "12.34" in client.get(page).content.decode()

    typed = {"email": " Alice@example.com ", "understood": "on", "balance_given_up": "on"}
    answer = client.post(page, typed, follow=True)

    assert "You were erased here." in answer.content.decode()
    assert "_auth_user_id" not in client.session
    assert Erasure.objects.get().ended_at
    assert not SignIn.objects.exists()
    assert not ApiKey.objects.exists()
    assert Sighting.objects.count() == 0


@pytest.mark.parametrize(
    "typed",
    [
        {},
        {"email": "bob@example.com", "understood": "on", "balance_given_up": "on"},
        {"email": "alice@example.com", "balance_given_up": "on"},
        {"email": "alice@example.com", "understood": "on"},
    ],
)
def test_without_the_address_and_both_ticks_nothing_happens(alice_at_home, client, typed):
    answer = client.post(reverse("privacy_erase"), typed)

    assert answer.status_code == 200
    alice_at_home.refresh_from_db()
    assert alice_at_home.state == AccountState.ACTIVE
    assert not Erasure.objects.exists()
