"""What is on sale, at the caller's own rates."""

from typing import Any

from django import forms
from django.conf import settings
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from accounts.scopes import Scope
from api.v1 import examples
from api.v1.describing import described
from api.v1.doors import Door
from api.v1.fields import Amount, Told
from api.v1.filtering import Number, parameters_of, read_query, require_known
from api.v1.pages import PAGE_PARAMETERS, page, page_of, wanted_page
from catalog.models import Service, ServiceKind
from catalog.platforms import Metric, Platform
from catalog.searching import Guaranteed, Wanted, services_page
from orders.drafting import rate_for


class ServiceFilters(forms.Form):
    platform = forms.ChoiceField(
        required=False, choices=Platform.choices, help_text=_("Services for this network.")
    )
    metric = forms.ChoiceField(
        required=False, choices=Metric.choices, help_text=_("Services that move this.")
    )
    category = Number(required=False, help_text=_("Services of the category with this number."))
    guarantee = forms.ChoiceField(
        required=False, choices=Guaranteed.choices, help_text=_("With a refill, for life, or with none.")
    )
    search = forms.CharField(
        required=False, max_length=200, help_text=_("Words that stand in name or category, or a number.")
    )


class ServiceOut(Told):
    id = serializers.IntegerField()
    name = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    category = serializers.IntegerField()
    category_name = serializers.CharField()
    platform = serializers.ChoiceField(choices=Platform.choices)
    metric = serializers.ChoiceField(choices=Metric.choices)
    kind = serializers.ChoiceField(choices=ServiceKind.choices)
    rate_per_1000 = Amount(help_text="Your own rate. For a package, the price of one.")
    currency = serializers.CharField()
    min_quantity = serializers.IntegerField()
    max_quantity = serializers.IntegerField()
    step = serializers.IntegerField()
    refill = serializers.BooleanField()
    guarantee_days = serializers.IntegerField(allow_null=True)
    stated_start = serializers.CharField(allow_blank=True)
    stated_speed = serializers.CharField(allow_blank=True)
    allows_runs = serializers.BooleanField(help_text="Whether it may be ordered as a drip-feed.")


def service_out(service: Service, customer: User) -> dict[str, Any]:
    is_package = service.kind == ServiceKind.PACKAGE
    told = {
        "id": service.pk,
        "name": service.name,
        "description": service.description,
        "category": service.category_id,
        "category_name": service.category.name,
        "platform": service.platform,
        "metric": service.metric,
        "kind": service.kind,
        "rate_per_1000": rate_for(service, discount_percent=customer.discount_percent),
        "currency": settings.PANEL_CURRENCY,
        "min_quantity": 1 if is_package else service.min_quantity,
        "max_quantity": 1 if is_package else service.max_quantity,
        "step": service.step,
        "refill": service.guarantee_days is not None,
        "guarantee_days": service.guarantee_days,
        "stated_start": service.stated_start,
        "stated_speed": service.stated_speed,
        "allows_runs": service.is_sold_in_runs,
    }
    return dict(ServiceOut(told).data)


class Services(Door):
    needs = {"GET": Scope.READ}

    @described(
        "List services",
        "What is on sale, in the order of the catalogue, at your own rates.",
        tag="services",
        operation="services_list",
        scope=Scope.READ,
        parameters=[*parameters_of(ServiceFilters.base_fields), *PAGE_PARAMETERS],
        answers={200: page_of("ServicePage", ServiceOut)},
        example=examples.page(examples.SERVICE),
        problems=(400,),
    )
    def get(self, request: Request) -> Response:
        asked = read_query(ServiceFilters, request)
        after, limit = wanted_page(request)
        wanted = Wanted(
            asked["search"],
            asked["platform"],
            asked["metric"],
            asked["guarantee"],
            category=asked["category"],
        )
        found = services_page(wanted, size=limit, after=after)
        last = found.services[-1].pk if found.has_more else None
        return Response(page((service_out(each, self.customer) for each in found.services), last=last))


class OneService(Door):
    needs = {"GET": Scope.READ}

    @described(
        "Look at a service",
        "Also one that was taken off sale is not found.",
        tag="services",
        operation="services_retrieve",
        scope=Scope.READ,
        answers={200: ServiceOut},
        example=examples.SERVICE,
        problems=(400, 404),
    )
    def get(self, request: Request, number: int) -> Response:
        require_known(request, set())
        service = get_object_or_404(Service.objects.on_sale().select_related("category"), pk=number)
        return Response(service_out(service, self.customer))
