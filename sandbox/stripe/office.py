"""The merchant's account at this Stripe: its name and keys, and telling the merchant what happened."""

import threading
import time
from dataclasses import dataclass, field
from typing import Any

from sandbox.stripe.refusals import missing
from sandbox.stripe.store import Store, Thing

API_VERSION = "2026-10-28.endive"
# What is done by itself after a while; each can be set through the control door.
SETTLE_SECONDS = 20.0
FEE_DELAY_SECONDS = 0.0


@dataclass
class Office:
    store: Store
    key: str
    merchant: str = "Fairpanel"
    currency: str = "usd"
    url: str = ""
    webhook_url: str = ""
    webhook_secrets: tuple[str, ...] = ()
    # Which call is being answered, for the events it causes.
    asked: dict[str, str | None] = field(default_factory=lambda: {"id": None, "idempotency_key": None})
    has_mail: threading.Event = field(default_factory=threading.Event)

    @property
    def now(self) -> int:
        return int(self.store.now())

    @property
    def account_id(self) -> str:
        return f"acct_{self.store.letters('account', 16)}"

    def take(self, kind: str, wanted: str, *, param: str = "id", status: int = 404) -> Thing:
        """The thing of this name. Raises Refused when there is none."""
        found = self.store.find(wanted, kind=kind)
        if found is None:
            raise missing(kind, wanted, param=param, status=status)
        return found

    def tell(self, happened: str, thing: Thing, *, before: Thing | None = None) -> Thing:
        """Write an event with the thing as it is now, and the webhooks it owes."""
        data: dict[str, Any] = {"object": visible(thing)}
        if before is not None:
            data["previous_attributes"] = {
                name: before.get(name) for name, value in visible(thing).items() if before.get(name) != value
            }
        event = self.store.add(
            {
                "id": self.store.new_id("evt"),
                "object": "event",
                "api_version": API_VERSION,
                "created": self.now,
                "data": data,
                "livemode": False,
                "request": dict(self.asked),
                "type": happened,
            }
        )
        if self.webhook_url:
            owe(self.store, event["id"])
            self.has_mail.set()
        return event

    def change(self, thing: Thing, happened: str = "", **fields: object) -> Thing:
        """Store new values, and tell what happened when that has a name."""
        before = dict(thing)
        thing.update(fields)
        self.store.save(thing)
        if happened:
            self.tell(happened, thing, before=before)
        return thing


def visible(thing: Thing) -> Thing:
    """The thing as the world sees it: without our own notes on it."""
    return {name: value for name, value in thing.items() if not name.startswith("_")}


def owe(store: Store, event: str) -> None:
    """Owe the merchant a webhook about this event, as often and as late as the faults say."""
    faults = store.setting("webhooks", {})
    number = store.count("webhooks")
    every = int(faults.get("drop_every", 0))
    state = "dropped" if every and number % every == 0 else "waiting"
    for copy in range(max(1, int(faults.get("times", 1)))):
        late = float(faults.get("delay", 0)) + float(faults.get("shuffle", 0)) * store.share(
            f"{number}:{copy}"
        )
        store.run(
            "INSERT INTO deliveries (event, due_at, state) VALUES (?, ?, ?)",
            event, time.time() + late, state,
        )  # fmt: skip
