"""The evidence pack of a dispute: what the payer agreed to, when they came in, what they ordered and received (F-19).

A paper that a bank reads, and beside it the tables that it was made from, each as CSV and as JSON, with the terms as
they were accepted. Everything is about one person, so it leaves the panel only by the hand of who decides disputes.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.db.models import Max, Sum
from django.utils.formats import date_format, number_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts.models import SignIn, User
from billing.models import Dispute, Payment
from billing.money import ZERO
from billing.pdf import Paper
from billing.templatetags.money import money_text
from orders.models import Order
from orders.states import OrderState
from panel.privacy.everything import PORTIONS
from panel.privacy.exporting import csv_lines, json_lines, zipped
from terms.models import Acceptance

# What speaks about the dispute; the rest of what is kept about a person does not leave.
WANTED = (
    "profile",
    "email_addresses",
    "sign_ins",
    "account_states",
    "notices",
    "acceptances",
    "payments",
    "fundings",
    "statement",
    "disputes",
    "withdrawals",
    "orders",
    "order_courses",
    "drip_feeds",
    "refund_cases",
    "case_messages",
    "tickets",
    "ticket_messages",
    "refills",
    "sightings",
)
# Nobody reads more on paper; all of it is in the tables.
MOST_SIGN_INS, MOST_ORDERS = 60, 500


def disputed(number: int) -> Dispute | None:
    """Return the dispute with all that its evidence begins from."""
    disputes = Dispute.objects.select_related(
        "payment__customer", "payment__terms_version", "payment__funding"
    )
    return disputes.filter(pk=number).first()


def evidence_name(dispute: Dispute, *, now: datetime) -> str:
    return f"evidence-{dispute.payment.code}-{localtime(now):%Y-%m-%d}.zip"


def evidence_of(dispute: Dispute, *, now: datetime) -> Iterator[bytes]:
    """Yield the pack as a zip file, while it is made (F-19, A-25, K-75)."""
    return zipped(_files(dispute, now=now), now=now)


def evidence_paper(dispute: Dispute, *, now: datetime) -> bytes:
    """Return the paper of the pack as a PDF (F-19, A-25, K-75)."""
    payment = dispute.payment
    paper = Paper(
        _("Evidence for payment %(payment)s") % {"payment": payment.code},
        at=now,
        lines=(
            _("Dispute %(dispute)s, made on %(date)s") % {"dispute": dispute, "date": _time(now)},
            *settings.PANEL_OPERATOR.splitlines(),
        ),
        foot=f"{settings.PANEL_URL} · {payment.code}",
    )
    _add_payment(paper, dispute)
    _add_agreement(paper, payment)
    _add_sign_ins(paper, payment.customer)
    _add_orders(paper, payment)
    paper.heading(_("The terms as accepted: version %(number)s") % {"number": payment.terms_version_id})
    paper.text(payment.terms_version.text)
    return paper.content()


def _files(dispute: Dispute, *, now: datetime) -> Iterator[tuple[str, Iterable[str | bytes]]]:
    version = dispute.payment.terms_version
    yield "evidence.pdf", (evidence_paper(dispute, now=now),)
    yield f"terms-version-{version.pk}.txt", (f"sha256 {version.digest}\n\n", version.text)
    for portion in PORTIONS:
        if portion.name in WANTED:
            yield f"csv/{portion.name}.csv", csv_lines(portion, dispute.payment.customer)
            yield f"json/{portion.name}.json", json_lines(portion, dispute.payment.customer)


def _add_payment(paper: Paper, dispute: Dispute) -> None:
    payment, customer = dispute.payment, dispute.payment.customer
    paper.heading(_("The payment"))
    facts = [
        (_("Number"), payment.code),
        (_("Number at the processor"), payment.charge_id or payment.intent_id or "-"),
        (_("Started"), _time(payment.started_at)),
        (_("Received"), f"{_amount(payment.received or ZERO)}, {_time(payment.closed_at)}"),
        (_("Method"), " ".join(filter(None, (payment.method, payment.card)))),
        (_("Credited to the balance of"), customer.email),
    ]
    if payment.bonus:
        facts.append((_("Bonus given with it"), _amount(payment.bonus)))
    facts += [
        (_("Account since"), _time(customer.date_joined)),
        (_("Refunded of it since"), _amount(payment.refunded)),
        (_("Disputed"), f"{_amount(dispute.amount)}, {_time(dispute.opened_at)}"),
        (_("Reason, as the bank has it"), dispute.reason or "-"),
    ]
    paper.facts(facts)


def _add_agreement(paper: Paper, payment: Payment) -> None:
    paper.heading(_("What was agreed to"))
    paper.text(
        _(
            "Before paying, each customer is shown the terms, and ticks that a payment is not disputed. Version "
            "%(number)s governs this payment. Its digest is sha256 %(digest)s; its text is at the end."
        )
        % {"number": payment.terms_version_id, "digest": payment.terms_version.digest}
    )
    accepted = Acceptance.objects.filter(customer=payment.customer).order_by("-pk")
    paper.table(
        [
            _("Time"),
            _("Version"),
            _("For"),
            _("With a tick"),
            _("Network, as a mark"),
            _("Browser or program"),
        ],
        [
            [
                _time(one.accepted_at),
                str(one.version_id),
                one.subject_words,
                _("yes") if one.explicit else _("no"),
                one.ip_digest[:16],
                one.user_agent[:60],
            ]
            for one in accepted[:MOST_SIGN_INS]
        ],
        widths=[20, 9, 17, 10, 18, 36],
    )


def _add_sign_ins(paper: Paper, customer: User) -> None:
    paper.heading(_("When the customer came in"))
    sign_ins = SignIn.objects.filter(customer=customer)
    paper.text(
        _(
            "%(count)s sign-ins by password, the last ones below. A network is kept as a keyed mark: the same mark "
            "is the same network, here and above."
        )
        % {"count": number_format(sign_ins.count())}
    )
    paper.table(
        [_("Time"), _("Network, as a mark"), _("Browser")],
        [
            [_time(one.at), one.ip_digest[:16], one.user_agent[:90]]
            for one in sign_ins.order_by("-pk")[:MOST_SIGN_INS]
        ],
        widths=[22, 18, 60],
    )


def _add_orders(paper: Paper, payment: Payment) -> None:
    orders = Order.objects.of(payment.customer)
    summed = orders.aggregate(charged=Sum("charge"), back=Sum("refunded"), last=Max("placed_at"))
    charged, back = summed["charged"] or ZERO, summed["back"] or ZERO
    paper.heading(_("What was ordered and delivered"))
    paper.facts(
        [
            (_("Orders"), number_format(orders.count())),
            (_("Completed"), number_format(orders.filter(state=OrderState.COMPLETED).count())),
            (_("Charged"), _amount(charged)),
            (_("Given back for what was not delivered"), _amount(back)),
            (_("Last order"), _time(summed["last"])),
        ]
    )
    paper.table(
        [
            _("Order"),
            _("Placed"),
            _("Service and link"),
            _("Ordered"),
            _("Delivered"),
            _("Start count"),
            _("State"),
            _("Charge"),
            _("Given back"),
        ],
        [_order_row(order) for order in orders.order_by("-pk")[:MOST_ORDERS]],
        widths=[8, 15, 34, 13, 14, 10, 14, 11, 11],
        right=(3, 4, 5, 7, 8),
    )


def _order_row(order: Order) -> list[str]:
    ended = (
        f"{order.get_state_display()} {_time(order.closed_at)}"
        if order.closed_at
        else order.get_state_display()
    )
    return [
        str(order.pk),
        _time(order.placed_at),
        f"{order.service_name[:80]}\n{order.link[:120]}",
        number_format(order.quantity),
        number_format(order.delivered),
        "-" if order.start_count is None else number_format(order.start_count),
        ended,
        money_text(order.charge),
        money_text(order.refunded),
    ]


def _time(at: datetime | None) -> str:
    return date_format(localtime(at), "Y-m-d H:i e") if at else "-"


def _amount(amount: Decimal) -> str:
    return f"{money_text(amount)} {settings.PANEL_CURRENCY}"
