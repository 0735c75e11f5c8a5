"""Erasing a person: the name and everything that leads to it goes, the books stay, about nobody in particular.

Only a closed account is erased, and never one of staff. There is no way back: not even we know afterwards who it was.
"""

from datetime import datetime

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts.models import AccountState, Erasure, User
from accounts.refusals import Refusal
from accounts.standing import change_state


class NotErasable(Refusal):
    code = "not_erasable"
    sentence = _("Only a closed account of a customer can be erased. This one is “%(state)s”.")


class StaffStays(Refusal):
    code = "staff_stays"
    sentence = _("People who work here sign what they do in the books. Take their rights away first.")


@transaction.atomic
def erase(*, customer: User, by: User, why: str, now: datetime) -> Erasure:
    """Begin to erase the person; whoever asks for themselves closes the account by it (R-16, A-36, K-18, K-83, K-84).

    From here on nobody can sign in, and the address is free for a new account. What is kept in many rows is blanked
    afterwards, a piece at a time. Raises what keeps the account from being closed, NotErasable for an account that
    is not closed, StaffStays for people who work here. A second call changes nothing.
    """
    person = User.objects.select_for_update().get(pk=customer.pk)
    if person.erased_at:
        return Erasure.objects.get(customer=person)
    if person.is_staff or person.is_superuser:
        raise StaffStays
    if person.state == AccountState.ACTIVE and by.pk == person.pk:
        change_state(customer=person, to=AccountState.CLOSED, why=why, by=by, now=now)
    if person.state != AccountState.CLOSED:
        raise NotErasable(state=person.get_state_display())
    EmailAddress.objects.filter(user=person).delete()
    person.groups.clear()
    person.user_permissions.clear()
    User.objects.filter(pk=person.pk).update(
        email=erased_address(person.pk),
        password=make_password(None),
        session_epoch=F("session_epoch") + 1,
        last_login=None,
        notice_switches={},
        webhook_events=[],
        erased_at=now,
    )
    customer.refresh_from_db()
    return Erasure.objects.create(customer=customer, asked_by=by, begun_at=now)


def erased_address(number: int) -> str:
    """What stands where the address was: no such address can exist (RFC 2606)."""
    return f"erased-{number}@invalid"
