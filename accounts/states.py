"""The standing of an account as tables: which state may follow which, and what each still lets a person do.

active; frozen while a payment dispute is open: everything can be read, nothing bought or paid; suspended: the door is
closed; terminated for fraud: closed for good; closed by the customer's wish (F-20, A-26, A-27, A-32, K-76…K-78).
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class AccountState(models.TextChoices):
    ACTIVE = "active", _("Active")
    FROZEN = "frozen", _("Frozen")
    SUSPENDED = "suspended", _("Suspended")
    TERMINATED = "terminated", _("Terminated")
    CLOSED = "closed", _("Closed")


NEXT_STATES: dict[AccountState, frozenset[AccountState]] = {
    AccountState.ACTIVE: frozenset(
        {AccountState.FROZEN, AccountState.SUSPENDED, AccountState.TERMINATED, AccountState.CLOSED}
    ),
    # Nobody leaves while a dispute is open.
    AccountState.FROZEN: frozenset({AccountState.ACTIVE, AccountState.SUSPENDED, AccountState.TERMINATED}),
    AccountState.SUSPENDED: frozenset(
        {AccountState.ACTIVE, AccountState.FROZEN, AccountState.TERMINATED, AccountState.CLOSED}
    ),
    # Fraud may come to light after somebody has left.
    AccountState.CLOSED: frozenset({AccountState.ACTIVE, AccountState.TERMINATED}),
    # No exceptions: the database refuses it as well.
    AccountState.TERMINATED: frozenset(),
}


class Deed(models.TextChoices):
    """What a person may want to do."""

    SIGN_IN = "sign_in", _("sign in and read")
    CALL_API = "call_api", _("call the API")
    ORDER = "order", _("place an order")
    CANCEL = "cancel", _("cancel an order")
    REFILL = "refill", _("ask for a refill")
    DEPOSIT = "deposit", _("add money")
    WITHDRAW = "withdraw", _("withdraw money")
    CLOSE = "close", _("close the account")


MAY: dict[AccountState, frozenset[Deed]] = {
    AccountState.ACTIVE: frozenset(Deed),
    AccountState.FROZEN: frozenset({Deed.SIGN_IN}),
    AccountState.SUSPENDED: frozenset(),
    AccountState.TERMINATED: frozenset(),
    AccountState.CLOSED: frozenset(),
}

# Whoever enters such a state is signed out everywhere; in some of them programs lose their keys for good.
ENDS_SESSIONS = frozenset(AccountState) - {AccountState.ACTIVE}
ENDS_KEYS = ENDS_SESSIONS - {AccountState.FROZEN}
