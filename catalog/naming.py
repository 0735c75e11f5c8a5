"""Reads what a provider's service name says: network, metric, guarantee, start and speed.

Providers write for the eye: emoji, bold and small-capital look-alikes of letters, brackets, abbreviations
("AR30", "[0-1H - 10K/D]"). What is not said plainly is not guessed, and a guarantee that is said in two ways is none.
"""

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal

from catalog.platforms import Metric, Platform

# A guarantee "for life", as days.
LIFETIME_DAYS = 36_500

_NO_GUARANTEE = 0
# No real text is longer; what follows is not read.
_READ_AT_MOST = 10_000


def platform_of(name: str, category: str = "") -> Platform:
    """Return the network that a service is for; the name counts before the category.

    A network after "from" is only where visitors come from: that is traffic to a website.
    """
    for text in (plain(name), plain(category)):
        mention = next((found for found in _NETWORK.finditer(text) if not _is_source(text, found)), None)
        if mention and mention.lastgroup:
            return Platform(mention.lastgroup)
        if _WEBSITE.search(text):
            return Platform.WEBSITE
    return Platform.OTHER


def metric_of(name: str, category: str = "") -> Metric:
    """Return what a service adds to: the first metric that the name mentions, else the category."""
    for text in (plain(name), plain(category)):
        mention = _METRIC.search(_SEPARATORS.sub(" ", text))
        if mention and mention.lastgroup:
            metric = Metric(mention.lastgroup)
            of_many = metric == Metric.VIEWS and _LAST_POSTS.search(text)
            return Metric.RECENT_VIEWS if of_many else metric
    return Metric.TRAFFIC if platform_of(name, category) == Platform.WEBSITE else Metric.OTHER


def guarantee_of(name: str, description: str = "") -> int | None:
    """Return the days of guarantee that are named, LIFETIME_DAYS for life, None for none (K-09, K-10, K-80).

    None too where name and description contradict each other; `guarantee_is_doubtful` tells these.
    """
    said = _agreed_guarantees(name, description)
    return next(iter(said)) or None if len(said) == 1 else None


def guarantee_is_doubtful(name: str, description: str = "") -> bool:
    """Tell whether the texts name different guarantees, so that a person should decide (K-80)."""
    return len(_agreed_guarantees(name, description)) > 1


def stated_start_of(name: str, description: str = "") -> str:
    """Return when delivery is said to start ("0-6 h", "instant"), or an empty text (K-05)."""
    for text in (plain(name), plain(description)):
        for pattern in (_START_NAMED, _START_AFTER, _START_ALONE):
            found = pattern.search(text)
            if found:
                return _span(found)
        if _INSTANT.search(text):
            return "instant"
    return ""


def stated_speed_of(name: str, description: str = "") -> str:
    """Return the speed that is said ("10K/day", "1K-3K/day", "500"), or an empty text (K-08)."""
    for text in (plain(name), plain(description)):
        for pattern in (_SPEED_PER, _SPEED_NAMED, _SPEED_AFTER):
            found = pattern.search(text)
            if found:
                return _speed(found.groupdict())
    return ""


# --- the plain text --------------------------------------------------------------------------------

_SMALL_CAPITALS = dict(zip("ᴀʙᴄᴅᴇꜰғɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdeffghijklmnoprstuvwyz", strict=True))
_LETTERS = str.maketrans(
    _SMALL_CAPITALS
    | {chr(first + place): chr(ord("a") + place) for first in (0x1F150, 0x1F170) for place in range(26)}
    | {"♾": "∞"}
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-")
)


def plain(text: str) -> str:
    """Lower case, without accents, fancy alphabets and invisible characters, words one space apart."""
    decomposed = unicodedata.normalize("NFKD", text[:_READ_AT_MOST].translate(_LETTERS)).casefold()
    seen = (letter for letter in decomposed if unicodedata.category(letter) not in ("Mn", "Me", "Cf", "Cs"))
    return " ".join("".join(seen).split())


