"""Programs of the house that look at a counter before an order is taken: is it public, and what does it show?

None comes with the panel: networks are not read by machine here. Whoever has an honest way to know (an interface that a
network offers, say) names it in the settings. What such a source does not know, the customer's tick decides.
"""

import logging
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from accounts.refusals import Refusal
from catalog.models import Service
from catalog.platforms import Metric
from orders.links import BadLink, Target, expected_link
from orders.models import Condition, Order, SightingSource
from orders.sightings import record_sighting
from terms.policy import Policy

log = logging.getLogger(__name__)


class AccountPrivate(Refusal):
    code = "private"
    clause = "A-21, K-20, K-22"
    sentence = _("The account is not public. Make it public and try again. Nothing was charged.")


class CounterHidden(AccountPrivate):
    sentence = _("Make the count public (%(metric)s) and try again. Nothing was charged.")


@dataclass(frozen=True)
class Look:
    """What a source saw. The count is there only when the counter is public."""

    condition: Condition
    count: int | None = None


class CountSource(Protocol):
    """One way to know. Uses the network, so it is never asked inside a transaction; it keeps its own time limit."""

    def look(self, *, link: str, platform: str, metric: str) -> Look | None:
        """Return what is there now, or None when that cannot be told. May raise: that is not knowing either."""
        ...


def count_sources() -> tuple[CountSource, ...]:
    """Return the sources that the settings name, in their order (F-14)."""
    return _sources(tuple(settings.PANEL_COUNT_SOURCES))


@cache
def _sources(names: tuple[str, ...]) -> tuple[CountSource, ...]:
    return tuple(import_string(name)() for name in names)


def look_first(service: Service, target: Target, *, policy: Policy, now: datetime) -> Look | None:
    """Look before anything is stored or locked, and keep what was seen when it refuses the order (A-21, K-20, K-22).

    What no source knows is accepted on the customer's word. Raises AccountPrivate or CounterHidden, and BadLink where
    links have to lead somewhere (A-22).
    """
    look = _ask(target, service)
    refusal = _refusal_of(look, service, policy) if look else None
    if refusal:
        keep_look(look, counter_key=target.counter_key(service.metric), order=None, now=now)
        raise refusal
    return look


def keep_look(look: Look | None, *, counter_key: str, order: Order | None, now: datetime) -> None:
    if look:
        record_sighting(
            counter_key=counter_key,
            source=SightingSource.CHECK,
            condition=look.condition,
            count=look.count,
            order=order,
            now=now,
        )


def _ask(target: Target, service: Service) -> Look | None:
    for source in count_sources():
        try:
            look = source.look(link=target.url, platform=service.platform, metric=service.metric)
        except Exception:
            log.exception("A count source failed")
            continue
        if look is not None:
            return look
    return None


def _refusal_of(look: Look, service: Service, policy: Policy) -> Refusal | None:
    match look.condition:
        case Condition.PRIVATE:
            return AccountPrivate()
        case Condition.HIDDEN:
            return CounterHidden(metric=Metric(service.metric).label)
        case Condition.NOT_FOUND if policy.order.url_check == "syntax_and_reach":
            expected = expected_link(service.platform, service.metric)
            return BadLink(problem=_("There is nothing at this link."), expected=expected)
    return None
