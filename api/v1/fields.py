"""Fields that take exactly what they say: a text is no number, a fraction no quantity, an unknown name no field."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from billing.money import plain_amount

LARGEST_NUMBER = 2**63 - 1
AMOUNT = r"^[0-9]{1,12}(\.[0-9]{1,8})?\Z"


class Given(serializers.Serializer[Any]):
    """What comes in: a name that we do not know is a mistake of the program, and is not passed over."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            unknown = set(data) - set(self.fields)
            if unknown:
                raise serializers.ValidationError(
                    {
                        name: [
                            serializers.ErrorDetail(
                                str(_("There is no field of this name.")), "unknown_field"
                            )
                        ]
                        for name in sorted(unknown)
                    }
                )
        return super().to_internal_value(data)


class Told(serializers.Serializer[Any]):
    """What goes out."""


class Whole(serializers.IntegerField):
    """A whole number in digits: neither 1000.0 nor "1000" nor true."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("min_value", 1)
        options.setdefault("max_value", LARGEST_NUMBER)
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return data


class Text(serializers.CharField):
    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Flag(serializers.BooleanField):
    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class AmountIn(serializers.RegexField):
    """An amount as a text, such as "12.50"; becomes a Decimal."""

    def __init__(self, **options: Any) -> None:
        message = _("Write an amount as a text such as “12.50”, with at most 8 decimal places.")
        super().__init__(AMOUNT, error_messages={"invalid": message}, **options)

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        text = super().run_validation(data)
        return Decimal(text) if isinstance(text, str) else text


@extend_schema_field(
    {
        "type": "string",
        "pattern": r"^-?[0-9]+\.[0-9]{2,8}$",
        "description": "An amount in the panel's currency: a text, exact, with 2 to 8 decimal places.",
        "examples": ["12.50"],
    }
)
class Amount(serializers.Field[Any, Any, Any, Any]):
    """Money on its way out: a text, exact."""

    def __init__(self, **options: Any) -> None:
        super().__init__(read_only=True, **options)

    def to_representation(self, value: Decimal) -> str:
        return plain_amount(value)
