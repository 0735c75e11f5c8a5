"""The page that takes screenshots, and who may look at them afterwards."""

import re
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from orders.hastening import ask_to_speed_up
from orders.models import SpeedUp
from panel.uploads import MOST_BYTES
from refills import vault
from refills.evidence import answer_refill
from refills.evidence_form import read_hours
from refills.forgetting import forget_pictures_of
from refills.hastening import ask_to_speed_up as hurry
from refills.judging import judge
from refills.models import Evidence, EvidenceImage, Refill
from refills.states import RefillState
from tests.factories import make_service
from tests.orders.stories import taken
from tests.refills.screenshots import bomb, picture, upload
from tests.refills.stories import asked, delivered, ended, shows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]


def browser_of(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def ago(**duration: float) -> datetime:
    return timezone.now() - timedelta(**duration)


def to_be_shown(customer: User, **fields: Any) -> Refill:
    refill = asked(delivered(customer, at=ago(days=1), **fields), at=ago(hours=10))
    judge(refill.pk, now=ago(hours=9))
    refill.refresh_from_db()
    assert refill.state == RefillState.NEEDS_INFO
    return refill


def page_of(refill: Refill) -> str:
    return reverse("refill_evidence", args=[refill.pk])


def send(client: Client, path: str, *pictures: Any, **typed: Any) -> Any:
    return client.post(path, {"pictures": list(pictures), "is_fresh": "on", **typed})


def read(page: Any) -> str:
    return re.sub(r"\s+", " ", page.content.decode())


@pytest.fixture
def image(alice: User) -> EvidenceImage:
    refill = to_be_shown(alice)
    answer_refill(refill, [picture()], count=Decimal(10_600), now=ago(hours=1))
    return EvidenceImage.objects.get()


@pytest.mark.clause("K-64")
def test_alice_reads_what_the_screenshot_has_to_show_and_sends_it(alice: User) -> None:
    refill = to_be_shown(alice)
    browser = browser_of(alice)

    page = read(browser.get(page_of(refill)))
    for words in (
        "Instagram.com",
        "all digits",
        "today",
        "deleted after 180 days",
        "The request starts when",
    ):
        assert words.lower() in page.lower()
    answer = send(browser, page_of(refill), upload(), count="10,600")

    assert answer.status_code == 302
    assert answer["Location"] == reverse("refill_detail", args=[refill.pk])
    refill.refresh_from_db()
    assert (refill.stated_count, refill.waits_for) == (10_600, "staff")
    shown = read(browser.get(answer["Location"]))
    assert reverse("evidence_image", args=[EvidenceImage.objects.get().pk]) in shown
    assert "10,600" in shown


@pytest.mark.parametrize(
    ("pictures", "typed", "said"),
    [
        ([], {"count": "10600"}, "Add at least one screenshot"),
        ([upload(shade=n) for n in range(6)], {"count": "10600"}, "At most 5 screenshots"),
        ([upload(b"%PDF-1.7", name="bill.png")], {"count": "10600"}, "“bill.png” is no picture"),
        ([upload(bomb(40_000, 700), name="bomb.png")], {"count": "10600"}, "too large: 40000 by 700"),
        ([upload(bytes(5 * 1024 * 1024 + 1))], {"count": "10600"}, "larger than 5 MB"),
        ([upload(taken="2020:01:01 10:00:00")], {"count": "10600"}, "was taken on Jan. 1, 2020"),
        ([upload()], {"count": "10.6K"}, "Type the count as a whole number"),
        ([upload()], {"count": "-4"}, "Type the count as a whole number"),
        ([upload()], {"count": ""}, "This field is required"),
        ([upload()], {"count": "10600", "is_fresh": ""}, "Only a screenshot of now"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_nothing_is_kept(
    alice: User, pictures: list[Any], typed: dict[str, str], said: str
) -> None:
    refill = to_be_shown(alice)
    for each in pictures:
        each.seek(0)

    page = read(send(browser_of(alice), page_of(refill), *pictures, **typed))

    assert said in page
    assert not Evidence.objects.exists()


def test_the_same_picture_chosen_twice_is_an_oversight(alice: User) -> None:
    refill = to_be_shown(alice)

    send(browser_of(alice), page_of(refill), upload(name="a.png"), upload(name="b.png"), count="10600")

    assert EvidenceImage.objects.count() == 1


def test_who_presses_twice_reads_that_nothing_is_asked_any_more(alice: User) -> None:
    refill = to_be_shown(alice)
    browser = browser_of(alice)
    send(browser, page_of(refill), upload(shade=1), count="10600")

    answer = send(browser, page_of(refill), upload(shade=2), count="10600")

    assert answer.status_code == 302
    assert "Nothing is asked of you here" in read(browser.get(answer["Location"]))
    assert EvidenceImage.objects.count() == 1


@pytest.mark.clause("K-44")
def test_watch_hours_are_asked_for_with_their_period(alice: User) -> None:
    service = make_service(platform="youtube", metric="watch_hours", name="Watch hours", min_quantity=100)
    order = taken(
        alice,
        service,
        quantity=4000,
        link="https://www.youtube.com/@alice",
        now=datetime.fromisoformat("2026-03-01T10:00Z"),
    )
    refill = asked(ended(order, at=ago(days=1)), at=ago(hours=1))
    browser = browser_of(alice)

    page = read(browser.get(page_of(refill)))
    assert "March 1, 2026 until today" in page
    assert "Hours watched" in page
    lifetime = read(send(browser, page_of(refill), upload(), count="12000", hours_since="2019-01-01"))
    assert "Count the hours from March 1, 2026 until today" in lifetime
    send(browser, page_of(refill), upload(), count="3,999.4", hours_since="2026-03-01")

    assert Evidence.objects.get().count == Decimal("3999.4")


@pytest.mark.parametrize(
    ("typed", "hours"),
    [
        ("3999.4", "3999.4"),
        ("3,999.4", "3999.4"),
        ("3999,4", "3999.4"),
        ("3 999", "3999"),
        ("3,999", "3999"),
        ("0", "0"),
        ("3999.45", None),
        ("-1", None),
        ("12h", None),
        ("1e5", None),
        ("9" * 18, None),
    ],
)
def test_hours_are_read_as_people_write_them(typed: str, hours: str | None) -> None:
    assert read_hours(typed) == (None if hours is None else Decimal(hours))


@pytest.mark.clause("K-60", "K-64")
def test_a_wish_for_more_speed_takes_screenshots_without_a_count(alice: User, sam: User) -> None:
    order = taken(alice, now=ago(days=9))
    wish = ask_to_speed_up(order, text="", now=ago(hours=1))
    browser = browser_of(alice)
    path = reverse("speed_up_evidence", args=[wish.pk])
    assert path in read(browser.get(reverse("order_detail", args=[order.pk])))

    assert 'name="count"' not in read(browser.get(path))
    send(browser, path, upload())

    image = SpeedUp.objects.get().evidence.get().images.get()
    office = read(browser_of(sam).get(reverse("admin:orders_speedup_change", args=[wish.pk])))
    assert reverse("evidence_image", args=[image.pk]) in office


@pytest.mark.clause("K-60", "K-64")
def test_so_does_the_wish_that_a_refill_be_hurried_and_nothing_else_changes(alice: User) -> None:
    order = delivered(alice, at=ago(days=9))
    shows(order, 10_600, at=ago(days=8, minutes=1))
    refill = asked(order, at=ago(days=8))
    hurry(refill, text="", now=ago(days=1))
    browser = browser_of(alice)
    before = Refill.objects.values().get(pk=refill.pk)
    assert page_of(refill) in read(browser.get(reverse("refill_detail", args=[refill.pk])))

    send(browser, page_of(refill), *(upload(shade=shade) for shade in range(4)))
    too_many = read(send(browser, page_of(refill), upload(shade=5), upload(shade=6)))

    assert "At most 5 screenshots" in too_many
    assert EvidenceImage.objects.filter(evidence__refill=refill).count() == 4
    assert Refill.objects.values().get(pk=refill.pk) == before


def test_nobody_adds_to_what_is_not_theirs(alice: User, bob: User) -> None:
    refill = to_be_shown(alice)

    assert browser_of(bob).get(page_of(refill)).status_code == 404
    assert send(browser_of(bob), page_of(refill), upload(), count="1").status_code == 404
    assert Client().get(page_of(refill))["Location"].startswith(reverse("account_login"))


@pytest.mark.clause("A-36", "K-83")
def test_a_screenshot_is_seen_by_alice_and_by_staff_with_the_right_and_by_nobody_else(
    alice: User, bob: User, sam: User, image: EvidenceImage
) -> None:
    path = reverse("evidence_image", args=[image.pk])
    clerk = User.objects.create(email="clerk@example.com", is_staff=True)
    former = User.objects.create(email="former@example.com")
    right = Permission.objects.get(codename="view_evidenceimage")
    former.user_permissions.add(right)

    assert browser_of(alice).get(path).content == picture().content
    assert browser_of(sam).get(path).status_code == 200
    assert browser_of(bob).get(path).status_code == 404
    assert browser_of(clerk).get(path).status_code == 404
    assert browser_of(former).get(path).status_code == 404
    assert Client().get(path).status_code == 302
    clerk.user_permissions.add(right)
    assert browser_of(clerk).get(path).status_code == 200


def test_a_screenshot_is_neither_kept_nor_run_nor_embedded_by_a_browser(
    alice: User, image: EvidenceImage
) -> None:
    answer = browser_of(alice).get(reverse("evidence_image", args=[image.pk]))

    assert answer["Content-Type"] == "image/jpeg"
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"


def test_a_deleted_screenshot_says_so(
    alice: User, image: EvidenceImage, django_capture_on_commit_callbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        forget_pictures_of(alice, now=timezone.now())

    assert browser_of(alice).get(reverse("evidence_image", args=[image.pk])).status_code == 410
    detail = browser_of(alice).get(reverse("refill_detail", args=[image.evidence.refill_id]))
    assert "Deleted by now" in read(detail)


def test_a_file_that_somebody_moved_is_not_found_and_breaks_nothing(
    alice: User, image: EvidenceImage
) -> None:
    vault.drop(image.file)

    assert browser_of(alice).get(reverse("evidence_image", args=[image.pk])).status_code == 404


def test_a_body_larger_than_any_form_is_refused_unread(alice: User) -> None:
    refill = to_be_shown(alice)

    answer = send(browser_of(alice), page_of(refill), upload(bytes(MOST_BYTES)), count="1")

    assert answer.status_code == 400
    assert not Evidence.objects.exists()
