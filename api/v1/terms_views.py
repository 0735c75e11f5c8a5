"""The terms, every version of them: the text for people, and the numbers that the rules read."""

from typing import Any

from django.db.models import Max
from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.scopes import Scope
from api.v1 import examples
from api.v1.describing import described
from api.v1.doors import Door
from api.v1.fields import Told
from api.v1.filtering import require_known
from api.v1.pages import PAGE_PARAMETERS, newest_first, page_of
from terms.models import TermsVersion


class TermsOut(Told):
    number = serializers.IntegerField()
    published_at = serializers.DateTimeField()
    digest = serializers.CharField(help_text="SHA-256 of the text and the numbers.")
    in_force = serializers.BooleanField()


class WholeTermsOut(TermsOut):
    text = serializers.CharField()
    policy = serializers.DictField(
        child=serializers.DictField(), help_text="The numbers by group, as `refill.min_share_percent`."
    )


def newest_number() -> int | None:
    number: int | None = TermsVersion.objects.aggregate(newest=Max("number"))["newest"]
    return number


def _told(version: TermsVersion, newest: int | None) -> dict[str, Any]:
    return {
        "number": version.number,
        "published_at": version.published_at,
        "digest": version.digest,
        "in_force": version.number == newest,
    }


class Terms(Door):
    needs = {"GET": Scope.READ}

    @described(
        "List versions of the terms",
        "Newest first; the newest is in force.",
        tag="terms",
        operation="terms_list",
        scope=Scope.READ,
        parameters=PAGE_PARAMETERS,
        answers={200: page_of("TermsPage", TermsOut)},
        example=examples.page(examples.TERMS),
        problems=(400,),
    )
    def get(self, request: Request) -> Response:
        require_known(request, {"cursor", "limit"})
        newest = newest_number()
        versions = TermsVersion.objects.only("number", "published_at", "digest")
        return Response(newest_first(versions, request, lambda each: TermsOut(_told(each, newest)).data))


class OneVersion(Door):
    needs = {"GET": Scope.READ}

    @described(
        "Look at a version of the terms",
        "With its text, and the numbers that the rules read.",
        tag="terms",
        operation="terms_retrieve",
        scope=Scope.READ,
        answers={200: WholeTermsOut},
        example=examples.TERMS | {"text": "…", "policy": {"refill": {"min_share_percent": "20"}}},
        problems=(400, 404),
    )
    def get(self, request: Request, number: int) -> Response:
        require_known(request, set())
        version = get_object_or_404(TermsVersion, number=number)
        told = _told(version, newest_number()) | {"text": version.text, "policy": version.rules.to_json()}
        return Response(WholeTermsOut(told).data)
