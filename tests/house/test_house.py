"""The rules of the house that a machine can check."""

import re
import subprocess
from pathlib import Path

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ["accounts", "terms", "billing", "providers", "catalog", "orders", "refills", "api", "panel"]
SOURCES = sorted(
    path for package in PACKAGES for path in (ROOT / package).rglob("*.py") if "migrations" not in path.parts
)

# The clock is read at the doors; rules are told what time it is.
DOORS = {
    "adapter.py",
    "views.py",
    "case_views.py",
    "evidence_views.py",
    "funding_views.py",
    "deposit_views.py",
    "key_views.py",
    "many_views.py",
    "new_order_views.py",
    "notice_views.py",
    "watch_views.py",
    "withdrawal_views.py",
    "admin_notices.py",
    "admin_payments.py",
    "tasks.py",
    "admin.py",
    "admin_deciding.py",
    "admin_disputes.py",
    "admin_drafts.py",
    "admin_watching.py",
    "admin_withdrawals.py",
    "admin_queues.py",
    "dashboard.py",
    "health.py",
    "context.py",
    "demo.py",
    "forms.py",
}
# Tables of data and of settings, longer than a file of rules should be.
LONG_ON_PURPOSE = {"orders/link_shapes.py", "catalog/platforms.py", "panel/settings.py"}
# What anybody may open without signing in.
PUBLIC = {
    "dashboard",
    "favicon",
    "healthz",
    "readyz",
    "terms",
    "terms_version",
    "terms_versions",
    "terms_changes",
    "terms_digest",
    "service_list",
    "service_pick",
    "service_card",
    "stripe_webhook",
    "api_docs",
    "api_docs_classic",
    "api_docs_rest",
    "api_docs_moving",
    "api_v2",
    "api_v2_slash",
    "api_v1_openapi",
    "notice_mail_stop",
}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def is_api(path: Path) -> bool:
    return "api" in path.relative_to(ROOT).parts[:-1]


def is_door(path: Path) -> bool:
    return path.name in DOORS or "commands" in path.parts or is_api(path) or "embedded" in path.parts


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_a_source_file_keeps_to_the_house_rules(path):
    text = path.read_text()

    assert "float(" not in text or "embedded" in path.parts, "no float near money"
    assert not re.search(r"\bTODO\b|\bFIXME\b|\bXXX\b", text)
    if not is_door(path):
        assert not re.search(r"timezone\.now\(\)|datetime\.now\(", text), "a rule is told what time it is"
    if name_of(path) not in LONG_ON_PURPOSE:
        assert len(text.splitlines()) <= 300, "is it still one thing?"


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_an_order_is_reached_only_through_its_customer_outside_rules_and_staff(path):
    if path.name in {"views.py", "new_order_views.py", "many_views.py", "forms.py", "dashboard.py"} or is_api(
        path
    ):
        assert "Order.objects.get(" not in path.read_text()


def test_no_generic_file_names():
    generic = {"utils.py", "helpers.py", "common.py", "services.py", "selectors.py"}

    assert not [name_of(path) for path in SOURCES if path.name in generic]


def test_no_business_hangs_on_signals():
    for path in SOURCES:
        assert "django.db.models.signals" not in path.read_text(), name_of(path)
        assert "@receiver" not in path.read_text(), name_of(path)


def test_no_address_and_no_foreign_path_is_in_the_lock_files():
    for lock in (ROOT / "requirements").glob("*.lock"):
        assert not re.search(r"https?://|file:", lock.read_text()), lock.name


def test_every_file_of_the_project_is_free_of_paths_of_one_machine():
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\n")
    suspicious = re.compile(r"/(work|home/\w+)/(main|shared|\.library)")
    for name in filter(None, tracked):
        path = ROOT / name
        if path.suffix in {".py", ".md", ".html", ".toml", ".yml", ".txt", ".css", ".js"} and path.exists():
            assert not suspicious.search(path.read_text()), name


def pages(patterns, prefix=""):
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            if pattern.app_name != "admin" and "allauth" not in str(pattern.urlconf_module):
                yield from pages(pattern.url_patterns, prefix + str(pattern.pattern))
        elif isinstance(pattern, URLPattern):
            yield pattern.name, prefix + str(pattern.pattern)


@pytest.mark.django_db
def test_every_page_needs_a_customer_unless_it_is_listed_as_public(client, terms):
    unlisted = []
    for name, route in pages(get_resolver().url_patterns):
        if name in PUBLIC:
            continue
        path = "/" + re.sub(r"<\w+:\w+>", "1", route)
        answer = client.get(path)
        if route.startswith("api/v1/") and answer.status_code == 401:
            continue
        if answer.status_code == 405:
            answer = client.post(path)
        if not (answer.status_code == 302 and "/accounts/login/" in answer["Location"]):
            unlisted.append((name, path, answer.status_code))
    assert not unlisted
