"""The standing of an account: what its state forbids, and how the state changes.

A payment dispute makes an account read-only, a suspension closes its door, fraud ends it without exception. Every
change names a reason, which the person reads, and is kept; leaving the active state ends every session at once, and
with a closed door every key.
"""

from datetime import datetime

import pgtrigger
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.closing import closing_refusal
from accounts.models import AccountState, NoticeKind, StateChange, User
from accounts.notices import notify
from accounts.refusals import Refusal
from accounts.states import ENDS_KEYS, ENDS_SESSIONS, MAY, NEXT_STATES, Deed


class AccountFrozen(Refusal):
    code = "account_frozen"
    clause = "A-26, K-76"
    sentence = _(
        "A payment dispute is open, so this account can only be read: no orders, payments or refills. "
        "Contact: %(contact)s"
    )


class AccountSuspended(Refusal):
    code = "account_suspended"
    clause = "A-27"
    sentence = _("Access to this account is suspended. Contact: %(contact)s")


class AccountTerminated(Refusal):
    code = "account_terminated"
    clause = "A-32, K-77, K-78"
    sentence = _("This account was terminated. Contact: %(contact)s")


class AccountClosed(Refusal):
    code = "account_closed"
    clause = "K-18"
    sentence = _("This account was closed. Contact: %(contact)s")


class NoSuchChange(Refusal):
    code = "no_such_change"
    clause = "A-32, K-78"
    sentence = _("This account is “%(was)s” and cannot become “%(to)s”. Nothing was changed.")


class NotYours(Refusal):
    code = "not_yours_to_decide"
    sentence = _("Nobody decides about their own account, and only the owner about people who work here.")


REFUSALS: dict[AccountState, type[Refusal]] = {
    AccountState.FROZEN: AccountFrozen,
    AccountState.SUSPENDED: AccountSuspended,
    AccountState.TERMINATED: AccountTerminated,
    AccountState.CLOSED: AccountClosed,
}
TITLES: dict[AccountState, str | Promise] = {
    AccountState.ACTIVE: _("Your account is open again"),
    AccountState.FROZEN: _("Your account is frozen"),
    AccountState.SUSPENDED: _("Your account is suspended"),
    AccountState.TERMINATED: _("Your account was terminated"),
    AccountState.CLOSED: _("Your account is closed"),
}


def refusal_of(customer: User, deed: Deed) -> Refusal | None:
    """Return why the state of the account forbids this, or None (R-13, A-26, A-27, A-32, K-18, K-76, K-77)."""
    state = AccountState(customer.state)
    return None if deed in MAY[state] else REFUSALS[state](contact=contact())


def require_may(customer: User, deed: Deed) -> None:
    """Raise AccountFrozen, AccountSuspended, AccountTerminated or AccountClosed where the state forbids the deed."""
    refusal = refusal_of(customer, deed)
    if refusal:
        raise refusal


@transaction.atomic
def change_state(
    *, customer: User, to: AccountState, why: str, by: User | None, now: datetime
) -> StateChange:
    """Change the state of an account, keep who and why, and tell the person (R-13, A-26, A-27, A-32, K-76, K-77, K-78).

    `by` is None when the panel does it by itself. Raises NoSuchChange when the table of states has no such move,
    NotYours when somebody decides about themselves or, not being the owner, about staff. Open orders run on;
    only closing waits for them, and raises what is still under way (K-18).
    """
    _require_decider(customer, to=to, by=by)
    # Waits for orders that are being placed at this moment, and they for us.
    locked = User.objects.select_for_update().get(pk=customer.pk)
    was = AccountState(locked.state)
    if to not in NEXT_STATES[was] or (locked.erased_at and to == AccountState.ACTIVE):
        raise NoSuchChange(was=was.label, to=to.label)
    under_way = closing_refusal(customer) if to == AccountState.CLOSED else None
    if under_way:
        raise under_way
    return _write(customer, was=was, to=to, why=why, by=by, now=now)


@transaction.atomic
def correct_termination(*, customer: User, why: str, by: User, now: datetime) -> StateChange:
    """Take back a termination that was a mistake of ours: a correction, not an exception (A-32, K-78, AMB-34).

    No page leads here, only a command of the owner. Raises NotYours for anybody but an owner, NoSuchChange when the
    account is not terminated.
    """
    if not (by.is_superuser and by.is_active) or by.pk == customer.pk:
        raise NotYours
    was = AccountState(User.objects.select_for_update().get(pk=customer.pk).state)
    if was != AccountState.TERMINATED or customer.erased_at:
        raise NoSuchChange(was=was.label, to=AccountState.ACTIVE.label)
    with pgtrigger.ignore("accounts.User:user_terminated_has_no_way_back"):
        return _write(customer, was=was, to=AccountState.ACTIVE, why=why, by=by, now=now)


def last_change(customer: User) -> StateChange | None:
    """The change that made the state what it is; None when it never changed."""
    return customer.state_changes.order_by("-pk").first()


def contact() -> str:
    """Where people write to, as text: an address or a page."""
    return str(settings.PANEL_CONTACT).removeprefix("mailto:")


def _require_decider(customer: User, *, to: AccountState, by: User | None) -> None:
    if by is None:
        return
    works_here = customer.is_staff or customer.is_superuser
    if by.pk == customer.pk:
        # The last owner must not lock the house from inside.
        if to != AccountState.CLOSED or works_here:
            raise NotYours
    elif works_here and not by.is_superuser:
        raise NotYours


def _write(
    customer: User, *, was: AccountState, to: AccountState, why: str, by: User | None, now: datetime
) -> StateChange:
    person = User.objects.filter(pk=customer.pk)
    person.update(state=to)
    if to in ENDS_SESSIONS:
        person.update(session_epoch=F("session_epoch") + 1)
    if to in ENDS_KEYS:
        customer.api_keys.filter(revoked_at=None).update(revoked_at=now)
    customer.refresh_from_db(fields=["state", "session_epoch"])
    notify(
        customer=customer,
        kind=NoticeKind.ACCOUNT,
        title=str(TITLES[to]),
        text=_told(customer, why=why),
        now=now,
    )
    return StateChange.objects.create(customer=customer, from_state=was, to_state=to, why=why, by=by, at=now)


def _told(customer: User, *, why: str) -> str:
    refusal = refusal_of(customer, Deed.ORDER)
    return f"{refusal.text}\n\n{why}" if refusal else why
