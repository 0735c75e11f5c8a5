"""Many orders at once: judged in turn and against each other, then placed, each for itself and only once."""

import re
from decimal import Decimal
from uuid import UUID

import pytest

from accounts.models import User
from billing.ledger import balance_of
from orders import many_views
from orders.many_lines import Line, read_lines
from orders.models import Order
from orders.placing_many import check_many, place_many
from tests.factories import NOW, give, make_customer, make_order, make_service, order_request
from tests.orders.stories import at_once, differences
from tests.orders.test_pages import TICKS, browser, said

__all__ = ["browser"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]

MANY = "/orders/many/"
FORM = UUID("11111111-2222-3333-4444-555555555555")
PROFILES = [f"https://www.instagram.com/profile{number}/" for number in range(1, 9)]


def requests_for(service, *links: str, **fields):
    return [order_request(service, link=link, **({"quantity": 1000} | fields)) for link in links]


def codes(verdicts) -> list[str]:
    return [verdict.refusal.code if verdict.refusal else "" for verdict in verdicts]


def read(text: str) -> list[tuple]:
    return [(line.service_id, line.link, line.quantity) for line in read_lines(text, form_id=FORM)]


# --- Lines as people write them ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "12 | https://x.example/a | 1000",
        "12|https://x.example/a|1000",
        "#12 | https://x.example/a | 1,000",
        "12\thttps://x.example/a\t1000",
        '"12"\t"https://x.example/a"\t"1,000"',
        "12;https://x.example/a;1000",
        "12,https://x.example/a,1000",
        "12 https://x.example/a 1000",
        "  12 | https://x.example/a | 1 000  ",
    ],
)
def test_cells_are_parted_in_any_common_way(text: str) -> None:
    assert read(text) == [(12, "https://x.example/a", 1000)]


def test_a_link_may_contain_what_parts_cells_elsewhere() -> None:
    assert read("12 | https://x.example/a,b;c?d=1|2 | 50") == [(12, "https://x.example/a,b;c?d=1|2", 50)]
    assert read("12,https://x.example/a,b,50") == [(12, "https://x.example/a,b", 50)]


def test_a_quantity_may_be_missing_and_empty_lines_are_no_lines() -> None:
    lines = read_lines("\n12 | https://x.example/a\n\n  \n13 | b | many\n", form_id=FORM)

    assert [(line.number, line.quantity) for line in lines] == [(2, None), (5, None)]


@pytest.mark.parametrize(
    "text", ["hello", "https://x.example/a | 12 | 50", "1 2 3 4", "service|link|quantity"]
)
def test_a_line_that_names_no_service_is_kept_and_cannot_be_read(text: str) -> None:
    (line,) = read_lines(text, form_id=FORM)

    assert line == Line(1, text, line.request_id)


def test_the_same_line_of_a_form_is_the_same_request_wherever_it_stands() -> None:
    first, second = read_lines("1|a|5\n2|b|6", form_id=FORM)
    moved = read_lines("3|c|7\n2 | b | 6\n\n1|a|5", form_id=FORM)
    twice = read_lines("1|a|5\n1|a|5", form_id=FORM)

    assert [line.request_id for line in moved[1:]] == [second.request_id, first.request_id]
    assert twice[0].request_id == first.request_id != twice[1].request_id
    assert read_lines("1|a|5", form_id=UUID(int=7))[0].request_id != first.request_id


# --- Judged in turn ------------------------------------------------------------------------------------------


@pytest.mark.clause("A-31")
def test_the_balance_is_used_up_line_by_line_and_a_smaller_one_may_still_fit(terms: object) -> None:
    alice = make_customer(balance="5")
    service = make_service(rate_per_1000="2")
    small = order_request(service, link=PROFILES[3], quantity=500)

    verdicts = check_many(now=NOW, customer=alice, requests=[*requests_for(service, *PROFILES[:3]), small])

    assert codes(verdicts) == ["", "", "insufficient_balance", ""]
    assert verdicts[2].refusal.text == "2.00 needed, 1.00 available."
    assert balance_of(alice) == 5
    assert not Order.objects.exists()


