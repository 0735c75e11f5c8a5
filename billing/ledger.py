"""The one door to the books: money moves here and nowhere else.

A transfer is stored once under its permanent reference. Storing the same one again changes nothing; storing another
under the same reference is an error. A customer never pays with money that is not on the balance.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.refusals import Refusal
from billing.models import Funding, LedgerAccount, Transfer, Withdrawal
from billing.money import ZERO, shown_amount
from billing.routes import AccountKind, TransferKind


class InsufficientBalance(Refusal):
    code = "insufficient_balance"
    clause = "A-24, K-69"
    sentence = _("%(needed)s needed, %(available)s available.")


class ReferenceReused(Exception):
    """The same reference was used for another movement of money: a bug or a fraud, never a repeat."""


@dataclass(frozen=True)
class Posting:
    """What a transfer says, apart from whose it is and when."""

    kind: TransferKind
    debit: LedgerAccount
    credit: LedgerAccount
    amount: Decimal
    reference: str
    order_number: int | None = None
    funding: Funding | None = None
    withdrawal: Withdrawal | None = None
    actor: User | None = None
    note: str = ""


def balance_of(customer: User) -> Decimal:
    """Return what the customer may spend."""
    account = LedgerAccount.objects.filter(owner=customer).first()
    return account.balance if account else ZERO


def customer_account(customer: User) -> LedgerAccount:
    account, _created = LedgerAccount.objects.get_or_create(
        owner=customer, defaults={"name": f"customer:{customer.pk}", "kind": AccountKind.CUSTOMER}
    )
    return account


def house_account(kind: AccountKind, which: object = "") -> LedgerAccount:
    """Return the house's account of this kind; `which` tells one provider's from another's."""
    name = f"{kind.value}:{which}" if which else kind.value
    account, _created = LedgerAccount.objects.get_or_create(name=name, defaults={"kind": kind})
    return account


def house_balance(kind: AccountKind) -> Decimal:
    """Return what has come into the house's accounts of this kind, less what has gone out, summed from the books."""
    came = Transfer.objects.filter(credit__kind=kind).aggregate(total=Sum("amount"))["total"] or ZERO
    went = Transfer.objects.filter(debit__kind=kind).aggregate(total=Sum("amount"))["total"] or ZERO
    return came - went


def transfers_of_order(order_number: int) -> QuerySet[Transfer]:
    """Every movement of money that belongs to one order, in the order of booking."""
    transfers = Transfer.objects.filter(order_number=order_number)
    return transfers.select_related("debit", "credit", "actor").order_by("pk")


def post(posting: Posting, *, now: datetime) -> Transfer:
    """Store one transfer, or return the one stored before under the same reference.

    Raises InsufficientBalance, or ReferenceReused when that reference says something else. Needs a transaction.
    """
    assert transaction.get_connection().in_atomic_block, "money moves inside the transaction that explains it"
    try:
        with transaction.atomic():
            return Transfer.objects.create(
                reference=posting.reference,
                kind=posting.kind,
                debit=posting.debit,
                credit=posting.credit,
                amount=posting.amount,
                order_number=posting.order_number,
                funding=posting.funding,
                withdrawal=posting.withdrawal,
                actor=posting.actor,
                note=posting.note,
                created_at=now,
            )
    except IntegrityError as error:
        return _answer_refused_insert(posting, error)


def _answer_refused_insert(posting: Posting, error: IntegrityError) -> Transfer:
    # First of all: a repeat is a repeat even when the balance no longer covers it.
    earlier = Transfer.objects.filter(reference=posting.reference).first()
    if earlier is not None:
        if not _says_the_same(earlier, posting):
            raise ReferenceReused(posting.reference) from error
        return earlier
    constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "")
    if constraint == "balance_covers_the_debit":
        account = LedgerAccount.objects.get(pk=posting.debit.pk)
        raise InsufficientBalance(
            needed=shown_amount(posting.amount), available=shown_amount(account.balance)
        ) from error
    raise error


def _says_the_same(earlier: Transfer, posting: Posting) -> bool:
    return (earlier.kind, earlier.debit_id, earlier.credit_id, earlier.amount, earlier.order_number) == (
        posting.kind,
        posting.debit.pk,
        posting.credit.pk,
        posting.amount,
        posting.order_number,
    )


def charge_order(*, customer: User, order_number: int, amount: Decimal, now: datetime) -> Transfer:
    """Take an order's charge from the balance and hold it until the order is settled (R-2).

    Raises InsufficientBalance.
    """
    return post(
        Posting(
            kind=TransferKind.CHARGE,
            debit=customer_account(customer),
            credit=house_account(AccountKind.HELD),
            amount=amount,
            reference=f"order:{order_number}:charge",
            order_number=order_number,
        ),
        now=now,
    )


def refund_order(
    *,
    customer: User,
    order_number: int,
    amount: Decimal,
    total: Decimal,
    earned: bool,
    now: datetime,
    actor: User | None = None,
    note: str = "",
) -> Transfer:
    """Give part of an order's charge back to the balance (R-4, K-66, K-67).

    `total` is all that is refunded of this order after this: it makes the reference, so the same refund is given once.
    `earned` says that the house had already booked the money as revenue, so it is paid back from there.
    """
    return post(
        Posting(
            kind=TransferKind.LATE_REFUND if earned else TransferKind.REFUND,
            debit=house_account(AccountKind.REVENUE if earned else AccountKind.HELD),
            credit=customer_account(customer),
            amount=amount,
            reference=f"order:{order_number}:refund:{total.normalize():f}",
            order_number=order_number,
            actor=actor,
            note=note,
        ),
        now=now,
    )


def earn_order(*, order_number: int, amount: Decimal, total: Decimal, now: datetime) -> Transfer:
    """Move the delivered part of an order's charge from held to revenue. `total` is all earned of it after this."""
    return post(
        Posting(
            kind=TransferKind.EARNING,
            debit=house_account(AccountKind.HELD),
            credit=house_account(AccountKind.REVENUE),
            amount=amount,
            reference=f"order:{order_number}:earning:{total.normalize():f}",
            order_number=order_number,
        ),
        now=now,
    )


def book_unknown_loss(
    *, provider_id: int, order_number: int, amount: Decimal, actor: User | None, now: datetime
) -> Transfer:
    """Book what a provider may have taken for an order whose outcome never became known."""
    return post(
        Posting(
            kind=TransferKind.UNKNOWN_LOSS,
            debit=house_account(AccountKind.UNKNOWN_LOSS),
            credit=house_account(AccountKind.PROVIDER, provider_id),
            amount=amount,
            reference=f"order:{order_number}:unknown_loss",
            order_number=order_number,
            actor=actor,
        ),
        now=now,
    )
