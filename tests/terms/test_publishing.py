from datetime import timedelta
from decimal import Decimal
from threading import Barrier, Thread

import pgtrigger
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from accounts.models import Announcement
from terms.models import TermsVersion
from terms.parameters import PolicyInvalid
from terms.policy import PARAMETERS
from terms.profiles import PROFILES, NoSuchProfile, profile_named
from terms.publishing import digest_of, publish_profile, text_of
from terms.versions import NoTerms, newest_version, version_in_force
from tests.factories import NOW, make_customer, make_order, make_service, make_staff, publish_terms

pytestmark = pytest.mark.django_db


def test_without_any_terms_nothing_is_in_force():
    assert newest_version() is None
    with pytest.raises(NoTerms):
        version_in_force()


@pytest.mark.clause("A-05", "K-49")
def test_a_published_version_is_in_force_at_once():
    sam = make_staff()

    first = publish_profile("alphasmm", by=sam, now=NOW)
    assert version_in_force() == first
    second = publish_profile("bestsmmkart", by=None, now=NOW)

    assert version_in_force() == second
    assert (first.number, second.number) == (1, 2)
    assert (first.profile, first.published_by, first.published_at) == ("alphasmm", sam, NOW)


def test_the_version_in_force_is_found_by_one_query(django_assert_num_queries):
    publish_terms()

    with django_assert_num_queries(1):
        assert version_in_force().rules == publish_rules()


def publish_rules():
    return profile_named("bestsmmkart").policy.changed(
        {"ui.disclaimer": "Fairpanel is not affiliated with any brand or social network."}
    )


def test_the_rules_are_those_of_the_profile_with_the_changes():
    version = publish_terms(changes={"refill.min_share_percent": "15"})

    stored = TermsVersion.objects.get(number=version.number)
    assert stored.rules == publish_rules().changed({"refill.min_share_percent": "15"})
    assert "smaller than 15 %" in stored.text


@pytest.mark.clause("K-01")
def test_the_panels_own_name_stands_in_the_text_and_the_disclaimer(settings):
    settings.PANEL_NAME = "Alice & Sons"

    version = publish_terms()

    assert version.rules.ui.disclaimer == "Alice & Sons is not affiliated with any brand or social network."
    assert "Alice & Sons sells services" in version.text


@pytest.mark.clause("A-05", "K-49")
def test_new_terms_change_nothing_for_what_exists():
    """Orders of January are judged with a share of 10 %, later ones with 15 %."""
    publish_terms()
    alice = make_customer(balance="100")
    service = make_service()
    earlier = make_order(alice, service)

    publish_terms(changes={"refill.min_share_percent": "15"})
    later = make_order(
        alice, service, link="https://www.instagram.com/other/", now=NOW + timedelta(seconds=1)
    )

    earlier.refresh_from_db()
    assert earlier.terms_version.rules.refill.min_share_percent == Decimal(10)
    assert later.terms_version.rules.refill.min_share_percent == Decimal(15)


def test_the_digest_can_be_computed_again_from_what_is_stored():
    number = publish_terms().number
    stored = TermsVersion.objects.get(number=number)

    assert stored.digest == digest_of(text=stored.text, policy=stored.policy)
    assert publish_terms().digest == stored.digest
    assert publish_terms(changes={"refill.min_drop": 2}).digest != stored.digest


@pytest.mark.parametrize(
    ("profile", "changes", "refusal"),
    [
        ("unheard-of", {}, NoSuchProfile),
        ("alphasmm", {"refill.min_drop": 0}, PolicyInvalid),
        ("alphasmm", {"no.such": 1}, PolicyInvalid),
    ],
)
def test_what_cannot_be_published_leaves_no_trace(profile, changes, refusal):
    with pytest.raises(refusal):
        publish_profile(profile, by=None, now=NOW, changes=changes)

    assert newest_version() is None


def test_a_bonus_that_would_make_waiting_pay_stops_publishing():
    changes = {"withdrawal.bonus_policy": "included_late"}

    with pytest.raises(PolicyInvalid, match="would earn money"):
        publish_profile("bestsmmkart", by=None, now=NOW, changes=changes, highest_bonus_percent=Decimal(30))


