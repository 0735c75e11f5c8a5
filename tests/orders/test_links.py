import string

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from catalog.platforms import PLATFORMS, Kind, Metric, Platform, wanted_kinds
from orders.links import MAX_KEY_LENGTH, MAX_LINK_LENGTH, BadLink, Target, expected_link, normalise_link

VIDEO = "dQw4w9WgXcQ"
CHANNEL = "UCuAXFkgsw1L7xaCfnd5JJOw"
TRACK = "4cOdK2wGLETKBW3PvgPWqT"
LINKED_POST = "7123456789012345678"


def target_of(text: str, platform: Platform, metric: Metric = Metric.OTHER) -> Target:
    return normalise_link(text, platform=platform, metric=metric)


def target_or_none(text: str, platform: Platform, metric: Metric) -> Target | None:
    try:
        return target_of(text, platform, metric)
    except BadLink:
        return None


def metric_for(platform: Platform, kind: Kind) -> Metric:
    """A metric that wants this kind of target, so that the link has to be recognised."""
    return next(
        (metric for metric in Metric if metric != Metric.OTHER and kind in wanted_kinds(platform, metric)),
        Metric.OTHER,
    )


def refusal_of(text: str, platform: Platform, metric: Metric) -> str:
    with pytest.raises(BadLink) as refused:
        normalise_link(text, platform=platform, metric=metric)
    return refused.value.text


