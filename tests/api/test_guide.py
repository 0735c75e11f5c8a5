"""The page for people who write programs."""

import pytest

from api.words import WORDS

pytestmark = pytest.mark.django_db


def test_anybody_may_read_how_to_call(client, terms, settings):
    settings.PANEL_URL = "https://panel.example/"

    page = client.get("/api/")

    assert page.status_code == 200
    text = page.content.decode()
    assert "curl https://panel.example/api/v2 -d key=YOUR_KEY" in text
    for words in ("services", "status", "balance", "idempotency_key", "Quantity less than minimal 50"):
        assert words in text
    assert "120 calls a minute" in text
    for refusal in WORDS:
        assert refusal.code in text


def test_the_page_is_only_for_reading(client, terms):
    assert client.post("/api/").status_code == 405
