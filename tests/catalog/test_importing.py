from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.importing import CurrencyDiffers, NothingOffered
from catalog.models import Category, HeldBack, RateChange, Service, ServiceKind
from catalog.naming import LIFETIME_DAYS
from catalog.repricing import MarkupOutOfRange, reprice, set_rate
from catalog.selling import put_on_sale, take_off_sale
from orders.models import Order
from orders.states import OrderState
from tests.catalog.conftest import followers
from tests.factories import NOW, after, make_customer, make_order, make_provider, make_service, make_staff

pytestmark = pytest.mark.django_db


def service(number: str = "1") -> Service:
    return Service.objects.get(provider_service=number)


def sold(number: str = "1") -> tuple[Decimal, bool, str]:
    found = service(number)
    return found.rate_per_1000, found.is_on_sale, found.held_back


def test_a_new_service_is_sold_at_the_providers_rate_plus_the_mark_up(take):
    report = take(
        followers(
            rate=Decimal("0.90"),
            name="Instagram Followers | 0-1 H Start | 10K/Day | Refill 30 Days",
            description="Real looking.",
            min=50,
            max=10_000,
        )
    )

    made = service()
    assert (report.created, report.updated, report.unchanged) == (1, 0, 0)
    assert (made.rate_per_1000, made.provider_rate, made.markup_percent) == (
        Decimal("1.17"),
        Decimal("0.9"),
        30,
    )
    assert (made.platform, made.metric, made.kind) == ("instagram", "followers", ServiceKind.DEFAULT)
    assert (made.min_quantity, made.max_quantity, made.guarantee_days) == (50, 10_000, 30)
    assert (made.stated_start, made.stated_speed) == ("0-1 h", "10K/day")
    assert (made.category.name, made.is_on_sale, made.seen_at) == ("Instagram Followers", True, NOW)
    assert (made.provider_refills, made.provider_cancels) == (True, True)


def test_the_first_rate_begins_the_price_history(take):
    sam = make_staff()

    take(followers(), by=sam)

    change = RateChange.objects.get()
    assert (change.old_rate, change.new_rate, change.changed_at, change.changed_by) == (
        None,
        Decimal("1.17"),
        NOW,
        sam,
    )


@pytest.mark.clause("A-08", "K-51")
def test_a_rate_that_moves_is_kept_in_the_history_and_said(take):
    take(followers("1"), followers("2"))

    report = take(
        followers("1", rate=Decimal("1.00")), followers("2", rate=Decimal("0.80")), now=after(days=1)
    )

    assert [(move.number, move.old, move.new) for move in report.rates_up] == [
        ("1", Decimal("1.17"), Decimal("1.3"))
    ]
    assert [(move.number, move.old, move.new) for move in report.rates_down] == [
        ("2", Decimal("1.17"), Decimal("1.04"))
    ]
    newest = RateChange.objects.filter(service=service("1")).latest("changed_at")
    assert (newest.old_rate, newest.new_rate, newest.changed_at) == (
        Decimal("1.17"),
        Decimal("1.3"),
        after(days=1),
    )


def test_importing_the_same_list_again_changes_nothing(take):
    offers = [followers("1"), followers("2", name="TikTok Likes", category="TikTok")]
    take(*offers)
    before = list(Service.objects.order_by("pk").values_list("name", "rate_per_1000", "category_id"))

    report = take(*offers, now=after(days=1))

    assert (report.created, report.updated, report.unchanged) == (0, 0, 2)
    assert list(Service.objects.order_by("pk").values_list("name", "rate_per_1000", "category_id")) == before
    assert RateChange.objects.count() == 2
    assert service("1").seen_at == after(days=1)


