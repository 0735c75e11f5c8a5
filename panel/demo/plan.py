"""What the demo's customers bought in the past weeks: the same list for the same catalogue and the same day."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from math import gcd
from random import Random
from string import ascii_letters, digits

from catalog.models import Service, ServiceKind
from catalog.platforms import Kind, Metric, Platform, wanted_kinds
from catalog.pricing import MONEY_STEP, price_of
from catalog.stating import stated_drop_percents
from orders.models import Channel

PAST = timedelta(days=45)
# The sandbox at its slowest needs 14 hours for an order.
SLOWEST_ORDER = timedelta(hours=15)
# So many orders come so late that some of them are still running when the demo begins.
LATE_ORDERS, LATE = 6, timedelta(hours=5)
USUAL_SERVICES, USUAL_SHARE = 8, 0.7
CHEAPEST, DEAREST = Decimal("0.05"), Decimal(8)
CENT = Decimal("0.01")

ROUND_QUANTITIES = (100, 200, 250, 500, 1_000, 1_500, 2_000, 2_500, 5_000, 10_000, 20_000, 50_000, 100_000)
# Share of a day's orders that falls into each hour, from midnight on.
BY_HOUR = (4, 2, 1, 1, 1, 2, 3, 5, 8, 10, 11, 11, 10, 10, 11, 12, 12, 13, 14, 15, 15, 13, 10, 7)

# Links of made-up accounts, one form for each kind of target.
LINKS: dict[tuple[Platform, Kind], str] = {
    (Platform.INSTAGRAM, Kind.PROFILE): "https://www.instagram.com/{name}",
    (Platform.INSTAGRAM, Kind.POST): "https://www.instagram.com/p/{code}",
    (Platform.YOUTUBE, Kind.PROFILE): "https://www.youtube.com/@{name}",
    (Platform.YOUTUBE, Kind.VIDEO): "https://www.youtube.com/watch?v={code}",
    (Platform.TIKTOK, Kind.PROFILE): "https://www.tiktok.com/@{name}",
    (Platform.TIKTOK, Kind.VIDEO): "https://www.tiktok.com/@{name}/video/{number}",
    (Platform.X, Kind.PROFILE): "https://x.com/{name}",
    (Platform.X, Kind.POST): "https://x.com/{name}/status/{number}",
    (Platform.FACEBOOK, Kind.PROFILE): "https://www.facebook.com/{name}",
    (Platform.FACEBOOK, Kind.POST): "https://www.facebook.com/{name}/posts/{number}",
    (Platform.TELEGRAM, Kind.PROFILE): "https://t.me/{name}",
    (Platform.TELEGRAM, Kind.POST): "https://t.me/{name}/{number}",
    (Platform.TWITCH, Kind.PROFILE): "https://www.twitch.tv/{name}",
}

_FIRST = (
    "amber",
    "cedar",
    "coral",
    "delta",
    "ember",
    "frost",
    "grove",
    "haven",
    "indigo",
    "jade",
    "lumen",
    "nova",
)
_SECOND = (
    "bakery",
    "cycles",
    "dance",
    "films",
    "garden",
    "home",
    "labs",
    "music",
    "photo",
    "studio",
    "travel",
    "vinyl",
)
_COMMENTS = (
    "Love this!",
    "Great work 👏",
    "So good",
    "Where can I get one?",
    "This made my day",
    "Wow, really well done",
    "Can't wait for the next one",
    "Saved for later",
    "Best one yet 🔥",
    "Thank you for sharing",
)


@dataclass(frozen=True)
class Purchase:
    """One order of the past: who bought what, where and when."""

    number: int
    buyer: str
    at: datetime
    service: Service
    link: str
    channel: Channel
    quantity: int | None = None
    comments: str = ""


@dataclass(frozen=True)
class Buyer:
    email: str
    share: int
    networks: tuple[Platform, ...]
    # Whether this customer's latest orders may still run when the demo begins.
    still_buying: bool = True


def purchases(
    services: Sequence[Service], buyers: Sequence[Buyer], *, start: datetime, count: int
) -> list[Purchase]:
    """Return the orders of the past, oldest first."""
    # Nothing secret: everybody's demo may be the same.
    rng = Random(45)  # noqa: S311
    names = _names(rng)
    late_buyers = [buyer for buyer in buyers if buyer.still_buying]
    found = []
    for number in range(1, count + 1):
        is_late = number <= LATE_ORDERS and late_buyers
        buyer = _one_of(rng, late_buyers if is_late else buyers)
        if is_late:
            at = start + PAST - LATE * rng.uniform(0.1, 1)
        else:
            at = _moment(rng, start, PAST if buyer.still_buying else PAST - SLOWEST_ORDER)
        found.append(_purchase(rng, number, buyer, at, services, next(names)))
    return sorted(found, key=lambda purchase: purchase.at)


def _one_of(rng: Random, buyers: Sequence[Buyer]) -> Buyer:
    [buyer] = rng.choices(buyers, [buyer.share for buyer in buyers])
    return buyer


def _purchase(
    rng: Random, number: int, buyer: Buyer, at: datetime, services: Sequence[Service], name: str
) -> Purchase:
    liked = [service for service in services if service.platform in buyer.networks] or services
    # People come back to what they know, and so the last orders of some services tell what to expect of them.
    usual = liked[:: -(-len(liked) // USUAL_SERVICES)]
    service = rng.choice(usual if rng.random() < USUAL_SHARE else liked)
    quantities = sensible_quantities(service)
    comments = ""
    if service.kind == ServiceKind.CUSTOM_COMMENTS:
        comments = "\n".join(rng.choices(_COMMENTS, k=min(max(service.min_quantity, 10), 20)))
    return Purchase(
        number=number,
        buyer=buyer.email,
        at=at,
        service=service,
        link=link_for(service, name=name, rng=rng),
        channel=rng.choice((Channel.BROWSER, Channel.BROWSER, Channel.API)),
        quantity=rng.choice(quantities) if service.kind == ServiceKind.DEFAULT else None,
        comments=comments,
    )


def sellable(services: Sequence[Service]) -> list[Service]:
    """Return the services that the demo can order: it knows a link for them, and they cost what people spend."""
    return [service for service in services if link_form(service) and _is_everyday(service)]


def link_form(service: Service) -> str:
    platform, metric = Platform(service.platform), Metric(service.metric)
    # Watch hours want the channel too, and these people name one link only.
    if metric in {Metric.OTHER, Metric.WATCH_HOURS}:
        return ""
    return LINKS.get((platform, wanted_kinds(platform, metric)[0]), "")


def link_for(service: Service, *, name: str, rng: Random, code: str = "") -> str:
    return link_form(service).format(
        name=name,
        code=code or "".join(rng.choices(ascii_letters + digits, k=11)),
        number=rng.randrange(10**15, 10**16),
    )


def sensible_quantities(service: Service) -> list[int]:
    return [
        quantity
        for quantity in ROUND_QUANTITIES
        if service.min_quantity <= quantity <= service.max_quantity
        and quantity % service.step == 0
        and CHEAPEST <= price_of(rate_per_1000=service.rate_per_1000, quantity=quantity) <= DEAREST
    ]


def units_lost(service: Service, delivered: int, rng: Random) -> int:
    """Return how many of the delivered units are lost again within a day, as the service's description has it."""
    low, high = stated_drop_percents(service.description) or (0, 3)
    return delivered * rng.randint(low, high) // 100