@pytest.mark.clause("K-21", "K-39")
def test_a_line_for_the_link_of_an_earlier_line_is_refused_and_names_that_line(alice: User) -> None:
    service = make_service()

    verdicts = check_many(
        now=NOW, customer=alice, requests=requests_for(service, PROFILES[0], PROFILES[1], "@profile1")
    )

    assert codes(verdicts) == ["", "", "link_busy"]
    assert "Line 1" in verdicts[2].refusal.text


def test_a_line_that_is_refused_itself_is_in_nobodys_way(alice: User) -> None:
    service = make_service()
    tiny = order_request(service, link=PROFILES[0], quantity=1)

    verdicts = check_many(now=NOW, customer=alice, requests=[tiny, *requests_for(service, PROFILES[0])])

    assert codes(verdicts) == ["quantity_range", ""]


@pytest.mark.profile("alphasmm")
@pytest.mark.clause("A-33")
def test_where_the_terms_only_warn_overlapping_lines_are_marked(alice: User) -> None:
    service = make_service()
    make_order(alice, service, link=PROFILES[1])

    verdicts = check_many(
        now=NOW, customer=alice, requests=requests_for(service, PROFILES[0], PROFILES[1], PROFILES[0])
    )

    assert [verdict.overlaps for verdict in verdicts] == [False, True, True]
    assert codes(verdicts) == ["", "", ""]


def test_an_open_order_blocks_a_line_and_is_named(alice: User) -> None:
    service = make_service()
    order = make_order(alice, service, link=PROFILES[0])

    (verdict,) = check_many(now=NOW, customer=alice, requests=requests_for(service, PROFILES[0]))

    assert verdict.refusal.code == "similar_busy"
    assert f"#{order.pk}" in verdict.refusal.text


@pytest.mark.parametrize("profile", [pytest.param("bestsmmkart"), pytest.param("alphasmm")])
def test_what_the_check_calls_good_is_what_placing_takes(request, profile: str) -> None:
    request.applymarker(pytest.mark.profile(profile))
    request.getfixturevalue("terms")
    alice = make_customer(balance="7")
    service = make_service(rate_per_1000="2")
    other = make_service(rate_per_1000="2", is_on_sale=False)
    links = [PROFILES[0], PROFILES[1], PROFILES[0], "nonsense", PROFILES[2], PROFILES[3]]
    requests = requests_for(service, *links, overlap_ticked=True) + requests_for(other, PROFILES[4])

    checked = check_many(now=NOW, customer=alice, requests=requests)
    placed = place_many(customer=alice, requests=requests, now=NOW)

    assert [verdict.is_good for verdict in checked] == [verdict.order is not None for verdict in placed]
    assert balance_of(alice) == 7 - sum(verdict.charge for verdict in checked if verdict.is_good)


# --- Placed --------------------------------------------------------------------------------------------------


def test_one_refused_line_keeps_no_other_from_being_placed(alice: User) -> None:
    service = make_service()

    verdicts = place_many(
        customer=alice, requests=requests_for(service, PROFILES[0], "nonsense", PROFILES[1]), now=NOW
    )

    assert codes(verdicts) == ["", "bad_link", ""]
    assert Order.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_the_same_lines_sent_twice_at_once_are_bought_once(alice: User) -> None:
    requests = requests_for(make_service(), *PROFILES)

    outcomes = at_once(
        2,
        lambda _: [verdict.order.pk for verdict in place_many(customer=alice, requests=requests, now=NOW)],
    )

    assert outcomes[0] == outcomes[1]
    assert Order.objects.count() == len(PROFILES)
    assert differences() == []


# --- The page ------------------------------------------------------------------------------------------------


def hidden(page, name: str) -> str:
    return re.search(rf'name="{name}" value="([^"]*)"', page.content.decode())[1]


def check(browser, text: str, **fields):
    return browser.post(MANY, {"do": "check", "text": text, **fields})


