import re

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils.datastructures import MultiValueDict

from terms.drafting import begin_from_profile, begin_from_version
from terms.models import TermsDraft, TermsVersion
from terms.profiles import profile_named
from tests.factories import NOW, PASSWORD, make_customer, make_staff, publish_terms

pytestmark = pytest.mark.django_db


@pytest.fixture
def sam(client):
    sam = make_staff()
    client.force_login(sam)
    return sam


@pytest.fixture
def draft(sam):
    return begin_from_profile("bestsmmkart", name="Stricter share", by=sam, now=NOW)


def page_of(draft, step="change"):
    return reverse(f"admin:terms_termsdraft_{step}", args=[draft.pk])


def typed(client, draft, **changes):
    """What a browser sends when somebody changes these fields and leaves the rest."""
    form = client.get(page_of(draft)).context["form"]
    data = MultiValueDict()
    for bound in form:
        value = bound.value()
        if value is None or value is False:
            continue
        many = isinstance(value, list) and "\n" not in str(bound.field.prepare_value(value))
        words = value if many else [bound.field.prepare_value(value)]
        data.setlist(bound.name, ["on" if word is True else str(word) for word in words])
    for name, value in changes.items():
        data.setlist(name.replace("__", "."), value if isinstance(value, list) else [value])
    return {name: data.getlist(name) for name in data}


def save(client, draft, **changes):
    return client.post(page_of(draft), typed(client, draft, **changes), follow=True).content.decode()


def test_a_draft_saved_as_it_is_says_what_it_said(client, draft):
    before = (draft.policy, draft.wording)

    page = save(client, draft)

    draft.refresh_from_db()
    assert "Saved. It could be published as it is." in page
    assert (draft.policy, draft.wording) == before
    assert draft.revision == 2


def test_staff_begin_a_draft_from_a_profile_or_from_what_is_in_force(client, sam):
    publish_terms(changes={"refill.min_share_percent": "15"})
    add = reverse("admin:terms_termsdraft_add")

    assert "What is in force, Terms, version 1" in client.get(add).content.decode()
    client.post(add, {"name": "next", "base": "in_force"})
    client.post(add, {"name": "other panel", "base": "alphasmm"})
    refused = client.post(add, {"name": "", "base": "nothing"}).content.decode()

    following, other = TermsDraft.objects.order_by("pk")
    assert following.rules == TermsVersion.objects.get().rules
    assert (following.begun_from_id, following.profile, following.edited_by) == (1, "bestsmmkart", sam)
    assert (other.begun_from_id, other.profile) == (None, "alphasmm")
    assert "This field is required" in refused
    assert "Select a valid choice" in refused


def test_a_version_published_before_wordings_were_kept_begins_with_its_profiles(sam):
    version = publish_terms()
    version.wording = ""

    draft = begin_from_version(version, name="next", by=sam, now=NOW)

    assert draft.wording == profile_named("bestsmmkart").wording


@pytest.mark.parametrize(
    ("name", "value", "stored"),
    [
        ("refill.min_share_percent", "12.5", "12.5"),
        ("refill.min_drop", "7", 7),
        ("overlap.action", "warn", "warn"),
        ("delivery.usual_hours", "1 48", [1, 48]),
        ("delivery.usual_hours", "1, 48", [1, 48]),
        ("delivery.usual_hours", "", None),
        ("order.prohibited_content", "gambling\r\n\r\n spam \r\n", ["gambling", "spam"]),
        ("order.customer_cancel_from", ["pending"], ["pending"]),
        ("withdrawal.weekdays", ["monday", "sunday"], ["monday", "sunday"]),
        ("withdrawal.holidays", "2026-12-25\n2026-12-26", ["2026-12-25", "2026-12-26"]),
        ("ui.disclaimer", "We stand alone.", "We stand alone."),
        ("refund.auto", [], False),
    ],
)
def test_each_kind_of_value_is_typed_and_kept(client, draft, name, value, stored):
    save(client, draft, **{name: value})

    draft.refresh_from_db()
    group, _dot, key = name.partition(".")
    assert draft.policy[group][key] == stored


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("refill.min_share_percent", "101", "less than or equal to 100"),
        ("refill.min_share_percent", "ten", "Enter a number"),
        ("refill.min_share_percent", "NaN", "Enter a number"),
        ("refill.min_drop", "0", "greater than or equal to 1"),
        ("overlap.action", "forbid", "Select a valid choice"),
        ("delivery.usual_hours", "24", "two whole numbers"),
        ("delivery.usual_hours", "1 99999", "is not between"),
        ("order.prohibited_content", "x" * 121, "is not between"),
        ("withdrawal.weekdays", ["someday"], "Select a valid choice"),
        ("withdrawal.holidays", "2026-02-30", "is not of the kind"),
        ("withdrawal.time_zone", "", "This field is required"),
    ],
)
def test_a_value_of_no_right_kind_is_refused_at_its_field_and_nothing_typed_is_lost(
    client, draft, name, value, said
):
    page = save(client, draft, **{name: value, "wording": "# mine: My own words"})

    draft.refresh_from_db()
    assert draft.revision == 1
    assert said in page
    assert "Nothing is saved yet" in page
    assert "# mine: My own words" in page


