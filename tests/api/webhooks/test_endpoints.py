"""Making and changing webhooks, and the pages for it."""

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from accounts.erasing import erase
from accounts.models import Notice, WebhookEndpoint, WebhookMessage
from accounts.standing import AccountSuspended
from api.webhooks import endpoints
from panel.privacy.erasing import erase_next
from panel.privacy.retention import keep_retention
from providers.secrets import unseal
from tests.api.webhooks.stories import ALL, tell
from tests.factories import NOW, PASSWORD, after, make_customer, make_staff

pytestmark = pytest.mark.django_db(transaction=True)

URL = "https://shop.example/hooks"
LISTS = [("list", 0), ("new", 0), ("detail", 1), ("change", 1), ("secret", 1)]
DEEDS = ["switch", "remove", "test"]


@pytest.fixture
def alice():
    return make_customer()


@pytest.fixture
def endpoint(alice) -> WebhookEndpoint:
    return endpoints.create_endpoint(customer=alice, url=URL, events=ALL, now=NOW)[0]


def sign_in(client, person):
    client.force_login(person)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client


def test_a_secret_is_stored_sealed_and_never_printed(alice):
    endpoint, plain = endpoints.create_endpoint(customer=alice, url=URL, events=ALL, now=NOW)

    assert plain.startswith("whsec_")
    assert plain not in endpoint.sealed_secret
    assert unseal(endpoint.sealed_secret) == plain
    assert plain not in repr(plain)
    assert Notice.objects.filter(customer=alice, kind="security").count() == 1


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"events": []}, endpoints.NothingToTell),
        ({"events": ["order.eaten"]}, endpoints.NothingToTell),
        ({"events": ["ping"]}, endpoints.NothingToTell),
        ({"description": "x" * 81}, endpoints.NameUnusable),
        ({"description": "a\nb"}, endpoints.NameUnusable),
    ],
)
def test_what_makes_no_sense_is_refused(alice, changed, refusal):
    with pytest.raises(refusal):
        endpoints.create_endpoint(**({"customer": alice, "url": URL, "events": ALL, "now": NOW} | changed))


def test_there_are_ten_at_most_and_a_removed_one_makes_room(alice):
    made = [
        endpoints.create_endpoint(customer=alice, url=URL, events=ALL, now=NOW)[0]
        for _each in range(endpoints.MOST_ENDPOINTS)
    ]
    with pytest.raises(endpoints.TooManyEndpoints):
        endpoints.create_endpoint(customer=alice, url=URL, events=ALL, now=NOW)
    endpoints.remove(made[0])
    endpoints.create_endpoint(customer=alice, url=URL, events=ALL, now=NOW)


def test_a_suspended_account_makes_none():
    with pytest.raises(AccountSuspended):
        endpoints.create_endpoint(customer=make_customer(state="suspended"), url=URL, events=ALL, now=NOW)


def test_the_customers_row_knows_what_any_webhook_wants(alice, endpoint):
    assert alice.webhook_events == sorted(ALL)
    endpoints.change_endpoint(endpoint, url=URL, events=["refill.updated"])
    alice.refresh_from_db()
    assert alice.webhook_events == ["refill.updated"]
    endpoints.remove(endpoint)
    alice.refresh_from_db()
    assert alice.webhook_events == []


def test_an_erased_person_leaves_no_webhook(alice, endpoint):
    tell(alice)
    alice.state = "closed"
    alice.save()
    erase(customer=alice, by=make_staff(), why="asked", now=NOW)
    while erase_next(now=NOW):
        pass

    assert not WebhookEndpoint.objects.exists()
    assert not WebhookMessage.objects.exists()
    alice.refresh_from_db()
    assert alice.webhook_events == []


def test_messages_are_kept_for_thirty_days_and_a_removed_webhook_goes_with_its_last(terms, alice, endpoint):
    tell(alice)
    endpoints.remove(endpoint)

    keep_retention(now=after(days=30))
    assert WebhookMessage.objects.exists()
    keep_retention(now=after(days=30, seconds=1))
    assert not WebhookMessage.objects.exists()
    assert not WebhookEndpoint.objects.exists()


