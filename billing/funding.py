"""Money given to a balance: a deposit has a cash part and perhaps a bonus; goodwill is a gift, so it is all bonus.

Goodwill and bonus can be spent but are never paid out (R-6, K-72).
"""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.refusals import Refusal
from billing.currencies import require_currency_decimals
from billing.ledger import Posting, customer_account, house_account, post
from billing.models import Funding
from billing.money import ZERO
from billing.routes import AccountKind, TransferKind
from billing.webhooks import owe_credited
from terms.models import TermsVersion
from terms.versions import version_in_force


class FundingRequestReused(Refusal):
    code = "request_reused"
    sentence = _("This form has already given something else, to %(customer)s. Open a new one to give more.")


@transaction.atomic(durable=True)
def give_funding(
    *,
    customer: User,
    kind: Funding.Kind,
    cash: Decimal,
    bonus: Decimal,
    reason: str,
    given_by: User | None,
    request_id: UUID,
    now: datetime,
    terms_version: TermsVersion | None = None,
) -> Funding:
    """Credit a deposit or goodwill in the panel's currency. The same `request_id` credits once.

    A payment that was started under another `terms_version` than the one in force now keeps that one; its age counts
    from now (V-6, A-25, K-71). Raises AmountNotPayable for more decimals than the currency has, FundingRequestReused
    when that request gave something else before, and NoTerms.
    """
    for amount in (cash, bonus):
        require_currency_decimals(amount)
    try:
        with transaction.atomic():
            funding = Funding.objects.create(
                customer=customer,
                kind=kind,
                cash=cash,
                bonus=bonus,
                terms_version=terms_version or version_in_force(),
                reason=reason,
                given_by=given_by,
                request_id=request_id,
                credited_at=now,
            )
    except IntegrityError:
        earlier = Funding.objects.filter(request_id=request_id).first()
        if earlier is None:
            raise
        if (earlier.customer, earlier.kind, earlier.cash, earlier.bonus) != (customer, kind, cash, bonus):
            raise FundingRequestReused(customer=earlier.customer) from None
        return earlier
    _post_parts(funding, now=now)
    owe_credited(funding, now=now)
    return funding


def _post_parts(funding: Funding, *, now: datetime) -> None:
    bonus_kind, bonus_source = (
        (TransferKind.GOODWILL, AccountKind.GOODWILL)
        if funding.kind == Funding.Kind.GOODWILL
        else (TransferKind.BONUS, AccountKind.BONUS_COST)
    )
    parts = [
        ("cash", TransferKind.DEPOSIT, AccountKind.MANUAL_DEPOSITS, funding.cash),
        ("bonus", bonus_kind, bonus_source, funding.bonus),
    ]
    for name, kind, source, amount in parts:
        if amount > ZERO:
            post(
                Posting(
                    kind=kind,
                    debit=house_account(source),
                    credit=customer_account(funding.customer),
                    amount=amount,
                    reference=f"funding:{funding.pk}:{name}",
                    funding=funding,
                    actor=funding.given_by,
                    note=funding.reason,
                ),
                now=now,
            )
