"""The numbers that the rules read: the typed part of a version of the terms.

A rule never asks which profile is in force, only what the governing version's parameter says:
`order.terms_version.rules.refill.min_share_percent`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from decimal import Decimal
from typing import Any, Self, get_type_hints
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from terms.catalogue import (
    Accept,
    Delivery,
    Dispute,
    Estimate,
    Guarantee,
    Order,
    Overlap,
    Price,
    Privacy,
    Refill,
    Refund,
    Support,
    Ui,
    Watch,
    Withdrawal,
)
from terms.parameters import Parameter, PolicyInvalid, read, write


@dataclass(frozen=True)
class Policy:
    accept: Accept
    price: Price
    order: Order
    overlap: Overlap
    delivery: Delivery
    refund: Refund
    guarantee: Guarantee
    refill: Refill
    watch: Watch
    support: Support
    withdrawal: Withdrawal
    dispute: Dispute
    estimate: Estimate
    privacy: Privacy
    ui: Ui

    @classmethod
    def from_json(cls, data: object) -> Self:
        """Read a policy; raise PolicyInvalid naming the first parameter that is missing, unknown or wrong."""
        policy = cls.typed(data)
        for name, problem in policy.contradictions():
            raise PolicyInvalid(parameter=name, problem=problem)
        return policy

    @classmethod
    def typed(cls, data: object) -> Self:
        """Read a policy of which each value is right by itself, whether or not they go together."""
        given = _flat(data)
        for name in given:
            if name not in PARAMETERS:
                raise PolicyInvalid(parameter=name, problem=_("There is no such parameter."))
        for name in PARAMETERS:
            if name not in given:
                raise PolicyInvalid(parameter=name, problem=_("It is missing."))
        values = {name: read(each, given[name]) for name, each in PARAMETERS.items()}
        groups = {
            group: kind(**{each.name: values[f"{group}.{each.name}"] for each in fields(kind)})
            for group, kind in GROUPS.items()
        }
        return cls(**groups)

    def to_json(self) -> dict[str, dict[str, object]]:
        return {
            group: {name: write(value) for name, value in values.items()}
            for group, values in asdict(self).items()
        }

    def changed(self, changes: Mapping[str, object]) -> Self:
        """The same policy with other values, given as JSON under names like `refill.min_share_percent`."""
        data = self.to_json()
        for name, value in changes.items():
            group, _dot, parameter_name = name.partition(".")
            data.setdefault(group, {})[parameter_name] = value
        return self.from_json(data)

    def value_of(self, name: str) -> object:
        """The value of `refill.min_share_percent`, by its name."""
        group, _dot, parameter_name = name.partition(".")
        return getattr(getattr(self, group), parameter_name)

    def hints(self) -> dict[str, str | Promise]:
        """What is allowed but has no effect, by parameter: worth a second look before publishing."""
        rests = (
            (
                "refill.share_scope",
                self.refill.share_scope == "same_service_chain" and not self.refill.min_share_percent,
                _("refill.share_scope has no effect while refill.min_share_percent is 0."),
            ),
            (
                "overlap.across_users",
                self.overlap.across_users and self.overlap.action == "off",
                _("overlap.across_users has no effect while overlap.action is off."),
            ),
            (
                "overlap.action",
                self.overlap.action != "off" and self.overlap.same_link == "off" and not self.overlap.similar,
                _("overlap.action has no effect while neither same links nor similar services count."),
            ),
        )
        return {name: sentence for name, is_idle, sentence in rests if is_idle}

    def require_bonus_bounded(self, *, highest_bonus_percent: Decimal) -> None:
        """Refuse a policy under which paying in and withdrawing later would earn money (K-72, K-73).

        `highest_bonus_percent` is the largest bonus that any deposit can get. Raises PolicyInvalid.
        """
        kept = (100 + highest_bonus_percent) * (100 - self.withdrawal.late_fee_percent)
        if self.withdrawal.enabled and self.withdrawal.bonus_policy == "included_late" and kept > 100 * 100:
            problem = _(
                "With a bonus of %(bonus)s %% and a fee of %(fee)s %% a deposit would earn money."
            ) % {
                "bonus": highest_bonus_percent,
                "fee": self.withdrawal.late_fee_percent,
            }
            raise PolicyInvalid(parameter="withdrawal.bonus_policy", problem=problem)

    def contradictions(self) -> Iterator[tuple[str, str | Promise]]:
        """What no version may say, as parameter and problem: values that are right alone and wrong together."""
        usual, estimate, withdrawal = self.delivery.usual_hours, self.estimate, self.withdrawal
        rules = (
            ("delivery.usual_hours", usual is None or usual[0] <= usual[1], _("From is later than to.")),
            (
                "estimate.min_sample",
                estimate.min_sample <= estimate.sample_size,
                _("It is larger than estimate.sample_size."),
            ),
            (
                "estimate.high_drop_min_percent",
                estimate.high_drop_min_percent > estimate.non_drop_max_percent,
                _("It must be above estimate.non_drop_max_percent."),
            ),
            ("withdrawal.weekdays", bool(withdrawal.weekdays), _("At least one day is worked.")),
            (
                "withdrawal.min_amount",
                withdrawal.min_amount >= Decimal("0.01"),
                _("It must be at least 0.01."),
            ),
            (
                "withdrawal.time_zone",
                _is_time_zone(withdrawal.time_zone),
                _("There is no such time zone."),
            ),
        )
        for name, holds, problem in rules:
            if not holds:
                yield name, problem


def _is_time_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (LookupError, OSError, ValueError):
        # Unknown, a folder of zones, or not even the form of a name.
        return False
    return True


def _flat(data: object) -> dict[str, object]:
    if not isinstance(data, dict):
        raise PolicyInvalid(parameter="policy", problem=_("It must be an object of groups."))
    flat: dict[str, object] = {}
    for group, values in data.items():
        if group not in GROUPS or not isinstance(values, dict):
            raise PolicyInvalid(parameter=str(group), problem=_("There is no such group of parameters."))
        flat |= {f"{group}.{name}": value for name, value in values.items()}
    return flat


GROUPS: dict[str, Any] = get_type_hints(Policy)
PARAMETERS: dict[str, Parameter] = {
    f"{group}.{each.name}": Parameter(
        name=f"{group}.{each.name}", kind=get_type_hints(kind)[each.name], **each.metadata
    )
    for group, kind in GROUPS.items()
    for each in fields(kind)
}
