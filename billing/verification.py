"""Proving the books: everything that was added up while money moved is added up again, from the transfers alone.

Each check is one SQL statement that returns what is wrong: it sees one moment, and takes seconds for millions of rows.
"""
# The statements are put together from our own words only.
# ruff: noqa: S608

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import connection, transaction

from billing.routes import MAY_OVERDRAW, ROUTES
from billing.withdrawal_checks import WITHDRAWAL_CHECKS

SHOWN_PER_CHECK = 100


@dataclass(frozen=True)
class Check:
    """A sentence that has to be true, and a query for what makes it false: subject, expected, found."""

    name: str
    query: str


@dataclass(frozen=True)
class Difference:
    check: str
    subject: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.check}: {self.subject}: expected {self.expected}, found {self.found}"


@dataclass
class Findings:
    """What was looked at, how often, and the first differences of every check."""

    counts: dict[str, str] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)

    def __add__(self, other: "Findings") -> "Findings":
        return Findings(self.counts | other.counts, self.differences + other.differences)


def verify_books() -> Findings:
    """Recompute the books and return every difference, up to a hundred of each sort; none is what must be found."""
    return verify(COUNTS, CHECKS)


def verify(counts: dict[str, str], checks: Iterable[Check]) -> Findings:
    """Run counting queries and checks. Nothing is changed."""
    findings = Findings()
    with transaction.atomic(), connection.cursor() as cursor:
        # Big books take longer than a page may.
        cursor.execute("SET LOCAL statement_timeout = 0")
        for name, query in counts.items():
            cursor.execute(query)
            findings.counts[name] = f"{cursor.fetchone()[0]:f}"
        for check in checks:
            cursor.execute(f"{check.query} LIMIT {SHOWN_PER_CHECK}")
            findings.differences += [
                Difference(check.name, *(str(value) for value in row)) for row in cursor.fetchall()
            ]
    return findings


def _quoted(words: Iterable[str]) -> str:
    return ", ".join(f"'{word}'" for word in sorted(words))


_ROUTES = ", ".join(
    f"('{kind}', '{debit}', '{credit}')" for kind, ways in ROUTES.items() for debit, credit in ways
)

# What each account received and gave, straight from both sides of every transfer.
_MOVEMENTS = """
    SELECT credit_id AS account_id, amount FROM billing_transfer
    UNION ALL
    SELECT debit_id, -amount FROM billing_transfer
"""

COUNTS = {
    "transfers": "SELECT count(*)::numeric FROM billing_transfer",
    "ledger accounts": "SELECT count(*)::numeric FROM billing_ledgeraccount",
    "fundings": "SELECT count(*)::numeric FROM billing_funding",
    "sum of the customers' balances": "SELECT coalesce(sum(balance), 0) FROM billing_ledgeraccount",
    "held for open orders": """
        SELECT coalesce(sum(moved.amount), 0)
          FROM (SELECT account.kind AS kind, movement.amount AS amount
                  FROM (SELECT credit_id AS account_id, sum(amount) AS amount FROM billing_transfer GROUP BY 1
                        UNION ALL
                        SELECT debit_id, -sum(amount) FROM billing_transfer GROUP BY 1) AS movement
                  JOIN billing_ledgeraccount AS account ON account.id = movement.account_id) AS moved
         WHERE moved.kind = 'held'
    """,
}

