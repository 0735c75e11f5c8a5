"""What is kept about people in matters of the terms: which versions they accepted, when, and from where."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.keeping import ABOUT_STAFF, ErasingStep, Portion, blank, columns_of
from accounts.models import User
from terms.models import Acceptance, TermsDraft, TermsVersion

WITH_TRACES = ~Q(ip_digest="") | ~Q(user_agent="")
NO_TRACES = {"ip_digest": "", "user_agent": ""}


def _erase_traces(person: User, after: int, limit: int) -> int | None:
    return blank(person.acceptances.filter(WITH_TRACES), after, limit, **NO_TRACES)


PORTIONS = (
    Portion(
        "acceptances",
        _("Which version of the terms you accepted, when and for what. The network is kept as a mark."),
        ("time", "version", "by", "with_a_tick", "for", "network_mark", "browser"),
        lambda person: columns_of(
            person.acceptances.order_by("pk"),
            "accepted_at",
            "version_id",
            "channel",
            "explicit",
            "subject",
            "ip_digest",
            "user_agent",
        ),
        (Acceptance,),
    ),
)

ERASING = (ErasingStep("acceptances", _erase_traces, (Acceptance,)),)

NOT_TAKEN_OUT = {TermsVersion: ABOUT_STAFF, TermsDraft: ABOUT_STAFF}
STAYS = {TermsVersion: ABOUT_STAFF, TermsDraft: ABOUT_STAFF}
