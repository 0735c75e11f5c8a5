"""The pages on which a customer orders, and watches orders."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from billing.ledger import balance_of
from catalog.models import Service
from orders.models import Order, OrderEvent
from orders.reasons import REASONS
from orders.states import OrderState
from orders.uncertain import write_off
from providers.fake import LOST_ANSWER, NO_CONNECTION
from providers.gateway import Accepted, Rejected, RejectionKind, ReportedState
from terms.models import Acceptance
from tests.factories import (
    LINK,
    after,
    give,
    make_customer,
    make_order,
    make_provider,
    make_service,
    publish_terms,
)
from tests.orders.stories import answered, report, started, taken

pytestmark = pytest.mark.django_db

NEW, LIST, QUOTE, PICKS = "/orders/new/", "/orders/", "/orders/new/quote/", "/orders/new/picks/"
POST_LINK = "https://www.instagram.com/p/Cabc12345/"
TICKS = {"accept_terms": "on", "public": "on", "overlap": "on"}


@pytest.fixture
def browser(client, alice):
    client.force_login(alice)
    return client


def ask_for(browser, service, **typed):
    """Fill in the fields and go on to the summary."""
    typed = {"link": LINK, "quantity": "1000"} | typed
    return browser.post(NEW, {"do": "check", "service": service.pk, **typed})


def confirmed(page, **ticks):
    """What the summary's button would send."""
    form = page.context["form"]
    assert page.context["step"] == "summary", form.errors
    return {
        "do": "place",
        "service": form.service.pk,
        "request_id": page.context["request_id"],
        "shown_version": page.context["version"].number,
        "shown_charge": str(form.draft.charge),
        **{name: form.data.get(name, "") for name in ("link", "quantity", "comments")},
        **ticks,
    }


def refusals(page, field):
    return [error.code for error in page.context["form"].errors.as_data().get(field, [])]


def html(page):
    return page.content.decode()


def said(page):
    """The words of a page, one space apart."""
    return " ".join(html(page).split())


# --- ordering ---------------------------------------------------------------------------------------


@pytest.mark.clause("A-31")
def test_alice_orders_step_by_step_and_is_charged_exactly(browser, alice):
    service = make_service(rate_per_1000="1.2345", name="Real <b>followers</b>")

    summary = ask_for(browser, service, link=" instagram.com/Alice.Studio/?igsh=x ", quantity="1,234")

    assert "https://www.instagram.com/alice.studio" in html(summary)
    assert "$1.523373" in html(summary)
    assert "$98.476627" in html(summary)
    assert "Place order and accept terms v1" in html(summary)
    assert "Real &lt;b&gt;followers&lt;/b&gt;" in html(summary)
    assert not Order.objects.exists()

    answer = browser.post(NEW, confirmed(summary, **TICKS))

    order = Order.objects.get()
    assert answer["Location"] == f"/orders/{order.pk}/"
    assert (order.quantity, order.charge) == (1234, Decimal("1.52337300"))
    assert balance_of(alice) == Decimal("98.47662700")


@pytest.mark.clause("A-31")
def test_pressing_twice_orders_once(browser, alice):
    sent = confirmed(ask_for(browser, make_service()), **TICKS)

    first, second = browser.post(NEW, sent), browser.post(NEW, sent)

    assert first["Location"] == second["Location"]
    assert Order.objects.count() == 1
    assert balance_of(alice) == Decimal("98.7655")


def test_the_second_press_finds_its_order_even_when_the_service_is_gone(browser):
    service = make_service()
    sent = confirmed(ask_for(browser, service), **TICKS)
    first = browser.post(NEW, sent)
    Service.objects.update(is_on_sale=False)

    assert browser.post(NEW, sent)["Location"] == first["Location"]


def test_going_back_and_changing_the_order_makes_another_one(browser):
    service = make_service()
    browser.post(NEW, confirmed(ask_for(browser, service), **TICKS))
    browser.post(NEW, confirmed(ask_for(browser, service, link="@somebody.else"), **TICKS))

    assert Order.objects.count() == 2