# One row: every way of writing it leads to the same key, and to the first address.
SAME = [
    (
        "instagram:profile:bob",
        "https://www.instagram.com/bob",
        [
            "https://instagram.com/bob",
            "instagram.com/Bob/?igsh=x",
            "http://m.instagram.com/BOB/",
            "HTTPS://WWW.INSTAGRAM.COM/bob#top",
            "www.instagram.com/bob?utm_source=qr&igshid=1",
            "https://instagram.com//bob//",
            "instagram.com/@bob",
            "https://www.instagram.com/bob/reels/",
            "https://www.instagram.com/stories/bob/",
            "https://instagr.am/bob",
            "https://www.instagram.com/%62ob",
            "  https://www.instagram.com/bob\n",
            "\u200bhttps://www.instagram.com/bob\ufeff",
            "instagram.com./bob",
            "\uff49\uff4e\uff53\uff54\uff41gram.com/bob",
            "@bob",
            "@BoB",
        ],
    ),
    (
        "instagram:post:CxYz12AbCdE",
        "https://www.instagram.com/p/CxYz12AbCdE",
        ["instagram.com/p/CxYz12AbCdE/?img_index=2", "https://www.instagram.com/bob/p/CxYz12AbCdE/liked_by"],
    ),
    (
        "instagram:post:CxYz12AbCdE",
        "https://www.instagram.com/reel/CxYz12AbCdE",
        ["https://www.instagram.com/bob/reel/CxYz12AbCdE/"],
    ),
    ("instagram:post:CxYz12AbCdE", "https://www.instagram.com/tv/CxYz12AbCdE", []),
    ("instagram:story:3141592653589793238", "https://www.instagram.com/stories/bob/3141592653589793238", []),
    (
        "instagram:story:highlights-17900000000000000",
        "https://www.instagram.com/stories/highlights/17900000000000000",
        [],
    ),
    (
        "instagram:comment:17890000000000000",
        "https://www.instagram.com/p/CxYz12AbCdE/c/17890000000000000",
        ["https://www.instagram.com/bob/p/CxYz12AbCdE/c/17890000000000000/r/1/"],
    ),
    ("instagram:group:AbYx1234", "https://www.instagram.com/channel/AbYx1234", ["https://ig.me/j/AbYx1234/"]),
    ("instagram:short:BAJ1x", "https://www.instagram.com/share/BAJ1x", []),
    ("instagram:short:BAJ1x", "https://www.instagram.com/share/reel/BAJ1x", []),
    (
        f"youtube:video:{VIDEO}",
        f"https://www.youtube.com/watch?v={VIDEO}",
        [
            f"youtu.be/{VIDEO}?si=abc",
            f"https://m.youtube.com/watch?app=desktop&v={VIDEO}&t=42s",
            f"https://www.youtube.com/watch?list=PL123&index=3&v={VIDEO}#at",
            f"https://www.youtube.com/watch/?v={VIDEO}",
            f"https://www.youtube.com/watch?v={VIDEO}&v=aaaaaaaaaaa",
            f"https://music.youtube.com/watch?v={VIDEO}&feature=share",
            f"https://www.youtube-nocookie.com/embed/{VIDEO}",
            f"youtube.com/v/{VIDEO}",
        ],
    ),
    (
        f"youtube:video:{VIDEO}",
        f"https://www.youtube.com/shorts/{VIDEO}",
        [f"youtube.com/shorts/{VIDEO}?feature=share"],
    ),
    (
        f"youtube:video:{VIDEO}",
        f"https://www.youtube.com/live/{VIDEO}",
        [f"https://youtube.com/live/{VIDEO}/"],
    ),
    (
        "youtube:comment:UgzAbCdEfGhIjKlMnOpQrStUv",
        f"https://www.youtube.com/watch?v={VIDEO}&lc=UgzAbCdEfGhIjKlMnOpQrStUv",
        [
            f"https://www.youtube.com/watch?lc=UgzAbCdEfGhIjKlMnOpQrStUv&v={VIDEO}&list=PL123",
            f"https://youtu.be/{VIDEO}?lc=UgzAbCdEfGhIjKlMnOpQrStUv",
        ],
    ),
    (
        "youtube:profile:@bob",
        "https://www.youtube.com/@bob",
        ["@Bob", "youtube.com/@BOB/videos", "https://www.youtube.com/@bob/featured?sub_confirmation=1"],
    ),
    ("youtube:profile:@имя", "https://www.youtube.com/@%D0%B8%D0%BC%D1%8F", ["youtube.com/@ИМЯ", "@Имя"]),
    (
        f"youtube:profile:{CHANNEL}",
        f"https://www.youtube.com/channel/{CHANNEL}",
        [f"youtube.com/channel/{CHANNEL}/about"],
    ),
    ("youtube:profile:c/bob", "https://www.youtube.com/c/bob", ["youtube.com/c/Bob/"]),
    ("youtube:profile:user/bob", "https://www.youtube.com/user/bob", ["youtube.com/user/BOB"]),
    (
        "youtube:playlist:PL0123456789",
        "https://www.youtube.com/playlist?list=PL0123456789",
        ["https://youtube.com/playlist?list=PL0123456789&si=x"],
    ),
    ("youtube:post:UgkxAbCdEf012", "https://www.youtube.com/post/UgkxAbCdEf012", []),
    (
        "tiktok:profile:bob",
        "https://www.tiktok.com/@bob",
        ["@Bob", "tiktok.com/@BOB?lang=en", "m.tiktok.com/@bob/live"],
    ),
    (
        "tiktok:video:7106594312292453675",
        "https://www.tiktok.com/@bob/video/7106594312292453675",
        ["tiktok.com/@Bob/video/7106594312292453675?is_copy_url=1"],
    ),
    (
        "tiktok:video:7106594312292453675",
        "https://www.tiktok.com/@/video/7106594312292453675",
        [
            "https://m.tiktok.com/v/7106594312292453675.html",
            "https://www.tiktok.com/embed/v2/7106594312292453675",
        ],
    ),
    ("tiktok:video:7106594312292453675", "https://www.tiktok.com/@bob/photo/7106594312292453675", []),
    ("tiktok:short:ZMabc123", "https://vm.tiktok.com/ZMabc123", ["vm.tiktok.com/ZMabc123/"]),
    ("tiktok:short:ZSabc123", "https://vt.tiktok.com/ZSabc123", []),
    ("tiktok:short:ZTabc123", "https://www.tiktok.com/t/ZTabc123", []),
    (
        "x:profile:bob",
        "https://x.com/bob",
        ["@Bob", "twitter.com/BOB", "https://mobile.twitter.com/bob?s=21", "https://x.com/bob/with_replies"],
    ),
    (
        "x:post:1580661436132757506",
        "https://x.com/bob/status/1580661436132757506",
        [
            "https://twitter.com/Bob/status/1580661436132757506?s=20&t=x",
            "x.com/bob/status/1580661436132757506/photo/1",
        ],
    ),
    (
        "x:post:1580661436132757506",
        "https://x.com/i/status/1580661436132757506",
        ["https://twitter.com/i/web/status/1580661436132757506"],
    ),
    (
        "x:video:1vAxRAVQWzXGl",
        "https://x.com/i/spaces/1vAxRAVQWzXGl",
        ["twitter.com/i/spaces/1vAxRAVQWzXGl/peek"],
    ),
    ("x:group:1492420299450724353", "https://x.com/i/communities/1492420299450724353", []),
    (
        "facebook:profile:bob.page",
        "https://www.facebook.com/bob.page",
        [
            "fb.com/Bob.Page",
            "https://m.facebook.com/bob.page/about?ref=x",
            "de-de.facebook.com/bob.page",
            "facebook.com/pg/bob.page",
        ],
    ),
    (
        "facebook:profile:100064860875397",
        "https://www.facebook.com/profile.php?id=100064860875397",
        [
            "https://www.facebook.com/people/Bob-Smith/100064860875397/",
            "https://www.facebook.com/p/Bob-Smith-100064860875397/",
            "facebook.com/profile.php?sk=about&id=100064860875397",
        ],
    ),
    (
        "facebook:video:1234567890123456",
        "https://www.facebook.com/watch?v=1234567890123456",
        [
            "https://www.facebook.com/watch/?v=1234567890123456&ref=sharing",
            "https://www.facebook.com/bob/videos/1234567890123456/",
            "https://www.facebook.com/bob/videos/some-title/1234567890123456/",
            "https://m.facebook.com/watch/live/?v=1234567890123456",
        ],
    ),
    ("facebook:video:1234567890123456", "https://www.facebook.com/reel/1234567890123456", []),
    (
        "facebook:post:1234567890123456",
        "https://www.facebook.com/bob/posts/1234567890123456",
        ["https://www.facebook.com/Bob/posts/some-title/1234567890123456/?comment_id=5"],
    ),
    ("facebook:post:pfbid02AbC", "https://www.facebook.com/bob/posts/pfbid02AbC", []),
    (
        "facebook:post:99",
        "https://www.facebook.com/permalink.php?story_fbid=99&id=100",
        ["https://m.facebook.com/story.php?id=100&story_fbid=99&fbid=7"],
    ),
    (
        "facebook:post:77",
        "https://www.facebook.com/photo?fbid=77",
        ["https://www.facebook.com/photo.php?fbid=77&set=a.1", "https://www.facebook.com/bob/photos/a.1/77/"],
    ),
    (
        "facebook:post:55",
        "https://www.facebook.com/groups/bobs/posts/55",
        ["https://www.facebook.com/groups/Bobs/permalink/55/"],
    ),
    ("facebook:group:bobs", "https://www.facebook.com/groups/bobs", ["facebook.com/groups/Bobs/about"]),
    ("facebook:story:12/UzpfSVND", "https://www.facebook.com/stories/12/UzpfSVND", []),
    ("facebook:story:12", "https://www.facebook.com/stories/12", []),
    ("facebook:short:aB3", "https://fb.watch/aB3", ["https://fb.watch/aB3/"]),
    ("facebook:short:aB3", "https://www.facebook.com/share/p/aB3", []),
    ("facebook:short:aB3", "https://www.facebook.com/share/aB3", []),
    (
        "telegram:profile:bobs_channel",
        "https://t.me/bobs_channel",
        [
            "@Bobs_Channel",
            "telegram.me/bobs_channel",
            "https://t.me/s/bobs_channel",
            "t.me/boost/bobs_channel",
        ],
    ),
    (
        "telegram:post:bobs_channel/123",
        "https://t.me/bobs_channel/123",
        [
            "t.me/s/Bobs_Channel/123",
            "https://t.me/bobs_channel/7/123",
            "t.me/bobs_channel/123?single&comment=4",
        ],
    ),
    ("telegram:story:bobs_channel/5", "https://t.me/bobs_channel/s/5", []),
    ("telegram:profile:bobs_bot", "https://t.me/bobs_bot?start=Ref7", ["t.me/Bobs_bot?x=1&start=Ref7"]),
    (
        "telegram:profile:+AbCdEf123",
        "https://t.me/+AbCdEf123",
        ["t.me/joinchat/AbCdEf123", "t.me/%2BAbCdEf123"],
    ),
    (
        f"spotify:track:{TRACK}",
        f"https://open.spotify.com/track/{TRACK}",
        [
            f"spotify:track:{TRACK}",
            f"SPOTIFY:track:{TRACK}",
            f"open.spotify.com/intl-de/track/{TRACK}?si=1",
            f"https://play.spotify.com/track/{TRACK}",
            f"https://open.spotify.com/embed/track/{TRACK}",
        ],
    ),
    (
        f"spotify:playlist:{TRACK}",
        f"https://open.spotify.com/playlist/{TRACK}",
        [f"spotify:user:bob:playlist:{TRACK}", f"https://open.spotify.com/user/bob/playlist/{TRACK}"],
    ),
    (f"spotify:artist:{TRACK}", f"https://open.spotify.com/artist/{TRACK}", [f"spotify:artist:{TRACK}"]),
    (f"spotify:album:{TRACK}", f"https://open.spotify.com/album/{TRACK}", []),
    (f"spotify:show:{TRACK}", f"https://open.spotify.com/show/{TRACK}", []),
    (f"spotify:episode:{TRACK}", f"https://open.spotify.com/episode/{TRACK}", []),
    (
        "spotify:profile:bob",
        "https://open.spotify.com/user/bob",
        ["spotify:user:bob", "open.spotify.com/user/Bob"],
    ),
    ("spotify:short:aBcDe", "https://spotify.link/aBcDe", []),
    ("twitch:profile:bob", "https://www.twitch.tv/bob", ["@Bob", "m.twitch.tv/BOB", "twitch.tv/bob/about"]),
    (
        "twitch:video:1234567890",
        "https://www.twitch.tv/videos/1234567890",
        ["twitch.tv/bob/v/1234567890", "twitch.tv/bob/video/1234567890?t=1h"],
    ),
    (
        "twitch:video:FunnyClip-aBc",
        "https://clips.twitch.tv/FunnyClip-aBc",
        ["https://www.twitch.tv/bob/clip/FunnyClip-aBc?filter=clips"],
    ),
    ("soundcloud:profile:bob", "https://soundcloud.com/bob", ["m.soundcloud.com/Bob/tracks"]),
    (
        "soundcloud:track:bob/song-1",
        "https://soundcloud.com/bob/song-1",
        ["soundcloud.com/Bob/Song-1?in=x/sets/y"],
    ),
    ("soundcloud:playlist:bob/mix", "https://soundcloud.com/bob/sets/mix", ["soundcloud.com/bob/sets/Mix/"]),
    ("soundcloud:short:aBcDe", "https://on.soundcloud.com/aBcDe", []),
    (
        "linkedin:profile:in/bob",
        "https://www.linkedin.com/in/bob",
        ["de.linkedin.com/in/Bob/", "linkedin.com/in/bob/details/skills"],
    ),
    (
        "linkedin:profile:in/josé",
        "https://www.linkedin.com/in/jos%C3%A9",
        ["linkedin.com/in/JOSÉ", "linkedin.com/in/jose\u0301"],
    ),
    (
        "linkedin:profile:company/bobs",
        "https://www.linkedin.com/company/bobs",
        ["linkedin.com/company/Bobs/posts/"],
    ),
    (
        f"linkedin:post:activity-{LINKED_POST}",
        f"https://www.linkedin.com/feed/update/urn:li:activity:{LINKED_POST}",
        [
            f"https://www.linkedin.com/feed/update/urn%3Ali%3Aactivity%3A{LINKED_POST}/",
            f"https://www.linkedin.com/posts/bob_my-activity-in-words-activity-{LINKED_POST}-AbCd?utm_source=share",
        ],
    ),
    (
        "linkedin:post:pulse/my-text",
        "https://www.linkedin.com/pulse/my-text",
        ["linkedin.com/pulse/My-Text/"],
    ),
    (
        "linkedin:group:1234567",
        "https://www.linkedin.com/groups/1234567",
        ["linkedin.com/groups/1234567/about"],
    ),
    (
        "discord:group:AbCdEf",
        "https://discord.gg/AbCdEf",
        ["discord.com/invite/AbCdEf", "discordapp.com/invite/AbCdEf"],
    ),
    (
        "pinterest:profile:bob",
        "https://www.pinterest.com/bob",
        ["pinterest.de/Bob", "in.pinterest.com/bob/_saved/"],
    ),
    ("pinterest:post:12345", "https://www.pinterest.com/pin/12345", ["pinterest.co.uk/pin/nice-cat--12345/"]),
    ("pinterest:playlist:bob/cats", "https://www.pinterest.com/bob/cats", ["pinterest.com/Bob/Cats/"]),
    (
        "pinterest:playlist:bob/кот",
        "https://www.pinterest.com/bob/%D0%BA%D0%BE%D1%82",
        ["pinterest.com/bob/Кот/"],
    ),
    ("pinterest:short:aBcDe", "https://pin.it/aBcDe", []),
    ("reddit:profile:bob", "https://www.reddit.com/user/bob", ["old.reddit.com/u/Bob/comments/"]),
    (
        "reddit:post:abc123",
        "https://www.reddit.com/comments/abc123",
        ["reddit.com/r/cats/comments/abc123/my_cat/", "https://redd.it/abc123", "reddit.com/gallery/abc123"],
    ),
    (
        "reddit:comment:def456",
        "https://www.reddit.com/comments/abc123/comment/def456",
        ["https://www.reddit.com/r/cats/comments/abc123/my_cat/def456/?context=3"],
    ),
    ("reddit:group:cats", "https://www.reddit.com/r/cats", ["new.reddit.com/r/Cats/top/?t=all"]),
    ("reddit:short:aBcDe", "https://www.reddit.com/r/cats/s/aBcDe", []),
    ("threads:profile:bob", "https://www.threads.com/@bob", ["@bob", "threads.net/@Bob/replies"]),
    (
        "threads:post:CxYz12AbCdE",
        "https://www.threads.com/@bob/post/CxYz12AbCdE",
        ["threads.net/@bob/post/CxYz12AbCdE?xmt=1"],
    ),
    ("threads:post:CxYz12AbCdE", "https://www.threads.com/t/CxYz12AbCdE", []),
    (
        "snapchat:profile:bob",
        "https://www.snapchat.com/add/bob",
        ["@bob", "snapchat.com/@Bob", "snapchat.com/add/BOB?share_id=1"],
    ),
    (
        "snapchat:video:W7_EDlXWT",
        "https://www.snapchat.com/spotlight/W7_EDlXWT",
        ["snapchat.com/@bob/spotlight/W7_EDlXWT"],
    ),
    ("snapchat:short:aBcDe", "https://t.snapchat.com/aBcDe", ["snapchat.com/t/aBcDe"]),
    ("vk:profile:bob", "https://vk.com/bob", ["m.vk.com/Bob", "vk.ru/bob"]),
    (
        "vk:post:wall-12_34",
        "https://vk.com/wall-12_34",
        ["vk.com/bob?w=wall-12_34", "vk.com/feed?z=x&w=wall-12_34"],
    ),
    (
        "vk:video:video-12_34",
        "https://vk.com/video-12_34",
        ["vk.com/video?z=video-12_34%2Fpl_cat", "vkvideo.ru/video-12_34"],
    ),
]
WAYS = [(key, url, way) for key, url, ways in SAME for way in (url, *ways)]


