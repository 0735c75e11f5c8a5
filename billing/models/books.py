"""The books. Every movement of money is one Transfer between two LedgerAccounts.

The database itself keeps the promises: rows of the books are never changed, a balance moves only by a transfer, no
customer pays with money that is not there, and no order gives back or earns more than it was charged.
"""

import pgtrigger
from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.triggers import refuse
from billing.money import MoneyField
from billing.routes import AccountKind, TransferKind
from billing.triggers import apply_transfer
from terms.models import TermsVersion

# The totals of a funding that withdrawals, forfeits and reversals move; all else of it stays as it was given.
LEAVINGS = ["cash_withdrawn", "bonus_withdrawn", "bonus_forfeited", "cash_reversed", "bonus_reversed"]


class LedgerAccount(models.Model):
    """An account of money. A customer's carries its balance; the house's are sums over their transfers."""

    name = models.CharField(max_length=60, unique=True)
    kind = models.CharField(max_length=20, choices=AccountKind.choices)
    owner = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="ledger_account",
    )
    balance = MoneyField(_("balance"), default=0)
    sequence = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("ledger account")
        verbose_name_plural = _("ledger accounts")
        constraints = [
            models.CheckConstraint(
                name="ledger_account_kind_is_known", condition=Q(kind__in=AccountKind.values)
            ),
            models.CheckConstraint(
                name="ledger_account_of_a_customer_has_an_owner",
                condition=Q(kind=AccountKind.CUSTOMER, owner__isnull=False)
                | (~Q(kind=AccountKind.CUSTOMER) & Q(owner__isnull=True)),
            ),
            models.CheckConstraint(
                name="ledger_account_of_the_house_keeps_no_balance",
                condition=Q(kind=AccountKind.CUSTOMER) | Q(balance=0, sequence=0),
            ),
        ]
        triggers = [
            refuse(
                "ledger_account_opens_empty",
                pgtrigger.Insert,
                condition=pgtrigger.Condition("NEW.balance <> 0 OR NEW.sequence <> 0"),
            ),
            # The trigger of a transfer runs one level deeper; nobody else may change an account.
            refuse("ledger_account_moves_by_transfer", pgtrigger.Update, unless="pg_trigger_depth() >= 2"),
            refuse("ledger_account_is_kept", pgtrigger.Delete),
            refuse("ledger_accounts_are_kept", pgtrigger.Truncate),
        ]

    def __str__(self) -> str:
        return self.name