def test_a_used_summary_sent_with_another_quantity_is_refused_and_then_asks_anew(browser):
    service = make_service()
    sent = confirmed(ask_for(browser, service), **TICKS)
    browser.post(NEW, sent)

    page = browser.post(NEW, sent | {"quantity": "2000", "shown_charge": "9"})

    assert refusals(page, "__all__") == ["request_reused"]
    assert page.context["request_id"] != sent["request_id"]
    assert Order.objects.count() == 1


@pytest.mark.parametrize(
    ("quantity", "code"),
    [
        ("", "quantity_missing"),
        ("9", "quantity_range"),
        ("100001", "quantity_range"),
        ("10.5", "quantity_missing"),
        ("1.000", "quantity_missing"),
        ("-50", "quantity_missing"),
        ("1e3", "quantity_missing"),
        ("9" * 18, "quantity_range"),
        ("9" * 5000, "quantity_missing"),
        ("ten", "quantity_missing"),
    ],
)
def test_a_wrong_quantity_is_refused_beside_its_field_and_kept(browser, quantity, code):
    page = ask_for(browser, make_service(), quantity=quantity)

    assert page.context["step"] == "fields"
    assert refusals(page, "quantity") == [code]
    assert page.context["fields"]["quantity"].value() == quantity
    assert 'value="https://www.instagram.com/alice.studio/"' in html(page)


@pytest.mark.parametrize("quantity", ["10", "100000", " 5 000 ", "5,000", "\uff11\uff10"])
def test_a_quantity_may_be_written_as_people_write_it(browser, quantity):
    page = ask_for(browser, make_service(rate_per_1000="0.5"), quantity=quantity)

    assert page.context["step"] == "summary"


def test_a_quantity_between_the_steps_is_refused(browser):
    service = make_service(step=100, min_quantity=100)

    assert refusals(ask_for(browser, service, quantity="150"), "quantity") == ["quantity_step"]
    assert ask_for(browser, service, quantity="200").context["step"] == "summary"


@pytest.mark.parametrize(
    "link",
    [
        "",
        "not a link",
        "https://youtu.be/dQw4w9WgXcQ",
        POST_LINK,
        "javascript:alert(1)",
        "https://user:pass@instagram.com/bob",
        "http://127.0.0.1/bob",
        "https://www.instagram.com/" + "b" * 2100,
    ],
)
def test_a_wrong_link_is_refused_with_an_example_and_kept(browser, link):
    page = ask_for(browser, make_service(), link=link)

    assert page.context["step"] == "fields"
    assert refusals(page, "link") == ["bad_link"]
    assert "for example: https://www.instagram.com/username" in html(page)
    assert page.context["fields"]["link"].value() == link


def test_link_and_quantity_are_refused_together(browser):
    page = ask_for(browser, make_service(), link="nonsense", quantity="1")

    assert refusals(page, "link") == ["bad_link"]
    assert refusals(page, "quantity") == ["quantity_range"]


def test_a_refusal_leads_to_its_clause(browser):
    page = ask_for(browser, make_service(), quantity="1")

    assert 'href="/terms/#K-23"' in html(page)


@pytest.mark.parametrize("number", ["0", "999999", "abc", "9" * 30, "-1", "1.5"])
def test_an_unknown_service_leads_to_the_choice_and_keeps_what_was_typed(browser, number):
    page = browser.post(NEW, {"do": "check", "service": number, "link": "typed-link", "quantity": "77"})

    assert page.context["step"] == "pick"
    assert "typed-link" in html(page)


def test_a_service_taken_off_sale_meanwhile_is_refused_and_nothing_is_charged(browser, alice):
    service = make_service()
    sent = confirmed(ask_for(browser, service), **TICKS)
    Service.objects.update(is_on_sale=False)

    for page in (browser.post(NEW, sent), browser.get(f"{NEW}?service={service.pk}")):
        assert page.context["step"] == "pick"
        assert "not on sale at the moment" in html(page)
    assert balance_of(alice) == Decimal(100)


