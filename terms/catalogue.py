"""The catalogue of parameters: everything about these terms that an operator may choose.

Each parameter says what it decides, within which bounds, and from which clauses it comes. What allows one
value only is not here: it is a constant of its rule.
"""

# A parameter is declared by a call, as dataclasses do with field().
# ruff: noqa: RUF009

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from django.utils.translation import gettext_lazy as _

from terms.parameters import parameter

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


@dataclass(frozen=True)
class Accept:
    order_browser: Literal["implicit_notice", "tick_if_changed", "tick_always"] = parameter(
        _("When the order form asks for a tick at the terms."), "A-04, A-06, K-50"
    )
    order_api: Literal["implicit", "pinned_required"] = parameter(
        _("Whether a program must name the version it orders under."), "A-04, K-03"
    )
    deposit_no_dispute: bool = parameter(
        _("Adding funds needs a tick at the promise not to dispute."), "A-25, K-75"
    )


@dataclass(frozen=True)
class Price:
    confirm_if_changed: bool = parameter(
        _("A price that rose since the form was shown is asked about before charging."), "A-08, K-51"
    )


@dataclass(frozen=True)
class Order:
    confirm_step: bool = parameter(_("The browser shows a summary before the order is placed."), "A-31, K-23")
    public_ack: bool = parameter(
        _("The order form wants a tick that account and counter are public."), "A-21, K-20, K-22"
    )
    url_check: Literal["syntax", "syntax_and_reach"] = parameter(_("How a link is checked."), "A-22")
    first_small_hint: bool = parameter(
        _("A first order of a service suggests the smallest quantity."), "K-14", in_text=False
    )
    prohibited_content: tuple[str, ...] = parameter(
        _("What may not be promoted, each in a few words."), "A-19, K-25", low=1, high=120
    )
    customer_cancel_from: frozenset[Literal["pending"]] = parameter(
        _("The states in which a customer may cancel an order."), "A-28, K-16"
    )


@dataclass(frozen=True)
class Overlap:
    action: Literal["off", "warn", "block"] = parameter(
        _("What happens to a second order while one is open."), "A-33, K-21, K-39"
    )
    same_link: Literal["off", "same_kind", "any_kind"] = parameter(
        _("Which open orders on the same link count as overlap."), "A-33, K-21"
    )
    similar: bool = parameter(_("Any service that moves the same counter overlaps."), "K-39, K-40, K-43")
    block_while_refill: bool = parameter(_("No new order on a counter while its refill runs."), "K-32, K-42")
    unrefilled_drop: Literal["ignore", "warn", "block"] = parameter(
        _("What a known drop without a refill does to a new order."), "K-32, K-42"
    )
    across_users: bool = parameter(_("Orders of other customers count as overlap, too."))


@dataclass(frozen=True)
class Delivery:
    complete_on_target: bool = parameter(
        _("An order is complete when the counter reaches start plus quantity, whoever delivered."),
        "A-18, K-63",
    )
    count_max_age_minutes: int = parameter(
        _("How old a count may be to complete an order."), "K-63", low=1, high=1440
    )
    content_gone_action: Literal["hold", "complete"] = parameter(
        _("What is proposed when the content disappears during delivery."), "A-12, K-24"
    )
    content_gone_checks: int = parameter(
        _("Failed checks, at least an hour apart, before content counts as gone."),
        "A-12, K-24",
        low=1,
        high=5,
    )
    usual_hours: tuple[int, int] | None = parameter(
        _("From and to: the hours in which most things are done."), "A-09, K-35", low=0, high=8760
    )
    speedup: bool = parameter(_("Customers may ask to speed up what starts late."), "K-11, K-60, K-64")


@dataclass(frozen=True)
class Refund:
    auto: bool = parameter(
        _("Undelivered units are refunded by themselves, without a person."), "A-10, K-12, K-66"
    )
    delivered_basis: Literal["provider", "counted"] = parameter(
        _("Whose figure says what was not delivered."), "A-10, K-67"
    )
    fault_default: Literal["review", "none", "full"] = parameter(
        _("The refund proposed when the customer caused the failure."), "A-11, A-20, K-79"
    )
    fault_needs_staff: bool = parameter(
        _("Only a person may decide that the customer caused it."), "A-11, K-79"
    )
    submit_reject_refunds: bool = parameter(
        _("An order that no provider accepted is refunded in full, whatever the reason."), "A-29, K-66"
    )


@dataclass(frozen=True)
class Guarantee:
    must_be_stated: bool = parameter(
        _("Only a guarantee named in the service's name or description exists."), "K-80"
    )


