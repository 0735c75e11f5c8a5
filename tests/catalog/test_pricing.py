from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.pricing import effective_rate, package_price, price_of, retail_rate

rates = st.decimals(min_value=0, max_value=1_000_000, places=5)
quantities = st.integers(min_value=1, max_value=10_000_000_000)
percents = st.decimals(min_value=0, max_value=100, places=2)


def price(rate: str, quantity: int) -> Decimal:
    return price_of(rate_per_1000=Decimal(rate), quantity=quantity)


@pytest.mark.worked("W-01")
def test_a_plain_order_costs_rate_times_quantity_over_1000():
    assert price("1.2345", 1234) == Decimal("1.52337300")


@pytest.mark.worked("W-02")
def test_the_smallest_order_costs_the_smallest_amount():
    assert price("0.00001", 1) == Decimal("0.00000001")


@pytest.mark.worked("W-03")
def test_a_15_percent_discount_lowers_the_rate_before_the_order_is_priced():
    rate = effective_rate(Decimal("2.00"), Decimal(15))

    assert str(rate) == "1.70000"
    assert price_of(rate_per_1000=rate, quantity=2500) == Decimal("4.25")


@pytest.mark.worked("W-04")
def test_a_discount_that_needs_rounding_is_rounded_half_up_in_the_rate():
    rate = effective_rate(Decimal("0.333"), Decimal("12.5"))

    assert str(rate) == "0.29138"
    assert price_of(rate_per_1000=rate, quantity=1000) == Decimal("0.29138")


def test_half_of_the_last_place_goes_up():
    assert effective_rate(Decimal("0.00001"), Decimal(50)) == Decimal("0.00001")
    assert effective_rate(Decimal("0.00001"), Decimal("50.01")) == 0
    assert effective_rate(Decimal("0.00005"), Decimal(50)) == Decimal("0.00003")


def test_a_price_is_written_with_eight_places():
    assert str(price("4.25", 1000)) == "4.25000000"
    assert str(package_price(Decimal("12"))) == "12.00000000"


def test_a_package_costs_its_rate():
    assert package_price(Decimal("9.99999")) == Decimal("9.99999")


def test_a_discount_is_between_nothing_and_everything():
    assert effective_rate(Decimal("3.5"), Decimal(0)) == Decimal("3.5")
    assert effective_rate(Decimal("3.5"), Decimal(100)) == 0
    with pytest.raises(ValueError, match="discount"):
        effective_rate(Decimal("3.5"), Decimal("100.01"))
    with pytest.raises(ValueError, match="percentage"):
        effective_rate(Decimal("3.5"), Decimal("-0.01"))


@pytest.mark.parametrize("quantity", [0, -1])
def test_nothing_and_less_than_nothing_have_no_price(quantity):
    with pytest.raises(ValueError, match="at least 1"):
        price("1", quantity)


@pytest.mark.parametrize("quantity", [1.0, Decimal(1), "1", True, None])
def test_a_quantity_is_a_whole_number_and_nothing_else(quantity):
    with pytest.raises(TypeError):
        price_of(rate_per_1000=Decimal(1), quantity=quantity)


@pytest.mark.parametrize("number", [1.5, 1, "1.5", None])
def test_money_is_decimal_and_nothing_else(number):
    with pytest.raises(TypeError):
        price_of(rate_per_1000=number, quantity=1)
    with pytest.raises(TypeError):
        package_price(number)
    with pytest.raises(TypeError):
        effective_rate(number, Decimal(1))
    with pytest.raises(TypeError):
        effective_rate(Decimal(1), number)
    with pytest.raises(TypeError):
        retail_rate(number, Decimal(1))
    with pytest.raises(TypeError):
        retail_rate(Decimal(1), number)


@pytest.mark.parametrize("rate", ["-0.00001", "NaN", "Infinity", "-Infinity", "0.000001", "1.000005"])
def test_a_rate_that_is_negative_endless_or_too_fine_is_no_rate(rate):
    with pytest.raises(ValueError, match="rate"):
        price(rate, 1)
    with pytest.raises(ValueError, match="rate"):
        package_price(Decimal(rate))
    with pytest.raises(ValueError, match="rate"):
        effective_rate(Decimal(rate), Decimal(1))


def test_zeros_after_the_fifth_place_do_no_harm():
    assert price("1.500000000", 1000) == Decimal("1.5")


def test_a_careless_context_of_the_caller_changes_nothing():
    with localcontext(prec=3):
        assert price("123456.78901", 1_000_001) == Decimal("123456912.46678901")
        assert effective_rate(Decimal("123456.78901"), Decimal(0)) == Decimal("123456.78901")


def test_a_service_is_sold_with_the_mark_up_on_its_cost():
    assert str(retail_rate(Decimal("0.80"), Decimal(25))) == "1.00000"
    assert retail_rate(Decimal("0.54"), Decimal("33.3")) == Decimal("0.71982")
    assert retail_rate(Decimal("0.54"), Decimal(0)) == Decimal("0.54")


def test_a_cost_with_many_places_is_rounded_half_up():
    assert retail_rate(Decimal("0.000125"), Decimal(0)) == Decimal("0.00013")
    assert retail_rate(Decimal("0.0001249999"), Decimal(0)) == Decimal("0.00012")


def test_what_costs_something_is_never_given_away():
    assert retail_rate(Decimal("0.0000000001"), Decimal(0)) == Decimal("0.00001")
    assert retail_rate(Decimal(0), Decimal(50)) == 0


@pytest.mark.parametrize(
    ("cost", "markup"), [("-1", "1"), ("NaN", "1"), ("Infinity", "1"), ("1", "-1"), ("1", "NaN")]
)
def test_a_cost_and_a_mark_up_are_numbers_from_nothing_up(cost, markup):
    with pytest.raises(ValueError, match="from 0 up"):
        retail_rate(Decimal(cost), Decimal(markup))


@given(rates, quantities)
def test_a_price_is_never_rounded(rate, quantity):
    assert price_of(rate_per_1000=rate, quantity=quantity) * 1000 == rate * quantity


@given(rates, quantities, st.integers(min_value=0, max_value=10_000))
def test_ordering_more_never_costs_less(rate, quantity, more):
    assert price_of(rate_per_1000=rate, quantity=quantity + more) >= price_of(
        rate_per_1000=rate, quantity=quantity
    )


@given(rates, quantities, quantities)
def test_two_orders_cost_the_same_as_one_of_both(rate, first, second):
    together = price_of(rate_per_1000=rate, quantity=first + second)

    assert together == price_of(rate_per_1000=rate, quantity=first) + price_of(
        rate_per_1000=rate, quantity=second
    )


@given(rates, percents)
def test_a_discounted_rate_lies_between_nothing_and_the_list_rate(rate, discount):
    discounted = effective_rate(rate, discount)

    assert 0 <= discounted <= rate
    assert abs(discounted * 100 - rate * (100 - discount)) <= Decimal("0.0005")


@given(rates, percents, percents)
def test_a_larger_discount_never_gives_a_higher_rate(rate, one, other):
    small, large = sorted((one, other))

    assert effective_rate(rate, large) <= effective_rate(rate, small)


@given(st.decimals(min_value=0, max_value=100_000, places=8), percents)
def test_every_retail_rate_can_be_ordered_at(cost, markup):
    rate = retail_rate(cost, markup)

    assert (rate > 0) == (cost > 0)
    assert package_price(rate) == rate