def test_a_service_of_a_provider_that_is_switched_off_is_not_on_sale(browser):
    service = make_service(provider=make_provider(is_active=False))

    assert ask_for(browser, service).context["step"] == "pick"


def test_too_little_money_is_refused_with_both_amounts(browser, alice):
    service = make_service(rate_per_1000="100.001")

    page = ask_for(browser, service)
    assert refusals(page, "__all__") == ["insufficient_balance"]
    assert "100.001 needed, 100.00 available." in html(page)

    give(alice, cash="0.01")
    assert ask_for(browser, service).context["step"] == "summary"


def test_money_spent_meanwhile_is_refused_at_the_last_moment(browser, alice):
    expensive = make_service(rate_per_1000="60")
    sent = confirmed(ask_for(browser, expensive), **TICKS)
    browser.post(NEW, confirmed(ask_for(browser, expensive, link="@somebody"), **TICKS))

    page = browser.post(NEW, sent)

    assert refusals(page, "__all__") == ["insufficient_balance"]
    assert balance_of(alice) == Decimal(40)


@pytest.mark.clause("K-21")
def test_a_second_order_on_a_busy_link_names_the_first(browser, alice):
    first = make_order(alice)

    page = ask_for(browser, make_service(metric="other", platform="instagram"))

    assert refusals(page, "link") == ["link_busy"]
    assert f"Order #{first.pk}" in html(page)


@pytest.mark.clause("A-33")
@pytest.mark.profile("alphasmm")
def test_where_the_terms_only_warn_a_tick_lets_the_second_order_through(browser, alice):
    first = make_order(alice)
    summary = ask_for(browser, make_service())
    assert f"Order #{first.pk} is open for this link" in html(summary)

    refused = browser.post(NEW, confirmed(summary, public="on", accept_terms="on"))
    assert refused.context["step"] == "summary"
    assert refusals(refused, "overlap") == ["overlap_warning"]

    browser.post(NEW, confirmed(refused, **TICKS))
    assert Order.objects.filter(overlaps=True).count() == 2


def test_a_bystander_on_the_same_link_is_neither_shown_nor_in_the_way(browser, bob):
    make_order(bob)

    assert ask_for(browser, make_service()).context["step"] == "summary"


@pytest.mark.clause("A-21", "K-20")
def test_both_ticks_are_wanted_and_what_was_ticked_stays(browser):
    summary = ask_for(browser, make_service())

    page = browser.post(NEW, confirmed(summary, accept_terms="on"))
    assert refusals(page, "public") == ["public_not_confirmed"]
    assert page.context["terms_ticked"]

    page = browser.post(NEW, confirmed(summary, public="on"))
    assert refusals(page, "accept_terms") == ["terms_not_accepted"]
    assert not Order.objects.exists()


@pytest.mark.clause("A-06", "K-50")
@pytest.mark.worked("V-5")
def test_terms_that_changed_meanwhile_are_shown_and_ticked_before_anything_is_charged(browser, alice):
    sent = confirmed(ask_for(browser, make_service()), **TICKS)
    publish_terms(changes={"refill.min_share_percent": "15"})

    page = browser.post(NEW, sent)
    assert refusals(page, "__all__") == ["terms_changed"]
    assert page.context["terms_tick"]
    assert not page.context["terms_ticked"]
    assert "accept terms v2" in html(page)
    assert balance_of(alice) == Decimal(100)

    browser.post(NEW, confirmed(page, **TICKS))
    assert Order.objects.get().terms_version_id == 2
    assert Acceptance.objects.get(subject=f"order:{Order.objects.get().pk}").explicit