def test_secrets_can_be_sealed_by_a_new_key(settings, endpoint):
    before = endpoint.sealed_secret
    settings.PANEL_FIELD_KEYS = ["MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", *settings.PANEL_FIELD_KEYS]
    call_command("rotate_webhook_keys")
    settings.PANEL_FIELD_KEYS = settings.PANEL_FIELD_KEYS[:1]

    endpoint.refresh_from_db()
    assert endpoint.sealed_secret != before
    assert unseal(endpoint.sealed_secret).startswith("whsec_")
    settings.PANEL_FIELD_KEYS = ["OTg3NjU0MzIxMDk4NzY1NDMyMTA5ODc2NTQzMjEwOTg="]
    with pytest.raises(CommandError):
        call_command("rotate_webhook_keys")


@pytest.mark.parametrize(("page", "count"), LISTS)
def test_the_pages_open_for_their_customer_and_for_nobody_else(client, alice, endpoint, page, count):
    address = reverse(f"webhook_{page}", args=[endpoint.pk] * count)

    assert client.get(address).status_code == 302
    assert sign_in(client, alice).get(address).status_code == 200
    if count:
        assert sign_in(client, make_customer("bob@example.com")).get(address).status_code == 404


@pytest.mark.parametrize("deed", DEEDS)
def test_what_changes_something_is_a_post_of_their_customers(client, alice, endpoint, deed):
    address = reverse(f"webhook_{deed}", args=[endpoint.pk])

    assert sign_in(client, make_customer("bob@example.com")).post(address).status_code == 404
    assert sign_in(client, alice).get(address).status_code == 405
    assert client.post(address).status_code == 302


def test_making_one_asks_for_the_password_when_it_was_given_long_ago(client, alice):
    client.force_login(alice)

    answer = client.get(reverse("webhook_new"))

    assert answer.status_code == 302
    assert "reauthenticate" in answer["Location"]


def test_a_webhook_is_made_by_a_form_and_its_secret_is_shown_once(client, alice):
    sign_in(client, alice)
    wanted = {"url": URL, "description": "My <b>shop</b>", "events": ["order.updated"]}

    made = client.post(reverse("webhook_new"), wanted).content.decode()

    endpoint = WebhookEndpoint.objects.get()
    secret = unseal(endpoint.sealed_secret)
    assert secret in made
    detail = client.get(reverse("webhook_detail", args=[endpoint.pk])).content.decode()
    assert secret not in detail
    assert "My &lt;b&gt;shop&lt;/b&gt;" in detail
    renewed = client.post(reverse("webhook_secret", args=[endpoint.pk])).content.decode()
    assert secret not in renewed
    assert "whsec_" in renewed


def test_a_refused_address_is_said_at_the_form(client, alice, settings):
    settings.PANEL_WEBHOOKS_ALLOW_PRIVATE = False
    sign_in(client, alice)

    answer = client.post(reverse("webhook_new"), {"url": "https://127.0.0.1/", "events": ["order.updated"]})

    assert "private network" in answer.content.decode()
    assert not WebhookEndpoint.objects.exists()


def test_the_log_shows_what_was_told_page_by_page_and_sends_it_again(
    client, alice, endpoint, django_assert_max_num_queries
):
    for step in range(30):
        tell(alice, step=step)
    WebhookMessage.objects.update(
        due_at=None,
        delivered_at=NOW,
        attempts=1,
        tries=[{"at": NOW.isoformat(), "status": 204, "words": "", "ms": 12}],
    )
    sign_in(client, alice)
    address = reverse("webhook_detail", args=[endpoint.pk])

    with django_assert_max_num_queries(12):
        first = client.get(address)
    assert len(first.context["entries"]) == 25
    older = client.get(address + first.context["older"])
    assert len(older.context["entries"]) == 5
    assert client.get(address, {"look": "troubled"}).context["entries"] == []
    assert len(client.get(address, {"look": "delivered"}).context["entries"]) == 25

    message = WebhookMessage.objects.order_by("pk").first()
    client.post(reverse("webhook_resend", args=[message.pk]))
    message.refresh_from_db()
    assert message.due_at is not None
    assert message.delivered_at is None


def test_nobody_sends_again_what_is_not_theirs(client, alice, endpoint):
    tell(alice)
    message = WebhookMessage.objects.get()

    answer = sign_in(client, make_customer("bob@example.com")).post(
        reverse("webhook_resend", args=[message.pk])
    )

    assert answer.status_code == 404