@pytest.mark.clause("A-22", "K-21")
@pytest.mark.parametrize(("key", "url", "way"), WAYS)
def test_every_way_of_writing_a_link_is_the_same_target(key, url, way):
    platform, kind = Platform(key.split(":")[0]), Kind(key.split(":")[1])

    target = target_of(way, platform, metric_for(platform, kind))

    assert target == Target(url, key, platform, kind)


@pytest.mark.parametrize(("key", "url", "way"), WAYS)
def test_a_proper_address_stays_as_it_is(key, url, way):
    assert target_of(url, Platform(key.split(":")[0])).url == url


@pytest.mark.clause("A-22")
def test_post_and_video_ids_keep_their_case():
    one = target_of("instagram.com/p/CxYz12AbCdE", Platform.INSTAGRAM, Metric.LIKES)
    other = target_of("instagram.com/p/cxyz12abcde", Platform.INSTAGRAM, Metric.LIKES)

    assert one.key != other.key


@pytest.mark.clause("K-39")
def test_the_counter_is_the_target_and_the_metric():
    target = target_of("@Bob", Platform.INSTAGRAM, Metric.FOLLOWERS)

    assert target.counter_key(Metric.FOLLOWERS) == "instagram:profile:bob:followers"
    assert target.counter_key("likes") == "instagram:profile:bob:likes"


