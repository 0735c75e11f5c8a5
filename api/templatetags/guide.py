import re

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.filter
def code_words(text: str) -> SafeString:
    """Set words in backticks as code; everything is escaped first."""
    marked = re.sub(r"`([^`]+)`", r'<code dir="ltr">\1</code>', escape(text))
    return mark_safe(marked)  # noqa: S308 - escaped above
