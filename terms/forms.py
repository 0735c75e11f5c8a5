"""Registering: the door at which everybody meets the terms for the first time."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import SignupForm
from django import forms
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from terms.acceptance import TermsChanged, record_acceptance, require_current
from terms.models import Channel
from terms.versions import NoTerms, newest_version


class SignUpForm(SignupForm):  # type: ignore[misc]
    """E-mail address, password, and a tick at the version of the terms that the form shows (A-02, K-03)."""

    terms_number = forms.IntegerField(widget=forms.HiddenInput, required=False)
    terms = forms.BooleanField(
        error_messages={"required": _("Please confirm that you have read and understood the terms.")}
    )
    field_order = ["email", "password1", "password2", "terms_number", "terms"]
    data: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.version = newest_version()
        if self.version:
            self.fields["terms_number"].initial = self.version.number
            self.fields["terms"].label = format_html(
                gettext('I have read and understood the <a href="{}" target="_blank">terms, version {}</a>.'),
                reverse("terms"),
                self.version.number,
            )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        if self.version is None:
            raise NoTerms
        try:
            require_current(version=self.version, shown_number=cleaned.get("terms_number") or 0)
        except TermsChanged:
            self._show_anew(self.version.number)
            raise
        return cleaned

    @transaction.atomic
    def save(self, request: HttpRequest) -> User:
        user: User = super().save(request)
        adapter = get_adapter(request)
        assert self.version is not None, "clean() refuses without terms"
        record_acceptance(
            customer=user,
            version=self.version,
            channel=Channel.REGISTER,
            explicit=True,
            subject=f"customer:{user.pk}",
            now=user.date_joined,
            ip=adapter.get_client_ip(request),
            user_agent=adapter.get_http_user_agent(request),
        )
        return user

    def _show_anew(self, number: int) -> None:
        """Let the form come back with the new version and no tick, so that it has to be made again."""
        self.data = self.data.copy()
        self.data[self.add_prefix("terms_number")] = str(number)
        self.data.pop(self.add_prefix("terms"), None)