def confirmed(page) -> dict[str, str]:
    kept = {name: hidden(page, name) for name in ("form_id", "shown_version", "charges")}
    return {"do": "place", "text": page.context["form"]["text"].value(), **kept}


def test_the_page_judges_each_line_and_sums_up(browser, alice):
    service = make_service(rate_per_1000="2")

    page = check(
        browser, f"{service.pk} | @one | 1000\nhello\n{service.pk} | @one | 500\n{service.pk}|@two|10"
    )

    assert page.context["step"] == "summary"
    assert [row.verdict.is_good for row in page.context["rows"]] == [True, False, False, True]
    assert codes(row.verdict for row in page.context["rows"]) == ["", "line_unreadable", "link_busy", ""]
    assert page.context["total"] == Decimal("2.02")
    assert page.context["balance_after"] == Decimal("97.98")
    assert "Place 2 orders and accept terms v1" in said(page)
    assert not Order.objects.exists()


def test_good_lines_are_placed_and_the_others_stay_in_the_box(browser, alice):
    service = make_service(rate_per_1000="2")
    page = check(browser, f"{service.pk} | @one | 1000\n{service.pk} | @two | 3\n{service.pk} | @three | 500")

    done = browser.post(MANY, confirmed(page) | TICKS)

    assert Order.objects.count() == 2
    assert balance_of(alice) == 97
    assert done.context["left"] == f"{service.pk} | @two | 3"
    assert "2 orders are placed for" in said(done)
    for order in Order.objects.all():
        assert f"/orders/{order.pk}/" in done.content.decode()


def test_what_had_no_charge_on_the_summary_is_not_placed_later(browser, alice):
    service = make_service(rate_per_1000="60")
    text = f"{service.pk} | @one | 1000\n{service.pk} | @two | 1000"
    page = check(browser, text)
    give(alice, cash="100")

    browser.post(MANY, confirmed(page) | TICKS)

    assert [order.target_key for order in Order.objects.all()] == ["instagram:profile:one"]


def test_placing_twice_shows_the_same_orders(browser, alice):
    service = make_service()
    page = check(browser, f"{service.pk} | @one | 1000\n{service.pk} | @two | 1000")

    first = browser.post(MANY, confirmed(page) | TICKS)
    second = browser.post(MANY, confirmed(page) | TICKS)

    orders = [[row.verdict.order for row in done.context["rows"]] for done in (first, second)]
    assert orders[0] == orders[1]
    assert Order.objects.count() == 2


@pytest.mark.profile("alphasmm")
def test_a_corrected_text_of_the_same_form_buys_only_what_is_new(browser, alice):
    service = make_service()
    page = check(browser, f"{service.pk} | @one | 1000")
    browser.post(MANY, confirmed(page) | TICKS)

    again = check(browser, f"{service.pk}|@new|50\n{service.pk}|@one|1000", form_id=hidden(page, "form_id"))
    assert [row.verdict.is_good for row in again.context["rows"]] == [True, False]
    browser.post(MANY, confirmed(again) | TICKS)

    assert Order.objects.count() == 2


@pytest.mark.parametrize(
    ("missing", "code"), [("accept_terms", "terms_not_accepted"), ("public", "public_not_confirmed")]
)
def test_a_missing_tick_is_asked_for_once_and_nothing_is_placed(browser, alice, missing, code):
    page = check(browser, f"{make_service().pk} | @one | 1000")
    ticks = {name: value for name, value in TICKS.items() if name != missing}

    again = browser.post(MANY, confirmed(page) | ticks)

    assert again.context["step"] == "summary"
    assert [error.code for error in again.context["form"].errors.as_data()[missing]] == [code]
    assert not Order.objects.exists()


@pytest.mark.clause("A-06", "K-50")
def test_terms_that_changed_meanwhile_are_shown_before_anything_is_placed(browser, alice):
    page = check(browser, f"{make_service().pk} | @one | 1000")

    again = browser.post(MANY, confirmed(page) | {"shown_version": "7"} | TICKS)

    assert [error.code for error in again.context["form"].errors.as_data()["__all__"]] == ["terms_changed"]
    assert not Order.objects.exists()