def test_terms_accepted_before_need_no_tick_again(browser, alice):
    service = make_service()
    browser.post(NEW, confirmed(ask_for(browser, service), **TICKS))

    summary = ask_for(browser, service, link="@bob")

    assert not summary.context["terms_tick"]


@pytest.mark.clause("A-08", "K-51")
def test_a_price_that_rose_is_asked_about_and_one_that_fell_is_not(browser, alice):
    service = make_service(rate_per_1000="2.00")
    sent = confirmed(ask_for(browser, service), **TICKS)
    Service.objects.update(rate_per_1000="2.50")

    page = browser.post(NEW, sent)
    assert refusals(page, "__all__") == ["price_changed"]
    assert "The price is now 2.50 instead of 2.00" in html(page)
    assert balance_of(alice) == Decimal(100)

    Service.objects.update(rate_per_1000="1.50")
    browser.post(NEW, confirmed(page, **TICKS))
    assert Order.objects.get().charge == Decimal("1.50")


def test_a_price_that_was_never_shown_is_never_charged(browser):
    service = make_service()

    page = browser.post(
        NEW, {"do": "place", "service": service.pk, "link": LINK, "quantity": "1000", **TICKS}
    )

    assert page.context["step"] == "summary"
    assert not Order.objects.exists()


def test_without_a_confirming_step_the_fields_carry_the_ticks(browser, alice):
    publish_terms(changes={"order.confirm_step": False})
    service = make_service()
    typed = {"service": service.pk, "link": LINK, "quantity": "1000"}

    fields = browser.get(f"{NEW}?service={service.pk}")
    assert "Place order and accept terms v2" in html(fields)
    quote = browser.post(QUOTE, typed)
    assert 'name="shown_charge" value="1.23450000"' in html(quote)

    sent = typed | TICKS | {"do": "place", "shown_version": "2", "shown_charge": "1.2345"}
    browser.post(NEW, sent | {"request_id": fields.context["request_id"]})
    assert Order.objects.get().charge == Decimal("1.2345")


def test_comments_are_counted_by_their_lines(browser):
    service = make_service(kind="custom_comments", metric="comments", min_quantity=3, max_quantity=4)

    page = ask_for(browser, service, link=POST_LINK, comments="one\n\n two \n")
    assert refusals(page, "comments") == ["quantity_range"]
    assert "one\n\n two \n" in page.context["fields"]["comments"].value()
    assert refusals(ask_for(browser, service, link=POST_LINK, comments=" \n"), "comments") == [
        "comments_missing"
    ]

    summary = ask_for(browser, service, link=POST_LINK, comments="one\ntwo\n<script>x</script>")
    assert "&lt;script&gt;x&lt;/script&gt;" in html(summary)
    browser.post(NEW, confirmed(summary, **TICKS))
    assert Order.objects.get().quantity == 3


def test_a_package_has_no_quantity_and_one_price(browser):
    service = make_service(kind="package", rate_per_1000="4.2")

    summary = ask_for(browser, service, quantity="")
    browser.post(NEW, confirmed(summary, **TICKS))

    assert (Order.objects.get().quantity, Order.objects.get().charge) == (1, Decimal("4.2"))


def test_a_customer_with_a_discount_sees_and_pays_the_own_rate(browser, alice):
    alice.discount_percent = Decimal("10")
    alice.save()
    service = make_service(rate_per_1000="2")

    assert "$1.80" in html(browser.get(PICKS))
    browser.post(NEW, confirmed(ask_for(browser, service), **TICKS))
    assert Order.objects.get().charge == Decimal("1.8")


# --- choosing and asking for the price ----------------------------------------------------------------


def test_choosing_another_service_keeps_link_quantity_and_comments(browser):
    first, second = make_service(), make_service(kind="custom_comments", metric="comments")
    typed = {"link": "typed link", "quantity": "77", "comments": "nice\nvery nice"}

    picker = browser.post(NEW, typed | {"do": "change", "service": first.pk})
    page = browser.post(NEW, picker.context["typed"] | {"service": second.pk})

    assert picker.context["step"] == "pick"
    assert page.context["step"] == "fields"
    assert [page.context["fields"][name].value() for name in typed] == list(typed.values())
    assert "field-error" not in html(page)


