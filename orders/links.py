"""From what a customer typed to one target on one network.

Two ways of writing the same profile or post give the same key, so one open order per link can be enforced.
Nothing is fetched here. A link with a password, a port or a private host is refused, and a refusal always
says what is expected, with an example.
"""

import ipaddress
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import SplitResult, parse_qsl, quote, unquote, unquote_to_bytes, urlsplit

import idna
from django.utils.functional import Promise
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _

from accounts.refusals import Refusal
from catalog.platforms import PLATFORMS, Kind, Metric, Platform, wanted_kinds
from orders.link_shapes import IDENTIFYING_QUERY, SHAPES, SHORT_HOSTS, Shape

MAX_LINK_LENGTH = 2048
# Keys fit a column of this length, with room for the metric.
MAX_KEY_LENGTH = 255
_MAX_TARGET_KEY_LENGTH = 220


class BadLink(Refusal):
    code = "bad_link"
    clause = "A-22"
    sentence = _("%(problem)s %(expected)s")


@dataclass(frozen=True)
class Target:
    """What an order is for: its one proper address, and a key that is the same however it was written."""

    url: str
    key: str
    platform: Platform
    kind: Kind

    def counter_key(self, metric: str) -> str:
        """Return the key of the counter this metric moves, `instagram:profile:bob:followers` (K-39)."""
        return f"{self.key}:{metric}"


def normalise_link(text: str, *, platform: str, metric: str) -> Target:
    """Return the target that a customer's link (or @name) means, for a service of this platform and metric.

    Normalising the resulting address again gives the same target. A shortened link that only its network can
    resolve is accepted and keyed by its own code. Raises BadLink (A-22, R-10).
    """
    platform, metric = Platform(platform), Metric(metric)
    try:
        address = _read(text, platform)
    except _Unreadable as unreadable:
        raise _bad_link(unreadable.problem, platform, metric) from None
    if platform == Platform.WEBSITE:
        return _web_page(address, platform)

    found_on = _platform_of(address.host)
    targets = list(_targets(address, found_on)) if found_on else []
    if platform == Platform.OTHER or metric == Metric.OTHER:
        return targets[0] if targets else _web_page(address, platform)
    if found_on != platform:
        raise _bad_link(
            _("This is not a link to %(platform)s.") % {"platform": platform.label}, platform, metric
        )
    if not targets:
        raise _bad_link(_("This page cannot be ordered for."), platform, metric)
    wanted = wanted_kinds(platform, metric)
    for target in targets:
        if target.kind in wanted or target.kind == Kind.SHORT:
            return target
    found = PLATFORMS[platform].forms[targets[0].kind].noun
    raise _bad_link(translate("This is the link of %(found)s.") % {"found": found}, platform, metric)


def expected_link(platform: str, metric: str) -> str:
    """Return a sentence for people: what kind of link is needed, with an example."""
    platform, metric = Platform(platform), Metric(metric)
    facts = PLATFORMS[platform]
    if not facts.hosts or metric == Metric.OTHER:
        return translate("The link of a web page is needed, for example: %(example)s") % {
            "example": PLATFORMS[Platform.WEBSITE].forms[Kind.PAGE].example
        }
    forms = [facts.forms[kind] for kind in wanted_kinds(platform, metric)]
    *others, last = (str(form.noun) for form in forms)
    nouns = (
        translate("%(nouns)s or %(noun)s") % {"nouns": ", ".join(others), "noun": last} if others else last
    )
    example = forms[0].example
    if facts.takes_at_name and forms[0] is facts.forms[Kind.PROFILE]:
        example = translate("%(link)s or %(name)s") % {"link": example, "name": "@username"}
    return translate("The link of %(nouns)s is needed, for example: %(example)s") % {
        "nouns": nouns,
        "example": example,
    }


@dataclass(frozen=True)
class _Address:
    """A public http address, taken apart. The host is in its ASCII form."""

    scheme: str
    host: str
    path: str
    query: str


class _Unreadable(Exception):
    def __init__(self, problem: str | Promise) -> None:
        super().__init__(problem)
        self.problem = problem


