"""What people decide about disputes and fraud: that the orders end, that a card was stolen, that all is well again.

The bank's word takes money; ending somebody's orders and closing an account is a right of ours that a person uses,
with a name and a reason. Fraud ends an account without exception, and nothing here brings such an account back.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _

from accounts.models import AccountState, NoticeKind, User
from accounts.notices import notify
from accounts.refusals import Refusal
from accounts.standing import change_state
from billing.disputing import UNSETTLED, NotCredited, lock_payment, warned_payments
from billing.ledger import Posting, house_account, post
from billing.models import Dispute, DisputeState, LedgerAccount, Payment, PaymentState, Transfer
from billing.money import ZERO
from billing.reversing import settle_disputes
from billing.routes import AccountKind, TransferKind
from billing.templatetags.money import money_text
from billing.withdrawing import stop_withdrawals

# Over these a customer's orders may be ended: the bank has really asked the money back.
REAL = (DisputeState.OPEN, DisputeState.LOST)
OVER_FOR_GOOD = (DisputeState.WON, DisputeState.CLOSED)


class NothingToTerminate(Refusal):
    code = "nothing_to_terminate"
    clause = "A-26, K-76"
    sentence = _("This dispute is “%(state)s”: orders end only over one that is open or lost, and only once.")


class StillDisputed(Refusal):
    code = "still_disputed"
    clause = "A-26, K-76"
    sentence = _("Payment %(payment)s is “%(state)s”: the account opens again when that is over.")


class NoDebt(Refusal):
    code = "no_debt"
    sentence = _("The balance is %(balance)s: nothing is owed.")


class NotLost(Refusal):
    code = "not_lost"
    sentence = _("Only what a lost dispute has left is written off; this one is “%(state)s”.")


@dataclass(frozen=True)
class Termination:
    """Orders that a dispute ends: those that were placed until then, and with them, or not, older guarantees."""

    dispute: int
    customer: int
    payment: str
    at: datetime
    ends_guarantees: bool


@transaction.atomic
def confirm_termination(dispute: Dispute, *, by: User, note: str, now: datetime) -> Dispute:
    """Decide that the customer's orders end, and what of the account stays open, by the payment's terms (A-26, K-76).

    Where the terms close the access the account is suspended and its keys end (A-27); else it stays readable. A sweep
    ends the orders. Raises NothingToTerminate.
    """
    payment = lock_payment(dispute.payment)
    locked = _lock(dispute)
    if locked.state not in REAL or locked.terminated_at:
        raise NothingToTerminate(state=locked.get_state_display())
    rules = payment.terms_version.rules.dispute
    locked.terminated_at, locked.terminated_by, locked.note = now, by, note
    locked.ends_guarantees = rules.terminate_orders == "open_scheduled_guarantees"
    locked.save()
    customer = User.objects.get(pk=payment.customer_id)
    to = AccountState.SUSPENDED if rules.access == "closed" else AccountState.FROZEN
    if customer.state == AccountState.ACTIVE or (
        customer.state == AccountState.FROZEN and to == AccountState.SUSPENDED
    ):
        change_state(customer=customer, to=to, why=note, by=by, now=now)
    _tell_termination(locked, customer, now=now)
    return locked


def mark_fraud(payment: Payment, *, by: User, note: str, now: datetime) -> Dispute:
    """A stolen or unauthorised card: the account is terminated, without exception (A-32, K-77, K-78).

    The deposit and its bonus leave the balance, orders and guarantees end, withdrawals are stopped. What no bank has
    drawn yet is to be refunded to the card's owner at the processor; that refund then takes nothing a second time.
    Call it outside of any transaction. Raises NotCredited.
    """
    if payment.funding_id is None or payment.received is None:
        raise NotCredited(payment=payment.code)
    customer = User.objects.get(pk=payment.customer_id)
    if customer.state != AccountState.TERMINATED:
        change_state(customer=customer, to=AccountState.TERMINATED, why=note, by=by, now=now)
    stop_withdrawals(customer, note, now, by)
    return _reverse_for_fraud(payment, by=by, note=note, now=now)


@transaction.atomic
def _reverse_for_fraud(payment: Payment, *, by: User, note: str, now: datetime) -> Dispute:
    locked = lock_payment(payment)
    known = Dispute.objects.select_for_update(of=("self",), no_key=True).filter(payment=locked)
    dispute = known.filter(is_fraud=True).first() or known.filter(state__in=REAL).first()
    if dispute is None:
        dispute = Dispute(
            payment=locked,
            state=DisputeState.LOST,
            amount=locked.received,
            opened_at=now,
            closed_at=now,
            registered_by=by,
        )
    if dispute.terminated_at is None:
        dispute.terminated_at, dispute.terminated_by, dispute.orders_ended_at = now, by, None
    dispute.is_fraud = dispute.ends_guarantees = True
    dispute.note = note
    dispute.save()
    settle_disputes(locked, now=now, actor=by)
    return dispute


@transaction.atomic
def reopen(dispute: Dispute, *, by: User, note: str, now: datetime) -> None:
    """Open the account again after a dispute was won or dropped: guarantees live again, orders stay ended (R-13).

    Raises StillDisputed while this or another payment of the customer is disputed, NoSuchChange for an account that
    has no way back (A-32, K-78).
    """
    payment = lock_payment(dispute.payment)
    customer = User.objects.get(pk=payment.customer_id)
    others = Dispute.objects.filter(payment__customer=customer)
    in_the_way = others.filter(Q(state__in=UNSETTLED) | Q(pk=dispute.pk)).exclude(state__in=OVER_FOR_GOOD)
    open_one = in_the_way.select_related("payment").first()
    if open_one:
        raise StillDisputed(payment=open_one.payment.code, state=open_one.get_state_display())
    change_state(customer=customer, to=AccountState.ACTIVE, why=note, by=by, now=now)


@transaction.atomic
def write_off(dispute: Dispute, *, by: User, note: str, now: datetime) -> Decimal:
    """Give up what the customer still owes after a lost dispute: our loss. Returns how much (R-13).

    Raises NotLost, or NoDebt when nothing is owed.
    """
    payment = lock_payment(dispute.payment)
    locked = _lock(dispute)
    if locked.state != DisputeState.LOST:
        raise NotLost(state=locked.get_state_display())
    account = LedgerAccount.objects.select_for_update(no_key=True).get(owner=payment.customer_id)
    if account.balance >= ZERO:
        raise NoDebt(balance=money_text(account.balance))
    before = Transfer.objects.filter(customer=payment.customer_id, kind=TransferKind.WRITE_OFF).count()
    post(
        Posting(
            kind=TransferKind.WRITE_OFF,
            debit=house_account(AccountKind.CHARGEBACK_LOSS),
            credit=account,
            amount=-account.balance,
            reference=f"dispute:{locked.pk}:write_off:{before + 1}",
            actor=by,
            note=note[:200],
        ),
        now=now,
    )
    return Decimal(-account.balance)


def terminations_owed(*, limit: int = 20) -> list[Termination]:
    """Return whose orders are still to be ended, the oldest decision first (R-13)."""
    owed = _terminated().filter(_still_counts(), orders_ended_at=None).order_by("terminated_at")
    return [_termination(dispute) for dispute in owed[:limit]]


def note_orders_ended(dispute: int, *, now: datetime) -> None:
    """The sweep has ended what could be ended."""
    Dispute.objects.filter(pk=dispute, orders_ended_at=None).update(orders_ended_at=now)


def terminations_of(customer: User) -> Iterator[Termination]:
    """Yield what ended the customer's orders and guarantees; a dispute that was won did not, unless by fraud (K-76)."""
    standing = _terminated().filter(_still_counts(), payment__customer=customer)
    return map(_termination, standing)


