"""Every operation of the OpenAPI file, called with what it allows and with what it does not: no 5xx, no other shape."""

import itertools
import time

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.parameters import ParameterLocation

from accounts.models import WebhookMessage
from api.v1.file_views import FILE
from panel.wsgi import application
from tests.api.v1.conftest import key_for
from tests.api.webhooks.stories import endpoint_of, tell
from tests.factories import make_customer, make_order, make_service
from tests.refills.stories import asked, delivered

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

SCHEMA = schemathesis.openapi.from_path(FILE)
SCHEMA.app = application
SCHEMA.config.generation.update(modes=list(GenerationMode))
OPERATIONS = {
    f"{operation.method.upper()} {operation.path}": operation
    for operation in (result.ok() for result in SCHEMA.get_all_operations())
}
EXAMPLES = 25
# All operations together; what is left then is called less often.
SECONDS_EACH = 2

load_all_checks()
# Whether a rule accepts a well-formed request depends on money and links, not on its shape.
NOT_OURS = ("positive_data_acceptance",)


@pytest.fixture
def world(terms):
    """Alice has one of everything, so that numbers lead somewhere."""
    alice = make_customer(balance="100")
    order = make_order(alice, make_service())
    asked(delivered(alice, link="https://www.instagram.com/delivered/"))
    webhook, _secret = endpoint_of(alice, "https://shop.example/hooks")
    tell(alice)
    numbers = {
        "orders": order.pk,
        "services": order.service_id,
        "refills": alice.refills.get().pk,
        "terms": terms.number,
        "webhooks": webhook.pk,
        "message": webhook.messages.get().pk,
    }
    return alice, numbers


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_keeps_to_its_description(world, name, settings):
    settings.PANEL_API_CALLS_PER_MINUTE = 1_000_000
    alice, numbers = world
    fuzz(OPERATIONS[name], alice, numbers)

    # What is owed is a row until the sweep comes: no call sends anything.
    assert not WebhookMessage.objects.filter(attempts__gt=0).exists()


def fuzz(operation, alice, numbers):
    key = key_for(alice)
    keys = itertools.count()
    until = time.monotonic() + SECONDS_EACH
    checks = {check.__name__: check for check in CHECKS.get_all()}

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(
        case=st.one_of(operation.as_strategy(generation_mode=mode) for mode in GenerationMode),
        leads_somewhere=st.booleans(),
    )
    def call(case, leads_somewhere):
        if time.monotonic() > until:
            return
        folder = operation.path.split("/")[3]
        ignored = [checks[each] for each in NOT_OURS]
        wrong = {
            place for place, info in case.meta.components.items() if info.mode is GenerationMode.NEGATIVE
        }
        in_a_line = operation.path == "/api/v1/orders/bulk/" and ParameterLocation.BODY in wrong
        if ParameterLocation.HEADER in wrong or in_a_line:
            # The key that is sent along puts right what was wrong with it; a wrong line of many has its own verdict.
            ignored.append(checks["negative_data_rejection"])
        if not wrong and leads_somewhere and case.path_parameters and folder in numbers:
            case.path_parameters["number"] = numbers[folder]
            if "message" in case.path_parameters:
                case.path_parameters["message"] = numbers["message"]
        if not wrong and "Idempotency-Key" in case.headers and leads_somewhere:
            case.headers["Idempotency-Key"] = f"fuzz-{next(keys)}"
        case.call_and_validate(headers={"Authorization": f"Bearer {key}"}, excluded_checks=ignored)

    call()