def _bad_link(problem: str | Promise, platform: Platform, metric: Metric) -> BadLink:
    return BadLink(problem=problem, expected=expected_link(platform, metric))


# --- reading --------------------------------------------------------------------------------

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_AT_NAME = re.compile(r"@[\w.·-]{1,60}")
_SPOTIFY_URI = re.compile(r"spotify(?::[\w.-]+){2,4}", re.IGNORECASE)
_CONTROL_CHARACTERS = re.compile(rb"[\x00-\x1f\x7f]")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_TOP_LABEL = re.compile(r"[a-z][a-z0-9-]+")
_PRIVATE_SUFFIXES = frozenset(
    {
        "localhost",
        "local",
        "internal",
        "intranet",
        "lan",
        "home",
        "corp",
        "private",
        "arpa",
        "test",
        "invalid",
        "onion",
    }
)
# Copied along with a link, and invisible.
_INVISIBLE = "\u200b\u200e\u200f\u2060\ufeff"

_NOT_A_LINK = _("This is not a link.")
_STRANGE_CHARACTERS = _("The link contains spaces or characters that do not belong in a link.")
_OTHER_SCHEME = _("Only links that begin with http or https are accepted.")
_WITH_CREDENTIALS = _("A link with a user name, a password or a port is not accepted.")
_NOT_PUBLIC = _("This address is not on the public internet.")


def _read(text: str, platform: Platform) -> _Address:
    text = text.strip().strip(_INVISIBLE).strip()
    _require_short(len(text))
    if any(unicodedata.category(character)[0] in "CZ" for character in text) or "\\" in text:
        raise _Unreadable(_STRANGE_CHARACTERS)
    parts = _split(_as_link(text, platform))
    netloc = parts.netloc
    if "@" in netloc or ":" in netloc:
        raise _Unreadable(_WITH_CREDENTIALS)
    if _CONTROL_CHARACTERS.search(unquote_to_bytes(parts.path + parts.query)):
        raise _Unreadable(_STRANGE_CHARACTERS)
    path, query = _escaped_path(parts.path), quote(parts.query, safe="%!$&'()*+,;=:@/?")
    # Escaping may have made it longer.
    _require_short(len("https://") + len(netloc) + len(path) + len("?") + len(query))
    return _Address(parts.scheme, _public_host(netloc), path, query)


def _require_short(length: int) -> None:
    if length > MAX_LINK_LENGTH:
        raise _Unreadable(translate("A link has at most %(limit)s characters.") % {"limit": MAX_LINK_LENGTH})


def _as_link(text: str, platform: Platform) -> str:
    """Add what people leave out: the scheme, or everything but the @name."""
    facts = PLATFORMS[platform]
    if facts.takes_at_name and _AT_NAME.fullmatch(text):
        return f"https://{facts.hosts[0]}/{text}"
    if _SPOTIFY_URI.fullmatch(text):
        return "https://open.spotify.com" + text[len("spotify") :].replace(":", "/")
    scheme = _SCHEME.match(text)
    if scheme is None:
        return f"https://{text}"
    if scheme[1].lower() not in ("http", "https"):
        # "example.com:8080" reads like a scheme too.
        raise _Unreadable(_WITH_CREDENTIALS if "." in scheme[1] else _OTHER_SCHEME)
    return text


def _split(link: str) -> SplitResult:
    try:
        return urlsplit(link)
    except ValueError:
        raise _Unreadable(_NOT_A_LINK) from None


def _escaped_path(path: str) -> str:
    """Write a path in the one way: the same characters are always escaped."""
    segments = (unquote_to_bytes(segment) for segment in path.split("/"))
    return "/".join(quote(segment, safe="!$&'()*+,;=:@") for segment in segments)