def test_platform_and_metric_may_come_as_the_words_that_are_stored():
    target = normalise_link("@bob", platform="instagram", metric="followers")

    assert target == target_of("@bob", Platform.INSTAGRAM, Metric.FOLLOWERS)
    assert "instagram.com" in expected_link("instagram", "followers")


def test_a_short_link_is_taken_for_any_metric_and_keyed_by_its_code():
    assert (
        target_of("vm.tiktok.com/ZMabc123", Platform.TIKTOK, Metric.FOLLOWERS).key == "tiktok:short:ZMabc123"
    )
    assert target_of("vm.tiktok.com/ZMabc123", Platform.TIKTOK, Metric.VIEWS).key == "tiktok:short:ZMabc123"


def test_a_comments_link_is_its_videos_link_for_a_service_that_counts_the_video():
    link = f"youtube.com/watch?v={VIDEO}&lc=UgzAbCdEfGhIjKlMnOpQrStUv"

    assert target_of(link, Platform.YOUTUBE, Metric.VIEWS).key == f"youtube:video:{VIDEO}"
    assert target_of(link, Platform.YOUTUBE, Metric.COMMENT_LIKES).kind == Kind.COMMENT


@pytest.mark.clause("A-22")
@pytest.mark.parametrize(
    ("text", "platform", "metric", "problem", "example"),
    [
        (
            "https://youtu.be/abc",
            "instagram",
            "followers",
            "not a link to Instagram",
            "instagram.com/username",
        ),
        (
            "https://instagram.com/p/CxYz12AbCdE",
            "instagram",
            "followers",
            "the link of a post or reel",
            "@username",
        ),
        ("@bob", "instagram", "likes", "the link of a profile", "instagram.com/p/"),
        ("https://x.com/bob", "x", "likes", "the link of a profile", "/status/"),
        ("https://instagram.com/explore", "instagram", "followers", "cannot be ordered for", "@username"),
        ("https://instagram.com", "instagram", "followers", "cannot be ordered for", "@username"),
        (
            "https://tiktok.com/@bob/video/7106594312292453675",
            "tiktok",
            "followers",
            "the link of a video",
            "@username",
        ),
        ("https://youtube.com/@bob", "youtube", "views", "the link of a channel", "watch?v="),
        ("https://t.me/c/12345/6", "telegram", "views", "cannot be ordered for", "t.me/channelname/123"),
        (
            f"https://open.spotify.com/track/{TRACK}",
            "spotify",
            "listeners",
            "the link of a track",
            "/artist/",
        ),
        (
            "https://soundcloud.com/bob/song/s-secret",
            "soundcloud",
            "plays",
            "cannot be ordered for",
            "soundcloud.com",
        ),
    ],
)
def test_a_link_to_something_else_is_refused_with_an_example(text, platform, metric, problem, example):
    refusal = refusal_of(text, Platform(platform), Metric(metric))

    assert problem in refusal
    assert example in refusal


