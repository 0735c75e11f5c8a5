"""Who came in, when and from where: kept for the person to see, and as evidence should a payment be disputed.

Network addresses are kept as keyed digests only.
"""

from datetime import datetime

from django.db.models import QuerySet
from django.utils.crypto import salted_hmac

from accounts.models import SignIn, User

USER_AGENT_LENGTH = 200


def record_sign_in(*, customer: User, ip: str | None, user_agent: str, now: datetime) -> SignIn:
    """Write down that somebody signed in with the right password (F-26, F-19, R-16)."""
    return SignIn.objects.create(
        customer=customer, at=now, ip_digest=ip_digest(ip), user_agent=user_agent[:USER_AGENT_LENGTH]
    )


def sign_ins_of(customer: User) -> QuerySet[SignIn]:
    return SignIn.objects.filter(customer=customer).order_by("-pk")


def ip_digest(ip: str | None) -> str:
    """A network address as a keyed digest: two can be compared, none can be read back without the secret (R-16)."""
    return salted_hmac("accounts.network_address", ip, algorithm="sha256").hexdigest() if ip else ""
