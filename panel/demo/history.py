"""Plays the past: every order goes through the real rules while the clock moves, and the sandbox delivers it.

Both books therefore agree. A history that was broken off is played again from its beginning: what has happened
is recognised by its request and not done twice.
"""

import heapq
import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from random import Random
from uuid import NAMESPACE_URL, UUID, uuid5

from django.conf import settings

from accounts.models import User
from accounts.refusals import Refusal
from billing import ledger
from billing.bank import BankTransfer
from billing.crediting import credit_payment
from billing.funding import give_funding
from billing.methods import Receipt
from billing.models import Funding
from billing.money import ZERO
from billing.paying import start_payment
from catalog.models import ServiceKind
from orders import submitting, tracking
from orders.asking import OrderRequest
from orders.drafting import draft_order
from orders.models import Channel, Order, SightingSource, Submission
from orders.placing import place_order
from orders.sightings import record_sighting
from panel.demo.plan import Purchase, units_lost
from panel.demo.sandbox_door import SandboxDoor
from providers.dispatch import DispatchState
from providers.gateway import Gateway
from refills import moderating
from refills import submitting as refill_submitting
from refills import tracking as refill_tracking
from refills.models import Refill, RefillSubmission
from refills.requesting import request_refill
from refills.states import RefillState, WaitsFor

DEPOSITS = (Decimal(15), Decimal(20), Decimal(25), Decimal(40))
_MARK = "demo-"
# A day after the end, when a drop shows.
LOOK_AGAIN = timedelta(hours=25)
# So many of those who lost something ask for it, and how long staff need where no provider brings it back.
ASKING_SHARE = 0.5
BY_HAND = timedelta(hours=20)
# From the bank transfer to its arrival.
ON_ITS_WAY = timedelta(minutes=1)