def test_a_refusal_says_its_code_and_clause():
    with pytest.raises(ValidationError) as refused:
        target_of("nonsense", Platform.INSTAGRAM, Metric.FOLLOWERS)

    assert refused.value.code == "bad_link"
    assert refused.value.clauses == ("A-22",)


@pytest.mark.clause("A-22")
@pytest.mark.parametrize("platform", [Platform.INSTAGRAM, Platform.WEBSITE, Platform.OTHER])
@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "not a link"),
        ("   ", "not a link"),
        ("https://", "not a link"),
        ("https:///bob", "not a link"),
        ("https://-bob-.com/", "not a link"),
        ("https://exa_mple.com/", "not a link"),
        ("https://example..com/", "not a link"),
        ("https://" + "a" * 64 + ".com/", "not a link"),
        ("https://" + "a." * 127 + "com/", "not a link"),
        ("https://[::1]/", "port"),
        ("https://[::1/", "not a link"),
        ("https://[bob]/", "not a link"),
        ("https://\u2488.com/", "not a link"),
        ("https://🚗.\u0301com/", "not a link"),
        ("bob", "not on the public internet"),
        ("https://localhost/bob", "not on the public internet"),
        ("https://panel.internal/bob", "not on the public internet"),
        ("https://printer.local", "not on the public internet"),
        ("http://127.0.0.1/", "not on the public internet"),
        ("http://10.0.0.1/", "not on the public internet"),
        ("http://192.168.1.1/", "not on the public internet"),
        ("http://169.254.169.254/", "not on the public internet"),
        ("http://\uff11\uff12\uff17.0.0.1/", "not on the public internet"),
        ("http://127.1/", "not on the public internet"),
        ("http://2130706433/", "not on the public internet"),
        ("http://0x7f.0.0.0x1/", "not on the public internet"),
        ("http://1.2.3.4.5/", "not on the public internet"),
        ("javascript:alert(1)", "http or https"),
        ("data:text/html,x", "http or https"),
        ("ftp://instagram.com/bob", "http or https"),
        ("mailto:bob@instagram.com", "http or https"),
        ("spotify:bob", "http or https"),
        ("https://instagram.com:8443/bob", "port"),
        ("instagram.com:443/bob", "port"),
        ("https://bob:secret@instagram.com/bob", "password"),
        ("https://instagram.com@evil.example.com/bob", "password"),
        ("bob@instagram.com", "password"),
        ("https://instagram.com/bob smith", "do not belong"),
        ("https://instagram.com/bob\nhttps://instagram.com/eve", "do not belong"),
        ("https://instagram.com/bob\x00", "do not belong"),
        ("https://instagram.com/bob%00", "do not belong"),
        ("https://instagram.com/bob?x=%0d%0aSet-Cookie:1", "do not belong"),
        ("https://instagram.com/bo\u202eb", "do not belong"),
        ("https://instagram.com/bo\u200bb", "do not belong"),
        ("https://instagram.com/\ud800", "do not belong"),
        ("https://instagram.com\\@evil.example.com", "do not belong"),
        ("https://instagram.com/" + "b" * MAX_LINK_LENGTH, "2048"),
        ("https://instagram.com/" + "я" * 1000, "2048"),
    ],
)
def test_what_is_no_public_web_link_is_refused_everywhere(text, problem, platform):
    assert problem in refusal_of(text, platform, Metric.FOLLOWERS)


