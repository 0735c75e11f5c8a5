"""The catalogue in the administration: staff import, describe, price, and decide what is on sale."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from billing.templatetags.money import rate
from catalog.admin_forms import ImportForm, MarkupField, ServiceActionForm, ServiceForm
from catalog.expecting import contradicted_services, expected_of
from catalog.importing import ImportReport, import_services
from catalog.models import Category, RateChange, Service
from catalog.reports import details_of, measured_words, summary_of
from catalog.repricing import reprice, set_rate
from catalog.selling import put_on_sale, take_off_sale
from providers.gateway import ProviderFault
from providers.gateways import gateway_for
from terms.versions import newest_version

NAME_SHOWN = 80
# What an import would overwrite, unless it is in our own words.
WORDING = frozenset(
    (
        "name",
        "description",
        "category",
        "platform",
        "metric",
        "guarantee_days",
        "stated_start",
        "stated_speed",
    )
)


@admin.register(Category)
class CategoryAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("name", "position", "service_count")
    list_editable = ("position",)
    search_fields = ("name",)
    ordering = ("position", "pk")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Category]:
        categories: QuerySet[Category] = super().get_queryset(request)
        return categories.annotate(count=Count("services"))

    @admin.display(description=_("services"), ordering="count")
    def service_count(self, category: Category) -> int:
        count: int = category.count  # type: ignore[attr-defined]
        return count


class RateChangeInline(admin.TabularInline):  # type: ignore[type-arg]
    model = RateChange
    fields = readonly_fields = ("changed_at", "old_rate", "new_rate", "changed_by")
    ordering = ("-changed_at", "-pk")
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Service | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Service | None = None) -> bool:
        return False


class WordsFilter(admin.SimpleListFilter):
    """Called non drop, and yet its orders drop (K-61)."""

    title = _("what its words say")
    parameter_name = "words"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("contradicted", gettext("drops more than it says"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Service]) -> QuerySet[Service]:
        version = newest_version()
        if self.value() != "contradicted" or version is None:
            return queryset
        return queryset.filter(pk__in=contradicted_services(version.rules.estimate))


@admin.register(Service)
class ServiceAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    form = ServiceForm
    action_form = ServiceActionForm
    change_list_template = "catalog/admin_services.html"
    list_display = (
        *("number", "short_name", "counter"),
        *("our_rate", "cost", "margin", "is_on_sale", "held_back"),
    )
    list_display_links = ("number", "short_name")
    list_filter = (
        WordsFilter,
        "is_on_sale",
        "held_back",
        "provider",
        "platform",
        "metric",
        "kind",
        "own_wording",
    )
    list_per_page = 50
    search_fields = ("name", "category__name", "=pk", "=provider_service")
    search_help_text = _("Name, category, our number or the provider's")
    ordering = ("category__position", "category_id", "position", "pk")
    autocomplete_fields = ("category",)
    actions = ("put_on_sale", "take_off_sale", "reprice")
    inlines = (RateChangeInline,)
    readonly_fields = (
        *(
            "measured",
            "kind",
            "cost",
            "markup_percent",
            "margin",
            "held_back",
            "provider",
            "provider_service",
        ),
        *("provider_refills", "provider_cancels", "seen_at"),
    )
    fieldsets = (
        (None, {"fields": ("name", "description", "category", "position", "platform", "metric", "kind")}),
        (
            _("Promises"),
            {"fields": ("guarantee_days", "stated_start", "stated_speed", "measured", "own_wording")},
        ),
        (
            _("Sale"),
            {"fields": ("is_on_sale", "held_back", "rate_per_1000", "cost", "markup_percent", "margin")},
        ),
        (_("Quantities"), {"fields": ("min_quantity", "max_quantity", "step", "allows_runs")}),
        (
            _("At the provider"),
            {"fields": ("provider", "provider_service", "provider_refills", "provider_cancels", "seen_at")},
        ),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # Services come from providers, by import.

    def has_delete_permission(self, request: HttpRequest, obj: Service | None = None) -> bool:
        return False  # Orders point here for ever; what is no longer sold is taken off sale.

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.import_view)
        return [path("import/", view, name="catalog_service_import"), *super().get_urls()]

    def save_model(self, request: HttpRequest, obj: Service, form: Any, change: bool) -> None:
        assert isinstance(request.user, User)
        if "rate_per_1000" in form.changed_data:
            set_rate(obj, rate_per_1000=obj.rate_per_1000, now=timezone.now(), by=request.user)
        if not WORDING.isdisjoint(form.changed_data) and "own_wording" not in form.changed_data:
            obj.own_wording = True
        super().save_model(request, obj, form, change)

    def import_view(self, request: HttpRequest) -> HttpResponse:
        if not (isinstance(request.user, User) and self.has_change_permission(request)):
            raise PermissionDenied
        form = ImportForm(request.POST or None, initial={"provider": request.GET.get("provider")})
        report = None
        if form.is_valid():
            is_preview = "preview" in request.POST
            report = self._import(form, by=request.user, dry_run=is_preview)
            if report and not is_preview:
                messages.success(request, summary_of(report))
                return redirect("admin:catalog_service_changelist")
        page = {
            **self.admin_site.each_context(request),
            "title": _("Import services"),
            "opts": self.opts,
            "form": form,
            "summary": report and summary_of(report),
            "details": list(details_of(report)) if report else [],
        }
        return render(request, "catalog/admin_import.html", page)

    def _import(self, form: ImportForm, *, by: User, dry_run: bool) -> ImportReport | None:
        provider = form.cleaned_data["provider"]
        try:
            offered = gateway_for(provider).services()
            return import_services(
                offered=offered, now=timezone.now(), by=by, dry_run=dry_run, **form.cleaned_data
            )
        except ProviderFault as fault:
            said = {"provider": provider.name, "words": fault.words or fault.kind}
            form.add_error(
                "provider", gettext("%(provider)s could not be asked for its services: %(words)s") % said
            )
        except ValidationError as refusal:
            form.add_error(None, refusal)
        return None

    @admin.display(description=_("no."), ordering="pk")
    def number(self, service: Service) -> str:
        return str(service.pk)

    @admin.display(description=_("name"), ordering="name")
    def short_name(self, service: Service) -> str:
        return service.name if len(service.name) <= NAME_SHOWN else f"{service.name[: NAME_SHOWN - 1]}…"

    @admin.display(description=_("for"), ordering="platform")
    def counter(self, service: Service) -> str:
        return f"{service.get_platform_display()}, {service.get_metric_display().lower()}"

    @admin.display(description=_("by its last orders"))
    def measured(self, service: Service) -> str:
        version = newest_version()
        return measured_words(expected_of(service, version.rules.estimate if version else None))

    @admin.display(description=_("our rate"), ordering="rate_per_1000")
    def our_rate(self, service: Service) -> SafeString:
        return rate(service.rate_per_1000)

    @admin.display(description=_("provider's rate"), ordering="provider_rate")
    def cost(self, service: Service) -> SafeString:
        return rate(service.provider_rate)

    @admin.display(description=_("margin"))
    def margin(self, service: Service) -> str:
        if not service.rate_per_1000:
            return "–"  # noqa: RUF001
        share = (service.rate_per_1000 - service.provider_rate) / service.rate_per_1000
        return f"{share * 100:.1f} %"

    @admin.action(description=_("Put on sale"), permissions=["change"])
    def put_on_sale(self, request: HttpRequest, services: QuerySet[Service]) -> None:
        put, left = put_on_sale(_numbers(services))
        self.message_user(
            request,
            ngettext("%(count)s service put on sale.", "%(count)s services put on sale.", put)
            % {"count": put},
        )
        if left:
            words = gettext(
                "%(count)s stay off sale: held back by an import, without a rate, or dearer for us than sold. "
                "Set their rate first."
            )
            self.message_user(request, words % {"count": left}, messages.WARNING)

    @admin.action(description=_("Take off sale"), permissions=["change"])
    def take_off_sale(self, request: HttpRequest, services: QuerySet[Service]) -> None:
        taken = take_off_sale(_numbers(services))
        words = ngettext("%(count)s service is off sale.", "%(count)s services are off sale.", taken)
        self.message_user(request, words % {"count": taken})

    @admin.action(description=_("Re-price at the mark-up beside"), permissions=["change"])
    def reprice(self, request: HttpRequest, services: QuerySet[Service]) -> None:
        assert isinstance(request.user, User)
        try:
            markup = MarkupField().clean(request.POST.get("markup_percent", ""))
        except ValidationError as refusal:
            words = gettext("Mark-up beside the action: %(refusal)s")
            self.message_user(request, words % {"refusal": " ".join(refusal.messages)}, messages.ERROR)
            return
        moved = reprice(_numbers(services), markup_percent=markup, now=timezone.now(), by=request.user)
        words = ngettext("%(count)s rate moved.", "%(count)s rates moved.", moved)
        self.message_user(request, words % {"count": moved})


def _numbers(services: QuerySet[Service]) -> list[int]:
    return list(services.values_list("pk", flat=True))
