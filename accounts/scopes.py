"""What an API key lets a program do. A key has one scope at least; money only ever when somebody ticked it."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Scope(models.TextChoices):
    READ = "read", _("Read services, orders, refills and the balance")
    ORDER = "order", _("Place and cancel orders")
    REFILL = "refill", _("Ask for refills")
    MONEY = "money", _("Read and move money: deposits, invoices, withdrawals")


# What every key could do before there were scopes, and what programs written for API v2 need.
API_V2 = (Scope.READ, Scope.ORDER, Scope.REFILL)


def all_of_api_v2() -> list[str]:
    return [scope.value for scope in API_V2]
