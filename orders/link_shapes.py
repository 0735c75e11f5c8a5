"""What links look like on each network, as a table: which part names the target, and its one proper address.

A shape is matched against the path and the few query values that identify (`/watch?v=…`), without scheme,
host, tracking and fragment. Hosts of shortened links stand in front of the path (`youtu.be/…`).
In a pattern the groups `name` and `title` are case-folded; every other group is kept as written.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from catalog.platforms import Kind, Platform


@dataclass(frozen=True)
class Shape:
    """One form of link. `ident` and `url` are filled from the groups of the pattern."""

    kind: Kind
    pattern: re.Pattern[str]
    ident: str
    url: str


# Query values that say which thing is meant, in the order in which patterns read them.
IDENTIFYING_QUERY: Mapping[Platform, tuple[str, ...]] = MappingProxyType(
    {
        Platform.YOUTUBE: ("v", "list", "lc"),
        Platform.FACEBOOK: ("story_fbid", "fbid", "v", "id"),
        Platform.TELEGRAM: ("start",),
        Platform.VK: ("w", "z"),
    }
)

# Hosts whose paths mean something else than those of the network's main host.
SHORT_HOSTS = frozenset(
    {
        "youtu.be",
        "ig.me",
        "vm.tiktok.com",
        "vt.tiktok.com",
        "fb.watch",
        "fb.me",
        "spotify.link",
        "clips.twitch.tv",
        "on.soundcloud.com",
        "discord.gg",
        "pin.it",
        "redd.it",
        "t.snapchat.com",
    }
)


def _shape(kind: Kind, pattern: str, ident: str, url: str) -> Shape:
    # What follows the identifying part of the query never changes the target.
    return Shape(kind, re.compile(pattern + r"(?:[?&].*)?", re.ASCII), ident, url)


def _except(*words: str) -> str:
    return rf"(?!(?:{'|'.join(words)})(?:[/?]|$))"


_CODE = r"(?P<id>[A-Za-z0-9_-]{5,64})"
_SHORT_CODE = r"(?P<id>[A-Za-z0-9_-]{3,64})"
# Where a network allows names in every script.
_ANY_LETTER = r"[\w.\u0080-\U0010ffff-]"
_NUMBER = r"(?P<id>[0-9]{1,25})"
_INSTAGRAM_NAME = r"(?P<name>[A-Za-z0-9_][A-Za-z0-9_.]{0,29})"

_OWNER = r"(?:/(?!share/)[\w.]+)?"

_INSTAGRAM = "https://www.instagram.com"
_INSTAGRAM_SHAPES = (
    _shape(
        Kind.COMMENT,
        rf"{_OWNER}/(?P<form>p|reels?|tv)/{_CODE}/c/(?P<comment>[0-9]+)(?:/.*)?",
        "{comment}",
        _INSTAGRAM + "/{form}/{id}/c/{comment}",
    ),
    _shape(
        Kind.POST, rf"{_OWNER}/(?P<form>p|reels?|tv)/{_CODE}(?:/.*)?", "{id}", _INSTAGRAM + "/{form}/{id}"
    ),
    _shape(
        Kind.STORY,
        rf"/stories/highlights/{_NUMBER}",
        "highlights-{id}",
        _INSTAGRAM + "/stories/highlights/{id}",
    ),
    _shape(
        Kind.STORY,
        rf"/stories/{_INSTAGRAM_NAME}/(?P<id>[0-9]{{5,25}})",
        "{id}",
        _INSTAGRAM + "/stories/{name}/{id}",
    ),
    _shape(
        Kind.PROFILE, rf"/stories/{_except('highlights')}{_INSTAGRAM_NAME}", "{name}", _INSTAGRAM + "/{name}"
    ),
    _shape(Kind.GROUP, rf"(?:/channel|ig\.me/j)/{_CODE}", "{id}", _INSTAGRAM + "/channel/{id}"),
    _shape(Kind.SHORT, rf"/share/{_SHORT_CODE}", "{id}", _INSTAGRAM + "/share/{id}"),
    _shape(
        Kind.SHORT, rf"/share/(?P<form>p|reel|r)/{_SHORT_CODE}", "{id}", _INSTAGRAM + "/share/{form}/{id}"
    ),
    _shape(
        Kind.PROFILE,
        "/"
        + _except(
            "p", "reels?", "tv", "stories", "channel", "explore", "accounts", "share", "direct", "about"
        )
        + rf"@?{_INSTAGRAM_NAME}(?:/(?:reels|tagged|channel|live|followers|following))?",
        "{name}",
        _INSTAGRAM + "/{name}",
    ),
)

_YOUTUBE = "https://www.youtube.com"
_VIDEO = r"(?P<id>[A-Za-z0-9_-]{11})"
_ANY_VIDEO = rf"(?:/watch\?v=|youtu\.be/|/(?:shorts|live|embed|v|e)/){_VIDEO}"
_TABS = (
    r"(?:/(?:videos|shorts|streams|live|featured|about|playlists|community|posts|podcasts|join|membership"
    r"|channels|discussion|releases|store))?"
)
_HANDLE = rf"(?P<name>{_ANY_LETTER}{{1,60}})"
_YOUTUBE_SHAPES = (
    _shape(
        Kind.COMMENT,
        _ANY_VIDEO + r"[?&](?:list=[^&]*&)?lc=(?P<comment>[A-Za-z0-9_.-]{10,80})",
        "{comment}",
        _YOUTUBE + "/watch?v={id}&lc={comment}",
    ),
    # Some providers tell Shorts and live streams by their address, so it keeps its form.
    _shape(Kind.VIDEO, rf"/(?P<form>shorts|live)/{_VIDEO}", "{id}", _YOUTUBE + "/{form}/{id}"),
    _shape(Kind.VIDEO, _ANY_VIDEO, "{id}", _YOUTUBE + "/watch?v={id}"),
    _shape(
        Kind.PLAYLIST,
        r"/(?:playlist|watch|embed/videoseries)\?list=(?P<id>[A-Za-z0-9_-]{2,64})",
        "{id}",
        _YOUTUBE + "/playlist?list={id}",
    ),
    _shape(Kind.POST, rf"/post/{_CODE}", "{id}", _YOUTUBE + "/post/{id}"),
    _shape(
        Kind.PROFILE, rf"/channel/(?P<id>UC[A-Za-z0-9_-]{{22}}){_TABS}", "{id}", _YOUTUBE + "/channel/{id}"
    ),
    _shape(Kind.PROFILE, rf"/@{_HANDLE}{_TABS}", "@{name}", _YOUTUBE + "/@{name}"),
    _shape(Kind.PROFILE, rf"/user/{_HANDLE}{_TABS}", "user/{name}", _YOUTUBE + "/user/{name}"),
    _shape(Kind.PROFILE, rf"/c/{_HANDLE}{_TABS}", "c/{name}", _YOUTUBE + "/c/{name}"),
)

_TIKTOK = "https://www.tiktok.com"
_TIKTOK_NAME = r"(?P<name>[A-Za-z0-9_.]{1,24})"
_TIKTOK_SHAPES = (
    _shape(
        Kind.VIDEO,
        rf"/@{_TIKTOK_NAME}/(?P<form>video|photo)/{_NUMBER}",
        "{id}",
        _TIKTOK + "/@{name}/{form}/{id}",
    ),
    _shape(
        Kind.VIDEO,
        rf"/(?:@/video|v|embed|embed/v2|player/v1)/{_NUMBER}(?:\.html)?",
        "{id}",
        _TIKTOK + "/@/video/{id}",
    ),
    _shape(Kind.PROFILE, rf"/@{_TIKTOK_NAME}(?:/live)?", "{name}", _TIKTOK + "/@{name}"),
    _shape(Kind.SHORT, rf"(?P<host>v[mt]\.tiktok\.com)/{_SHORT_CODE}", "{id}", "https://{host}/{id}"),
    _shape(Kind.SHORT, rf"/t/{_SHORT_CODE}", "{id}", _TIKTOK + "/t/{id}"),
)

_X = "https://x.com"
_X_NAME = r"(?P<name>[A-Za-z0-9_]{1,20})"
_X_SHAPES = (
    _shape(Kind.POST, rf"/{_X_NAME}/status(?:es)?/{_NUMBER}(?:/.*)?", "{id}", _X + "/{name}/status/{id}"),
    _shape(Kind.POST, rf"/i/web/status/{_NUMBER}(?:/.*)?", "{id}", _X + "/i/status/{id}"),
    _shape(
        Kind.VIDEO,
        r"/i/(?P<form>spaces|broadcasts)/(?P<id>[A-Za-z0-9]{5,32})(?:/.*)?",
        "{id}",
        _X + "/i/{form}/{id}",
    ),
    _shape(Kind.GROUP, rf"/i/communities/{_NUMBER}(?:/.*)?", "{id}", _X + "/i/communities/{id}"),
    _shape(
        Kind.PROFILE,
        "/"
        + _except(
            *("i", "home", "explore", "search", "hashtag", "intent", "share", "settings", "login", "signup"),
            *("messages", "notifications", "compose", "tos", "privacy", "download", "logout"),
        )
        + rf"@?{_X_NAME}(?:/(?:with_replies|media|likes|highlights|articles|followers|following))?",
        "{name}",
        _X + "/{name}",
    ),
)

_FACEBOOK = "https://www.facebook.com"
_FACEBOOK_NAME = r"(?P<name>[\w.-]{1,80})"
_POST_ID = r"(?P<id>[0-9]{1,25}|pfbid[A-Za-z0-9]{5,120})"
_FACEBOOK_SHAPES = (
    _shape(Kind.VIDEO, rf"/(?:watch(?:/live)?|video\.php)\?v={_NUMBER}", "{id}", _FACEBOOK + "/watch?v={id}"),
    _shape(Kind.VIDEO, rf"/reel/{_NUMBER}", "{id}", _FACEBOOK + "/reel/{id}"),
    _shape(Kind.VIDEO, rf"/[^/?]+/videos/(?:[^/?]+/)?{_NUMBER}", "{id}", _FACEBOOK + "/watch?v={id}"),
    _shape(
        Kind.POST,
        rf"/groups/{_FACEBOOK_NAME}/(?:posts|permalink)/{_POST_ID}",
        "{id}",
        _FACEBOOK + "/groups/{name}/posts/{id}",
    ),
    _shape(
        Kind.POST,
        rf"/{_FACEBOOK_NAME}/posts/(?:[^/?]+/)?{_POST_ID}",
        "{id}",
        _FACEBOOK + "/{name}/posts/{id}",
    ),
    _shape(
        Kind.POST,
        rf"/(?:permalink|story)\.php\?story_fbid={_POST_ID}&(?:fbid=[^&]*&)?(?:v=[^&]*&)?id=(?P<owner>[0-9]{{1,25}})",
        "{id}",
        _FACEBOOK + "/permalink.php?story_fbid={id}&id={owner}",
    ),
    _shape(Kind.POST, rf"/photo(?:\.php)?\?fbid={_NUMBER}", "{id}", _FACEBOOK + "/photo?fbid={id}"),
    _shape(Kind.POST, rf"/[^/?]+/photos/(?:[^/?]+/)?{_NUMBER}", "{id}", _FACEBOOK + "/photo?fbid={id}"),
    _shape(
        Kind.STORY,
        rf"/stories/{_NUMBER}/(?P<token>[A-Za-z0-9_=-]{{5,120}})",
        "{id}/{token}",
        _FACEBOOK + "/stories/{id}/{token}",
    ),
    _shape(Kind.STORY, rf"/stories/{_NUMBER}", "{id}", _FACEBOOK + "/stories/{id}"),
    _shape(
        Kind.GROUP,
        rf"/groups/{_FACEBOOK_NAME}(?:/(?:about|members|media|discussion))?",
        "{name}",
        _FACEBOOK + "/groups/{name}",
    ),
    _shape(
        Kind.PROFILE,
        rf"/(?:profile\.php\?id=|(?:people|pages)/[^/?]+/|p/[^/?]*-){_NUMBER}",
        "{id}",
        _FACEBOOK + "/profile.php?id={id}",
    ),
    _shape(
        Kind.SHORT,
        r"/share/(?P<form>[pvrg])/(?P<id>[A-Za-z0-9]{3,64})",
        "{id}",
        _FACEBOOK + "/share/{form}/{id}",
    ),
    _shape(Kind.SHORT, r"/share/(?P<id>[A-Za-z0-9]{3,64})", "{id}", _FACEBOOK + "/share/{id}"),
    _shape(
        Kind.SHORT, r"(?P<host>fb\.(?:watch|me))/(?P<id>[A-Za-z0-9_.-]{3,64})", "{id}", "https://{host}/{id}"
    ),
    _shape(
        Kind.PROFILE,
        "/(?:pg/)?"
        + _except(
            *(
                "watch",
                "groups",
                "events",
                "marketplace",
                "gaming",
                "reels?",
                "stories",
                "photos?",
                "pages",
                "pg",
            ),
            *(
                "people",
                "share",
                "sharer",
                "login",
                "help",
                "policies",
                "legal",
                "hashtag",
                "media",
                "plugins",
            ),
            *(
                "dialog",
                "notes",
                "messages",
                "settings",
                "business",
                "ads",
                "privacy",
                "search",
                r"[\w.-]+\.php",
            ),
        )
        + _FACEBOOK_NAME
        + "(?:/(?:about|photos|videos|posts|reviews|followers|reels|live|community))?",
        "{name}",
        _FACEBOOK + "/{name}",
    ),
)

_TELEGRAM = "https://t.me"
_TELEGRAM_NAME = _except(
    "joinchat", "share", "proxy", "socks", "addstickers", "addemoji", "addlist", "addtheme"
) + (
    _except("login", "boost", "invoice", "contact", "setlanguage") + r"@?(?P<name>[A-Za-z][A-Za-z0-9_]{3,31})"
)
_TELEGRAM_SHAPES = (
    _shape(
        Kind.POST,
        rf"/(?:s/)?{_TELEGRAM_NAME}/(?:[0-9]+/)?{_NUMBER}",
        "{name}/{id}",
        _TELEGRAM + "/{name}/{id}",
    ),
    _shape(Kind.STORY, rf"/{_TELEGRAM_NAME}/s/{_NUMBER}", "{name}/{id}", _TELEGRAM + "/{name}/s/{id}"),
    # A bot counts its newcomers by this word, so the address keeps it; the counter is the bot's all the same.
    _shape(
        Kind.PROFILE,
        rf"/{_TELEGRAM_NAME}\?start=(?P<start>[A-Za-z0-9_-]{{1,64}})",
        "{name}",
        _TELEGRAM + "/{name}?start={start}",
    ),
    _shape(Kind.PROFILE, rf"/(?:s/|boost/)?{_TELEGRAM_NAME}", "{name}", _TELEGRAM + "/{name}"),
    _shape(Kind.PROFILE, rf"/(?:joinchat/|\+){_CODE}", "+{id}", _TELEGRAM + "/+{id}"),
)

_SPOTIFY = "https://open.spotify.com"
_SPOTIFY_PREFIX = r"(?:/intl-[A-Za-z-]{2,8})?(?:/embed(?:-podcast)?)?"
_SPOTIFY_SHAPES = (
    *(
        _shape(
            kind,
            rf"{_SPOTIFY_PREFIX}(?:/user/[^/?]+)?/{kind}/(?P<id>[A-Za-z0-9]{{22}})(?:/.*)?",
            "{id}",
            f"{_SPOTIFY}/{kind}/{{id}}",
        )
        for kind in (Kind.TRACK, Kind.ALBUM, Kind.PLAYLIST, Kind.ARTIST, Kind.SHOW, Kind.EPISODE)
    ),
    _shape(
        Kind.PROFILE, rf"{_SPOTIFY_PREFIX}/user/(?P<name>[\w.-]{{1,60}})", "{name}", _SPOTIFY + "/user/{name}"
    ),
    _shape(Kind.SHORT, rf"spotify\.link/{_SHORT_CODE}", "{id}", "https://spotify.link/{id}"),
)

_TWITCH = "https://www.twitch.tv"
_TWITCH_NAME = r"(?P<name>[A-Za-z0-9][A-Za-z0-9_]{1,24})"
_CLIP = r"(?P<id>[A-Za-z0-9_-]{3,120})"
_TWITCH_SHAPES = (
    _shape(Kind.VIDEO, rf"(?:/videos|/[A-Za-z0-9_]+/v(?:ideo)?)/{_NUMBER}", "{id}", _TWITCH + "/videos/{id}"),
    _shape(
        Kind.VIDEO,
        rf"(?:clips\.twitch\.tv|/[A-Za-z0-9_]+/clip)/{_CLIP}",
        "{id}",
        "https://clips.twitch.tv/{id}",
    ),
    _shape(
        Kind.PROFILE,
        "/"
        + _except("directory", "videos", "settings", "downloads", "jobs", "search", "subscriptions", "login")
        + _except(
            "signup", "turbo", "store", "collections", "team", "friends", "wallet", "inventory", "drops"
        )
        + rf"@?{_TWITCH_NAME}(?:/(?:videos|about|schedule|clips))?",
        "{name}",
        _TWITCH + "/{name}",
    ),
)

_SOUNDCLOUD = "https://soundcloud.com"
_SOUNDCLOUD_NAME = _except(
    "discover", "stream", "upload", "you", "search", "charts", "pages", "terms-of-use"
) + (
    _except("settings", "messages", "people", "tags", "jobs", "imprint", "stations")
    + r"(?P<name>[\w-]{1,60})"
)
_SOUNDCLOUD_TABS = "tracks|popular-tracks|albums|sets|reposts|likes|followers|following|comments|toptracks"
_TITLE = r"(?P<title>[\w-]{1,120})"
_SOUNDCLOUD_SHAPES = (
    _shape(
        Kind.PLAYLIST,
        rf"/{_SOUNDCLOUD_NAME}/sets/{_TITLE}",
        "{name}/{title}",
        _SOUNDCLOUD + "/{name}/sets/{title}",
    ),
    _shape(
        Kind.TRACK,
        rf"/{_SOUNDCLOUD_NAME}/{_except(_SOUNDCLOUD_TABS)}{_TITLE}",
        "{name}/{title}",
        _SOUNDCLOUD + "/{name}/{title}",
    ),
    _shape(
        Kind.PROFILE, rf"/{_SOUNDCLOUD_NAME}(?:/(?:{_SOUNDCLOUD_TABS}))?", "{name}", _SOUNDCLOUD + "/{name}"
    ),
    _shape(Kind.SHORT, rf"on\.soundcloud\.com/{_SHORT_CODE}", "{id}", "https://on.soundcloud.com/{id}"),
)

_LINKEDIN = "https://www.linkedin.com"
_URN = r"(?P<form>activity|share|ugcPost)"
_LINKEDIN_SHAPES = (
    _shape(
        Kind.POST,
        rf"(?:/feed/update|/embed/feed/update)/urn:li:{_URN}:{_NUMBER}",
        "{form}-{id}",
        _LINKEDIN + "/feed/update/urn:li:{form}:{id}",
    ),
    _shape(
        Kind.POST,
        rf"/posts/[^/?]*-{_URN}-{_NUMBER}(?:-[^/?]*)?",
        "{form}-{id}",
        _LINKEDIN + "/feed/update/urn:li:{form}:{id}",
    ),
    _shape(
        Kind.POST, rf"/pulse/(?P<title>{_ANY_LETTER}{{1,200}})", "pulse/{title}", _LINKEDIN + "/pulse/{title}"
    ),
    _shape(Kind.GROUP, rf"/groups/{_NUMBER}(?:/.*)?", "{id}", _LINKEDIN + "/groups/{id}"),
    _shape(
        Kind.PROFILE,
        rf"/(?P<form>in|company|school|showcase)/(?P<name>{_ANY_LETTER}{{1,120}})(?:/.*)?",
        "{form}/{name}",
        _LINKEDIN + "/{form}/{name}",
    ),
)

_DISCORD_SHAPES = (
    _shape(
        Kind.GROUP,
        r"(?:/invite|discord\.gg(?:/invite)?)/(?P<id>[A-Za-z0-9-]{2,64})",
        "{id}",
        "https://discord.gg/{id}",
    ),
)

_PINTEREST = "https://www.pinterest.com"
_PINTEREST_NAME = _except("pin", "search", "ideas", "today", "login", "settings", "business", "about") + (
    r"(?P<name>[A-Za-z0-9_]{3,60})"
)
_PINTEREST_TABS = "_created|_saved|_pins|_boards|created|saved|pins|boards|followers|following"
_PINTEREST_SHAPES = (
    _shape(Kind.POST, rf"/pin/(?:[^/?]*--)?{_NUMBER}", "{id}", _PINTEREST + "/pin/{id}"),
    _shape(Kind.PROFILE, rf"/{_PINTEREST_NAME}(?:/(?:{_PINTEREST_TABS}))?", "{name}", _PINTEREST + "/{name}"),
    _shape(
        Kind.PLAYLIST,
        rf"/{_PINTEREST_NAME}/{_except(_PINTEREST_TABS)}(?P<title>{_ANY_LETTER}{{1,120}})",
        "{name}/{title}",
        _PINTEREST + "/{name}/{title}",
    ),
    _shape(Kind.SHORT, rf"pin\.it/{_SHORT_CODE}", "{id}", "https://pin.it/{id}"),
)

_REDDIT = "https://www.reddit.com"
_REDDIT_NAME = r"(?P<name>[A-Za-z0-9_-]{2,30})"
_POST = r"(?P<title>[A-Za-z0-9]{2,12})"
_REDDIT_SHAPES = (
    _shape(
        Kind.COMMENT,
        rf"(?:/(?:r|u|user)/[\w-]+)?/comments/{_POST}/[^/?]*/(?P<name>[A-Za-z0-9]{{2,12}})",
        "{name}",
        _REDDIT + "/comments/{title}/comment/{name}",
    ),
    _shape(
        Kind.POST,
        rf"(?:(?:/(?:r|u|user)/[\w-]+)?/(?:comments|gallery)|redd\.it)/{_POST}(?:/.*)?",
        "{title}",
        _REDDIT + "/comments/{title}",
    ),
    _shape(Kind.SHORT, rf"/r/{_REDDIT_NAME}/s/{_SHORT_CODE}", "{id}", _REDDIT + "/r/{name}/s/{id}"),
    _shape(
        Kind.GROUP, rf"/r/{_REDDIT_NAME}(?:/(?:hot|new|top|rising|about))?", "{name}", _REDDIT + "/r/{name}"
    ),
    _shape(
        Kind.PROFILE,
        rf"/(?:u|user)/{_REDDIT_NAME}(?:/(?:posts|comments|submitted|overview))?",
        "{name}",
        _REDDIT + "/user/{name}",
    ),
)

_THREADS = "https://www.threads.com"
_THREADS_SHAPES = (
    _shape(Kind.POST, rf"/@{_INSTAGRAM_NAME}/post/{_CODE}(?:/.*)?", "{id}", _THREADS + "/@{name}/post/{id}"),
    _shape(Kind.POST, rf"/t/{_CODE}", "{id}", _THREADS + "/t/{id}"),
    _shape(
        Kind.PROFILE, rf"/@{_INSTAGRAM_NAME}(?:/(?:replies|media|reposts))?", "{name}", _THREADS + "/@{name}"
    ),
)

_SNAPCHAT = "https://www.snapchat.com"
_SNAPCHAT_NAME = r"(?P<name>[A-Za-z][A-Za-z0-9._-]{1,29})"
_SNAPCHAT_SHAPES = (
    _shape(Kind.VIDEO, rf"(?:/@[\w.-]+)?/spotlight/{_CODE}", "{id}", _SNAPCHAT + "/spotlight/{id}"),
    _shape(Kind.PROFILE, rf"/(?:add/|@){_SNAPCHAT_NAME}", "{name}", _SNAPCHAT + "/add/{name}"),
    _shape(Kind.SHORT, rf"(?:t\.snapchat\.com|/t)/{_SHORT_CODE}", "{id}", "https://t.snapchat.com/{id}"),
)

_VK = "https://vk.com"
_VK_OPENED = r"/(?:[^?]*\?(?:w=[^&]*&)?[wz]=)?"
_VK_SHAPES = (
    _shape(Kind.POST, _VK_OPENED + r"(?P<id>(?:wall|photo)-?[0-9]+_[0-9]+)(?:/.*)?", "{id}", _VK + "/{id}"),
    _shape(Kind.VIDEO, _VK_OPENED + r"(?P<id>(?:video|clip)-?[0-9]+_[0-9]+)(?:/.*)?", "{id}", _VK + "/{id}"),
    _shape(
        Kind.PROFILE,
        "/"
        + _except(
            "feed", "im", "audio", "video", "clips", "groups", "friends", "login", "search", r"\w+\.php"
        )
        + r"@?(?P<name>[A-Za-z0-9_.]{2,40})",
        "{name}",
        _VK + "/{name}",
    ),
)

SHAPES: Mapping[Platform, tuple[Shape, ...]] = MappingProxyType(
    {
        Platform.INSTAGRAM: _INSTAGRAM_SHAPES,
        Platform.YOUTUBE: _YOUTUBE_SHAPES,
        Platform.TIKTOK: _TIKTOK_SHAPES,
        Platform.X: _X_SHAPES,
        Platform.FACEBOOK: _FACEBOOK_SHAPES,
        Platform.TELEGRAM: _TELEGRAM_SHAPES,
        Platform.SPOTIFY: _SPOTIFY_SHAPES,
        Platform.TWITCH: _TWITCH_SHAPES,
        Platform.SOUNDCLOUD: _SOUNDCLOUD_SHAPES,
        Platform.LINKEDIN: _LINKEDIN_SHAPES,
        Platform.DISCORD: _DISCORD_SHAPES,
        Platform.PINTEREST: _PINTEREST_SHAPES,
        Platform.REDDIT: _REDDIT_SHAPES,
        Platform.THREADS: _THREADS_SHAPES,
        Platform.SNAPCHAT: _SNAPCHAT_SHAPES,
        Platform.VK: _VK_SHAPES,
    }
)
