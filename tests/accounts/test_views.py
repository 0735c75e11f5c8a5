import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.api_keys import create_key
from accounts.models import User


@pytest.fixture
def browser(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


def test_the_account_page_leads_to_everything_about_me(browser: Client, alice: User) -> None:
    create_key(customer=alice, label="My shop", now=timezone.now())

    page = browser.get(reverse("account_settings")).content.decode()

    assert "alice@example.com" in page
    assert "1 working key ·" in page
    for name in ["account_email", "account_change_password", "api_key_list", "terms_accepted"]:
        assert f'href="{reverse(name)}"' in page