CHECKS = [
    Check(
        "every transfer takes a known route and is on the statement of its customer",
        f"""
        SELECT transfer.reference,
               coalesce(coalesce(debit.owner_id, credit.owner_id)::text, 'no customer') || ' by a known route',
               coalesce(transfer.customer_id::text, 'no customer')
               || format(' by %s from %s to %s', transfer.kind, debit.kind, credit.kind)
          FROM billing_transfer AS transfer
          JOIN billing_ledgeraccount AS debit ON debit.id = transfer.debit_id
          JOIN billing_ledgeraccount AS credit ON credit.id = transfer.credit_id
         WHERE (transfer.kind, debit.kind, credit.kind) NOT IN ({_ROUTES})
            OR transfer.customer_id IS DISTINCT FROM coalesce(debit.owner_id, credit.owner_id)
            OR (transfer.customer_id IS NULL) <> (transfer.sequence IS NULL)
        """,
    ),
    Check(
        "every kept balance is the sum of its transfers",
        f"""
        SELECT account.name,
               format('%s after %s transfers', coalesce(summed.amount, 0), coalesce(summed.count, 0)),
               format('%s after %s transfers', account.balance, account.sequence)
          FROM billing_ledgeraccount AS account
          LEFT JOIN (SELECT account_id, sum(amount) AS amount, count(*) AS count
                       FROM ({_MOVEMENTS}) AS movement GROUP BY account_id) AS summed
            ON summed.account_id = account.id
         WHERE account.owner_id IS NOT NULL
           AND (account.balance <> coalesce(summed.amount, 0) OR account.sequence <> coalesce(summed.count, 0))
        """,
    ),
    Check(
        "every line of a statement follows from the line before",
        """
        SELECT reference,
               format('line %s with %s', previous_sequence + 1, previous_balance + change),
               format('line %s with %s', sequence, balance_after)
          FROM (SELECT transfer.reference, transfer.sequence, transfer.balance_after,
                       CASE WHEN credit.owner_id = transfer.customer_id THEN amount ELSE -amount END AS change,
                       lag(transfer.sequence, 1, 0::bigint) OVER statement AS previous_sequence,
                       lag(transfer.balance_after, 1, 0::numeric) OVER statement AS previous_balance
                  FROM billing_transfer AS transfer
                  JOIN billing_ledgeraccount AS credit ON credit.id = transfer.credit_id
                 WHERE transfer.customer_id IS NOT NULL
                WINDOW statement AS (PARTITION BY transfer.customer_id ORDER BY transfer.sequence)) AS line
         WHERE sequence IS DISTINCT FROM previous_sequence + 1
            OR balance_after IS DISTINCT FROM previous_balance + change
        """,
    ),
    Check(
        "no customer paid with money that was not there",
        f"""
        SELECT transfer.reference, 'a balance of 0 or more', transfer.balance_after
          FROM billing_transfer AS transfer
          JOIN billing_ledgeraccount AS debit ON debit.id = transfer.debit_id
         WHERE transfer.balance_after < 0 AND debit.owner_id IS NOT NULL
           AND transfer.kind NOT IN ({_quoted(MAY_OVERDRAW)})
        """,
    ),
    Check(
        "no order gave back or earned more than it was charged",
        """
        SELECT 'order ' || order_number, format('at most %s', charged),
               format('%s refunded and %s earned', refunded, earned)
          FROM (SELECT order_number,
                       coalesce(sum(amount) FILTER (WHERE kind = 'charge'), 0) AS charged,
                       coalesce(sum(amount) FILTER (WHERE kind IN ('refund', 'late_refund')), 0) AS refunded,
                       coalesce(sum(CASE kind WHEN 'earning' THEN amount WHEN 'late_refund' THEN -amount END), 0)
                       AS earned
                  FROM billing_transfer WHERE order_number IS NOT NULL GROUP BY order_number) AS summed
         WHERE refunded + earned > charged OR earned < 0
        """,
    ),
    Check(
        "all accounts add up to zero",
        """
        SELECT 'all accounts', 0::numeric, kept.amount + house.amount
          FROM (SELECT coalesce(sum(balance), 0) AS amount FROM billing_ledgeraccount) AS kept,
               (SELECT coalesce(sum(CASE WHEN debit.owner_id IS NULL THEN -amount ELSE 0 END
                                  + CASE WHEN credit.owner_id IS NULL THEN amount ELSE 0 END), 0) AS amount
                  FROM billing_transfer AS transfer
                  JOIN billing_ledgeraccount AS debit ON debit.id = transfer.debit_id
                  JOIN billing_ledgeraccount AS credit ON credit.id = transfer.credit_id) AS house
         WHERE kept.amount + house.amount <> 0
        """,
    ),
    Check(
        "every funding was credited as it says",
        """
        SELECT 'funding ' || funding.id,
               format('%s cash and %s bonus for customer %s', funding.cash, funding.bonus, funding.customer_id),
               format('%s cash and %s bonus', coalesce(credited.cash, 0), coalesce(credited.bonus, 0))
               || CASE WHEN credited.elsewhere THEN ' for somebody else' ELSE '' END
          FROM billing_funding AS funding
          LEFT JOIN (SELECT transfer.funding_id,
                            coalesce(sum(amount) FILTER (WHERE transfer.kind = 'deposit'), 0) AS cash,
                            coalesce(sum(amount) FILTER (WHERE transfer.kind <> 'deposit'), 0) AS bonus,
                            bool_or(transfer.customer_id <> given.customer_id) AS elsewhere
                       FROM billing_transfer AS transfer
                       JOIN billing_funding AS given ON given.id = transfer.funding_id
                      WHERE transfer.kind IN ('deposit', 'bonus', 'goodwill')
                      GROUP BY transfer.funding_id) AS credited ON credited.funding_id = funding.id
         WHERE funding.cash <> coalesce(credited.cash, 0) OR funding.bonus <> coalesce(credited.bonus, 0)
            OR credited.elsewhere
        """,
    ),
    Check(
        "money comes in only by a funding",
        """
        SELECT reference, 'a funding', 'none' FROM billing_transfer
         WHERE kind IN ('deposit', 'bonus', 'goodwill') AND funding_id IS NULL
        """,
    ),
    Check(
        "every payment and its funding lost what was booked",
        """
        SELECT 'payment ' || payment.code,
               format('%s lost, %s of the bonus', coalesce(booked.cash, 0), coalesce(booked.bonus, 0)),
               format('%s lost, %s of the bonus', payment.refunded + payment.disputed, funding.bonus_reversed)
          FROM billing_payment AS payment
          JOIN billing_funding AS funding ON funding.id = payment.funding_id
          LEFT JOIN (SELECT funding_id,
                            sum(CASE kind WHEN 'chargeback' THEN amount WHEN 'payment_refund' THEN amount
                                          WHEN 'reinstatement' THEN -amount ELSE 0 END) AS cash,
                            sum(CASE kind WHEN 'bonus_reversal' THEN amount
                                          WHEN 'bonus_return' THEN -amount ELSE 0 END) AS bonus
                       FROM billing_transfer
                      WHERE kind IN ('chargeback', 'payment_refund', 'reinstatement', 'bonus_reversal',
                                     'bonus_return')
                      GROUP BY funding_id) AS booked ON booked.funding_id = funding.id
         WHERE payment.refunded + payment.disputed <> coalesce(booked.cash, 0)
            OR funding.bonus_reversed <> coalesce(booked.bonus, 0)
        """,
    ),
    *(Check(name, query) for name, query in WITHDRAWAL_CHECKS),
]
