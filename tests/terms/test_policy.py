import json
from dataclasses import FrozenInstanceError
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terms.parameters import PolicyInvalid
from terms.policy import PARAMETERS, Policy
from terms.profiles import PROFILES, profile_named

POLICY = profile_named("bestsmmkart").policy


def refused(changes):
    with pytest.raises(PolicyInvalid) as refusal:
        POLICY.changed(changes)
    return refusal.value.text


@pytest.mark.parametrize("name", PROFILES)
def test_a_policy_survives_being_stored_as_json(name):
    policy = profile_named(name).policy

    assert Policy.from_json(json.loads(json.dumps(policy.to_json()))) == policy


def test_every_parameter_is_documented_and_has_the_type_the_rules_expect():
    for name, each in PARAMETERS.items():
        group, attribute = name.split(".")
        assert str(each.about).endswith("."), name
        assert hasattr(getattr(POLICY, group), attribute)
    assert POLICY.refill.min_share_percent == Decimal(10)
    assert POLICY.order.customer_cancel_from == frozenset()
    assert profile_named("alphasmm").policy.order.customer_cancel_from == {"pending"}
    assert POLICY.delivery.usual_hours == (24, 72)
    assert profile_named("alphasmm").policy.delivery.usual_hours is None


def test_the_two_profiles_differ_where_the_two_panels_do():
    a, k = (profile_named(name).policy.to_json() for name in PROFILES)

    differing = {f"{group}.{name}" for group in a for name in a[group] if a[group][name] != k[group][name]}
    assert differing == {
        "order.first_small_hint", "order.prohibited_content", "order.customer_cancel_from",
        "overlap.action", "overlap.block_while_refill", "overlap.unrefilled_drop",
        "delivery.complete_on_target", "delivery.content_gone_action", "delivery.usual_hours", "delivery.speedup",
        "refund.fault_default", "guarantee.must_be_stated",
        "refill.min_share_percent", "refill.share_scope", "refill.start_floor_hours",
        "support.no_guarantee_complaints", "withdrawal.enabled",
        "dispute.terminate_orders", "dispute.access", "ui.disclaimer",
    }  # fmt: skip


def test_a_missing_parameter_is_refused_by_name():
    data = POLICY.to_json()
    del data["refill"]["min_drop"]

    with pytest.raises(PolicyInvalid, match=r"refill\.min_drop: It is missing"):
        Policy.from_json(data)


def test_an_unknown_parameter_is_refused_by_name():
    assert refused({"refill.generosity": 5}).startswith("refill.generosity: ")
    assert refused({"kindness.level": 5}).startswith("kindness: ")
    assert refused({"nonsense": 5}).startswith("nonsense: ")


