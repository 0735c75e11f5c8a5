import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.naming import (
    LIFETIME_DAYS,
    guarantee_is_doubtful,
    guarantee_of,
    metric_of,
    platform_of,
    stated_speed_of,
    stated_start_of,
)
from catalog.platforms import Metric, Platform


def bold(text: str) -> str:
    """The mathematical letters that providers write for emphasis."""
    firsts = (("A", 0x1D5D4), ("a", 0x1D5EE), ("0", 0x1D7EC))
    bolder = {
        ord(first) + place: at + place for first, at in firsts for place in range(10 if first == "0" else 26)
    }
    return text.translate(bolder)


@pytest.mark.parametrize(
    ("name", "category", "platform"),
    [
        ("Instagram Followers | Real | R30", "", Platform.INSTAGRAM),
        ("IG Likes ⚡", "", Platform.INSTAGRAM),
        ("İnstagram story", "", Platform.INSTAGRAM),
        (bold("Instagram Likes"), "", Platform.INSTAGRAM),
        ("Iɴsᴛᴀɢʀᴀᴍ Likes", "", Platform.INSTAGRAM),
        ("ɪɴꜱᴛᴀɢʀᴀᴍ likes", "", Platform.INSTAGRAM),
        ("🅸🅽🆂🆃🅰🅶🆁🅰🅼 likes", "", Platform.INSTAGRAM),
        ("12 ~ You Tube - Views", "", Platform.YOUTUBE),
        ("YT Subscribers", "", Platform.YOUTUBE),
        ("Tik Tok Likes + Views", "", Platform.TIKTOK),
        ("Retweets [10K]", "", Platform.X),
        ("X Followers [HQ]", "", Platform.X),
        ("🔥 X (Twitter) Likes", "", Platform.X),
        ("Boost 5 x Followers faster", "", Platform.OTHER),
        ("5x Likes", "", Platform.OTHER),
        ("FB Page Likes", "", Platform.FACEBOOK),
        ("Real Teligram members", "", Platform.TELEGRAM),
        ("Spotify Plays", "", Platform.SPOTIFY),
        ("Twitch Followers", "", Platform.TWITCH),
        ("Sound Cloud Plays", "", Platform.SOUNDCLOUD),
        ("Linked In Followers", "", Platform.LINKEDIN),
        ("Discord Members", "", Platform.DISCORD),
        ("Pinterest Followers", "", Platform.PINTEREST),
        ("Reddit Upvotes", "", Platform.REDDIT),
        ("Threads Followers", "", Platform.THREADS),
        ("Snapchat Views", "", Platform.SNAPCHAT),
        ("VK Likes", "", Platform.VK),
        ("Shazam Plays", "", Platform.OTHER),
        ("", "", Platform.OTHER),
    ],
)
def test_the_network_is_read_from_the_name(name, category, platform):
    assert platform_of(name, category) == platform


def test_the_network_is_read_from_the_category_when_the_name_has_none():
    assert platform_of("Likes [HQ] [INSTANT]", "❤️ Instagram likes") == Platform.INSTAGRAM


def test_the_name_counts_before_the_category():
    assert platform_of("TikTok Views", "Instagram and others") == Platform.TIKTOK


def test_a_network_inside_another_word_is_none():
    assert platform_of("Bigger boxes of stgreams") == Platform.OTHER


@pytest.mark.parametrize(
    "name",
    [
        "Poland Traffic from Instagram",
        "Traffic from id.Pinterest",
        "Website visits via YouTube",
        "60K Pageviews",
        "SEO Package",
    ],
)
def test_visitors_from_a_network_go_to_a_website(name):
    assert platform_of(name) == Platform.WEBSITE
    assert metric_of(name) == Metric.TRAFFIC


