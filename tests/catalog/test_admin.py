import re
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from catalog.models import Category, Estimate, RateChange, Service
from providers.models import Provider
from tests.factories import make_customer, make_service, make_staff, publish_terms
from tests.providers.small_panel import KEY, SERVICES, SmallPanel
from tests.providers.upstream import Upstream

pytestmark = pytest.mark.django_db(transaction=True)

LIST = "admin:catalog_service_changelist"
IMPORT = "admin:catalog_service_import"


@pytest.fixture
def office(client: Client) -> Client:
    client.force_login(make_staff())
    return client


@pytest.fixture
def panel():
    with Upstream(SmallPanel()) as upstream:
        yield add_provider(upstream.url)


def add_provider(url: str, *, key: str = KEY, **fields: object) -> Provider:
    provider = Provider(name="Small", url=url, allow_private_address=True, **fields)
    provider.set_key(key)
    provider.save()
    return provider


def said(answer) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def change(office: Client, service: Service, **values: object):
    """Send the form as the browser would, with these values changed; an empty one is left out."""
    address = reverse("admin:catalog_service_change", args=[service.pk])
    form = office.get(address).context["adminform"].form
    filled = {name: form[name].value() for name in form.fields} | values
    inline = {"rate_changes-TOTAL_FORMS": 0, "rate_changes-INITIAL_FORMS": 0}
    sent = {
        name: value for name, value in filled.items() if not (value is None or value is False or value == "")
    }
    answer = office.post(address, sent | inline, follow=True)
    service.refresh_from_db()
    return answer


def act(office: Client, action: str, *services: Service, **values: str) -> str:
    chosen = {"action": action, "_selected_action": [service.pk for service in services]}
    return said(office.post(reverse(LIST), chosen | values, follow=True))


def test_the_list_shows_rate_cost_and_margin(office):
    make_service(rate_per_1000="1.17", provider_rate=Decimal("0.9"))

    text = said(office.get(reverse(LIST)))

    assert "$1.17" in text
    assert "$0.90" in text
    assert "23.1 %" in text


@pytest.mark.parametrize("words", ["followers", "brazil", "4711"])
def test_services_are_found_by_name_category_and_the_providers_number(office, words):
    wanted = make_service(category=Category.objects.create(name="Brazil"), provider_service="4711")
    make_service(name="Else", category=Category.objects.create(name="Else"))

    found = office.get(reverse(LIST), {"q": words}).context["cl"].queryset

    assert list(found) == [wanted]


def test_a_rate_typed_in_is_kept_in_the_history_with_its_author(office):
    service = make_service(rate_per_1000="1.17", provider_rate=Decimal("0.9"))

    change(office, service, rate_per_1000="1.80")

    history = RateChange.objects.get()
    assert (history.old_rate, history.new_rate) == (Decimal("1.17"), Decimal("1.8"))
    assert history.changed_by.email == "sam@example.com"
    assert (service.rate_per_1000, service.markup_percent) == (Decimal("1.8"), 100)
    assert not service.own_wording


def test_words_changed_by_staff_are_kept_from_imports(office):
    service = make_service()

    change(office, service, name="Our followers | Refill 30 Days")

    assert (service.name, service.own_wording) == ("Our followers | Refill 30 Days", True)
    assert not RateChange.objects.exists()


@pytest.mark.clause("K-80")
def test_a_guarantee_that_the_texts_contradict_is_refused(office):
    service = make_service(name="Followers | Refill 30 Days", guarantee_days=30)

    refused = said(change(office, service, guarantee_days=60))

    assert "names another guarantee" in refused
    assert service.guarantee_days == 30


def test_a_service_held_back_goes_on_sale_when_staff_tick_it(office):
    service = make_service(is_on_sale=False, held_back="doubtful_rate")

    change(office, service, is_on_sale="on")

    assert (service.is_on_sale, service.held_back) == (True, "")


def test_a_service_without_a_rate_cannot_be_ticked(office):
    service = make_service(is_on_sale=False, held_back="no_rate", rate_per_1000="0")

    change(office, service, is_on_sale="on")
    assert (service.is_on_sale, service.held_back) == (False, "no_rate")

    change(office, service, is_on_sale="on", rate_per_1000="1.00")
    assert (service.is_on_sale, service.rate_per_1000) == (True, Decimal(1))


def test_staff_put_services_on_sale_and_take_them_off(office):
    good, held = make_service(is_on_sale=False), make_service(is_on_sale=False, held_back="gone")

    text = act(office, "put_on_sale", good, held)
    assert "1 service put on sale." in text
    assert "1 stay off sale" in text
    assert "1 service is off sale." in act(office, "take_off_sale", good)

    good.refresh_from_db()
    assert not good.is_on_sale


