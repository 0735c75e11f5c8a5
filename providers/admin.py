from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.timesince import timesince
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from providers import health
from providers.addresses import endpoint_of
from providers.gateways import gateway_for
from providers.models import PauseReason, Provider


class ProviderForm(forms.ModelForm):  # type: ignore[type-arg]
    api_key = forms.CharField(
        label=_("API key"),
        required=False,
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Stored sealed and never shown again. Leave it empty to keep the key that is there."),
    )

    class Meta:
        model = Provider
        fields = (
            "name",
            "url",
            "currency",
            "is_active",
            "allow_private_address",
            "parallel_calls",
            "brake_orders_per_hour",
            "brake_refund_per_hour",
        )

    def clean_currency(self) -> str:
        return str(self.cleaned_data["currency"]).upper()

    def clean_api_key(self) -> str:
        key = str(self.cleaned_data["api_key"])
        if not key and not self.instance.encrypted_key:
            raise ValidationError(_("A new provider needs its API key."), code="required")
        return key

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "url" in cleaned:
            try:
                endpoint_of(cleaned["url"], allow_private=cleaned.get("allow_private_address", False))
            except ValidationError as refused:
                self.add_error("url", refused)
        return cleaned

    def save(self, commit: bool = True) -> Provider:
        if self.cleaned_data["api_key"]:
            self.instance.set_key(self.cleaned_data["api_key"])
        saved: Provider = super().save(commit)
        return saved


@admin.register(Provider)
class ProviderAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    form = ProviderForm
    list_display = ("name", "host", "condition", "money_there", "problem")
    list_filter = ("is_active", "paused_reason")
    search_fields = ("name", "url")
    ordering = ("name",)
    readonly_fields = ("condition", "money_there", "problem", "key_ending", "brake")
    actions = ("check_now", "pause", "resume")
    fieldsets = (
        (None, {"fields": ("name", "url", "allow_private_address", "currency", "api_key", "key_ending")}),
        (_("How it is doing"), {"fields": ("condition", "money_there", "problem", "brake")}),
        (_("Limits"), {"fields": ("is_active", "parallel_calls", *ProviderForm.Meta.fields[-2:])}),
    )

    def has_delete_permission(self, request: HttpRequest, obj: Provider | None = None) -> bool:
        return False  # Orders point here for ever; a provider that is no longer used is made inactive.

    @admin.display(description=_("host"), ordering="url")
    def host(self, provider: Provider) -> str:
        return provider.host

    @admin.display(description=_("state"))
    def condition(self, provider: Provider) -> str:
        if not provider.is_active:
            return gettext("Inactive: gets no orders.")
        if not provider.paused_reason:
            return gettext("Working.")
        reason = PauseReason(provider.paused_reason).label
        if provider.paused_until is None:
            return gettext("Paused until staff resume: %(reason)s.") % {"reason": reason}
        until = date_format(timezone.localtime(provider.paused_until), "SHORT_DATETIME_FORMAT")
        return gettext("Paused until %(until)s: %(reason)s.") % {"until": until, "reason": reason}

    @admin.display(description=_("balance"), ordering="balance")
    def money_there(self, provider: Provider) -> str:
        if provider.balance is None or provider.balance_checked_at is None:
            return gettext("Never checked.")
        return gettext("%(amount)s %(currency)s, checked %(time)s ago") % {
            "amount": number_format(provider.balance.normalize()),
            "currency": provider.currency,
            "time": timesince(provider.balance_checked_at),
        }

    @admin.display(description=_("last error"))
    def problem(self, provider: Provider) -> str:
        if provider.last_error_at is None:
            return gettext("None yet.")
        when = date_format(timezone.localtime(provider.last_error_at), "SHORT_DATETIME_FORMAT")
        return f"{when}: {provider.last_error}"

    @admin.display(description=_("stored API key"))
    def key_ending(self, provider: Provider) -> str:
        if not provider.encrypted_key:
            return gettext("None yet.")
        if not provider.key_hint:
            return gettext("Stored; too short to show its end.")
        return gettext("Stored; ends in %(end)s.") % {"end": provider.key_hint}

    @admin.display(description=_("refund brake"))
    def brake(self, provider: Provider) -> str:
        if provider.brake_tripped_at is None:
            return gettext("Not tripped: cancellations are refunded automatically.")
        when = date_format(timezone.localtime(provider.brake_tripped_at), "SHORT_DATETIME_FORMAT")
        return gettext("Tripped on %(when)s: refunds wait for staff.") % {"when": when}

    @admin.action(description=_("Check connection and balance now"), permissions=["change"])
    def check_now(self, request: HttpRequest, providers: QuerySet[Provider]) -> None:
        for provider in providers:
            balance = health.check_balance(provider, gateway_for(provider), now=timezone.now())
            provider.refresh_from_db()
            said = {"provider": provider.name, "balance": self.money_there(provider)}
            if balance is not None:
                self.message_user(request, gettext("%(provider)s answers: %(balance)s.") % said)
            else:
                self.message_user(request, f"{provider.name}: {provider.last_error}", messages.ERROR)

    @admin.action(description=_("Pause"), permissions=["change"])
    def pause(self, request: HttpRequest, providers: QuerySet[Provider]) -> None:
        for provider in providers:
            health.pause(provider, PauseReason.STAFF, until=None)
        self.message_user(request, gettext("Paused: orders for them wait until you resume."))

    @admin.action(description=_("Resume"), permissions=["change"])
    def resume(self, request: HttpRequest, providers: QuerySet[Provider]) -> None:
        for provider in providers:
            health.resume(provider)
        self.message_user(request, gettext("Resumed: waiting orders are sent again."))
