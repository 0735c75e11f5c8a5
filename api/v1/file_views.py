"""The OpenAPI file for programmers, and what is answered where nothing is."""

from functools import cache
from pathlib import Path

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from rest_framework.request import Request

from api.v1.doors import Door, unless_known

FILE = Path(__file__).resolve().parents[2] / "docs" / "openapi.yaml"


@cache
def _text() -> str:
    return FILE.read_text()


@require_safe
def openapi_file(request: HttpRequest) -> HttpResponse:
    response = HttpResponse(_text(), content_type="application/yaml; charset=utf-8")
    response["Cache-Control"] = "public, max-age=300"
    return unless_known(request, response)


class Nowhere(Door):
    """Without this, Django would redirect a forgotten slash, and a POST would become a GET."""

    needs = {}
    schema = None

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        super().initial(request, *args, **kwargs)
        raise Http404