class Funding(models.Model):
    """Money given to a balance: a cash part, a bonus part, and the terms it was given under."""

    class Kind(models.TextChoices):
        DEPOSIT = "deposit", _("deposit")
        GOODWILL = "goodwill", _("goodwill")

    customer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="fundings")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    cash = MoneyField(_("cash part"), default=0)
    bonus = MoneyField(_("bonus part"), default=0)
    terms_version = models.ForeignKey(TermsVersion, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(_("reason"), max_length=200)
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # Made by the form: sending the same form twice gives the money once.
    request_id = models.UUIDField(unique=True)
    credited_at = models.DateTimeField(_("credited"))
    # What has left it for good, as totals. Orders are not counted here: what they spent is derived.
    cash_withdrawn = MoneyField(_("cash withdrawn"), default=0)
    bonus_withdrawn = MoneyField(_("bonus withdrawn"), default=0)
    bonus_forfeited = MoneyField(_("bonus lost by withdrawing"), default=0)
    cash_reversed = MoneyField(_("cash taken back"), default=0)
    bonus_reversed = MoneyField(_("bonus taken back"), default=0)

    class Meta:
        verbose_name = _("funding")
        verbose_name_plural = _("fundings")
        indexes = [models.Index(fields=["customer", "credited_at", "id"], name="funding_by_customer_and_age")]
        constraints = [
            models.CheckConstraint(
                name="funding_kind_is_known", condition=Q(kind__in=["deposit", "goodwill"])
            ),
            models.CheckConstraint(
                name="funding_gives_something", condition=Q(cash__gte=0, bonus__gte=0) & ~Q(cash=0, bonus=0)
            ),
            models.CheckConstraint(
                name="funding_of_goodwill_is_all_bonus", condition=~Q(kind="goodwill") | Q(cash=0)
            ),
            # Cash may be withdrawn and then be charged back as well: each at most once.
            models.CheckConstraint(
                name="funding_cash_leaves_within_what_was_given",
                condition=Q(
                    cash_withdrawn__gte=0,
                    cash_withdrawn__lte=F("cash"),
                    cash_reversed__gte=0,
                    cash_reversed__lte=F("cash"),
                ),
            ),
            models.CheckConstraint(
                name="funding_bonus_leaves_within_what_was_given",
                condition=Q(
                    bonus_withdrawn__gte=0,
                    bonus_forfeited__gte=0,
                    bonus_reversed__gte=0,
                    bonus__gte=F("bonus_withdrawn") + F("bonus_forfeited") + F("bonus_reversed"),
                ),
            ),
        ]
        triggers = [
            refuse(
                "funding_stays_as_given", pgtrigger.Update, condition=pgtrigger.AnyChange(exclude=LEAVINGS)
            ),
            refuse("funding_is_kept", pgtrigger.Delete),
            refuse("fundings_are_kept", pgtrigger.Truncate),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Transfer(models.Model):
    """One movement of money. Never changed, never deleted; a mistake is corrected by another one."""

    reference = models.CharField(_("reference"), max_length=120, unique=True)
    kind = models.CharField(_("kind"), max_length=20, choices=TransferKind.choices)
    # The indexes below begin with these and with the customer: they need none of their own.
    debit = models.ForeignKey(
        LedgerAccount, on_delete=models.PROTECT, related_name="+", verbose_name=_("from"), db_index=False
    )
    credit = models.ForeignKey(
        LedgerAccount, on_delete=models.PROTECT, related_name="+", verbose_name=_("to"), db_index=False
    )
    amount = MoneyField(_("amount"))
    order_number = models.BigIntegerField(_("order"), null=True, blank=True)
    funding = models.ForeignKey(
        Funding, on_delete=models.PROTECT, null=True, blank=True, related_name="transfers"
    )
    withdrawal = models.ForeignKey(
        "billing.Withdrawal", on_delete=models.PROTECT, null=True, blank=True, related_name="transfers"
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    note = models.CharField(_("note"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("time"))
    # Stamped by the database when the transfer is stored: whose statement it belongs to, and what it left there.
    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        related_name="transfers",
        db_index=False,
    )
    sequence = models.BigIntegerField(null=True, editable=False)
    balance_after = MoneyField(_("balance after"), null=True, editable=False)

    class Meta:
        verbose_name = _("transfer")
        verbose_name_plural = _("transfers")
        indexes = [
            models.Index(
                fields=["order_number"], name="transfer_by_order", condition=Q(order_number__isnull=False)
            ),
            models.Index(fields=["debit", "kind"], name="transfer_by_debit"),
            models.Index(fields=["credit", "kind"], name="transfer_by_credit"),
            # A statement by kind, and by day: both are read from the index's end, however long the statement is.
            models.Index(fields=["customer", "kind", "sequence"], name="transfer_by_customer_and_kind"),
            models.Index(fields=["customer", "created_at", "sequence"], name="transfer_by_customer_and_time"),
            BrinIndex(fields=["created_at"], name="transfer_by_time", pages_per_range=32),
        ]
        constraints = [
            models.CheckConstraint(name="transfer_amount_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(name="transfer_between_two_accounts", condition=~Q(debit=F("credit"))),
            models.CheckConstraint(name="transfer_kind_is_known", condition=Q(kind__in=TransferKind.values)),
            models.CheckConstraint(
                name="transfer_for_an_order_names_it",
                condition=~Q(kind__in=["charge", "refund", "late_refund", "earning"])
                | Q(order_number__isnull=False),
            ),
            models.CheckConstraint(
                name="transfer_for_a_withdrawal_names_it",
                condition=~Q(
                    kind__in=[
                        "withdrawal",
                        "bonus_lost",
                        "withdrawal_back",
                        "bonus_back",
                        "payout",
                        "payout_returned",
                        "withdrawal_fee",
                        "bonus_kept",
                    ]
                )
                | Q(withdrawal__isnull=False),
            ),
            models.CheckConstraint(
                name="transfer_that_reverses_names_its_funding",
                condition=~Q(
                    kind__in=[
                        "chargeback",
                        "payment_refund",
                        "reinstatement",
                        "bonus_reversal",
                        "bonus_return",
                    ]
                )
                | Q(funding__isnull=False),
            ),
            models.UniqueConstraint(fields=["customer", "sequence"], name="transfer_sequence_has_no_twin"),
        ]
        triggers = [
            apply_transfer(),
            refuse("transfer_is_never_changed", pgtrigger.Update),
            refuse("transfer_is_never_deleted", pgtrigger.Delete),
            refuse("transfers_are_never_emptied", pgtrigger.Truncate),
        ]

    def __str__(self) -> str:
        return self.reference
