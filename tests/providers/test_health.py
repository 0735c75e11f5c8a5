from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from providers import health
from providers.fake import FakeGateway
from providers.gateway import (
    Accepted,
    FaultKind,
    NotSent,
    ProviderFault,
    Rejected,
    RejectionKind,
    Unknown,
    Verdict,
)
from providers.gateways import gateway_for
from providers.models import PauseReason, Provider
from providers.smm_api import SmmApi

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)
SILENT = ProviderFault(FaultKind.TIMEOUT, "no complete answer in time")


def make_provider(name: str = "Upstream", **fields: object) -> Provider:
    provider = Provider(name=name, url="https://upstream.example/api/v2", **fields)
    provider.set_key("provider-key-0123456789")
    provider.save()
    return provider


def fail(provider: Provider, times: int, *, now: datetime = NOW) -> None:
    for _ in range(times):
        health.record_failure(provider, SILENT, now=now)
    provider.refresh_from_db()


def is_sendable(now: datetime) -> bool:
    return Provider.objects.sendable(now).exists()


def test_four_failures_are_borne_and_the_fifth_opens_the_breaker() -> None:
    provider = make_provider()

    fail(provider, 4)
    assert is_sendable(NOW)

    fail(provider, 1)
    assert not is_sendable(NOW)
    assert provider.paused_reason == PauseReason.UNREACHABLE
    assert provider.paused_until == NOW + timedelta(seconds=30)


def test_a_success_in_between_starts_the_count_again() -> None:
    provider = make_provider()

    fail(provider, 4)
    health.record_success(provider, now=NOW)
    fail(provider, 4)

    assert is_sendable(NOW)


def test_an_open_breaker_ends_by_a_balance_and_never_by_waiting() -> None:
    provider = make_provider()
    fail(provider, 5)
    later = NOW + timedelta(seconds=30)

    assert not Provider.objects.due_for_probe(later - MOMENT).exists()
    assert Provider.objects.due_for_probe(later).get() == provider
    assert not is_sendable(NOW + timedelta(days=1))

    health.check_balance(provider, FakeGateway(), now=later)

    assert is_sendable(later)


def test_every_failed_probe_doubles_the_break_up_to_fifteen_minutes() -> None:
    provider = make_provider()
    fail(provider, 5)
    lengths, now = [], NOW
    for _ in range(7):
        assert provider.paused_until is not None
        lengths.append((provider.paused_until - now).total_seconds())
        now = provider.paused_until
        gateway = FakeGateway()
        gateway.next_fault(SILENT)
        assert health.check_balance(provider, gateway, now=now) is None
        provider.refresh_from_db()

    assert lengths == [30, 60, 120, 240, 480, 900, 900]


def test_calls_under_way_when_the_breaker_opened_do_not_make_the_break_longer() -> None:
    provider = make_provider()

    fail(provider, 9)

    assert provider.paused_until == NOW + timedelta(seconds=30)


@pytest.mark.parametrize(
    ("kind", "minutes"),
    [(RejectionKind.FUNDS, 5), (RejectionKind.MAINTENANCE, 10), (RejectionKind.RATE_LIMIT, 1)],
)
def test_a_fault_the_provider_names_pauses_it_for_its_time(kind: RejectionKind, minutes: int) -> None:
    provider = make_provider()

    health.record_verdict(provider, Rejected(kind, "words"), now=NOW)

    end = NOW + timedelta(minutes=minutes)
    provider.refresh_from_db()
    assert (provider.paused_reason, provider.paused_until) == (kind.value, end)
    assert "words" in provider.last_error
    assert not is_sendable(end - MOMENT)
    assert is_sendable(end)


def test_a_refused_key_pauses_until_a_balance_goes_through() -> None:
    provider = make_provider()

    health.record_verdict(provider, Rejected(RejectionKind.BAD_KEY, "Invalid API key"), now=NOW)

    assert not is_sendable(NOW + timedelta(days=1))
    health.check_balance(provider, FakeGateway(), now=NOW + MOMENT)
    assert is_sendable(NOW + MOMENT)


def test_a_balance_does_not_end_a_pause_for_funds_before_its_time() -> None:
    provider = make_provider()
    health.record_verdict(provider, Rejected(RejectionKind.FUNDS, "no money"), now=NOW)

    health.record_success(provider, now=NOW + timedelta(minutes=5) - MOMENT)
    provider.refresh_from_db()
    assert provider.paused_reason == PauseReason.FUNDS

    health.record_success(provider, now=NOW + timedelta(minutes=5))
    provider.refresh_from_db()
    assert (provider.paused_reason, provider.paused_until) == ("", None)


@pytest.mark.parametrize(
    "verdict",
    [Accepted("1", ""), Rejected(RejectionKind.BAD_LINK, ""), Rejected(RejectionKind.BUSY_LINK, "")],
)
def test_a_clear_answer_about_an_order_shows_that_the_provider_is_well(verdict: Verdict) -> None:
    provider = make_provider()
    fail(provider, 4)

    health.record_verdict(provider, verdict, now=NOW)

    provider.refresh_from_db()
    assert provider.failures_in_a_row == 0


