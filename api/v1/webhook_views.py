"""Webhooks by API: made, changed, paused, removed, and their secrets replaced. All of it needs the scope for money."""

from typing import Any

from django.views.decorators.debug import sensitive_variables
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.scopes import Scope
from api.v1 import examples
from api.v1.describing import described
from api.v1.doors import Door
from api.v1.filtering import require_known
from api.v1.pages import PAGE_PARAMETERS, newest_first, page_of
from api.v1.reading import body_of
from api.v1.repeating import once
from api.v1.webhook_shapes import (
    NewSecretOut,
    WebhookChangeIn,
    WebhookIn,
    WebhookOut,
    own_webhook,
    own_webhooks,
    require_may_hear,
    webhook_out,
    webhook_told,
)
from api.webhooks import endpoints

UNREADABLE = (400, 411, 413, 415, 422)


class Webhooks(Door):
    needs = {"GET": Scope.MONEY, "POST": Scope.MONEY}

    @described(
        "List webhooks",
        "Newest first, without those that were removed.",
        tag="webhooks",
        operation="webhooks_list",
        scope=Scope.MONEY,
        parameters=PAGE_PARAMETERS,
        answers={200: page_of("WebhookPage", WebhookOut)},
        example=examples.page(examples.WEBHOOK),
        problems=(400,),
    )
    def get(self, request: Request) -> Response:
        require_known(request, {"cursor", "limit"})
        return Response(newest_first(own_webhooks(self), request, webhook_out))

    @described(
        "Make a webhook",
        "From now on it is told. The account's owner is told by mail. The secret is never kept in the open, so this "
        "call cannot be repeated with an Idempotency-Key.",
        tag="webhooks",
        operation="webhooks_create",
        scope=Scope.MONEY,
        takes=WebhookIn,
        takes_example=examples.WEBHOOK_IN,
        answers={201: NewSecretOut},
        example=examples.WEBHOOK | {"secret": "whsec_…"},
        problems=UNREADABLE,
    )
    @sensitive_variables()
    def post(self, request: Request) -> Response:
        require_known(request, set())
        given = WebhookIn(data=body_of(request))
        given.is_valid(raise_exception=True)
        require_may_hear(self.key, given.validated_data["events"])
        endpoint, plain = endpoints.create_endpoint(
            customer=self.customer, now=self.now, **given.validated_data
        )
        return Response(NewSecretOut(webhook_told(endpoint) | {"secret": str(plain)}).data, status=201)


class OneWebhook(Door):
    needs = {"GET": Scope.MONEY, "PATCH": Scope.MONEY, "DELETE": Scope.MONEY}

    @described(
        "Look at a webhook",
        "Where it is, what it is told and how it answers: everything but its secret.",
        tag="webhooks",
        operation="webhooks_retrieve",
        scope=Scope.MONEY,
        answers={200: WebhookOut},
        example=examples.WEBHOOK,
        problems=(400, 404),
    )
    def get(self, request: Request, number: int) -> Response:
        require_known(request, set())
        return Response(webhook_out(own_webhook(self, number)))

    @described(
        "Change a webhook",
        "Where it is, what it is told, what you call it. What is left out stays.",
        tag="webhooks",
        operation="webhooks_change",
        scope=Scope.MONEY,
        repeats="possible",
        takes=WebhookChangeIn,
        takes_example={"events": ["order.updated"]},
        answers={200: WebhookOut},
        example=examples.WEBHOOK | {"events": ["order.updated"]},
        problems=(404, 409, *UNREADABLE),
    )
    def patch(self, request: Request, number: int) -> Response:
        require_known(request, set())
        endpoint = own_webhook(self, number)

        def work(_request_id: str) -> tuple[int, Any]:
            given = WebhookChangeIn(data=body_of(request))
            given.is_valid(raise_exception=True)
            as_it_is = {
                "url": endpoint.url,
                "events": endpoint.events,
                "description": endpoint.description,
            }
            wanted = as_it_is | dict(given.validated_data)
            require_may_hear(self.key, wanted["events"])
            endpoints.change_endpoint(endpoint, **wanted)
            return 200, webhook_out(endpoint)

        return once(request, customer=self.customer, needed=False, now=self.now, work=work)

    @described(
        "Remove a webhook",
        "For good, with its secret. What it was still owed is not sent.",
        tag="webhooks",
        operation="webhooks_remove",
        scope=Scope.MONEY,
        answers={204: None},
        example=None,
        problems=(400, 404),
    )
    def delete(self, request: Request, number: int) -> Response:
        require_known(request, set())
        endpoints.remove(own_webhook(self, number))
        return Response(status=204)


class WebhookSecret(Door):
    needs = {"POST": Scope.MONEY}

    @described(
        "Replace the secret of a webhook",
        "The former one signs along for 24 hours. The new one is never kept in the open, so this call cannot be "
        "repeated with an Idempotency-Key: when the answer got lost, replace it once more.",
        tag="webhooks",
        operation="webhooks_replace_secret",
        scope=Scope.MONEY,
        answers={201: NewSecretOut},
        example=examples.WEBHOOK | {"former_secret_until": "2026-03-06T09:00:00Z", "secret": "whsec_…"},
        problems=(404, *UNREADABLE),
    )
    @sensitive_variables()
    def post(self, request: Request, number: int) -> Response:
        require_known(request, set())
        endpoint = own_webhook(self, number)
        plain = endpoints.rotate_secret(endpoint, now=self.now)
        return Response(NewSecretOut(webhook_told(endpoint) | {"secret": str(plain)}).data, status=201)


class WebhookPause(Door):
    needs = {"POST": Scope.MONEY}

    @described(
        "Pause a webhook",
        "Nothing is sent; what happens meanwhile is sent afterwards.",
        tag="webhooks",
        operation="webhooks_pause",
        scope=Scope.MONEY,
        repeats="possible",
        answers={200: WebhookOut},
        example=examples.WEBHOOK | {"state": "paused"},
        problems=(404, 409, *UNREADABLE),
    )
    def post(self, request: Request, number: int) -> Response:
        require_known(request, set())
        endpoint = own_webhook(self, number)

        def work(_request_id: str) -> tuple[int, Any]:
            endpoints.pause(endpoint)
            return 200, webhook_out(endpoint)

        return once(request, customer=self.customer, needed=False, now=self.now, work=work)


class WebhookResumption(Door):
    needs = {"POST": Scope.MONEY}

    @described(
        "Switch a webhook on again",
        "After a pause, or after the panel switched it off. All that is owed is sent now.",
        tag="webhooks",
        operation="webhooks_resume",
        scope=Scope.MONEY,
        repeats="possible",
        answers={200: WebhookOut},
        example=examples.WEBHOOK,
        problems=(404, 409, *UNREADABLE),
    )
    def post(self, request: Request, number: int) -> Response:
        require_known(request, set())
        endpoint = own_webhook(self, number)

        def work(_request_id: str) -> tuple[int, Any]:
            endpoints.resume(endpoint, now=self.now)
            return 200, webhook_out(endpoint)

        return once(request, customer=self.customer, needed=False, now=self.now, work=work)