@pytest.mark.parametrize("data", [None, [], "text", 7, {"refill": []}])
def test_what_is_not_a_policy_at_all_is_refused(data):
    with pytest.raises(PolicyInvalid):
        Policy.from_json(data)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("refill.min_share_percent", 10),
        ("refill.min_share_percent", 0.1),
        ("refill.min_share_percent", "ten"),
        ("refill.min_share_percent", "NaN"),
        ("refill.min_share_percent", "1e2"),
        ("refill.min_share_percent", "-1"),
        ("refill.min_share_percent", "0.00001"),
        ("refill.min_drop", "1"),
        ("refill.min_drop", 1.0),
        ("refill.min_drop", True),
        ("refund.auto", 1),
        ("refund.auto", None),
        ("overlap.action", "forbid"),
        ("overlap.action", ["block"]),
        ("order.customer_cancel_from", ["processing"]),
        ("order.customer_cancel_from", ["pending", "pending"]),
        ("order.customer_cancel_from", "pending"),
        ("order.prohibited_content", [5]),
        ("order.prohibited_content", [""]),
        ("delivery.usual_hours", [24]),
        ("delivery.usual_hours", [24, 72, 96]),
        ("delivery.usual_hours", []),
        ("withdrawal.holidays", ["2026-02-30"]),
        ("withdrawal.weekdays", ["someday"]),
        ("ui.disclaimer", None),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_by_name(name, value):
    assert refused({name: value}).startswith(f"{name}: ")


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("refill.min_share_percent", "100", "100.0001"),
        ("refill.min_share_percent", "0", "-0"),
        ("refill.min_drop", 1, 0),
        ("delivery.count_max_age_minutes", 1, 0),
        ("delivery.count_max_age_minutes", 1440, 1441),
        ("delivery.content_gone_checks", 5, 6),
        ("delivery.usual_hours", [72, 72], [73, 72]),
        ("estimate.sample_size", 3, 2),
        ("estimate.sample_size", 100, 101),
        ("estimate.min_sample", 10, 11),
        ("estimate.high_drop_min_percent", "5.0001", "5"),
        ("withdrawal.min_amount", "0.01", "0.0099"),
        ("withdrawal.weekdays", ["monday"], []),
        ("withdrawal.time_zone", "Europe/Berlin", "Europe/Atlantis"),
        ("withdrawal.time_zone", "UTC", "../../etc/passwd"),
        ("withdrawal.time_zone", "UTC", "Europe"),
        ("withdrawal.time_zone", "UTC", "a\0b"),
        ("ui.disclaimer", "x" * 500, "x" * 501),
        ("order.prohibited_content", ["x" * 120], ["x" * 121]),
    ],
)
def test_bounds_are_kept_to_the_last_step(name, good, bad):
    POLICY.changed({name: good})
    assert refused({name: bad}).startswith(f"{name}: ")


def test_changing_one_parameter_changes_only_that_one():
    changed = POLICY.changed({"refill.min_share_percent": "15"})

    assert changed.refill.min_share_percent == Decimal(15)
    assert changed.changed({"refill.min_share_percent": "10"}) == POLICY
    assert POLICY.refill.min_share_percent == Decimal(10)


def test_nobody_can_change_a_policy_in_place():
    with pytest.raises(FrozenInstanceError):
        POLICY.refill.min_drop = 5  # type: ignore[misc]


def test_a_bonus_that_would_make_waiting_pay_is_refused():
    """100 + 30 % = 130; less 20 % that is 104, more than was paid. At 25 % it is 100."""
    policy = POLICY.changed({"withdrawal.bonus_policy": "included_late"})

    policy.require_bonus_bounded(highest_bonus_percent=Decimal(25))
    with pytest.raises(PolicyInvalid, match="would earn money"):
        policy.require_bonus_bounded(highest_bonus_percent=Decimal("25.01"))
    POLICY.require_bonus_bounded(highest_bonus_percent=Decimal(500))


def test_a_share_scope_without_a_share_is_pointed_out():
    assert POLICY.hints() == {}
    assert list(POLICY.changed({"refill.min_share_percent": "0"}).hints()) == ["refill.share_scope"]


@pytest.mark.parametrize(
    ("changes", "pointed_out"),
    [
        ({"overlap.action": "off", "overlap.across_users": True}, ["overlap.across_users"]),
        ({"overlap.action": "warn", "overlap.across_users": True}, []),
        ({"overlap.same_link": "off", "overlap.similar": False}, ["overlap.action"]),
        ({"overlap.same_link": "off", "overlap.similar": True}, []),
    ],
)
def test_a_choice_that_changes_nothing_is_pointed_out(changes, pointed_out):
    assert list(POLICY.changed(changes).hints()) == pointed_out


def test_values_that_do_not_go_together_are_all_named():
    values = POLICY.to_json()
    values["estimate"]["min_sample"] = 11
    values["withdrawal"]["time_zone"] = "Europe/Atlantis"

    assert [name for name, _problem in Policy.typed(values).contradictions()] == [
        "estimate.min_sample",
        "withdrawal.time_zone",
    ]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@given(name=st.sampled_from(sorted(PARAMETERS)), value=JSON)
def test_whatever_is_given_for_a_parameter_is_understood_or_refused(name, value):
    try:
        policy = POLICY.changed({name: value})
    except PolicyInvalid:
        return
    assert Policy.from_json(policy.to_json()) == policy