@pytest.mark.parametrize("verdict", [NotSent("no connection in time"), Unknown("HTTP 502", "<html>")])
def test_no_clear_answer_counts_as_a_failure(verdict: Verdict) -> None:
    provider = make_provider()
    fail(provider, 4)

    health.record_verdict(provider, verdict, now=NOW)

    provider.refresh_from_db()
    assert provider.paused_reason == PauseReason.UNREACHABLE
    assert verdict.why in provider.last_error


@pytest.mark.parametrize("reason", [PauseReason.STAFF, PauseReason.BRAKE])
def test_a_pause_by_people_ends_only_by_people(reason: PauseReason) -> None:
    provider = make_provider()
    health.pause(provider, reason, until=None)

    fail(provider, 6)
    health.record_verdict(provider, Rejected(RejectionKind.RATE_LIMIT, ""), now=NOW)
    health.record_success(provider, now=NOW + timedelta(days=9))

    provider.refresh_from_db()
    assert (provider.paused_reason, provider.paused_until) == (reason, None)
    assert not Provider.objects.due_for_probe(NOW + timedelta(days=9)).exists()

    health.resume(provider)
    assert is_sendable(NOW)


def test_an_inactive_provider_gets_no_orders_and_no_probes() -> None:
    provider = make_provider(is_active=False)
    assert not is_sendable(NOW)

    fail(provider, 5)
    assert not Provider.objects.due_for_probe(NOW + timedelta(days=1)).exists()


def test_a_checked_balance_is_stored_with_its_time_and_never_rounded_up() -> None:
    provider = make_provider()

    found = health.check_balance(provider, FakeGateway(balance=Decimal("100.842929999")), now=NOW)

    provider.refresh_from_db()
    assert found is not None
    assert (provider.balance, provider.balance_checked_at) == (Decimal("100.84292999"), NOW)


def test_a_balance_in_another_currency_is_not_believed() -> None:
    provider = make_provider(currency="USD")

    assert health.check_balance(provider, FakeGateway(currency="EUR"), now=NOW) is None

    provider.refresh_from_db()
    assert provider.balance is None
    assert provider.last_error == "The provider keeps our balance in EUR, but it is set to USD here."


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (ProviderFault(FaultKind.UNREACHABLE, "refused"), "The provider could not be reached: refused."),
        (SILENT, "The provider did not answer in time: no complete answer in time."),
        (
            ProviderFault(FaultKind.BAD_ANSWER, "HTML"),
            "The provider gave an answer that cannot be read: HTML.",
        ),
        (ProviderFault(FaultKind.REFUSED, "Moon"), "The provider refused: “Moon”."),
        (
            ProviderFault(FaultKind.REFUSED, "Invalid API key", RejectionKind.BAD_KEY),
            "The provider does not accept our API key: “Invalid API key”.",
        ),
        (
            ProviderFault(FaultKind.REFUSED, "Off", RejectionKind.MAINTENANCE),
            "The provider is under maintenance: “Off”.",
        ),
        (
            ProviderFault(FaultKind.REFUSED, "Slow", RejectionKind.RATE_LIMIT),
            "The provider says we call too often: “Slow”.",
        ),
        (
            ProviderFault(FaultKind.REFUSED, "Pay", RejectionKind.FUNDS),
            "Our balance at this provider is too low: “Pay”.",
        ),
    ],
)
def test_staff_read_a_whole_sentence_about_what_went_wrong(fault: ProviderFault, sentence: str) -> None:
    provider = make_provider()

    health.record_failure(provider, fault, now=NOW)

    provider.refresh_from_db()
    assert (provider.last_error, provider.last_error_at) == (sentence, NOW)


def test_the_brake_remembers_its_first_moment_until_it_is_released() -> None:
    provider = make_provider()

    health.trip_brake(provider, now=NOW)
    health.trip_brake(provider, now=NOW + MOMENT)
    provider.refresh_from_db()
    assert provider.brake_tripped_at == NOW

    health.release_brake(provider, now=NOW + MOMENT)
    provider.refresh_from_db()
    assert provider.brake_tripped_at is None
    assert provider.brake_released_at == NOW + MOMENT


def test_a_provider_whose_key_does_not_open_says_so_and_is_sent_nothing(settings) -> None:
    provider = make_provider()
    settings.PANEL_FIELD_KEYS = ["A" * 43 + "="]

    gateway = gateway_for(provider)

    assert isinstance(gateway, SmmApi)
    assert health.check_balance(provider, gateway, now=NOW) is None
    provider.refresh_from_db()
    assert "none of the configured keys opens the stored API key" in provider.last_error


@pytest.mark.parametrize(
    "lie",
    [
        {"paused_reason": "bored"},
        {"paused_reason": "", "paused_until": NOW},
        {"balance": 1, "balance_checked_at": None},
        {"parallel_calls": 0},
        {"brake_refund_per_hour": -1},
        {"currency": "usd"},
        {"currency": "$"},
    ],
)
def test_the_database_refuses_a_provider_that_contradicts_itself(lie: dict[str, object]) -> None:
    make_provider()

    with pytest.raises(IntegrityError), transaction.atomic():
        Provider.objects.update(**lie)


def test_two_providers_cannot_have_one_name() -> None:
    make_provider("Upstream")

    with pytest.raises(IntegrityError), transaction.atomic():
        make_provider("Upstream")
