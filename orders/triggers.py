"""What the database refuses about orders: what was ordered never changes, and no order vanishes (K-23).

Nor is there a new one on an account that may not order.
"""

import pgtrigger

from accounts.triggers import refuse, was_erased

ORDERED = (
    "customer_id",
    "service_id",
    "terms_version_id",
    "channel",
    "request_id",
    "link",
    "target_key",
    "counter_key",
    "channel_link",
    "channel_counter_key",
    "quantity",
    "comments",
    "service_kind",
    "service_name",
    "service_description",
    "guarantee_days",
    "stated_start",
    "stated_speed",
    "start_within",
    "finish_within",
    "estimated_from",
    "list_rate",
    "discount_percent",
    "rate_per_1000",
    "charge",
    "coupon_code",
    "coupon_amount",
    "placed_at",
    "drip_feed_id",
    "run",
)

# What leads to a person: blanked, and nothing else, once its customer was erased.
ERASABLE = ("link", "target_key", "counter_key", "channel_link", "channel_counter_key", "comments")


def refuse_orders_of_shut_accounts() -> pgtrigger.Trigger:
    """However closely an order and the freezing of its account meet, one of them is first (R-13, K-18)."""
    may_order = "(SELECT state FROM accounts_user WHERE id = NEW.customer_id FOR KEY SHARE) = 'active'"
    return refuse("order_is_of_an_active_account", pgtrigger.Insert, unless=may_order)


def keep_what_was_ordered() -> pgtrigger.Trigger:
    changed = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in ORDERED)
    kept = [column for column in ORDERED if column not in ERASABLE]
    same = " AND ".join(f"OLD.{column} IS NOT DISTINCT FROM NEW.{column}" for column in kept)
    blank = " AND ".join(f"NEW.{column} = ''" for column in ERASABLE)
    return refuse(
        "order_keeps_what_was_ordered",
        pgtrigger.Update,
        condition=pgtrigger.Condition(changed),
        unless=f"{same} AND {blank} AND {was_erased('NEW.customer_id')}",
    )
