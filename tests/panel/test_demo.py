"""The demo: loaded against a real sandbox on a free port, over HTTP."""

import json
import stat
from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from accounts.api_keys import customer_of_key
from accounts.models import AccountState, User
from accounts.standing import change_state
from billing.ledger import balance_of
from billing.models import Transfer
from billing.verification import verify_books
from catalog.models import Service
from orders.models import Order, Submission
from orders.states import FINAL_STATES
from orders.verification import verify_orders
from panel.demo.introduction import introduce
from panel.demo.loading import ALICE, BOB, SAM, is_loaded, load
from panel.demo.plan import quantity_leaving_cents
from providers.dispatch import DispatchState
from providers.gateway import ProviderFault
from providers.models import Provider
from sandbox.catalogue import own_catalogue
from tests.factories import make_service, publish_terms
from tests.panel.conftest import now
from tests.sandbox.conftest import Caller

pytestmark = pytest.mark.django_db

ORDERS = 30
WORDS = {"completed": "Completed", "partial": "Partial", "cancelled": "Canceled"}


def alice() -> User:
    return User.objects.get(email=ALICE)


def assert_books_agree(sandbox: Caller) -> None:
    """Every order is at the sandbox once, ended there as here, and was charged for what was delivered."""
    assert not (verify_books() + verify_orders()).differences
    books = sandbox.books()
    assert books["counts"]["links_ordered_more_than_once"] == {}
    theirs = {str(order["id"]): order for order in books["orders"]}
    assert len(theirs) == Order.objects.count()
    for order in Order.objects.select_related("submission"):
        truth = theirs[order.submission.external_id]
        assert (truth["link"], truth["service"]) == (order.link, order.service.provider_service)
        if order.state in FINAL_STATES:
            assert (truth["status"], truth["remains"]) == (WORDS[order.state], order.remains)
            assert order.refunded == order.charge * truth["remains"] / order.quantity


def test_the_demo_has_a_past_in_which_both_books_agree(sandbox):
    load(clock=now, orders=ORDERS)

    assert_books_agree(sandbox)
    assert Order.objects.count() == ORDERS + 2
    assert Service.objects.on_sale().count() == len(own_catalogue()[::4])
    assert balance_of(alice()) == Decimal("100.00")
    past = Order.objects.filter(placed_at__lt=now() - timedelta(days=1))
    assert past.count() > ORDERS / 2
    assert not past.open().exists()
    assert Order.objects.open().exists()


def test_a_statement_in_the_demo_is_in_the_order_of_time(sandbox):
    load(clock=now, orders=ORDERS)

    for email in (ALICE, BOB):
        lines = Transfer.objects.filter(customer__email=email).order_by("sequence")
        times = list(lines.values_list("created_at", flat=True))
        assert times == sorted(times)
        assert len(times) > 3


def test_what_alice_still_has_running_will_not_change_her_balance(sandbox):
    load(clock=now, orders=ORDERS)
    running = Order.objects.of(alice()).open()
    assert running.exists()

    sandbox.control("advance", seconds=86400)

    for order in running:
        assert sandbox.status(order.submission.external_id)["status"] == "Completed"


def test_a_load_that_was_broken_off_is_finished_by_the_next(sandbox):
    moments = iter(range(100))

    def clock() -> datetime:
        """Break the sandbox after it was told to forget everything."""
        if next(moments) == 2:
            sandbox.control("set_fault", fault="lose_answer", action="add", times=1)
            sandbox.control("set_fault", fault="maintenance", action="status", order="100015", times=1)
        return now()

    with pytest.raises(ProviderFault):
        load(clock=clock, orders=ORDERS)
    assert not is_loaded()
    assert 0 < Order.objects.count() < ORDERS
    assert Submission.objects.filter(state=DispatchState.UNCERTAIN).count() == 1

    load(clock=now, orders=ORDERS)

    assert Order.objects.count() == ORDERS + 2
    assert balance_of(alice()) == Decimal("100.00")
    assert set(Submission.objects.values_list("state", flat=True)) == {DispatchState.ACCEPTED}
    assert_books_agree(sandbox)