@pytest.mark.django_db(transaction=True)
def test_publishing_at_the_same_moment_gives_numbers_in_a_row():
    barrier, failures = Barrier(6), []

    def publish() -> None:
        try:
            barrier.wait()
            publish_profile("alphasmm", by=None, now=NOW)
        except Exception as failure:
            failures.append(failure)
        finally:
            connection.close()

    threads = [Thread(target=publish) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert sorted(TermsVersion.objects.values_list("number", flat=True)) == [1, 2, 3, 4, 5, 6]


def test_staff_publish_by_command(capsys):
    sam = make_staff()

    call_command(
        "publish_terms",
        "bestsmmkart",
        "--by",
        "SAM@example.com",
        "--set",
        "refill.min_share_percent=12.5",
        "--set",
        "overlap.action=warn",
        "--set",
        "refill.min_drop=3",
        "--set",
        "delivery.speedup=false",
        "--set",
        'order.prohibited_content=["gambling"]',
    )

    rules = version_in_force().rules
    assert version_in_force().published_by == sam
    assert rules.refill.min_share_percent == Decimal("12.5")
    assert (rules.overlap.action, rules.refill.min_drop, rules.delivery.speedup) == ("warn", 3, False)
    assert rules.order.prohibited_content == ("gambling",)
    assert "Version 1 of the terms is in force (profile bestsmmkart" in capsys.readouterr().out


def test_the_command_points_out_what_has_no_effect(capsys):
    call_command("publish_terms", "bestsmmkart", "--set", "refill.min_share_percent=0")

    assert "refill.share_scope has no effect" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ["--set", "refill.min_drop"],
        ["--set", "refill.min_drop=many"],
        ["--set", "refill.min_drop=0"],
        ["--set", "no.such=1"],
        ["--set", "order.prohibited_content=[broken"],
        ["--by", "nobody@example.com"],
    ],
)
def test_the_command_refuses_with_a_sentence_and_publishes_nothing(words):
    with pytest.raises(CommandError):
        call_command("publish_terms", "bestsmmkart", *words)

    assert newest_version() is None


def test_every_digest_can_be_verified_by_command(capsys):
    publish_terms("alphasmm")
    publish_terms()

    call_command("verify_terms")

    assert "Versions checked: 2. Different: 0." in capsys.readouterr().out


def test_a_text_that_is_not_the_published_one_is_found(capsys):
    publish_terms("alphasmm")
    publish_terms()
    with pgtrigger.ignore("terms.TermsVersion:terms_version_never_updated"):
        TermsVersion.objects.filter(number=2).update(text="# other: Other\n")

    with pytest.raises(CommandError):
        call_command("verify_terms")

    told = capsys.readouterr()
    assert "Version 2 is not what was published." in told.err
    assert "Different: 1." in told.out


def test_a_version_keeps_the_wording_it_was_made_from():
    version = publish_terms()

    assert version.wording == profile_named("bestsmmkart").wording


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(
    "name", [name for name, each in PARAMETERS.items() if each.in_text and each.kind is bool]
)
def test_the_text_stored_is_what_the_stored_rules_and_wording_make(profile, name):
    """The rules read `policy`; customers read `text`. Neither can be published without the other."""
    group, _dot, key = name.partition(".")
    now = profile_named(profile).policy.to_json()[group][key]

    version = publish_terms(
        profile, {name: not now, "withdrawal.enabled": name != "withdrawal.enabled" or not now}
    )
    stored = TermsVersion.objects.get(pk=version.pk)

    assert text_of(stored.wording, policy=stored.rules) == stored.text
    assert stored.rules.value_of(name) is (not now)
    assert text_of(stored.wording, policy=stored.rules.changed({name: now})) != stored.text


@pytest.mark.clause("A-05", "K-49")
def test_publishing_tells_everybody_what_changed_by_itself():
    sam = make_staff()
    publish_terms()
    assert not Announcement.objects.exists()

    publish_profile("bestsmmkart", by=sam, now=NOW, changes={"refill.min_share_percent": "15"})

    said = Announcement.objects.get()
    assert said.title == "The terms changed: version 2 is in force"
    assert (
        "- Orders below this share of the count have no refill. Until now: 10. From now on: 15." in said.text
    )
    assert (said.url, said.terms_number) == ("/terms/1/changes/2/", 2)
    assert (said.published_at, said.published_by) == (NOW, sam)


def test_a_profile_switch_is_told_line_by_line():
    publish_terms("alphasmm")
    publish_terms("bestsmmkart")

    said = Announcement.objects.get()
    assert said.text.count("\n- ") == 20
    assert "Unused balance can be withdrawn. Until now: no. From now on: yes." in said.text


def test_what_cannot_be_published_is_not_announced():
    publish_terms()
    with pytest.raises(PolicyInvalid):
        publish_terms(changes={"refill.min_drop": 0})

    assert not Announcement.objects.exists()
