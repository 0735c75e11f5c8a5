"""Showing a counter by screenshots, in a real browser."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from refills.judging import judge
from refills.models import EvidenceImage, Refill
from refills.states import RefillState
from tests.browser.conftest import PHONE
from tests.factories import make_customer
from tests.refills.screenshots import screenshot
from tests.refills.stories import asked, delivered

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("terms")]

# What the browser does to the field when a picture is dropped on it.
DROP = """(bytes) => {
  const moved = new DataTransfer();
  moved.items.add(new File([new Uint8Array(bytes)], "dropped.png", { type: "image/png", lastModified: 1 }));
  const field = document.querySelector(".drop input");
  field.files = moved.files;
  field.dispatchEvent(new Event("change", { bubbles: true }));
}"""


@pytest.fixture
def alice() -> User:
    return make_customer(balance="100")


@pytest.fixture
def refill(alice: User) -> Refill:
    now = timezone.now()
    order = delivered(alice, at=now - timedelta(days=1))
    refill = asked(order, at=now - timedelta(hours=10))
    judge(refill.pk, now=now - timedelta(hours=9))
    return refill


def shot(name: str, **options) -> dict:
    return {"name": name, "mimeType": "image/png", "buffer": screenshot(**options)}


def fits(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_alice_sees_her_screenshots_before_she_sends_them_and_staff_get_them(alice, refill, visit):
    page = visit(alice, f"/refills/{refill.pk}/", viewport=PHONE)
    page.get_by_role("link", name="Add what is missing").click()
    expect(page.get_by_text("What the screenshot shows")).to_be_visible()
    page.get_by_label("Screenshots").set_input_files([shot("first.png", shade=1)])
    page.get_by_label("Screenshots").set_input_files([shot("second.png", shade=2)])
    page.evaluate(DROP, list(screenshot(shade=3)))

    rows = page.locator(".drop-pictures > li")
    expect(rows).to_have_count(3)
    assert all(page.locator(".drop-pictures img").nth(number).get_attribute("src") for number in range(3))
    page.get_by_role("button", name="Remove: first.png").click()
    expect(rows).to_have_count(2)
    assert fits(page)
    page.get_by_label("What the counter shows").fill("10,600")
    page.get_by_label("I took them within the last 24 hours.").check()
    page.get_by_role("button", name="Send").click()

    expect(page).to_have_url(re.compile(f"/refills/{refill.pk}/$"))
    expect(page.get_by_text("Our staff will look at it.")).to_be_visible()
    expect(page.locator("ul.pictures img")).to_have_count(2)
    assert (
        page.locator("ul.pictures img").first.evaluate(
            "image => image.decode().then(() => image.naturalWidth)"
        )
        == 60
    )
    assert fits(page)
    refill.refresh_from_db()
    assert refill.state == RefillState.REQUESTED
    assert EvidenceImage.objects.count() == 2


def test_what_alice_chose_stays_when_something_is_wrong(alice, refill, visit):
    page = visit(alice, f"/refills/{refill.pk}/evidence/")
    page.get_by_label("Screenshots").set_input_files([shot("first.png", shade=1)])
    page.get_by_label("What the counter shows").fill("10.6K")
    page.get_by_label("I took them").check()

    page.get_by_role("button", name="Send").click()

    expect(page.get_by_text("Type the count as a whole number, with all its digits.")).to_be_visible()
    expect(page.locator(".drop-pictures > li")).to_have_count(1)
    page.get_by_label("What the counter shows").fill("10 600")
    page.get_by_role("button", name="Send").click()
    expect(page).to_have_url(re.compile(f"/refills/{refill.pk}/$"))
    refill.refresh_from_db()
    assert refill.stated_count == 10_600


def test_a_wrong_file_is_told_before_it_is_sent(alice, refill, visit):
    page = visit(alice, f"/refills/{refill.pk}/evidence/")

    page.get_by_label("Screenshots").set_input_files(
        [
            {"name": "bill.pdf", "mimeType": "application/pdf", "buffer": b"%PDF"},
            *(shot(f"{n}.png", shade=n) for n in range(5)),
        ]
    )

    expect(page.get_by_text("no PNG, JPEG or WebP")).to_be_visible()
    expect(page.get_by_text("one too many: 5 at most")).to_be_visible()


def test_everything_works_without_scripts(alice, refill, visit):
    page = visit(alice, f"/refills/{refill.pk}/evidence/", java_script_enabled=False)
    page.get_by_label("Screenshots").set_input_files(
        [shot("first.png", shade=1), shot("second.png", shade=2)]
    )
    page.get_by_label("What the counter shows").fill("10600")
    page.get_by_label("I took them").check()

    page.get_by_role("button", name="Send").click()

    expect(page.get_by_text("Our staff will look at it.")).to_be_visible()
    assert EvidenceImage.objects.count() == 2
