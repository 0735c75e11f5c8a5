"""Makes the demo: terms, people, the sandbox's catalogue, and a past of some three hundred orders.

A load that was broken off is finished by the next one. A panel that people have set up is left alone.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from django.conf import settings
from django.db import connection, transaction

from accounts.joining import confirm_address
from accounts.models import ApiKey, User
from accounts.notices import mark_read, notices_of
from billing import ledger
from billing.models import BonusTier, Coupon
from billing.money import ZERO
from catalog.importing import import_services
from catalog.models import Service, ServiceKind
from catalog.platforms import Platform
from catalog.pricing import price_of
from orders import submitting
from orders.models import Channel
from orders.reason_texts import make_reason_texts
from panel.demo.evidence import resolve_by_evidence
from panel.demo.history import History, requests_made
from panel.demo.offers import make_offers
from panel.demo.plan import (
    CENT,
    PAST,
    Buyer,
    Purchase,
    link_for,
    purchases,
    quantity_leaving_cents,
    sellable,
    sensible_quantities,
)
from panel.demo.sandbox_door import SandboxDoor
from panel.staff_groups import make_groups
from providers import health
from providers.gateways import gateway_for
from providers.models import Provider
from terms.acceptance import record_acceptance
from terms.models import Acceptance, TermsVersion
from terms.models import Channel as AcceptanceChannel
from terms.publishing import publish_profile

ALICE, BOB, SAM = "alice@demo.example", "bob@demo.example", "sam@demo.example"
BUYERS = (
    # Alice buys nothing late that could still come back to her: her balance is to stay what it is.
    Buyer(ALICE, 5, (Platform.INSTAGRAM, Platform.TIKTOK, Platform.YOUTUBE), still_buying=False),
    Buyer(BOB, 4, (Platform.YOUTUBE, Platform.TWITCH, Platform.X)),
    Buyer("carol@demo.example", 2, (Platform.TELEGRAM, Platform.INSTAGRAM)),
    Buyer("dave@demo.example", 1, (Platform.FACEBOOK, Platform.X)),
)
PROVIDER = "Sandbox"
PROFILE = "bestsmmkart"
MARKUP_PERCENT = Decimal(30)
ALICES_BALANCE = Decimal("100.00")
# What rounding her balance costs at most, with the services of most catalogues.
ENOUGH = Decimal(15)
KEY_LABEL = "Demo"
NEWS = timedelta(days=2)
# The sandbox completes what it is ordered for links with this word.
COMPLETES = "complete"
RUNNING_ORDER, ROUNDING_ORDER = 9001, 9002


def our_sandbox() -> SandboxDoor:
    return SandboxDoor(settings.PANEL_SANDBOX_URL, token=settings.PANEL_SANDBOX_CONTROL)


def is_somebody_elses() -> bool:
    """Whether this panel was set up by people."""
    return TermsVersion.objects.exists() and not User.objects.filter(email=SAM).exists()


def is_loaded() -> bool:
    """Whether the demo is complete: alice's key is made last."""
    return ApiKey.objects.filter(customer__email=ALICE, label=KEY_LABEL).exists()


def load(*, clock: Callable[[], datetime], orders: int) -> None:
    """Make the demo's past, or finish one that was broken off. Raises SandboxAway.

    Needs the panel for itself: a worker's clock shows another time.
    """
    door = our_sandbox()
    with _not_waiting_for_the_disk():
        make_groups()
        make_reason_texts()
        make_offers()
        people = _people(joined=clock() - PAST)
        start = _begin(door, people[SAM], now=clock())
        _accept_terms(people, now=start)
        provider = _provider()
        _import_catalogue(provider, people[SAM], now=clock())
        _offer_bonuses()
        submitting.doubt_abandoned(now=clock())
        list(resolve_by_evidence(door, by=people[SAM], now=start, send_again=True))
        history = History(
            door=door,
            gateway=gateway_for(provider),
            people=people,
            staff=people[SAM],
            made=requests_made(),
            start=start,
            until=start + PAST,
            sandbox_now=door.stop_clock(),
        )
        services = sellable(list(Service.objects.on_sale().order_by("pk")))
        past = purchases(services, BUYERS, start=start, count=orders)
        history.play([*past, *_running_order(services, until=history.until)] if past else [])
        _round_alices_balance(history, services)
        history.catch_up(clock())
        _read_old_news(people, now=clock())
        # From now on each status tells what the counter shows, so that a drop is seen and refilled while one looks on.
        door.tell("set_counts", on=True)
        door.tell("set_clock", factor=1)
        health.check_balance(provider, gateway_for(provider), now=clock())


def follow_sandbox() -> None:
    """The sandbox may listen at another port at each start."""
    Provider.objects.filter(name=PROVIDER).update(url=settings.PANEL_SANDBOX_URL)


def _offer_bonuses() -> None:
    """Something to see while adding funds; nothing of it is in the past."""
    for at_least, percent in ((50, 3), (100, 5), (500, 8)):
        BonusTier.objects.get_or_create(at_least=Decimal(at_least), percent=Decimal(percent))
    Coupon.objects.get_or_create(
        code="WELCOME",
        defaults={"kind": Coupon.Kind.DEPOSIT_PERCENT, "value": Decimal(10), "at_least": Decimal(20)},
    )


