"""The main job as its customer sees it, in a real browser."""

import re
from decimal import Decimal

import pytest
from django.core import mail
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from billing.ledger import balance_of
from orders.models import Order
from providers.fake import FakeGateway, offered
from providers.gateway import ReportedState
from tests.browser.conftest import PHONE
from tests.factories import give, make_customer, make_order, make_service
from tests.orders.stories import ask, hand_over, taken

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("terms")]

PASSWORD = "correct horse battery"
REAL = "\U0001d411\U0001d404\U0001d400\U0001d40b"
UGLY = (
    f"🔥 Instagram Followers [ Max 500K ] ⚡ ~ {REAL} ~ [ 0-1H - 10K/D ] ♻️ AR30 | Don't put 2 <b>at once</b>"
)


@pytest.fixture
def alice() -> User:
    return make_customer(balance="100")


def due_now(order: Order) -> None:
    Order.objects.filter(pk=order.pk).update(check_at=timezone.now())


def width(page: Page) -> int:
    return page.evaluate("document.documentElement.scrollWidth")


def to_the_summary(page: Page, *, link: str = "@nova.studio", quantity: str = "1000") -> None:
    page.get_by_label("Link", exact=True).fill(link)
    page.get_by_label("Quantity").fill(quantity)
    page.get_by_role("button", name="Go on to the summary").click()
    page.get_by_label("Everybody can see").check()
    if page.get_by_label("I have read and accept").count():
        page.get_by_label("I have read and accept").check()