def test_choosing_a_service_before_typing_gives_an_address_to_keep(browser):
    service = make_service()

    assert browser.post(NEW, {"service": service.pk})["Location"] == f"{NEW}?service={service.pk}"


def test_services_are_found_by_network_metric_words_and_number(browser):
    followers = make_service(name="Real Followers")
    likes = make_service(name="Video likes", platform="youtube", metric="likes")

    def found(**wanted):
        return [pick.service for pick in browser.get(PICKS, wanted).context["picks"]]

    assert found(platform="youtube") == [likes]
    assert found(platform="instagram", metric="followers") == [followers]
    assert found(q="REAL follow") == [followers]
    assert found(q=str(likes.pk)) == [likes]
    assert found(q="nothing of this") == []
    assert found(platform="nonsense\0", q="\0") in ([], [followers, likes])


def test_the_price_is_told_while_typing(browser):
    service = make_service(rate_per_1000="1.2345")

    half = browser.post(QUOTE, {"service": service.pk, "link": "", "quantity": "1000"})
    assert "$1.2345" in html(half)
    assert "field-error" not in html(half)

    wrong = browser.post(QUOTE, {"service": service.pk, "link": POST_LINK, "quantity": "5"})
    assert "This is the link of" in html(wrong)
    assert "5 is too few" in html(wrong)

    poor = browser.post(QUOTE, {"service": service.pk, "link": LINK, "quantity": "100000"})
    assert "Your balance is not enough" in html(poor)


@pytest.mark.clause("K-14")
def test_a_first_large_order_is_advised_to_begin_small(browser, alice):
    service = make_service(min_quantity=50)
    advice = "try 50 first"

    assert advice in html(browser.post(QUOTE, {"service": service.pk, "quantity": "51"}))
    assert advice not in html(browser.post(QUOTE, {"service": service.pk, "quantity": "50"}))

    report(taken(alice, service), ReportedState.COMPLETED, 0)
    assert advice not in html(browser.post(QUOTE, {"service": service.pk, "quantity": "5000"}))


@pytest.mark.clause("A-07", "A-19", "K-10", "K-16", "K-25")
def test_the_page_says_what_the_terms_say_about_this_service(browser):
    service = make_service(guarantee_days=None, stated_start="0-1 h", stated_speed="10K/day")

    page = said(browser.get(f"{NEW}?service={service.pk}"))

    assert "<bdi>0-1 h</bdi> <small>as stated</small>" in page
    assert "<bdi>10K/day</bdi> <small>as stated</small>" in page
    assert "Stated by the operator, too few orders to compute. Not a promise." in page
    assert "No refill" in page
    assert "cannot be changed, stopped or cancelled" in page
    assert "pornography; politics" in page
    assert "https://help.instagram.com/581066165581870" in page


@pytest.mark.clause("A-28")
@pytest.mark.profile("alphasmm")
def test_other_terms_say_other_things(browser):
    page = said(browser.get(f"{NEW}?service={make_service().pk}"))

    assert "You can cancel while the order is pending" in page
    assert "refills are delayed" in page


def test_before_terms_are_published_nobody_can_order(client):
    client.force_login(make_customer())

    page = client.post(NEW, {"do": "check", "service": make_service().pk, "link": LINK, "quantity": "10"})

    assert page.status_code == 200
    assert "Until then nobody can order" in html(page)


# --- one order -----------------------------------------------------------------------------------------


@pytest.mark.clause("K-12")
def test_a_partial_order_says_what_came_back_and_why(browser, alice):
    order = taken(alice, make_service(rate_per_1000="1.2345"), quantity=1234)
    report(order, ReportedState.PARTIAL, 567, start_count=4711)

    page = said(browser.get(f"/orders/{order.pk}/"))

    assert "$1.523373" in page
    assert "+$0.6999615" in page
    assert "$0.8234115" in page
    assert "667 of 1,234 were delivered; the rest could not be." in page
    assert "4,711" in page
    assert 'href="/terms/1/#K-12"' in page
    assert 'rel="noopener nofollow"' in page


