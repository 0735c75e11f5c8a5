"""What is on sale: our own assortment, or any `services` answer of API v2 read from a file."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_UP, Decimal
from pathlib import Path
from typing import Any

from sandbox.assortment import (
    ABROAD,
    ABROAD_FIRST,
    BADGES,
    COUNTERS,
    COUNTRIES,
    GRADES,
    PACKAGE_SIZES,
    PACKAGES_FIRST,
    TRAFFIC_GRADES,
    UNKEPT_GRADES,
    Counter,
    Grade,
)
from sandbox.delivery import chance

DEAREST = Decimal("90")
MOST_PLACES = Decimal("0.00001")


@dataclass(frozen=True)
class Service:
    """`counter` names what an order raises, so that orders for one counter of one link add up."""

    id: str
    type: str
    rate: Decimal
    min: int
    max: int
    refill: bool
    cancel: bool
    counter: str
    offer: dict[str, Any]

    def as_sold(self) -> dict[str, Any]:
        return self.offer


def load(file: Path) -> list[Service]:
    """Read a `services` answer, an array or {"services": […]}, and sell it exactly as it stands."""
    found = json.loads(file.read_text(encoding="utf-8"))
    offers = found["services"] if isinstance(found, dict) else found
    return [_service(offer, counter=str(offer.get("category"))) for offer in offers]


def own_catalogue() -> list[Service]:
    return [service for counter in COUNTERS for service in _services_of(counter)]


def _service(offer: dict[str, Any], *, counter: str) -> Service:
    return Service(
        id=str(offer["service"]),
        type=str(offer.get("type") or "Default"),
        rate=Decimal(str(offer["rate"])),
        min=int(offer["min"]),
        max=int(offer["max"]),
        refill=bool(offer.get("refill")),
        cancel=bool(offer.get("cancel")),
        counter=counter,
        offer=offer,
    )


def _services_of(counter: Counter) -> Iterator[Service]:
    for place, grade in enumerate(_grades(counter)[: counter.variants]):
        yield _variant(counter, grade, counter.first_id + place)
    for place, country in enumerate(COUNTRIES[: counter.countries]):
        yield _variant(counter, ABROAD, counter.first_id + ABROAD_FIRST + place, country=country)
    if counter.package:
        for place, (label, size) in enumerate(PACKAGE_SIZES):
            yield _package(counter, counter.first_id + PACKAGES_FIRST + place, label, size)


def _grades(counter: Counter) -> tuple[Grade, ...]:
    if counter.platform == "Website":
        return TRAFFIC_GRADES
    return GRADES if counter.kept else UNKEPT_GRADES


def _variant(
    counter: Counter, grade: Grade, number: int, *, country: tuple[str, str] | None = None
) -> Service:
    days = grade.days if counter.kept else 0
    most = _round(counter.most * (0.05 if country else 0.3 + 0.7 * chance("most", number)))
    daily = max(counter.least, _round(min(most, counter.most * grade.daily)))
    least = min(most, counter.least * (1, 1, 2, 5)[int(4 * chance("least", number))])
    rate = _rate(Decimal(counter.rate) * Decimal(grade.price), number)
    subject = f"{counter.platform} {counter.noun}"
    title = f"{country[0]} {subject} [{country[1]}]" if country else subject
    facts = [
        f"✅ Quality: {grade.quality}" + (f" ({country[1]})" if country else ""),
        f"⏱ Start: {grade.start}",
        f"⚡ Speed: up to {_short(daily)} a day",
        f"♻️ Guarantee: {_guarantee(days)}",
        f"📉 {grade.drop}" if counter.kept else "📉 Does not drop",
        f"🔗 Link: {counter.place}",
        f"🔻 Min {least} 🔺 Max {_short(most)}",
    ]
    if counter.type == "Custom Comments":
        facts.append("📝 One comment a line, no bad words")
    return _own(
        counter,
        number,
        name=_name(title, grade, days, most=most, daily=daily, number=number),
        category=_category(counter, days, country),
        rate=rate,
        bounds=(least, most),
        refill=days != 0,
        cancel=grade.cancel,
        facts=facts,
        type_=counter.type,
    )


def _package(counter: Counter, number: int, label: str, size: int) -> Service:
    price = _rate(Decimal(counter.rate) * 3 * size / 1000 + Decimal("0.01"), number)
    return _own(
        counter,
        number,
        name=f"📦 {counter.platform} {label} {counter.noun} Package | HQ | Refill 30 Days ♻️" if counter.kept
        else f"📦 {counter.platform} {label} {counter.noun} Package | HQ | No Refill",
        category=f"{BADGES[counter.platform]} {counter.platform} 📦 Packages",
        rate=price,
        bounds=(1, 1),
        refill=counter.kept,
        cancel=False,
        facts=[
            f"📦 One order = {size} {counter.noun}",
            "⏱ Start: 0-1 Hr",
            f"♻️ Guarantee: {_guarantee(30 if counter.kept else 0)}",
            f"🔗 Link: {counter.place}",
            "💲 The price is for the whole package",
        ],
        type_="Package",
    )  # fmt: skip


def _own(
    counter: Counter, number: int, *, name: str, category: str, rate: Decimal, bounds: tuple[int, int],
    refill: bool, cancel: bool, facts: list[str], type_: str,
) -> Service:  # fmt: skip
    offer = {
        "service": number,
        "name": name,
        "type": type_,
        "category": category,
        "rate": f"{rate:f}",
        "min": str(bounds[0]),
        "max": str(bounds[1]),
        "refill": refill,
        "cancel": cancel,
        "dripfeed": False,
        "desc": "\n".join(facts),
        "average_time": _average_time(number),
    }
    return _service(offer, counter=f"{counter.platform} {counter.noun}")


def _rate(wanted: Decimal, number: int) -> Decimal:
    """About the wanted price in the trade's crooked figures: three digits that count, at most five places."""
    crooked = wanted * (1 + Decimal(int(chance("rate", number) * 9)) / 100)
    step = max(MOST_PLACES, Decimal(1).scaleb(crooked.adjusted() - 2))
    rate = min(DEAREST, (crooked / step).quantize(Decimal(1), ROUND_UP) * step)
    return rate.quantize(Decimal("0.01")) if rate == rate.quantize(Decimal("0.01")) else rate.normalize()


