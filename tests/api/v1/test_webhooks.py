"""Webhooks by program: made, changed, paused, removed; what they were told; and secrets that are shown once."""

import json

import pytest

from accounts.models import Notice, WebhookEndpoint, WebhookMessage
from accounts.scopes import Scope
from api.models import IdempotentCall
from api.webhooks.endpoints import MOST_ENDPOINTS
from providers.secrets import unseal
from tests.api.v1.conftest import code_of
from tests.api.webhooks import stories
from tests.api.webhooks.stories import endpoint_of
from tests.factories import NOW

pytestmark = pytest.mark.django_db

URL = "https://shop.example/fairpanel"
WANTED = {"url": URL, "events": ["order.created", "order.updated"], "description": "My shop"}


@pytest.fixture
def made(call):
    return call.post("/webhooks/", WANTED).json()


def tell(customer, **what):
    """What is wanted stands in the customer's row, which the program's calls have changed."""
    customer.refresh_from_db()
    stories.tell(customer, **what)


def stored(told):
    return WebhookEndpoint.objects.get(pk=told["id"])


def operations(number, message=1):
    here = f"/webhooks/{number}/"
    return [
        ("GET", here),
        ("PATCH", here),
        ("DELETE", here),
        *(("POST", f"{here}{deed}/") for deed in ("secret", "pause", "resumption", "test")),
        ("GET", f"{here}messages/"),
        ("POST", f"{here}messages/{message}/delivery/"),
    ]


def test_a_webhook_is_made_told_about_and_listed(call, alice):
    answer = call.post("/webhooks/", WANTED)

    told = answer.json()
    secret = told.pop("secret")
    assert answer.status_code == 201
    assert {name: told[name] for name in WANTED} == WANTED
    assert (told["state"], told["trouble"], told["failures"]) == ("active", "", 0)
    assert unseal(stored(told).sealed_secret) == secret
    assert call.get(f"/webhooks/{told['id']}/").json() == told
    assert call.get("/webhooks/").json() == {"items": [told], "next_cursor": None}
    tell(alice)
    assert WebhookMessage.objects.get().endpoint_id == told["id"]
    assert Notice.objects.filter(customer=alice, kind="security").exists()


def test_the_secret_is_shown_once_and_kept_in_no_answer(call, made):
    replaced = call.post(f"/webhooks/{made['id']}/secret/", repeat="a")
    once_more = call.post(f"/webhooks/{made['id']}/secret/", repeat="a")

    secrets = {made["secret"], replaced.json()["secret"], once_more.json()["secret"]}
    assert replaced.status_code == 201
    assert len(secrets) == 3
    assert replaced.json()["former_secret_until"]
    assert unseal(stored(made).sealed_secret) == once_more.json()["secret"]
    assert unseal(stored(made).sealed_former_secret) == replaced.json()["secret"]

    call.post("/webhooks/", WANTED, repeat="b")
    call("PATCH", f"/webhooks/{made['id']}/", {"description": "Mine"}, repeat="c")
    kept = json.dumps(list(IdempotentCall.objects.values_list("answer", flat=True)))
    assert IdempotentCall.objects.count() == 1
    assert "whsec_" not in kept
    assert "whsec_" not in call.get("/webhooks/").content.decode()
    assert "whsec_" not in call.get(f"/webhooks/{made['id']}/").content.decode()


def test_what_is_left_out_of_a_change_stays(call, made, alice):
    here = f"/webhooks/{made['id']}/"

    told = call("PATCH", here, {"events": ["refill.updated"]}).json()

    assert (told["url"], told["events"], told["description"]) == (URL, ["refill.updated"], "My shop")
    tell(alice)
    assert not WebhookMessage.objects.exists()
    assert call("PATCH", here, {}).json() == call.get(here).json() == told
    assert call("PATCH", here, {"description": ""}).json()["description"] == ""