@pytest.mark.parametrize(
    "text",
    [
        "https://\u0456nstagram.com/bob",
        "https://instagram.com.evil.example/bob",
        "https://evilinstagram.com/bob",
        "https://evil.example/instagram.com/bob",
        "https://instagram.co/bob",
    ],
)
def test_a_look_alike_of_a_network_is_not_the_network(text):
    assert "not a link to Instagram" in refusal_of(text, Platform.INSTAGRAM, Metric.FOLLOWERS)


@pytest.mark.parametrize(
    "path",
    [
        "b\u043eb",
        "bob%2Fp",
        "bob%3Fx",
        "%2540bob",
        "%ff%fe",
        "a" * 31,
        "b%C4%B0b",
        "..",
        "p",
        "p/",
        "accounts/login",
        "bob/unknown",
    ],
)
def test_a_name_that_the_network_does_not_give_is_refused(path):
    assert "cannot be ordered for" in refusal_of(
        f"https://instagram.com/{path}", Platform.INSTAGRAM, Metric.FOLLOWERS
    )


def test_a_link_may_be_as_long_as_the_column_and_not_longer():
    start = "https://example.com/"
    text = start + "b" * (MAX_LINK_LENGTH - len(start) - 1)

    assert target_of(text, Platform.WEBSITE).url == text
    refusal_of(text + "bb", Platform.WEBSITE, Metric.TRAFFIC)


