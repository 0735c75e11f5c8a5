"""What the terms say about one order, in sentences with their clauses, before and after it is placed.

The sentences are made from the version's own numbers and choices, so that no page promises what no rule does.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from catalog.guarantees import guarantee_label
from catalog.models import Service
from orders.lateness import usual_hours
from terms.models import TermsVersion
from terms.policy import Policy
from terms.wording import sections_of


@dataclass(frozen=True)
class Condition:
    """One thing worth knowing; the icon is decoration."""

    icon: str
    text: str
    clauses: tuple[str, ...] = ()


_STATED: dict[str, frozenset[str]] = {}


def stated_clauses(version: TermsVersion) -> frozenset[str]:
    """Return the ids of the clauses that this version's text states: only to these a page can lead."""
    if version.digest not in _STATED:
        clauses = (clause for section in sections_of(version.text) for clause in section.clauses)
        _STATED[version.digest] = frozenset(name for clause in clauses for name in clause.ids)
    return _STATED[version.digest]


def conditions_of(service: Service, policy: Policy, stated: frozenset[str]) -> list[Condition]:
    """Return what a customer should know before ordering this service, by terms that state these clauses.

    A-09, A-13, A-17, A-19, A-28, A-33, K-32, K-41, K-46, K-54.
    """
    return [
        *_about_delivery(policy),
        _about_guarantee(service),
        _about_cancelling(policy),
        Condition(
            "receipt-refund",
            _("What is not delivered comes back to your balance by itself."),
            ("A-10", "K-12", "K-66"),
        ),
        *_about_overlap(policy),
        *_about_counting(service, policy, stated),
        *([_whose_account()] if "A-17" in stated else []),
        Condition(
            "ban",
            _("May not be promoted: %(content)s.") % {"content": "; ".join(policy.order.prohibited_content)},
            ("A-19", "K-25"),
        ),
    ]


def small_order_hint(service: Service, policy: Policy) -> Condition | None:
    """Return the advice to begin with the smallest quantity, where the terms give it (K-14)."""
    if not policy.order.first_small_hint:
        return None
    words = _(
        "Your first order of this service: try %(min)s first, and see start, speed and quality yourself."
    )
    return Condition("info-circle", words % {"min": number_format(service.min_quantity)}, ("K-14",))


def _whose_account() -> Condition:
    return Condition("users", _("This is for an account of yours or of a customer of yours."), ("A-17",))


def _about_delivery(policy: Policy) -> Iterator[Condition]:
    words = _("Start, speed, drop and quality are our best estimates. None of them is promised.")
    yield Condition("clock", words, ("A-09", "A-13", "K-46", "K-47"))
    usual = usual_hours(policy)
    if usual:
        yield Condition("hourglass", usual, ("A-09", "K-35"))


def _about_guarantee(service: Service) -> Condition:
    if service.guarantee_days is None:
        return Condition(
            "shield-check",
            _("No refill: what drops after delivery is not replaced. Use at your own risk."),
            ("K-10", "K-54"),
        )
    label = guarantee_label(service.guarantee_days)
    words = _("%(label)s: a drop after delivery can be refilled in this time.") % {"label": label}
    return Condition("shield-check", words, ("K-09", "A-34"))


def _about_cancelling(policy: Policy) -> Condition:
    if policy.order.customer_cancel_from:
        words = _("You can cancel while the order is pending; the whole charge comes back. Later you cannot.")
    else:
        words = _("Once placed, an order cannot be changed, stopped or cancelled.")
    return Condition("lock", words, ("A-28", "K-16"))


def _about_overlap(policy: Policy) -> Iterator[Condition]:
    words: dict[str, str | Promise] = {
        "block": _("One order at a time: the next one for this link waits until the first is finished."),
        "warn": _(
            "While another order for this link is open, refills are delayed and delivery is not certain."
        ),
    }
    if policy.overlap.action in words:
        yield Condition("link", str(words[policy.overlap.action]), ("A-33", "K-21", "K-39"))


def _about_counting(service: Service, policy: Policy, stated: frozenset[str]) -> Iterator[Condition]:
    if "K-41" in stated:
        words = _("The count is taken at the start; whatever is added to it after that counts as delivered.")
        yield Condition("trending-up", words, ("K-41", "K-62"))
    first_the_refill = policy.overlap.block_while_refill or policy.overlap.unrefilled_drop != "ignore"
    if first_the_refill and service.guarantee_days is not None:
        words = _(
            "If something has dropped, ask for the refill and let it finish before you order again: a new order begins "
            "at the count that it finds."
        )
        yield Condition("refresh", words, ("K-32", "K-33", "K-42"))
