from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from providers.admin import ProviderForm
from providers.models import PauseReason, Provider
from tests.providers.small_panel import KEY, SmallPanel
from tests.providers.upstream import Upstream

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture
def sam(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("sam@example.com", "a long enough word"))
    return client


def typed(**changes: object) -> dict[str, object]:
    return {
        "name": "Upstream",
        "url": "https://upstream.example/api/v2",
        "currency": "usd",
        "api_key": KEY,
        "is_active": "on",
        "parallel_calls": "4",
        "brake_orders_per_hour": "50",
        "brake_refund_per_hour": "200",
    } | changes


def make_provider(url: str = "https://upstream.example/api/v2", **fields: object) -> Provider:
    provider = Provider(name="Upstream", url=url, **fields)
    provider.set_key(KEY)
    provider.save()
    return provider


def act(sam: Client, action: str, provider: Provider) -> str:
    answer = sam.post(
        reverse("admin:providers_provider_changelist"),
        {"action": action, "_selected_action": [provider.pk]},
        follow=True,
    )
    provider.refresh_from_db()
    return answer.content.decode()


def test_sam_adds_a_provider_and_nobody_ever_reads_its_key_again(sam: Client) -> None:
    sam.post(reverse("admin:providers_provider_add"), typed())

    provider = Provider.objects.get()
    assert (provider.unsealed_key(), provider.currency) == (KEY, "USD")
    for page in ("change", "history"):
        shown = sam.get(reverse(f"admin:providers_provider_{page}", args=[provider.pk])).content.decode()
        assert KEY not in shown
        assert provider.encrypted_key not in shown


def test_the_form_shows_the_end_of_the_key_only(sam: Client) -> None:
    provider = make_provider()

    shown = sam.get(reverse("admin:providers_provider_change", args=[provider.pk])).content.decode()

    assert f"Stored; ends in {KEY[-4:]}." in shown


def test_an_empty_key_keeps_the_one_that_is_there(sam: Client) -> None:
    provider = make_provider()

    sam.post(
        reverse("admin:providers_provider_change", args=[provider.pk]), typed(api_key="", name="Renamed")
    )

    provider.refresh_from_db()
    assert (provider.name, provider.unsealed_key()) == ("Renamed", KEY)


def test_a_typed_key_replaces_the_one_that_is_there(sam: Client) -> None:
    provider = make_provider()

    sam.post(reverse("admin:providers_provider_change", args=[provider.pk]), typed(api_key="another-key"))

    provider.refresh_from_db()
    assert provider.unsealed_key() == "another-key"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"api_key": ""}, "api_key"),
        ({"url": "http://upstream.example/api/v2"}, "url"),
        ({"url": "https://word:word@upstream.example/"}, "url"),
        ({"url": "not an address"}, "url"),
        ({"parallel_calls": "0"}, "parallel_calls"),
        ({"currency": "US"}, "__all__"),
    ],
)
def test_what_cannot_be_a_provider_is_refused_at_its_field(changes: dict[str, object], field: str) -> None:
    form = ProviderForm(typed(**changes))

    assert list(form.errors) == [field]


def test_a_plain_private_address_needs_the_explicit_tick() -> None:
    url = "http://sandbox:8900/api/v2"

    assert not ProviderForm(typed(url=url)).is_valid()
    assert ProviderForm(typed(url=url, allow_private_address="on")).is_valid()


def test_checking_now_says_what_is_left_there(sam: Client) -> None:
    with Upstream(SmallPanel(balance=Decimal("12.5"))) as upstream:
        provider = make_provider(upstream.url, allow_private_address=True)
        shown = act(sam, "check_now", provider)

    assert "Upstream answers: 12.5 USD, checked 0\xa0minutes ago." in shown
    assert provider.balance == Decimal("12.5")


def test_checking_now_says_clearly_what_fails(sam: Client) -> None:
    with Upstream(SmallPanel()) as upstream:
        provider = make_provider(upstream.url, allow_private_address=True)
        provider.set_key("a wrong key")
        provider.save()
        shown = act(sam, "check_now", provider)

    assert "Upstream: The provider does not accept our API key: “Invalid API key”." in shown
    assert "Paused until" in shown


def test_checking_a_private_address_that_was_not_allowed_calls_nobody(sam: Client) -> None:
    with Upstream(SmallPanel()) as upstream:
        provider = make_provider(upstream.url)
        shown = act(sam, "check_now", provider)

    assert "The address must use https" in shown
    assert upstream.connections == 0


def test_sam_pauses_and_resumes(sam: Client) -> None:
    provider = make_provider()

    assert "Paused until staff resume: paused by staff." in act(sam, "pause", provider)
    assert provider.paused_reason == PauseReason.STAFF
    assert "Working." in act(sam, "resume", provider)
    assert provider.paused_reason == ""


def test_a_provider_is_never_deleted(sam: Client) -> None:
    provider = make_provider()

    assert sam.post(reverse("admin:providers_provider_delete", args=[provider.pk])).status_code == 403
    act(sam, "delete_selected", provider)
    assert Provider.objects.filter(pk=provider.pk).exists()


def test_the_list_tells_the_state_of_a_provider_without_a_query_for_each(
    sam: Client, django_assert_max_num_queries
) -> None:
    for number in range(5):
        provider = Provider(
            name=f"Upstream {number}", url="https://upstream.example/api/v2", is_active=number > 0
        )
        provider.set_key(KEY)
        provider.save()

    with django_assert_max_num_queries(6):
        shown = sam.get(reverse("admin:providers_provider_changelist")).content.decode()

    assert "Inactive: gets no orders." in shown
    assert "Never checked." in shown
    assert "upstream.example" in shown


def test_customers_have_no_way_in(client: Client) -> None:
    client.force_login(User.objects.create_user("alice@example.com", "a long enough word"))

    answer = client.get(reverse("admin:providers_provider_changelist"))

    assert answer.status_code in {302, 403}