@dataclass
class History:
    """Everything that happens, in the order of time."""

    door: SandboxDoor
    people: dict[str, User]
    staff: User
    start: datetime
    until: datetime
    sandbox_now: datetime
    gateway: Gateway
    # The purchases that were made before this load was broken off.
    made: frozenset[str]
    _agenda: list[tuple[datetime, int, Callable[[datetime], object]]] = field(default_factory=list)
    _last: datetime | None = None
    _turn: "itertools.count[int]" = field(default_factory=itertools.count)
    # Nothing secret: everybody's demo may be the same.
    _rng: Random = field(default_factory=lambda: Random(7))  # noqa: S311

    def play(self, purchases: Iterable[Purchase]) -> None:
        for purchase in purchases:
            self._plan(purchase.at, partial(self.buy, purchase))
        while self._agenda:
            moment, _turn, act = heapq.heappop(self._agenda)
            act(moment)
            self._last = moment

    def buy(self, purchase: Purchase, now: datetime) -> Order:
        """Pay in when the money does not suffice, order, hand the order over, and plan when to ask about it."""
        customer = self.people[purchase.buyer]
        request = OrderRequest(
            service_id=purchase.service.pk,
            link=purchase.link,
            request_id=_request_id(purchase.number),
            channel=purchase.channel,
            quantity=purchase.quantity,
            comments=purchase.comments,
            terms_ticked=True,
            public_ticked=True,
        )
        if not self.has(purchase.number):
            self._afford(customer, purchase, now)
        order = place_order(customer=customer, request=request, now=now)
        self.catch_up(now)
        submitting.send_next(gateway_for=lambda _: self.gateway, clock=lambda: now + timedelta(seconds=2))
        self._plan_looks(order)
        return order

    def has(self, number: int) -> bool:
        """Whether this purchase was made before this load was broken off."""
        return _request_id(number) in self.made

    def pay_in(self, customer: User, cash: Decimal, *, what: str, now: datetime) -> None:
        """The customer sends money by bank transfer, and staff confirm that it has come."""
        payment = start_payment(
            customer=customer,
            method=BankTransfer.name,
            amount=cash,
            terms_number=None,
            ticked=True,
            request_id=_payment_id(customer, what),
            now=now - ON_ITS_WAY,
        )
        receipt = Receipt(cash, settings.PANEL_CURRENCY)
        credit_payment(payment, receipt, by=self.staff, now=now)

    def give(self, customer: User, cash: Decimal, *, what: str, now: datetime) -> None:
        """Staff give a deposit that was paid outside the panel; without a bonus, whatever the tiers say."""
        give_funding(
            customer=customer,
            kind=Funding.Kind.DEPOSIT,
            cash=cash,
            bonus=ZERO,
            reason="Bank transfer",
            given_by=self.staff,
            request_id=_payment_id(customer, what),
            now=now,
        )

    def catch_up(self, now: datetime) -> None:
        """Bring the sandbox's clock to this moment."""
        late = (now - self.sandbox_now).total_seconds()
        if late > 0:
            self.door.tell("advance", seconds=late)
            self.sandbox_now = now

    def _plan(self, moment: datetime, act: Callable[[datetime], object]) -> None:
        if moment <= self.until:
            heapq.heappush(self._agenda, (moment, next(self._turn), act))

    def _afford(self, customer: User, purchase: Purchase, now: datetime) -> None:
        draft = draft_order(
            service=purchase.service,
            link=purchase.link,
            quantity=purchase.quantity,
            comments=purchase.comments,
            discount_percent=customer.discount_percent,
        )
        if draft.charge > ledger.balance_of(customer):
            cash = self._rng.choice(DEPOSITS)
            before = max(now - timedelta(minutes=self._rng.randrange(2, 20)), self._last or self.start)
            self.pay_in(customer, cash, what=str(purchase.number), now=before)

    def _plan_looks(self, order: Order) -> None:
        """Ask when the sandbox starts and when it ends: all other answers would change nothing."""
        accepted = Submission.objects.filter(order=order, state=DispatchState.ACCEPTED)
        external_id = accepted.values_list("external_id", flat=True).first()
        truth = self.door.order_for(order.link)
        if external_id is None or truth is None or not order.is_open:
            return
        for moment in (truth.starts_at, truth.ends_at):
            soon_after = moment + timedelta(seconds=self._rng.randrange(20, 240))
            self._plan(soon_after, partial(self._look, order.pk, external_id))
        if order.service_kind != ServiceKind.PACKAGE:
            later = truth.ends_at + LOOK_AGAIN + timedelta(minutes=self._rng.randrange(600))
            self._plan(later, partial(self._look_again, order.pk, external_id))

    def _look(self, number: int, external_id: str, now: datetime) -> None:
        self.catch_up(now)
        answers = self.gateway.statuses([external_id])
        tracking.apply_answer(number, answers[external_id], now=now)

    def _look_again(self, number: int, external_id: str, now: datetime) -> None:
        """Some of what was delivered is gone, and staff note what the counter shows."""
        order = Order.objects.select_related("service").get(pk=number)
        if order.start_count is None or not order.delivered or order.sightings.filter(seen_by=self.staff):
            return
        lost = units_lost(order.service, order.delivered, Random(number))  # noqa: S311 (nothing secret)
        self.door.tell("drop", order=external_id, by=lost)
        record_sighting(
            counter_key=order.counter_key,
            order=order,
            count=order.start_count + order.delivered - lost,
            source=SightingSource.STAFF,
            by=self.staff,
            now=now,
        )
        if lost and self._rng.random() < ASKING_SHARE:
            soon = now + timedelta(minutes=self._rng.randrange(2, 40))
            self._plan(soon, partial(self._ask_for_refill, number))

    def _ask_for_refill(self, number: int, now: datetime) -> None:
        """The customer asks, and what is granted is brought back: by the sandbox, or by staff a day later."""
        order = Order.objects.get(pk=number)
        try:
            refill = request_refill(order, channel=Channel.BROWSER, now=now)
        except Refusal:
            return
        if refill.waits_for == WaitsFor.STAFF and refill.state == RefillState.QUEUED:
            self._plan(now + BY_HAND, partial(self._bring_back_by_hand, refill.pk))
        if not RefillSubmission.objects.filter(refill=refill).exists():
            return
        self.catch_up(now)
        refill_submitting.send_next(
            gateway_for=lambda _: self.gateway, clock=lambda: now + timedelta(seconds=2)
        )
        self._plan(now + timedelta(minutes=self._rng.randrange(3, 30)), partial(self._follow, refill.pk))

    def _follow(self, refill_number: int, now: datetime) -> None:
        self.catch_up(now)
        submission = RefillSubmission.objects.get(refill=refill_number)
        if submission.state == DispatchState.ACCEPTED:
            answers = self.gateway.refill_statuses([submission.external_id])
            refill_tracking.apply_answer(refill_number, answers[submission.external_id], now=now)

    def _bring_back_by_hand(self, refill_number: int, now: datetime) -> None:
        refill = Refill.objects.select_related("order__submission").get(pk=refill_number)
        if not refill.is_open or refill.amount is None:
            return
        self.door.tell("drop", order=refill.order.submission.external_id, by=-refill.amount)
        moderating.complete_by_hand(
            refill_number, by=self.staff, note="Brought back by another provider", now=now
        )


def requests_made() -> frozenset[str]:
    return frozenset(Order.objects.filter(request_id__startswith=_MARK).values_list("request_id", flat=True))


def _payment_id(customer: User, what: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"demo:{customer.email}:{what}")


def _request_id(number: int) -> str:
    return f"{_MARK}{number}"
