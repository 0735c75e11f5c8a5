from typing import Any

import pytest

from terms.acceptance import (
    TermsChanged,
    TermsNotAccepted,
    TermsNotPinned,
    newest_accepted,
    news_for,
    record_acceptance,
    require_acceptable,
    tick_needed,
)
from terms.models import Acceptance, Channel
from tests.factories import NOW, make_customer, publish_terms

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice():
    return make_customer()


def accept(customer, version, *, channel=Channel.ORDER, **fields: Any) -> Acceptance:
    facts = {"explicit": True, "subject": "order:1", "now": NOW} | fields
    return record_acceptance(customer=customer, version=version, channel=channel, **facts)


def require(customer, version, *, shown=None, ticked=False, channel=Channel.ORDER) -> None:
    require_acceptable(customer=customer, version=version, shown_number=shown, ticked=ticked, channel=channel)


@pytest.mark.clause("A-06", "K-50")
def test_terms_that_are_new_to_the_customer_need_a_tick(alice):
    version = publish_terms()

    with pytest.raises(TermsNotAccepted) as refusal:
        require(alice, version, shown=1)
    require(alice, version, shown=1, ticked=True)

    assert refusal.value.code == "terms_not_accepted"
    assert "K-50" in refusal.value.clauses


@pytest.mark.clause("A-06", "K-50")
def test_terms_that_were_accepted_before_need_no_tick_until_they_change(alice):
    first = publish_terms()
    accept(alice, first)
    require(alice, first, shown=1)

    second = publish_terms()

    assert tick_needed(customer=alice, version=second)
    with pytest.raises(TermsNotAccepted):
        require(alice, second, shown=2)


def test_what_bob_accepted_says_nothing_about_alice(alice):
    version = publish_terms()
    accept(make_customer("bob@example.com"), version)

    assert tick_needed(customer=alice, version=version)


@pytest.mark.clause("A-06", "K-50")
@pytest.mark.parametrize(
    ("rule", "before", "after"),
    [("implicit_notice", True, False), ("tick_if_changed", True, False), ("tick_always", True, True)],
)
def test_the_policy_decides_when_an_order_needs_a_tick(alice, rule, before, after):
    version = publish_terms(changes={"accept.order_browser": rule})

    assert tick_needed(customer=alice, version=version) is before
    accept(alice, version)
    assert tick_needed(customer=alice, version=version) is after


@pytest.mark.clause("A-06", "K-50")
@pytest.mark.worked("V-5")
def test_a_form_that_showed_older_terms_is_refused_even_with_a_tick(alice):
    publish_terms()
    version = publish_terms()

    with pytest.raises(TermsChanged) as refusal:
        require(alice, version, shown=1, ticked=True)

    assert refusal.value.code == "terms_changed"
    assert refusal.value.clauses == ("A-06", "K-50")
    assert "March 1, 2026" in refusal.value.text
    assert "Nothing was charged" in refusal.value.text


@pytest.mark.parametrize("shown", [0, 3, -1, 10**30])
def test_a_form_that_showed_terms_which_do_not_exist_is_refused(alice, shown):
    publish_terms()
    version = publish_terms()

    with pytest.raises(TermsChanged):
        require(alice, version, shown=shown, ticked=True)


@pytest.mark.clause("A-04", "K-03")
def test_a_program_agrees_by_ordering(alice):
    version = publish_terms()

    require(alice, version, channel=Channel.API)
    require(alice, version, shown=1, channel=Channel.API)
    with pytest.raises(TermsChanged):
        require(alice, version, shown=2, channel=Channel.API)


def test_a_program_must_name_the_version_where_the_policy_wants_it(alice):
    version = publish_terms(changes={"accept.order_api": "pinned_required"})

    with pytest.raises(TermsNotPinned, match="terms_version=1"):
        require(alice, version, channel=Channel.API)
    require(alice, version, shown=1, channel=Channel.API)


@pytest.mark.clause("A-25", "K-75")
@pytest.mark.parametrize("promise", [True, False])
def test_a_deposit_needs_a_tick_where_the_policy_wants_the_promise(alice, promise):
    version = publish_terms(changes={"accept.deposit_no_dispute": promise})
    accept(alice, version)

    assert tick_needed(customer=alice, version=version, channel=Channel.DEPOSIT) is promise
    assert tick_needed(customer=alice, version=version, channel=Channel.REGISTER) is True


