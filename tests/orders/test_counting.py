"""Where the panel has a way to look, an account that is not public is refused before anything is charged."""

import pytest

from accounts.models import User
from billing.ledger import balance_of
from orders.counting import AccountPrivate, CounterHidden, Look
from orders.links import BadLink
from orders.models import Condition, Order, Sighting, SightingSource
from orders.placing import PublicNotConfirmed, place_order
from tests.factories import NOW, make_customer, make_order, make_service, order_request, publish_terms

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]

asked: list[tuple[str, str, str]] = []


class Seeing:
    """A source that sees what the test says."""

    sees: Look | None = None

    def look(self, *, link: str, platform: str, metric: str) -> Look | None:
        asked.append((link, platform, metric))
        return self.sees


class Failing:
    def look(self, *, link: str, platform: str, metric: str) -> Look | None:
        raise TimeoutError


@pytest.fixture(autouse=True)
def sources(settings) -> None:
    asked.clear()
    settings.PANEL_COUNT_SOURCES = [f"{__name__}.Failing", f"{__name__}.Seeing"]


@pytest.fixture
def sees(monkeypatch: pytest.MonkeyPatch):
    return lambda condition, count=None: monkeypatch.setattr(Seeing, "sees", Look(condition, count))


@pytest.mark.clause("A-21", "K-20")
def test_a_private_account_is_refused_and_nothing_is_charged(alice: User, sees) -> None:
    sees(Condition.PRIVATE)

    with pytest.raises(AccountPrivate) as caught:
        make_order(alice)

    assert (caught.value.code, caught.value.clauses) == ("private", ("A-21", "K-20", "K-22"))
    assert "Make it public" in caught.value.text
    assert not Order.objects.exists()
    assert balance_of(alice) == 100
    kept = Sighting.objects.get()
    assert (kept.condition, kept.source, kept.order, kept.seen_at) == ("private", "check", None, NOW)


@pytest.mark.clause("K-22")
def test_a_hidden_counter_is_refused_with_the_name_of_the_count(alice: User, sees) -> None:
    sees(Condition.HIDDEN)

    with pytest.raises(CounterHidden) as caught:
        make_order(alice, make_service(platform="youtube", metric="subscribers"), link="youtube.com/@alice")

    assert caught.value.code == "private"
    assert caught.value.text == "Make the count public (Subscribers) and try again. Nothing was charged."


@pytest.mark.clause("A-21")
def test_what_is_public_is_taken_and_the_count_is_kept(alice: User, sees) -> None:
    sees(Condition.PUBLIC, 1234)

    order = make_order(alice)

    kept = order.sightings.get()
    assert (kept.count, kept.source, kept.seen_at) == (1234, SightingSource.CHECK, NOW)
    assert asked == [(order.link, "instagram", "followers")]


@pytest.mark.clause("A-21", "K-22")
def test_what_nobody_knows_is_decided_by_the_customers_tick(alice: User) -> None:
    assert make_order(alice).sightings.count() == 0

    with pytest.raises(PublicNotConfirmed):
        make_order(alice, link="https://www.instagram.com/bob/", public_ticked=False)


@pytest.mark.clause("A-22")
def test_a_link_that_leads_nowhere_is_refused_where_the_terms_look_so_closely(alice: User, sees) -> None:
    sees(Condition.NOT_FOUND)
    assert make_order(alice).sightings.get().condition == Condition.NOT_FOUND
    publish_terms("bestsmmkart", {"order.url_check": "syntax_and_reach"})

    with pytest.raises(BadLink, match="nothing at this link"):
        make_order(alice, link="https://www.instagram.com/bob/")


def test_what_is_refused_anyway_is_not_looked_at(sees) -> None:
    sees(Condition.PUBLIC, 1)
    publish_terms()
    poor = make_customer("carol@example.com")

    with pytest.raises(Exception, match="available"):
        make_order(poor)

    assert asked == []


def test_a_repeated_request_is_not_looked_at_again(alice: User, sees) -> None:
    sees(Condition.PUBLIC, 5)
    request = order_request(make_service())
    first = place_order(customer=alice, request=request, now=NOW)
    sees(Condition.PRIVATE)

    assert place_order(customer=alice, request=request, now=NOW) == first
    assert len(asked) == 1