def test_paused_switched_on_and_removed(call, made, alice):
    here = f"/webhooks/{made['id']}/"

    assert call.post(f"{here}pause/").json()["state"] == "paused"
    assert call.post(f"{here}pause/").json()["state"] == "paused"
    assert code_of(call.post(f"{here}test/")) == (422, "webhook_not_active")
    assert call.post(f"{here}resumption/").json()["state"] == "active"

    removed = call("DELETE", here)
    assert (removed.status_code, removed.content) == (204, b"")
    assert stored(made).state == "removed"
    assert stored(made).sealed_secret == ""
    assert call.get("/webhooks/").json()["items"] == []
    for method, path in operations(made["id"]):
        assert code_of(call(method, path, {})) == (404, "not_found")


def test_what_the_panel_switched_off_is_switched_on_again(call, made):
    WebhookEndpoint.objects.update(state="disabled", trouble="gone", failures=1, failing_since=NOW)
    here = f"/webhooks/{made['id']}/"

    assert call.get(here).json()["trouble"] == "gone"
    assert call.post(f"{here}pause/").json()["state"] == "disabled"
    told = call.post(f"{here}resumption/").json()
    assert (told["state"], told["trouble"], told["failures"]) == ("active", "", 0)


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example/hooks",
        "https://127.0.0.1/hooks",
        "https://169.254.169.254/latest/meta-data",
        "https://shop.example:8443/hooks",
        "ftp://shop.example/",
    ],
)
def test_an_address_that_may_not_be_called_is_refused(call, made, settings, url):
    settings.PANEL_WEBHOOKS_ALLOW_PRIVATE = False

    assert code_of(call.post("/webhooks/", WANTED | {"url": url})) == (422, "webhook_address_refused")
    changed = call("PATCH", f"/webhooks/{made['id']}/", {"url": url})
    assert code_of(changed) == (422, "webhook_address_refused")
    assert stored(made).url == URL
    assert WebhookEndpoint.objects.count() == 1


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"events": []}, "events"),
        ({"events": ["ping"]}, "events.0"),
        ({"events": ["order.eaten"]}, "events.0"),
        ({"url": 17}, "url"),
        ({"url": "https://shop.example/" + "x" * 500}, "url"),
        ({"description": "x" * 81}, "description"),
        ({"secret": "whsec_mine"}, "secret"),
    ],
)
def test_what_cannot_be_taken_is_named_by_its_field(call, made, changed, field):
    for answer in (
        call.post("/webhooks/", WANTED | changed),
        call("PATCH", f"/webhooks/{made['id']}/", changed),
    ):
        assert code_of(answer) == (400, "bad_fields")
        assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_there_are_at_most_so_many(call):
    answers = [call.post("/webhooks/", WANTED) for _one in range(MOST_ENDPOINTS + 1)]

    assert [answer.status_code for answer in answers] == [201] * MOST_ENDPOINTS + [422]
    assert code_of(answers[-1]) == (422, "too_many_webhooks")


# ---------------------------------------------------------------- What was told


def test_the_log_is_read_by_cursor(call, made, alice):
    for step in range(5):
        tell(alice, step=step)
    WebhookMessage.objects.filter(data__step=0).update(
        due_at=None,
        delivered_at=NOW,
        attempts=1,
        tries=[{"at": NOW.isoformat(), "status": 204, "words": "", "ms": 12}],
    )
    log = f"/webhooks/{made['id']}/messages/"

    first = call.get(f"{log}?limit=3").json()
    tell(alice, step=5)
    second = call.get(f"{log}?limit=3&cursor={first['next_cursor']}").json()

    seen = [item["data"]["step"] for page in (first, second) for item in page["items"]]
    assert seen == [4, 3, 2, 1, 0]
    assert second["next_cursor"] is None
    oldest = second["items"][-1]
    assert oldest["webhook_id"] == f"msg_{oldest['id']}"
    assert (oldest["event"], oldest["due_at"], oldest["attempts"]) == ("order.updated", None, 1)
    stamp = NOW.isoformat().replace("+00:00", "Z")
    assert oldest["tries"] == [{"at": stamp, "status": 204, "words": "", "ms": 12}]
    assert [item["id"] for item in call.get(f"{log}?look=delivered").json()["items"]] == [oldest["id"]]
    assert len(call.get(f"{log}?look=owed").json()["items"]) == 5
    assert call.get(f"{log}?look=troubled").json()["items"] == []
    assert code_of(call.get(f"{log}?look=lost")) == (400, "bad_fields")


