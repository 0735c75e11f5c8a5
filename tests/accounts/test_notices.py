"""What a customer is told, where, and how it is read."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Notice, NoticeKind, User
from accounts.notices import GATHER_FOR, MOST_COUNTED, mark_read, notices_of, notify, unread_count
from accounts.switches import HABITS, choose, switches_of, wants

pytestmark = pytest.mark.django_db


def tell(
    customer: User, kind: NoticeKind = NoticeKind.MONEY, *, now: datetime, **fields: str
) -> Notice | None:
    facts = {"title": "Your deposit arrived", "text": "10.00 was added to your balance.", "url": "/"} | fields
    return notify(customer=customer, kind=kind, now=now, **facts)


def test_alice_is_told_in_the_panel_and_a_mail_is_owed(alice, now):
    tell(alice, now=now)

    notice = notices_of(alice).get()
    assert (notice.title, notice.read_at, notice.mail_due_at) == ("Your deposit arrived", None, now)


def test_mails_about_orders_wait_for_each_other(alice, now):
    tell(alice, NoticeKind.ORDER_PARTIAL, now=now)

    assert notices_of(alice).get().mail_due_at == now + GATHER_FOR == now + timedelta(minutes=2)


def test_telling_costs_one_insert_and_nothing_else(alice, now, django_assert_num_queries):
    with django_assert_num_queries(1):
        tell(alice, now=now)
    with django_assert_num_queries(0):
        tell(alice, NoticeKind.PROGRAM_ORDER_FINISHED, now=now)


def test_what_nobody_wants_to_hear_leaves_no_row(alice, now):
    assert tell(alice, NoticeKind.PROGRAM_ORDER_FINISHED, now=now) is None

    assert not Notice.objects.exists()


def test_a_notice_that_is_only_mailed_is_not_shown_in_the_panel(alice, now):
    choose(alice, {"money.mail"})

    notice = tell(alice, now=now)

    assert notice is not None
    assert notice.mail_due_at == now
    assert not notices_of(alice).exists()
    assert unread_count(alice) == 0


@pytest.mark.django_db(transaction=True)
def test_a_notice_needs_the_transaction_of_what_it_tells(alice, now):
    with pytest.raises(AssertionError):
        tell(alice, now=now)


@pytest.mark.parametrize(
    "url", ["https://elsewhere.example/", "//elsewhere.example/", "/\\elsewhere.example", "orders/1/"]
)
def test_a_notice_leads_only_to_pages_of_ours(alice, now, url):
    with pytest.raises(IntegrityError, match="notice_leads_to_a_page_of_ours"), transaction.atomic():
        tell(alice, now=now, url=url)


@pytest.mark.parametrize("url", ["", "/", "/orders/17/"])
def test_pages_of_ours_are_fine(alice, now, url):
    assert tell(alice, now=now, url=url)


def test_reading_one_leaves_the_others_unread(alice, now):
    first, _second = tell(alice, now=now), tell(alice, now=now)
    assert first

    assert mark_read(alice, number=first.pk, now=now) == 1
    assert mark_read(alice, number=first.pk, now=now) == 0
    assert unread_count(alice) == 1


def test_what_came_after_the_page_was_shown_stays_unread(alice, now):
    seen = tell(alice, now=now)
    tell(alice, now=now)
    assert seen

    mark_read(alice, up_to=seen.pk, now=now)

    assert unread_count(alice) == 1


def test_bob_cannot_read_what_alice_was_told(alice, bob, now):
    notice = tell(alice, now=now)
    assert notice

    assert mark_read(bob, number=notice.pk, now=now) == 0
    assert unread_count(alice) == 1


def test_the_count_ends_where_nobody_counts_any_more(alice, now):
    for _each in range(MOST_COUNTED + 5):
        tell(alice, now=now)

    assert unread_count(alice) == MOST_COUNTED + 1 == 100


def test_every_kind_has_a_habit():
    assert set(HABITS) == set(NoticeKind)


@pytest.mark.parametrize("kind", [NoticeKind.SECURITY, NoticeKind.ACCOUNT])
@pytest.mark.parametrize("channel", ["panel", "mail"])
def test_what_concerns_the_account_cannot_be_switched_off(alice, kind, channel):
    choose(alice, set())

    assert wants(alice, kind, channel)


@pytest.mark.clause("A-37", "K-84")
def test_what_is_for_everybody_is_mailed_only_to_those_who_ask(alice):
    assert not wants(alice, NoticeKind.TERMS, "mail")

    choose(alice, {"terms.mail"})

    assert wants(alice, NoticeKind.TERMS, "mail")


def test_every_other_switch_does_what_it_says(alice):
    every = [switch for _kind, switches in switches_of(alice) for switch in switches if not switch.fixed]
    for chosen in every:
        choose(alice, {chosen.name})

        on = {s.name for _kind, switches in switches_of(alice) for s in switches if s.on and not s.fixed}
        assert on == {chosen.name}
    assert len(every) == 19


def test_a_choice_outlives_the_session(alice):
    choose(alice, {"money.mail"})

    again = User.objects.get(pk=alice.pk)

    assert wants(again, NoticeKind.MONEY, "mail")
    assert not wants(again, NoticeKind.MONEY, "panel")
