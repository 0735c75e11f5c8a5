"""API keys by API: look, make one that may no more than the caller's, revoke. All of it needs the scope for money."""

from typing import Any

from django.http import Http404
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api_keys import LABEL_LENGTH, create_key, revoke_key
from accounts.models import ApiKey
from accounts.networks import MOST_NETWORKS, NETWORK_LENGTH
from accounts.refusals import Refusal
from accounts.scopes import Scope
from api.v1 import examples
from api.v1.describing import described
from api.v1.doors import Door
from api.v1.fields import Given, Text, Told
from api.v1.filtering import require_known
from api.v1.pages import PAGE_PARAMETERS, newest_first, page_of
from api.v1.reading import body_of


class WiderThanYours(Refusal):
    code = "wider_than_yours"
    sentence = _(
        "A key cannot make one that may do more, from more places or for longer than itself: %(what)s."
    )


class KeyIn(Given):
    label = Text(max_length=LABEL_LENGTH)  # type: ignore[assignment]
    scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=Scope.choices),
        allow_empty=False,
        max_length=len(Scope),
        help_text="None that the calling key does not have.",
    )
    allowed_networks = serializers.ListField(
        child=Text(max_length=NETWORK_LENGTH),
        required=False,
        max_length=MOST_NETWORKS,
        help_text="Without it, those of the calling key.",
    )
    expires_at = serializers.DateTimeField(
        required=False, help_text="Without it, the end of the calling key, if it has one."
    )


class KeyOut(Told):
    id = serializers.IntegerField()
    name = serializers.CharField(help_text="The part of the key that may be shown.")
    label = serializers.CharField()  # type: ignore[assignment]
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=Scope.choices))
    allowed_networks = serializers.ListField(child=serializers.CharField())
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)


class NewKeyOut(KeyOut):
    key = serializers.CharField(help_text="The key itself. It is shown this once and cannot be had again.")


def key_told(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.pk,
        "name": str(key),
        "label": key.label,
        "scopes": key.scopes,
        "allowed_networks": key.allowed_networks,
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "last_used_at": key.last_used_at,
        "revoked_at": key.revoked_at,
    }


def require_no_wider(wanted: dict[str, Any], own: ApiKey) -> None:
    """A leaked key must not be able to make itself stronger."""
    more = [scope for scope in wanted["scopes"] if scope not in own.scopes]
    if more:
        raise WiderThanYours(what=", ".join(more))
    if own.allowed_networks and not set(wanted["allowed_networks"]) <= set(own.allowed_networks):
        raise WiderThanYours(what="allowed_networks")
    if own.allowed_networks and not wanted["allowed_networks"]:
        raise WiderThanYours(what="allowed_networks")
    if own.expires_at and (wanted["expires_at"] is None or wanted["expires_at"] > own.expires_at):
        raise WiderThanYours(what="expires_at")


class Keys(Door):
    needs = {"GET": Scope.MONEY, "POST": Scope.MONEY}

    @described(
        "List keys",
        "Newest first, revoked ones too.",
        tag="keys",
        operation="keys_list",
        scope=Scope.MONEY,
        parameters=PAGE_PARAMETERS,
        answers={200: page_of("KeyPage", KeyOut)},
        example=examples.page(examples.KEY),
        problems=(400,),
    )
    def get(self, request: Request) -> Response:
        require_known(request, {"cursor", "limit"})
        return Response(
            newest_first(self.customer.api_keys.all(), request, lambda key: KeyOut(key_told(key)).data)
        )

    @described(
        "Make a key",
        "It may do no more than the key that makes it, from no more places and for no longer. The account's owner is "
        "told by mail. The key is never kept, so this call cannot be repeated with an Idempotency-Key.",
        tag="keys",
        operation="keys_create",
        scope=Scope.MONEY,
        takes=KeyIn,
        takes_example={"label": "My shop", "scopes": ["read", "order"]},
        answers={201: NewKeyOut},
        example=examples.KEY | {"key": "fp_a1B2c3D4…"},
        problems=(400, 411, 413, 415, 422),
    )
    @sensitive_variables()
    def post(self, request: Request) -> Response:
        require_known(request, set())
        given = KeyIn(data=body_of(request))
        given.is_valid(raise_exception=True)
        own: dict[str, Any] = {
            "allowed_networks": self.key.allowed_networks,
            "expires_at": self.key.expires_at,
        }
        wanted = own | dict(given.validated_data)
        require_no_wider(wanted, self.key)
        key, plain = create_key(customer=self.customer, now=self.now, **wanted)
        return Response(NewKeyOut(key_told(key) | {"key": str(plain)}).data, status=201)


class OneKey(Door):
    needs = {"GET": Scope.MONEY, "DELETE": Scope.MONEY}

    @described(
        "Look at a key",
        "Everything about it but the key.",
        tag="keys",
        operation="keys_retrieve",
        scope=Scope.MONEY,
        answers={200: KeyOut},
        example=examples.KEY,
        problems=(400, 404),
    )
    def get(self, request: Request, number: int) -> Response:
        require_known(request, set())
        return Response(KeyOut(key_told(self._own(number))).data)

    @described(
        "Revoke a key",
        "For good, at once; also the calling key itself.",
        tag="keys",
        operation="keys_revoke",
        scope=Scope.MONEY,
        answers={204: None},
        example=None,
        problems=(400, 404),
    )
    def delete(self, request: Request, number: int) -> Response:
        require_known(request, set())
        revoke_key(customer=self.customer, key_id=self._own(number).pk, now=self.now)
        return Response(status=204)

    def _own(self, number: int) -> ApiKey:
        key = self.customer.api_keys.filter(pk=number).first()
        if key is None:
            raise Http404
        return key