@pytest.mark.parametrize(
    ("name", "metric"),
    [
        ("Instagram Followers", Metric.FOLLOWERS),
        ("Facebook Profile Friends", Metric.FOLLOWERS),
        ("YouTube Subscribers", Metric.SUBSCRIBERS),
        ("Telegram Channel Members", Metric.MEMBERS),
        ("Facebook - Groups Join", Metric.MEMBERS),
        ("Instagram Likes + Views", Metric.LIKES),
        ("Twitter Favorites", Metric.LIKES),
        ("Facebook Fan Page Likes", Metric.PAGE_LIKES),
        ("Facebook - Emoticons Post Likes | Haha", Metric.REACTIONS),
        ("YouTube Dislikes", Metric.DISLIKES),
        ("Instagram Comments Likes (Like on comment)", Metric.COMMENT_LIKES),
        ("Instagram - Emoji Comment", Metric.COMMENTS),
        ("Instagram Live Video Comments", Metric.COMMENTS),
        ("Youtube Live Stream Chat Comments", Metric.COMMENTS),
        ("TikTok Views + Likes", Metric.VIEWS),
        ("Telegram Post Views [Last 50]", Metric.RECENT_VIEWS),
        ("Instagram Story Views [All]", Metric.STORY_VIEWS),
        ("Instagram All Views Story", Metric.STORY_VIEWS),
        ("Instagram - Live Video Views | For 10 Min", Metric.LIVE_VIEWS),
        ("Facebook Live Video Stream - 30 Minutes watch", Metric.LIVE_VIEWS),
        ("Twitch Live Viewers", Metric.LIVE_VIEWS),
        ("YouTube 4000 HOURS Watch Time", Metric.WATCH_HOURS),
        ("YouTube Watchtime pack", Metric.WATCH_HOURS),
        ("Twitter Retweets", Metric.REPOSTS),
        ("Facebook Share", Metric.SHARES),
        ("Instagram Saves", Metric.SAVES),
        ("Spotify Playlist Plays", Metric.PLAYS),
        ("Spotify Monthly Listeners", Metric.LISTENERS),
        ("SoundCloud Downloads", Metric.DOWNLOADS),
        ("Twitter Poll Votes", Metric.VOTES),
        ("Facebook Page Review", Metric.REVIEWS),
        ("Instagram Reach + Impressions", Metric.REACH),
        ("Instagram Profile Visits", Metric.PROFILE_VISITS),
        ("WorldWide Traffic", Metric.TRAFFIC),
        ("Instagram blue tick", Metric.OTHER),
        ("Unlikely shareholders overview", Metric.OTHER),
    ],
)
def test_the_metric_is_read_from_the_name(name, metric):
    assert metric_of(name) == metric


def test_the_metric_is_read_from_the_category_when_the_name_has_none():
    assert metric_of("Spotify Playlists", "Spotify play") == Metric.PLAYS


@pytest.mark.clause("K-80")
@pytest.mark.parametrize(
    ("said", "days"),
    [
        ("R30", 30),
        ("[R7]", 7),
        ("R~365", 365),
        ("R 30D", 30),
        ("AR30", 30),
        ("AR-20 + Refill Button", 20),
        ("AR15/R30", 30),
        ("Refill 30 Days", 30),
        ("30 days Refill", 30),
        ("30 D Refill", 30),
        ("30D AutoRefill", 30),
        ("[30days Refill Button]", 30),
        ("60 days reffil", 60),
        ("30 DF", 30),
        ("30 DR", 30),
        ("30 Days AR + Refill Button", 30),
        ("30 Days Guaranteed", 30),
        ("Guarantee: 30 Days WarrantyMinimum Order: 100", 30),
        ("GuaranteeStart soon, Refill: 90 daysMinimum", 90),
        ("365 days refill", 365),
        ("1 year guarantee", 365),
        ("Refill for 2 weeks", 14),
        ("3 months warranty", 90),
        ("Lifetime", LIFETIME_DAYS),
        ("Life Time Guarantee", LIFETIME_DAYS),
        ("Guarantee: No Drop - Life Time Guarantee", LIFETIME_DAYS),
        ("[R∞]", LIFETIME_DAYS),
        ("♾️ refill", LIFETIME_DAYS),
        ("9999 years refill", LIFETIME_DAYS),
        (bold("30 Days REFILL"), 30),
        ("No Refill", None),
        (bold("NO REFILL"), None),
        ("NR", None),
        ("[N~R]", None),
        ("Refill: No", None),
        ("Refill Available: None", None),
        ("Guarantee: NO Guarantee", None),
        ("without refill", None),
        ("Refill", None),
        ("Life time stable", None),
        ("Non Drop", None),
        ("Over-delivery guaranteed", None),
        ("Max 30K, 30 days old accounts", None),
        ("PR30 MR30X", None),
        ("0 days refill", None),
        ("", None),
    ],
)
def test_a_guarantee_is_what_the_text_names(said, days):
    assert guarantee_of(f"Instagram Followers | {said}") == days
    assert guarantee_of("Instagram Followers", said) == days


