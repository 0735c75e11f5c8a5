"""One order at a time for a link and its counter, as strictly as the terms say (R-10)."""

import pytest

from accounts.models import User
from orders.asking import RequestReused
from orders.claims import (
    LinkBusy,
    OverlapNotConfirmed,
    Place,
    SimilarBusy,
    overlapping_order,
    release_claims,
    take_claims,
)
from orders.drafting import BadChannel, ChannelMissing
from orders.models import Channel, Claim, Order
from orders.placing import place_order
from orders.submitting import withdraw
from providers.gateway import Rejected, RejectionKind, ReportedState
from tests.factories import NOW, make_customer, make_order, make_service, order_request, publish_terms
from tests.orders.stories import answered, at_once, report, started, taken

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


# --- Orders of other customers -------------------------------------------------------------------------------


ANOTHER = "Another order already changes this count (Followers). Wait until it is finished."


def two_under(profile: str, **changes: object) -> tuple[User, User]:
    alice = customer_under(profile, **changes)
    return alice, make_customer("bob@example.com", balance="100")


@pytest.mark.clause("K-39")
def test_terms_that_count_all_customers_refuse_without_saying_whose_order_it_is() -> None:
    alice, bob = two_under("bestsmmkart", across_users=True)
    first = make_order(alice)

    with pytest.raises(SimilarBusy) as similar:
        make_order(bob, first.service)
    with pytest.raises(LinkBusy) as link:
        make_order(bob, make_service(metric="story_views"))

    assert similar.value.text == ANOTHER
    assert link.value.text == "Another order for this link is open. Wait until it is finished."
    for caught in (similar, link):
        assert str(first.pk) not in str(caught.value.params)
        assert "alice" not in caught.value.text
    assert make_order(bob, first.service, link="https://www.instagram.com/bob/").pk


def test_ones_own_order_is_named_even_when_another_customer_was_first() -> None:
    alice, bob = two_under("alphasmm", across_users=True)
    first = make_order(alice)
    own = make_order(bob, first.service, overlap_ticked=True)
    publish_terms("bestsmmkart", {"overlap.across_users": True})

    with pytest.raises(SimilarBusy, match=f"#{own.pk}"):
        make_order(bob, first.service)


@pytest.mark.clause("A-33", "A-35")
def test_terms_that_warn_of_all_customers_want_a_tick_and_mark_both() -> None:
    alice, bob = two_under("alphasmm", across_users=True)
    first = make_order(alice)
    with pytest.raises(OverlapNotConfirmed) as caught:
        make_order(bob, first.service)
    assert caught.value.text.startswith("Another order is open for this link;")

    second = make_order(bob, first.service, overlap_ticked=True)

    first.refresh_from_db()
    assert first.overlaps
    assert second.overlaps


@pytest.mark.django_db(transaction=True)
def test_of_two_customers_at_the_same_moment_one_is_refused() -> None:
    people = two_under("bestsmmkart", across_users=True)
    service = make_service()

    outcomes = at_once(2, lambda number: make_order(people[number], service))

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Order", "SimilarBusyElsewhere"]
    assert Order.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.profile("alphasmm")
def test_under_terms_that_warn_the_second_of_two_at_the_same_moment_still_needs_its_tick(alice: User) -> None:
    service = make_service()

    outcomes = at_once(4, lambda number: make_order(alice, service))

    kinds = sorted(type(outcome).__name__ for outcome in outcomes)
    assert kinds == ["Order", *["OverlapNotConfirmed"] * 3]


@pytest.mark.django_db(transaction=True)
@pytest.mark.profile("alphasmm")
def test_programs_at_the_same_moment_are_all_marked(alice: User) -> None:
    service = make_service()

    at_once(3, lambda number: make_order(alice, service, channel=Channel.API))

    assert list(Order.objects.values_list("overlaps", flat=True)) == [True] * 3


# --- Watch hours ---------------------------------------------------------------------------------------------


VIDEO = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
OTHER_VIDEO = "https://youtu.be/aaaaaaaaaaa"
CHANNEL = "https://www.youtube.com/@alice"
HOURS = {"platform": "youtube", "metric": "watch_hours"}