@pytest.mark.parametrize(
    ("markup", "words", "rate"),
    [
        ("50", "1 rate moved.", "1.35"),
        ("", "This field is required.", "1.17"),
        ("-1", "greater than or equal to 0", "1.17"),
        ("x", "Enter a number.", "1.17"),
    ],
)
def test_staff_price_the_chosen_services_at_a_mark_up(office, markup, words, rate):
    chosen = make_service(rate_per_1000="1.17", provider_rate=Decimal("0.9"))
    other = make_service(rate_per_1000="1.17", provider_rate=Decimal("0.9"))

    assert words in act(office, "reprice", chosen, markup_percent=markup)

    for service in (chosen, other):
        service.refresh_from_db()
    assert (chosen.rate_per_1000, other.rate_per_1000) == (Decimal(rate), Decimal("1.17"))


def test_services_are_neither_typed_in_nor_deleted(office):
    service = make_service()

    for page, arguments in (("add", []), ("delete", [service.pk])):
        assert office.get(reverse(f"admin:catalog_service_{page}", args=arguments)).status_code == 403


def test_an_import_is_looked_at_before_it_is_done(office, panel):
    filled = {"provider": panel.pk, "markup_percent": "30"}

    preview = said(office.post(reverse(IMPORT), filled | {"preview": "1"}))
    assert "3 new, 0 updated" in preview
    assert "Import now" in preview
    assert not Service.objects.exists()

    done = said(office.post(reverse(IMPORT), filled | {"import": "1"}, follow=True))
    assert "3 new, 0 updated" in done
    assert Service.objects.count() == len(SERVICES)
    assert {change.changed_by.email for change in RateChange.objects.all()} == {"sam@example.com"}


def test_a_provider_that_cannot_be_reached_is_said(office):
    with Upstream(SmallPanel()) as upstream:
        closed = add_provider(upstream.url)

    text = said(office.post(reverse(IMPORT), {"provider": closed.pk, "markup_percent": "30", "import": "1"}))

    assert "Small could not be asked for its services" in text
    assert not Service.objects.exists()


def test_a_provider_in_another_currency_is_refused_in_the_form(office, panel):
    Provider.objects.update(currency="EUR")

    text = said(office.post(reverse(IMPORT), {"provider": panel.pk, "markup_percent": "30", "import": "1"}))

    assert "charges in EUR" in text


def test_only_staff_import(client, panel):
    client.force_login(make_customer())
    assert client.get(reverse(IMPORT)).status_code == 302

    client.force_login(make_customer("clerk@example.com", is_staff=True))
    assert client.get(reverse(IMPORT)).status_code == 403


def test_the_command_imports_by_name_or_number(panel, capsys):
    call_command("import_services", "SMALL", "--markup", "30", "--dry-run")
    assert "Nothing is stored" in capsys.readouterr().out
    assert not Service.objects.exists()

    call_command("import_services", str(panel.pk), "--markup", "30", "--only", "1", "3")
    assert capsys.readouterr().out.startswith("2 new, 0 updated")
    assert set(Service.objects.values_list("provider_service", "rate_per_1000")) == {
        ("1", Decimal("1.17")),
        ("3", Decimal("3.9")),
    }


@pytest.mark.parametrize(
    ("named", "markup", "words"),
    [
        ("Nobody", "30", "No provider is called 'Nobody'. Known: Small."),
        ("Small", "x", "--markup x is not a percentage."),
        ("Small", "-1", "A mark-up is a percentage from 0 to 10000"),
    ],
)
def test_the_command_says_what_it_does_not_understand(panel, named, markup, words):
    with pytest.raises(CommandError, match=re.escape(words)):
        call_command("import_services", named, f"--markup={markup}")


def test_the_command_says_that_a_provider_refuses(panel):
    panel.set_key("another key than it knows")
    panel.save()

    with pytest.raises(CommandError, match=r"Small could not be asked for its services: .*Invalid API key"):
        call_command("import_services", "Small", "--markup", "30")


# --- what orders say --------------------------------------------------------------------------------


@pytest.mark.clause("K-61")
def test_a_service_that_drops_more_than_it_says_is_found(office):
    publish_terms()
    liar = make_service(name="Followers Non Drop | Refill 30 Days")
    honest = make_service(name="Likes Non Drop | Refill 30 Days")
    plain = make_service(name="Views | Refill 30 Days")
    for service, dropped in ((liar, 24), (honest, 3), (plain, 24)):
        Estimate.objects.create(service=service, drop_checks=5, dropped=dropped, checked=100)

    found = said(office.get(reverse(LIST), {"words": "contradicted"}))

    assert liar.name in found
    assert honest.name not in found
    assert plain.name not in found
    page = said(office.get(reverse("admin:catalog_service_change", args=[liar.pk])))
    assert "drop 24.0 % (5 orders): High drop; but it is called non drop" in page
