"""What has to be true about withdrawals, each with a query for what makes it false (billing/verification.py)."""
# The statements are put together from our own words only.
# ruff: noqa: S608

_BACK = "('rejected', 'cancelled')"

WITHDRAWAL_CHECKS = [
    (
        "every withdrawal is the sum of its parts",
        """
        SELECT 'withdrawal ' || withdrawal.id,
               format('%s and %s of bonus', withdrawal.gross, withdrawal.bonus_lost),
               format('%s and %s of bonus', coalesce(summed.taken, 0), coalesce(summed.lost, 0))
          FROM billing_withdrawal AS withdrawal
          LEFT JOIN (SELECT withdrawal_id, sum(cash + bonus) AS taken, sum(bonus_lost) AS lost
                       FROM billing_withdrawalpart GROUP BY withdrawal_id) AS summed
            ON summed.withdrawal_id = withdrawal.id
         WHERE withdrawal.gross <> coalesce(summed.taken, 0) OR withdrawal.bonus_lost <> coalesce(summed.lost, 0)
        """,
    ),
    (
        "every funding gave to withdrawals what it says",
        f"""
        SELECT 'funding ' || funding.id,
               format('%s, bonus %s, lost %s',
                      coalesce(given.cash, 0), coalesce(given.bonus, 0), coalesce(given.lost, 0)),
               format('%s, bonus %s, lost %s',
                      funding.cash_withdrawn, funding.bonus_withdrawn, funding.bonus_forfeited)
          FROM billing_funding AS funding
          LEFT JOIN (SELECT part.funding_id, sum(part.cash) AS cash, sum(part.bonus) AS bonus,
                            sum(part.bonus_lost) AS lost
                       FROM billing_withdrawalpart AS part
                       JOIN billing_withdrawal AS withdrawal ON withdrawal.id = part.withdrawal_id
                      WHERE withdrawal.state NOT IN {_BACK}
                      GROUP BY part.funding_id) AS given ON given.funding_id = funding.id
         WHERE funding.cash_withdrawn <> coalesce(given.cash, 0)
            OR funding.bonus_withdrawn <> coalesce(given.bonus, 0)
            OR funding.bonus_forfeited <> coalesce(given.lost, 0)
        """,
    ),
    (
        "of every withdrawal is held what has not left yet",
        f"""
        SELECT 'withdrawal ' || id, expected, held
          FROM (SELECT withdrawal.id,
                       CASE WHEN withdrawal.state IN {_BACK} THEN 0
                            WHEN withdrawal.state = 'paid'
                            THEN withdrawal.gross - withdrawal.fee - coalesce(left_by.amount, 0)
                            ELSE withdrawal.gross + withdrawal.bonus_lost - coalesce(left_by.amount, 0)
                       END AS expected,
                       coalesce(booked.amount, 0) AS held
                  FROM billing_withdrawal AS withdrawal
                  LEFT JOIN (SELECT withdrawal_id, sum(amount) AS amount FROM billing_payout
                              WHERE state = 'paid' GROUP BY withdrawal_id) AS left_by
                    ON left_by.withdrawal_id = withdrawal.id
                  LEFT JOIN (SELECT transfer.withdrawal_id,
                                    sum(CASE WHEN credit.kind = 'withdrawal' THEN amount ELSE -amount END) AS amount
                               FROM billing_transfer AS transfer
                               JOIN billing_ledgeraccount AS credit ON credit.id = transfer.credit_id
                              WHERE transfer.withdrawal_id IS NOT NULL
                              GROUP BY transfer.withdrawal_id) AS booked
                    ON booked.withdrawal_id = withdrawal.id) AS withdrawal
         WHERE expected <> held
        """,
    ),
    (
        "what leaves by a withdrawal is what was promised",
        """
        SELECT 'withdrawal ' || withdrawal.id, withdrawal.gross - withdrawal.fee, coalesce(leaving.amount, 0)
          FROM billing_withdrawal AS withdrawal
          LEFT JOIN (SELECT withdrawal_id, sum(amount) AS amount FROM billing_payout
                      WHERE state <> 'failed' GROUP BY withdrawal_id) AS leaving
            ON leaving.withdrawal_id = withdrawal.id
         WHERE withdrawal.state IN ('paying', 'paid')
           AND withdrawal.gross - withdrawal.fee <> coalesce(leaving.amount, 0)
        """,
    ),
    (
        "no balance is more than its fundings can hold",
        """
        SELECT account.name, 'at most ' || coalesce(held.most, 0), account.balance
          FROM billing_ledgeraccount AS account
          LEFT JOIN (SELECT customer_id,
                            sum(greatest(cash - cash_withdrawn - cash_reversed, 0)
                                + bonus - bonus_withdrawn - bonus_forfeited - bonus_reversed) AS most
                       FROM billing_funding GROUP BY customer_id) AS held ON held.customer_id = account.owner_id
         WHERE account.owner_id IS NOT NULL AND account.balance > coalesce(held.most, 0)
        """,
    ),
]