@pytest.mark.clause("A-08", "K-51")
def test_a_price_that_rose_meanwhile_is_refused_line_by_line(browser, alice):
    cheap, dear = make_service(), make_service()
    page = check(browser, f"{cheap.pk} | @one | 1000\n{dear.pk} | @two | 1000")
    dear.rate_per_1000 = Decimal(9)
    dear.save()

    done = browser.post(MANY, confirmed(page) | TICKS)

    assert codes(row.verdict for row in done.context["rows"]) == ["", "price_changed"]
    assert done.context["left"] == f"{dear.pk} | @two | 1000"


@pytest.mark.profile("alphasmm")
@pytest.mark.clause("A-33")
def test_without_the_tick_overlapping_lines_are_left_out(browser, alice):
    service = make_service()
    page = check(browser, f"{service.pk} | @one | 1000\n{service.pk} | @one | 500")
    assert 'id="id_overlap"' in page.content.decode()

    done = browser.post(MANY, confirmed(page) | {"accept_terms": "on", "public": "on"})
    assert codes(row.verdict for row in done.context["rows"]) == ["", "overlap_warning"]

    again = check(browser, done.context["left"])
    browser.post(MANY, confirmed(again) | TICKS)
    assert Order.objects.count() == 2


def test_nothing_and_too_much_are_refused_and_what_was_typed_stays(browser, alice):
    assert [error.code for error in check(browser, " \n").context["form"].errors.as_data()["text"]] == [
        "no_lines"
    ]

    page = check(browser, "\n".join(["1 | @one | 10"] * 501))

    assert [error.code for error in page.context["form"].errors.as_data()["text"]] == ["too_many_lines"]
    assert page.context["form"]["text"].value().count("\n") == 500
    assert "At most 500 lines at once; these are 501." in said(page)


def test_going_back_keeps_the_text_and_the_form(browser, alice):
    page = check(browser, "hello")

    box = browser.post(MANY, {"do": "edit", "text": "hello", "form_id": hidden(page, "form_id")})

    assert box.context["step"] == "box"
    assert "hello</textarea>" in box.content.decode()
    assert hidden(box, "form_id") == hidden(page, "form_id")


def test_tampered_charges_lead_back_to_the_summary(browser, alice):
    page = check(browser, f"{make_service().pk} | @one | 1000")

    for charges in ("", "1 2", "abc"):
        again = browser.post(MANY, confirmed(page) | {"charges": charges} | TICKS)
        assert again.context["step"] == "summary"
    assert not Order.objects.exists()


def test_a_page_that_takes_long_says_how_far_it_is_and_goes_on(browser, alice, monkeypatch):
    monkeypatch.setattr(many_views, "SECONDS", 0)
    service = make_service()
    page = check(browser, f"{service.pk}|@one|1000\n{service.pk}|@two|1000\nhello")

    going = browser.post(MANY, confirmed(page) | TICKS)

    assert going.context["step"] == "going"
    assert "0 of 2 orders are placed." in said(going)
    assert not Order.objects.exists()

    monkeypatch.undo()
    again = {name: hidden(going, name) for name in ("form_id", "shown_version", "charges", *TICKS)}
    done = browser.post(MANY, {"do": "place", "text": going.context["form"]["text"].value()} | again)
    assert done.context["step"] == "result"
    assert done.context["left"] == "hello"
    assert Order.objects.count() == 2


def test_a_long_list_is_placed_a_while_at_a_time(browser, alice, monkeypatch):
    monkeypatch.setattr(many_views, "SECONDS", 0.5)
    service = make_service(rate_per_1000="0.1")
    text = "\n".join(f"{service.pk} | https://www.instagram.com/name{number}/ | 100" for number in range(100))
    page = check(browser, text)
    assert page.context["good"] == 100

    done, rounds = page, 0
    while done.context["step"] != "result":
        done, rounds = browser.post(MANY, confirmed(page) | TICKS), rounds + 1

    assert rounds > 1
    assert len(done.context["placed"]) == Order.objects.count() == 100
    assert balance_of(alice) == 99
