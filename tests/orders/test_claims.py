"""One order at a time for a link and its counter, as strictly as the terms say (R-10)."""

import pytest

from accounts.models import User
from orders.claims import (
    LinkBusy,
    OverlapNotConfirmed,
    Place,
    SimilarBusy,
    overlapping_order,
    release_claims,
    take_claims,
)
from orders.models import Channel, Claim, Order
from orders.placing import place_order
from orders.submitting import withdraw
from providers.gateway import Rejected, RejectionKind, ReportedState
from tests.factories import NOW, make_customer, make_order, make_service, order_request, publish_terms
from tests.orders.stories import answered, report, started, taken

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]

POST = "https://www.instagram.com/p/CxYz123AbCd/"
OTHER_POST = "https://www.instagram.com/p/CxYz123AbCe/"


def claims_of(order: Order) -> int:
    return Claim.objects.filter(order=order).count()


def customer_under(profile: str, **changes: object) -> User:
    """alice, with money, under a profile of the terms with some parameters of overlap changed."""
    publish_terms(profile, {f"overlap.{name}": value for name, value in changes.items()})
    return make_customer(balance="100")


# --- Terms that block ----------------------------------------------------------------------------------------


@pytest.mark.clause("K-39", "K-40")
def test_a_second_order_for_the_same_count_is_refused_and_names_the_first(alice: User) -> None:
    order = make_order(alice)

    with pytest.raises(SimilarBusy) as caught:
        make_order(alice)

    assert caught.value.text == (
        f"Order #{order.pk} already changes this count (Followers). Wait until it is finished."
    )
    assert caught.value.clauses == ("K-39", "K-40", "K-43")


@pytest.mark.clause("K-21")
def test_a_second_order_of_another_kind_for_the_same_link_is_refused_and_names_the_first(alice: User) -> None:
    order = taken(alice)

    with pytest.raises(LinkBusy) as caught:
        make_order(alice, make_service(metric="story_views"))

    assert caught.value.text == (
        f"Order #{order.pk} for this link is still “Processing”. Wait until it is finished."
    )
    assert caught.value.clauses == ("K-21", "K-42")


@pytest.mark.clause("K-21")
def test_the_same_account_written_in_another_way_is_the_same_link(alice: User) -> None:
    make_order(alice)

    with pytest.raises(SimilarBusy):
        make_order(alice, link="@Alice.Studio")


@pytest.mark.clause("K-40")
def test_likes_for_two_posts_run_side_by_side(alice: User) -> None:
    likes = make_service(metric="likes")

    assert make_order(alice, likes, link=POST).pk
    assert make_order(alice, likes, link=OTHER_POST).pk


def test_orders_of_other_customers_are_not_in_the_way(alice: User, bob: User) -> None:
    service = make_service()

    assert make_order(alice, service).pk
    assert make_order(bob, service).pk


@pytest.mark.clause("K-21")
@pytest.mark.parametrize("end", [ReportedState.COMPLETED, ReportedState.PARTIAL, ReportedState.CANCELLED])
def test_the_link_is_free_again_when_the_order_ends(alice: User, end: ReportedState) -> None:
    order = started(alice)
    assert claims_of(order) == 2

    report(order, end, 10)

    assert claims_of(order) == 0
    assert make_order(alice, order.service).pk


def test_the_link_is_free_again_when_the_provider_refuses(alice: User) -> None:
    order = answered(make_order(alice), Rejected(RejectionKind.BAD_LINK, "no"))

    assert claims_of(order) == 0
    assert make_order(alice, order.service).pk


def test_the_link_is_free_again_when_the_order_is_withdrawn(alice: User) -> None:
    order = make_order(alice)

    assert withdraw(order.submission.pk, why="gave_up", now=NOW)

    assert claims_of(order) == 0
    assert make_order(alice, order.service).pk