@pytest.mark.parametrize(
    ("text", "url", "ident"),
    [
        ("example.com", "https://example.com/", "example.com"),
        ("HTTP://WWW.Example.com", "http://www.example.com/", "example.com"),
        ("https://example.com/Page/", "https://example.com/Page/", "example.com/Page"),
        (
            "https://example.com/p?id=7&utm_source=x#top",
            "https://example.com/p?id=7&utm_source=x",
            "example.com/p?id=7",
        ),
        ("https://example.com/p?fbclid=x", "https://example.com/p?fbclid=x", "example.com/p"),
        ("https://example.com/p?utm_source", "https://example.com/p?utm_source", "example.com/p"),
        (
            "https://bücher.example.com/ä b".replace(" ", "%20"),
            "https://xn--bcher-kva.example.com/%C3%A4%20b",
            "xn--bcher-kva.example.com/%C3%A4%20b",
        ),
        ("https://example.com/a%2Fb", "https://example.com/a%2Fb", "example.com/a%2Fb"),
        ("https://example.com/?q=ä%2B1", "https://example.com/?q=%C3%A4%2B1", "example.com?q=%C3%A4%2B1"),
        ("http://8.8.8.8/x", "http://8.8.8.8/x", "8.8.8.8/x"),
        ("https://instagram.com/bob", "https://instagram.com/bob", "instagram.com/bob"),
    ],
)
def test_a_website_is_any_public_page(text, url, ident):
    target = target_of(text, Platform.WEBSITE, Metric.TRAFFIC)

    assert target == Target(url, f"website:page:{ident}", Platform.WEBSITE, Kind.PAGE)


def test_the_same_page_with_and_without_tracking_is_one_target_with_two_addresses():
    plain = target_of("http://www.example.com/shop/", Platform.WEBSITE)
    tracked = target_of("https://example.com/shop?utm_campaign=a&gclid=b", Platform.WEBSITE)

    assert plain.key == tracked.key
    assert plain.url != tracked.url


def test_long_pages_have_short_keys_that_differ():
    one = target_of("https://example.com/" + "a" * 1500, Platform.WEBSITE)
    other = target_of("https://example.com/" + "a" * 1501, Platform.WEBSITE)

    assert one.key != other.key
    assert len(one.counter_key(Metric.PROFILE_VISITS)) <= MAX_KEY_LENGTH