@pytest.mark.clause("K-04", "K-54")
def test_an_order_is_shown_as_it_was_sold_and_says_what_changed_since(browser, alice):
    service = make_service(name="Old name", description="Old <i>words</i>")
    order = make_order(alice, service)
    assert "changed since" not in html(browser.get(f"/orders/{order.pk}/"))

    Service.objects.update(name="New name", description="New words", rate_per_1000="9", guarantee_days=None)
    page = html(browser.get(f"/orders/{order.pk}/"))

    assert "Old name" in page
    assert "Old &lt;i&gt;words&lt;/i&gt;" in page
    assert "New name" not in page
    assert page.count("changed since") == 3
    assert "renamed since" in page


def test_an_order_in_doubt_looks_like_any_other_that_is_processing(browser, alice):
    doubtful = answered(make_order(alice), LOST_ANSWER)
    plain = taken(alice, make_service(platform="youtube"), link="https://www.youtube.com/@alice")

    page = html(browser.get(f"/orders/{doubtful.pk}/"))

    assert "Processing" in page
    assert "ncertain" not in page
    assert "no complete answer" not in page
    assert 'class="state state-processing"' in html(browser.get(f"/orders/{plain.pk}/"))


def test_no_word_of_the_provider_reaches_the_customer(browser, alice):
    provider = make_provider("Secret Upstream")
    order = make_order(alice, make_service(provider=provider))
    answered(order, Rejected(RejectionKind.BAD_LINK, "neworder.error.secret_words"))

    page = said(browser.get(f"/orders/{order.pk}/")) + said(browser.get(LIST)) + said(browser.get("/"))

    assert "Check that it is right and that everybody can see it." in page
    assert "secret" not in page.lower()


@pytest.mark.parametrize("kind", [kind for kind in RejectionKind if kind.ends_order])
def test_every_rejection_has_words_for_the_customer(browser, alice, kind):
    order = answered(make_order(alice), Rejected(kind, "words"))

    assert order.ending in REASONS
    assert str(REASONS[order.ending]) in html(browser.get(f"/orders/{order.pk}/"))


def test_what_waits_for_its_provider_says_so(browser, alice):
    order = answered(make_order(alice), NO_CONNECTION)

    assert "It cannot be handed over just now." in html(browser.get(f"/orders/{order.pk}/"))


def test_an_order_that_is_written_off_says_that_all_came_back(browser, alice):
    order = answered(make_order(alice), LOST_ANSWER)
    write_off(order.submission, by=None, note="", now=after(hours=24))

    page = said(browser.get(f"/orders/{order.pk}/"))

    assert "It could not be confirmed that delivery would begin." in page
    assert 'What it cost</dt><dd><bdi dir="ltr" class="money">$0.00' in page


def test_a_late_correction_is_told_as_one(browser, alice):
    order = report(taken(alice), ReportedState.COMPLETED, 0)
    report(order, ReportedState.PARTIAL, 100, at=after(days=2))

    assert "Corrected: Partial" in html(browser.get(f"/orders/{order.pk}/"))


def test_what_staff_has_to_look_at_is_no_event_for_the_customer(browser, alice):
    order = taken(alice)
    report(order, None)
    OrderEvent.objects.create(
        order=order, what="refund_held", note="staff note", to_state="partial", at=after(hours=1)
    )

    page = html(browser.get(f"/orders/{order.pk}/"))

    assert "staff note" not in page
    assert 'class="state-partial"' not in page


