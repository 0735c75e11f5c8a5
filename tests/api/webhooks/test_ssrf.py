"""A webhook never leads into our own network, whatever is typed, resolved, resolved anew or answered."""

import pytest

from accounts.models import WebhookEndpoint, WebhookMessage
from api.webhooks.endpoints import AddressUnusable, create_endpoint
from api.webhooks.sending import route_of, send_next
from providers.wire import Limits, Route
from tests.api.webhooks.receiver import receiver
from tests.api.webhooks.stories import ALL, Clock, endpoint_of, send_all, tell
from tests.factories import NOW, make_customer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def production(settings):
    settings.PANEL_WEBHOOKS_ALLOW_PRIVATE = False


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example/hooks",
        "https://127.0.0.1/hooks",
        "https://10.1.2.3/hooks",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/hooks",
        "https://[::ffff:127.0.0.1]/hooks",
        "https://[fd00::1]/hooks",
        "https://0.0.0.0/",
        "https://shop.example:8443/hooks",
        "https://user:word@shop.example/",
        "ftp://shop.example/",
        "file:///etc/passwd",
        "https://shop.example/\r\nHost: other",
        "https://",
        "",
        "https://shop.example/" + "x" * 500,
    ],
)
def test_an_address_that_can_never_be_right_is_refused_when_it_is_typed(production, url):
    with pytest.raises(AddressUnusable):
        create_endpoint(customer=make_customer(), url=url, events=ALL, now=NOW)

    assert not WebhookEndpoint.objects.exists()


def test_a_public_address_is_taken_in_earnest(production):
    endpoint, _secret = create_endpoint(
        customer=make_customer(), url="https://shop.example/hooks", events=ALL, now=NOW
    )
    assert endpoint.state == "active"


@pytest.mark.parametrize("host", ["2130706433", "127.1", "0x7f000001", "localhost", "0177.0.0.1"])
def test_other_spellings_of_this_machine_are_not_called(production, host):
    alice = make_customer()
    create_endpoint(customer=alice, url=f"https://{host}/hooks", events=ALL, now=NOW)
    tell(alice)

    send_next(clock=Clock(), route_for=route_of)

    tried = WebhookMessage.objects.get().tries[0]
    assert tried["status"] is None
    assert "must not call" in tried["words"] or "not resolved" in tried["words"]


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["169.254.169.254"], ["93.184.216.34", "10.0.0.1"], ["::1"], ["64:ff9b::7f00:1"]],
)
def test_a_name_that_leads_inside_is_not_called(production, addresses):
    alice = make_customer()
    create_endpoint(customer=alice, url="https://shop.example/hooks", events=ALL, now=NOW)
    tell(alice)

    def inside(endpoint):
        return Route(endpoint.url, resolve=lambda _host, _port: addresses)

    send_next(clock=Clock(), route_for=inside)

    assert "must not call" in WebhookMessage.objects.get().tries[0]["words"]


def test_a_name_that_moves_inside_after_it_was_looked_at_is_resolved_only_once():
    alice, asked = make_customer(), []

    def rebinding(_host, _port):
        asked.append(1)
        return ["127.0.0.1"] if len(asked) == 1 else ["169.254.169.254"]

    with receiver() as shop:
        endpoint_of(alice, f"http://shop.example:{shop.port}/hooks")
        tell(alice)
        limits = Limits(call_seconds=2, connect_seconds=2)
        send_next(
            clock=Clock(),
            route_for=lambda endpoint: Route(
                endpoint.url, allow_private=True, limits=limits, resolve=rebinding
            ),
        )

        assert len(asked) == 1
        assert shop.calls[0]["headers"]["Host"] == f"shop.example:{shop.port}"


@pytest.mark.parametrize("status", [301, 302, 307])
def test_a_redirect_is_a_failure_and_not_followed(status):
    alice = make_customer()
    with receiver(status) as shop:
        endpoint_of(alice, shop.url)
        tell(alice)
        send_all(Clock())

        assert len(shop.calls) == 1
    message = WebhookMessage.objects.get()
    assert message.delivered_at is None
    assert (message.tries[0]["status"], message.tries[0]["words"]) == (status, "redirects are not followed")


def test_an_answer_of_any_length_counts_by_its_status():
    alice = make_customer()
    with receiver(200) as shop:
        endpoint_of(alice, shop.url)
        tell(alice)
        send_all(Clock())

    assert WebhookMessage.objects.get().delivered_at == NOW
