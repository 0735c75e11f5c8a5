"""Words that staff want to see first: an order whose link or comments have one is placed and charged, but not sent.

The list is kept by staff. It decides nothing by itself: a person lets the order go or refuses it, and then the whole
charge comes back. The customer is told before ordering and afterwards.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from urllib.parse import unquote

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.refusals import Refusal
from orders.models import Order, OrderEvent, Review, Submission, Watchword
from orders.telling import tell_held
from providers.dispatch import DispatchState

HELD = "held"

# What an asterisk inside a word may stand for; no longer, so that no text makes the search slow.
_ANY = r"[^\W_]{0,40}"


class WordSaysNothing(Refusal):
    code = "word_says_nothing"
    sentence = _("At least two letters or digits are needed: anything else would be found everywhere.")


def watched_words(*, link: str, comments: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the watched words that stand in an order's link or comments, as they are found there (A-19, K-25)."""
    where = {"in_links": fold(unquote(link)), "in_comments": fold("\n".join(comments))}
    active = Watchword.objects.filter(is_active=True).order_by("pk")
    found = (
        _found(watched.word, text)
        for watched in active
        for name, text in where.items()
        if text and getattr(watched, name)
    )
    return tuple(dict.fromkeys(word for word in found if word))


def hold(order: Order, *, words: tuple[str, ...], now: datetime) -> None:
    """Keep a new order until staff have looked at it, and tell its customer (A-19, K-25).

    Needs the transaction in which the order is placed; its submission is due and not sent yet.
    """
    assert transaction.get_connection().in_atomic_block
    held = Submission.objects.filter(order=order, state=DispatchState.DUE).update(state=DispatchState.HELD)
    assert held
    order.submission.state, order.review = DispatchState.HELD, Review.PROHIBITED
    Order.objects.filter(pk=order.pk).update(review=order.review)
    OrderEvent.objects.create(order=order, what=HELD, note=", ".join(words)[:300], at=now)
    tell_held(order, now=now)


def require_word(word: str) -> None:
    """Refuse a word that would be found in nearly every text. Raises WordSaysNothing."""
    if sum(letter.isalnum() for letter in fold(word)) < 2:
        raise WordSaysNothing


def fold(text: str) -> str:
    """Return a text as it is searched: one spelling for accents, letters of other shapes, and capitals."""
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    if decomposed.isascii():
        return decomposed
    return "".join(letter for letter in decomposed if unicodedata.category(letter) not in ("Mn", "Cf"))


def _found(word: str, text: str) -> str:
    literal, pattern = _read(word)
    if literal not in text:
        return ""
    match = pattern.search(text)
    return match[0] if match else ""


@lru_cache(maxsize=1000)
def _read(word: str) -> tuple[str, re.Pattern[str]]:
    """Return the longest piece that has to be there, which is fast to look for, and the whole pattern."""
    words = fold(word).split()
    inner = r"\s+".join(_ANY.join(re.escape(part) for part in one.strip("*").split("*")) for one in words)
    begins = "" if word.startswith("*") else r"(?<![^\W_])"
    ends = _ANY if word.endswith("*") else r"(?![^\W_])"
    pieces = [piece for one in words for piece in one.split("*")]
    return max(pieces, key=len, default=""), re.compile(begins + inner + ends)
