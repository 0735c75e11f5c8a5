from typing import Any

from django.conf import settings
from django.http import HttpRequest


def customer(request: HttpRequest) -> dict[str, Any]:
    return {"panel_name": settings.PANEL_NAME, "currency": settings.PANEL_CURRENCY}