def test_a_dry_run_says_the_same_and_stores_nothing(take):
    take(followers("1"), followers("2"))
    offers = [followers("1", rate=Decimal("1.00")), followers("3", category="New")]

    preview = take(*offers, dry_run=True)

    assert (Service.objects.count(), Category.objects.count(), RateChange.objects.count()) == (2, 1, 2)
    assert sold("1") == (Decimal("1.17"), True, "")
    assert take(*offers) == preview
    assert (preview.created, preview.updated, len(preview.held_back)) == (1, 2, 1)


def test_a_service_that_vanishes_goes_off_sale_and_returns_by_itself(take):
    take(followers("1"), followers("2"))

    gone = take(followers("2"))
    assert [remark.number for remark in gone.held_back] == ["1"]
    assert sold("1") == (Decimal("1.17"), False, HeldBack.GONE)

    still_gone = take(followers("2"))
    assert (still_gone.held_back, still_gone.unchanged) == ([], 2)

    back = take(followers("1"), followers("2"))
    assert [remark.number for remark in back.returned] == ["1"]
    assert sold("1") == (Decimal("1.17"), True, "")


def test_what_staff_took_off_sale_no_import_puts_back(take):
    take(followers("1"), followers("2"))
    take_off_sale([service("1").pk])

    take(followers("2"))
    report = take(followers("1"), followers("2"))

    assert report.returned == []
    assert sold("1") == (Decimal("1.17"), False, "")


def test_a_vanished_service_leaves_its_open_order_as_it_was(take, terms):
    alice = make_customer(balance="100")
    take(followers("1"), followers("2"))
    order = make_order(alice, service("1"), quantity=1000)
    bought = Order.objects.filter(pk=order.pk).values().get()

    take(followers("2"))
    take(followers("1", rate=Decimal("5.00")), followers("2"))

    assert Order.objects.filter(pk=order.pk).values().get() == bought
    assert (bought["charge"], bought["state"]) == (Decimal("1.17"), OrderState.PENDING)


def test_a_service_without_a_rate_is_not_sold_until_it_has_one(take):
    free = take(followers(rate=Decimal(0)))
    assert [str(remark.text) for remark in free.held_back] == ["the provider names no price"]
    assert sold() == (Decimal(0), False, HeldBack.NO_RATE)

    take(followers(rate=Decimal("0.90")))
    assert sold() == (Decimal("1.17"), True, "")

    take(followers(rate=Decimal(0)))
    assert sold() == (Decimal("1.17"), False, HeldBack.NO_RATE)


@pytest.mark.parametrize(
    ("cost", "is_believed"),
    [("9.00", True), ("9.01", False), ("900", False), ("0.09", True), ("0.0899", False), ("0.0009", False)],
)
def test_a_rate_is_believed_up_to_ten_times_away(take, cost, is_believed):
    take(followers(rate=Decimal("0.90")))

    report = take(followers(rate=Decimal(cost)))

    assert service().is_on_sale is is_believed
    assert len(report.held_back) == (0 if is_believed else 1)
    assert (service().rate_per_1000 == Decimal("1.17")) is not is_believed


def test_a_rate_that_was_not_believed_stays_off_sale_until_it_is_right_again(take):
    take(followers())
    for _day in range(2):
        take(followers(rate=Decimal(900)))
        assert sold() == (Decimal("1.17"), False, HeldBack.DOUBTFUL_RATE)

    report = take(followers())

    assert [remark.number for remark in report.returned] == ["1"]
    assert sold() == (Decimal("1.17"), True, "")


def test_a_slip_is_not_forgotten_while_the_service_is_gone(take):
    take(followers("1"), followers("2"))
    take(followers("1", rate=Decimal(900)), followers("2"))
    take(followers("2"))

    take(followers("1", rate=Decimal(900)), followers("2"))

    assert sold() == (Decimal("1.17"), False, HeldBack.DOUBTFUL_RATE)


def test_staff_accept_a_rate_by_pricing_it(take):
    take(followers())
    take(followers(rate=Decimal(900)))
    assert put_on_sale([service().pk]) == (0, 1)

    reprice([service().pk], markup_percent=Decimal(30), now=NOW, by=make_staff())
    assert put_on_sale([service().pk]) == (1, 0)
    take(followers(rate=Decimal(900)))

    assert sold() == (Decimal(1170), True, "")


