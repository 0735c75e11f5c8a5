import re
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog.models import Category, Service
from catalog.naming import LIFETIME_DAYS
from catalog.searching import Wanted, services_page
from catalog.views import PAGE_SERVICES
from tests.factories import make_customer, make_provider, make_service

pytestmark = pytest.mark.django_db

BOLD_REAL = "\N{MATHEMATICAL BOLD CAPITAL R}\N{MATHEMATICAL BOLD CAPITAL E}AL"
HTMX = {"HX-Request": "true"}


def page(client: Client, headers: dict[str, str] | None = None, **asked: str) -> str:
    answer = client.get(reverse("service_list"), asked, headers=headers or {})
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


def shown(text: str) -> list[int]:
    """The services on a page, each by its order button."""
    return [int(number) for number in re.findall(r"/orders/new/\?service=(\d+)", text)]


def category(name: str, position: int = 0) -> Category:
    return Category.objects.create(name=name, position=position)


def test_a_visitor_sees_list_rates_and_can_order(client):
    service = make_service(rate_per_1000="2.00", min_quantity=10, max_quantity=100_000)

    text = page(client)

    assert "$2.00" in text
    assert "10 – 100,000" in text  # noqa: RUF001
    assert shown(text) == [service.pk]
    assert "1 service on sale" in text


def test_a_customer_sees_the_rate_after_the_own_discount(client):
    make_service(rate_per_1000="0.333")
    client.force_login(make_customer(discount_percent=Decimal("12.5")))

    text = page(client)

    assert "$0.29138" in text
    assert re.search(r"<del[^>]*>.{0,60}\$0\.333", text)
    assert "Your rate" in text


def test_a_customer_without_a_discount_sees_one_rate(client):
    make_service(rate_per_1000="0.333")
    client.force_login(make_customer())

    assert "<del" not in page(client)


@pytest.mark.clause("K-09", "K-10", "K-54")
@pytest.mark.parametrize(
    ("days", "label"),
    [
        (None, "No refill – use at your own risk"),  # noqa: RUF001
        (1, "Refill 1 day"),
        (30, "Refill 30 days"),
        (LIFETIME_DAYS - 1, "Refill 36,499 days"),
        (LIFETIME_DAYS, "Lifetime refill"),
    ],
)
def test_what_is_guaranteed_stands_beside_each_service(client, days, label):
    make_service(guarantee_days=days)

    assert label in page(client, HTMX, after="").split("Any guarantee")[0]


@pytest.mark.clause("K-05", "K-08")
def test_start_and_speed_are_shown_as_stated(client):
    make_service(stated_start="0-6 h", stated_speed="10K/day")

    text = page(client)

    assert "Start, speed, drop" in text
    assert "0-6 h <small>stated</small>" in text
    assert "10K/day <small>stated</small>" in text


def test_a_package_has_a_rate_per_package(client):
    make_service(kind="package")

    assert "per package" in page(client)
    assert "per 1,000" not in page(client)


def test_a_description_is_shown_with_its_lines_and_as_text_only(client):
    script = "<script>alert(1)</script>"
    make_service(name=script, description=f"One\nTwo {script}", category=category(script))

    text = page(client)

    assert "One<br>Two &lt;script&gt;" in text
    assert script not in text


def test_what_is_off_sale_is_not_on_the_page(client):
    make_service(is_on_sale=False)
    make_service(provider=make_provider("Closed", is_active=False))

    text = page(client)

    assert shown(text) == []
    assert "Nothing is on sale yet" in text


def test_services_stand_under_their_category_in_the_catalogues_order(client):
    second, first = category("Second", 2), category("First", 1)
    late = make_service(category=second)
    b = make_service(category=first, position=2)
    a = make_service(category=first, position=1)

    text = page(client)

    assert shown(text) == [a.pk, b.pk, late.pk]
    assert text.index("First") < text.index("Second")
    assert (text.count(">First<"), text.count(">Second<")) == (1, 1)


@pytest.mark.parametrize(
    ("words", "is_found"),
    [
        ("real", True),
        ("REAL likes", True),
        ("likes real", True),
        ("brazil real", True),
        ("real tiktok", False),
        ("100%", True),
        ("1_0", False),
        ("ʀeal", False),
        (BOLD_REAL, True),
        ("followers", False),
    ],
)
def test_every_word_must_stand_in_name_or_category(client, words, is_found):
    make_service(name=f"Instagram Likes {BOLD_REAL} 100%", category=category("Brazil"))

    assert bool(shown(page(client, q=words))) is is_found


