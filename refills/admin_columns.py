"""What the administration shows of a refill, its order and its way to the provider."""

from datetime import datetime

from django.contrib import admin
from django.urls import reverse
from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from orders.admin_queues import coloured
from refills.histories import end_count
from refills.models import Refill, RefillSubmission
from refills.promising import promise_of
from refills.telling import counted as in_digits

SHORT = 60
NOTHING = "-"


class RefillColumns:
    @admin.display(description=_("order"), ordering="order")
    def to_order(self, refill: Refill) -> SafeString:
        address = reverse("admin:orders_order_change", args=[refill.order_id])
        return format_html('<a href="{}">#{}</a>', address, str(refill.order_id))

    @admin.display(description=_("service"))
    def service(self, refill: Refill) -> str:
        return Truncator(f"{refill.order.service_id} {refill.order.service_name}").chars(2 * SHORT)

    @admin.display(description=_("link"))
    def link(self, refill: Refill) -> str:
        return refill.order.link

    @admin.display(description=_("state"), ordering="state")
    def coloured_state(self, refill: Refill) -> SafeString:
        return coloured(refill.state, refill.get_state_display())

    @admin.display(description=_("start count"))
    def start(self, refill: Refill) -> str:
        return _figure(promise_of(refill.order).start_count)

    @admin.display(description=_("quantity"))
    def quantity(self, refill: Refill) -> str:
        return _figure(refill.order.quantity)

    @admin.display(description=_("delivered"))
    def delivered(self, refill: Refill) -> str:
        return _figure(refill.order.delivered)

    @admin.display(description=_("count at the end"))
    def end(self, refill: Refill) -> str:
        return _figure(end_count(refill.order))

    @admin.display(description=_("guaranteed count"))
    def guaranteed_count(self, refill: Refill) -> str:
        return _figure(promise_of(refill.order).guaranteed)

    @admin.display(description=_("guarantee ends"))
    def guarantee_ends(self, refill: Refill) -> str:
        ends_at = promise_of(refill.order).ends_at
        return _moment(ends_at) if ends_at else str(_("never"))

    @admin.display(description=_("terms"))
    def terms(self, refill: Refill) -> SafeString:
        version = refill.order.terms_version
        return format_html('<a href="{}">{}</a>', version.get_absolute_url(), str(version))

    @admin.display(description=_("count"))
    def counted(self, refill: Refill) -> str:
        return NOTHING if refill.count is None else in_digits(refill.count)

    @admin.display(description=_("stated by the customer"))
    def stated(self, refill: Refill) -> str:
        return NOTHING if refill.stated_count is None else in_digits(refill.stated_count)

    @admin.display(description=_("units"), ordering="amount")
    def units(self, refill: Refill) -> str:
        return _figure(refill.amount)

    @admin.display(description=_("provider"))
    def provider(self, refill: Refill) -> str:
        sent = submission_of(refill)
        return str(sent.provider) if sent else str(_("none is asked"))

    @admin.display(description=_("state"))
    def handed_over(self, refill: Refill) -> SafeString | str:
        sent = submission_of(refill)
        return coloured(sent.state, sent.get_state_display()) if sent else NOTHING

    @admin.display(description=_("provider's refill number"))
    def number_there(self, refill: Refill) -> str:
        sent = submission_of(refill)
        return sent.external_id if sent and sent.external_id else NOTHING

    @admin.display(description=_("attempts"))
    def attempts(self, refill: Refill) -> str:
        sent = submission_of(refill)
        return _figure(sent.attempts if sent else None)

    @admin.display(description=_("sent at"))
    def sent_at(self, refill: Refill) -> str:
        sent = submission_of(refill)
        return _moment(sent.sent_at if sent else None)

    @admin.display(description=_("provider's words"))
    def words(self, refill: Refill) -> str:
        sent = submission_of(refill)
        said = f"{sent.why} {sent.verdict_words}".strip() if sent else ""
        return said or NOTHING


def _figure(number: int | None) -> str:
    return NOTHING if number is None else number_format(number)


def _moment(at: datetime | None) -> str:
    return date_format(localtime(at), "DATETIME_FORMAT") if at else NOTHING


def submission_of(refill: Refill | None) -> RefillSubmission | None:
    return getattr(refill, "submission", None)
