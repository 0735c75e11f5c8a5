"""Workers are killed while they ask a real provider over HTTP; its own books say what arrived."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from time import monotonic, sleep
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User
from orders.models import Submission
from providers.dispatch import LEASE, DispatchState
from providers.models import Provider
from refills import submitting, uncertain
from refills.models import Refill, RefillSubmission
from tests.refills.stories import asked, delivered, shows
from tests.refills.test_submitting import refilling
from tests.sandbox.conftest import KEY, Caller

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("books")]

ROOT = Path(__file__).resolve().parents[2]
REFILLS, KILLS = 6, 4
# What the worker's program does all day, without the broker that only wakes it.
WORKER = """
import time, django
django.setup()
from refills.tasks import send_due_refills
print("ready", flush=True)
while True:
    send_due_refills()
    time.sleep(0.02)
"""


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Caller]:
    caller = Caller(tmp_path / "books.sqlite3", speed="instant")
    yield caller
    caller.close()


@contextmanager
def worker() -> Iterator[None]:
    """A worker in a process of its own, killed at the end as by kill -9."""
    name = connection.settings_dict["NAME"]
    address = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", WORKER],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": address},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def received(sandbox: Caller) -> int:
    calls = sandbox.server.provider.books.rows("SELECT count(*) AS calls FROM refill_calls")
    return int(calls[0]["calls"])


def wait_until(what) -> None:
    deadline = monotonic() + 30
    while not what():
        assert monotonic() < deadline
        sleep(0.01)


def nothing_is_due() -> bool:
    return not RefillSubmission.objects.filter(state__in=["due", "sending"]).exists()


def owed(customer: User, sandbox: Caller) -> None:
    """Orders that the sandbox has delivered and that have dropped; the refill of each is owed."""
    url = f"http://127.0.0.1:{sandbox.port}/api/v2"
    provider = Provider(name="Sandbox", url=url, allow_private_address=True, parallel_calls=32)
    provider.set_key(KEY)
    provider.save()
    service = refilling(provider=provider)
    for number in range(REFILLS):
        link = f"https://www.instagram.com/alice{number}/"
        there = sandbox.order(link=link, quantity=2000)
        sandbox.control("drop", order=there, by=1400)
        order = delivered(customer, service, link=link)
        Submission.objects.filter(order=order).update(external_id=str(there))
        shows(order, 10_600)
        asked(order)
    RefillSubmission.objects.update(due_at=timezone.now())


@pytest.mark.timeout(240)
def test_however_often_workers_are_killed_each_refill_arrives_once(
    alice: User, sam: User, sandbox: Caller
) -> None:
    owed(alice, sandbox)
    sandbox.control("set_fault", fault="slow", action="refill", seconds=0.5)
    chance = Random(4)

    for kill in range(KILLS):
        before = received(sandbox)
        with worker():
            if kill % 2:
                # In the middle of a call: the sandbox has it and has not answered yet.
                wait_until(lambda before=before: received(sandbox) > before)
            else:
                # Wherever it happens to be, also between taking a refill and the first byte.
                sleep(chance.random() * 0.4)
    with worker():
        wait_until(lambda: not RefillSubmission.objects.filter(state="due").exists())
        sleep(1)
    submitting.doubt_abandoned(now=timezone.now() + LEASE)

    calls = Counter(call["orders"] for call in sandbox.books()["refill_calls"])
    begun = {str(refill["order_id"]): str(refill["id"]) for refill in sandbox.books()["refills"]}
    assert set(calls.values()) == {1}
    doubtful = RefillSubmission.objects.filter(state=DispatchState.UNCERTAIN)
    assert doubtful.count() >= KILLS // 2
    for accepted in RefillSubmission.objects.filter(state=DispatchState.ACCEPTED):
        assert begun[accepted.refill.order.submission.external_id] == accepted.external_id

    for submission in doubtful:
        number = begun.get(submission.refill.order.submission.external_id)
        if number:
            uncertain.found(
                submission.refill, external_id=number, by=sam, note="in their books", now=timezone.now()
            )
        else:
            uncertain.resend(submission.refill, by=sam, note="not there", now=timezone.now())
    with worker():
        wait_until(nothing_is_due)

    calls = Counter(call["orders"] for call in sandbox.books()["refill_calls"])
    assert len(calls) == REFILLS
    assert set(calls.values()) == {1}
    assert len(sandbox.books()["refills"]) == REFILLS
    assert RefillSubmission.objects.filter(state=DispatchState.ACCEPTED).count() == REFILLS
    assert Refill.objects.filter(state="sent", waits_for="provider").count() == REFILLS
