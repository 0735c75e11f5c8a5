"""People: customers and staff sign in with their e-mail address; programs use API keys."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pgtrigger
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Cast, Concat, Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.networks import MOST_NETWORKS, NETWORK_LENGTH
from accounts.scopes import Scope, all_of_api_v2
from accounts.states import MAY, AccountState, Deed
from accounts.triggers import refuse


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    email = models.EmailField(_("e-mail address"), unique=True)
    state = models.CharField(
        _("state"), max_length=12, choices=AccountState, default=AccountState.ACTIVE, editable=False
    )
    # Part of every session's key: whoever adds one signs the person out everywhere.
    session_epoch = models.PositiveIntegerField(default=0, editable=False)
    is_staff = models.BooleanField(_("works here"), default=False)
    discount_percent = models.DecimalField(
        _("discount, percent of every rate"), max_digits=5, decimal_places=2, default=Decimal("0")
    )
    date_joined = models.DateTimeField(_("joined"), default=timezone.now, editable=False)
    # Only what the customer chose; the rest follows accounts/switches.py. Here, so that a notice costs no query.
    notice_switches = models.JSONField(_("choices about notices"), default=dict, blank=True, editable=False)
    # What any endpoint of the customer wants to know (accounts/webhooks.py). Here for the same reason.
    webhook_events = models.JSONField(_("told to programs"), default=list, blank=True, editable=False)

    # When the password or an address last changed: for some hours nothing is withdrawn (accounts/safety.py).
    credentials_changed_at = models.DateTimeField(_("way in changed"), null=True, blank=True, editable=False)

    # Nobody can be told any more from this row; what is blanked in other rows asks for this.
    erased_at = models.DateTimeField(_("erased"), null=True, blank=True, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        permissions = [
            ("change_state", _("Can freeze and suspend accounts, and undo it")),
            ("close_account", _("Can close and reopen accounts")),
            ("terminate_account", _("Can terminate accounts for fraud")),
            ("export_user", _("Can take out lists of people")),
            ("erase_user", _("Can erase people at their request")),
        ]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_unique_in_any_case",
                violation_error_message=_("Somebody has this e-mail address already."),
            ),
            models.CheckConstraint(
                name="user_discount_is_a_percentage",
                condition=Q(discount_percent__gte=0, discount_percent__lte=100),
            ),
            models.CheckConstraint(name="user_state_known", condition=Q(state__in=AccountState.values)),
            models.CheckConstraint(
                name="user_erased_is_shut_and_has_no_name",
                condition=Q(erased_at__isnull=True)
                | Q(
                    state__in=[AccountState.CLOSED, AccountState.TERMINATED],
                    email=Concat(Value("erased-"), Cast("id", models.CharField()), Value("@invalid")),
                    is_staff=False,
                    is_superuser=False,
                ),
            ),
        ]
        triggers = [
            refuse(
                "user_terminated_has_no_way_back",
                pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.state = 'terminated' AND NEW.state <> 'terminated'"),
            ),
            refuse(
                "user_erased_has_no_way_back",
                pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.erased_at IS NOT NULL AND OLD.erased_at IS DISTINCT FROM NEW.erased_at"
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def is_active(self) -> bool:  # type: ignore[override]
        """What Django and allauth ask before anybody gets in, and with every page: the state decides it."""
        return Deed.SIGN_IN in MAY[AccountState(self.state)]

    def get_session_auth_hash(self) -> str:
        return f"{super().get_session_auth_hash()}.{self.session_epoch}"

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        for earlier in super().get_session_auth_fallback_hash():
            yield f"{earlier}.{self.session_epoch}"


class ApiKey(models.Model):
    """A program's way in. Only the digest is stored; the key itself is shown once."""

    customer = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_keys")
    label = models.CharField(_("label"), max_length=80)
    prefix = models.CharField(max_length=8, unique=True)
    digest = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(
        models.CharField(max_length=8, choices=Scope), verbose_name=_("may"), default=all_of_api_v2
    )
    allowed_networks = ArrayField(
        models.CharField(max_length=NETWORK_LENGTH), verbose_name=_("only from"), default=list, blank=True
    )
    created_at = models.DateTimeField(_("made"))
    expires_at = models.DateTimeField(_("works until"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    last_used_network = models.CharField(_("last used from"), max_length=NETWORK_LENGTH, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    replaced_by = models.OneToOneField(
        "self", on_delete=models.SET_NULL, related_name="replaces", null=True, blank=True, editable=False
    )

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        constraints = [
            models.CheckConstraint(
                name="api_key_has_known_scopes",
                condition=Q(scopes__contained_by=Scope.values, scopes__len__gte=1),
            ),
            models.CheckConstraint(
                name="api_key_networks_are_few", condition=Q(allowed_networks__len__lte=MOST_NETWORKS)
            ),
            models.CheckConstraint(
                name="api_key_replaced_has_an_end",
                condition=Q(replaced_by=None) | Q(expires_at__isnull=False) | Q(revoked_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"fp_{self.prefix}…"

    @property
    def scope_words(self) -> list[Scope]:
        """In the order in which they are offered."""
        return [scope for scope in Scope if scope in self.scopes]
