"""Whose program is calling: `Authorization: Bearer fp_…`, and nothing else."""

from typing import Any

from allauth.account.adapter import get_adapter
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import APIException
from rest_framework.request import Request

from accounts.api_keys import key_of
from accounts.models import ApiKey, User


class NoKey(APIException):
    status_code = 401
    auth_header = "Bearer"
    default_code = "no_key"
    default_detail = _("Send your key as “Authorization: Bearer fp_…”.")


class KeyUnknown(NoKey):
    default_code = "key_unknown"
    default_detail = _("This is not a working key.")


class BearerKey(BaseAuthentication):
    @sensitive_variables()
    def authenticate(self, request: Request) -> tuple[User, ApiKey]:
        scheme, _space, plain = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not plain.strip():
            raise NoKey
        key = key_of(plain.strip(), now=timezone.now(), ip=ip_of(request))
        if key is None:
            raise KeyUnknown
        return key.customer, key

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def ip_of(request: Request | HttpRequest) -> str | None:
    try:
        adapter: Any = get_adapter()
        address: str = adapter.get_client_ip(request)
    except PermissionDenied:
        # Through a socket without addresses.
        return None
    return address