# --- networks and metrics --------------------------------------------------------------------------

_NETWORK_WORDS: Mapping[Platform, str] = {
    Platform.INSTAGRAM: r"inst?a?gra?ma?|instagarm|insta|ig|igtv",
    Platform.YOUTUBE: r"you ?tube?|yt|yotube",
    Platform.TIKTOK: r"tik[ -]?tok",
    # The letter alone is a network only before what is counted there: "5 x faster" is none.
    Platform.X: r"twitter|tweets?|retweets?|(?<![0-9] )(?<![0-9])x(?= ?[-|(~/:]| followers?| likes?| views?)",
    Platform.FACEBOOK: r"face ?book|fb",
    Platform.TELEGRAM: r"tel[ei]g[ar]*m|tg",
    Platform.SPOTIFY: r"spotify",
    Platform.TWITCH: r"twitch",
    Platform.SOUNDCLOUD: r"sound ?cloud",
    Platform.LINKEDIN: r"linked ?in",
    Platform.DISCORD: r"discord",
    Platform.PINTEREST: r"pinterest",
    Platform.REDDIT: r"reddit",
    Platform.THREADS: r"threads",
    Platform.SNAPCHAT: r"snap ?chat",
    Platform.VK: r"vk|vkontakte",
}

# Two that begin at the same word: the first in this order, so "story views" stands before "views".
_METRIC_WORDS: Mapping[Metric, str] = {
    Metric.COMMENT_LIKES: r"comments? likes?|comments? upvotes?|likes? on comments?",
    Metric.STORY_VIEWS: r"(?:all |last )?stor(?:y|ies)(?! (?:votes?|polls?|shares?))"
    r"|(?:all )?views (?:all )?stor(?:y|ies)",
    Metric.LIVE_VIEWS: r"live ?(?:stream |video stream |video |broadcast |channel )?(?:views?|viewers?|plays?|watch\w*)"
    r"|live (?:video )?stream(?:ing)?(?! (?:comments?|likes?|chat))|viewers?",
    Metric.WATCH_HOURS: r"watch ?(?:times?|hours?)|hours? (?:of )?watch(?: ?times?)?|4000 hours|4k hours",
    Metric.PAGE_LIKES: r"(?:fan ?)?page likes?",
    Metric.PROFILE_VISITS: r"profile (?:visits?|views?)",
    Metric.LISTENERS: r"(?:monthly )?listeners?",
    Metric.DISLIKES: r"(?:comments? )?dislikes?",
    Metric.REACTIONS: r"reactions?|emoticons?|haha|love|celebrate|insightful",
    Metric.COMMENTS: r"(?:emoji )?comments?|repl(?:y|ies)|chat comments?",
    Metric.REPOSTS: r"retweets?|reposts?|reblogs?|repins?",
    Metric.FOLLOWERS: r"followers?|folowers?|friends?",
    Metric.SUBSCRIBERS: r"subscribers?|subs",
    Metric.MEMBERS: r"members?|(?:group )?joins?",
    Metric.VOTES: r"(?:poll )?votes?|upvotes?|polls?",
    Metric.LIKES: r"likes?|favou?rites?|hearts?",
    Metric.VIEWS: r"views?",
    Metric.SHARES: r"shares?",
    Metric.SAVES: r"saves?|bookmarks?",
    Metric.PLAYS: r"plays?|streams?(?! (?:comments?|likes?|chat))|spins",
    Metric.DOWNLOADS: r"downloads?",
    Metric.REVIEWS: r"reviews?|recommendations?|ratings?",
    Metric.REACH: r"reach|impressions?",
    Metric.TRAFFIC: r"traffic|visitors?|visits?|page ?views?",
}


def _any_of(words: Mapping[Platform, str] | Mapping[Metric, str]) -> re.Pattern[str]:
    named = "|".join(f"(?P<{meaning}>{pattern})" for meaning, pattern in words.items())
    return re.compile(rf"(?<![a-z])(?:{named})(?![a-z])")


