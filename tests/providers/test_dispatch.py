from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from threading import Barrier, Thread

import pytest
from django.db import IntegrityError, connection, models, transaction

from providers import dispatch
from providers.dispatch import Dispatch, DispatchState, claim_one, next_try

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class Parcel(Dispatch):
    class Meta(Dispatch.Meta):
        app_label = "tests"


@pytest.fixture(scope="module", autouse=True)
def table(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[None]:
    with django_db_blocker.unblock():
        with connection.schema_editor() as editor:
            editor.create_model(Parcel)
        yield
        with connection.schema_editor() as editor:
            editor.delete_model(Parcel)


@pytest.fixture
def committed(transactional_db: None) -> Iterator[None]:
    yield
    Parcel.objects.all().delete()


def parcel(due_at: datetime = NOW) -> Parcel:
    return Parcel.objects.create(due_at=due_at)


def claim(now: datetime = NOW) -> Parcel | None:
    with transaction.atomic():
        return claim_one(Parcel.objects.all(), now=now)


def claimed() -> Parcel:
    row = claim()
    assert row is not None
    return row


@pytest.mark.django_db
def test_a_due_row_is_claimed_once_and_marked_as_sending() -> None:
    parcel()

    row = claimed()

    row.refresh_from_db()
    assert (row.state, row.attempts, row.sent_at) == (DispatchState.SENDING, 1, NOW)
    assert row.lease_until == NOW + timedelta(seconds=90)
    assert claim() is None


@pytest.mark.django_db
def test_a_row_is_due_at_its_time_and_not_before() -> None:
    parcel(NOW + timedelta(microseconds=1))

    assert claim(NOW) is None
    assert claim(NOW + timedelta(microseconds=1)) is not None


@pytest.mark.django_db
def test_the_longest_due_row_goes_first() -> None:
    parcel(NOW)
    oldest = parcel(NOW - timedelta(minutes=1))

    assert claimed() == oldest


@pytest.mark.django_db
def test_only_rows_of_the_given_queryset_are_claimed() -> None:
    other = parcel()

    with transaction.atomic():
        assert claim_one(Parcel.objects.exclude(pk=other.pk), now=NOW) is None


@pytest.mark.django_db
def test_a_lease_runs_out_at_its_end_and_not_before() -> None:
    parcel()
    row = claimed()
    assert row.lease_until is not None

    assert not Parcel.objects.expired(row.lease_until - timedelta(microseconds=1)).exists()
    assert Parcel.objects.expired(row.lease_until).get() == row


@pytest.mark.django_db
@pytest.mark.parametrize("state", [DispatchState.ACCEPTED, DispatchState.REJECTED, DispatchState.UNCERTAIN])
def test_an_answer_closes_the_attempt(state: DispatchState) -> None:
    parcel()
    row = claimed()

    assert dispatch.answer(row, state, now=NOW, words="said", why="because")

    row.refresh_from_db()
    assert (row.state, row.answered_at, row.lease_until) == (state, NOW, None)
    assert (row.verdict_words, row.why) == ("said", "because")
    assert not Parcel.objects.due(NOW).exists()


@pytest.mark.django_db
def test_what_was_never_sent_is_due_again_with_its_attempts_counted() -> None:
    parcel()
    later = NOW + timedelta(seconds=7)

    assert dispatch.put_back(claimed(), due_at=later, why="no connection")

    assert claim(NOW) is None
    again = claim(later)
    assert again is not None
    assert (again.attempts, again.why) == (2, "no connection")


@pytest.mark.django_db
def test_a_late_answer_may_settle_what_was_uncertain() -> None:
    parcel()
    row = claimed()
    dispatch.answer(Parcel.objects.get(pk=row.pk), DispatchState.UNCERTAIN, now=NOW)

    assert dispatch.answer(row, DispatchState.ACCEPTED, now=NOW)


@pytest.mark.django_db
def test_an_answer_to_a_decided_row_changes_nothing() -> None:
    parcel()
    row = claimed()
    dispatch.answer(Parcel.objects.get(pk=row.pk), DispatchState.REJECTED, now=NOW, words="no")

    assert not dispatch.answer(row, DispatchState.ACCEPTED, now=NOW, words="yes")
    assert not dispatch.put_back(row, due_at=NOW, why="")

    row.refresh_from_db()
    assert (row.state, row.verdict_words) == (DispatchState.REJECTED, "no")


@pytest.mark.django_db
def test_a_worker_thought_dead_cannot_answer_for_a_later_attempt() -> None:
    parcel()
    dead = claimed()
    dispatch.put_back(Parcel.objects.get(pk=dead.pk), due_at=NOW, why="staff: never received")
    alive = claimed()

    assert not dispatch.answer(dead, DispatchState.ACCEPTED, now=NOW)
    assert dispatch.answer(alive, DispatchState.ACCEPTED, now=NOW)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "lie",
    [
        {"state": "lost"},
        {"state": "sending"},
        {"state": "due", "lease_until": NOW},
        {"state": "accepted", "lease_until": NOW},
        {"state": "due", "sent_at": NOW},
    ],
)
def test_the_database_refuses_a_row_that_contradicts_itself(lie: dict[str, object]) -> None:
    parcel()

    with pytest.raises(IntegrityError), transaction.atomic():
        Parcel.objects.update(**lie)


def test_a_claim_outside_a_transaction_is_a_mistake(committed: None) -> None:
    parcel()

    with pytest.raises(AssertionError):
        claim_one(Parcel.objects.all(), now=NOW)


def test_a_row_that_another_worker_is_taking_is_passed_over(committed: None) -> None:
    first, second = parcel(NOW - timedelta(seconds=1)), parcel()
    found: list[Parcel | None] = []

    def other_worker() -> None:
        try:
            found.extend([claim(), claim()])
        finally:
            connection.close()

    with transaction.atomic():
        assert claim_one(Parcel.objects.all(), now=NOW) == first
        thread = Thread(target=other_worker)
        thread.start()
        thread.join(10)

    assert found == [second, None]


def test_eight_workers_claim_each_row_once(committed: None) -> None:
    Parcel.objects.bulk_create(Parcel(due_at=NOW) for _ in range(60))
    start = Barrier(8)
    found: list[int] = []

    def worker() -> None:
        try:
            start.wait(10)
            while row := claim():
                found.append(row.pk)
        finally:
            connection.close()

    threads = [Thread(target=worker) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert len(found) == len(set(found)) == 60
    assert set(Parcel.objects.values_list("attempts", "state")) == {(1, "sending")}


@pytest.mark.parametrize(
    ("attempts", "longest"),
    [(1, 10), (2, 20), (3, 40), (7, 640), (8, 900), (50, 900), (10**9, 900)],
)
def test_the_wait_before_the_next_try_is_random_up_to_a_doubling_limit(attempts: int, longest: int) -> None:
    rng = Random(7)
    waits = [next_try(attempts, rng=rng).total_seconds() for _ in range(500)]

    assert 0 <= min(waits) < longest * 0.05
    assert longest * 0.95 < max(waits) <= longest


def test_finding_due_and_expired_rows_has_an_index_over_those_rows_only() -> None:
    conditions = {index.name: index.condition for index in Parcel._meta.indexes}

    assert conditions == {"parcel_due": models.Q(state="due"), "parcel_leased": models.Q(state="sending")}