@pytest.mark.clause("A-01", "K-02")
def test_an_acceptance_says_who_when_how_and_for_what(alice):
    version = publish_terms()

    acceptance = accept(
        alice,
        version,
        channel=Channel.API,
        explicit=False,
        subject="order:17",
        ip="203.0.113.9",
        user_agent="x" * 300,
    )

    acceptance.refresh_from_db()
    assert (acceptance.customer, acceptance.version, acceptance.accepted_at) == (alice, version, NOW)
    assert (acceptance.channel, acceptance.explicit, acceptance.subject) == ("api", False, "order:17")
    assert acceptance.user_agent == "x" * 200


def test_the_address_is_kept_only_as_a_keyed_digest(alice, settings):
    version = publish_terms()
    one = accept(alice, version, ip="203.0.113.9").ip_digest
    same = accept(alice, version, ip="203.0.113.9").ip_digest
    other = accept(alice, version, ip="203.0.113.10").ip_digest
    settings.SECRET_KEY = "another secret of another panel"
    elsewhere = accept(alice, version, ip="203.0.113.9").ip_digest

    assert one == same
    assert len({one, other, elsewhere}) == 3
    assert len(one) == 64
    assert accept(alice, version, ip=None).ip_digest == ""
    assert (
        not Acceptance.objects.filter(ip_digest__contains="203")
        .exclude(ip_digest=one)
        .exclude(ip_digest__in=[other, elsewhere])
    )


def test_the_newest_accepted_version_is_found(alice):
    first, second = publish_terms(), publish_terms()
    publish_terms()

    assert newest_accepted(alice) is None
    accept(alice, second)
    accept(alice, first)
    assert newest_accepted(alice) == 2


@pytest.mark.clause("A-06", "K-50")
@pytest.mark.parametrize(
    ("rule", "needed"), [("implicit_notice", False), ("tick_if_changed", True), ("tick_always", True)]
)
def test_changed_terms_are_told_under_every_rule_and_ticked_under_two(alice, rule, needed):
    accept(alice, publish_terms(changes={"accept.order_browser": rule}))
    version = publish_terms(changes={"accept.order_browser": rule, "refill.min_share_percent": "15"})

    news = news_for(alice, version)

    assert tick_needed(customer=alice, version=version) is needed
    assert news is not None
    assert (news.old.number, news.new.number, news.acceptance.accepted_at) == (1, 2, NOW)
    [line] = news.lines
    assert "Until now: 10. From now on: 15." in line


def test_there_is_no_news_for_who_never_agreed_or_agreed_already(alice):
    first = publish_terms()
    assert news_for(alice, first) is None
    accept(alice, first)
    assert news_for(alice, first) is None

    second = publish_terms(changes={"refill.min_drop": 2})
    assert news_for(alice, second) is not None
    accept(alice, second)
    assert news_for(alice, second) is None


def test_news_are_told_from_the_newest_version_agreed_to(alice):
    first = publish_terms()
    second = publish_terms(changes={"refill.min_drop": 2})
    third = publish_terms(changes={"refill.min_drop": 3})
    accept(alice, second)
    accept(alice, first)

    news = news_for(alice, third)

    assert news is not None
    assert news.old == second


@pytest.mark.clause("A-02", "K-03")
@pytest.mark.parametrize("rule", ["implicit_notice", "tick_if_changed", "tick_always"])
def test_an_account_made_by_staff_is_asked_before_its_first_order(alice, rule):
    version = publish_terms(changes={"accept.order_browser": rule})

    with pytest.raises(TermsNotAccepted):
        require(alice, version, shown=1)
    require(alice, version, shown=1, ticked=True)


def test_asking_for_a_tick_stays_one_query_however_much_was_accepted(alice, django_assert_num_queries):
    version = publish_terms()
    for _ in range(20):
        accept(alice, version)

    with django_assert_num_queries(1):
        assert not tick_needed(customer=alice, version=version)