def _public_host(host: str) -> str:
    """Return the host in lower-case ASCII. Look-alike letters stay other hosts than the ones they imitate."""
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True).decode("ascii")
        except idna.IDNAError:
            raise _Unreadable(_NOT_A_LINK) from None
    host = host.lower().removesuffix(".")
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise _Unreadable(_NOT_A_LINK)
    if labels[-1].isdigit():
        try:
            public = ipaddress.IPv4Address(host).is_global
        except ValueError:
            public = False
    else:
        public = len(labels) > 1 and labels[-1] not in _PRIVATE_SUFFIXES
        public = public and _TOP_LABEL.fullmatch(labels[-1]) is not None
    if not public:
        raise _Unreadable(_NOT_PUBLIC)
    return host


# --- recognising --------------------------------------------------------------------------------

# m.facebook.com, mobile.twitter.com, old.reddit.com, de-de.facebook.com, in.linkedin.com
_SUBDOMAIN = re.compile(r"(?:www|m|mobile|web|old|new|music|touch|mbasic|[a-z]{2}(?:-[a-z]{2})?)\.")
# An escaped slash or question mark is part of a name, not of the address.
_ESCAPED_SIGNS = re.compile(r"%(2F|3F)", re.IGNORECASE)
_PLATFORM_OF_HOST = {host: platform for platform, facts in PLATFORMS.items() for host in facts.hosts}
_TRACKING = re.compile(
    r"(?:utm_\w*|fbclid|gclid|igshid|igsh|yclid|msclkid|ttclid|twclid|mc_[ce]id|_ga)(?:=.*)?"
)


def _plain_host(host: str) -> str:
    """The host without the part that only chooses a language or a device."""
    return host if host in _PLATFORM_OF_HOST else _SUBDOMAIN.sub("", host, count=1)


def _platform_of(host: str) -> Platform | None:
    return _PLATFORM_OF_HOST.get(_plain_host(host))


def _targets(address: _Address, platform: Platform) -> Iterator[Target]:
    """What the address can mean, the most exact first: a comment's link is also its post's."""
    subject = _subject(address, platform)
    for shape in SHAPES[platform]:
        match = shape.pattern.fullmatch(subject)
        if match:
            yield _target(shape, match, platform)


def _subject(address: _Address, platform: Platform) -> str:
    """The part of an address that shapes are matched against."""
    host = _plain_host(address.host)
    segments = [_ESCAPED_SIGNS.sub(r"%25\1", segment) for segment in address.path.split("/") if segment]
    path = "/" + unquote("/".join(segments))
    values = dict(reversed(parse_qsl(address.query)))
    kept = [f"{name}={values[name]}" for name in IDENTIFYING_QUERY.get(platform, ()) if name in values]
    subject = (host if host in SHORT_HOSTS else "") + path + ("?" + "&".join(kept) if kept else "")
    return unicodedata.normalize("NFC", subject)


def _target(shape: Shape, match: re.Match[str], platform: Platform) -> Target:
    groups = {name: value or "" for name, value in match.groupdict().items()}
    for name in ("name", "title"):
        if name in groups:
            groups[name] = unicodedata.normalize("NFC", groups[name].lower())
    url = shape.url.format_map({name: quote(value, safe="") for name, value in groups.items()})
    return Target(url, _key(platform, shape.kind, shape.ident.format_map(groups)), platform, shape.kind)


def _web_page(address: _Address, platform: Platform) -> Target:
    """A page of any site. The address keeps its query, the key leaves out scheme, www. and tracking."""
    query = f"?{address.query}" if address.query else ""
    url = f"{address.scheme}://{address.host}{address.path or '/'}{query}"
    kept = "&".join(part for part in address.query.split("&") if part and not _TRACKING.fullmatch(part))
    ident = address.host.removeprefix("www.") + address.path.rstrip("/") + (f"?{kept}" if kept else "")
    return Target(url, _key(platform, Kind.PAGE, ident), platform, Kind.PAGE)


def _key(platform: Platform, kind: Kind, ident: str) -> str:
    key = f"{platform}:{kind}:{ident}"
    if len(key) > _MAX_TARGET_KEY_LENGTH:
        key = f"{platform}:{kind}:{sha256(ident.encode()).hexdigest()}"
    return key