def _name(title: str, grade: Grade, days: int | None, *, most: int, daily: int, number: int) -> str:
    """The trade has no one way of writing a name, so here are four."""
    top, pace, kept = _short(most), _short(daily), _refill_words(days, number)
    manners = (
        f"{title} | {grade.label} | Max {top} | {pace}/Day | {kept} {grade.flourish}",
        f"{title} [ Max {top} ] [ {grade.label} ] [ {grade.start} ] [ {pace}/D ] [ {kept} ] {grade.flourish}",
        f"{grade.flourish} {title} ~ {grade.label} ~ {kept} ~ {pace}/Day ~ {grade.start.upper()}",
        f"{title} - {grade.label} ({top}) - {kept} - Day {pace} {grade.flourish}",
    )
    return manners[int(chance("manner", number) * len(manners))].strip()


def _refill_words(days: int | None, number: int) -> str:
    if days is None:
        return "Lifetime Refill"
    if days == 0:
        return ("No Refill", "No refill ⚠️", "NR")[int(3 * chance("words", number))]
    return (f"R{days}", f"Refill {days} Days", f"{days} Days Refill ♻️", f"♻️ R{days}")[
        int(4 * chance("words", number))
    ]


def _guarantee(days: int | None) -> str:
    if days is None:
        return "Lifetime refill"
    return f"{days} days refill" if days else "No refill, no guarantee"


def _category(counter: Counter, days: int | None, country: tuple[str, str] | None) -> str:
    start = f"{BADGES[counter.platform]} {counter.platform} {counter.noun.split(' [')[0]}"
    if country:
        return f"{start} 🎯 By Country"
    if not counter.kept:
        return start
    return f"{start} 🚫 No Refill" if days == 0 else f"{start} ♻️ Refill"


def _average_time(number: int) -> str:
    luck = chance("average", number)
    if luck < 0.08:
        return "Not enough data"
    minutes = int(4 * 10 ** (2.6 * luck))
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{rest} minutes"
    return f"{hours} hours {rest} minutes" if hours > 1 else f"1 hour {rest} minutes"


def _round(number: float) -> int:
    """Down to one digit that counts, as limits are written."""
    digits = str(int(number))
    return max(1, int(digits[0] + "0" * (len(digits) - 1)))


def _short(number: int) -> str:
    for size, letter in ((1_000_000, "M"), (1_000, "K")):
        if number >= size:
            return f"{number / size:g}{letter}"
    return str(number)
