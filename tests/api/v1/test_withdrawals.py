"""Money going back, by program."""

import pytest

from accounts.scopes import Scope
from billing.ledger import balance_of
from tests.api.v1.conftest import code_of
from tests.orders.stories import differences

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(call):
    """Ask by what the quote says."""

    quote = call.get("/withdrawals/quote/?gross=8.00").json()

    def ask(repeat="payout-1", **changes):
        body = {name: quote[name] for name in ("gross", "payout", "bonus_lost")}
        return call.post("/withdrawals/", body | {"destination": "My bank"} | changes, repeat=repeat)

    return ask


def test_a_withdrawal_is_quoted_held_once_and_taken_back(call, asked, alice):
    made = asked()
    again = asked()

    told = made.json()
    assert made.status_code == 201
    assert again.content == made.content
    assert (told["state"], told["gross"]) == ("requested", "8.00")
    assert str(balance_of(alice)) == "2.00000000"
    assert call.get("/withdrawals/").json()["items"] == [told]
    assert code_of(asked(repeat="payout-2")) == (422, "withdrawal_open")

    back = call.post(f"/withdrawals/{told['id']}/cancellation/")
    assert back.json()["state"] == "cancelled"
    assert str(balance_of(alice)) == "10.00000000"
    assert code_of(call.post(f"/withdrawals/{told['id']}/cancellation/")) == (422, "withdrawal_decided")
    assert differences() == []


def test_another_sum_than_was_quoted_is_refused(asked, alice):
    assert code_of(asked(payout="7.99")) == (422, "quote_changed")
    assert str(balance_of(alice)) == "10.00000000"


def test_money_is_not_moved_by_floats_or_unknown_names(asked):
    assert code_of(asked(gross=8.0)) == (400, "bad_fields")
    assert code_of(asked(repeat="b", iban="x")) == (400, "bad_fields")


def test_it_needs_the_scope_for_money_and_is_nobody_elses(program_of, asked, alice, bob):
    number = asked().json()["id"]

    assert code_of(program_of(alice, Scope.READ, Scope.ORDER).get("/withdrawals/")) == (403, "scope_missing")
    assert code_of(program_of(bob).get(f"/withdrawals/{number}/")) == (404, "not_found")
    assert code_of(program_of(bob).post(f"/withdrawals/{number}/cancellation/")) == (404, "not_found")