def _is_everyday(service: Service) -> bool:
    if service.kind == ServiceKind.PACKAGE:
        return bool(CHEAPEST <= service.rate_per_1000 <= DEAREST)
    if service.kind == ServiceKind.CUSTOM_COMMENTS:
        most = price_of(rate_per_1000=service.rate_per_1000, quantity=20)
        return service.min_quantity <= 20 <= service.max_quantity and service.step == 1 and most <= DEAREST
    return bool(sensible_quantities(service))


def quantity_leaving_cents(service: Service, *, balance: Decimal) -> int | None:
    """Return how many units leave whole cents on this balance, at the least charge; None when none do.

    In the smallest parts of money: parts * units = what is over the last whole cent, modulo a cent.
    """
    cent = int(CENT / MONEY_STEP)
    parts = int(service.rate_per_1000 / 1000 / MONEY_STEP) * service.step
    over = int(balance % CENT / MONEY_STEP)
    common = gcd(parts, cent)
    if over % common:
        return None
    period = cent // common
    steps = over // common * pow(parts // common, -1, period) % period
    least = -(-service.min_quantity // service.step)
    if steps < least:
        steps += -(-(least - steps) // period) * period
    return steps * service.step if steps * service.step <= service.max_quantity else None


def _moment(rng: Random, start: datetime, past: timedelta) -> datetime:
    """A moment of the past: more of them lately than long ago, and more in the evening than at night."""
    share: float = rng.random() ** 0.7
    day = (start + past * share).replace(minute=0, second=0, microsecond=0)
    [hour] = rng.choices(range(24), BY_HOUR)
    at = day.replace(hour=hour) + timedelta(seconds=rng.randrange(3600))
    latest = start + past - timedelta(minutes=30)
    return min(max(at, start + timedelta(hours=1, seconds=rng.randrange(3600))), latest)


def _names(rng: Random) -> Iterator[str]:
    """Names that no two orders share, so that each link is ordered once."""
    pairs = [first + second for first in _FIRST for second in _SECOND]
    rng.shuffle(pairs)
    yield from pairs
    for number in range(1, 1_000_000):
        yield f"{pairs[number % len(pairs)]}{number}"
