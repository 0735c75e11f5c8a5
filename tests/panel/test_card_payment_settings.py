"""Which settings of card payments a panel takes, and which production refuses."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PRODUCTION = {
    "PANEL_ENV": "production",
    "SECRET_KEY": "s" * 50,
    "PANEL_FIELD_KEYS": "a2V5LW9mLXRoaXMtdGVzdC0zMi1ieXRlcy1sb25nISE=",
    "ALLOWED_HOSTS": "panel.example.com",
}
CODE = "from panel import settings as s; print(s.STRIPE_API_BASE, len(s.STRIPE_WEBHOOK_SECRETS), s.STRIPE_SECRET_KEY)"


def settings_with(**environment: str) -> subprocess.CompletedProcess:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("STRIPE_")}
    return subprocess.run(
        [sys.executable, "-c", CODE], cwd=ROOT, env=kept | environment, capture_output=True, text=True
    )


def test_without_any_there_are_no_card_payments():
    assert settings_with(**PRODUCTION).stdout.split() == ["0"]


def test_production_takes_a_key_with_the_secrets_of_its_webhooks():
    read = settings_with(
        **PRODUCTION, STRIPE_SECRET_KEY="sk_live_1", STRIPE_WEBHOOK_SECRETS="whsec_1,whsec_2"
    )

    assert read.stdout.split() == ["2", "sk_live_1"]


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"STRIPE_SECRET_KEY": "sk_live_1"}, "STRIPE_WEBHOOK_SECRETS"),
        ({"STRIPE_API_BASE": "http://127.0.0.1:8950"}, "STRIPE_API_BASE"),
    ],
)
def test_production_refuses_a_played_stripe_and_webhooks_nobody_could_verify(told, why):
    read = settings_with(**PRODUCTION, **told)

    assert read.returncode != 0
    assert why in read.stderr
    assert settings_with(PANEL_ENV="demo", **told).returncode == 0
