"""A row that says "this is owed to a provider".

A held row waits for a person: no worker takes it, and no clock ends it. Once it is due, one worker at a time claims
it and commits it as "sending" before a byte leaves; only what is proven not to have left may become due again.
`attempts` is also the fence: an answer counts only for the attempt it belongs to, so a worker that was thought dead
cannot overwrite what was decided since.
"""

from datetime import datetime, timedelta
from random import Random
from typing import ClassVar, Self, TypeVar

from django.db import connections, models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

LONGEST_CALL = timedelta(seconds=45)
LEASE = 2 * LONGEST_CALL
"""How long a worker may keep a row: when it has run out, the worker is gone."""

SLOT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=15)


class DispatchState(models.TextChoices):
    HELD = "held", _("held for staff")
    DUE = "due", _("due")
    SENDING = "sending", _("sending")
    ACCEPTED = "accepted", _("accepted")
    REJECTED = "rejected", _("rejected")
    UNCERTAIN = "uncertain", _("uncertain")


# Not a byte has left: what is in these states can still be taken back.
UNSENT = (DispatchState.HELD, DispatchState.DUE)

D = TypeVar("D", bound="Dispatch")


class DispatchQuerySet(models.QuerySet[D]):
    def due(self, now: datetime) -> Self:
        return self.filter(state=DispatchState.DUE, due_at__lte=now)

    def expired(self, now: datetime) -> Self:
        """Rows whose worker vanished while sending: nobody knows whether the bytes left."""
        return self.filter(state=DispatchState.SENDING, lease_until__lte=now)


class Dispatch(models.Model):
    state = models.CharField(_("state"), max_length=9, choices=DispatchState, default=DispatchState.DUE)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    due_at = models.DateTimeField(_("due at"))
    lease_until = models.DateTimeField(_("lease until"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    verdict_words = models.TextField(_("provider's words"), blank=True, default="")
    why = models.TextField(_("why"), blank=True, default="")

    # A subclass that needs more inherits from DispatchQuerySet.
    objects: ClassVar[models.Manager[Self]] = DispatchQuerySet.as_manager()

    class Meta:
        abstract = True
        indexes = [
            models.Index(name="%(class)s_due", fields=["due_at"], condition=Q(state="due")),
            models.Index(name="%(class)s_leased", fields=["lease_until"], condition=Q(state="sending")),
        ]
        constraints = [
            models.CheckConstraint(
                name="%(class)s_state_is_known",
                condition=Q(state__in=["held", "due", "sending", "accepted", "rejected", "uncertain"]),
            ),
            models.CheckConstraint(
                name="%(class)s_is_leased_only_while_sending",
                condition=Q(state="sending", lease_until__isnull=False)
                | (~Q(state="sending") & Q(lease_until__isnull=True)),
            ),
            models.CheckConstraint(
                name="%(class)s_is_not_due_once_sent",
                condition=Q(state__in=["held", "due"], sent_at__isnull=True) | ~Q(state__in=["held", "due"]),
            ),
        ]


def claim_one(queryset: DispatchQuerySet[D], *, now: datetime, lease: timedelta = LEASE) -> D | None:
    """Take the longest-due row that no other worker is taking, mark it as sending, and return it.

    Call it inside a transaction and commit before anything is sent (4.3, step 2). `sent_at` becomes the
    earliest moment at which a byte may have left.
    """
    assert connections[queryset.db].in_atomic_block, "a claim outside a transaction holds nothing"
    row = queryset.due(now).select_for_update(skip_locked=True, of=("self",)).order_by("due_at", "pk").first()
    if row is None:
        return None
    row.state = DispatchState.SENDING
    row.attempts += 1
    row.sent_at = now
    row.lease_until = now + lease
    row.save(update_fields=["state", "attempts", "sent_at", "lease_until"])
    return row


def answer(row: Dispatch, state: DispatchState, *, now: datetime, words: str = "", why: str = "") -> bool:
    """Close an attempt as accepted, rejected or uncertain. False when somebody decided it meanwhile.

    An uncertain row may still be closed by its own late answer or by a person (4.3, step 5).
    """
    assert state in {DispatchState.ACCEPTED, DispatchState.REJECTED, DispatchState.UNCERTAIN}
    return _update_attempt(
        row,
        from_states=(DispatchState.SENDING, DispatchState.UNCERTAIN),
        state=state,
        answered_at=now,
        lease_until=None,
        verdict_words=words,
        why=why,
    )


def put_back(row: Dispatch, *, due_at: datetime, words: str = "", why: str) -> bool:
    """Make a row due again: it is proven not to be at the provider. False when it was decided meanwhile."""
    return _update_attempt(
        row,
        from_states=(DispatchState.SENDING, DispatchState.UNCERTAIN),
        state=DispatchState.DUE,
        due_at=due_at,
        sent_at=None,
        answered_at=None,
        lease_until=None,
        verdict_words=words,
        why=why,
    )


def _update_attempt(row: Dispatch, *, from_states: tuple[DispatchState, ...], **facts: object) -> bool:
    rows = type(row)._default_manager.filter(pk=row.pk, attempts=row.attempts, state__in=from_states)
    if not rows.update(**facts):
        return False
    for name, value in facts.items():
        setattr(row, name, value)
    return True


def next_try(attempts: int, *, rng: Random) -> timedelta:
    """Wait a random part of 5 s * 2^attempts, at most 15 minutes: workers must not be in step (4.3)."""
    doubled: int = 2 ** min(attempts, 16)
    longest = min(LONGEST_WAIT, SLOT * doubled)
    return longest * rng.random()