@dataclass(frozen=True)
class Refill:
    min_share_percent: Decimal = parameter(
        _("Orders below this share of the count have no refill."), "K-36", low=0, high=100
    )
    share_base: Literal["start", "current", "higher_of_both"] = parameter(
        _("The count that the share is taken of."), "K-36"
    )
    share_scope: Literal["order", "same_service_chain"] = parameter(
        _("Whether earlier orders of the same service count towards the share."), "K-38"
    )
    below_start: Literal["deny", "allow_capped"] = parameter(
        _("What happens when the count is below the start count."), "K-57"
    )
    window_anchor: Literal["closed_at", "ordered_at"] = parameter(
        _("The moment from which the guarantee runs."), "K-09"
    )
    start_floor_hours: int = parameter(
        _("A refill may take at least this long to start."), "K-59", low=0, high=8760
    )
    other_open_order: Literal["queue", "deny"] = parameter(
        _("What a refill does while another order moves the same counter."), "A-34"
    )
    evidence: Literal["never", "on_request", "always"] = parameter(_("When a screenshot is needed."), "K-64")
    evidence_max_age_hours: int = parameter(_("How old a screenshot may be."), "K-64", low=1, high=8760)
    min_drop: int = parameter(_("The smallest drop that is refilled."), "K-56", low=1, high=1_000_000)
    cooldown_hours: int = parameter(_("The pause between two refills of one order."), low=0, high=8760)


@dataclass(frozen=True)
class Watch:
    count_all_since_order_date: bool = parameter(
        _("All watch hours since the day of the order count as delivered."), "K-44"
    )
    deny_at_or_above: bool = parameter(_("No refill once the ordered hours are shown."), "K-45")


@dataclass(frozen=True)
class Support:
    no_guarantee_complaints: Literal["accept", "refuse"] = parameter(
        _("Whether complaints about drop or quality are taken without a guarantee."), "K-55, K-81"
    )


@dataclass(frozen=True)
class Withdrawal:
    """All of it rests while `enabled` is off."""

    enabled: bool = parameter(_("Unused balance can be withdrawn."), "A-24, K-70")
    approval_required: bool = parameter(_("A person decides each withdrawal."), "K-70")
    free_window_hours: int = parameter(
        _("A payment of at most this age is withdrawn without a fee."), "K-71", low=0, high=8760
    )
    late_fee_percent: Decimal = parameter(_("The fee on older payments."), "K-73", low=0, high=100)
    bonus_policy: Literal["excluded", "included_late"] = parameter(
        _("Whether a bonus may ever be withdrawn."), "K-72"
    )
    bonus_forfeit: Literal["full", "pro_rata"] = parameter(
        _("How much of a payment's bonus is lost when it is withdrawn."), "K-72"
    )
    working_days: int = parameter(_("The working days a withdrawal usually takes."), "K-74", low=0, high=60)
    weekdays: tuple[Weekday, ...] = parameter(_("The working days of the week."), "K-74")
    holidays: tuple[date, ...] = parameter(_("Days that are not worked."), "K-74", in_text=False)
    time_zone: str = parameter(_("The time zone of the working days."), "K-74", low=1, high=64)
    min_amount: Decimal = parameter(_("The smallest withdrawal."), low=0, high=1_000_000)
    applies_to_older_deposits: bool = parameter(
        _("Deposits made under terms without withdrawals may be withdrawn, too.")
    )


@dataclass(frozen=True)
class Dispute:
    freeze_on_open: bool = parameter(_("An open payment dispute freezes the account."), "A-26, K-76")
    terminate_orders: Literal["open", "open_scheduled_guarantees"] = parameter(
        _("What a confirmed dispute ends."), "A-26, K-76"
    )
    access: Literal["closed", "read_only"] = parameter(_("What a disputing customer can still see."), "A-27")
    fee: Decimal = parameter(_("The fee for a lost dispute."), low=0, high=1_000_000)


@dataclass(frozen=True)
class Estimate:
    sample_size: int = parameter(
        _("Estimates are made from this many last orders."), "A-13, K-15, K-47", low=3, high=100
    )
    min_sample: int = parameter(_("Below this many orders nothing is computed."), "K-15", low=1, high=100)
    non_drop_max_percent: Decimal = parameter(
        _("Up to this drop a service is called non-drop."), "K-06", low=0, high=100
    )
    high_drop_min_percent: Decimal = parameter(
        _("From this drop on a service is called high-drop."), "K-07", low=0, high=100
    )


@dataclass(frozen=True)
class Privacy:
    encrypt_at_rest: bool = parameter(_("Personal data and secrets are stored encrypted."), "A-39, K-83")
    marketing_opt_in: bool = parameter(_("How the switch for news by e-mail stands at first."), "A-37, K-84")
    attachment_days: int = parameter(_("Days that attachments are kept."), low=1, high=3650)
    ip_log_days: int = parameter(_("Days that network addresses are kept."), low=1, high=3650)


@dataclass(frozen=True)
class Ui:
    disclaimer: str = parameter(_("The sentence at the foot of each page."), "K-01", high=500)