def test_who_can_sign_in_is_written_where_only_the_owner_reads_it(sandbox, client):
    load(clock=now, orders=6)
    file = introduce(now=now())

    told = json.loads(file.read_text())
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert told["url"] == "http://127.0.0.1:8123/"
    assert told["api_v2_url"] == "http://127.0.0.1:8123/api/v2"
    assert told["provider_url"] == f"http://127.0.0.1:{sandbox.port}/api/v2"
    assert customer_of_key(told["api_key"], now=now()) == alice()
    for name, email in (("customer", ALICE), ("second_customer", BOB), ("admin", SAM)):
        assert told[name]["email"] == email
        person = User.objects.get(email=email)
        assert person.check_password(told[name]["password"])
        assert person.emailaddress_set.filter(verified=True, primary=True).exists()
        assert person.is_superuser is (name == "admin")


def test_a_second_start_keeps_key_and_passwords_and_follows_the_port(sandbox, settings):
    load(clock=now, orders=6)
    first = json.loads(introduce(now=now()).read_text())
    orders = Counter(Order.objects.values_list("pk", flat=True))
    settings.PANEL_URL = "http://127.0.0.1:8124"
    settings.PANEL_SANDBOX_URL = "http://127.0.0.1:8999/api/v2"
    settings.STRIPE_API_BASE = "http://127.0.0.1:9074"
    settings.STRIPE_DASHBOARD_URL = "http://127.0.0.1:9074/dashboard"

    call_command("load_demo")

    second = json.loads((settings.PANEL_DATA / "demo.json").read_text())
    assert second == first | {
        "url": "http://127.0.0.1:8124/",
        "api_v2_url": "http://127.0.0.1:8124/api/v2",
        "provider_url": "http://127.0.0.1:8999/api/v2",
        "stripe_url": "http://127.0.0.1:9074/dashboard",
    }
    assert Provider.objects.get().url == "http://127.0.0.1:8999/api/v2"
    assert Counter(Order.objects.values_list("pk", flat=True)) == orders


def test_a_lost_file_is_made_again_with_a_new_key(sandbox, settings):
    load(clock=now, orders=6)
    old = json.loads(introduce(now=now()).read_text())["api_key"]
    (settings.PANEL_DATA / "demo.json").unlink()

    call_command("load_demo")

    new = json.loads((settings.PANEL_DATA / "demo.json").read_text())["api_key"]
    assert customer_of_key(new, now=now()) == alice()
    assert customer_of_key(old, now=now()) is None


@pytest.mark.parametrize(
    ("state", "file_is_lost"), [(AccountState.SUSPENDED, False), (AccountState.FROZEN, True)]
)
def test_a_demo_starts_again_after_somebody_tried_out_shutting_alices_account(
    sandbox, settings, state, file_is_lost
):
    load(clock=now, orders=6)
    file = introduce(now=now())
    first = json.loads(file.read_text())
    change_state(customer=alice(), to=state, why="tried out", by=None, now=now())
    if file_is_lost:
        file.unlink()

    call_command("load_demo")

    second = json.loads(file.read_text())
    assert second["api_key"] == ("" if file_is_lost else first["api_key"])
    assert alice().check_password(second["customer"]["password"])
    assert alice().state == state


def test_a_panel_that_people_have_set_up_is_left_alone(sandbox, settings):
    publish_terms()

    call_command("load_demo")

    assert not User.objects.exists()
    assert not (settings.PANEL_DATA / "demo.json").exists()


def test_production_has_no_demo(settings):
    settings.PRODUCTION = True

    with pytest.raises(CommandError, match="production"):
        call_command("load_demo")


def test_without_a_sandbox_the_reason_is_said(settings):
    settings.PANEL_SANDBOX_URL = "http://127.0.0.1:9/api/v2"

    with pytest.raises(CommandError, match=r"127\.0\.0\.1:9"):
        call_command("load_demo")


@pytest.mark.parametrize("rate", ["0.00117", "1.23450", "0.90000", "2.00000"])
@pytest.mark.parametrize("balance", ["20.00000000", "12.34567800", "7.00000001"])
def test_the_rounding_order_leaves_whole_cents_or_is_not_placed(rate, balance):
    service = make_service(rate_per_1000=rate, min_quantity=100, max_quantity=100_000_000, step=1)

    units = quantity_leaving_cents(service, balance=Decimal(balance))

    possible = [
        quantity
        for quantity in range(100, 10_100)
        if not (Decimal(balance) - Decimal(rate) * quantity / 1000) % Decimal("0.01")
    ]
    if units is None:
        assert not possible
    else:
        assert not (Decimal(balance) - Decimal(rate) * units / 1000) % Decimal("0.01")
        assert units == (possible or [units])[0]
