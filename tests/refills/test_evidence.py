"""Showing what the counter says: when the request counts as added, what may not be sent, and what becomes of it."""

import os
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import override_settings

from accounts.models import Look, User
from catalog.models import Service
from orders.hastening import ask_to_speed_up
from orders.models import Order, Sighting, SpeedUp
from refills import vault
from refills.evidence import (
    CountMissing,
    EvidenceNotWanted,
    PictureGone,
    PictureMissing,
    PictureTooOld,
    PictureUsedBefore,
    TooManyPictures,
    WrongPeriod,
    answer_refill,
    answer_speed_up,
    content_of,
)
from refills.forgetting import forget_old_pictures, forget_pictures_of, forget_strays
from refills.judging import judge, judge_by_count
from refills.models import Evidence, EvidenceImage, Refill
from refills.moderating import ask_for_more
from refills.states import RefillState, WaitsFor
from tests.factories import NOW, after, make_service, publish_terms
from tests.orders.stories import at_once, taken
from tests.refills.screenshots import picture
from tests.refills.stories import NEXT_DAY, asked, delivered, ended, happened

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]
# Files go when it is certain that the row says so: only what is committed is certain.
COMMITTED = pytest.mark.django_db(transaction=True)

ASKED_TO_SHOW = NEXT_DAY + timedelta(minutes=3)
TEN_HOURS_LATER = NEXT_DAY + timedelta(hours=10)


def to_be_shown(alice: User, service: Service | None = None, **fields) -> Refill:
    """A refill whose provider did not tell the count in time: alice is asked to show it."""
    refill = asked(delivered(alice, service, **fields))
    judge(refill.pk, now=ASKED_TO_SHOW)
    refill.refresh_from_db()
    assert refill.state == RefillState.NEEDS_INFO
    return refill


def hours_to_be_shown(alice: User) -> Refill:
    service = make_service(platform="youtube", metric="watch_hours", name="Watch hours", min_quantity=100)
    order = taken(
        alice,
        service,
        quantity=4000,
        link="https://www.youtube.com/@alice",
        now=NOW - timedelta(hours=2),
    )
    refill = asked(ended(order))
    assert refill.state == RefillState.NEEDS_INFO
    return refill


def shelf() -> list[Path]:
    return [path for path in Path(storages["evidence"].location).rglob("*") if path.is_file()]


@pytest.fixture(autouse=True)
def own_shelf(settings, tmp_path) -> None:
    own = {"location": tmp_path, "file_permissions_mode": 0o600, "directory_permissions_mode": 0o700}
    settings.STORAGES = settings.STORAGES | {"evidence": settings.STORAGES["evidence"] | {"OPTIONS": own}}


@pytest.mark.clause("K-64", "K-59")
def test_the_request_is_added_when_the_screenshot_is_there_and_its_start_is_reckoned_from_then(
    alice: User, sam: User
) -> None:
    refill = to_be_shown(alice)
    assert (refill.added_at, refill.start_due_at) == (None, None)

    answer_refill(refill, [picture()], count=Decimal(10_600), now=TEN_HOURS_LATER)

    refill.refresh_from_db()
    assert (refill.state, refill.waits_for) == (RefillState.REQUESTED, WaitsFor.STAFF)
    assert refill.added_at == TEN_HOURS_LATER
    assert refill.stated_count == 10_600

    judge_by_count(
        refill.pk, count=Decimal(10_600), condition="public", by=sam, note="as shown", now=TEN_HOURS_LATER
    )
    refill.refresh_from_db()
    assert (refill.state, refill.amount) == (RefillState.QUEUED, 1400)
    assert refill.start_due_at == TEN_HOURS_LATER + timedelta(hours=48)


def test_the_count_that_alice_types_is_kept_as_her_word_and_decides_nothing(alice: User) -> None:
    refill = to_be_shown(alice)

    answer_refill(refill, [picture()], count=Decimal(10_600), now=TEN_HOURS_LATER)

    said = Sighting.objects.get(order=refill.order, source="customer")
    assert (said.count, said.seen_by, said.seen_at) == (10_600, alice, TEN_HOURS_LATER)
    refill.refresh_from_db()
    assert refill.amount is None


