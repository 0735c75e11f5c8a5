"""The pages for people who write programs."""

import json
import shutil
import subprocess

import pytest

from accounts.api_keys import create_key
from api.guide.refusals import reasons
from api.guide.resources import resources
from api.guide.sides import NO_KEY, TASKS, pairs_in
from api.guide.snippets import Call, Language, written
from api.words import WORDS
from tests.factories import NOW, make_customer

pytestmark = pytest.mark.django_db

PAGES = ["/api/", "/api/reference/v2/", "/api/reference/rest/", "/api/moving/"]
# What would break out of a text in one of the languages.
UGLY = """it's "quoted" \\ $HOME `x` <b>ä🚀"""


@pytest.mark.parametrize("page", PAGES)
def test_anybody_may_read_and_nobody_writes(client, terms, page):
    assert client.get(page).status_code == 200
    assert client.post(page).status_code == 405


def test_the_reference_of_api_v2_names_every_action_and_every_error(client, terms, settings):
    settings.PANEL_URL = "https://panel.example/"

    text = client.get("/api/reference/v2/").content.decode()

    assert "curl https://panel.example/api/v2 -d key=YOUR_KEY" in text
    for words in ("services", "status", "balance", "idempotency_key", "Quantity less than minimal 50"):
        assert words in text
    assert "120 calls a minute" in text
    for refusal in WORDS:
        assert refusal.code in text


def test_every_no_of_the_panel_has_a_row_that_problems_point_to(client, terms):
    text = client.get("/api/").content.decode()

    assert {"insufficient_balance", "link_busy", "share_too_small", "account_frozen"} <= {
        reason.code for reason in reasons()
    }
    for reason in reasons():
        assert f'id="{reason.code}"' in text
    [short] = [reason for reason in reasons() if reason.code == "insufficient_balance"]
    assert short.sentences == ("{needed} needed, {available} available.",)
    assert short.clauses == ("A-24", "K-69")


def test_the_examples_name_the_customers_own_key_and_nobody_elses(client, terms):
    alice = make_customer()
    key, plain = create_key(customer=alice, label="shop", now=NOW)
    client.force_login(alice)

    own = client.get("/api/").content.decode()
    client.logout()
    strangers = client.get("/api/").content.decode()

    assert f"fp_{key.prefix}…" in own
    assert plain not in own
    assert key.prefix not in strangers
    assert NO_KEY in strangers


@pytest.mark.parametrize("language", Language)
def test_every_task_is_written_in_every_language_for_both(client, terms, language):
    pairs = pairs_in(language, key="fp_abcdefgh…")
    text = client.get("/api/", {"language": language.value}).content.decode()

    assert len(pairs) == len(TASKS)
    for pair in pairs:
        assert f'id="task-{pair.task.name}"' in text
        assert "/api/v2" in pair.classic
        assert f"/api/v1/{pair.task.path}" in pair.rest
        assert "fp_abcdefgh…" in pair.classic
        assert "fp_abcdefgh…" in pair.rest


def test_an_unknown_language_is_answered_with_the_first(client, terms):
    assert "curl" in client.get("/api/", {"language": "<script>"}).content.decode()


CALLS = [
    Call("POST", "http://127.0.0.1:1/api/v2", form=(("link", UGLY),), is_classic=True),
    Call("POST", "http://127.0.0.1:1/api/v1/orders/", body={"link": UGLY, "quantity": 1}, repeats=True),
]


@pytest.mark.parametrize("call", CALLS, ids=["v2", "rest"])
def test_python_reads_what_is_written_in_python(call):
    compile(written(call, Language.PYTHON, key="fp_x"), "example", "exec")


@pytest.mark.parametrize("call", CALLS, ids=["v2", "rest"])
def test_a_shell_hands_curl_exactly_what_was_meant(call, tmp_path):
    (tmp_path / "curl").write_text('#!/bin/sh\nfor each in "$@"; do printf "%s\\0" "$each"; done\n')
    (tmp_path / "curl").chmod(0o755)

    told = subprocess.run(
        ["sh", "-c", written(call, Language.CURL, key="fp_x")],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin", "HOME": "/nowhere"},
        capture_output=True,
        check=True,
    ).stdout.decode()

    arguments = told.split("\0")
    if call.is_classic:
        assert f"link={UGLY}" in arguments
        assert "key=fp_x" in arguments
    else:
        assert json.loads(arguments[arguments.index("-d") + 1]) == call.body
        assert "Authorization: Bearer fp_x" in arguments


@pytest.mark.skipif(not shutil.which("node"), reason="no Node.js is here to read it")
@pytest.mark.parametrize("call", CALLS, ids=["v2", "rest"])
def test_node_reads_what_is_written_in_javascript(call, tmp_path):
    file = tmp_path / "example.mjs"
    file.write_text(written(call, Language.NODE, key="fp_x"))

    assert subprocess.run(["node", "--check", str(file)], capture_output=True).returncode == 0


def test_the_reference_of_rest_has_every_operation_of_the_openapi_file(client, terms):
    text = client.get("/api/reference/rest/").content.decode()

    operations = [operation for resource in resources() for operation in resource.operations]
    assert len(operations) >= 20
    for operation in operations:
        assert f'id="{operation.name}"' in text
        assert operation.scope
        assert operation.answers


def test_on_a_real_panel_only_looking_can_be_tried(client, terms, settings):
    everything = client.get("/api/reference/rest/").content.decode()
    settings.PRODUCTION = True
    looking = client.get("/api/reference/rest/").content.decode()

    assert 'data-method="POST"' in everything
    assert 'data-method="GET"' in looking
    assert 'data-method="POST"' not in looking
