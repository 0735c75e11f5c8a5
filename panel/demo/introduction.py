"""Who can sign in to the demo, in a file that only the owner of the data folder can read.

Passwords and key stay what they are from start to start; addresses follow the port.
"""

import json
import os
import secrets
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from accounts.api_keys import create_key, customer_of_key
from accounts.models import User
from accounts.refusals import Refusal
from accounts.standing import refusal_of
from accounts.states import Deed
from panel.demo.loading import ALICE, BOB, KEY_LABEL, SAM

FILE = "demo.json"
PEOPLE = {"customer": ALICE, "second_customer": BOB, "admin": SAM}


def introduce(*, now: datetime) -> Path:
    """Write the file and return where it is."""
    file = Path(settings.PANEL_DATA) / FILE
    kept = _kept(file, now=now) or _made_new(now=now)
    _write(
        file,
        {
            "url": f"{settings.PANEL_URL}/",
            "api_v2_url": f"{settings.PANEL_URL}/api/v2",
            **kept,
            "provider_url": settings.PANEL_SANDBOX_URL,
            "stripe_url": settings.STRIPE_DASHBOARD_URL if settings.STRIPE_API_BASE else "",
        },
    )
    return file


def _kept(file: Path, *, now: datetime) -> dict[str, Any] | None:
    """Return the key and the passwords of the last start, unless they belong to another database."""
    try:
        known = json.loads(file.read_text())
        kept = {name: known[name] for name in ("api_key", *PEOPLE)}
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
    try:
        owner = customer_of_key(kept["api_key"], now=now)
    except Refusal:
        # Somebody tried out freezing or closing her account: that is no reason not to start.
        return kept
    return kept if owner is not None and owner.email == ALICE else None


def _made_new(*, now: datetime) -> dict[str, Any]:
    """Give everybody a new password and alice a new key; she has at most a handful of those."""
    known: dict[str, Any] = {}
    for name, email in PEOPLE.items():
        person = User.objects.get(email=email)
        known[name] = {"email": email, "password": secrets.token_urlsafe(12)}
        person.set_password(known[name]["password"])
        person.save(update_fields=["password"])
    alice = User.objects.get(email=ALICE)
    alice.api_keys.filter(label=KEY_LABEL, revoked_at=None).update(revoked_at=now)
    shut = refusal_of(alice, Deed.CALL_API)
    plain = "" if shut else create_key(customer=alice, label=KEY_LABEL, now=now)[1]
    return {"api_key": str(plain), **known}


def _write(file: Path, content: dict[str, Any]) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = file.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    fd = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(fd, "w") as out:
        json.dump(content, out, indent=2)
    unfinished.rename(file)