def test_a_stranger_registers_orders_and_sees_what_is_missing_come_back(visit):
    service = make_service(name=UGLY, rate_per_1000="1.2345")
    gateway = FakeGateway(offered(service.provider_service))
    page = visit(None, "/accounts/signup/")
    page.fill("[name=email]", "nova@example.com")
    page.fill("[name=password1]", PASSWORD)
    page.fill("[name=password2]", PASSWORD)
    page.locator("[name=terms]").check()
    page.locator("main").get_by_role("button").first.click()
    page.wait_for_url(re.compile("confirm-email"))
    page.goto(re.findall(r"https?://[^/\s]+(/\S+)", mail.outbox[0].body)[0])
    page.get_by_role("button", name="Yes, confirm it").click()
    if page.locator("[name=login]").count():
        page.fill("[name=login]", "nova@example.com")
        page.fill("[name=password]", PASSWORD)
        page.locator("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()
    nova = User.objects.get(email="nova@example.com")
    give(nova, cash="10")

    page.get_by_role("link", name="New order").first.click()
    page.get_by_label("Which service?").fill("real followers")
    page.get_by_role("button", name=re.compile("500K")).click()
    page.get_by_label("Link", exact=True).fill("instagram.com/Nova.Studio/?igsh=x")
    page.get_by_label("Quantity").fill("1000")
    expect(page.locator("#charge")).to_have_text("$1.2345")
    expect(page.locator("#balance-after")).to_have_text("$8.7655")
    expect(page.locator("#id_link_said")).to_contain_text("https://www.instagram.com/nova.studio")
    to_the_summary(page)
    page.get_by_role("button", name="Place order and accept terms v1").click()
    expect(page.locator("#course .state")).to_have_text("Pending")
    order = Order.objects.get()
    assert balance_of(nova) == Decimal("8.7655")

    assert hand_over(gateway, now=timezone.now())
    expect(page.locator("#course .state")).to_have_text("Processing")
    gateway.report("23501", ReportedState.IN_PROGRESS, remains=400, start_count=50)
    due_now(order)
    ask(order, gateway, now=timezone.now())
    expect(page.locator("#course")).to_contain_text("600 of 1,000")
    gateway.report("23501", ReportedState.PARTIAL, remains=100)
    due_now(order)
    ask(order, gateway, now=timezone.now())
    expect(page.locator("#course .state")).to_have_text("Partial")
    expect(page.locator("#balance")).to_contain_text("$8.88895")


def test_refusals_while_typing_go_away_when_it_is_right(visit, alice):
    page = visit(alice, f"/orders/new/?service={make_service().pk}")

    page.get_by_label("Link", exact=True).fill("https://youtu.be/dQw4w9WgXcQ")
    page.get_by_label("Quantity").fill("5")
    expect(page.locator("#id_link_said")).to_contain_text("This is not a link to Instagram.")
    expect(page.locator("#id_quantity_said")).to_contain_text("5 is too few")

    page.get_by_label("Link", exact=True).fill("@nova")
    page.get_by_label("Quantity").fill("50")
    expect(page.locator("#id_quantity_said .field-error")).to_have_count(0)
    expect(page.locator("#id_link_said .field-error")).to_have_count(0)


def test_a_double_click_orders_once(visit, alice):
    page = visit(alice, f"/orders/new/?service={make_service().pk}")
    to_the_summary(page)

    page.get_by_role("button", name="Place order").dblclick()

    page.wait_for_url(re.compile(r"/orders/\d+/"))
    assert Order.objects.count() == 1
    assert balance_of(alice) == Decimal("98.7655")


def test_what_was_typed_survives_the_choice_of_another_service(visit, alice):
    make_service(name="Other followers")
    page = visit(alice, f"/orders/new/?service={make_service().pk}")
    page.get_by_label("Link", exact=True).fill("@nova")
    page.get_by_label("Quantity").fill("777")

    page.get_by_role("button", name="Another service").click()
    page.get_by_role("button", name="Other followers").click()

    expect(page.get_by_label("Link", exact=True)).to_have_value("@nova")
    expect(page.get_by_label("Quantity")).to_have_value("777")


def test_everything_works_without_scripts(visit, alice):
    make_service(name="Plain followers")
    page = visit(alice, "/orders/new/", java_script_enabled=False)

    page.get_by_label("Which service?").fill("plain")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("button", name="Plain followers").click()
    to_the_summary(page)
    page.get_by_role("button", name="Place order").click()

    page.wait_for_url(re.compile(r"/orders/\d+/"))
    assert Order.objects.get().quantity == 1000


def test_comments_are_counted_while_they_are_typed(visit, alice):
    service = make_service(kind="custom_comments", metric="comments", min_quantity=2)
    page = visit(alice, f"/orders/new/?service={service.pk}")

    page.get_by_label("Comments").fill("one\n\ntwo\nthree\n")

    expect(page.locator("#units")).to_have_text("3")


def test_an_order_completes_on_the_list_by_itself(visit, alice):
    service = make_service()
    gateway = FakeGateway(offered(service.provider_service))
    order = make_order(alice, service, now=timezone.now())
    page = visit(alice, "/orders/")
    expect(page.locator("#orders .state")).to_have_text("Pending")

    hand_over(gateway, now=timezone.now())
    gateway.report("23501", ReportedState.COMPLETED, remains=0)
    due_now(order)
    ask(order, gateway, now=timezone.now())

    expect(page.locator("#orders .state")).to_have_text("Completed")
    expect(page.locator("#orders")).not_to_have_attribute("hx-trigger", re.compile("every"))


@pytest.mark.profile("alphasmm")
def test_cancelling_asks_first(visit, alice):
    order = make_order(alice)
    page = visit(alice, f"/orders/{order.pk}/")

    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Go back").click()
    assert Order.objects.open().count() == 1
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Cancel it").click()

    expect(page.locator("#course .state")).to_have_text("Canceled")
    assert balance_of(alice) == Decimal(100)


@pytest.mark.parametrize(
    "path", ["/", "/orders/", "/orders/new/", "/orders/new/?service={service}", "/orders/{order}/"]
)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_scrolls_sideways_on_a_phone(visit, alice, path, theme):
    service = make_service(name=UGLY + "W" * 80, description="w" * 300)
    order = taken(alice, service, link="https://www.instagram.com/" + "n" * 30)

    page = visit(alice, path.format(service=service.pk, order=order.pk), viewport=PHONE, color_scheme=theme)
    page.wait_for_load_state("networkidle")

    assert width(page) == PHONE["width"]


def test_the_dark_theme_is_dark_and_its_text_light(visit, alice):
    page = visit(alice, "/orders/", color_scheme="dark")

    def lightness(part: str) -> int:
        colour = page.evaluate(
            """part => { const c = document.createElement("canvas").getContext("2d");
            c.fillStyle = getComputedStyle(document.body)[part]; c.fillRect(0, 0, 1, 1);
            return [...c.getImageData(0, 0, 1, 1).data]; }""",
            part,
        )
        return sum(colour[:3]) // 3

    assert lightness("backgroundColor") < 60
    assert lightness("color") > 180
