"""The list of services: as one customer sees it, kept until something changes, and asked about by its ETag."""

import gzip
import json
import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Category, Service
from providers.models import Provider
from tests.api.conftest import Caller
from tests.factories import make_customer, make_service, publish_terms

pytestmark = pytest.mark.django_db


@pytest.fixture
def ask(client, call):
    """Ask for the services and get the bare response."""
    return lambda key=call.key, **headers: client.post(
        "/api/v2", {"key": key, "action": "services"}, headers=headers
    )


def test_the_list_names_exactly_what_it_is(ask):
    service = make_service()

    first, again = ask(), ask()

    assert first.status_code == again.status_code == 200
    assert first["ETag"] == again["ETag"]
    assert first.content == again.content
    assert json.loads(first.content)[0]["service"] == service.pk
    assert first["Cache-Control"] == "private, no-cache"
    assert "Authorization" in first["Vary"]


@pytest.mark.parametrize("method", ["get", "post"])
def test_who_has_the_newest_list_is_told_so_without_it(client, call, ask, method):
    make_service()
    etag = ask()["ETag"]

    for known in (etag, f"W/{etag}", f'"older", {etag}', "*"):
        answer = getattr(client, method)(
            "/api/v2", {"key": call.key, "action": "services"}, headers={"If-None-Match": known}
        )
        assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", etag)
    assert ask(**{"If-None-Match": '"older"'}).status_code == 200


def test_who_can_unpack_gets_it_packed_under_a_mark_of_its_own(ask):
    make_service()
    plain, packed = ask(), ask(**{"Accept-Encoding": "gzip, deflate"})

    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert packed["ETag"] != plain["ETag"]
    assert ask(**{"Accept-Encoding": "gzip", "If-None-Match": packed["ETag"]}).status_code == 304


def change_price(service):
    Service.objects.filter(pk=service.pk).update(rate_per_1000="9.99")


def change_text(service):
    Service.objects.filter(pk=service.pk).update(description="Now slower.")


def take_off_sale(service):
    Service.objects.filter(pk=service.pk).update(is_on_sale=False)


def add_service(service):
    make_service(name="New")


def remove_service(service):
    Service.objects.filter(pk=service.pk).delete()


def rename_category(service):
    Category.objects.filter(pk=service.category_id).update(name="Renamed")


def stop_provider(service):
    Provider.objects.filter(pk=service.provider_id).update(is_active=False)


def publish_other_terms(service):
    publish_terms(changes={"order.customer_cancel_from": ["pending"]})


@pytest.mark.parametrize(
    "change",
    [
        change_price,
        change_text,
        take_off_sale,
        add_service,
        remove_service,
        rename_category,
        stop_provider,
        publish_other_terms,
    ],
)
def test_after_every_change_the_list_is_new(ask, change):
    service = make_service()
    before = ask()

    change(service)

    after = ask(**{"If-None-Match": before["ETag"]})
    assert after.status_code == 200
    assert after["ETag"] != before["ETag"]
    assert after.content != before.content


def test_a_change_that_nobody_sees_leaves_the_mark_as_it_is(ask):
    service = make_service()
    etag = ask()["ETag"]
    Service.objects.filter(pk=service.pk).update(provider_rate="0.1")

    assert ask(**{"If-None-Match": etag}).status_code == 304


def test_a_new_discount_is_a_new_list_and_others_never_see_it(client, ask, call, caller_of, alice):
    make_service(rate_per_1000="2")
    bob = caller_of(make_customer("bob@example.com", discount_percent="50"))
    assert [call("services")[0]["rate"], bob("services")[0]["rate"]] == ["2.00", "1.00"]
    etag = ask()["ETag"]

    alice.discount_percent = "25"
    alice.save()

    assert ask(**{"If-None-Match": etag}).status_code == 200
    assert [Caller(client, call.key)("services")[0]["rate"], bob("services")[0]["rate"]] == ["1.50", "1.00"]


def test_a_kept_list_of_five_thousand_takes_few_queries_and_little_time(ask, call):
    """Made anew it takes some tenths of a second, kept about a hundredth. The bound leaves room for a busy machine."""
    model = make_service()
    columns = [
        field.attname for field in Service._meta.concrete_fields if not (field.generated or field.primary_key)
    ]
    same = {name: getattr(model, name) for name in columns}
    Service.objects.bulk_create(
        Service(**same | {"provider_service": f"n{number}", "name": f"Service {number}"})
        for number in range(4_999)
    )
    began = time.perf_counter()
    made = ask()
    making = time.perf_counter() - began

    began = time.perf_counter()
    with CaptureQueriesContext(connection) as queries:
        kept = ask()
    keeping = time.perf_counter() - began

    assert len(json.loads(made.content)) == 5_000
    assert kept.content == made.content
    assert len(queries) == 4, "the key, the terms, the mark of the catalogue, the kept list"
    assert keeping < making / 2
