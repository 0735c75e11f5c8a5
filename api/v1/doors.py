"""What every call of the REST API goes through: its key, what the key may do, how often, and what has not changed."""

import hashlib
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api_keys import require_scope
from accounts.models import ApiKey, User
from accounts.rate_limits import Allowance, RateLimited, take
from accounts.scopes import Scope
from api.v1.authentication import BearerKey
from api.v1.problems import InsecureDoor, explain
from api.v1.reading import StrictJson, require_length

KEPT_ON_304 = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")


class Door(APIView):
    """One address. `needs` says which scope each method asks of the key."""

    needs: ClassVar[dict[str, Scope]]

    authentication_classes = (BearerKey,)
    permission_classes = ()
    parser_classes = (StrictJson,)
    renderer_classes = (JSONRenderer,)
    metadata_class = None
    customer: User
    key: ApiKey
    now: datetime
    allowance: Allowance | None = None

    def get_exception_handler(self) -> Any:
        return explain

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        # There is one way to answer, so nobody is turned away for what a program's library asks for by itself.
        return super().perform_content_negotiation(request, force=True)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if settings.SECURE_SSL_REDIRECT and not request.is_secure():
            # A redirect would turn a POST into a GET, and the next key would be sent in the open, too.
            raise InsecureDoor
        super().initial(request, *args, **kwargs)
        assert isinstance(request.auth, ApiKey)
        self.now = timezone.now()
        self.key, self.customer = request.auth, request.auth.customer
        self.allowance = take(self.key, now=self.now)
        needed = self.needs.get("GET" if request.method == "HEAD" else request.method or "")
        if needed is not None:
            require_scope(self.key, needed)
        require_length(request)

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, RateLimited):
            self.allowance = Allowance(exc.limit, 0, exc.retry_after)
        return super().handle_exception(exc)

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        if self.allowance:
            response["RateLimit-Limit"] = str(self.allowance.limit)
            response["RateLimit-Remaining"] = str(self.allowance.remaining)
            response["RateLimit-Reset"] = str(self.allowance.reset_seconds)
        # One customer's own: nobody on the way may keep it, and the program asks each time whether it is still so.
        response["Cache-Control"] = "private, no-cache"
        patch_vary_headers(response, ["Authorization"])
        if (
            isinstance(response, Response)
            and request.method in {"GET", "HEAD"}
            and response.status_code == 200
        ):
            response.add_post_render_callback(lambda rendered: unless_known(request, rendered))
        return response


def unless_known(request: Request | HttpRequest, response: HttpResponse) -> HttpResponse:
    """Tag the answer by its content; a program that names the tag is told that it has this already."""
    response["ETag"] = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
    known = {tag.removeprefix("W/") for tag in parse_etags(request.headers.get("If-None-Match", ""))}
    if not known & {response["ETag"], "*"}:
        return response
    unchanged = HttpResponseNotModified()
    for name in ("ETag", "Cache-Control", "Vary", *KEPT_ON_304):
        if name in response:
            unchanged[name] = response[name]
    return unchanged