def customers_with_terminations() -> QuerySet[Dispute, int]:
    """Return the numbers of the customers whose orders were ended, to look for in other tables."""
    return _terminated().filter(_still_counts()).values_list("payment__customer", flat=True)


def accounts_sharing_a_card() -> QuerySet[Payment]:
    """Return payments by cards that were used for fraud, of accounts that are not terminated (A-32, K-77)."""
    stolen = Payment.objects.filter(disputes__is_fraud=True).exclude(fingerprint="").values("fingerprint")
    shared = Payment.objects.filter(fingerprint__in=stolen, state=PaymentState.PAID)
    return shared.exclude(customer__state=AccountState.TERMINATED)


def worrying_payments(*, now: datetime) -> QuerySet[Payment]:
    """Return the payments that staff should look at for fraud: their banks warn, or the card is known for it (A-32)."""
    warned, shared = warned_payments(now=now).values("pk"), accounts_sharing_a_card().values("pk")
    return Payment.objects.filter(Q(pk__in=warned) | Q(pk__in=shared))


def _terminated() -> QuerySet[Dispute]:
    return Dispute.objects.filter(terminated_at__isnull=False).select_related("payment")


def _still_counts() -> Q:
    return Q(is_fraud=True) | ~Q(state__in=OVER_FOR_GOOD)


def _termination(dispute: Dispute) -> Termination:
    assert dispute.terminated_at is not None
    return Termination(
        dispute.pk,
        dispute.payment.customer_id,
        dispute.payment.code,
        dispute.terminated_at,
        dispute.ends_guarantees,
    )


def _lock(dispute: Dispute) -> Dispute:
    disputes = Dispute.objects.select_for_update(of=("self",), no_key=True).select_related("payment")
    return disputes.get(pk=dispute.pk)


def _tell_termination(dispute: Dispute, customer: User, *, now: datetime) -> None:
    ended = translate(
        "Orders that are not finished are cancelled as far as that is possible; what was not delivered reduces what "
        "you owe. What cannot be stopped runs out, without refill."
    )
    if dispute.ends_guarantees:
        ended = f"{ended} {translate('The guarantees of finished orders have ended as well.')}"
    notify(
        customer=customer,
        kind=NoticeKind.ACCOUNT,
        title=translate("Your orders end over the dispute of payment %(payment)s")
        % {"payment": dispute.payment.code},
        text=ended,
        now=now,
    )
