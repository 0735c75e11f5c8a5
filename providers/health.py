"""What calls teach us about a provider.

Five failures in a row open its breaker, and a provider that says the fault is its own is paused. A pause for
doubt ends only by a balance call that went through, never by trying with somebody's order.
"""

from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from providers.gateway import (
    Accepted,
    FaultKind,
    Gateway,
    NotSent,
    ProviderBalance,
    ProviderFault,
    Rejected,
    RejectionKind,
    Unknown,
    Verdict,
)
from providers.models import PauseReason, Provider

FAILURES_TO_OPEN = 5
FIRST_BREAK = timedelta(seconds=30)
LONGEST_BREAK = timedelta(minutes=15)
EIGHT_PLACES = Decimal("0.00000001")

PAUSES = {
    RejectionKind.FUNDS: (PauseReason.FUNDS, timedelta(minutes=5)),
    RejectionKind.MAINTENANCE: (PauseReason.MAINTENANCE, timedelta(minutes=10)),
    RejectionKind.RATE_LIMIT: (PauseReason.RATE_LIMIT, timedelta(minutes=1)),
    RejectionKind.BAD_KEY: (PauseReason.BAD_KEY, timedelta(minutes=15)),
}
BY_PEOPLE = (PauseReason.STAFF, PauseReason.BRAKE)
"""Pauses that only a person ends."""


def record_verdict(provider: Provider, verdict: Verdict, *, now: datetime) -> None:
    """Learn from the answer to an order. A clear no to the order itself shows that the provider is well."""
    match verdict:
        case Accepted():
            record_success(provider, now=now)
        case Rejected(kind=kind, words=words) if kind.is_providers_fault:
            record_failure(provider, ProviderFault(FaultKind.REFUSED, words, kind), now=now)
        case Rejected():
            record_success(provider, now=now)
        case NotSent(why=why):
            record_failure(provider, ProviderFault(FaultKind.UNREACHABLE, why), now=now)
        case Unknown(why=why, words=words):
            record_failure(provider, ProviderFault(FaultKind.BAD_ANSWER, f"{why} {words}".strip()), now=now)


def record_success(provider: Provider, *, now: datetime) -> None:
    """Close the breaker. A pause that this answer disproves, or whose time is over, ends."""
    disproved = Q(paused_reason__in=[PauseReason.UNREACHABLE, PauseReason.BAD_KEY])
    over = Q(paused_until__lte=now) & ~Q(paused_reason__in=BY_PEOPLE)
    row = Provider.objects.filter(pk=provider.pk)
    # Mostly there is nothing to change, and a row that every order writes would be a queue of its own.
    row.filter(Q(failures_in_a_row__gt=0) | Q(breaker_trips__gt=0)).update(
        failures_in_a_row=0, breaker_trips=0
    )
    row.filter(disproved | over).update(paused_reason="", paused_until=None)


@transaction.atomic
def record_failure(provider: Provider, fault: ProviderFault, *, now: datetime) -> None:
    """Keep the last error for staff; pause a provider at fault, or after five failures in a row (4.5).

    The breaker opens for 30 s and doubles with every failed probe, up to 15 min.
    """
    row = Provider.objects.select_for_update().get(pk=provider.pk)
    row.last_error, row.last_error_at = fault_sentence(fault), now
    if fault.rejection in PAUSES:
        reason, length = PAUSES[fault.rejection]
        row.failures_in_a_row = 0
        _pause(row, reason, now + length)
    else:
        row.failures_in_a_row += 1
        is_open = row.paused_until is not None and row.paused_until > now
        # Calls that were under way when the breaker opened must not make the break longer.
        if row.failures_in_a_row >= FAILURES_TO_OPEN and not is_open:
            row.breaker_trips += 1
            _pause(row, PauseReason.UNREACHABLE, now + breaker_length(row.breaker_trips))
    row.save(
        update_fields=[
            "last_error",
            "last_error_at",
            "failures_in_a_row",
            "breaker_trips",
            "paused_reason",
            "paused_until",
        ]
    )


def breaker_length(trips: int) -> timedelta:
    """Return how long the breaker stays open when it opens again and again: 30 s, 1 min, 2 … 15 min."""
    doubled: int = 2 ** min(trips - 1, 16)
    return min(LONGEST_BREAK, FIRST_BREAK * doubled)


@transaction.atomic
def pause(provider: Provider, reason: PauseReason, *, until: datetime | None) -> None:
    """Hand this provider no orders; without an end, until staff resume. Machines leave a pause by people."""
    row = Provider.objects.select_for_update().get(pk=provider.pk)
    _pause(row, reason, until)
    row.save(update_fields=["paused_reason", "paused_until"])


def resume(provider: Provider) -> None:
    """End any pause and forget the failures, on the word of a person."""
    Provider.objects.filter(pk=provider.pk).update(
        paused_reason="", paused_until=None, failures_in_a_row=0, breaker_trips=0
    )


def trip_brake(provider: Provider, *, now: datetime) -> None:
    """Stop automatic refunds for this provider's cancellations until a person looked."""
    Provider.objects.filter(pk=provider.pk, brake_tripped_at=None).update(brake_tripped_at=now)


def release_brake(provider: Provider, *, now: datetime) -> None:
    Provider.objects.filter(pk=provider.pk).update(brake_tripped_at=None, brake_released_at=now)


def check_balance(provider: Provider, gateway: Gateway, *, now: datetime) -> ProviderBalance | None:
    """Ask for the balance and learn from the answer; when there is none, `last_error` says why.

    This is also the probe that ends a pause. Uses the network, so call it outside any transaction.
    """
    try:
        balance = gateway.balance()
    except ProviderFault as fault:
        record_failure(provider, fault, now=now)
        return None
    record_success(provider, now=now)
    row = Provider.objects.filter(pk=provider.pk)
    if balance.currency not in {"", provider.currency}:
        row.update(last_error=_wrong_currency(provider, balance), last_error_at=now)
        return None
    amount = balance.amount.quantize(EIGHT_PLACES, rounding=ROUND_DOWN)
    row.update(balance=amount, balance_checked_at=now)
    return balance


def fault_sentence(fault: ProviderFault) -> str:
    """Say to staff what went wrong. Customers never see a provider's words."""
    said = {"words": fault.words}
    match fault.rejection, fault.kind:
        case RejectionKind.FUNDS, _kind:
            return _("Our balance at this provider is too low: “%(words)s”.") % said
        case RejectionKind.MAINTENANCE, _kind:
            return _("The provider is under maintenance: “%(words)s”.") % said
        case RejectionKind.RATE_LIMIT, _kind:
            return _("The provider says we call too often: “%(words)s”.") % said
        case RejectionKind.BAD_KEY, _kind:
            return _("The provider does not accept our API key: “%(words)s”.") % said
        case _other, FaultKind.UNREACHABLE:
            return _("The provider could not be reached: %(words)s.") % said
        case _other, FaultKind.TIMEOUT:
            return _("The provider did not answer in time: %(words)s.") % said
        case _other, FaultKind.REFUSED:
            return _("The provider refused: “%(words)s”.") % said
        case _:
            return _("The provider gave an answer that cannot be read: %(words)s.") % said


def _wrong_currency(provider: Provider, balance: ProviderBalance) -> str:
    return _("The provider keeps our balance in %(theirs)s, but it is set to %(ours)s here.") % {
        "theirs": balance.currency,
        "ours": provider.currency,
    }


def _pause(row: Provider, reason: PauseReason, until: datetime | None) -> None:
    if row.paused_reason in BY_PEOPLE and reason not in BY_PEOPLE:
        return
    row.paused_reason, row.paused_until = reason, until
