"""Rehearsing terms before they are published: what would they have decided for the orders that there were?

Every question is asked twice of each order, under its own version and under the other rules, of the facts that are
stored. Nothing is changed, nothing is guessed: where the facts do not say, a question is not asked.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.claims import LinkBusy, OverlapNotConfirmed, SimilarBusy
from orders.faults import GONE, clauses_of, content_gone, proposal_for
from orders.lateness import expected_start
from orders.models import Channel, Fault, Proposal
from orders.reaching import counted_by, target_of
from orders.recalling import Recalled, place_of
from orders.shares import has_share_rule, share_of
from orders.withholding import Fate, fate_of_refund
from terms.policy import Policy


@dataclass(frozen=True)
class Answer:
    """What was, or would have been, decided: in a few words that can be counted, with a reason for this order."""

    words: str
    clauses: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Question:
    """One thing that terms decide about an order. The answer is None where it does not arise."""

    label: str | Promise
    answer: Callable[[Recalled, Policy], Answer | None]


@dataclass(frozen=True)
class Difference:
    """An order about which the other rules would have decided otherwise."""

    recalled: Recalled
    question: Question
    before: Answer | None
    after: Answer | None


@dataclass(frozen=True)
class Line:
    """How often an answer was given, and would be given."""

    words: str
    before: int
    after: int


@dataclass(frozen=True)
class Outcome:
    """A question with its answers counted, the ones given most often first."""

    question: Question
    asked: int
    lines: tuple[Line, ...]
    changed: int


@dataclass(frozen=True)
class Rehearsal:
    orders: int
    outcomes: tuple[Outcome, ...]
    differences: tuple[Difference, ...]

    @property
    def changed_orders(self) -> int:
        return len({difference.recalled.order.pk for difference in self.differences})


def rehearse(recalled: Iterable[Recalled], policy: Policy) -> Rehearsal:
    """Return what these rules would have decided about these orders, beside what was decided (R-12, A-05, K-49).

    The same orders and rules always give the same rehearsal. Ask `recall()` for the orders.
    """
    orders = list(recalled)
    outcomes, differences = [], []
    for question in QUESTIONS:
        asked = [
            Difference(
                each,
                question,
                question.answer(each, each.order.terms_version.rules),
                question.answer(each, policy),
            )
            for each in orders
        ]
        changed = [one for one in asked if _words(one.before) != _words(one.after)]
        differences += changed
        outcomes.append(_counted(question, asked, changed=len(changed)))
    differences.sort(key=lambda one: -one.recalled.order.pk)
    return Rehearsal(len(orders), tuple(outcomes), tuple(differences))


def _words(answer: Answer | None) -> str:
    return answer.words if answer else ""


def _counted(question: Question, asked: list[Difference], *, changed: int) -> Outcome:
    before = Counter(one.before.words for one in asked if one.before)
    after = Counter(one.after.words for one in asked if one.after)
    names = sorted(before | after, key=lambda words: (-before[words] - after[words], words))
    lines = tuple(Line(words, before[words], after[words]) for words in names)
    return Outcome(question, sum(1 for one in asked if one.before or one.after), lines, changed)


# --- the questions ------------------------------------------------------------------------------------------


def placing(recalled: Recalled, rules: Policy) -> Answer:
    """Whether the order would have been taken beside what was open for its link (R-10, A-33, K-21, K-39)."""
    order, overlap = recalled.order, rules.overlap
    held = set(recalled.place.keys(overlap))
    for other in recalled.others:
        is_counted = overlap.across_users or other.customer_id == order.customer_id
        if overlap.action == "off" or not is_counted or not held & set(place_of(other).keys(overlap)):
            continue
        reason = _("Order #%(order)s was open for this link.") % {"order": other.pk}
        if overlap.action == "warn":
            return Answer(_("taken after a warning"), OverlapNotConfirmed.clause, reason)
        busy = SimilarBusy if other.counter_key == order.counter_key else LinkBusy
        return Answer(_("refused"), busy.clause, reason)
    return Answer(_("taken"))


def asking(recalled: Recalled, rules: Policy) -> Answer:
    """What the customer would have been asked to confirm (A-04, A-21, A-31, K-20, K-23, K-50)."""
    if recalled.order.channel == Channel.API:
        pinned = rules.accept.order_api == "pinned_required"
        return Answer(_("must name the version") if pinned else _("agrees by calling"), "A-04")
    always, changed = (rules.accept.order_browser == rule for rule in ("tick_always", "tick_if_changed"))
    wanted = [
        (always or (changed and not recalled.had_agreed), _("the terms")),
        (rules.order.public_ack, _("that the account is public")),
        (rules.order.confirm_step, _("a summary")),
    ]
    said = ", ".join(words for is_wanted, words in wanted if is_wanted)
    return Answer(
        _("confirms %(what)s") % {"what": said} if said else _("confirms nothing"), "A-06, A-21, A-31, K-50"
    )


def cancelling(recalled: Recalled, rules: Policy) -> Answer:
    """Whether its customer could have cancelled it (A-28, K-16, K-23)."""
    may = bool(rules.order.customer_cancel_from)
    return Answer(_("while it is pending") if may else _("never"), "A-28, K-16")


def refunding(recalled: Recalled, rules: Policy) -> Answer | None:
    """What becomes of the money for units that were not delivered (R-4, R-5, A-10, A-11, K-66, K-79)."""
    order = recalled.order
    if order.is_open or not order.remains:
        return None
    fault = Fault(order.fault)
    fate = fate_of_refund(fault, rules=rules.refund, is_proven=recalled.is_fault_proven, by_person=False)
    reason = str(fault.label) if fault.is_customers else ""
    if fate == Fate.PAID:
        return Answer(_("paid by itself"), clauses_of(fault), reason)
    if fate == Fate.DENIED:
        return Answer(_("denied by itself"), clauses_of(fault), reason)
    proposals = {
        Proposal.NONE: _("staff decide, nothing is proposed"),
        Proposal.FULL: _("staff decide, all of it is proposed"),
        Proposal.REVIEW: _("staff decide, nothing is said beforehand"),
    }
    return Answer(proposals[proposal_for(fault, rules.refund)], clauses_of(fault), reason)


def covering(recalled: Recalled, rules: Policy) -> Answer | None:
    """Whether a drop would be covered beside the count that was there before (R-8, K-36, K-38)."""
    order = recalled.order
    if order.start_count is None or not has_share_rule(
        metric=order.metric, guarantee_days=order.guarantee_days
    ):
        return None
    share = share_of(
        rules.refill,
        quantity=order.quantity,
        delivered_before=recalled.delivered_before,
        start=max(order.start_count, 0),
    )
    refusal = share.refusal() if share else None
    if refusal:
        return Answer(_("too small a share"), refusal.clause, refusal.text)
    return Answer(_("covered"), "K-36")


def completing(recalled: Recalled, rules: Policy) -> Answer | None:
    """Whether a count that was seen would have completed the order (R-11, A-18, K-41, K-63)."""
    target = target_of(recalled.order)
    counts = [
        look
        for look in recalled.looks
        if look.count is not None and look.source in counted_by(recalled.order)
    ]
    if target is None or not counts:
        return None
    reached = next((look for look in counts if look.count is not None and look.count >= target), None)
    if reached is None or not rules.delivery.complete_on_target:
        return Answer(_("by the provider's word"), "A-18")
    reason = _("The count was %(count)s, the target %(target)s.") % {"count": reached.count, "target": target}
    return Answer(_("when the count was reached"), "K-63", reason)


def vanishing(recalled: Recalled, rules: Policy) -> Answer | None:
    """What would have been proposed when its content could no longer be seen (A-12, K-24)."""
    order, delivery = recalled.order, rules.delivery
    if not any(look.condition in GONE for look in recalled.looks):
        return None
    checks = [(look.seen_at, look.condition) for look in recalled.looks]
    if content_gone(checks, placed_at=order.placed_at, needed=delivery.content_gone_checks) is None:
        return Answer(_("goes on"), "A-12, K-24")
    proposals = {"complete": _("proposed as completed"), "hold": _("proposed to be held")}
    return Answer(proposals[delivery.content_gone_action], "A-12, K-24")


def hastening(recalled: Recalled, rules: Policy) -> Answer | None:
    """What a customer could do about a late start (K-11, K-60)."""
    order = recalled.order
    expected, begun = expected_start(order), order.started_at or order.closed_at
    if expected is None or begun is None or begun <= expected:
        return None
    may_ask = rules.delivery.speedup
    return Answer(_("may ask to speed it up") if may_ask else _("is shown as late"), "K-11, K-60")


QUESTIONS: tuple[Question, ...] = (
    Question(gettext_lazy("Taking the order"), placing),
    Question(gettext_lazy("What the customer confirms"), asking),
    Question(gettext_lazy("The customer's own cancel"), cancelling),
    Question(gettext_lazy("What was not delivered"), refunding),
    Question(gettext_lazy("A later drop"), covering),
    Question(gettext_lazy("Completion"), completing),
    Question(gettext_lazy("Content that disappears"), vanishing),
    Question(gettext_lazy("A late start"), hastening),
)
