"""Which notices a customer gets, and where: in the panel, by mail, both or neither.

What was never chosen follows the defaults. What concerns the account and its safety is always shown and always
mailed. Nothing here is advertising, and what is for all customers is mailed only to those who ask for it (A-37).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import QuerySet

from accounts.models import NoticeKind, User

PANEL, MAIL = "panel", "mail"
CHANNELS = (PANEL, MAIL)


@dataclass(frozen=True)
class Habit:
    """How one kind is told when nothing was chosen; what is fixed cannot be chosen."""

    panel: bool
    mail: bool
    fixed: tuple[str, ...] = ()

    def default(self, channel: str) -> bool:
        return self.mail if channel == MAIL else self.panel


HABITS: dict[NoticeKind, Habit] = {
    NoticeKind.ORDER_FINISHED: Habit(panel=True, mail=False),
    # A program asks for itself, and may finish thousands a day.
    NoticeKind.PROGRAM_ORDER_FINISHED: Habit(panel=False, mail=False),
    NoticeKind.ORDER_PARTIAL: Habit(panel=True, mail=True),
    NoticeKind.ORDER_HELD: Habit(panel=True, mail=True),
    NoticeKind.REFUND_REVIEW: Habit(panel=True, mail=True),
    NoticeKind.REFUND_DECIDED: Habit(panel=True, mail=True),
    NoticeKind.REFILL: Habit(panel=True, mail=True),
    NoticeKind.MONEY: Habit(panel=True, mail=True),
    NoticeKind.SUPPORT: Habit(panel=True, mail=True),
    NoticeKind.TERMS: Habit(panel=True, mail=False, fixed=(PANEL,)),
    NoticeKind.ACCOUNT: Habit(panel=True, mail=True, fixed=CHANNELS),
    NoticeKind.SECURITY: Habit(panel=True, mail=True, fixed=CHANNELS),
}


@dataclass(frozen=True)
class Switch:
    kind: NoticeKind
    channel: str
    on: bool
    fixed: bool

    @property
    def name(self) -> str:
        return f"{self.kind.value}.{self.channel}"


def wants(customer: User, kind: NoticeKind, channel: str) -> bool:
    """Whether the customer gets this kind this way (F-24). The choices stand in the customer's row: no query."""
    habit = HABITS[kind]
    if channel in habit.fixed:
        return habit.default(channel)
    return bool(customer.notice_switches.get(f"{kind.value}.{channel}", habit.default(channel)))


def switched_on(kind: NoticeKind, channel: str) -> QuerySet[User]:
    """Everybody who asked for what is off by default."""
    assert not HABITS[kind].default(channel)
    return User.objects.filter(notice_switches__contains={f"{kind.value}.{channel}": True})


def switches_of(customer: User) -> Iterator[tuple[NoticeKind, list[Switch]]]:
    """Every kind with its switches, in the order of the channels."""
    for kind, habit in HABITS.items():
        yield (
            kind,
            [
                Switch(kind, channel, wants(customer, kind, channel), channel in habit.fixed)
                for channel in CHANNELS
            ],
        )


def choose(customer: User, wanted: set[str]) -> None:
    """Keep the customer's choice: the names of the switches that are on; all others are off. What is fixed stays."""
    chosen = {
        switch.name: switch.name in wanted
        for _kind, switches in switches_of(customer)
        for switch in switches
        if not switch.fixed
    }
    User.objects.filter(pk=customer.pk).update(notice_switches=chosen)
    customer.notice_switches = chosen


def switch_off(customer: User, kinds: set[NoticeKind], channel: str) -> None:
    """Tell these kinds no longer this way, and leave all other choices as they are. What is fixed stays."""
    off = {f"{kind.value}.{channel}": False for kind in kinds if channel not in HABITS[kind].fixed}
    customer.notice_switches = customer.notice_switches | off
    User.objects.filter(pk=customer.pk).update(notice_switches=customer.notice_switches)