@pytest.mark.parametrize(
    ("platform", "metric"), [(Platform.OTHER, Metric.LIKES), (Platform.INSTAGRAM, Metric.OTHER)]
)
def test_where_anything_goes_any_web_link_is_taken(platform, metric):
    page = target_of("https://example.com/page", platform, metric)

    assert page == Target(
        "https://example.com/page", f"{platform}:page:example.com/page", platform, Kind.PAGE
    )


def test_where_anything_goes_a_known_link_is_still_recognised():
    assert target_of("twitter.com/Bob", Platform.OTHER, Metric.LIKES).key == "x:profile:bob"
    assert target_of("instagram.com/explore", Platform.OTHER).key == "other:page:instagram.com/explore"
    assert target_of("@bob", Platform.INSTAGRAM, Metric.OTHER).key == "instagram:profile:bob"


@pytest.mark.parametrize("platform", [Platform.FACEBOOK, Platform.SPOTIFY, Platform.WEBSITE, Platform.OTHER])
def test_an_at_name_alone_is_refused_where_it_says_too_little(platform):
    refusal_of("@bob", platform, Metric.FOLLOWERS)


@pytest.mark.parametrize("platform", Platform)
@pytest.mark.parametrize("metric", Metric)
def test_the_hint_names_an_example_that_is_accepted(platform, metric):
    hint = expected_link(platform, metric)
    example = hint.split("example: ")[1].split(" or @")[0]

    target = target_of(example, platform, metric)

    assert target_of(target.url, platform, metric) == target


def test_the_hint_is_a_sentence_for_people():
    assert expected_link(Platform.YOUTUBE, Metric.LIKES) == (
        "The link of a video or a community post is needed, for example: https://www.youtube.com/watch?v=dQw4w9WgXcQ"
    )
    assert expected_link(Platform.INSTAGRAM, Metric.FOLLOWERS) == (
        "The link of a profile is needed, for example: https://www.instagram.com/username or @username"
    )
    assert expected_link(Platform.SPOTIFY, Metric.DOWNLOADS).startswith(
        "The link of a track, an album, a playlist, a podcast or an episode is needed"
    )
    assert expected_link(Platform.OTHER, Metric.LIKES) == (
        "The link of a web page is needed, for example: https://example.com/page"
    )


def test_no_text_is_worked_out_before_the_readers_language_is_known():
    with translation.override(None):
        assert refusal_of("bob@instagram.com", Platform.INSTAGRAM, Metric.FOLLOWERS)


@pytest.mark.parametrize("platform", Platform)
def test_every_example_of_the_table_is_recognised_as_its_kind(platform):
    for kind, form in PLATFORMS[platform].forms.items():
        assert target_of(form.example, platform, metric_for(platform, kind)).kind == kind


words = st.text(alphabet=string.ascii_letters + string.digits + "_-.~%:@=&?/+äßİſЯ١", max_size=40)
hosts = st.sampled_from(
    [host for facts in PLATFORMS.values() for host in facts.hosts] + ["example.com", "bücher.de"]
)
likely_paths = st.sampled_from(
    [
        *(
            "",
            "p/",
            "reel/",
            "stories/",
            "watch?v=",
            "shorts/",
            "@",
            "channel/",
            "c/",
            "user/",
            "posts/",
            "in/",
        ),
        *(
            "company/",
            "groups/",
            "r/",
            "u/",
            "comments/",
            "track/",
            "videos/",
            "status/",
            "i/",
            "s/",
            "+",
            "pin/",
        ),
        *(
            "profile.php?id=",
            "photo?fbid=",
            "permalink.php?story_fbid=",
            "add/",
            "wall",
            "feed?w=",
            "bob?start=",
        ),
    ]
)


@st.composite
def likely_links(draw):
    return draw(hosts) + "/" + draw(likely_paths) + draw(words)


@given(st.one_of(st.text(), words, likely_links()), st.sampled_from(Platform), st.sampled_from(Metric))
def test_a_link_is_refused_or_normalised_once_and_for_all(text, platform, metric):
    target = target_or_none(text, platform, metric)
    if target is None:
        return

    again = target_of(target.url, platform, metric)

    assert again == target
    assert len(target.url) <= MAX_LINK_LENGTH
    assert len(target.counter_key(metric)) <= MAX_KEY_LENGTH
    assert target.url.isascii()
    assert target.url.startswith(("http://", "https://"))


@given(likely_links())
def test_a_network_is_recognised_once_and_for_all(text):
    target = target_or_none(text, Platform.OTHER, Metric.LIKES)
    if target is None:
        return

    assert target_of(target.url, target.platform).key == target.key
