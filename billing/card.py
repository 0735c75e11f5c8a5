"""Paying by card or bank debit on Stripe's own page: the panel never sees a card number."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from billing.methods import MethodUnknown, Opened, Outcome, Receipt, ReturnedRefund, Sight
from billing.minor_units import is_counted, least_payable, most_payable
from billing.models import Payment, Payout
from billing.money import ZERO
from billing.routes import AccountKind
from billing.stripe_gateway import CheckoutWish, StripeGateway, stripe_gateway
from billing.stripe_reports import IntentReport, RefundReport, SessionReport

OPEN_FOR = timedelta(hours=23)
# The last try failed for good: on an open page a customer may still try another card.
ENDED_INTENTS = frozenset({"requires_payment_method", "canceled"})


class CardPayment:
    name = "stripe"
    title = _("Card or bank debit")
    hint = _("At once by card. You pay on the page of Stripe; we never see the number of your card.")
    icon = "wallet"
    account = AccountKind.STRIPE
    is_confirmed_by_hand = False

    def is_offered(self) -> bool:
        return stripe_gateway() is not None and is_counted(settings.PANEL_CURRENCY)

    def limits(self) -> tuple[Decimal, Decimal]:
        currency = settings.PANEL_CURRENCY
        least = max(settings.PANEL_DEPOSIT_LEAST, least_payable(currency))
        return least, min(settings.PANEL_DEPOSIT_MOST, most_payable(currency))

    def open(self, payment: Payment, *, url: str, now: datetime) -> Opened:
        # From the row alone, so that asking again under the same key is the same question.
        wish = CheckoutWish(
            amount=payment.amount,
            currency=settings.PANEL_CURRENCY,
            title=f"{settings.PANEL_NAME}: balance",
            reference=payment.code,
            email=payment.customer.email,
            success_url=f"{url}?back=1",
            cancel_url=url,
            expires_at=payment.started_at + OPEN_FOR,
        )
        page = _gateway().create_checkout(wish, idempotency_key=f"payment:{payment.code}")
        return Opened(page.id, page.url, page.expires_at)

    def see(self, payment: Payment) -> Sight | None:
        if not payment.session_id:
            return None
        gateway = _gateway()
        page = gateway.session(payment.session_id)
        if not page.intent_id:
            return Sight(Outcome.EXPIRED if page.status == "expired" else Outcome.WAITING)
        intent = gateway.intent(page.intent_id)
        outcome = _outcome(page, intent)
        if outcome != Outcome.PAID:
            return Sight(outcome, intent.words)
        return _paid(gateway, payment, intent)


def _gateway() -> StripeGateway:
    gateway = stripe_gateway()
    if gateway is None:
        raise MethodUnknown
    return gateway


def _outcome(page: SessionReport, intent: IntentReport) -> Outcome:
    if page.is_paid or intent.status == "succeeded":
        return Outcome.PAID
    if page.status == "complete":
        return Outcome.FAILED if intent.status in ENDED_INTENTS else Outcome.PROCESSING
    return Outcome.EXPIRED if page.status == "expired" else Outcome.WAITING


def _paid(gateway: StripeGateway, payment: Payment, intent: IntentReport) -> Sight:
    charge = intent.charge
    receipt = Receipt(
        amount=intent.received,
        currency=intent.currency,
        intent_id=intent.id,
        charge_id=charge.id if charge else None,
        card=charge.card if charge else "",
        fingerprint=charge.fingerprint if charge else "",
        line_id=charge.line_id if charge else None,
        fee=charge.fee if charge else None,
    )
    if charge is None:
        return Sight(Outcome.PAID, receipt=receipt)
    is_touched = charge.refunded or payment.refunded or payment.payouts.exists()
    refunds = gateway.refunds_of(intent.id) if is_touched else []
    is_disputed = charge.is_disputed or payment.disputes.exists()
    return Sight(
        Outcome.PAID,
        receipt=receipt,
        refunded=_given_back(payment, refunds),
        failed_refunds=[ReturnedRefund(one.id, one.words) for one in refunds if not one.counts],
        disputes=gateway.disputes_of(intent.id) if is_disputed else [],
        is_warned=bool(gateway.warnings_of(intent.id)),
    )


def _given_back(payment: Payment, refunds: list[RefundReport]) -> Decimal:
    """What was refunded in the dashboard; what we paid out for withdrawals is no loss."""
    ours = set(Payout.objects.filter(payment=payment).values_list("external_id", flat=True))
    strange = [one for one in refunds if one.counts and one.id not in ours and "payout" not in one.metadata]
    return sum((one.amount for one in strange), ZERO)
