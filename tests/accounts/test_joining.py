import pytest
from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts.joining import add_person, confirm_address
from accounts.models import User
from tests.accounts.conftest import PASSWORD


@pytest.mark.django_db
def test_a_person_added_by_somebody_else_signs_in_at_once() -> None:
    add_person(email="Alice@Example.com", password=PASSWORD, discount_percent="5")

    browser = Client()
    browser.post(reverse("account_login"), {"login": "alice@example.com", "password": PASSWORD})

    assert browser.get(reverse("account_settings")).status_code == 200


def test_nobody_is_added_twice_and_nothing_is_left_of_the_attempt(alice: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        add_person(email="ALICE@example.com", password=PASSWORD)

    assert User.objects.get() == alice
    assert EmailAddress.objects.get().user_id == alice.pk


def test_confirming_an_address_twice_is_harmless(alice: User) -> None:
    confirm_address(alice)

    address = EmailAddress.objects.get()
    assert [address.email, address.verified, address.primary] == [alice.email, True, True]
