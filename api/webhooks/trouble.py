"""When an endpoint is switched off, and what its customer is told then."""

from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import NoticeKind, WebhookEndpoint, WebhookTrouble
from accounts.notices import notify

# Without a single success for so long, an endpoint is switched off, and a message is given up.
GIVE_UP_AFTER = timedelta(days=3)


def tell_switched_off(endpoint: WebhookEndpoint, *, now: datetime) -> None:
    """Tell the customer that nothing is sent there any more. Needs the transaction that switched it off (F-24)."""
    if endpoint.trouble == WebhookTrouble.GONE:
        why = _("It answered that it is gone for good (410).")
    else:
        why = _("It did not take a single message for three days.")
    what = _(
        "What is owed to it waits for 30 days; nothing new is written down until you switch it on again."
    )
    notify(
        customer=endpoint.customer,
        kind=NoticeKind.ACCOUNT,
        title=_("A webhook was switched off: %(name)s") % {"name": endpoint},
        text=f"{endpoint.url}\n\n{why} {what}",
        url=reverse("webhook_detail", args=[endpoint.pk]),
        now=now,
    )