_NETWORK = _any_of(_NETWORK_WORDS)
_METRIC = _any_of(_METRIC_WORDS)
_WEBSITE = re.compile(
    r"(?<![a-z])(?:traffic|web ?sites?|web|seo package|backlinks?|direct visits?|page ?views)(?![a-z])"
)
_SEPARATORS = re.compile(r"[^a-z0-9]+")
_LAST_POSTS = re.compile(r"\blast [0-9]{1,4}\b")
_SOURCE = re.compile(r"(?:from|source ?:|referr?er ?:|via) (?:[a-z]{2,3}\.)?$")


def _is_source(text: str, mention: re.Match[str]) -> bool:
    return _SOURCE.search(text, max(0, mention.start() - 12), mention.start()) is not None


# --- guarantees ------------------------------------------------------------------------------------

# Descriptions often lack the space after a word ("GuaranteeStart"), so these words have no end.
_PROMISE = r"(?:auto ?|manual )?(?:ref+ill?|g[au]+ra+nt|garant|warrant)"
_DAYS = r"(?<![0-9.,])(?P<number>[0-9]{1,4}) ?-?(?P<unit>days?|d(?![a-ce-z])|weeks?|months?|years?)"
_DAYS_IN_UNIT = {"d": 1, "w": 7, "m": 30, "y": 365}

_NEVER = re.compile(
    r"(?<![a-z])(?:(?:no|non|not|without|zero)[ -]?(?:any )?" + _PROMISE + r"\w*"
    r"|"
    + _PROMISE
    + r"\w{0,4}(?: time| available)? ?(?:[:=] ?no(?![a-z]|[ -]?drop)|[:=-] ?none|not available|❌)"
    r"|n[~/.-]?r(?![a-z0-9])|❌ ?" + _PROMISE + r"\w*)"
)
_FOR_DAYS = (
    re.compile(_DAYS + r"[ )\]]{0,2}(?:of |free |full |auto |manual |button )?" + _PROMISE),
    re.compile(
        _PROMISE
        + r"(?:(?:ee|y|ed)(?![a-z]))?[ :=~(\[-]{0,4}(?:(?:period|for|is|yes|time|upto|up to|within)[ :-]{0,3})?"
        + _DAYS
    ),
    re.compile(r"(?<![a-z0-9])r ?[~-]? ?(?P<number>[0-9]{1,4}) ?(?P<unit>d)?(?:ays?)?(?![a-z0-9%])"),
    re.compile(r"(?<![a-z0-9])(?P<number>[0-9]{1,4}) ?(?P<unit>d)(?:[fr]|ays? a?r)(?![a-z])"),
)
# Counts only where nothing else is said: in "AR15/R30" the guarantee is 30 days.
_AUTO_FOR_DAYS = re.compile(r"(?<![a-z0-9])ar ?[~-]? ?(?P<number>[0-9]{1,4})(?P<unit> ?d)?(?![a-ce-z0-9%])")
_FOR_LIFE = re.compile(
    r"life[ -]?time(?! (?:stable|speed|working))|(?<![a-z0-9])a?r ?[~-]? ?∞|"
    + _PROMISE
    + r"\w{0,3} ?[:~-]? ?∞|∞ ?"
    + _PROMISE
)


def _agreed_guarantees(name: str, description: str) -> frozenset[int]:
    """What the name says, else the description; both where they have nothing in common."""
    named, described = _guarantees_in(name), _guarantees_in(description)
    if named and described and not named & described:
        return named | described
    return named or described


