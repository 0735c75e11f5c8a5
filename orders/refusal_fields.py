"""Beside which field of the order form a refusal is shown, and which of them the confirming page can put right."""

# Where a refusal is shown. The rest concerns the whole order.
FIELD_OF_CODE = {
    "bad_link": "link",
    "private": "link",
    "bad_channel": "channel",
    "channel_missing": "channel",
    "link_busy": "link",
    "similar_busy": "link",
    "quantity_range": "quantity",
    "quantity_step": "quantity",
    "quantity_missing": "quantity",
    "drip_feed_runs": "runs",
    "drip_feed_interval": "interval",
    "drip_feed_too_long": "runs",
    "coupon_unknown": "coupon",
    "coupon_for_deposits": "coupon",
    "coupon_not_yet": "coupon",
    "coupon_expired": "coupon",
    "coupon_used": "coupon",
    "coupon_used_up": "coupon",
    "coupon_too_small": "coupon",
    "coupon_covers_all": "coupon",
    "coupon_changed": "coupon",
    "comments_missing": "comments",
    "comments_too_long": "comments",
    "terms_not_accepted": "accept_terms",
    "public_not_confirmed": "public",
    "refill_running": "link",
    "unrefilled_drop": "link",
    "overlap_warning": "overlap",
    "refill_warning": "overlap",
    "drop_warning": "overlap",
}
# An order beside or over something else is wanted all the same.
ASKS_FOR_TICK = {"overlap_warning", "refill_warning", "drop_warning"}
# What a tick, or another look at the summary, can put right; anything else leads back to the fields.
MENDED_BY_CONFIRMING = {
    "terms_changed",
    "terms_not_accepted",
    "public_not_confirmed",
    "price_changed",
    "request_reused",
    *ASKS_FOR_TICK,
}
