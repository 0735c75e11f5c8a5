"""A small client of the Fairpanel REST API. It needs nothing but Python."""

from fairpanel_client.client import Client
from fairpanel_client.shapes import Balance, Order, Refill, Service, Transaction, Verdict
from fairpanel_client.transport import Problem, Unreachable

__all__ = [
    "Balance",
    "Client",
    "Order",
    "Problem",
    "Refill",
    "Service",
    "Transaction",
    "Unreachable",
    "Verdict",
]
