"""What waits for a person, counted: the first thing that staff see.

Each queue has an index of its own, and nothing is counted further than anybody would read.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.admin_webhooks import IN_TROUBLE
from accounts.models import Notice, User, WebhookEndpoint
from billing.deciding_disputes import worrying_payments
from billing.disputing import UNSETTLED
from billing.models import Dispute, Payment, PaymentState
from billing.sweeping import last_comparison
from billing.templatetags.money import MISSING, money_text
from billing.unfinished import unfinished
from catalog.expecting import contradicted_services
from catalog.models import Service
from orders.models import CaseState, Order, RefundBrake, RefundCase, Review, SpeedUp, SpeedUpState, Submission
from panel.books import last_proof
from providers.dispatch import DispatchState
from providers.models import Provider
from refills import queueing
from terms.versions import newest_version

MOST_COUNTED = 1000


@dataclass(frozen=True)
class Queue:
    """A figure with its name; the tone is good when nothing waits."""

    label: str | Promise
    figure: str
    href: str
    tone: str
    note: str = ""


def queues_for(user: User, *, now: datetime) -> list[Queue]:
    """Return the queues that this member of staff may look at."""
    return list(_queues(user, now))


def _queues(user: User, now: datetime) -> Iterator[Queue]:
    yield from _about_orders(user, now)
    if user.has_perm("refills.view_refill"):
        yield from _about_refills(now)
    if user.has_perm("billing.view_withdrawal"):
        yield from _about_withdrawals(now)
    if user.has_perm("catalog.view_service"):
        yield _contradicted()
    if user.has_perm("providers.view_provider"):
        paused = Provider.objects.active().exclude(paused_reason="")
        yield _waiting(gettext_lazy("Paused providers"), paused, "providers_provider_changelist", "warn")
    if user.has_perm("accounts.view_notice"):
        failing = Notice.objects.filter(mail_due_at__isnull=False, mail_attempts__gt=0)
        yield _waiting(
            gettext_lazy("Mails that do not get through"),
            failing,
            "accounts_notice_changelist",
            "warn",
            "?mail=owed",
        )
    if user.has_perm("accounts.view_webhookendpoint"):
        silent = WebhookEndpoint.objects.filter(IN_TROUBLE)
        page = "accounts_webhookendpoint_changelist"
        yield _waiting(gettext_lazy("Webhooks that fail"), silent, page, "warn", "?answers=no")
    yield from _about_money(user, now)


def _about_orders(user: User, now: datetime) -> Iterator[Queue]:
    if user.has_perm("orders.view_submission"):
        uncertain = Submission.objects.filter(state=DispatchState.UNCERTAIN)
        yield _waiting(gettext_lazy("Of unknown outcome"), uncertain, "orders_submission_changelist", "bad")
        due = Submission.objects.filter(state=DispatchState.DUE, due_at__lte=now)
        yield _waiting(
            gettext_lazy("Due to be sent"), due, "orders_submission_changelist", "warn", "?state=due"
        )
    if user.has_perm("orders.view_order"):
        marked = Order.objects.exclude(review=Review.NONE)
        yield _waiting(
            gettext_lazy("Orders to look at"), marked, "orders_order_changelist", "warn", "?look=any"
        )
        held = marked.filter(review=Review.PROHIBITED)
        yield _waiting(
            gettext_lazy("Held for their content"), held, "orders_order_changelist", "bad", "?look=prohibited"
        )
    if user.has_perm("orders.view_speedup"):
        wishes = SpeedUp.objects.filter(state=SpeedUpState.OPEN)
        yield _waiting(gettext_lazy("Wishes for more speed"), wishes, "orders_speedup_changelist", "warn")
    if user.has_perm("orders.view_refundcase"):
        cases = RefundCase.objects.filter(state=CaseState.OPEN)
        yield _waiting(gettext_lazy("Refunds under review"), cases, "orders_refundcase_changelist", "warn")
    if user.has_perm("orders.settle_order"):
        brakes = RefundBrake.objects.filter(brake_tripped_at__isnull=False)
        yield _waiting(gettext_lazy("Refund brakes"), brakes, "orders_refundbrake_changelist", "bad")


def _about_withdrawals(now: datetime) -> Iterator[Queue]:
    page = "billing_withdrawal_changelist"
    yield _waiting(gettext_lazy("Withdrawals not finished"), unfinished(), page, "warn")
    late = unfinished().filter(due_on__lt=timezone.localdate(now))
    # Seldom: shown only when somebody has waited too long.
    if late.exists():
        yield _waiting(gettext_lazy("Overdue withdrawals"), late, page, "bad", "?queue=overdue")


def _about_refills(now: datetime) -> Iterator[Queue]:
    page = "refills_refill_changelist"
    yield _waiting(gettext_lazy("Refills to judge or to do"), queueing.for_staff(), page, "warn")
    for label, refills, tone, query in (
        (
            gettext_lazy("Refills of unknown outcome"),
            queueing.of_unknown_outcome(),
            "bad",
            "?queue=uncertain",
        ),
        (
            gettext_lazy("Refills that should have begun"),
            queueing.overdue_to_begin(now),
            "warn",
            "?queue=late",
        ),
        (gettext_lazy("Refills open for over 72 h"), queueing.open_for_long(now), "warn", "?queue=over_72_h"),
        (gettext_lazy("Wishes for faster refills"), queueing.wished_faster(), "warn", "?queue=wish"),
    ):
        # Seldom needed: shown only when somebody waits.
        if refills.exists():
            yield _waiting(label, refills, page, tone, query)


def _about_money(user: User, now: datetime) -> Iterator[Queue]:
    if user.has_perm("billing.view_dispute"):
        yield from _about_disputes(now)
    if user.has_perm("billing.view_payment"):
        yield from _about_payments(user, now)
    if user.has_perm("billing.view_transfer"):
        yield _books(now)


def _about_payments(user: User, now: datetime) -> Iterator[Queue]:
    page = "billing_payment_changelist"
    payments = Payment.objects.all()
    if user.has_perm("billing.review_payment"):
        review = payments.filter(state=PaymentState.REVIEW)
        yield _waiting(
            gettext_lazy("Payments that do not match"), review, page, "bad", "?state__exact=review"
        )
    if user.has_perm("billing.confirm_payment"):
        by_hand = payments.filter(state=PaymentState.STARTED, method="bank")
        query = "?state__exact=started&method=bank"
        yield _waiting(gettext_lazy("Bank transfers to confirm"), by_hand, page, "warn", query)
    takes_cards = bool(settings.STRIPE_SECRET_KEY) and user.has_perm("billing.view_stripeevent")
    compared = last_comparison() if takes_cards else None
    if compared:
        note = _("Compared %(time)s ago.") % {"time": timesince(compared.at, now)}
        figure, tone = money_text(compared.difference), "bad" if compared.difference else "good"
        yield Queue(
            _("Difference at Stripe"), figure, reverse("admin:billing_stripeevent_changelist"), tone, note
        )


def _about_disputes(now: datetime) -> Iterator[Queue]:
    unsettled = Dispute.objects.filter(state__in=UNSETTLED)
    yield _waiting(gettext_lazy("Payment disputes"), unsettled, "billing_dispute_changelist", "bad")
    worrying, page = worrying_payments(now=now), "billing_payment_changelist"
    yield _waiting(gettext_lazy("Payments that may be fraud"), worrying, page, "bad", "?worry=fraud")


def _waiting(label: str | Promise, rows: QuerySet[Any], page: str, tone: str, query: str = "") -> Queue:
    count = rows.order_by()[: MOST_COUNTED + 1].count()
    figure = f"{MOST_COUNTED}+" if count > MOST_COUNTED else str(count)
    return Queue(label, figure, reverse(f"admin:{page}") + query, tone if count else "good")


def _contradicted() -> Queue:
    version = newest_version()
    numbers = contradicted_services(version.rules.estimate) if version else []
    return _waiting(
        gettext_lazy("Services that drop more than they say"),
        Service.objects.filter(pk__in=numbers),
        "catalog_service_changelist",
        "warn",
        "?words=contradicted",
    )


def _books(now: datetime) -> Queue:
    href = reverse("admin:billing_transfer_changelist")
    proof = last_proof()
    if proof is None:
        return Queue(_("The books"), MISSING, href, "warn", _("Not proven yet."))
    note = _("Proven %(time)s ago.") % {"time": timesince(proof.at, now)}
    found = ngettext("%(found)d difference", "%(found)d differences", proof.differences)
    return Queue(
        _("The books"),
        found % {"found": proof.differences},
        href,
        "bad" if proof.differences else "good",
        note,
    )
