"""How the door for programs speaks and is described: settings of Django REST framework and drf-spectacular."""

from typing import Any

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Fairpanel REST API",
    "DESCRIPTION": (
        "Services, orders, refills and money for programs. Amounts are texts, times are ISO 8601 in UTC, states are "
        "the words of the panel. Whatever is refused is answered as application/problem+json with a code, a sentence, "
        "its numbers and the clauses of the terms that it rests on. Lists come in pages, newest first, by a cursor."
    ),
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "ENFORCE_NON_BLANK_FIELDS": False,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENABLE_LIST_MECHANICS_ON_NON_2XX": False,
    "SORT_OPERATIONS": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "PREPROCESSING_HOOKS": ["api.v1.describing.only_ours"],
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "api.v1.describing.finish"],
    "ENUM_NAME_OVERRIDES": {
        "OrderState": "orders.states.OrderState",
        "RefillState": "refills.states.RefillState",
        "Platform": "catalog.platforms.Platform",
        "Metric": "catalog.platforms.Metric",
        "ServiceKind": "catalog.models.ServiceKind",
        "Scope": "accounts.scopes.Scope",
    },
    "TAGS": [
        {"name": "services", "description": "What is on sale, at your own rates."},
        {"name": "orders", "description": "Place, look, cancel."},
        {"name": "refills", "description": "What dropped within the guarantee is brought back."},
        {"name": "money", "description": "The balance and what moved it."},
        {"name": "terms", "description": "Versions of the terms, with their numbers."},
        {"name": "keys", "description": "Keys of programs."},
        {"name": "webhooks", "description": "Being told instead of asking."},
    ],
}
