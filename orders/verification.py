"""Proving that orders and books say the same: what each order cost, gave back and earned, and that an end is an end."""
# The statements are put together from our own words only.
# ruff: noqa: S608

from billing.verification import Check, Findings, verify
from orders.states import FINAL_STATES, OPEN_STATES


def verify_orders() -> Findings:
    """Compare every order with its transfers, claims and submission; return every difference."""
    return verify(COUNTS, CHECKS)


def _quoted(words: frozenset[str]) -> str:
    return ", ".join(f"'{word}'" for word in sorted(words))


_OPEN = _quoted(OPEN_STATES)
_FINAL = _quoted(FINAL_STATES)

COUNTS = {
    "orders": "SELECT count(*)::numeric FROM orders_order",
    "open orders": f"SELECT count(*)::numeric FROM orders_order WHERE state IN ({_OPEN})",
    "owed by open orders": f"""
        SELECT coalesce(sum(charge - refunded - earned), 0) FROM orders_order WHERE state IN ({_OPEN})
    """,
}

CHECKS = [
    Check(
        "every order and its transfers say the same",
        """
        SELECT 'order ' || coalesce(ordered.id, booked.order_number),
               CASE WHEN booked.order_number IS NULL THEN 'transfers'
                    ELSE format('1 charge of %s, %s refunded, %s earned, customer %s',
                                booked.charged, booked.refunded, booked.earned, booked.customer_id) END,
               CASE WHEN ordered.id IS NULL THEN 'no order'
                    ELSE format('%s charge(s) of %s, %s refunded, %s earned, customer %s', coalesce(booked.charges, 0),
                                ordered.charge, ordered.refunded, ordered.earned, ordered.customer_id) END
          FROM orders_order AS ordered
          FULL JOIN (SELECT order_number,
                            count(*) FILTER (WHERE kind = 'charge') AS charges,
                            coalesce(sum(amount) FILTER (WHERE kind = 'charge'), 0) AS charged,
                            coalesce(sum(amount) FILTER (WHERE kind IN ('refund', 'late_refund')), 0) AS refunded,
                            coalesce(sum(CASE kind WHEN 'earning' THEN amount WHEN 'late_refund' THEN -amount END), 0)
                            AS earned,
                            min(customer_id) AS customer_id,
                            min(customer_id) IS DISTINCT FROM max(customer_id) AS mixed
                       FROM billing_transfer WHERE order_number IS NOT NULL
                      GROUP BY order_number) AS booked ON booked.order_number = ordered.id
         WHERE ordered.id IS NULL OR booked.order_number IS NULL OR booked.charges <> 1 OR booked.mixed
            OR (ordered.charge, ordered.refunded, ordered.earned, ordered.customer_id)
               IS DISTINCT FROM (booked.charged, booked.refunded, booked.earned, booked.customer_id)
        """,
    ),
    Check(
        "an order that has ended holds only what is under review",
        f"""
        SELECT 'order ' || id, format('at most %s', under_review), charge - refunded - earned
          FROM orders_order WHERE state IN ({_FINAL}) AND charge - refunded - earned > under_review
        """,
    ),
    Check(
        "an order that is open has given back, earned and decided nothing",
        f"""
        SELECT 'order ' || id, '0 refunded, 0 earned, 0 under review, 0 denied',
               format('%s refunded, %s earned, %s under review, %s denied', refunded, earned, under_review, denied)
          FROM orders_order
         WHERE state IN ({_OPEN}) AND (refunded <> 0 OR earned <> 0 OR under_review <> 0 OR denied <> 0)
        """,
    ),
    Check(
        "every refund under review has its case, and what cases denied is kept",
        """
        SELECT 'order ' || ordered.id,
               format('%s under review, %s denied', coalesce(kept.waiting, 0), coalesce(kept.denied, 0)),
               format('%s under review, %s denied', ordered.under_review, ordered.denied)
          FROM orders_order AS ordered
          LEFT JOIN (SELECT order_id,
                            coalesce(sum(amount) FILTER (WHERE state = 'open'), 0) AS waiting,
                            coalesce(sum(amount - granted) FILTER (WHERE state = 'decided'), 0)
                            - sum(denied_before) AS denied
                       FROM orders_refundcase GROUP BY order_id) AS kept ON kept.order_id = ordered.id
         WHERE (ordered.under_review, ordered.denied)
               IS DISTINCT FROM (coalesce(kept.waiting, 0), coalesce(kept.denied, 0))
        """,
    ),
    Check(
        "what is held is owed by open orders or under review",
        """
        SELECT 'held', owed.amount, held.amount
          FROM (SELECT coalesce(sum(charge - refunded - earned), 0) AS amount FROM orders_order) AS owed,
               (SELECT coalesce(sum(CASE WHEN credit.kind = 'held' THEN amount ELSE 0 END
                                  - CASE WHEN debit.kind = 'held' THEN amount ELSE 0 END), 0) AS amount
                  FROM billing_transfer AS transfer
                  JOIN billing_ledgeraccount AS debit ON debit.id = transfer.debit_id
                  JOIN billing_ledgeraccount AS credit ON credit.id = transfer.credit_id) AS held
         WHERE owed.amount <> held.amount
        """,
    ),
    Check(
        "only open orders and refills of the same customer hold claims",
        f"""
        SELECT 'claim ' || claim.key, 'an open order of customer ' || claim.customer_id,
               format('order %s, %s, of customer %s', ordered.id, ordered.state, ordered.customer_id)
          FROM orders_claim AS claim JOIN orders_order AS ordered ON ordered.id = claim.order_id
         WHERE (ordered.state NOT IN ({_OPEN}) AND claim.refill_number IS NULL)
            OR ordered.customer_id <> claim.customer_id
        """,
    ),
    Check(
        "every open order under terms that block holds its claims",
        f"""
        SELECT 'order ' || ordered.id, 'at least one claim', 'none'
          FROM orders_order AS ordered
          JOIN terms_termsversion AS version ON version.number = ordered.terms_version_id
         WHERE ordered.state IN ({_OPEN})
           AND version.policy #>> '{{overlap,action}}' = 'block'
           AND NOT (version.policy #>> '{{overlap,same_link}}' = 'off'
                    AND version.policy #>> '{{overlap,similar}}' = 'false')
           AND NOT EXISTS (SELECT FROM orders_claim AS claim WHERE claim.order_id = ordered.id)
           AND NOT EXISTS (SELECT FROM orders_order AS run
                             JOIN orders_claim AS claim ON claim.order_id = run.id
                            WHERE run.drip_feed_id = ordered.drip_feed_id)
           AND NOT EXISTS (SELECT FROM orders_orderevent AS event
                            WHERE event.order_id = ordered.id AND event.what = 'claims_released')
        """,
    ),
    Check(
        "no run waits behind an order that has ended",
        f"""
        SELECT 'order ' || submission.order_id, 'order ' || earlier.id || ' open', earlier.state
          FROM orders_submission AS submission JOIN orders_order AS earlier ON earlier.id = submission.after_id
         WHERE submission.state IN ('due', 'held') AND earlier.state NOT IN ({_OPEN})
        """,
    ),
    Check(
        "every drip-feed has all its runs",
        """
        SELECT 'drip-feed ' || drip.id, drip.runs::text, count(run.id)::text
          FROM orders_dripfeed AS drip LEFT JOIN orders_order AS run ON run.drip_feed_id = drip.id
         GROUP BY drip.id HAVING count(run.id) <> drip.runs OR count(DISTINCT run.customer_id) <> 1
             OR min(run.customer_id) <> drip.customer_id
        """,
    ),
    Check(
        "every order has its submission",
        """
        SELECT 'order ' || ordered.id, 'a submission', 'none'
          FROM orders_order AS ordered
         WHERE NOT EXISTS (SELECT FROM orders_submission AS submission WHERE submission.order_id = ordered.id)
        """,
    ),
]
