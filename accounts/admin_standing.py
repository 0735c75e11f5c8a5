"""The buttons that change the state of an account: who may press them, what they ask, and what they mean."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin_deciding import Decision
from accounts.erasing import erase
from accounts.models import AccountState, StateChange, User
from accounts.refusals import Refusal
from accounts.standing import change_state
from accounts.states import NEXT_STATES

CHANGE = "accounts.change_state"
CLOSE = "accounts.close_account"
TERMINATE = "accounts.terminate_account"
ERASE = "accounts.erase_user"


class OtherAddress(Refusal):
    code = "other_address"
    sentence = _("That is not the address of this account. Nothing was changed.")


class WhyForm(forms.Form):
    note = forms.CharField(
        label=_("Reason"),
        max_length=StateChange._meta.get_field("why").max_length,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text=_("Kept for good, with your name. The person reads the reason, but not your name."),
    )


class AddressTypedForm(WhyForm):
    email = forms.CharField(
        label=_("E-mail address of the account"),
        widget=forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"}),
        help_text=_("Type it, so that it is the right one. There is no way back."),
    )
    field_order = ["email", "note"]


def _turn(person: User, to: AccountState, *, by: User, note: str, now: datetime) -> str:
    change_state(customer=person, to=to, why=note, by=by, now=now)
    return gettext("The account %(person)s is “%(state)s” now.") % {"person": person, "state": to.label}


def terminate(person: User, *, by: User, note: str, email: str, now: datetime) -> str:
    _require_address(person, email)
    return _turn(person, AccountState.TERMINATED, by=by, note=note, now=now)


def erase_at_request(person: User, *, by: User, note: str, email: str, now: datetime) -> str:
    _require_address(person, email)
    erase(customer=person, by=by, why=note, now=now)
    return gettext("The person is erased; %(person)s stands for them in the books.") % {"person": person}


def _require_address(person: User, typed: str) -> None:
    if typed.strip().lower() != person.email.lower():
        raise OtherAddress


def _decision(
    name: str,
    label: str | Promise,
    consequence: str | Promise,
    right: str,
    to: AccountState,
    *,
    only_from: AccountState | None = None,
) -> Decision:
    def act(person: User, *, by: User, note: str, now: datetime) -> str:
        return _turn(person, to, by=by, note=note, now=now)

    return Decision(name, label, consequence, right, WhyForm, act, _suits(to, only_from))


def _suits(to: AccountState, only_from: AccountState | None = None) -> Callable[[Any], bool]:
    def suits(person: User) -> bool:
        was = AccountState(person.state)
        is_gone = person.erased_at is not None and to == AccountState.ACTIVE
        return to in NEXT_STATES[was] and only_from in {None, was} and not is_gone

    return suits


ABOUT_PEOPLE = (
    _decision(
        "freeze",
        _("Freeze"),
        _(
            "For an open payment dispute. The person is signed out, may come in again and read, but not order, cancel, "
            "pay or withdraw. Programs are refused until the account is active again. Open orders run on."
        ),
        CHANGE,
        AccountState.FROZEN,
    ),
    _decision(
        "unfreeze",
        _("Unfreeze"),
        _("The dispute is over. Everything works again, keys of programs included."),
        CHANGE,
        AccountState.ACTIVE,
        only_from=AccountState.FROZEN,
    ),
    _decision(
        "suspend",
        _("Suspend"),
        _(
            "The door is closed: whoever signs in gets one page with your reason and our address. Keys of programs end "
            "for good. Open orders run on."
        ),
        CHANGE,
        AccountState.SUSPENDED,
    ),
    _decision(
        "lift",
        _("Lift the suspension"),
        _("The person can sign in again. Keys of programs stay ended; new ones can be made."),
        CHANGE,
        AccountState.ACTIVE,
        only_from=AccountState.SUSPENDED,
    ),
    _decision(
        "close",
        _("Close"),
        _(
            "At the person's own wish. Nobody can sign in, keys end, the balance stays in the books. Refused while "
            "something is open. The account can be reopened."
        ),
        CLOSE,
        AccountState.CLOSED,
    ),
    _decision(
        "reopen",
        _("Reopen"),
        _("The person can sign in again, with the balance as it was. Keys of programs stay ended."),
        CLOSE,
        AccountState.ACTIVE,
        only_from=AccountState.CLOSED,
    ),
    Decision(
        "terminate",
        _("Terminate for fraud"),
        _(
            "For stolen or unauthorised cards. Nobody can sign in, keys end, and there is no way back: no button "
            "anywhere makes the account active again. Open orders run on."
        ),
        TERMINATE,
        AddressTypedForm,
        terminate,
        _suits(AccountState.TERMINATED),
        for_many=False,
    ),
    Decision(
        "erase",
        _("Erase the person"),
        _(
            "At the person's request, once the account is closed. The address, links and comments of orders, notices, "
            "sign-ins and messages go for good; the books stay under a number. What is left of the balance is "
            "nobody's."
        ),
        ERASE,
        AddressTypedForm,
        erase_at_request,
        lambda person: person.state == AccountState.CLOSED and person.erased_at is None,
        for_many=False,
    ),
)
