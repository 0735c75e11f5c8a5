"""Every page of the administration opens for the owner, stays shut where it should, and lets nobody type money."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.db.models import Model
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.api_keys import create_key
from billing.money import MoneyField
from orders.models import Order, OrderEvent, SpeedUp, Watchword
from orders.reason_texts import make_reason_texts
from panel.books import last_proof
from panel.staff_groups import GROUPS, make_groups
from providers import health
from providers.gateway import ReportedState, Unknown
from providers.models import PauseReason
from tests.billing.withdrawals import asks
from tests.factories import NOW, make_customer, make_order, make_service, make_staff
from tests.orders.stories import answered, report, started

pytestmark = pytest.mark.django_db

MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
STATES = {"state", "balance", "refunded", "earned", "charge", "remains", "ending", "review", "external_id"}
# What each group may change or add by a form; everything else it looks at, or has buttons for.
FORMS = {
    "support": set(),
    "operations": {
        "accounts.Announcement",
        "providers.Provider",
        "catalog.Service",
        "catalog.Category",
        "orders.ReasonText",
        "terms.TermsDraft",
        "orders.Watchword",
    },
    "finance": {
        "billing.BonusTier",
        "billing.Coupon",
        "billing.Dispute",
        "billing.Funding",
        "accounts.User",
    },
}
# Amounts that are settings: they say what is promised from now on, and move nothing by being typed.
TYPED_SETTINGS = {"billing.BonusTier", "billing.Coupon"}


@pytest.fixture
def world(terms):
    """At least one row of everything that staff look at."""
    alice = make_customer(balance="100")
    create_key(customer=alice, label="My shop", now=NOW)
    make_reason_texts()
    report(started(alice), ReportedState.PARTIAL, 567)
    private = started(alice, link="https://www.instagram.com/private/")
    report(private, ReportedState.PARTIAL, 567, reason="profile is private")
    answered(make_order(alice), Unknown("no answer", ""))
    Watchword.objects.create(word="casino-x")
    SpeedUp.objects.create(order=private, asked_at=NOW)
    health.trip_brake(make_service().provider, now=NOW)
    alice.refills.create(
        order=private,
        counter_key=private.counter_key,
        channel="browser",
        asked_at=NOW,
        waits_for="staff",
        counts_from=NOW,
    )
    asks(alice, "5", when=NOW)
    make_groups()
    return alice


def browser_of(person) -> Client:
    browser = Client()
    browser.force_login(person)
    return browser


def member_of(group: str) -> Client:
    person = make_customer(f"{group}@example.com", is_staff=True)
    person.groups.add(Group.objects.get(name=group))
    return browser_of(person)


def address(model: type[Model], page: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_every_page_opens_for_the_owner(world, model):
    owner = browser_of(make_staff())
    row = model._default_manager.order_by("pk").first()

    assert owner.get(address(model, "changelist")).status_code == 200
    assert owner.get(address(model, "changelist"), {"q": "17"}).status_code == 200
    assert owner.get(address(model, "add")).status_code in {200, 403}
    if row is not None:
        assert owner.get(address(model, "change", row.pk)).status_code == 200


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_nobody_types_into_money_or_states(world, model):
    request = RequestFactory().get("/")
    request.user = make_staff()
    staff_page = admin.site.get_model_admin(model)
    row = model._default_manager.order_by("pk").first()
    if row is None or not staff_page.has_change_permission(request, row):
        return

    typed = set(staff_page.get_form(request, row, change=True).base_fields)
    typed -= set(staff_page.get_readonly_fields(request, row))

    money = {field.name for field in model._meta.get_fields() if isinstance(field, MoneyField)}
    if model._meta.label in TYPED_SETTINGS:
        money = set()
    assert not typed & (money | STATES)


def test_every_model_with_money_has_a_page_that_only_looks(world):
    request = RequestFactory().get("/")
    request.user = make_staff()
    with_money = [
        model for model in MODELS if any(isinstance(f, MoneyField) for f in model._meta.get_fields())
    ]

    assert Order in with_money
    assert OrderEvent not in MODELS
    for model in with_money:
        if model._meta.label in TYPED_SETTINGS:
            continue
        assert not admin.site.get_model_admin(model).has_change_permission(request), model
        assert not admin.site.get_model_admin(model).has_delete_permission(request), model


@pytest.mark.parametrize("group", sorted(GROUPS))
def test_each_group_opens_what_its_work_needs_and_nothing_else(world, group):
    browser = member_of(group)
    for model in MODELS:
        label = model._meta.label
        may_look = f"{model._meta.app_label}.view_{model._meta.model_name}" in GROUPS[group]
        if label == "orders.RefundBrake":
            may_look = "orders.settle_order" in GROUPS[group]
        expected = 200 if may_look else 403
        assert browser.get(address(model, "changelist")).status_code == expected, label


@pytest.mark.parametrize("group", sorted(GROUPS))
def test_each_group_has_only_its_own_forms(world, group):
    browser = member_of(group)
    for model in MODELS:
        row = model._default_manager.order_by("pk").first()
        adds = browser.get(address(model, "add")).status_code == 200
        page = browser.get(address(model, "change", row.pk)) if row else None
        changes = page is not None and page.status_code == 200 and 'name="_save"' in page.content.decode()
        assert not (adds or changes) or model._meta.label in FORMS[group], model._meta.label


def test_support_handles_orders_and_moves_no_money(world):
    browser = member_of("support")
    order = Order.objects.latest("pk")

    actions = browser.get(reverse("admin:orders_order_changelist")).context["action_form"].fields["action"]

    assert {name for name, _label in actions.choices} == {"", "ask", "clear", "free", "fault"}
    assert browser.get(reverse("admin:billing_funding_add")).status_code == 403
    for decision in ("refund", "write_off"):
        page = reverse("admin:orders_submission_decide", args=[decision])
        assert browser.post(f"{page}?rows={order.submission.pk}", {"note": "why"}).status_code == 403


def test_groups_are_made_once_and_kept_as_the_owner_changed_them(db):
    assert make_groups() == ["support", "operations", "finance"]
    support = Group.objects.get(name="support")
    support.permissions.clear()

    assert make_groups() == []
    assert support.permissions.count() == 0
    call_command("create_staff_groups", "--reset")
    assert support.permissions.count() == len(GROUPS["support"])


# ---------------------------------------------------------------- The first page


def queues(browser: Client) -> dict[str, tuple[str, str]]:
    shown = browser.get(reverse("admin:index")).context["queues"]
    return {str(queue.label): (queue.figure, queue.tone) for queue in shown}


def test_the_first_page_counts_what_waits_and_leads_there(world):
    owner = browser_of(make_staff())
    provider = make_service().provider
    order = Order.objects.latest("pk")
    assert queues(owner)["Paused providers"] == ("0", "good")
    health.pause(provider, PauseReason.STAFF, until=None)
    Order.objects.filter(pk=order.pk).update(review="silent")
    make_order(world, link="https://www.instagram.com/second/")

    assert queues(owner) == {
        "Of unknown outcome": ("1", "bad"),
        "Due to be sent": ("1", "warn"),
        "Orders to look at": ("1", "warn"),
        "Held for their content": ("0", "good"),
        "Wishes for more speed": ("1", "warn"),
        "Refunds under review": ("1", "warn"),
        "Refund brakes": ("1", "bad"),
        "Refills to judge or to do": ("1", "warn"),
        "Refills open for over 72 h": ("1", "warn"),
        "Paused providers": ("1", "warn"),
        "Withdrawals not finished": ("1", "warn"),
        "Overdue withdrawals": ("1", "bad"),
        "Payment disputes": ("0", "good"),
        "Payments that may be fraud": ("0", "good"),
        "Services that drop more than they say": ("0", "good"),
        "Mails that do not get through": ("0", "good"),
        "Webhooks that fail": ("0", "good"),
        "Payments that do not match": ("0", "good"),
        "Bank transfers to confirm": ("0", "good"),
        "The books": ("\N{EN DASH}", "warn"),
    }
    for queue in owner.get(reverse("admin:index")).context["queues"]:
        assert owner.get(queue.href).status_code == 200
    assert (
        f"#{order.pk}" in owner.get(reverse("admin:orders_order_changelist") + "?look=any").content.decode()
    )


def test_the_first_page_says_when_the_books_were_proven(world):
    owner = browser_of(make_staff())
    assert last_proof() is None

    call_command("verify_ledger")

    assert queues(owner)["The books"] == ("0 differences", "good")
    assert last_proof().at <= timezone.now()
    cache.clear()


def test_nobody_sees_a_queue_that_is_not_theirs(world):
    assert set(queues(member_of("support"))) == {
        "Of unknown outcome",
        "Due to be sent",
        "Orders to look at",
        "Held for their content",
        "Wishes for more speed",
        "Refunds under review",
        "Refills to judge or to do",
        "Refills open for over 72 h",
        "Paused providers",
        "Withdrawals not finished",
        "Overdue withdrawals",
        "Payment disputes",
        "Payments that may be fraud",
        "Services that drop more than they say",
        "Mails that do not get through",
        "Webhooks that fail",
        "The books",
    }
    nobody = browser_of(make_customer("new@example.com", is_staff=True))
    assert queues(nobody) == {}


def test_the_first_page_asks_little(world):
    owner = browser_of(make_staff())
    owner.get(reverse("admin:index"))

    with CaptureQueriesContext(connection) as asked:
        owner.get(reverse("admin:index"))

    # One for each queue, and a handful for the page around them.
    assert len(asked) <= len(queues(owner)) + 9


@pytest.mark.parametrize(
    "page", ["admin:index", "admin:orders_order_changelist", "admin:orders_submission_changelist"]
)
def test_pages_of_ours_bring_no_inline_script_or_style(world, page):
    text = browser_of(make_staff()).get(reverse(page)).content.decode()

    assert "panel/staff.css" in text
    assert " style=" not in text
    assert " onclick=" not in text
    assert "<script>" not in text