@pytest.mark.clause("K-64")
def test_five_screenshots_are_taken_and_six_are_not(alice: User) -> None:
    refill = to_be_shown(alice)
    shots = [picture(shade) for shade in range(6)]

    with pytest.raises(TooManyPictures):
        answer_refill(refill, shots, count=Decimal(10_600), now=TEN_HOURS_LATER)
    assert shelf() == []
    answer_refill(refill, shots[:5], count=Decimal(10_600), now=TEN_HOURS_LATER)

    assert EvidenceImage.objects.filter(evidence__refill=refill).count() == 5
    assert len(shelf()) == 5


@pytest.mark.clause("K-64")
@pytest.mark.parametrize(
    ("shots", "count", "refusal"), [(0, 10_600, PictureMissing), (1, None, CountMissing)]
)
def test_a_screenshot_and_a_count_belong_together(alice: User, shots, count, refusal) -> None:
    refill = to_be_shown(alice)

    with pytest.raises(refusal):
        answer_refill(
            refill,
            [picture()] * shots,
            count=None if count is None else Decimal(count),
            now=TEN_HOURS_LATER,
        )

    refill.refresh_from_db()
    assert refill.state == RefillState.NEEDS_INFO
    assert not Evidence.objects.exists()


@pytest.mark.clause("K-64")
def test_a_screenshot_of_an_earlier_request_is_not_taken_again(alice: User) -> None:
    first = to_be_shown(alice)
    answer_refill(first, [picture(7)], count=Decimal(10_600), now=TEN_HOURS_LATER)
    second = to_be_shown(alice, link="https://www.instagram.com/alice.second/")

    with pytest.raises(PictureUsedBefore):
        answer_refill(second, [picture(8), picture(7)], count=Decimal(10_600), now=TEN_HOURS_LATER)

    second.refresh_from_db()
    assert second.state == RefillState.NEEDS_INFO
    assert len(shelf()) == 1
    answer_refill(second, [picture(8)], count=Decimal(10_600), now=TEN_HOURS_LATER)


def test_what_bob_has_sent_says_nothing_about_alice(alice: User, bob: User) -> None:
    answer_refill(to_be_shown(bob), [picture()], count=Decimal(10_600), now=TEN_HOURS_LATER)

    answer_refill(to_be_shown(alice), [picture()], count=Decimal(10_600), now=TEN_HOURS_LATER)

    assert EvidenceImage.objects.count() == 2


@pytest.mark.clause("K-64")
def test_a_screenshot_may_be_a_day_old_and_not_a_second_more(alice: User) -> None:
    refill = to_be_shown(alice)
    taken_at = f"{TEN_HOURS_LATER - timedelta(hours=24):%Y:%m:%d %H:%M:%S}"
    older = f"{TEN_HOURS_LATER - timedelta(hours=24, seconds=1):%Y:%m:%d %H:%M:%S}"

    with pytest.raises(PictureTooOld) as refusal:
        answer_refill(
            refill, [picture(taken=older, offset="+00:00")], count=Decimal(10_600), now=TEN_HOURS_LATER
        )
    assert "24 hours" in refusal.value.text
    answer_refill(
        refill, [picture(taken=taken_at, offset="+00:00")], count=Decimal(10_600), now=TEN_HOURS_LATER
    )


def test_nobody_adds_what_nobody_asked_for(alice: User) -> None:
    refill = asked(delivered(alice))

    with pytest.raises(EvidenceNotWanted):
        answer_refill(refill, [picture()], count=Decimal(10_600), now=NEXT_DAY)

    assert shelf() == []


@COMMITTED
def test_the_same_answer_sent_eight_times_at_once_is_added_once(alice: User) -> None:
    refill = to_be_shown(alice)

    outcomes = at_once(
        8, lambda number: answer_refill(refill, [picture(number)], count=Decimal(10_600), now=TEN_HOURS_LATER)
    )

    assert sum(isinstance(outcome, Evidence) for outcome in outcomes) == 1
    assert all(isinstance(outcome, Evidence | EvidenceNotWanted) for outcome in outcomes)
    assert len(shelf()) == 1
    assert happened(refill).count("information_given") == 1


