"""Who does what in the office: three groups to begin with, each with the rights that its work needs.

Support looks and answers, operations keep orders flowing, finance keeps the money. Whoever runs the panel may change
the groups afterwards: what is there is left alone unless a reset is asked for.
"""

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Q

ORDERS = (
    "orders.view_order",
    "orders.view_submission",
    "orders.handle_order",
    "orders.view_refundcase",
    "orders.answer_refundcase",
    "orders.view_reasontext",
    "orders.view_speedup",
    "orders.view_watchword",
)
REFILLS = ("refills.view_refill", "refills.view_refillsubmission", "refills.view_evidenceimage")
PEOPLE = (
    "accounts.view_user",
    "accounts.view_apikey",
    "api.view_idempotentcall",
    "accounts.view_notice",
    "accounts.view_announcement",
    "accounts.view_webhookendpoint",
    "accounts.view_webhookmessage",
)
SHELVES = ("catalog.view_service", "catalog.view_category", "providers.view_provider")
BOOKS = (
    "billing.view_ledgeraccount",
    "billing.view_transfer",
    "billing.view_funding",
    "billing.view_withdrawal",
    "billing.view_dispute",
)
PAYING_IN = (
    "billing.view_payment",
    "billing.view_coupon",
    "billing.view_couponuse",
    "billing.view_bonustier",
)
TERMS = ("terms.view_termsversion", "terms.view_termsdraft", "terms.view_acceptance")
# Whoever writes terms does not put them in force: publishing is a right that no group has to begin with.
DRAFTS = ("terms.add_termsdraft", "terms.change_termsdraft", "terms.delete_termsdraft")
LOOKING = (*ORDERS, *REFILLS, *PEOPLE, *SHELVES, *BOOKS, *PAYING_IN, *TERMS)

GROUPS: dict[str, tuple[str, ...]] = {
    "support": LOOKING,
    "operations": (
        *LOOKING,
        "accounts.announce",
        "accounts.change_state",
        "accounts.view_signin",
        *DRAFTS,
        "orders.settle_order",
        "orders.resolve_submission",
        "orders.decide_refundcase",
        "orders.add_reasontext",
        "orders.change_reasontext",
        "orders.delete_reasontext",
        "orders.add_watchword",
        "orders.change_watchword",
        "refills.decide_refill",
        "refills.resolve_refillsubmission",
        "providers.add_provider",
        "providers.change_provider",
        "catalog.change_service",
        "catalog.change_category",
    ),
    "finance": (
        *LOOKING,
        "orders.settle_order",
        "orders.resolve_submission",
        "orders.decide_refundcase",
        "billing.add_funding",
        "billing.approve_withdrawal",
        "billing.pay_withdrawal",
        "billing.confirm_payment",
        "billing.review_payment",
        "billing.view_stripeevent",
        "billing.add_coupon",
        "billing.change_coupon",
        "billing.add_bonustier",
        "billing.change_bonustier",
        "billing.decide_dispute",
        "accounts.change_user",
        "accounts.change_state",
        "accounts.close_account",
        "accounts.terminate_account",
        "accounts.erase_user",
        "accounts.view_signin",
    ),
}


@transaction.atomic
def make_groups(*, reset: bool = False) -> list[str]:
    """Make the groups that are missing, or with `reset` give all of them their first rights back.

    Returns the names of those that were made or reset.
    """
    done = []
    for name, rights in GROUPS.items():
        group, is_new = Group.objects.get_or_create(name=name)
        if is_new or reset:
            group.permissions.set(_permissions(rights))
            done.append(name)
    return done


def _permissions(rights: tuple[str, ...]) -> list[Permission]:
    wanted = Q()
    for right in set(rights):
        package, codename = right.split(".")
        wanted |= Q(content_type__app_label=package, codename=codename)
    found = list(Permission.objects.filter(wanted))
    assert len(found) == len(set(rights)), "a right that does not exist, or two of one name"
    return found
