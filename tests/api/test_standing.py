"""What a program of an account hears that is frozen, suspended, terminated or closed."""

import pytest

from accounts.models import AccountState
from accounts.standing import change_state
from orders.models import Order
from tests.factories import NOW, make_service

pytestmark = pytest.mark.django_db

CLAUSES = {
    "frozen": "A-26, K-76",
    "suspended": "A-27",
    "terminated": "A-32, K-77, K-78",
    "closed": "K-18",
}


@pytest.mark.clause("A-26", "A-27", "A-32", "K-76", "K-77")
@pytest.mark.parametrize("state", CLAUSES)
def test_no_action_is_answered_even_the_balance_and_the_answer_says_why(call, alice, state):
    assert call("balance") == {"balance": "10.00", "currency": "USD"}
    change_state(customer=alice, to=AccountState(state), why="for the story", by=None, now=NOW)

    for action in ("balance", "services", "add", "status", "cancel", "nonsense"):
        answer = call(action)

        assert answer["error"] == "Account suspended"
        assert answer["code"] == f"account_{state}"
        assert answer["clause"] == CLAUSES[state]
        assert "panel@localhost" in answer["message"]


def test_an_order_of_a_frozen_account_leaves_no_trace(call, alice):
    change_state(customer=alice, to=AccountState.FROZEN, why="dispute", by=None, now=NOW)

    assert call.order(make_service())["code"] == "account_frozen"

    assert not Order.objects.exists()