def test_a_service_is_found_by_its_whole_number(client):
    wanted = make_service(name="Plain", category=category("Plain"))

    assert shown(page(client, q=str(wanted.pk))) == [wanted.pk]
    assert wanted.pk not in shown(page(client, q=f"{wanted.pk}0"))


@pytest.mark.parametrize("words", ["9" * 30, "\x00", "%", "\\", "'", "a" * 200, "²", "-1"])
def test_odd_words_find_nothing_and_break_nothing(client, words):
    make_service(name="Plain", category=category("Plain"))

    assert shown(page(client, q=words)) in ([], [Service.objects.get().pk])


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, "abcd"),
        ({"platform": "youtube"}, "cd"),
        ({"metric": "likes"}, "bd"),
        ({"platform": "youtube", "metric": "likes"}, "d"),
        ({"guarantee": "refill"}, "ab"),
        ({"guarantee": "lifetime"}, "b"),
        ({"guarantee": "none"}, "cd"),
        ({"platform": "youtube", "guarantee": "refill"}, ""),
        ({"platform": "myspace", "metric": "pokes", "guarantee": "sure", "after": "x"}, "abcd"),
    ],
)
def test_filters_narrow_the_list_and_nonsense_narrows_nothing(client, asked, found):
    services = {
        "a": make_service(metric="followers", guarantee_days=30),
        "b": make_service(metric="likes", guarantee_days=LIFETIME_DAYS),
        "c": make_service(platform="youtube", metric="views", guarantee_days=None),
        "d": make_service(platform="youtube", metric="likes", guarantee_days=None),
    }

    assert shown(page(client, **asked)) == [services[name].pk for name in found]


def test_the_filters_tell_how_many_services_they_leave(client):
    make_service(platform="youtube", metric="likes")
    make_service(platform="youtube", metric="views")
    make_service(platform="tiktok", metric="views")

    text = page(client, platform="youtube")

    assert re.search(r'YouTube <span class="number">2<', text)
    assert re.search(r'TikTok <span class="number">1<', text)
    assert "Likes (1)" in text
    assert "Views (1)" in text
    assert "2 services on sale" in text


def test_pages_follow_each_other_without_gap_or_repeat(client):
    places = [category(name, position) for name, position in (("A", 1), ("B", 1), ("C", 0))]
    for number in range(2 * PAGE_SERVICES + 5):
        make_service(category=places[number % 3], position=number % 2)

    seen: list[int] = []
    address: str | None = reverse("service_list")
    while address:
        text = client.get(address).content.decode()
        seen += shown(text)
        link = re.search(r'class="btn" href="([^"]+after=\d+)"', text)
        address = link and link[1].replace("&amp;", "&")

    everything = services_page(Wanted(), size=1000).services
    assert seen == [service.pk for service in everything]
    assert len(seen) == 2 * PAGE_SERVICES + 5


def test_more_rows_keep_the_search_and_repeat_no_heading(client):
    for _number in range(PAGE_SERVICES + 1):
        make_service(name="Wanted", category=Category.objects.get_or_create(name="Heading")[0])
    make_service(name="Other")
    first = page(client, q="wanted")
    link = re.search(r'hx-get="([^"]+)"[^>]*hx-trigger="click, revealed"', first)
    assert link

    rest = client.get(link[1].replace("&amp;", "&"), headers=HTMX).content.decode()

    assert len(shown(rest)) == 1
    assert ">Heading<" not in rest
    assert "<html" not in rest


def test_typing_fetches_the_table_only_and_the_address_follows(client):
    make_service(name="Real")

    answer = client.get(reverse("service_list"), {"q": "real", "platform": "", "metric": ""}, headers=HTMX)

    assert answer["HX-Push-Url"] == "/services/?q=real"
    assert "<html" not in answer.content.decode()
    assert "HX-Request" in answer["Vary"]


def test_going_back_in_the_browser_brings_the_whole_page(client):
    assert "<html" in page(client, HTMX | {"HX-History-Restore-Request": "true"}, q="x")


def test_nothing_found_offers_the_way_back(client):
    make_service()

    text = page(client, q="zzzz")

    assert "No such service" in text
    assert "Show all services" in text


def test_the_page_is_for_reading_only(client):
    assert client.post(reverse("service_list")).status_code == 405


@pytest.mark.parametrize("asked", [{}, {"q": "instagram real"}, {"platform": "instagram"}])
def test_the_number_of_queries_does_not_grow_with_the_catalogue(client, asked):
    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            page(client, **asked)
        return len(counted)

    make_service(name="Instagram real")
    few = queries()
    for number in range(PAGE_SERVICES + 5):
        make_service(name="Instagram real", category=category(f"Category {number}"))

    assert queries() == few <= 4
