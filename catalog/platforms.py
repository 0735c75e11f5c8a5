"""The social networks services are sold for, what can be counted there, and what a link to it looks like.

A metric wants a certain kind of target: followers belong to a profile, likes to a post. Where a network names
its things differently (a YouTube profile is a channel), the words shown to people follow the network.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Platform(TextChoices):
    INSTAGRAM = "instagram", _("Instagram")
    YOUTUBE = "youtube", _("YouTube")
    TIKTOK = "tiktok", _("TikTok")
    X = "x", _("X (Twitter)")
    FACEBOOK = "facebook", _("Facebook")
    TELEGRAM = "telegram", _("Telegram")
    SPOTIFY = "spotify", _("Spotify")
    TWITCH = "twitch", _("Twitch")
    SOUNDCLOUD = "soundcloud", _("SoundCloud")
    LINKEDIN = "linkedin", _("LinkedIn")
    DISCORD = "discord", _("Discord")
    PINTEREST = "pinterest", _("Pinterest")
    REDDIT = "reddit", _("Reddit")
    THREADS = "threads", _("Threads")
    SNAPCHAT = "snapchat", _("Snapchat")
    VK = "vk", _("VK")
    WEBSITE = "website", _("Website")
    OTHER = "other", _("Other")


class Metric(TextChoices):
    FOLLOWERS = "followers", _("Followers")
    SUBSCRIBERS = "subscribers", _("Subscribers")
    MEMBERS = "members", _("Members")
    LIKES = "likes", _("Likes")
    PAGE_LIKES = "page_likes", _("Page likes")
    REACTIONS = "reactions", _("Reactions")
    DISLIKES = "dislikes", _("Dislikes")
    VIEWS = "views", _("Views")
    RECENT_VIEWS = "recent_views", _("Views of recent posts")
    STORY_VIEWS = "story_views", _("Story views")
    LIVE_VIEWS = "live_views", _("Live views")
    COMMENTS = "comments", _("Comments")
    COMMENT_LIKES = "comment_likes", _("Comment likes")
    SHARES = "shares", _("Shares")
    REPOSTS = "reposts", _("Reposts")
    SAVES = "saves", _("Saves")
    PLAYS = "plays", _("Plays")
    LISTENERS = "listeners", _("Monthly listeners")
    DOWNLOADS = "downloads", _("Downloads")
    WATCH_HOURS = "watch_hours", _("Watch hours")
    VOTES = "votes", _("Votes")
    REVIEWS = "reviews", _("Reviews")
    REACH = "reach", _("Reach and impressions")
    PROFILE_VISITS = "profile_visits", _("Profile visits")
    TRAFFIC = "traffic", _("Website traffic")
    OTHER = "other", _("Other")


class Kind(TextChoices):
    """What a link points at."""

    PROFILE = "profile", _("profile")
    GROUP = "group", _("group")
    POST = "post", _("post")
    VIDEO = "video", _("video")
    STORY = "story", _("story")
    COMMENT = "comment", _("comment")
    TRACK = "track", _("track")
    ALBUM = "album", _("album")
    PLAYLIST = "playlist", _("playlist")
    ARTIST = "artist", _("artist")
    SHOW = "show", _("podcast")
    EPISODE = "episode", _("episode")
    PAGE = "page", _("web page")
    # A shortened link that only the network can resolve: nobody can say what it points at.
    SHORT = "short", _("short link")


@dataclass(frozen=True)
class LinkForm:
    """What people call a kind of target on this network, with its article, and a link to one."""

    noun: str | Promise
    example: str


@dataclass(frozen=True)
class PlatformFacts:
    """What is known about one network; what it allows stands in its own terms (A-07)."""

    hosts: tuple[str, ...]
    terms_url: str
    forms: Mapping[Kind, LinkForm]
    # Where "@bob" alone is understood as bob's profile.
    takes_at_name: bool = False
    # Kinds wanted here instead of the usual ones.
    wants: Mapping["Metric", tuple[Kind, ...]] = field(default_factory=lambda: MappingProxyType({}))


_ACCOUNT = (Kind.PROFILE,)
_CONTENT = (Kind.POST, Kind.VIDEO)
_AUDIO = (Kind.TRACK, Kind.ALBUM, Kind.PLAYLIST, Kind.SHOW, Kind.EPISODE)

# What a metric wants on most networks; kinds that a network does not have fall away.
_USUALLY_WANTED: Mapping[Metric, tuple[Kind, ...]] = MappingProxyType(
    {
        Metric.FOLLOWERS: _ACCOUNT,
        Metric.SUBSCRIBERS: _ACCOUNT,
        Metric.MEMBERS: (Kind.GROUP,),
        Metric.LIKES: (*_CONTENT, *_AUDIO),
        Metric.PAGE_LIKES: _ACCOUNT,
        Metric.REACTIONS: (*_CONTENT, Kind.STORY),
        Metric.DISLIKES: _CONTENT,
        Metric.VIEWS: _CONTENT,
        Metric.RECENT_VIEWS: _ACCOUNT,
        Metric.STORY_VIEWS: (Kind.PROFILE, Kind.STORY),
        Metric.LIVE_VIEWS: (Kind.VIDEO, Kind.PROFILE, Kind.POST),
        Metric.COMMENTS: (*_CONTENT, *_AUDIO),
        Metric.COMMENT_LIKES: (Kind.COMMENT, *_CONTENT, Kind.TRACK),
        Metric.SHARES: (*_CONTENT, Kind.STORY, *_AUDIO),
        Metric.REPOSTS: (*_CONTENT, Kind.TRACK, Kind.PLAYLIST),
        Metric.SAVES: (*_CONTENT, *_AUDIO),
        Metric.PLAYS: (*_AUDIO, Kind.ARTIST, *_CONTENT),
        Metric.LISTENERS: (Kind.ARTIST,),
        Metric.DOWNLOADS: _AUDIO,
        Metric.WATCH_HOURS: (Kind.VIDEO, Kind.PROFILE),
        Metric.VOTES: (*_CONTENT, Kind.STORY),
        Metric.REVIEWS: _ACCOUNT,
        Metric.REACH: (*_CONTENT, Kind.STORY, Kind.PROFILE),
        Metric.PROFILE_VISITS: (Kind.PROFILE, *_CONTENT),
    }
)

_PINTEREST_COUNTRIES = (
    *("at", "ca", "ch", "cl", "co.kr", "co.uk", "com.au", "com.mx", "de", "dk", "es", "fr", "ie", "it", "jp"),
    *("nl", "nz", "ph", "pt", "se"),
)

_WEB_PAGE = MappingProxyType({Kind.PAGE: LinkForm(_("a web page"), "https://example.com/page")})


def _forms(**forms: tuple[str | Promise, str]) -> Mapping[Kind, LinkForm]:
    return MappingProxyType({Kind(kind): LinkForm(noun, example) for kind, (noun, example) in forms.items()})


PLATFORMS: Mapping[Platform, PlatformFacts] = MappingProxyType(
    {
        Platform.INSTAGRAM: PlatformFacts(
            hosts=("instagram.com", "instagr.am", "ig.me"),
            terms_url="https://help.instagram.com/581066165581870",
            forms=_forms(
                profile=(_("a profile"), "https://www.instagram.com/username"),
                post=(_("a post or reel"), "https://www.instagram.com/p/CxYz12AbCdE"),
                story=(_("a story"), "https://www.instagram.com/stories/username/3141592653589793238"),
                comment=(_("a comment"), "https://www.instagram.com/p/CxYz12AbCdE/c/17890000000000000"),
                group=(_("a broadcast channel"), "https://www.instagram.com/channel/AbYxWvUtSrQpOnMl"),
            ),
            takes_at_name=True,
        ),
        Platform.YOUTUBE: PlatformFacts(
            hosts=("youtube.com", "youtu.be", "youtube-nocookie.com"),
            terms_url="https://www.youtube.com/t/terms",
            forms=_forms(
                profile=(_("a channel"), "https://www.youtube.com/@channelname"),
                video=(_("a video"), "https://www.youtube.com/watch?v=dQw4w9WgXcQ"),
                playlist=(_("a playlist"), "https://www.youtube.com/playlist?list=PL0123456789abcdef"),
                post=(
                    _("a community post"),
                    "https://www.youtube.com/post/UgkxAbCdEfGhIjKlMnOpQrStUvWxYz012345",
                ),
                comment=(
                    _("a comment"),
                    "https://www.youtube.com/watch?v=dQw4w9WgXcQ&lc=UgzAbCdEfGhIjKlMnOpQrStUv",
                ),
            ),
            takes_at_name=True,
            wants={
                Metric.MEMBERS: (Kind.PROFILE,),
                Metric.VIEWS: (Kind.VIDEO,),
                Metric.LIVE_VIEWS: (Kind.VIDEO, Kind.PROFILE),
                Metric.PLAYS: (Kind.VIDEO, Kind.PLAYLIST),
                Metric.LIKES: (Kind.VIDEO, Kind.POST),
                Metric.COMMENTS: (Kind.VIDEO, Kind.POST),
                Metric.SHARES: (Kind.VIDEO, Kind.POST),
                Metric.SAVES: (Kind.VIDEO, Kind.PLAYLIST),
                Metric.DOWNLOADS: (Kind.VIDEO,),
            },
        ),
        Platform.TIKTOK: PlatformFacts(
            hosts=("tiktok.com", "vm.tiktok.com", "vt.tiktok.com"),
            terms_url="https://www.tiktok.com/legal/terms-of-service",
            forms=_forms(
                profile=(_("a profile"), "https://www.tiktok.com/@username"),
                video=(_("a video"), "https://www.tiktok.com/@username/video/7106594312292453675"),
            ),
            takes_at_name=True,
            # A broadcast is watched at the account's own address.
            wants={Metric.LIVE_VIEWS: (Kind.PROFILE, Kind.VIDEO)},
        ),
        Platform.X: PlatformFacts(
            hosts=("x.com", "twitter.com"),
            terms_url="https://x.com/en/tos",
            forms=_forms(
                profile=(_("a profile"), "https://x.com/username"),
                post=(_("a post"), "https://x.com/username/status/1580661436132757506"),
                video=(_("a broadcast or space"), "https://x.com/i/spaces/1vAxRAVQWzXGl"),
                group=(_("a community"), "https://x.com/i/communities/1492420299450724353"),
            ),
            takes_at_name=True,
            wants={
                Metric.LIVE_VIEWS: (Kind.POST, Kind.VIDEO),
                Metric.PLAYS: (Kind.POST, Kind.VIDEO),
            },
        ),
        Platform.FACEBOOK: PlatformFacts(
            hosts=("facebook.com", "fb.com", "fb.watch", "fb.me"),
            terms_url="https://www.facebook.com/legal/terms",
            forms=_forms(
                profile=(_("a page or profile"), "https://www.facebook.com/pagename"),
                post=(_("a post"), "https://www.facebook.com/pagename/posts/1234567890123456"),
                video=(_("a video or reel"), "https://www.facebook.com/watch?v=1234567890123456"),
                story=(_("a story"), "https://www.facebook.com/stories/1234567890123456"),
                group=(_("a group"), "https://www.facebook.com/groups/groupname"),
            ),
        ),
        Platform.TELEGRAM: PlatformFacts(
            hosts=("t.me", "telegram.me", "telegram.dog"),
            terms_url="https://telegram.org/tos",
            forms=_forms(
                profile=(_("a channel or group"), "https://t.me/channelname"),
                post=(_("a post"), "https://t.me/channelname/123"),
                story=(_("a story"), "https://t.me/channelname/s/5"),
            ),
            takes_at_name=True,
            wants={
                Metric.MEMBERS: (Kind.PROFILE,),
                Metric.LIVE_VIEWS: (Kind.PROFILE, Kind.POST),
            },
        ),
        Platform.SPOTIFY: PlatformFacts(
            hosts=("open.spotify.com", "play.spotify.com", "spotify.com", "spotify.link"),
            terms_url="https://www.spotify.com/legal/end-user-agreement/",
            forms=_forms(
                track=(_("a track"), "https://open.spotify.com/track/4cOdK2wGLETKBW3PvgPWqT"),
                album=(_("an album"), "https://open.spotify.com/album/6N9PS4QXF1D0OWPk0Sxtb4"),
                playlist=(_("a playlist"), "https://open.spotify.com/playlist/37i9dQZF1DXcBWIGoYBM5M"),
                artist=(_("an artist"), "https://open.spotify.com/artist/0gxyHStUsqpMadRV0Di1Qt"),
                show=(_("a podcast"), "https://open.spotify.com/show/4rOoJ6Egrf8K2IrywzwOMk"),
                episode=(_("an episode"), "https://open.spotify.com/episode/512ojhOuo1ktJprKbVcKyQ"),
                profile=(_("a profile"), "https://open.spotify.com/user/username"),
            ),
            wants={
                Metric.FOLLOWERS: (Kind.ARTIST, Kind.PLAYLIST, Kind.PROFILE, Kind.SHOW),
                Metric.SUBSCRIBERS: (Kind.ARTIST, Kind.PLAYLIST, Kind.PROFILE, Kind.SHOW),
                Metric.PROFILE_VISITS: (Kind.ARTIST, Kind.PROFILE),
            },
        ),
        Platform.TWITCH: PlatformFacts(
            hosts=("twitch.tv", "clips.twitch.tv"),
            terms_url="https://www.twitch.tv/p/legal/terms-of-service/",
            forms=_forms(
                profile=(_("a channel"), "https://www.twitch.tv/channelname"),
                video=(_("a video or clip"), "https://www.twitch.tv/videos/1234567890"),
            ),
            takes_at_name=True,
            wants={
                # "Channel views" and "live plays" are counted at the channel.
                Metric.VIEWS: (Kind.VIDEO, Kind.PROFILE),
                Metric.PLAYS: (Kind.VIDEO, Kind.PROFILE),
                Metric.COMMENTS: (Kind.VIDEO, Kind.PROFILE),
                Metric.LIVE_VIEWS: (Kind.PROFILE,),
                Metric.MEMBERS: (Kind.PROFILE,),
            },
        ),
        Platform.SOUNDCLOUD: PlatformFacts(
            hosts=("soundcloud.com", "on.soundcloud.com"),
            terms_url="https://soundcloud.com/terms-of-use",
            forms=_forms(
                profile=(_("a profile"), "https://soundcloud.com/username"),
                track=(_("a track"), "https://soundcloud.com/username/track-name"),
                playlist=(_("a playlist"), "https://soundcloud.com/username/sets/playlist-name"),
            ),
        ),
        Platform.LINKEDIN: PlatformFacts(
            hosts=("linkedin.com",),
            terms_url="https://www.linkedin.com/legal/user-agreement",
            forms=_forms(
                profile=(_("a profile or company"), "https://www.linkedin.com/company/companyname"),
                post=(
                    _("a post"),
                    "https://www.linkedin.com/feed/update/urn:li:activity:7123456789012345678",
                ),
                group=(_("a group"), "https://www.linkedin.com/groups/1234567"),
            ),
        ),
        Platform.DISCORD: PlatformFacts(
            hosts=("discord.com", "discord.gg", "discordapp.com"),
            terms_url="https://discord.com/terms",
            forms=_forms(group=(_("a server invite"), "https://discord.gg/AbCdEfGh")),
        ),
        Platform.PINTEREST: PlatformFacts(
            hosts=(
                "pinterest.com",
                "pin.it",
                *(f"pinterest.{country}" for country in _PINTEREST_COUNTRIES),
            ),
            terms_url="https://policy.pinterest.com/terms-of-service",
            forms=_forms(
                profile=(_("a profile"), "https://www.pinterest.com/username"),
                post=(_("a pin"), "https://www.pinterest.com/pin/1234567890123456"),
                playlist=(_("a board"), "https://www.pinterest.com/username/boardname"),
            ),
            wants={
                Metric.FOLLOWERS: (Kind.PROFILE, Kind.PLAYLIST),
                Metric.LIKES: (Kind.POST,),
                Metric.SAVES: (Kind.POST,),
                Metric.REPOSTS: (Kind.POST,),
            },
        ),
        Platform.REDDIT: PlatformFacts(
            hosts=("reddit.com", "redd.it"),
            terms_url="https://redditinc.com/policies/user-agreement",
            forms=_forms(
                profile=(_("a profile"), "https://www.reddit.com/user/username"),
                post=(_("a post"), "https://www.reddit.com/r/subreddit/comments/abc123"),
                comment=(_("a comment"), "https://www.reddit.com/r/subreddit/comments/abc123/title/def456"),
                group=(_("a subreddit"), "https://www.reddit.com/r/subreddit"),
            ),
            wants={
                Metric.FOLLOWERS: (Kind.PROFILE, Kind.GROUP),
                Metric.SUBSCRIBERS: (Kind.GROUP, Kind.PROFILE),
                Metric.LIKES: (Kind.COMMENT, Kind.POST),
                Metric.DISLIKES: (Kind.COMMENT, Kind.POST),
                Metric.VOTES: (Kind.COMMENT, Kind.POST),
            },
        ),
        Platform.THREADS: PlatformFacts(
            hosts=("threads.com", "threads.net"),
            terms_url="https://help.instagram.com/769983657850450",
            forms=_forms(
                profile=(_("a profile"), "https://www.threads.com/@username"),
                post=(_("a post"), "https://www.threads.com/@username/post/CxYz12AbCdE"),
            ),
            takes_at_name=True,
        ),
        Platform.SNAPCHAT: PlatformFacts(
            hosts=("snapchat.com", "t.snapchat.com"),
            terms_url="https://www.snap.com/terms",
            forms=_forms(
                profile=(_("a profile"), "https://www.snapchat.com/add/username"),
                video=(_("a Spotlight video"), "https://www.snapchat.com/spotlight/W7_EDlXWTBiXAEEniNoMPwAA"),
            ),
            takes_at_name=True,
        ),
        Platform.VK: PlatformFacts(
            hosts=("vk.com", "vk.ru", "vkvideo.ru"),
            terms_url="https://vk.com/terms",
            forms=_forms(
                profile=(_("a profile or community"), "https://vk.com/username"),
                post=(_("a post or photo"), "https://vk.com/wall-12345_678"),
                video=(_("a video or clip"), "https://vk.com/video-12345_678"),
            ),
            wants={Metric.MEMBERS: (Kind.PROFILE,)},
        ),
        Platform.WEBSITE: PlatformFacts(hosts=(), terms_url="", forms=_WEB_PAGE),
        Platform.OTHER: PlatformFacts(hosts=(), terms_url="", forms=_WEB_PAGE),
    }
)


def wanted_kinds(platform: Platform, metric: Metric) -> tuple[Kind, ...]:
    """Return the kinds of target this metric can be ordered for, the most usual first (R-10).

    Never empty: where nothing is known about a pair, every kind of the network will do.
    """
    facts = PLATFORMS[platform]
    wanted = facts.wants.get(metric) or _USUALLY_WANTED.get(metric, ())
    return tuple(kind for kind in wanted if kind in facts.forms) or tuple(facts.forms)
