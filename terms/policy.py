"""The numbers that the rules read: the typed part of a version of the terms.

A rule never asks which profile is in force, only what the governing version's parameter says:
`order.terms_version.rules.refill.min_share_percent`.
"""

from collections.abc import Mapping
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
        policy = cls(**groups)
        policy._require_sense()
        return policy

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

    def hints(self) -> list[str | Promise]:
        """What is allowed but has no effect: worth a second look before publishing."""
        if self.refill.share_scope == "same_service_chain" and not self.refill.min_share_percent:
            return [_("refill.share_scope has no effect while refill.min_share_percent is 0.")]
        return []

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

    def _require_sense(self) -> None:
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
                raise PolicyInvalid(parameter=name, problem=problem)


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
