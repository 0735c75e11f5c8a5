"""The part about refills on the page of an order: orders know nothing of refills, so their page asks for it here."""

from typing import Any

from django import template

from orders.models import Order
from refills.views import told_of_order

register = template.Library()


@register.inclusion_tag("refills/of_order.html", takes_context=True)
def refill_of_order(context: dict[str, Any], order: Order) -> dict[str, Any]:
    return {"csrf_token": context.get("csrf_token"), "request": context["request"]} | told_of_order(order)