@contextmanager
def _not_waiting_for_the_disk() -> Iterator[None]:
    """What a power cut would take from a demo being loaded, the next load makes again."""
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit TO off")
        yield
        cursor.execute("SET synchronous_commit TO on")


def _people(*, joined: datetime) -> dict[str, User]:
    """Return everybody by address. They can sign in as soon as they are given a password."""
    sam = _person(SAM, joined, is_staff=True, is_superuser=True)
    return {SAM: sam} | {buyer.email: _person(buyer.email, joined) for buyer in BUYERS}


@transaction.atomic
def _person(email: str, joined: datetime, **fields: bool) -> User:
    person = User.objects.filter(email=email).first()
    if person is None:
        person = User.objects.create_user(email, None, date_joined=joined, **fields)
        confirm_address(person)
    return person


def _begin(door: SandboxDoor, sam: User, *, now: datetime) -> datetime:
    """Return when the past begins: when the terms were published, with a sandbox that knew of no order."""
    first = TermsVersion.objects.order_by("number").first()
    if first:
        return first.published_at
    door.tell("reset")
    door.stop_clock()
    door.tell("advance", seconds=-PAST.total_seconds())
    door.tell("set_speed", speed="slow")
    return publish_profile(PROFILE, by=sam, now=now - PAST).published_at


def _accept_terms(people: dict[str, User], *, now: datetime) -> None:
    [version] = TermsVersion.objects.order_by("number")[:1]
    for buyer in BUYERS:
        customer = people[buyer.email]
        if not Acceptance.objects.filter(customer=customer, channel=AcceptanceChannel.REGISTER).exists():
            record_acceptance(
                customer=customer,
                version=version,
                channel=AcceptanceChannel.REGISTER,
                explicit=True,
                subject="registration",
                now=now,
            )


def _provider() -> Provider:
    provider = Provider.objects.filter(name=PROVIDER).first()
    if provider is None:
        provider = Provider(name=PROVIDER, url=settings.PANEL_SANDBOX_URL, allow_private_address=True)
        provider.set_key(settings.PANEL_SANDBOX_KEY)
        provider.save()
    elif provider.url != settings.PANEL_SANDBOX_URL:
        follow_sandbox()
        provider.refresh_from_db()
    return provider


def _import_catalogue(provider: Provider, sam: User, *, now: datetime) -> None:
    if Service.objects.filter(provider=provider).exists():
        return
    import_services(
        provider=provider,
        offered=gateway_for(provider).services(),
        markup_percent=MARKUP_PERCENT,
        now=now,
        by=sam,
    )


def _read_old_news(people: dict[str, User], *, now: datetime) -> None:
    """Nobody leaves weeks of notices unread."""
    for person in people.values():
        newest = notices_of(person).filter(created_at__lt=now - NEWS).first()
        if newest:
            mark_read(person, up_to=newest.pk, now=now)


def _running_order(services: Sequence[Service], *, until: datetime) -> list[Purchase]:
    """An order of alice that is still running when the demo begins."""
    services = _alices(services)
    if not services:
        return []
    service = Random(1).choice(services)  # noqa: S311 (nothing secret)
    quantity = max(sensible_quantities(service))
    return [_completing(service, RUNNING_ORDER, until - timedelta(hours=3), quantity)]


def _round_alices_balance(history: History, services: Sequence[Service]) -> None:
    """Leave alice with exactly 100.00.

    She orders as many units as take the parts of a cent from her balance, and pays in the rest.
    """
    alice = history.people[ALICE]
    history.door.tell("set_speed", speed="demo")
    if ZERO < ledger.balance_of(alice) < ENOUGH:
        history.give(alice, ENOUGH, what="rounding", now=history.until - timedelta(minutes=1))
    rounding = _rounding(_alices(services), balance=ledger.balance_of(alice))
    if rounding and not history.has(ROUNDING_ORDER):
        service, quantity = rounding
        history.buy(
            _completing(service, ROUNDING_ORDER, history.until, quantity),
            history.until - timedelta(minutes=1),
        )
    missing = (ALICES_BALANCE - ledger.balance_of(alice)) // CENT * CENT
    if missing > 0:
        history.give(alice, missing, what="last", now=history.until)


def _alices(services: Sequence[Service]) -> list[Service]:
    return [
        service
        for service in services
        if service.platform in BUYERS[0].networks and service.kind == ServiceKind.DEFAULT
    ]


def _completing(service: Service, number: int, at: datetime, quantity: int) -> Purchase:
    rng = Random(number)  # noqa: S311 (nothing secret)
    link = link_for(service, name=f"{COMPLETES}_demo", code=f"{COMPLETES}_{number % 100:02}", rng=rng)
    return Purchase(number, ALICE, at, service, link, Channel.BROWSER, quantity=quantity)


def _rounding(units: Sequence[Service], *, balance: Decimal) -> tuple[Service, int] | None:
    """Return the cheapest order that leaves whole cents."""
    found = []
    for service in units:
        quantity = quantity_leaving_cents(service, balance=balance)
        if quantity:
            charge = price_of(rate_per_1000=service.rate_per_1000, quantity=quantity)
            found.append((charge, service.pk, service, quantity))
    affordable = [option for option in found if option[0] <= balance]
    if not affordable:
        return None
    _charge, _pk, service, quantity = min(affordable, key=lambda option: option[:2])
    return service, quantity
