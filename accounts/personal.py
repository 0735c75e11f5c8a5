"""What is kept about people themselves: who they are, how they came in, what they were told, who looked at them."""

import json
from collections.abc import Iterable

from allauth.account.models import EmailAddress
from django.utils.translation import gettext_lazy as _

from accounts.keeping import ABOUT_STAFF, ROWS_AT_A_TIME, ErasingStep, Portion, Row, columns_of, remove
from accounts.models import (
    Announcement,
    AnnouncementRead,
    ApiKey,
    Erasure,
    Look,
    Notice,
    SignIn,
    StateChange,
    User,
    WebhookEndpoint,
    WebhookMessage,
)


def _profile(person: User) -> Iterable[Row]:
    yield (
        person.pk,
        person.email,
        person.state,
        person.discount_percent,
        person.date_joined,
        person.last_login,
        json.dumps(person.notice_switches, sort_keys=True),
    )


def _api_keys(person: User) -> Iterable[Row]:
    for key in person.api_keys.order_by("pk"):
        yield (
            key.label,
            key.prefix,
            " ".join(key.scopes),
            " ".join(key.allowed_networks),
            key.created_at,
            key.expires_at,
            key.last_used_at,
            key.last_used_network,
            key.revoked_at,
        )


def _webhooks(person: User) -> Iterable[Row]:
    for endpoint in person.webhook_endpoints.order_by("pk"):
        yield (
            endpoint.url,
            endpoint.description,
            " ".join(endpoint.events),
            endpoint.state,
            endpoint.created_at,
            endpoint.delivered_at,
        )


def _webhook_messages(person: User) -> Iterable[Row]:
    messages = WebhookMessage.objects.filter(endpoint__customer=person).select_related("endpoint")
    for message in messages.order_by("pk").iterator(chunk_size=ROWS_AT_A_TIME):
        yield (
            message.created_at,
            message.endpoint.url,
            message.event,
            message.subject,
            json.dumps(message.data, ensure_ascii=False, sort_keys=True),
            message.delivered_at,
            message.gave_up_at,
        )


PORTIONS = (
    Portion(
        "profile",
        _("Who you are to this panel, and what you chose about notices."),
        ("number", "email", "state", "discount_percent", "joined", "last_sign_in", "notice_switches"),
        _profile,
        (User,),
    ),
    Portion(
        "email_addresses",
        _("Your e-mail addresses. Of your password only a hash is kept, which is left out."),
        ("email", "confirmed", "primary"),
        lambda person: columns_of(
            EmailAddress.objects.filter(user=person).order_by("pk"), "email", "verified", "primary"
        ),
        (EmailAddress,),
    ),
    Portion(
        "sign_ins",
        _("When somebody came in with your password. The network is kept as a mark, not as an address."),
        ("time", "network_mark", "browser"),
        lambda person: columns_of(person.sign_ins.order_by("pk"), "at", "ip_digest", "user_agent"),
        (SignIn,),
    ),
    Portion(
        "api_keys",
        _("Keys of your programs: their beginnings only, since nobody has the rest."),
        (
            "label",
            "begins_with",
            "may",
            "only_from",
            "made",
            "works_until",
            "last_used",
            "last_used_from",
            "revoked",
        ),
        _api_keys,
        (ApiKey,),
    ),
    Portion(
        "account_states",
        _("What your account was, and why that changed."),
        ("time", "from", "to", "reason"),
        lambda person: columns_of(person.state_changes.order_by("pk"), "at", "from_state", "to_state", "why"),
        (StateChange,),
    ),
    Portion(
        "notices",
        _("What we told you, in the panel and by mail."),
        ("time", "kind", "title", "text", "read", "mailed"),
        lambda person: columns_of(
            person.notices.order_by("pk"), "created_at", "kind", "title", "text", "read_at", "mailed_at"
        ),
        (Notice,),
    ),
    Portion(
        "announcements_read",
        _("Announcements that you put away."),
        ("title", "read"),
        lambda person: columns_of(
            AnnouncementRead.objects.filter(customer=person).order_by("pk"), "announcement__title", "read_at"
        ),
        (AnnouncementRead,),
    ),
    Portion(
        "webhooks",
        _("Addresses where your programs are told. Of their secrets nothing is taken out."),
        ("address", "name", "events", "state", "made", "last_delivery"),
        _webhooks,
        (WebhookEndpoint,),
    ),
    Portion(
        "webhook_messages",
        _("What your programs were told in the last 30 days."),
        ("time", "address", "event", "about", "content", "delivered", "given_up"),
        _webhook_messages,
        (WebhookMessage,),
    ),
    Portion(
        "looks_by_staff",
        _("When our staff opened the page about you."),
        ("time",),
        lambda person: columns_of(person.looks.order_by("pk"), "at"),
        (Look,),
    ),
)

ERASING = (
    ErasingStep(
        "webhook_messages",
        lambda person, after, limit: remove(
            WebhookMessage.objects.filter(endpoint__customer=person), after, limit
        ),
        (WebhookMessage,),
    ),
    ErasingStep(
        "webhooks",
        lambda person, after, limit: remove(person.webhook_endpoints.all(), after, limit),
        (WebhookEndpoint,),
    ),
    ErasingStep(
        "notices", lambda person, after, limit: remove(person.notices.all(), after, limit), (Notice,)
    ),
    ErasingStep(
        "announcements_read",
        lambda person, after, limit: remove(AnnouncementRead.objects.filter(customer=person), after, limit),
        (AnnouncementRead,),
    ),
    ErasingStep(
        "sign_ins", lambda person, after, limit: remove(person.sign_ins.all(), after, limit), (SignIn,)
    ),
    ErasingStep(
        "api_keys", lambda person, after, limit: remove(person.api_keys.all(), after, limit), (ApiKey,)
    ),
)

NOT_TAKEN_OUT = {
    Announcement: ABOUT_STAFF,
    Erasure: _("That somebody was erased: it is written down when nobody is left to take it out."),
}
STAYS = {
    Announcement: ABOUT_STAFF,
    StateChange: _("Why an account was frozen or ended is evidence, and the reason is staff's own words."),
    Look: _("Who looked at whom is a log about staff; the person in it is a number."),
    Erasure: _("That somebody was erased, and when: a number and two times."),
}
