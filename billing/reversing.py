"""Money that was paid in and is gone again: the payer's bank took it back, or it was refunded to the payer (R-13).

What was lost of a payment is a total, of disputes and of refunds, and the books are settled to it: only the difference
is booked, so reports may come twice, late or in any order. With the money goes the same part of its bonus. A balance
may fall below zero by that: it is what was consumed without being paid. What comes back is booked the opposite way.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from django.db import transaction
from django.db.models import Sum

from accounts.models import User
from billing.ledger import Posting, customer_account, house_account, post
from billing.models import Dispute, Funding, LedgerAccount, Payment, Transfer
from billing.money import SMALLEST, ZERO
from billing.routes import AccountKind, TransferKind

REVERSALS = (
    TransferKind.CHARGEBACK,
    TransferKind.PAYMENT_REFUND,
    TransferKind.REINSTATEMENT,
    TransferKind.BONUS_REVERSAL,
    TransferKind.BONUS_RETURN,
)


@dataclass(frozen=True)
class Loss:
    """How much of one payment is gone, in the panel's currency."""

    refunded: Decimal
    disputed: Decimal

    @property
    def total(self) -> Decimal:
        return self.refunded + self.disputed


def lost_bonus(funding: Funding, *, received: Decimal, lost: Decimal) -> Decimal:
    """Return how much of the bonus goes with what is lost: the same part, 8 places, half up (R-13, W-44).

    Never more than there is: what was withdrawn, or given up by withdrawing, is not taken a second time.
    """
    share: Decimal = funding.bonus * min(lost, received) / received
    left: Decimal = funding.bonus - funding.bonus_forfeited - funding.bonus_withdrawn
    return min(share.quantize(SMALLEST, ROUND_HALF_UP), left)


def lost_in_disputes(payment: Payment, *, refunded: Decimal) -> Decimal:
    """Return how much of a payment its disputes have drawn away now (R-13, A-32).

    Of a payment by fraud all is gone: what no bank has drawn and nobody has refunded yet is ours to give back.
    """
    disputes = Dispute.objects.filter(payment=payment)
    drawn: Decimal = disputes.aggregate(total=Sum("drawn"))["total"] or ZERO
    if payment.received and disputes.filter(is_fraud=True).exists():
        not_refunded: Decimal = payment.received - refunded
        return max(drawn, not_refunded)
    return drawn


@transaction.atomic
def settle_refunds(
    payment: Payment, *, refunded: Decimal, now: datetime, actor: User | None = None
) -> Decimal:
    """Settle a payment to what was given back to its payer in all, beside what its disputes have drawn (R-13, A-23).

    Returns by how much the balance moved.
    """
    locked = _locked(payment)
    disputed = lost_in_disputes(locked, refunded=refunded)
    return settle_losses(payment, refunded=refunded, disputed=disputed, now=now, actor=actor)


@transaction.atomic
def settle_disputes(payment: Payment, *, now: datetime, actor: User | None = None) -> Decimal:
    """Settle a payment to what its disputes have drawn now, beside what was refunded of it (R-13, A-26, K-76).

    Returns by how much the balance moved.
    """
    locked = _locked(payment)
    disputed = lost_in_disputes(locked, refunded=locked.refunded)
    return settle_losses(payment, refunded=locked.refunded, disputed=disputed, now=now, actor=actor)


@transaction.atomic
def settle_losses(
    payment: Payment, *, refunded: Decimal, disputed: Decimal, now: datetime, actor: User | None = None
) -> Decimal:
    """Settle a payment to these totals, in the panel's currency, and return by how much the balance moved (R-13, W-44).

    `refunded` is all that was given back to the payer outside of withdrawals, `disputed` all that disputes have drawn
    away. Who knows only one of them calls settle_refunds or settle_disputes. More may be lost than was received, when
    a refunded payment is disputed as well: it was paid twice, and so the balance loses it twice. A payment that was
    never credited moves nothing. Locks the payment, the ledger account and the funding, in this order.
    """
    assert refunded >= ZERO, refunded
    assert disputed >= ZERO, disputed
    locked = _locked(payment)
    if locked.funding_id is None:
        return ZERO
    balance = LedgerAccount.objects.select_for_update(no_key=True).get(
        pk=customer_account(locked.customer).pk
    )
    funding = Funding.objects.select_for_update(no_key=True).get(pk=locked.funding_id)
    was, will = Loss(locked.refunded, locked.disputed), Loss(refunded, disputed)
    _Mover(locked, funding, balance, now, actor).move(was, will)
    Payment.objects.filter(pk=locked.pk).update(refunded=refunded, disputed=disputed)
    payment.refresh_from_db(fields=["refunded", "disputed", "funding"])
    moved: Decimal = LedgerAccount.objects.get(pk=balance.pk).balance - balance.balance
    return moved


def _locked(payment: Payment) -> Payment:
    payments = Payment.objects.select_for_update(of=("self",), no_key=True).select_related("customer")
    return payments.get(pk=payment.pk)


@dataclass
class _Mover:
    payment: Payment
    funding: Funding
    balance: LedgerAccount
    now: datetime
    actor: User | None

    def move(self, was: Loss, will: Loss) -> None:
        payer = self._came_from()
        self._cash(TransferKind.CHARGEBACK, payer, was.disputed, will.disputed)
        self._cash(TransferKind.PAYMENT_REFUND, payer, was.refunded, will.refunded)
        assert self.payment.received is not None
        bonus = lost_bonus(self.funding, received=self.payment.received, lost=will.total)
        self._bonus(self.funding.bonus_reversed, bonus)
        # What is lost twice is a debt of the balance; a funding loses no more than it gave.
        Funding.objects.filter(pk=self.funding.pk).update(
            cash_reversed=min(will.total, self.funding.cash), bonus_reversed=bonus
        )

    def _came_from(self) -> LedgerAccount:
        deposit = Transfer.objects.select_related("debit").filter(
            funding=self.funding, kind=TransferKind.DEPOSIT
        )
        return deposit.get().debit

    def _cash(self, kind: TransferKind, payer: LedgerAccount, was: Decimal, will: Decimal) -> None:
        if will > was:
            self._post(kind, self.balance, payer, will - was, f"{kind.value}:{will.normalize():f}")
        elif will < was:
            said = f"{kind.value}:{will.normalize():f}:back"
            self._post(TransferKind.REINSTATEMENT, payer, self.balance, was - will, said)

    def _bonus(self, was: Decimal, will: Decimal) -> None:
        given = house_account(AccountKind.BONUS_COST)
        said = f"bonus:{will.normalize():f}"
        if will > was:
            self._post(TransferKind.BONUS_REVERSAL, self.balance, given, will - was, said)
        elif will < was:
            self._post(TransferKind.BONUS_RETURN, given, self.balance, was - will, f"{said}:back")

    def _post(
        self, kind: TransferKind, debit: LedgerAccount, credit: LedgerAccount, amount: Decimal, said: str
    ) -> None:
        # The same total may be reached more than once, up and down again: the number of the move tells them apart.
        move = Transfer.objects.filter(funding=self.funding, kind__in=REVERSALS).count() + 1
        post(
            Posting(
                kind=kind,
                debit=debit,
                credit=credit,
                amount=amount,
                reference=f"payment:{self.payment.code}:{said}:{move}",
                funding=self.funding,
                actor=self.actor,
            ),
            now=self.now,
        )
