"""The books in the administration: staff look, and give money by one form. Nobody types into a balance."""

from decimal import Decimal
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import Case, DecimalField, F, OuterRef, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from billing.admin_disputes import DisputeAdmin
from billing.admin_payments import (
    BonusTierAdmin,
    CouponAdmin,
    CouponUseAdmin,
    PaymentAdmin,
    StripeEventAdmin,
)
from billing.admin_withdrawals import WithdrawalAdmin
from billing.forms import FundingForm
from billing.funding import give_funding
from billing.ledger import balance_of
from billing.models import (
    BonusTier,
    Coupon,
    CouponUse,
    Dispute,
    Funding,
    LedgerAccount,
    Payment,
    StripeEvent,
    Transfer,
    Withdrawal,
)
from billing.routes import AccountKind
from billing.templatetags.money import money, money_text

MONEY = DecimalField(max_digits=30, decimal_places=8)


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts no further than people turn pages: counting a table of millions takes longer than reading it."""

    most = 10_000

    @cached_property
    def count(self) -> int:
        rows: QuerySet[Any] = self.object_list  # type: ignore[assignment]
        return rows.order_by()[: self.most].count()


class LookOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    show_full_result_count = False
    paginator = BoundedPaginator

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(LedgerAccount)
class LedgerAccountAdmin(LookOnlyAdmin):
    list_display = ["name", "kind", "owner", "has_now"]
    list_filter = ["kind"]
    list_select_related = ["owner"]
    search_fields = ["name", "owner__email"]
    fields = ["name", "kind", "owner", "has_now", "sequence"]
    readonly_fields = ["has_now"]
    ordering = ["pk"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[LedgerAccount]:
        # A customer's balance is kept; the house's is summed, and only for the rows on the page.
        accounts: QuerySet[LedgerAccount] = super().get_queryset(request)
        summed = _moved("credit") - _moved("debit")
        return accounts.annotate(
            now=Case(When(kind=AccountKind.CUSTOMER, then=F("balance")), default=summed, output_field=MONEY)
        )

    @admin.display(description=_("balance"))
    def has_now(self, account: LedgerAccount) -> SafeString:
        return money(account.now)  # type: ignore[attr-defined]


def _moved(side: str) -> Coalesce:
    total = (
        Transfer.objects.filter(**{side: OuterRef("pk")})
        .order_by()
        .values(side)
        .annotate(total=Sum("amount"))
    )
    return Coalesce(Subquery(total.values("total")), Value(Decimal(0)), output_field=MONEY)


@admin.register(Transfer)
class TransferAdmin(LookOnlyAdmin):
    list_display = [
        "reference",
        "created_at",
        "kind",
        "debit",
        "credit",
        "moved",
        "customer",
        "left",
        "actor",
    ]
    list_filter = ["kind"]
    list_select_related = ["debit", "credit", "customer", "actor"]
    search_fields = ["reference"]
    search_help_text = _(
        "The beginning of a reference, an order number, or a customer's whole e-mail address"
    )
    fields = [
        "reference",
        "kind",
        "debit",
        "credit",
        "moved",
        "order_number",
        "funding",
        "actor",
        "note",
        "created_at",
        "customer",
        "sequence",
        "left",
    ]
    readonly_fields = ["customer", "sequence", "moved", "left"]
    ordering = ["-pk"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Transfer], search_term: str
    ) -> tuple[QuerySet[Transfer], bool]:
        """Each way of searching has an index of its own."""
        term = search_term.strip()
        if not term:
            return queryset, False
        if term.isdecimal():
            return queryset.filter(order_number=min(int(term), 2**63 - 1)), False
        if "@" in term:
            return queryset.filter(customer__email=term.lower()), False
        return queryset.filter(reference__startswith=term), False

    @admin.display(description=_("amount"))
    def moved(self, transfer: Transfer) -> SafeString:
        return money(transfer.amount)

    @admin.display(description=_("balance after"))
    def left(self, transfer: Transfer) -> SafeString:
        return money(transfer.balance_after)


@admin.register(Funding)
class FundingAdmin(LookOnlyAdmin):
    list_display = ["credited_at", "customer", "kind", "cash_part", "bonus_part", "reason", "given_by"]
    list_filter = ["kind"]
    list_select_related = ["customer", "given_by"]
    search_fields = ["customer__email", "reason"]
    fields = [
        "customer",
        "kind",
        "cash_part",
        "bonus_part",
        "reason",
        "given_by",
        "terms_version",
        "credited_at",
    ]
    readonly_fields = ["cash_part", "bonus_part"]
    ordering = ["-pk"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("billing.add_funding")

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        # Not Django's own form: that would run inside a transaction, and money wants one to itself.
        if not (isinstance(request.user, User) and self.has_add_permission(request)):
            raise PermissionDenied
        form = FundingForm(request.POST or None, initial={"customer": request.GET.get("customer", "")})
        if form.is_valid():
            try:
                funding = give_funding(given_by=request.user, now=timezone.now(), **form.cleaned_data)
            except ValidationError as refusal:
                form.add_error(None, refusal)
            else:
                messages.success(request, _given(funding))
                return redirect("admin:billing_funding_changelist")
        page = {
            **self.admin_site.each_context(request),
            "title": _("Give money to a customer"),
            "opts": self.opts,
            "form": form,
        }
        return render(request, "billing/give_funding.html", page | (extra_context or {}))

    @admin.display(description=_("cash part"))
    def cash_part(self, funding: Funding) -> SafeString:
        return money(funding.cash)

    @admin.display(description=_("bonus part"))
    def bonus_part(self, funding: Funding) -> SafeString:
        return money(funding.bonus)


def _given(funding: Funding) -> str:
    return _now("%(amount)s given to %(customer)s, whose balance is now %(balance)s.") % {
        "amount": money_text(funding.cash + funding.bonus),
        "customer": funding.customer,
        "balance": money_text(balance_of(funding.customer)),
    }


admin.site.register(Withdrawal, WithdrawalAdmin)
admin.site.register(Payment, PaymentAdmin)
admin.site.register(StripeEvent, StripeEventAdmin)
admin.site.register(BonusTier, BonusTierAdmin)
admin.site.register(Coupon, CouponAdmin)
admin.site.register(CouponUse, CouponUseAdmin)
admin.site.register(Dispute, DisputeAdmin)
