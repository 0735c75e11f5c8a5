import logging
from datetime import UTC, datetime, timedelta

import pytest

from accounts.api_keys import create_key
from accounts.models import ApiKey
from accounts.rate_limits import Allowance, RateLimited, take

NOW = datetime(2026, 3, 1, 12, 0, 15, tzinfo=UTC)


@pytest.fixture
def key(alice) -> ApiKey:
    return create_key(customer=alice, label="My shop", now=NOW)[0]


def test_the_last_call_of_a_minute_is_taken_and_the_next_is_refused(key: ApiKey) -> None:
    allowances = [take(key, now=NOW) for _call in range(120)]

    assert allowances[0] == Allowance(limit=120, remaining=119, reset_seconds=45)
    assert allowances[-1] == Allowance(limit=120, remaining=0, reset_seconds=45)
    with pytest.raises(RateLimited) as refused:
        take(key, now=NOW + timedelta(seconds=44))
    assert refused.value.retry_after == 1
    assert take(key, now=NOW + timedelta(seconds=45)).remaining == 119


def test_the_operator_says_how_many(key: ApiKey, settings) -> None:
    settings.PANEL_API_CALLS_PER_MINUTE = 1

    take(key, now=NOW)
    with pytest.raises(RateLimited, match="may make 1 calls a minute"):
        take(key, now=NOW)


def test_a_call_may_be_worth_several(key: ApiKey) -> None:
    assert take(key, now=NOW, cost=100).remaining == 20
    assert take(key, now=NOW, cost=20).remaining == 0
    with pytest.raises(RateLimited):
        take(key, now=NOW)


def test_each_key_has_calls_of_its_own(key: ApiKey, alice) -> None:
    other, _plain = create_key(customer=alice, label="Other", now=NOW)
    take(key, now=NOW, cost=120)

    assert take(other, now=NOW).remaining == 119


def test_without_valkey_nobody_is_refused_and_the_log_says_so(
    key: ApiKey, settings, own_valkey, caplog
) -> None:
    settings.REDIS_URL = own_valkey.url
    take(key, now=NOW, cost=120)
    own_valkey.stop()

    with caplog.at_level(logging.WARNING):
        assert take(key, now=NOW).remaining == 120
    assert "Calls are not limited" in caplog.text

    own_valkey.start()
    with pytest.raises(RateLimited):
        take(key, now=NOW)