@pytest.mark.clause("K-09")
def test_the_guarantee_runs_from_the_end_of_the_order(browser, alice):
    order = taken(alice, make_service(guarantee_days=30))
    assert "Guaranteed until" not in html(browser.get(f"/orders/{order.pk}/"))

    report(order, ReportedState.COMPLETED, 0, at=after(days=1))
    page = browser.get(f"/orders/{order.pk}/")

    assert page.context["guaranteed_until"] == after(days=31)
    assert "Guaranteed until" in html(page)


def test_an_open_order_is_asked_about_again_and_an_ended_one_is_not(browser, alice):
    order = taken(alice)
    assert "every 3s" in html(browser.get(f"/orders/{order.pk}/"))

    report(order, ReportedState.COMPLETED, 0)
    piece = browser.get(f"/orders/{order.pk}/", headers={"HX-Request": "true"})

    assert "every 3s" not in html(piece)
    assert "<html" not in html(piece)
    assert 'id="balance"' in html(piece)


@pytest.mark.clause("A-28")
@pytest.mark.profile("alphasmm")
def test_a_pending_order_is_cancelled_and_paid_back(browser, alice):
    order = make_order(alice)
    assert "Cancel this order?" in html(browser.get(f"/orders/{order.pk}/"))

    page = browser.post(f"/orders/{order.pk}/cancel/", follow=True)

    assert "its whole charge is back on your balance" in html(page)
    assert "You cancelled it before it was handed over." in html(page)
    assert balance_of(alice) == Decimal(100)


@pytest.mark.profile("alphasmm")
def test_an_order_that_was_handed_over_is_not_cancelled(browser, alice):
    order = taken(alice)
    assert "Cancel this order?" not in html(browser.get(f"/orders/{order.pk}/"))

    page = browser.post(f"/orders/{order.pk}/cancel/", follow=True)

    assert "cannot be cancelled" in html(page)
    order.refresh_from_db()
    assert order.state == OrderState.PROCESSING


@pytest.mark.clause("K-16")
def test_where_the_terms_allow_no_cancelling_there_is_no_button(browser, alice):
    order = make_order(alice)

    assert "Cancel this order?" not in html(browser.get(f"/orders/{order.pk}/"))


def test_ordering_again_fills_in_the_fields(browser, alice):
    service = make_service(kind="custom_comments", metric="comments", min_quantity=1)
    order = make_order(alice, service, link=POST_LINK, comments="one\ntwo", quantity=None)

    page = browser.get(f"{NEW}?again={order.pk}")

    assert page.context["fields"]["link"].value() == order.link
    assert page.context["fields"]["comments"].value() == "one\ntwo"


# --- the list ------------------------------------------------------------------------------------------


def found(browser, **wanted):
    return [order.pk for order in browser.get(LIST, wanted).context["orders"]]


def test_orders_are_found_by_numbers_link_name_and_state(browser, alice):
    bobby = taken(alice, link="@bobby")
    bob = make_order(alice, link="https://www.instagram.com/bob/")
    video = make_order(alice, make_service(platform="youtube"), link="https://www.youtube.com/@bob")

    assert found(browser) == [video.pk, bob.pk, bobby.pk]
    assert found(browser, q=f"#{bob.pk}") == [bob.pk]
    assert found(browser, q=f"{bob.pk}, {video.pk}") == [video.pk, bob.pk]
    assert found(browser, q="http://m.instagram.com/Bob?igsh=1") == [bob.pk, bobby.pk]
    assert found(browser, q="instagram.com/bobb") == [bobby.pk]
    assert found(browser, q="@bob") == [video.pk, bob.pk]
    assert found(browser, q="nobody") == []
    assert found(browser, state="processing") == [bobby.pk]
    assert found(browser, state="processing", q="@bob") == []
    assert found(browser, state="nonsense") == [video.pk, bob.pk, bobby.pk]


@pytest.mark.parametrize(
    "words", ["9" * 40, "\0", "%", "' OR 1=1", "a" * 5000, "http://", "1,,2", "@", "[::1"]
)
def test_a_strange_search_finds_nothing_and_breaks_nothing(browser, alice, words):
    make_order(alice)

    assert found(browser, q=words, before="x", after="9" * 40) in ([], [Order.objects.get().pk])


