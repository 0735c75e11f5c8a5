"""Examples for the OpenAPI file, all of one story."""

from typing import Any

ORDER_IN: dict[str, Any] = {
    "service": 17,
    "link": "https://www.instagram.com/alice.studio/",
    "quantity": 1000,
    "max_charge": "1.25",
}
ORDER: dict[str, Any] = {
    "id": 4711,
    "state": "pending",
    "service": 17,
    "service_name": "Instagram Followers | Refill 30 Days",
    "link": "https://www.instagram.com/alice.studio/",
    "quantity": 1000,
    "rate_per_1000": "1.2345",
    "charge": "1.2345",
    "refunded": "0.00",
    "final_charge": "1.2345",
    "under_review": "0.00",
    "currency": "USD",
    "start_count": None,
    "delivered": 0,
    "remains": None,
    "overlaps": False,
    "guarantee_days": 30,
    "guaranteed_until": None,
    "terms_version": 1,
    "drip_feed": None,
    "placed_at": "2026-03-01T12:00:00Z",
    "started_at": None,
    "closed_at": None,
}
EVENT = {
    "at": "2026-03-01T12:00:00Z",
    "state": "pending",
    "title": "Placed",
    "text": "The charge was taken from your balance.",
    "refund": "0.00",
    "clauses": [],
}
BULK = {
    "placed": 1,
    "refused": 1,
    "charge": "1.2345",
    "verdicts": [
        {"line": 1, "order": 4711, "charge": "1.2345", "refusal": None},
        {
            "line": 2,
            "order": None,
            "charge": None,
            "refusal": {
                "code": "quantity_range",
                "detail": "Between 10 and 100,000; 5 is too few.",
                "clauses": ["A-31", "K-23"],
                "params": {
                    "min": "10",
                    "max": "100,000",
                    "min_quantity": 10,
                    "max_quantity": 100000,
                    "quantity": "5",
                },
            },
        },
    ],
}
SERVICE: dict[str, Any] = {
    "id": 17,
    "name": "Instagram Followers | Refill 30 Days",
    "description": "",
    "category": 2,
    "category_name": "Instagram Followers",
    "platform": "instagram",
    "metric": "followers",
    "kind": "default",
    "rate_per_1000": "1.2345",
    "currency": "USD",
    "min_quantity": 10,
    "max_quantity": 100000,
    "step": 1,
    "refill": True,
    "guarantee_days": 30,
    "stated_start": "0-1 hour",
    "stated_speed": "5K/day",
    "allows_runs": True,
}
REFILL: dict[str, Any] = {
    "id": 88,
    "order": 4711,
    "state": "queued",
    "asked_at": "2026-03-05T09:00:00Z",
    "start_due_at": "2026-03-06T09:00:00Z",
    "closed_at": None,
    "count": "10700",
    "guaranteed_count": 11000,
    "amount": 300,
    "reason": "",
    "answer": "",
    "clauses": [],
}
BALANCE: dict[str, Any] = {
    "balance": "48.7655",
    "currency": "USD",
    "cash": "43.7655",
    "bonus": "5.00",
    "fundings": [{"funding": 3, "credited_at": "2026-02-20T08:00:00Z", "cash": "43.7655", "bonus": "5.00"}],
}
TRANSACTION: dict[str, Any] = {
    "sequence": 12,
    "at": "2026-03-01T12:00:00Z",
    "kind": "charge",
    "order": 4711,
    "reason": "",
    "change": "-1.2345",
    "balance": "48.7655",
}
FUNDING: dict[str, Any] = {
    "id": 3,
    "kind": "deposit",
    "cash": "50.00",
    "bonus": "5.00",
    "reason": "",
    "terms_version": 1,
    "credited_at": "2026-02-20T08:00:00Z",
}
QUOTE: dict[str, Any] = {
    "gross": "20.00",
    "fee": "4.00",
    "payout": "16.00",
    "bonus_lost": "0.00",
    "due_on": "2026-03-12",
}
WITHDRAWAL: dict[str, Any] = {
    "id": 2,
    "state": "requested",
    **QUOTE,
    "terms_version": 1,
    "requested_at": "2026-03-05T09:00:00Z",
    "closed_at": None,
}
TERMS: dict[str, Any] = {
    "number": 1,
    "published_at": "2026-01-01T00:00:00Z",
    "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "in_force": True,
}
KEY: dict[str, Any] = {
    "id": 5,
    "name": "fp_a1B2c3D4…",
    "label": "My shop",
    "scopes": ["read", "order"],
    "allowed_networks": [],
    "created_at": "2026-02-20T08:00:00Z",
    "expires_at": None,
    "last_used_at": None,
    "revoked_at": None,
}
WEBHOOK_IN: dict[str, Any] = {
    "url": "https://shop.example/fairpanel",
    "events": ["order.created", "order.updated"],
    "description": "My shop",
}
WEBHOOK: dict[str, Any] = {
    "id": 4,
    **WEBHOOK_IN,
    "state": "active",
    "trouble": "",
    "failures": 0,
    "failing_since": None,
    "former_secret_until": None,
    "created_at": "2026-02-20T08:00:00Z",
    "tried_at": None,
    "delivered_at": None,
}
MESSAGE: dict[str, Any] = {
    "id": 901,
    "webhook_id": "msg_901",
    "event": "order.updated",
    "data": {"id": 4711, "state": "in_progress"},
    "created_at": "2026-03-01T12:05:00Z",
    "due_at": "2026-03-01T12:05:06Z",
    "delivered_at": None,
    "gave_up_at": None,
    "attempts": 1,
    "tries": [{"at": "2026-03-01T12:05:01Z", "status": 503, "words": "", "ms": 84}],
}


def page(item: dict[str, Any]) -> dict[str, Any]:
    return {"items": [item], "next_cursor": None}
