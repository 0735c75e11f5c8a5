"""How a kind of notice looks: its icon and its tone. Both are decoration; the words say it."""

from django import template

from accounts.models import NoticeKind

register = template.Library()

LOOKS: dict[str, tuple[str, str]] = {
    NoticeKind.ORDER_FINISHED: ("circle-check", "good"),
    NoticeKind.PROGRAM_ORDER_FINISHED: ("circle-check", "good"),
    NoticeKind.ORDER_PARTIAL: ("receipt-refund", "accent"),
    NoticeKind.ORDER_HELD: ("hourglass", "warn"),
    NoticeKind.REFUND_REVIEW: ("scale", "warn"),
    NoticeKind.REFUND_DECIDED: ("receipt-refund", "brand"),
    NoticeKind.REFILL: ("refresh", "info"),
    NoticeKind.MONEY: ("wallet", "good"),
    NoticeKind.SUPPORT: ("message-circle", "info"),
    NoticeKind.TERMS: ("file-text", "info"),
    NoticeKind.ACCOUNT: ("user", "warn"),
    NoticeKind.SECURITY: ("shield-check", "bad"),
}


@register.filter
def kind_icon(kind: str) -> str:
    return LOOKS[kind][0]


@register.filter
def kind_tone(kind: str) -> str:
    return LOOKS[kind][1]