@pytest.mark.clause("K-44", "K-64")
def test_watch_hours_are_always_shown_by_a_screenshot_from_the_day_of_the_order(
    alice: User, sam: User
) -> None:
    refill = hours_to_be_shown(alice)

    answer_refill(
        refill, [picture()], count=Decimal("3999.4"), hours_since=date(2026, 3, 1), now=TEN_HOURS_LATER
    )

    evidence = Evidence.objects.get()
    assert (evidence.count, evidence.hours_since) == (Decimal("3999.4"), date(2026, 3, 1))
    refill.refresh_from_db()
    assert refill.waits_for == WaitsFor.STAFF
    judge_by_count(refill.pk, count=evidence.count, condition="public", by=sam, note="", now=TEN_HOURS_LATER)
    refill.refresh_from_db()
    assert refill.amount == 1


@pytest.mark.clause("K-44", "K-45")
@pytest.mark.parametrize("since", [date(2026, 2, 28), date(2026, 3, 2), date(2020, 1, 1), None])
def test_hours_of_any_other_period_are_the_wrong_format(alice: User, since) -> None:
    refill = hours_to_be_shown(alice)

    with pytest.raises(WrongPeriod) as refusal:
        answer_refill(refill, [picture()], count=Decimal(9000), hours_since=since, now=TEN_HOURS_LATER)

    assert "March 1, 2026" in refusal.value.text


@pytest.mark.clause("K-45", "K-64")
def test_staff_who_see_a_lifetime_total_ask_again_in_their_own_words_and_the_clock_starts_anew(
    alice: User, sam: User
) -> None:
    refill = hours_to_be_shown(alice)
    day = date(2026, 3, 1)
    answer_refill(refill, [picture(1)], count=Decimal(9000), hours_since=day, now=TEN_HOURS_LATER)

    ask_for_more(refill.pk, words="That is the total of all years.", by=sam, now=after(hours=36))

    refill.refresh_from_db()
    assert (refill.state, refill.added_at) == (RefillState.NEEDS_INFO, None)
    assert refill.answer == "That is the total of all years."
    with pytest.raises(PictureUsedBefore):
        answer_refill(refill, [picture(1)], count=Decimal(3200), hours_since=day, now=after(hours=37))
    answer_refill(refill, [picture(2)], count=Decimal(3200), hours_since=day, now=after(hours=38))
    refill.refresh_from_db()
    assert refill.added_at == after(hours=38)


def hastened(alice: User) -> SpeedUp:
    order = taken(alice, make_service())
    return ask_to_speed_up(order, text="", now=after(days=9))


@pytest.mark.clause("K-60", "K-64")
def test_a_wish_for_more_speed_takes_five_screenshots_in_all(alice: User) -> None:
    wish = hastened(alice)

    answer_speed_up(wish, [picture(1), picture(2), picture(3)], now=after(days=9))
    with pytest.raises(TooManyPictures):
        answer_speed_up(wish, [picture(4), picture(5), picture(6)], now=after(days=9))
    answer_speed_up(wish, [picture(4), picture(5)], now=after(days=9))

    assert EvidenceImage.objects.filter(evidence__speed_up=wish).count() == 5


@pytest.mark.clause("A-39", "K-83")
def test_on_the_disk_lies_nothing_that_anybody_could_look_at(alice: User) -> None:
    shot = picture()
    answer_refill(to_be_shown(alice), [shot], count=Decimal(10_600), now=TEN_HOURS_LATER)

    [file] = shelf()

    assert shot.content[:200] not in file.read_bytes()
    assert b"JFIF" not in file.read_bytes()
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    image = EvidenceImage.objects.get()
    assert content_of(image, by=alice, now=TEN_HOURS_LATER) == shot.content


@pytest.mark.clause("A-36")
def test_who_of_staff_has_looked_is_written_down_once_in_a_while(alice: User, sam: User) -> None:
    answer_refill(to_be_shown(alice), [picture(1), picture(2)], count=Decimal(10_600), now=TEN_HOURS_LATER)
    one, two = EvidenceImage.objects.order_by("pk")

    content_of(one, by=alice, now=TEN_HOURS_LATER)
    assert not Look.objects.exists()
    content_of(one, by=sam, now=TEN_HOURS_LATER)
    content_of(two, by=sam, now=TEN_HOURS_LATER + timedelta(seconds=1))

    assert list(Look.objects.values_list("staff", "customer")) == [(sam.pk, alice.pk)]


