import pytest

from catalog.models import Estimate
from orders.suggesting import better_services
from tests.factories import make_service

pytestmark = pytest.mark.django_db


def dropping(percent, *, checks=5, **fields):
    """A service that loses so much of what it delivers."""
    service = make_service(**fields)
    Estimate.objects.create(service=service, drop_checks=checks, dropped=percent * 10, checked=1000)
    return service


def suggested(service, terms):
    return [each.service for each in better_services(service, terms.rules.estimate)]


@pytest.mark.clause("K-17")
def test_services_that_drop_less_are_suggested_the_best_first(terms):
    own, eight, three = dropping(22), dropping(8), dropping(3)
    dropping(30)

    assert suggested(own, terms) == [three, eight]
    assert suggested(eight, terms) == [three]
    assert suggested(three, terms) == []


@pytest.mark.clause("K-17")
def test_of_two_that_drop_alike_the_cheaper_comes_first(terms):
    own = dropping(22)
    dear, cheap = dropping(3, rate_per_1000="3"), dropping(3, rate_per_1000="2")

    assert suggested(own, terms) == [cheap, dear]


def test_only_what_is_on_sale_of_the_same_kind_and_really_measured_is_suggested(terms):
    own = dropping(22)
    dropping(3, is_on_sale=False)
    dropping(3, metric="likes")
    dropping(3, platform="tiktok")
    dropping(3, checks=2)
    make_service(name="Followers Non Drop")

    assert suggested(own, terms) == []


def test_a_service_that_was_never_measured_has_no_better_one(terms):
    dropping(3)

    assert suggested(make_service(), terms) == []
    assert suggested(dropping(22, checks=2), terms) == []
