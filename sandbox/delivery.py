"""How an order goes: its plan is fixed when it is placed; what is shown later follows from plan and clock.

The plan depends on the seed, the order's number, link, quantity and speed only, so a run can be repeated.
Certain words in a link decide the outcome: partial-567, cancel, stuck, complete.
"""

import hashlib
import math
import re
from dataclasses import dataclass

COMPLETED, PARTIAL, CANCELED, STUCK = "Completed", "Partial", "Canceled", "Stuck"
FINAL = (COMPLETED, PARTIAL, CANCELED)

PARTIAL_SHARE = 0.06
CANCELED_SHARE = 0.02
STUCK_UNDELIVERED = 0.63

_PARTIAL_WORD = re.compile(r"partial[-_.]?(\d+)", re.IGNORECASE)
_OTHER_WORD = re.compile(r"(?<![a-z])(cancel|stuck|complete)(?![a-z])", re.IGNORECASE)


@dataclass(frozen=True)
class Speed:
    """Seconds an order waits, seconds it then takes, and whether some end short without being told."""

    wait: tuple[float, float]
    work: tuple[float, float]
    mishaps: bool


SPEEDS = {
    "demo": Speed(wait=(1, 10), work=(4, 110), mishaps=True),
    "fast": Speed(wait=(0.3, 1), work=(0.7, 2), mishaps=False),
    "instant": Speed(wait=(0, 0), work=(0, 0), mishaps=False),
    "slow": Speed(wait=(600, 7200), work=(3600, 43200), mishaps=True),
}


@dataclass(frozen=True)
class Plan:
    starts_at: float
    ends_at: float
    outcome: str
    undelivered: int
    delivered_before: int = 0


@dataclass(frozen=True)
class Progress:
    status: str
    delivered: int


def chance(*parts: object) -> float:
    """A number from 0 up to 1 that is always the same for the same parts."""
    text = "\x1f".join(str(part) for part in parts)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big") / 2**48


def plan_for(*, seed: int, order_id: int, link: str, quantity: int, speed: str, now: float) -> Plan:
    pace = SPEEDS[speed]
    outcome, undelivered = _outcome(seed, order_id, link, quantity, mishaps=pace.mishaps)
    size = min(1.0, math.log10(max(quantity, 1)) / 6)
    effort = (chance(seed, order_id, "work") + size) / 2
    starts_at = now + _between(pace.wait, chance(seed, order_id, "wait"))
    ends_at = starts_at if outcome == CANCELED else starts_at + _between(pace.work, effort)
    return Plan(starts_at, ends_at, outcome, undelivered)


def progress_of(plan: Plan, *, quantity: int, now: float) -> Progress:
    """What the provider shows at this moment: one of the trade's words, and how much it has delivered."""
    deliverable = quantity - plan.undelivered
    if now >= plan.ends_at:
        return Progress("In progress" if plan.outcome == STUCK else plan.outcome, deliverable)
    if now < plan.starts_at:
        return Progress("Pending", 0)
    done = (now - plan.starts_at) / (plan.ends_at - plan.starts_at)
    return Progress("In progress", min(deliverable, max(plan.delivered_before, int(deliverable * done))))


def plan_cancelled(plan: Plan, *, quantity: int, now: float, after: float) -> Plan:
    """The plan once a cancel was accepted: nothing more is delivered and the order ends a little later."""
    delivered = progress_of(plan, quantity=quantity, now=now).delivered
    return Plan(
        starts_at=plan.starts_at,
        ends_at=now + after,
        outcome=PARTIAL if delivered else CANCELED,
        undelivered=quantity - delivered,
        delivered_before=delivered,
    )


def first_count(seed: int, link: str) -> int:
    """The number a link's counter shows before anybody ordered for it here: from 10 to about 200,000."""
    return int(10 ** (1 + 4.3 * chance(seed, "count", link)))


def _between(bounds: tuple[float, float], share: float) -> float:
    low, high = bounds
    return low + (high - low) * share


def _outcome(seed: int, order_id: int, link: str, quantity: int, *, mishaps: bool) -> tuple[str, int]:
    if told := _PARTIAL_WORD.search(link):
        return PARTIAL, min(int(told[1]), quantity)
    if told := _OTHER_WORD.search(link):
        return {
            "cancel": (CANCELED, quantity),
            "stuck": (STUCK, math.ceil(quantity * STUCK_UNDELIVERED)),
            "complete": (COMPLETED, 0),
        }[told[1].lower()]
    luck = chance(seed, order_id, "outcome")
    if not mishaps or luck >= PARTIAL_SHARE + CANCELED_SHARE:
        return COMPLETED, 0
    if luck < CANCELED_SHARE or quantity < 2:
        return CANCELED, quantity
    share = 0.05 + 0.6 * chance(seed, order_id, "undelivered")
    return PARTIAL, min(quantity - 1, max(1, int(quantity * share)))
