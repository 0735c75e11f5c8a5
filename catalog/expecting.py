"""What may be expected of a service: computed from its last orders, or as stated where these are too few.

Start, speed and drop are estimates and never promises; each says from how many orders it was made (A-09, A-13, K-15).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import F, Q

from catalog.models import Estimate, Service
from catalog.stating import DropLabel, latest_start_of, stated_drop_of
from terms.catalogue import Estimate as EstimateTerms

TENTH = Decimal("0.1")
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Start:
    """From placing to the first delivery: half of the orders start within the median, 9 of 10 within the other."""

    median: timedelta
    nine_of_ten: timedelta
    orders: int


@dataclass(frozen=True)
class Speed:
    """Units per day from the first delivery on."""

    per_day: Decimal
    orders: int


@dataclass(frozen=True)
class Drop:
    """How much of a delivery was lost again, in percent."""

    percent: Decimal
    label: DropLabel
    orders: int


@dataclass(frozen=True)
class Endings:
    """How orders ended, in percent."""

    completed: int
    partial: int
    cancelled: int
    orders: int


@dataclass(frozen=True)
class Expected:
    """One service's figures. What is None is unknown: then the stated words, if any, are all there is."""

    start: Start | None = None
    speed: Speed | None = None
    drop: Drop | None = None
    endings: Endings | None = None
    until: datetime | None = None
    stated_start: str = ""
    stated_speed: str = ""
    stated_drop: DropLabel | None = None

    @property
    def is_computed(self) -> bool:
        """Whether anything comes from orders instead of from words."""
        return any((self.start, self.speed, self.drop, self.endings))

    @property
    def is_stated(self) -> bool:
        return bool(self.stated_start or self.stated_speed or self.stated_drop)

    @property
    def orders(self) -> int:
        """The most orders that any figure is made from."""
        figures = (self.start, self.speed, self.drop, self.endings)
        return max((figure.orders for figure in figures if figure), default=0)

    @property
    def drop_label(self) -> DropLabel | None:
        """The computed label, or else the stated one (K-06, K-07)."""
        return self.drop.label if self.drop else self.stated_drop

    @property
    def is_high_drop(self) -> bool:
        return self.drop_label == DropLabel.HIGH_DROP

    @property
    def contradicts_its_words(self) -> bool:
        """Whether it is called non drop, but its orders drop (K-61)."""
        return bool(self.drop and self.stated_drop == DropLabel.NON_DROP != self.drop.label)

    @property
    def latest_start(self) -> timedelta | None:
        """The upper start estimate: 9 of 10 orders start within it, else the upper end of what is stated (K-11)."""
        return self.start.nine_of_ten if self.start else latest_start_of(self.stated_start)

    def finish(self, units: int) -> timedelta | None:
        """Return how long so many units take from placing: typical start plus units / speed (A-13, K-08)."""
        if self.start is None or self.speed is None:
            return None
        return expected_finish(start=self.start.median, speed_per_day=self.speed.per_day, units=units)


def expected_of(service: Service, rules: EstimateTerms | None) -> Expected:
    """Return what may be expected of a service, by the numbers of these terms (R-14, A-09, K-05, K-06, K-08, K-15).

    Below their smallest sample, or without terms, nothing is computed.
    """
    estimate: Estimate | None = getattr(service, "estimate", None)
    stated_drop = stated_drop_of(service.name, service.description, rules)
    if estimate is None or rules is None:
        return Expected(
            stated_start=service.stated_start, stated_speed=service.stated_speed, stated_drop=stated_drop
        )
    return Expected(
        start=_start(estimate, rules),
        speed=_speed(estimate, rules),
        drop=_drop(estimate, rules),
        endings=_endings(estimate, rules),
        until=estimate.newest_at,
        stated_start=service.stated_start,
        stated_speed=service.stated_speed,
        stated_drop=stated_drop,
    )


def contradicted_services(rules: EstimateTerms) -> list[int]:
    """Return the services that are called non drop while their orders drop (K-61)."""
    dropping = Service.objects.filter(
        Q(plain_name__icontains="drop") | Q(description__icontains="drop"),
        estimate__drop_checks__gte=rules.min_sample,
        estimate__dropped__gt=F("estimate__checked") * rules.non_drop_max_percent / 100,
    )
    return [
        each.pk
        for each in dropping.select_related("estimate")
        if expected_of(each, rules).contradicts_its_words
    ]


def drop_label(*, dropped: int, checked: int, rules: EstimateTerms) -> DropLabel:
    """Return the label of a drop of so many units out of so many: 5 % is non drop, 20 % is high drop (K-06, K-07)."""
    if dropped * 100 >= rules.high_drop_min_percent * checked:
        return DropLabel.HIGH_DROP
    if dropped * 100 <= rules.non_drop_max_percent * checked:
        return DropLabel.NON_DROP
    return DropLabel.SOME_DROP


def drop_percent(dropped: int, checked: int) -> Decimal:
    """Return the drop rate in percent, to a tenth (R-14)."""
    return (Decimal(100 * dropped) / checked).quantize(TENTH, ROUND_HALF_UP)


def expected_finish(*, start: timedelta, speed_per_day: Decimal, units: int) -> timedelta:
    """Return start + units / speed, the speed in units per day (R-14)."""
    tiny = timedelta(microseconds=1)
    return start + int(units * Decimal(DAY // tiny) / speed_per_day) * tiny


def _start(estimate: Estimate, rules: EstimateTerms) -> Start | None:
    median, nine_of_ten = estimate.start_median, estimate.start_nine_of_ten
    if estimate.starts < rules.min_sample or median is None or nine_of_ten is None:
        return None
    return Start(median, nine_of_ten, estimate.starts)


def _speed(estimate: Estimate, rules: EstimateTerms) -> Speed | None:
    if estimate.speeds < rules.min_sample or not estimate.speed_per_day:
        return None
    return Speed(estimate.speed_per_day, estimate.speeds)


def _drop(estimate: Estimate, rules: EstimateTerms) -> Drop | None:
    dropped, checked = estimate.dropped, estimate.checked
    if estimate.drop_checks < rules.min_sample or not checked:
        return None
    label = drop_label(dropped=dropped, checked=checked, rules=rules)
    return Drop(drop_percent(dropped, checked), label, estimate.drop_checks)


def _endings(estimate: Estimate, rules: EstimateTerms) -> Endings | None:
    if estimate.sample < rules.min_sample:
        return None
    return Endings(
        completed=_share(estimate.completed, estimate.sample),
        partial=_share(estimate.partial, estimate.sample),
        cancelled=_share(estimate.cancelled, estimate.sample),
        orders=estimate.sample,
    )


def _share(part: int, whole: int) -> int:
    return int((Decimal(100 * part) / whole).quantize(Decimal(1), ROUND_HALF_UP))