def test_what_does_not_go_together_is_saved_and_marked(client, draft):
    page = save(client, draft, **{"estimate.min_sample": "11", "refill.min_share_percent": "0"})

    draft.refresh_from_db()
    assert draft.policy["estimate"]["min_sample"] == 11
    assert "It cannot be published yet" in page
    assert "It is larger than estimate.sample_size." in page
    assert "refill.share_scope has no effect" in page


def test_a_wording_with_a_slip_is_saved_and_marked(client, draft):
    page = save(client, draft, wording="# privacy: Privacy\r\n\r\n{% load x %}")

    draft.refresh_from_db()
    assert draft.wording == "# privacy: Privacy\n\n{% load x %}"
    assert "Invalid block tag on line 3" in page
    for step in ("read", "compare", "publish"):
        assert "Invalid block tag on line 3" in client.get(page_of(draft, step)).content.decode()


def test_two_people_at_one_draft_do_not_overwrite_each_other_unseen(client, draft):
    mine = typed(client, draft, wording="mine")
    theirs = typed(client, draft, wording="theirs")
    client.post(page_of(draft), theirs)

    page = client.post(page_of(draft), mine).content.decode()

    draft.refresh_from_db()
    assert draft.wording == "theirs"
    assert "saved this draft while you were typing" in page
    assert ">\nmine</textarea>" in page
    again = mine | {"revision": re.search(r'name="revision" value="(\d+)"', page)[1]}
    client.post(page_of(draft), again)
    draft.refresh_from_db()
    assert draft.wording == "mine"


def test_the_value_in_force_stands_beside_the_drafts(client, draft):
    publish_terms(changes={"refill.min_drop": 77})

    assert "In force: 77." in client.get(page_of(draft)).content.decode()


def test_staff_read_and_compare_before_publishing(client, draft):
    publish_terms()
    save(client, draft, **{"refill.min_share_percent": "15"})

    assert "smaller than 15 %" in client.get(page_of(draft, "read")).content.decode()
    compared = client.get(page_of(draft, "compare")).content.decode()
    assert "<del>10</del>" in compared
    assert "<ins>15</ins>" in compared
    assert "Changed" in compared


def test_publishing_wants_the_number_typed_and_uses_the_draft_up(client, draft, sam):
    publish_terms()
    page = page_of(draft, "publish")

    assert "The next version has the number 2, not 1" in client.post(page, {"number": "1"}).content.decode()
    assert TermsVersion.objects.count() == 1
    answer = client.post(page, {"number": "2"}, follow=True)

    assert "Version 2 of the terms is in force" in answer.content.decode()
    version = TermsVersion.objects.get(number=2)
    assert (version.published_by, version.wording) == (sam, draft.wording)
    assert not TermsDraft.objects.exists()
    assert client.post(page, {"number": "3"}).status_code == 404


def test_only_who_has_the_right_publishes(client, draft):
    eve = make_customer("eve@example.com", is_staff=True)
    for right in ("view_termsdraft", "change_termsdraft"):
        eve.user_permissions.add(Permission.objects.get(codename=right))
    client.force_login(eve)

    assert client.get(page_of(draft, "compare")).status_code == 200
    assert page_of(draft, "publish") not in client.get(page_of(draft)).content.decode()
    assert client.post(page_of(draft, "publish"), {"number": "1"}).status_code == 403
    assert client.get(reverse("admin:terms_termsdraft_add")).status_code == 403
    assert not TermsVersion.objects.exists()


def test_who_may_only_look_reads_and_cannot_edit(client, draft):
    eve = make_customer("eve@example.com", is_staff=True)
    eve.user_permissions.add(Permission.objects.get(codename="view_termsdraft"))
    client.force_login(eve)

    assert client.post(page_of(draft), {"name": "x"})["Location"] == page_of(draft, "read")
    eve.user_permissions.clear()
    client.force_login(type(eve).objects.get(pk=eve.pk))
    for step in ("change", "read", "compare", "publish"):
        assert client.get(page_of(draft, step)).status_code == 403


def test_a_draft_that_does_not_exist_is_not_found(client, sam):
    for number in ("999", "99999999999999999999"):
        assert client.get(f"/admin/terms/termsdraft/{number}/change/").status_code == 404
        assert client.get(f"/admin/terms/termsdraft/{number}/publish/").status_code == 404


def test_customers_cannot_see_drafts(client, draft):
    client.logout()
    client.login(username=make_customer().email, password=PASSWORD)

    assert client.get(page_of(draft)).status_code == 302