@pytest.mark.parametrize(
    ("cost", "is_sold"), [("100000", True), ("100000.01", False), ("999999999999", False)]
)
def test_an_absurd_rate_is_never_sold_by_itself(take, cost, is_sold):
    take(followers(rate=Decimal(cost)))
    take(followers(rate=Decimal(cost)))

    assert service().is_on_sale is is_sold


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"type": "subscriptions"}, "orders of this type are not supported"),
        ({"type": "custom_comments_package"}, "orders of this type are not supported"),
        ({"name": " \n "}, "it has no name"),
        ({"rate": Decimal(-1)}, "its rate is not a price"),
        ({"rate": Decimal("NaN")}, "its rate is not a price"),
        ({"min": 11, "max": 10}, "its largest order is below its smallest"),
        ({"min": 0, "max": 0}, "its largest order is below its smallest"),
    ],
)
def test_what_cannot_be_sold_is_left_out_and_said(take, facts, reason):
    report = take(followers("1", **facts), followers("2"))

    assert [(remark.number, str(remark.text)) for remark in report.skipped] == [("1", reason)]
    assert list(Service.objects.values_list("provider_service", flat=True)) == ["2"]


def test_a_service_that_turns_unsellable_is_held_back(take):
    take(followers("1"), followers("2"))

    report = take(followers("1", type="subscriptions"), followers("2"))

    assert ([one.number for one in report.skipped], [one.number for one in report.held_back]) == (
        ["1"],
        ["1"],
    )
    assert sold() == (Decimal("1.17"), False, HeldBack.GONE)


def test_a_smallest_order_below_one_is_one(take):
    take(followers(min=-5, max=1))

    assert (service().min_quantity, service().max_quantity) == (1, 1)


@pytest.mark.parametrize(
    ("type_", "kind"),
    [
        ("default", ServiceKind.DEFAULT),
        ("package", ServiceKind.PACKAGE),
        ("custom_comments", ServiceKind.CUSTOM_COMMENTS),
    ],
)
def test_the_three_types_of_orders_are_imported(take, type_, kind):
    take(followers(type=type_))

    assert service().kind == kind


def test_a_hostile_catalogue_is_taken_as_the_text_it_is(take):
    script = "<script>alert(1)</script>"
    report = take(
        followers("1", name=script * 400, description=script * 400, category=script * 400),
        followers("2", name="First of two"),
        followers("2", name="Second of two"),
        followers("3", category="", description="", rate=Decimal("0.000000000001")),
        followers("4", max=10**18 - 1),
    )

    assert report.created == 4
    assert (len(service("1").name), len(service("1").category.name)) == (600, 300)
    assert service("1").name.startswith(script)
    assert service("2").name == "First of two"
    assert (service("3").category.name, service("3").rate_per_1000) == ("Other", Decimal("0.00001"))


@pytest.mark.clause("K-80")
def test_a_guarantee_is_only_what_the_texts_say_plainly(take):
    report = take(
        followers("1", name="Followers", description="30 days refill"),
        followers("2", name="Followers R30", description="R60 days refill"),
        followers("3", name="Followers | Lifetime refill"),
        followers("4", name="Followers | No refill"),
        followers("5", name="Followers"),
    )

    guarantees = Service.objects.order_by("pk").values_list("guarantee_days", flat=True)
    assert list(guarantees) == [30, None, LIFETIME_DAYS, None, None]
    assert [remark.number for remark in report.doubtful_guarantees] == ["2"]


def test_our_own_words_outlive_an_import_and_the_provider_keeps_the_facts(take):
    take(followers())
    Service.objects.update(own_wording=True, name="Our followers", guarantee_days=7)

    take(followers(name="Their followers | Refill 60 days", rate=Decimal("1.00"), max=77))

    ours = service()
    assert (ours.name, ours.guarantee_days, ours.category.name) == ("Our followers", 7, "Instagram Followers")
    assert (ours.rate_per_1000, ours.max_quantity) == (Decimal("1.3"), 77)


