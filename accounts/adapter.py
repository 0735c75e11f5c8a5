"""Where allauth lets people in: it asks here what to show at a closed door, and tells who came in."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.models import User
from accounts.safety import EMAIL_ADDED, tell_change
from accounts.signing_in import record_sign_in
from accounts.standing import last_change, refusal_of
from accounts.states import Deed


class PanelAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        ip, user_agent = sender_of(request)
        record_sign_in(customer=user, ip=ip, user_agent=user_agent, now=timezone.now())

    def send_notification_mail(
        self,
        template_prefix: str,
        user: User,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """What changed about the way in is told as a notice, which mails it; an address given up hears it, too."""
        change = template_prefix.rpartition("/")[2]
        tell_change(user, change, now=timezone.now())
        if change == "email_changed":
            super().send_notification_mail(template_prefix, user, context, email)

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Beside the first one, a further address is one more way in."""
        confirmed: bool = super().confirm_email(request, email_address)
        others = EmailAddress.objects.filter(user=email_address.user, verified=True).exclude(
            pk=email_address.pk
        )
        if confirmed and others.exists():
            tell_change(email_address.user, EMAIL_ADDED, now=timezone.now())
        return confirmed

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        """The one page behind a closed door, shown to whoever has proven to know the password."""
        page = {
            "person": user,
            "refusal": refusal_of(user, Deed.SIGN_IN),
            "change": last_change(user),
        }
        return render(request, "account/account_inactive.html", page, status=403)


def sender_of(request: HttpRequest) -> tuple[str | None, str]:
    """Return the network address, as far as proxies of ours vouch for it, and the browser or program."""
    user_agent = request.headers.get("User-Agent", "")
    try:
        return PanelAdapter(request).get_client_ip(request), user_agent
    except PermissionDenied:
        # Through a socket without addresses.
        return None, user_agent