def test_a_text_without_contradiction_is_not_doubtful():
    assert not guarantee_is_doubtful("Followers R30", "30 days refill")
    assert not guarantee_is_doubtful("Followers", "No refill")
    assert not guarantee_is_doubtful("Followers", "")
    assert not guarantee_is_doubtful("Followers R30", "Refill 30 days, later no refill")


@pytest.mark.clause("K-80")
@pytest.mark.parametrize(
    ("name", "description"),
    [
        ("Followers R30", "No refill"),
        ("Followers No refill", "Lifetime guarantee"),
        ("Followers R30", "60 days refill"),
        ("Lifetime followers R180", ""),
        ("Followers R30 | No refill", "30 days refill"),
    ],
)
def test_a_guarantee_named_in_two_ways_is_none_until_a_person_decides(name, description):
    assert guarantee_of(name, description) is None
    assert guarantee_is_doubtful(name, description)


@pytest.mark.clause("K-05")
@pytest.mark.parametrize(
    ("said", "start"),
    [
        ("[0-1H]", "0-1 h"),
        ("[1H - 200K/Day]", "1 h"),
        ("| 0 to 6hrs Start", "0-6 h"),
        ("Start: 0-12 hr 🔥", "0-12 h"),
        ("Start Time: 5 minutes", "5 min"),
        ("Start: Instant to 3 HrsSometimes later", "instant-3 h"),
        ("24/96 Hr start", "24-96 h"),
        ("starts in 2 days", "2 d"),
        ("INSTANT", "instant"),
        ("Max 1k", ""),
        ("For 10 Min watch", ""),
        ("", ""),
    ],
)
def test_the_stated_start_is_read(said, start):
    assert stated_start_of(f"Likes {said}") == start
    assert stated_start_of("Likes", said) == start


@pytest.mark.clause("K-08")
@pytest.mark.parametrize(
    ("said", "speed"),
    [
        ("[10K/D]", "10K/day"),
        ("10K/Day", "10K/day"),
        ("[200+/D]", "200+/day"),
        ("Speed 100-500/D", "100-500/day"),
        ("Speed 5k-50k Views per day", "5K-50K/day"),
        ("Speed 1k - 2.5k Per Day", "1K-2.5K/day"),
        ("150 Per Hour", "150/hour"),
        ("20 likes per minute", "20/minute"),
        ("Speed per Day: 20 000-200 000/day", "20000-200000/day"),
        ("Speed: 10 000 unique visitors per day", "10000/day"),
        ("[Max 5M - 1K/D]", "1K/day"),
        ("Speed: 300 ]", "300"),
        ("10k -50k Speed", "10K-50K"),
        ("0.033$/K", ""),
        ("Max 10k", ""),
        ("", ""),
    ],
)
def test_the_stated_speed_is_read(said, speed):
    assert stated_speed_of(f"Likes {said}") == speed
    assert stated_speed_of("Likes", said) == speed


@given(st.text(), st.text())
def test_no_text_is_too_strange_to_be_read(name, other):
    assert platform_of(name, other) in Platform
    assert metric_of(name, other) in Metric
    assert guarantee_of(name, other) is None or guarantee_of(name, other) <= LIFETIME_DAYS
    assert isinstance(guarantee_is_doubtful(name, other), bool)
    assert len(stated_start_of(name, other)) <= 120
    assert len(stated_speed_of(name, other)) <= 120


@given(st.text(alphabet="0123456789 -~/[]|:.,kmdhrnatoes∞", max_size=60))
def test_no_jumble_of_the_trades_own_signs_is_too_strange(text):
    assert guarantee_of(text, text) is None or guarantee_of(text, text) > 0
    assert len(stated_start_of(text)) <= 120
    assert len(stated_speed_of(text)) <= 120


@pytest.mark.parametrize(
    "piece", ["refill ", "no ", "0-", "1 000 ", "r ~-", "live stream ", "1k - ", "[ ", "😀", "ᴿ", "ﷺ"]
)
def test_a_very_long_text_is_read_at_once(piece):
    text = piece * (200_000 // len(piece))
    started = time.perf_counter()

    for read in (platform_of, metric_of, guarantee_of, stated_start_of, stated_speed_of):
        read(text, text)

    assert time.perf_counter() - started < 5
