"""What the books keep about people. They can take all of it with them, and none of it is ever erased.

A transfer that could change afterwards would prove nothing; once the person is erased it names a number only.
"""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from accounts.keeping import ErasingStep, Portion, Row, columns_of
from accounts.models import User
from billing.models import Funding, LedgerAccount, Transfer
from billing.statement import whole_statement

_BOOKS = _(
    "The books keep every movement of money, as the law and an honest house want it; they name a number."
)


def _statement(person: User) -> Iterator[Row]:
    for line in whole_statement(person):
        yield (
            line.sequence,
            line.created_at,
            line.kind.value,
            line.order_number,
            line.reason,
            line.change,
            line.balance,
        )


PORTIONS = (
    Portion(
        "fundings",
        _(
            "Money that came to your balance: the part that you paid, the bonus, and the terms it was given under."
        ),
        ("number", "time", "kind", "cash", "bonus", "terms_version", "reason"),
        lambda person: columns_of(
            person.fundings.order_by("pk"),
            "pk",
            "credited_at",
            "kind",
            "cash",
            "bonus",
            "terms_version_id",
            "reason",
        ),
        (Funding,),
    ),
    Portion(
        "statement",
        _("Every line that moved your balance, and what it left there."),
        ("line", "time", "kind", "order", "reason", "change", "balance"),
        _statement,
        (Transfer, LedgerAccount),
    ),
)

ERASING: tuple[ErasingStep, ...] = ()

NOT_TAKEN_OUT: dict[type, object] = {}
STAYS = {Transfer: _BOOKS, LedgerAccount: _BOOKS, Funding: _BOOKS}
