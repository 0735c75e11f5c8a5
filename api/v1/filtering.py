"""What a list is narrowed to. A parameter that we do not know, or cannot read, is refused: a filter that is passed over
would answer with far more than was asked for.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.forms import ValidationError as BadValue
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request

from api.v1.fields import LARGEST_NUMBER
from orders.models import Order
from orders.states import OrderState
from refills.models import Refill
from refills.states import RefillState

MOST_IDS = 100
PAGING = {"cursor", "limit"}


class Number(forms.IntegerField):
    """Digits only; Django would take spaces and signs along."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"min_value": 1, "max_value": LARGEST_NUMBER} | options)

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        if not (isinstance(value, str) and value.isascii() and value.isdecimal()):
            raise BadValue(self.error_messages["invalid"], code="invalid")
        return super().to_python(value[: len(str(LARGEST_NUMBER)) + 1])


class Day(forms.DateField):
    """As ISO 8601 writes it: 2026-03-01."""

    def to_python(self, value: Any) -> Any:
        if value and not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", str(value)):
            raise BadValue(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


class NumberFilter(django_filters.NumberFilter):  # type: ignore[misc]
    field_class = Number


class IdsFilter(django_filters.CharFilter):  # type: ignore[misc]
    """Numbers with commas between."""

    def filter(self, qs: Any, value: Any) -> Any:
        if not value:
            return qs
        ids = [part.strip() for part in value.split(",")]
        if len(ids) > MOST_IDS or not all(
            part.isascii() and part.isdecimal() and len(part) <= 18 for part in ids
        ):
            message = translate("Up to %(most)s numbers with commas between.") % {"most": MOST_IDS}
            raise serializers.ValidationError({"ids": [message]})
        return qs.filter(pk__in=[int(part) for part in ids])


class OrderFilters(django_filters.FilterSet):  # type: ignore[misc]
    state = django_filters.ChoiceFilter(choices=OrderState.choices, help_text=_("Orders in this state."))
    service = NumberFilter(field_name="service_id", help_text=_("Orders of this service."))
    drip_feed = NumberFilter(field_name="drip_feed_id", help_text=_("The runs of this drip-feed."))
    placed_from = django_filters.IsoDateTimeFilter(
        field_name="placed_at", lookup_expr="gte", help_text=_("Placed at this time or later.")
    )
    placed_before = django_filters.IsoDateTimeFilter(
        field_name="placed_at", lookup_expr="lt", help_text=_("Placed before this time.")
    )
    ids = IdsFilter(help_text=_("Up to 100 numbers of orders, with commas between."))

    class Meta:
        model = Order
        fields: tuple[str, ...] = ()


class RefillFilters(django_filters.FilterSet):  # type: ignore[misc]
    state = django_filters.ChoiceFilter(choices=RefillState.choices, help_text=_("Refills in this state."))
    order = NumberFilter(field_name="order_id", help_text=_("Refills of this order."))
    ids = IdsFilter(help_text=_("Up to 100 numbers of refills, with commas between."))

    class Meta:
        model = Refill
        fields: tuple[str, ...] = ()


def filtered(filters: type[django_filters.FilterSet], rows: QuerySet[Any], request: Request) -> Any:
    """Return the rows that are wanted. Raises ValidationError, naming each parameter that is wrong."""
    require_known(request, set(filters.base_filters) | PAGING)
    narrowed = filters(data=request.query_params, queryset=rows)
    if not narrowed.is_valid():
        raise serializers.ValidationError(_mistakes(narrowed.errors))
    return narrowed.qs


def read_query(form: type[forms.Form], request: Request) -> dict[str, Any]:
    """Return what a form reads in the query. Raises ValidationError as `filtered` does."""
    require_known(request, set(form.base_fields) | PAGING)
    read = form(data=request.query_params)
    if not read.is_valid():
        raise serializers.ValidationError(_mistakes(read.errors))
    return dict(read.cleaned_data)


def require_known(request: Request, known: set[str]) -> None:
    unknown = set(request.query_params) - known
    if unknown:
        word = serializers.ErrorDetail(translate("There is no parameter of this name."), "unknown_parameter")
        raise serializers.ValidationError({name: [word] for name in sorted(unknown)})
    for name, texts in request.query_params.lists():
        if len(texts) > 1 or not texts[0]:
            message = translate("Say it once, or leave it out.")
            raise serializers.ValidationError({name: [message]})


def parameters_of(fields: dict[str, forms.Field]) -> list[OpenApiParameter]:
    """Say for the OpenAPI file what can be asked for."""
    return [
        OpenApiParameter(name, _schema_of(field), required=field.required, description=str(field.help_text))
        for name, field in fields.items()
    ]


def filters_as_parameters(filters: type[django_filters.FilterSet]) -> list[OpenApiParameter]:
    return parameters_of({name: each.field for name, each in filters.base_filters.items()})


def _mistakes(errors: Mapping[str, Iterable[Any]]) -> dict[str, list[str]]:
    return {name: [str(mistake) for mistake in mistakes] for name, mistakes in errors.items()}


def _choices(field: forms.ChoiceField) -> list[tuple[str, str]]:
    choices: Any = field.choices
    return [(str(value), str(label)) for value, label in choices]


def _schema_of(field: forms.Field) -> dict[str, Any]:
    match field:
        case Number():
            return {"type": "integer", "format": "int64", "minimum": 1, "maximum": LARGEST_NUMBER}
        case forms.ChoiceField():
            return {"type": "string", "enum": [value for value, _label in _choices(field) if value]}
        case forms.BooleanField():
            return {"type": "boolean"}
        case forms.DateField():
            return {"type": "string", "format": "date"}
        case django_filters.fields.IsoDateTimeField():
            return {"type": "string", "format": "date-time"}
        case _:
            most = getattr(field, "max_length", None)
            return {"type": "string", "minLength": 1} | ({"maxLength": most} if most else {})
