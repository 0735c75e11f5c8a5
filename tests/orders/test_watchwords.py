"""Words that staff want to see before an order is sent."""

import pytest
from django.db import IntegrityError, transaction

from orders.models import Watchword
from orders.watchwords import WordSaysNothing, require_word, watched_words

pytestmark = [pytest.mark.django_db, pytest.mark.clause("A-19", "K-25")]

LINK = "https://www.instagram.com/alice.studio/"


def watched(word: str, **fields) -> Watchword:
    return Watchword.objects.create(word=word, **fields)


def found(text: str) -> tuple[str, ...]:
    return watched_words(link=LINK, comments=["fine", text])


@pytest.mark.parametrize(
    ("word", "text", "is_found"),
    [
        ("casino-x", "play at casino-x now", True),
        ("casino-x", "CASINO-X!", True),
        ("casino", "casinos are fun", False),
        ("casino", "mycasino", False),
        ("casino", "my_casino_24", True),
        ("casino*", "casinos are fun", True),
        ("casino*", "mycasino", False),
        ("*casino", "mycasino", True),
        ("*casino", "mycasinos", False),
        ("*casino*", "mycasinos", True),
        ("c*o24", "casino24", True),
        ("c*o24", "c a o24", False),
        ("vote for", "VOTE   FOR\tme", True),
        ("vote for", "votefor me", False),
        ("café", "the cafe", True),
        ("казино", "Лучшее КАЗИНО", True),
        ("casino", "ｃａｓｉｎｏ", True),  # noqa: RUF001
        ("casino", "cas\u00adino", True),
        ("a.b", "axb", False),
        ("a.b", "see a.b here", True),
        ("赌场", "去赌场", False),
        ("*赌场*", "去赌场玩", True),
    ],
)
def test_a_word_is_found_as_people_write_it(word: str, text: str, is_found: bool) -> None:
    watched(word)

    assert bool(found(text)) == is_found


def test_what_was_found_is_named_once_for_each_word(terms) -> None:
    watched("casino*")
    watched("poker")
    watched("roulette")

    assert found("Casino24, casino24, POKER") == ("casino24", "poker")


@pytest.mark.parametrize(
    "link", ["https://casino-x.com/", "https://a.example/%63asino-x", "https://t.me/casino-x"]
)
def test_links_are_searched_too(link: str) -> None:
    watched("casino-x")

    assert watched_words(link=link) == ("casino-x",)


def test_a_word_is_looked_for_only_where_staff_said() -> None:
    watched("alice", in_links=False)
    watched("fine", in_comments=False)
    watched("studio", is_active=False)

    assert found("nothing here") == ()
    assert found("alice is here") == ("alice",)


@pytest.mark.parametrize("word", ["", " ", "*", "a", "***", "* a *", "-!-"])
def test_a_word_that_would_be_found_everywhere_is_refused(word: str) -> None:
    with pytest.raises(WordSaysNothing):
        require_word(word)


@pytest.mark.parametrize("word", ["ab", "*x1*", "赌场"])
def test_two_letters_are_a_word(word: str) -> None:
    require_word(word)


def test_a_word_stands_on_the_list_once() -> None:
    watched("Casino")

    with pytest.raises(IntegrityError), transaction.atomic():
        watched("casino")


def test_long_comments_and_many_words_are_searched_quickly(terms) -> None:
    from time import perf_counter

    Watchword.objects.bulk_create(Watchword(word=f"*wo{number}rd*x*") for number in range(200))
    text = "word" * 50_000

    begins = perf_counter()
    assert found(text) == ()
    assert perf_counter() - begins < 5