def test_a_message_is_sent_again_under_its_own_id(call, made, alice):
    tell(alice)
    WebhookMessage.objects.update(due_at=None, gave_up_at=NOW, attempts=9, first_tried_at=NOW)
    message = WebhookMessage.objects.get()
    path = f"/webhooks/{made['id']}/messages/{message.pk}/delivery/"

    told = call.post(path).json()

    assert (told["id"], told["attempts"], told["gave_up_at"]) == (message.pk, 0, None)
    assert told["due_at"]
    call.post(f"/webhooks/{made['id']}/pause/")
    assert code_of(call.post(path)) == (422, "webhook_not_active")


def test_a_test_is_a_row_that_the_sweep_sends_and_is_owed_once(call, made):
    path = f"/webhooks/{made['id']}/test/"

    answer = call.post(path, repeat="a")
    again = call.post(path, repeat="a")

    assert answer.status_code == 201
    assert (answer.json()["event"], answer.json()["data"]) == ("ping", {"webhook": made["id"]})
    assert (answer.json()["attempts"], answer.json()["tries"]) == (0, [])
    assert again.content == answer.content
    assert code_of(call.post(path)) == (422, "webhook_test_owed")
    assert WebhookMessage.objects.count() == 1


# ---------------------------------------------------------------- Whose it is, and what a key may


def test_a_webhook_of_somebody_else_does_not_exist(call, bob):
    theirs, _secret = endpoint_of(bob, URL)
    tell(bob)
    message = WebhookMessage.objects.get()
    before = WebhookMessage.objects.values().get(), WebhookEndpoint.objects.values().get()

    for method, path in operations(theirs.pk, message.pk):
        assert code_of(call(method, path, {})) == (404, "not_found")
    assert call.get("/webhooks/").json()["items"] == []
    assert (WebhookMessage.objects.values().get(), WebhookEndpoint.objects.values().get()) == before


def test_a_message_is_found_only_at_its_own_webhook(call, made, bob):
    endpoint_of(bob, URL)
    tell(bob)
    message = WebhookMessage.objects.get()

    answer = call.post(f"/webhooks/{made['id']}/messages/{message.pk}/delivery/")

    assert code_of(answer) == (404, "not_found")


def test_it_needs_the_scope_for_money(program_of, alice, made):
    shop = program_of(alice, Scope.READ, Scope.ORDER, Scope.REFILL)

    for method, path in [("GET", "/webhooks/"), ("POST", "/webhooks/"), *operations(made["id"])]:
        answer = shop(method, path, WANTED if method == "POST" else {})
        assert code_of(answer) == (403, "scope_missing")
        assert answer.json()["params"] == {"scope": "money"}
    assert WebhookEndpoint.objects.count() == 1
    assert stored(made).state == "active"


def test_a_key_that_may_not_read_is_told_nothing_by_a_webhook_either(program_of, alice, made):
    tell(alice)
    message, here = WebhookMessage.objects.get(), f"/webhooks/{made['id']}/"
    till = program_of(alice, Scope.MONEY)

    for answer in (
        till.post("/webhooks/", WANTED),
        till("PATCH", here, {"url": "https://elsewhere.example/"}),
        till.get(f"{here}messages/"),
        till.post(f"{here}messages/{message.pk}/delivery/"),
    ):
        assert code_of(answer) == (403, "scope_missing")
        assert answer.json()["params"] == {"scope": "read"}
    assert stored(made).url == URL
    assert till.post("/webhooks/", WANTED | {"events": ["withdrawal.updated"]}).status_code == 201