def _guarantees_in(text: str) -> frozenset[int]:
    """Every guarantee a text names, in days; 0 for "no refill"."""
    rest, refusals = _NEVER.subn(" ; ", plain(text))
    said = {_NO_GUARANTEE} if refusals else set()
    said |= {_days(found) for pattern in _FOR_DAYS for found in pattern.finditer(rest)}
    if not said - {_NO_GUARANTEE}:
        said |= {_days(found) for found in _AUTO_FOR_DAYS.finditer(rest)}
    if _FOR_LIFE.search(rest):
        said.add(LIFETIME_DAYS)
    return frozenset(said)


def _days(found: re.Match[str]) -> int:
    unit = (found["unit"] or "d").strip()
    return min(int(found["number"]) * _DAYS_IN_UNIT[unit[0]], LIFETIME_DAYS)


# --- start and speed -------------------------------------------------------------------------------

_TO = r" ?(?:-|/|to) ?"
_TIME_UNIT = r"(?P<{0}>min(?:ute)?s?|h(?:(?:ou)?rs?|(?![a-z]))|d(?:ays?|(?![a-z])))"
_TIME = r"(?:(?P<from>[0-9]{1,3}|instant)" + _TO + r")?(?P<to>[0-9]{1,3}) ?\+?" + _TIME_UNIT.format("unit")
_START_NAMED = re.compile(r"start(?:s|ing)?(?: time)?[ :=~-]{0,4}(?:in )?" + _TIME)
_START_AFTER = re.compile(r"(?<![0-9./-])" + _TIME + r" start")
# "[0-1H]", "[1H - 200K/Day]", "~ 24-48 hrs ~": a time that stands alone is when it starts.
_START_ALONE = re.compile(r"(?:^|[\[({|~] ?)" + _TIME + r"(?= ?(?:[\])}|~]|$|- ))")
_INSTANT = re.compile(r"(?<![a-z])instant(?![a-z])")

_AMOUNT = r"(?:[0-9]{1,3}(?:[ ,.][0-9]{3}){1,3}|[0-9]{1,9}(?:[.,][0-9]{1,2})?) ?(?:kk|k|m)?(?![a-z0-9])\+?"
_AMOUNTS = rf"(?<![0-9.,$])(?P<least>{_AMOUNT})(?: ?(?:-|/|to|~) ?(?P<most>{_AMOUNT}))?"
_THINGS = r"(?:unique )?(?:views|likes|followers|subscribers|members|visits|visitors) "
_PER = r"(?P<unit>day|d(?![a-z])|h(?:ou)?r|h(?![a-z])|min)"
_SPEED_PER = re.compile(rf"{_AMOUNTS} ?(?:{_THINGS})?(?:/|per ) ?{_PER}")
_SPEED_NAMED = re.compile(rf"speed(?: up)?(?: to)?[ :=~-]{{0,4}}{_AMOUNTS}")
_SPEED_AFTER = re.compile(rf"{_AMOUNTS} ?(?:/ ?days? )?speed")
_GROUPED = re.compile(r"(?<=[0-9])[ ,.](?=[0-9]{3})")
_TIMES = {"K": 1_000, "M": 1_000_000, "KK": 1_000_000}


def _span(found: re.Match[str]) -> str:
    unit = {"m": "min", "h": "h", "d": "d"}[found["unit"][0]]
    first = f"{found['from']}-" if found["from"] else ""
    return f"{first}{found['to']} {unit}"


def _speed(groups: dict[str, str | None]) -> str:
    amounts = [
        _GROUPED.sub("", amount).replace(" ", "").upper()
        for amount in (groups["least"], groups["most"])
        if amount
    ]
    # In "Max 5M - 1K/D" the first number is no speed.
    if len(amounts) > 1 and _worth(amounts[0]) > _worth(amounts[1]):
        del amounts[0]
    unit = groups.get("unit")
    per = {"d": "/day", "h": "/hour", "m": "/minute"}[unit[0]] if unit else ""
    return "-".join(amounts) + per


def _worth(amount: str) -> Decimal:
    number = amount.rstrip("KM+")
    return Decimal(number.replace(",", ".")) * _TIMES.get(amount[len(number) :].rstrip("+"), 1)
