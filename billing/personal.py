"""What the books keep about people. They can take all of it with them, and none of it is ever erased.

A transfer that could change afterwards would prove nothing; once the person is erased it names a number only.
"""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from accounts.keeping import ErasingStep, Portion, Row, blank, columns_of
from accounts.models import User
from billing.models import (
    CouponUse,
    Dispute,
    Funding,
    LedgerAccount,
    Payment,
    Payout,
    Transfer,
    Withdrawal,
    WithdrawalPart,
)
from billing.statement import whole_statement

_BOOKS = _(
    "The books keep every movement of money, as the law and an honest house want it; they name a number."
)


def _statement(person: User) -> Iterator[Row]:
    for line in whole_statement(person):
        yield (
            line.sequence,
            line.created_at,
            line.kind.value,
            line.order_number,
            line.reason,
            line.change,
            line.balance,
        )


PORTIONS = (
    Portion(
        "fundings",
        _(
            "Money that came to your balance: the part that you paid, the bonus, and the terms it was given under."
        ),
        ("number", "time", "kind", "cash", "bonus", "terms_version", "reason"),
        lambda person: columns_of(
            person.fundings.order_by("pk"),
            "pk",
            "credited_at",
            "kind",
            "cash",
            "bonus",
            "terms_version_id",
            "reason",
        ),
        (Funding,),
    ),
    Portion(
        "statement",
        _("Every line that moved your balance, and what it left there."),
        ("line", "time", "kind", "order", "reason", "change", "balance"),
        _statement,
        (Transfer, LedgerAccount),
    ),
    Portion(
        "payments",
        _("Payments that you started, and what became of them."),
        ("number", "started", "method", "amount", "bonus", "state", "terms_version", "card", "ended"),
        lambda person: columns_of(
            person.payments.order_by("pk"),
            "code",
            "started_at",
            "method",
            "amount",
            "bonus",
            "state",
            "terms_version_id",
            "card",
            "closed_at",
        ),
        (Payment,),
    ),
    Portion(
        "disputes",
        _("Disputes about your payments."),
        ("payment", "opened", "state", "amount", "reason", "closed"),
        lambda person: columns_of(
            Dispute.objects.filter(payment__customer=person).order_by("pk"),
            "payment__code",
            "opened_at",
            "state",
            "amount",
            "reason",
            "closed_at",
        ),
        (Dispute,),
    ),
    Portion(
        "withdrawals",
        _("Withdrawals that you asked for: what was taken, the fee, what became of it."),
        ("number", "requested", "state", "gross", "fee", "bonus_lost", "due", "ended", "note"),
        lambda person: columns_of(
            person.withdrawals.order_by("pk"),
            "pk",
            "requested_at",
            "state",
            "gross",
            "fee",
            "bonus_lost",
            "due_on",
            "closed_at",
            "note",
        ),
        (Withdrawal,),
    ),
    Portion(
        "withdrawal_parts",
        _("Which of your payments a withdrawal was taken from."),
        ("withdrawal", "funding", "cash", "bonus", "bonus_lost", "fee_percent"),
        lambda person: columns_of(
            WithdrawalPart.objects.filter(withdrawal__customer=person).order_by("pk"),
            "withdrawal_id",
            "funding_id",
            "cash",
            "bonus",
            "bonus_lost",
            "fee_percent",
        ),
        (WithdrawalPart,),
    ),
    Portion(
        "payouts",
        _("What was paid out to you, and in which way."),
        ("withdrawal", "way", "amount", "state", "paid"),
        lambda person: columns_of(
            Payout.objects.filter(withdrawal__customer=person).order_by("pk"),
            "withdrawal_id",
            "way",
            "amount",
            "state",
            "paid_at",
        ),
        (Payout,),
    ),
    Portion(
        "coupons",
        _("Coupons that you used."),
        ("coupon", "for", "worth", "used", "given_back"),
        lambda person: columns_of(
            person.coupon_uses.order_by("pk"), "coupon__code", "subject", "amount", "used_at", "returned_at"
        ),
        (CouponUse,),
    ),
)


def _erase_destinations(person: User, after: int, limit: int) -> int | None:
    """Nobody leaves while a withdrawal is open, so nobody has to know any more where the money went."""
    return blank(person.withdrawals.all(), after, limit, destination_sealed="")


ERASING: tuple[ErasingStep, ...] = (ErasingStep("withdrawals", _erase_destinations, (Withdrawal,)),)

NOT_TAKEN_OUT: dict[type, object] = {}
STAYS = dict.fromkeys(
    (
        Transfer,
        LedgerAccount,
        Funding,
        Payment,
        Dispute,
        WithdrawalPart,
        Payout,
        CouponUse,
    ),
    _BOOKS,
)
