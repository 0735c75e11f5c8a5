"""Withdrawals by several threads at once, and against orders and disputes."""

import threading
from collections.abc import Callable
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connections

from accounts.models import AccountState, User
from accounts.refusals import Refusal
from accounts.standing import change_state
from billing.approving import approve, reject
from billing.ledger import balance_of, house_balance
from billing.models import Withdrawal
from billing.paying_out import send_next
from billing.routes import AccountKind
from billing.withdrawing import Shown, cancel, stop_withdrawals
from tests.billing.withdrawals import CardsTakeBack, asks, assert_books_are_right, at, orders, pays
from tests.factories import make_customer, make_staff, publish_terms

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def alice() -> User:
    publish_terms()
    return make_customer("alice@example.com")


def at_once(*deeds: Callable[[], object]) -> list[str]:
    """Do all of this at the same moment; returns what became of each: done, the code of a refusal, or an error."""
    start = threading.Barrier(len(deeds))
    ends = [""] * len(deeds)

    def run(place: int, deed: Callable[[], object]) -> None:
        start.wait()
        try:
            deed()
            ends[place] = "done"
        except Refusal as refusal:
            ends[place] = refusal.code
        except Exception as error:
            ends[place] = repr(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=place) for place in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ends


ALL = Shown(Decimal(60), Decimal(0))


def test_of_twenty_requests_at_once_one_is_made(alice: User) -> None:
    pays(alice, "100", when=at(6))

    ends = at_once(*[lambda: asks(alice, "60", when=at(7), shown=ALL)] * 20)

    assert sorted(ends) == ["done", *["withdrawal_open"] * 19]
    assert balance_of(alice) == 40
    assert house_balance(AccountKind.WITHDRAWAL) == 60
    assert_books_are_right()


def test_the_same_request_sent_eight_times_at_once_is_one_and_all_see_it(alice: User) -> None:
    pays(alice, "100", when=at(6))
    number = uuid4()

    ends = at_once(*[lambda: asks(alice, "60", when=at(7), shown=ALL, request_id=number)] * 8)

    assert ends == ["done"] * 8
    assert Withdrawal.objects.count() == 1
    assert balance_of(alice) == 40


def test_withdrawing_while_ordering_never_leaves_less_than_nothing(alice: User) -> None:
    pays(alice, "100", when=at(6))

    ends = at_once(
        lambda: asks(alice, "60", when=at(7), shown=ALL),
        *[lambda: orders(alice, "15", when=at(7))] * 6,
    )

    # 60 and two orders, or six orders and nothing to withdraw any more, or anything between: but never both.
    assert set(ends) <= {"done", "insufficient_balance", "amount_too_high"}
    ordered = ends[1:].count("done") * 15
    withdrawn = 60 if ends[0] == "done" else 0
    assert balance_of(alice) == 100 - ordered - withdrawn >= 0
    assert_books_are_right()


def test_approving_rejecting_and_cancelling_at_once_decides_once(alice: User) -> None:
    sam = make_staff()
    pays(alice, "100", "10", when=at(6))
    withdrawal = asks(alice, "60", when=at(7))

    ends = at_once(
        lambda: approve(withdrawal.pk, by=sam, now=at(7, 1)),
        lambda: cancel(withdrawal.pk, customer=alice, now=at(7, 1)),
        lambda: reject(withdrawal.pk, by=sam, note="No.", now=at(7, 1)),
        lambda: stop_withdrawals(alice, "A dispute.", at(7, 1)),
    )

    assert set(ends) <= {"done", "withdrawal_decided"}
    withdrawal.refresh_from_db()
    # Whichever was first: somebody gave it back in the end, once.
    assert withdrawal.state in {"cancelled", "rejected"}
    assert balance_of(alice) == 110
    assert_books_are_right()


def test_two_workers_give_one_payout_back_once(alice: User) -> None:
    sam = make_staff()
    pays(alice, "100", when=at(6), card=True)
    approve(asks(alice, "60", when=at(7)).pk, by=sam, now=at(7))
    cards = CardsTakeBack()

    ends = at_once(*[lambda: send_next(refunds=cards, clock=lambda: at(7, 1))] * 4)

    assert ends == ["done"] * 4
    assert len(cards.asked) == 1
    assert house_balance(AccountKind.STRIPE) == 60
    assert_books_are_right()


def test_freezing_and_asking_at_once_leaves_nothing_open(alice: User) -> None:
    pays(alice, "100", when=at(6))

    def dispute() -> None:
        change_state(customer=alice, to=AccountState.FROZEN, why="A dispute.", by=None, now=at(7))
        stop_withdrawals(alice, "A dispute.", at(7))

    ends = at_once(lambda: asks(alice, "60", when=at(7), shown=ALL), dispute)

    assert ends[0] in {"done", "account_frozen"}
    assert ends[1] == "done"
    assert not Withdrawal.objects.filter(state="requested").exists()
    assert balance_of(alice) == 100
    assert_books_are_right()
