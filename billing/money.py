"""Money is a Decimal with 8 places in the one currency; nothing is ever rounded on its way into the database."""

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

PLACES = 8
SMALLEST = Decimal(1).scaleb(-PLACES)
ZERO = Decimal(0)


class ExactDecimalField(models.DecimalField):  # type: ignore[type-arg]
    """A DecimalField that refuses floats and surplus places instead of rounding them away."""

    def to_python(self, value: Any) -> Decimal | None:
        if isinstance(value, float):
            raise ValidationError(_("A binary fraction is not an amount."), code="float")
        amount: Decimal | None = super().to_python(value)
        return amount

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        if not hasattr(value, "as_sql"):
            exact = self.to_python(value)
            if exact is not None and exact != round(exact, self.decimal_places):
                raise ValidationError(
                    _("%(value)s has more than %(places)s decimal places."),
                    code="too_many_places",
                    params={"value": exact, "places": self.decimal_places},
                )
        return super().get_db_prep_save(value, connection)


class MoneyField(ExactDecimalField):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_digits"] = 20
        kwargs["decimal_places"] = PLACES
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_digits"], kwargs["decimal_places"]
        return name, path, args, kwargs


def plain_amount(amount: Decimal, *, places: int = 2) -> str:
    """Write an amount for programs: at least `places` decimals, trailing zeros cut, never an exponent (R-1)."""
    whole, _dot, fraction = f"{amount:.{PLACES}f}".partition(".")
    return f"{whole}.{fraction.rstrip('0').ljust(places, '0')}"


def shown_amount(amount: Decimal, *, places: int = 2) -> str:
    """Write an amount for people, in their locale: `1,523.373373`, `0.00002`, `4.25` (R-1)."""
    fraction = plain_amount(amount, places=places).partition(".")[2]
    return number_format(amount, decimal_pos=len(fraction), use_l10n=True, force_grouping=True)
