import pytest
from django.db import IntegrityError, connection, transaction

from terms.acceptance import record_acceptance
from terms.models import Acceptance, Channel, TermsVersion
from tests.factories import NOW, make_customer, publish_terms

pytestmark = pytest.mark.django_db

INSERT = """
    INSERT INTO terms_termsversion (number, profile, text, wording, policy, digest, published_at)
    SELECT %s, profile, text, wording, policy, digest, published_at FROM terms_termsversion
"""


def run(sql: str, *params: object) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, params)


@pytest.fixture
def acceptance() -> Acceptance:
    return record_acceptance(
        customer=make_customer(),
        version=publish_terms(),
        channel=Channel.ORDER,
        explicit=True,
        subject="order:17",
        now=NOW,
    )


@pytest.mark.clause("A-05", "K-49")
@pytest.mark.parametrize(
    ("sql", "name"),
    [
        ("UPDATE terms_termsversion SET text = 'better'", "terms_version_never_updated"),
        ("UPDATE terms_termsversion SET policy = '{}'", "terms_version_never_updated"),
        ("UPDATE terms_termsversion SET wording = 'better'", "terms_version_never_updated"),
        ("UPDATE terms_termsversion SET published_by_id = NULL", "terms_version_never_updated"),
        ("DELETE FROM terms_termsversion", "terms_version_never_deleted"),
        ("UPDATE terms_acceptance SET explicit = false", "acceptance_never_updated"),
        ("DELETE FROM terms_acceptance", "acceptance_never_deleted"),
    ],
)
def test_the_database_refuses_to_rewrite_what_was_agreed(acceptance, sql, name):
    with pytest.raises(IntegrityError, match=name):
        run(sql)

    acceptance.refresh_from_db()
    assert acceptance.explicit
    assert acceptance.version.text.startswith("# about")


@pytest.mark.parametrize(
    ("table", "name"),
    [
        ("terms_termsversion", "terms_version_never_truncated"),
        ("terms_acceptance", "acceptance_never_truncated"),
    ],
)
def test_the_database_refuses_to_empty_the_tables(acceptance, table, name):
    """Tests switch this guard off to clean up after themselves; here it is on as everywhere else."""
    run("SET CONSTRAINTS ALL IMMEDIATE")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname LIKE %s",
            [table, f"pgtrigger_{name[:40]}%"],
        )
        [(trigger,)] = cursor.fetchall()
    run(f'ALTER TABLE {table} ENABLE TRIGGER "{trigger}"')

    with pytest.raises(IntegrityError, match=name):
        run(f"TRUNCATE {table} CASCADE")


def test_the_database_refuses_a_gap_between_numbers():
    publish_terms()

    for number in (3, 0, -1):
        with pytest.raises(IntegrityError):
            run(INSERT, number)
    with pytest.raises(IntegrityError):
        run(INSERT, 1)
    run(INSERT, 2)
    assert TermsVersion.objects.count() == 2


def test_the_first_version_has_the_number_one():
    version = TermsVersion(number=2, profile="x", text="x", policy={}, digest="0" * 64, published_at=NOW)

    with pytest.raises(IntegrityError, match="terms_version_follows_the_last"):
        version.save(force_insert=True)


def test_a_person_who_agreed_to_something_cannot_be_deleted(acceptance):
    with pytest.raises(IntegrityError), transaction.atomic():
        acceptance.customer.delete()


def test_an_acceptance_tells_people_what_it_was_for(acceptance):
    assert acceptance.subject_words == "Order 17"
    assert Acceptance(subject="customer:5").subject_words == "Registration"
    assert Acceptance(subject="something else").subject_words == "something else"