@pytest.mark.clause("K-43")
def test_watch_hours_hold_their_video_and_the_hours_of_its_channel(alice: User) -> None:
    first = make_order(alice, make_service(**HOURS), link=VIDEO, channel_link=CHANNEL)
    assert set(Claim.objects.filter(order=first).values_list("key", flat=True)) == {
        "youtube:video:dQw4w9WgXcQ",
        "youtube:video:dQw4w9WgXcQ:watch_hours",
        "youtube:profile:@alice:watch_hours",
    }

    with pytest.raises(SimilarBusy, match=f"#{first.pk}"):
        make_order(alice, first.service, link=OTHER_VIDEO, channel_link="youtube.com/@Alice/videos")
    with pytest.raises(SimilarBusy, match=f"#{first.pk}"):
        make_order(alice, first.service, link=CHANNEL)
    with pytest.raises(LinkBusy, match=f"#{first.pk}"):
        make_order(alice, make_service(platform="youtube", metric="likes"), link=VIDEO)


@pytest.mark.clause("K-43")
def test_hours_of_a_channel_are_in_the_way_of_hours_of_its_videos(alice: User) -> None:
    first = make_order(alice, make_service(**HOURS), link=CHANNEL)

    with pytest.raises(SimilarBusy, match=f"#{first.pk}"):
        make_order(alice, first.service, link=VIDEO, channel_link=CHANNEL)


@pytest.mark.clause("K-43")
def test_hours_of_another_channel_and_other_counts_of_this_one_are_free(alice: User) -> None:
    first = make_order(alice, make_service(**HOURS), link=VIDEO, channel_link=CHANNEL)

    assert make_order(alice, first.service, link=OTHER_VIDEO, channel_link="https://youtube.com/@bob").pk
    assert make_order(alice, make_service(platform="youtube", metric="subscribers"), link=CHANNEL).pk


def test_two_simultaneous_orders_for_one_channel_are_stopped_by_the_claim_itself(alice: User) -> None:
    first = make_order(alice, make_service(**HOURS), link=VIDEO, channel_link=CHANNEL)
    second = make_order(alice, make_service(metric="likes"), link=POST)
    place = Place(
        "youtube:video:x", "youtube:video:x:watch_hours", "watch_hours", "youtube:profile:@alice:watch_hours"
    )

    with pytest.raises(SimilarBusy, match=f"#{first.pk}"):
        take_claims(order=second, place=place, overlap=second.terms_version.rules.overlap)


def test_the_channel_is_free_again_when_the_order_ends(alice: User) -> None:
    first = make_order(alice, make_service(**HOURS), link=VIDEO, channel_link=CHANNEL)
    withdraw(first.submission.pk, why="gave_up", now=NOW)

    assert make_order(alice, first.service, link=OTHER_VIDEO, channel_link=CHANNEL).pk


@pytest.mark.clause("K-43")
def test_the_form_wants_the_channel_and_a_program_may_leave_it_out(alice: User) -> None:
    hours = make_service(**HOURS)
    with pytest.raises(ChannelMissing):
        make_order(alice, hours, link=VIDEO)
    with pytest.raises(BadChannel, match="link of a video"):
        make_order(alice, hours, link=VIDEO, channel_link=OTHER_VIDEO)

    order = make_order(alice, hours, link=VIDEO, channel=Channel.API)

    assert (order.channel_link, order.channel_counter_key) == ("", "")


def test_a_channel_is_not_asked_for_where_it_does_not_count(alice: User) -> None:
    order = make_order(alice, channel_link="whatever")

    assert order.channel_link == ""


def test_the_same_request_with_another_channel_is_another_request(alice: User) -> None:
    hours = make_service(**HOURS)
    asked = {"link": VIDEO, "channel_link": CHANNEL, "request_id": "one"}
    order = make_order(alice, hours, **asked)

    assert make_order(alice, hours, **asked) == order
    with pytest.raises(RequestReused):
        make_order(alice, hours, **(asked | {"channel_link": "https://youtube.com/@bob"}))
