"""A small honest panel that speaks API v2: the trade's words and shapes, its own books, nothing of ours."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tests.providers.upstream import Reply, Request, said

KEY = "a-key-that-the-small-panel-knows"
SERVICES = [
    {
        "service": 1,
        "name": "Followers",
        "type": "Default",
        "category": "First Category",
        "rate": "0.90",
        "min": "50",
        "max": "10000",
        "refill": True,
        "cancel": True,
    },
    {
        "service": "2",
        "name": "Comments",
        "type": "Custom Comments",
        "category": "Second Category",
        "rate": 5,
        "min": 1,
        "max": 100,
        "refill": False,
        "cancel": 0,
    },
    {"service": 3, "name": "Starter", "type": "Package", "rate": "3.00", "min": 1, "max": 1},
]


@dataclass
class SmallPanel:
    balance: Decimal = Decimal(10)
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    refills: list[str] = field(default_factory=list)

    def __call__(self, request: Request) -> Reply:
        form = request.form
        if form.get("key") != KEY:
            return said({"error": "Invalid API key"})
        actions = {
            "services": lambda: SERVICES,
            "balance": lambda: {"balance": str(self.balance), "currency": "USD"},
            "add": lambda: self._add(form),
            "status": lambda: {one: self._status(one) for one in form["orders"].split(",")},
            "refill": lambda: self._refill(form["order"]),
            "refill_status": lambda: [self._refill_status(one) for one in form["refills"].split(",")],
            "cancel": lambda: [self._cancel(one) for one in form["orders"].split(",")],
        }
        return said(actions[form["action"]]())

    def _add(self, form: dict[str, str]) -> dict[str, object]:
        service = next((one for one in SERVICES if str(one["service"]) == form["service"]), None)
        if service is None:
            return {"error": "Incorrect service ID"}
        if not form["link"]:
            return {"error": "Link is required"}
        quantity = int(form.get("quantity", 1))
        if service["type"] == "Custom Comments":
            quantity = len(form.get("comments", "").split())
            if not quantity:
                return {"error": "neworder.error.comment"}
        if quantity < int(str(service["min"])):
            return {"error": f"Quantity less than minimal {service['min']}"}
        if quantity > int(str(service["max"])):
            return {"error": f"Quantity more than maximum {service['max']}"}
        return self._sell(quantity, service)

    def _sell(self, quantity: int, service: dict[str, Any]) -> dict[str, object]:
        units = Decimal(1) if service["type"] == "Package" else Decimal(quantity) / 1000
        charge = Decimal(str(service["rate"])) * units
        if charge > self.balance:
            return {"error": "Not enough funds on balance"}
        self.balance -= charge
        number = 23501 + len(self.orders)
        self.orders[str(number)] = {"charge": str(charge), "remains": str(quantity)}
        return {"order": number}

    def _status(self, one: str) -> object:
        order = self.orders.get(one)
        if order is None:
            return {"error": "Incorrect order ID"}
        return {**order, "start_count": None, "status": "Pending", "currency": "USD"}

    def _refill(self, one: str) -> object:
        if one not in self.orders:
            return {"error": "Incorrect order ID"}
        self.refills.append(one)
        return {"refill": str(len(self.refills))}

    def _refill_status(self, one: str) -> object:
        known = 0 < int(one) <= len(self.refills)
        return {"refill": int(one), "status": "Pending" if known else {"error": "Refill not found"}}

    def _cancel(self, one: str) -> object:
        return {"order": int(one), "cancel": 1 if one in self.orders else {"error": "Incorrect order ID"}}