def test_the_list_turns_its_pages(browser, alice):
    orders = [make_order(alice, link=f"@name{number}").pk for number in range(27)][::-1]

    first = browser.get(LIST)
    assert [order.pk for order in first.context["orders"]] == orders[:25]
    assert not first.context["newer"]
    second = browser.get(LIST + first.context["older"])
    assert [order.pk for order in second.context["orders"]] == orders[25:]
    assert not second.context["older"]
    back = browser.get(LIST + second.context["newer"])
    assert [order.pk for order in back.context["orders"]] == orders[:25]


def test_the_list_updates_itself_only_while_an_order_on_it_is_open(browser, alice):
    order = taken(alice)
    assert "every 5s" in html(browser.get(LIST))

    report(order, ReportedState.COMPLETED, 0)
    assert "every 5s" not in html(browser.get(LIST))


def test_pages_ask_the_database_as_often_for_many_orders_as_for_one(
    browser, alice, django_assert_num_queries
):
    service = make_service()

    def counted(path):
        with CaptureQueriesContext(connection) as queries:
            browser.get(path)
        return len(queries)

    started(alice, service)
    for path in (LIST, "/", NEW):
        browser.get(path)
    few = [counted(path) for path in (LIST, "/", NEW)]
    for number in range(8):
        make_order(alice, make_service(), link=f"@name{number}")

    assert [counted(path) for path in (LIST, "/", NEW)] == few
    assert few[0] <= 7


# --- the dashboard -------------------------------------------------------------------------------------


def test_the_dashboard_counts_what_was_spent_and_what_came_back(browser, alice):
    now = timezone.now()
    order = make_order(alice, make_service(rate_per_1000="2"), quantity=1000, now=now)
    answered(order, Accepted("77", ""), now=now)
    report(order, ReportedState.PARTIAL, 250, at=now)
    make_order(alice, make_service(rate_per_1000="3"), link="@other", quantity=1000, now=now)

    page = browser.get("/")

    assert page.context["open_orders"] == 1
    assert page.context["spent"] == Decimal("4.50")
    assert page.context["refunded"] == Decimal("0.50")
    assert page.context["states"]["series"][0]["values"] == [1, 1]
    assert Decimal(page.context["chart"]["series"][0]["values"][-1]) == Decimal("4.50")
    assert len(page.context["chart"]["labels"]) == 30


def test_a_new_customer_is_shown_where_to_begin(browser):
    assert "No order yet" in html(browser.get("/"))
    assert "No order yet" in html(browser.get(LIST))


def test_a_visitor_sees_the_front_of_the_house(client, terms):
    page = client.get("/")

    assert "Sign in" in html(page)
    assert "Recent orders" not in html(page)


# --- doors ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [LIST, NEW, PICKS, QUOTE, "/orders/1/", "/orders/1/cancel/"])
def test_who_is_not_signed_in_is_led_to_the_door(client, terms, path):
    answer = client.get(path)

    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("account_login"))


def test_an_order_of_somebody_else_is_not_there(browser, bob):
    order = make_order(bob)

    assert browser.get(f"/orders/{order.pk}/").status_code == 404
    assert browser.post(f"/orders/{order.pk}/cancel/").status_code == 404
    assert browser.get(f"{NEW}?again={order.pk}").status_code == 404
    assert found(browser, q=str(order.pk)) == []
    order.refresh_from_db()
    assert order.state == OrderState.PENDING


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", QUOTE),
        ("post", PICKS),
        ("post", LIST),
        ("put", NEW),
        ("delete", "/orders/1/"),
        ("get", "/orders/1/cancel/"),
    ],
)
def test_another_way_of_asking_is_refused(browser, method, path):
    assert getattr(browser, method)(path).status_code == 405
