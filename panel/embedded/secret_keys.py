"""Secrets of a demo or a test run: made once, kept where only their owner can read them."""

from __future__ import annotations

import base64
import json
import os
import secrets
from collections.abc import Callable
from pathlib import Path


def new_secrets() -> dict[str, str]:
    """Make the secrets that the settings ask for, under the names of their environment variables."""
    return {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "PANEL_FIELD_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
    }


def new_stripe_secrets() -> dict[str, str]:
    """Make the secrets that a panel shares with the Stripe played on this machine."""
    return {
        "STRIPE_SECRET_KEY": f"sk_test_{secrets.token_hex(24)}",
        "STRIPE_WEBHOOK_SECRETS": f"whsec_{secrets.token_hex(24)}",
    }


def kept_secrets(file: Path, make: Callable[[], dict[str, str]] = new_secrets) -> dict[str, str]:
    """Return the secrets kept in `file`, making them at first use."""
    if not file.exists():
        unfinished = file.with_suffix(".new")
        unfinished.unlink(missing_ok=True)
        fd = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(fd, "w") as out:
            json.dump(make(), out, indent=2)
            out.flush()
            os.fsync(fd)
        unfinished.rename(file)
    kept: dict[str, str] = json.loads(file.read_text())
    return kept
