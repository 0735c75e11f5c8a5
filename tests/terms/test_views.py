import hashlib
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from terms.acceptance import record_acceptance
from terms.models import Acceptance, Channel, TermsVersion
from tests.factories import NOW, make_customer, make_staff, publish_terms

pytestmark = pytest.mark.django_db


def accept(customer, number: int) -> None:
    record_acceptance(
        customer=customer,
        version=TermsVersion.objects.get(),
        channel=Channel.ORDER,
        explicit=False,
        subject=f"order:{number}",
        now=NOW,
    )


@pytest.mark.clause("A-01", "K-02")
def test_anybody_can_read_the_terms_and_reading_is_not_agreeing(client):
    publish_terms("alphasmm")
    publish_terms("alphasmm")
    version = publish_terms()

    page = client.get("/terms/").content.decode()

    assert "Terms, version 3" in page
    assert "March 1, 2026" in page
    assert version.digest in page
    assert reverse("terms_version", args=[1]) in page
    assert reverse("terms_version", args=[2]) in page
    assert "no longer in force" not in page
    assert not Acceptance.objects.exists()


def test_a_refusal_can_link_to_its_clause(client):
    publish_terms()

    page = client.get(reverse("terms")).content.decode()
    ids = re.findall(r'id="([^"]+)"', page)

    assert {"K-36", "K-01", "K-85", "A-06", "liability", "privacy"} <= set(ids)
    assert len(ids) == len(set(ids))


def test_older_versions_stay_readable_and_say_that_they_are_old(client):
    publish_terms(changes={"refill.min_share_percent": "11"})
    publish_terms(changes={"refill.min_share_percent": "12"})

    page = client.get(reverse("terms_version", args=[1])).content.decode()

    assert "11 %" in page
    assert "12 %" not in page
    assert "no longer in force" in page


@pytest.mark.parametrize("number", ["2", "0", "99999999999999999999", "x"])
def test_a_version_that_does_not_exist_is_not_found(client, number):
    publish_terms()

    assert client.get(f"/terms/{number}/").status_code == 404


def test_before_anything_is_published_the_page_says_so(client):
    answer = client.get(reverse("terms"))

    assert answer.status_code == 200
    assert "No terms have been published yet" in answer.content.decode()


def test_words_of_the_policy_cannot_smuggle_markup_into_the_page(client):
    publish_terms(changes={"order.prohibited_content": ["<script>alert(1)</script>"]})

    page = client.get(reverse("terms")).content.decode()

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_customers_see_what_they_accepted_and_nobody_elses(client):
    publish_terms()
    alice, bob = make_customer(), make_customer("bob@example.com")
    accept(alice, 1701)
    accept(bob, 2902)
    client.force_login(alice)

    page = client.get(reverse("terms_accepted")).content.decode()

    assert "Order 1701" in page
    assert "2902" not in page


def test_a_visitor_is_asked_to_sign_in_first(client):
    answer = client.get(reverse("terms_accepted"))

    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("account_login"))


def test_a_long_list_is_read_page_by_page_with_the_same_number_of_queries(client):
    publish_terms()
    alice = make_customer()
    client.force_login(alice)
    accept(alice, 1)
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get(reverse("terms_accepted"))
    for number in range(2, 56):
        accept(alice, number)

    with CaptureQueriesContext(connection) as many:
        first = client.get(reverse("terms_accepted"))
    second = client.get(reverse("terms_accepted") + first.context["older"])

    shown = [*first.context["acceptances"], *second.context["acceptances"]]
    assert [each.subject for each in shown] == [f"order:{number}" for number in range(55, 0, -1)]
    assert second.context["older"] == ""
    assert len(many) == len(few)


@pytest.mark.parametrize("before", ["x", "-1", "9" * 30, "²"])
def test_a_nonsense_page_is_answered_with_the_first_one(client, before):
    publish_terms()
    alice = make_customer()
    accept(alice, 1)
    client.force_login(alice)

    answer = client.get(reverse("terms_accepted"), {"before": before})

    assert answer.status_code == 200
    assert len(answer.context["acceptances"]) == 1


def test_staff_look_at_versions_and_acceptances_but_change_nothing(client):
    version = publish_terms()
    sam = make_staff()
    accept(make_customer(), 1)
    client.force_login(sam)
    acceptance = Acceptance.objects.get()

    for url in (
        reverse("admin:terms_termsversion_changelist"),
        reverse("admin:terms_termsversion_change", args=[version.number]),
        reverse("admin:terms_acceptance_changelist") + "?q=order:1",
        reverse("admin:terms_acceptance_change", args=[acceptance.pk]),
    ):
        assert client.get(url).status_code == 200
    assert client.get(reverse("admin:terms_termsversion_add")).status_code == 403
    assert client.post(reverse("admin:terms_acceptance_delete", args=[acceptance.pk])).status_code == 403
    changed = client.post(reverse("admin:terms_termsversion_change", args=[version.number]), {"text": "x"})
    assert changed.status_code == 403


@pytest.mark.clause("A-05", "K-49")
def test_anybody_can_see_what_changed_between_two_versions(client):
    publish_terms(changes={"refill.min_share_percent": "10"})
    publish_terms(changes={"refill.min_share_percent": "15"})

    page = client.get(reverse("terms_changes", args=[1, 2])).content.decode()
    turned = client.get(reverse("terms_changes", args=[2, 1])).content.decode()

    for each in (page, turned):
        assert "What changed from version 1 to 2" in each
        assert "<del>10</del>" in each
        assert "<ins>15</ins>" in each
        assert "K-36" in each
    assert "both say the same" in client.get(reverse("terms_changes", args=[2, 2])).content.decode()
    assert client.get(reverse("terms_changes", args=[1, 3])).status_code == 404


def test_words_of_the_policy_cannot_smuggle_markup_into_the_differences(client):
    publish_terms()
    publish_terms(changes={"order.prohibited_content": ["<script>alert(1)</script>"]})

    page = client.get(reverse("terms_changes", args=[1, 2])).content.decode()

    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_the_archive_lists_every_version_with_its_date_and_digest(client):
    first = publish_terms("alphasmm")
    second = publish_terms()

    page = client.get(reverse("terms_versions")).content.decode()

    for version in (first, second):
        assert version.digest in page
        assert version.get_absolute_url() in page
    assert reverse("terms_changes", args=[1, 2]) in page
    assert page.count("in force</span>") == 1


def test_before_anything_is_published_the_archive_says_so(client):
    assert "No terms have been published yet" in client.get(reverse("terms_versions")).content.decode()


def test_anybody_can_compute_the_digest_from_the_file_beside_it(client):
    version = publish_terms()

    answer = client.get(reverse("terms_digest", args=[1]))

    assert hashlib.sha256(answer.content).hexdigest() == version.digest
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert reverse("terms_digest", args=[1]) in client.get(reverse("terms")).content.decode()


def test_what_i_accepted_leads_to_what_changed_since(client):
    alice = make_customer()
    publish_terms()
    accept(alice, 1)
    client.force_login(alice)
    link = reverse("terms_changes", args=[1, 2])

    assert link not in client.get(reverse("terms_accepted")).content.decode()
    publish_terms(changes={"refill.min_drop": 2})
    assert link in client.get(reverse("terms_accepted")).content.decode()


def test_the_queries_of_the_archive_do_not_grow_with_the_versions(client, django_assert_num_queries):
    publish_terms()
    with CaptureQueriesContext(connection) as few:
        client.get(reverse("terms_versions"))
    for _ in range(5):
        publish_terms()

    with django_assert_num_queries(len(few)):
        client.get(reverse("terms_versions"))