def test_new_words_of_the_provider_are_taken_over(take):
    take(followers())

    report = take(followers(name="TikTok Likes | R60", category="TikTok"))

    assert report.updated == 1
    assert (service().name, service().platform, service().metric) == ("TikTok Likes | R60", "tiktok", "likes")
    assert (service().guarantee_days, service().category.name) == (60, "TikTok")


def test_another_mark_up_prices_everything_anew_unless_it_is_for_new_ones(take):
    take(followers("1"))

    take(followers("1"), followers("2"), markup="50", keep_markups=True)
    assert (sold("1")[0], sold("2")[0]) == (Decimal("1.17"), Decimal("1.35"))

    take(followers("1"), followers("2"), markup="2000")
    assert (sold("1"), sold("2")) == ((Decimal("18.9"), True, ""), (Decimal("18.9"), True, ""))


def test_a_rate_set_by_hand_stays_until_the_providers_moves(take):
    take(followers())
    set_rate(service(), rate_per_1000=Decimal("1.80"), now=NOW, by=None)

    take(followers(), keep_markups=True)
    assert service().rate_per_1000 == Decimal("1.8")

    take(followers(rate=Decimal("1.00")), keep_markups=True)
    assert service().rate_per_1000 == Decimal("2")


def test_only_the_named_services_are_touched(take):
    take(followers("1"), followers("2"))

    report = take(followers("1", rate=Decimal("1.00")), followers("3"), only={"1", "4"})

    assert (report.created, report.updated, report.held_back) == (0, 1, [])
    assert (sold("1")[0], sold("2")) == (Decimal("1.3"), (Decimal("1.17"), True, ""))


def test_another_providers_services_are_left_alone(take):
    theirs = make_service(provider=make_provider("Another", currency="USD"), provider_service="9")

    take(followers("1"))

    theirs.refresh_from_db()
    assert theirs.is_on_sale


def test_an_empty_list_takes_nothing_off_sale(take):
    take(followers())

    with pytest.raises(NothingOffered):
        take()

    assert service().is_on_sale


def test_a_cost_in_another_currency_is_refused(take, upstream):
    upstream.currency = "EUR"

    with pytest.raises(CurrencyDiffers, match="charges in EUR and the panel in USD"):
        take(followers())

    assert not Service.objects.exists()


@pytest.mark.parametrize("markup", ["-0.01", "10000.01", "NaN", "Infinity", "1.001"])
def test_a_mark_up_outside_its_range_is_refused(take, markup):
    with pytest.raises(MarkupOutOfRange):
        take(followers(), markup=markup)


@pytest.mark.parametrize(("markup", "rate"), [("0", "0.90"), ("10000", "90.90"), ("33.33", "1.19997")])
def test_a_mark_up_inside_its_range_is_taken_exactly(take, markup, rate):
    take(followers(), markup=markup)

    assert service().rate_per_1000 == Decimal(rate)


def test_categories_keep_the_order_of_the_providers_list(take):
    take(followers("1", category="B"), followers("2", category="A"), followers("3", category="B"))
    take(followers("4", category="C"), followers("1", category="B"), followers("2", category="A"))

    assert list(Category.objects.order_by("position").values_list("name", flat=True)) == ["B", "A", "C"]


def test_the_number_of_queries_does_not_grow_with_the_list(take):
    def queries(count: int) -> int:
        offers = [followers(str(number), category=f"Category {number % 7}") for number in range(count)]
        with CaptureQueriesContext(connection) as counted:
            take(*offers)
            take(*[replace(offer, rate=Decimal("1.00")) for offer in offers])
        return len(counted)

    few = queries(10)

    assert queries(300) <= few + 1  # the first time there was nothing to update
