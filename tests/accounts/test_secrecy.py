"""Keys and passwords stay out of the log and out of error reports."""

import logging

import pytest
from django.db import DatabaseError, connection
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone
from django.views.debug import ExceptionReporter

from accounts.api_keys import create_key, customer_of_key
from accounts.models import ApiKey, User
from tests.accounts.conftest import PASSWORD
from tests.accounts.test_key_views import KEY, give_password, make_key


def test_neither_keys_nor_passwords_come_into_the_log(alice: User, caplog, settings) -> None:
    settings.DEBUG = True  # so that SQL is logged as well
    browser = Client()

    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.DEBUG, logger="django"):
        browser.post(reverse("account_login"), {"login": "alice@example.com", "password": PASSWORD})
        give_password(browser)
        page = make_key(browser)
        [plain] = set(KEY.findall(page.content.decode()))
        customer_of_key(plain, now=timezone.now())
        customer_of_key(plain[:-1], now=timezone.now())
        browser.post(reverse("api_key_revoke", args=[ApiKey.objects.get().pk]))
        browser.get("/no/such/page/")

    assert "/no/such/page/" in caplog.text
    assert "accounts_apikey" in caplog.text
    assert plain[11:] not in caplog.text
    assert PASSWORD not in caplog.text


def report_of(broken: pytest.ExceptionInfo[DatabaseError]) -> str:
    error = broken.value.with_traceback(broken.tb.tb_next)  # without the test itself, which knows the key
    return ExceptionReporter(
        RequestFactory().get("/"), type(error), error, error.__traceback__
    ).get_traceback_html()


def test_a_report_of_a_failure_to_make_a_key_does_not_contain_it(alice: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute("alter table accounts_apikey add check (label <> 'My shop')")

    with pytest.raises(DatabaseError) as broken:
        create_key(customer=alice, label="My shop", now=timezone.now())

    report = report_of(broken)
    assert "create_key" in report
    assert not KEY.search(report)


def test_a_report_of_a_failure_to_recognise_a_key_does_not_contain_it(alice: User) -> None:
    _key, plain = create_key(customer=alice, label="My shop", now=timezone.now())
    with connection.cursor() as cursor:
        cursor.execute("alter table accounts_apikey rename to gone")

    with pytest.raises(DatabaseError) as broken:
        customer_of_key(plain, now=timezone.now())

    report = report_of(broken)
    assert "customer_of_key" in report
    assert plain[11:] not in report