def test_whoever_comes_second_by_a_hair_is_refused_by_the_claim_itself(alice: User) -> None:
    """The look before sees no order yet; the unique claim lets one of them through."""
    first, second = make_order(alice), make_order(alice, make_service(metric="likes"), link=POST)
    followers = Place(first.target_key, first.counter_key, "followers")
    views = Place(first.target_key, f"{first.target_key}:story_views", "story_views")

    for place, refusal in ((followers, SimilarBusy), (views, LinkBusy)):
        with pytest.raises(refusal, match=f"#{first.pk}"):
            take_claims(order=second, place=place, overlap=second.terms_version.rules.overlap)

    assert claims_of(second) == 2


# --- What counts as overlap ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("same_link", "similar", "same_count_waits", "other_count_waits"),
    [
        ("any_kind", True, True, True),
        ("any_kind", False, True, True),
        ("same_kind", True, True, False),
        ("same_kind", False, True, False),
        ("off", True, True, False),
        ("off", False, False, False),
    ],
)
def test_the_terms_say_what_counts_as_overlap(
    same_link: str, similar: bool, same_count_waits: bool, other_count_waits: bool
) -> None:
    alice = customer_under("bestsmmkart", same_link=same_link, similar=similar)
    followers, views = make_service(), make_service(metric="story_views")
    first = make_order(alice, followers)

    for service, waits in ((views, other_count_waits), (followers, same_count_waits)):
        request = order_request(service)
        if waits:
            with pytest.raises((LinkBusy, SimilarBusy), match=f"#{first.pk}"):
                place_order(customer=alice, request=request, now=NOW)
        else:
            assert place_order(customer=alice, request=request, now=NOW).pk


def test_terms_without_the_rule_let_everything_through_and_hold_nothing() -> None:
    alice = customer_under("bestsmmkart", action="off")
    service = make_service()

    first, second = make_order(alice, service), make_order(alice, service)

    assert claims_of(first) == claims_of(second) == 0
    assert not first.overlaps
    assert not second.overlaps


# --- Terms that warn -----------------------------------------------------------------------------------------


@pytest.mark.clause("A-33")
@pytest.mark.profile("alphasmm")
def test_terms_that_warn_want_a_tick_and_then_mark_both_orders(alice: User) -> None:
    first = make_order(alice)
    with pytest.raises(OverlapNotConfirmed) as caught:
        make_order(alice, first.service)
    assert caught.value.clauses == ("A-33", "A-34", "A-35")

    second = make_order(alice, first.service, overlap_ticked=True)

    first.refresh_from_db()
    assert first.overlaps
    assert second.overlaps
    assert (claims_of(first), claims_of(second)) == (2, 0)


@pytest.mark.profile("alphasmm")
def test_a_third_order_is_marked_too(alice: User) -> None:
    first = make_order(alice)

    orders = [make_order(alice, first.service, overlap_ticked=True) for _ in range(2)]

    assert all(order.overlaps for order in orders)


@pytest.mark.profile("alphasmm")
def test_a_program_is_not_asked_for_the_tick(alice: User) -> None:
    first = make_order(alice)

    second = make_order(alice, first.service, channel=Channel.API)

    assert second.overlaps


@pytest.mark.profile("alphasmm")
def test_an_order_alone_on_its_link_is_not_marked(alice: User) -> None:
    order = make_order(alice, overlap_ticked=True)

    assert not order.overlaps


@pytest.mark.profile("alphasmm")
def test_orders_still_open_from_milder_terms_are_in_the_way_of_stricter_ones(alice: User) -> None:
    first = make_order(alice)
    second = make_order(alice, first.service, overlap_ticked=True)
    publish_terms("bestsmmkart")
    withdraw(first.submission.pk, why="gave_up", now=NOW)

    with pytest.raises(SimilarBusy, match=f"#{second.pk}"):
        make_order(alice, first.service)


def test_releasing_frees_only_the_orders_own_claims(alice: User) -> None:
    first, second = make_order(alice), make_order(alice, make_service(metric="likes"), link=POST)

    release_claims(first)

    assert (claims_of(first), claims_of(second)) == (0, 2)
    place = Place(first.target_key, first.counter_key, "followers")
    # The order itself is still open, so it is still in the way.
    assert overlapping_order(customer=alice, place=place, overlap=first.terms_version.rules.overlap) == first
    take_claims(order=first, place=place, overlap=first.terms_version.rules.overlap)
