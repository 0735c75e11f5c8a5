"""Many at once: a key is replaced once, and a minute has no more calls than it has."""

from collections import Counter

import pytest

from accounts.api_keys import create_key, replace_key
from accounts.models import ApiKey
from accounts.rate_limits import take
from accounts.refusals import Refusal
from tests.factories import NOW, make_customer
from tests.orders.stories import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def code_of(work):
    try:
        work()
    except Refusal as refusal:
        return refusal.code
    return "done"


def test_a_key_that_is_replaced_eight_times_at_once_has_one_successor():
    alice = make_customer()
    key, _plain = create_key(customer=alice, label="My shop", now=NOW)

    answers = at_once(8, lambda _number: code_of(lambda: replace_key(customer=alice, key_id=key.pk, now=NOW)))

    assert Counter(answers) == {"done": 1, "key_not_replaceable": 7}
    assert ApiKey.objects.count() == 2


def test_sixteen_programs_with_one_key_share_its_calls(settings):
    settings.PANEL_API_CALLS_PER_MINUTE = 5
    key, _plain = create_key(customer=make_customer(), label="My shop", now=NOW)

    answers = at_once(16, lambda _number: code_of(lambda: take(key, now=NOW)))

    assert Counter(answers) == {"done": 5, "rate_limited": 11}