def answered(alice: User) -> EvidenceImage:
    refill = to_be_shown(alice)
    answer_refill(refill, [picture()], count=Decimal(10_600), now=TEN_HOURS_LATER)
    return EvidenceImage.objects.get(evidence__refill=refill)


@COMMITTED
@pytest.mark.clause("A-36", "K-83")
def test_screenshots_go_180_days_after_they_came_and_cannot_be_sent_again(alice: User, sam: User) -> None:
    image = answered(alice)
    judge_by_count(
        image.evidence.refill_id,
        count=Decimal(12_000),
        condition="public",
        by=sam,
        note="",
        now=TEN_HOURS_LATER,
    )
    last = TEN_HOURS_LATER + timedelta(days=180)

    assert forget_old_pictures(now=last) == 0
    assert forget_old_pictures(now=last + timedelta(seconds=1)) == 1

    assert shelf() == []
    image.refresh_from_db()
    assert (image.file, image.erased_at) == ("", last + timedelta(seconds=1))
    with pytest.raises(PictureGone):
        content_of(image, by=alice, now=last)
    again = to_be_shown(alice, link="https://www.instagram.com/alice.second/")
    with pytest.raises(PictureUsedBefore):
        answer_refill(again, [picture()], count=Decimal(10_600), now=TEN_HOURS_LATER)


def test_screenshots_of_an_open_request_stay_however_old_they_are(alice: User) -> None:
    answered(alice)

    assert forget_old_pictures(now=after(days=400)) == 0
    assert len(shelf()) == 1


def test_new_terms_that_keep_screenshots_longer_do_not_weaken_what_alice_accepted(
    alice: User, sam: User
) -> None:
    image = answered(alice)
    judge_by_count(
        image.evidence.refill_id,
        count=Decimal(12_000),
        condition="public",
        by=sam,
        note="",
        now=TEN_HOURS_LATER,
    )
    publish_terms(changes={"privacy.attachment_days": 365})

    assert forget_old_pictures(now=after(days=182)) == 1


def test_a_person_who_leaves_leaves_no_pictures(alice: User, bob: User) -> None:
    answered(alice)
    answered(bob)

    assert forget_pictures_of(alice, now=after(days=3)) == 1

    assert [image.customer for image in EvidenceImage.objects.exclude(file="")] == [bob]


def test_a_file_that_no_row_speaks_of_is_swept_after_a_day(alice: User) -> None:
    image = answered(alice)
    stray = vault.put(b"left behind", now=NOW)
    moment = datetime(2026, 3, 5, tzinfo=UTC).timestamp()
    for name in (stray, image.file):
        os.utime(storages["evidence"].path(name), (moment, moment))

    assert forget_strays(now=datetime(2026, 3, 6, tzinfo=UTC)) == 0
    assert forget_strays(now=datetime(2026, 3, 6, 0, 0, 1, tzinfo=UTC)) == 1

    assert [path.name for path in shelf()] == [image.file.rpartition("/")[2]]


@COMMITTED
@pytest.mark.clause("A-39", "K-83")
def test_screenshots_are_sealed_anew_and_the_old_key_can_go(alice: User, settings, capsys) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.PANEL_FIELD_KEYS = [old]
    image = answered(alice)
    settings.PANEL_FIELD_KEYS = [new, old]

    call_command("rotate_evidence_keys")

    assert "1 screenshots" in capsys.readouterr().out
    settings.PANEL_FIELD_KEYS = [new]
    image.refresh_from_db()
    assert content_of(image, by=alice, now=NOW) == picture().content
    assert len(shelf()) == 1
    with override_settings(PANEL_FIELD_KEYS=[old]), pytest.raises(CommandError, match=str(image.pk)):
        call_command("rotate_evidence_keys")


def test_the_database_lets_nobody_delete_or_change_evidence(alice: User) -> None:
    image = answered(alice)

    for statement in (
        "UPDATE refills_evidence SET count = 1",
        "DELETE FROM refills_evidence",
        "DELETE FROM refills_evidenceimage",
    ):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert EvidenceImage.objects.filter(pk=image.pk).exists()
    assert Order.objects.filter(pk=image.evidence.refill.order_id).exists()
