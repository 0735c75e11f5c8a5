"""What the database does by itself when a transfer is stored, and what it refuses to let anybody do."""

import pgtrigger

from accounts.triggers import refusal
from billing.routes import MAY_OVERDRAW, ROUTES


def _known_routes() -> str:
    return ", ".join(
        f"('{kind.value}', '{debit.value}', '{credit.value}')"
        for kind, ways in ROUTES.items()
        for debit, credit in ways
    )


def _overdrawing_kinds() -> str:
    return ", ".join(f"'{kind.value}'" for kind in sorted(MAY_OVERDRAW))


def apply_transfer() -> pgtrigger.Trigger:
    """Move the customer's balance, stamp the statement line, and hold the order's books together."""
    return pgtrigger.Trigger(
        name="transfer_moves_the_balance",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        declare=[
            ("debit_kind", "text"),
            ("credit_kind", "text"),
            ("debit_owner", "bigint"),
            ("credit_owner", "bigint"),
            ("charged", "numeric"),
            ("refunded", "numeric"),
            ("earned", "numeric"),
        ],
        func=f"""
            SELECT kind, owner_id INTO STRICT debit_kind, debit_owner
              FROM billing_ledgeraccount WHERE id = NEW.debit_id;
            SELECT kind, owner_id INTO STRICT credit_kind, credit_owner
              FROM billing_ledgeraccount WHERE id = NEW.credit_id;
            IF (NEW.kind::text, debit_kind, credit_kind) NOT IN ({_known_routes()}) THEN
                {refusal("transfer_takes_a_known_route")}
            END IF;

            -- A route has at most one customer, so there is one statement line and one row to lock.
            NEW.customer_id := COALESCE(debit_owner, credit_owner);
            NEW.sequence := NULL;
            NEW.balance_after := NULL;
            IF NEW.customer_id IS NOT NULL THEN
                UPDATE billing_ledgeraccount
                   SET balance = balance + CASE WHEN id = NEW.credit_id THEN NEW.amount ELSE -NEW.amount END,
                       sequence = sequence + 1
                 WHERE owner_id = NEW.customer_id
                RETURNING balance, sequence INTO NEW.balance_after, NEW.sequence;
                IF NEW.balance_after < 0 AND debit_owner IS NOT NULL
                   AND NEW.kind NOT IN ({_overdrawing_kinds()}) THEN
                    {refusal("balance_covers_the_debit")}
                END IF;
            END IF;

            IF NEW.order_number IS NOT NULL THEN
                PERFORM pg_advisory_xact_lock(hashtextextended('order', NEW.order_number));
                SELECT COALESCE(SUM(amount) FILTER (WHERE kind = 'charge'), 0),
                       COALESCE(SUM(amount) FILTER (WHERE kind IN ('refund', 'late_refund')), 0),
                       COALESCE(SUM(CASE kind WHEN 'earning' THEN amount WHEN 'late_refund' THEN -amount END), 0)
                  INTO charged, refunded, earned
                  FROM (SELECT kind, amount FROM billing_transfer WHERE order_number = NEW.order_number
                        UNION ALL SELECT NEW.kind, NEW.amount) AS movements;
                IF refunded + earned > charged OR earned < 0 THEN
                    {refusal("order_money_within_charge")}
                END IF;
            END IF;
            RETURN NEW;
        """,
    )
