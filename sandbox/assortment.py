"""What the sandbox sells: made-up figures for the counters that the trade sells on each platform.

Forty numbers belong to each counter for good: a service keeps its number when others are added.
"""

from dataclasses import dataclass

BADGES = {
    "Instagram": "📸",
    "YouTube": "▶️",
    "TikTok": "🎵",
    "X": "✖️",
    "Facebook": "👍",
    "Telegram": "✈️",
    "Spotify": "🎧",
    "Twitch": "🎮",
    "LinkedIn": "💼",
    "Discord": "💬",
    "Website": "🌐",
}


@dataclass(frozen=True)
class Counter:
    """One counter on one platform. `rate` is the cheapest per 1000; what is `kept` can drop and be refilled."""

    first_id: int
    platform: str
    noun: str
    rate: str
    least: int
    most: int
    place: str
    kept: bool = True
    countries: int = 0
    package: bool = False
    type: str = "Default"
    variants: int = 10


PROFILE = "Profile link, public"
POST = "Post link"
VIDEO = "Video link"
COMMENTS = "Custom Comments"

COUNTERS = (
    Counter(1001, "Instagram", "Followers", "0.38", 10, 1_000_000, PROFILE,
            countries=8, package=True, variants=14),
    Counter(1041, "Instagram", "Likes", "0.021", 10, 500_000, POST, countries=6, package=True, variants=14),
    Counter(1081, "Instagram", "Reel Views", "0.0009", 100, 100_000_000, "Reel link", kept=False),
    Counter(1121, "Instagram", "Video Views", "0.0011", 100, 50_000_000, POST, kept=False),
    Counter(1161, "Instagram", "Story Views", "0.0105", 20, 100_000, PROFILE, kept=False, variants=6),
    Counter(1201, "Instagram", "Custom Comments", "3.2", 5, 5_000, POST, type=COMMENTS, countries=4),
    Counter(1241, "Instagram", "Random Comments", "1.9", 10, 10_000, POST, variants=6),
    Counter(1281, "Instagram", "Comment Likes", "0.92", 20, 20_000, "Comment link", variants=5),
    Counter(1321, "Instagram", "Saves", "0.0064", 10, 500_000, POST, kept=False, variants=7),
    Counter(1361, "Instagram", "Shares", "0.017", 10, 1_000_000, POST, kept=False, variants=7),
    Counter(1401, "Instagram", "Impressions + Reach", "0.0135", 100, 5_000_000, POST,
            kept=False, variants=6),
    Counter(1441, "Instagram", "Live Video Viewers [30 Min]", "1.1", 50, 20_000, PROFILE,
            kept=False, variants=6),
    Counter(1481, "Instagram", "Channel Members", "0.85", 50, 100_000, "Broadcast channel link",
            variants=6),
    Counter(2001, "YouTube", "Views", "0.62", 100, 10_000_000, VIDEO, countries=8, variants=14),
    Counter(2041, "YouTube", "Shorts Views", "0.41", 100, 5_000_000, "Shorts link", variants=8),
    Counter(2081, "YouTube", "Likes", "0.14", 10, 300_000, VIDEO, countries=4, variants=12),
    Counter(2121, "YouTube", "Subscribers", "1.3", 10, 100_000, "Channel link",
            countries=3, package=True, variants=12),
    Counter(2161, "YouTube", "Watch Hours [15 Min+ Video]", "6.8", 100, 4_000, VIDEO, variants=6),
    Counter(2201, "YouTube", "Watch Hours [60 Min+ Video]", "4.9", 100, 4_000, VIDEO, package=True,
            variants=6),
    Counter(2241, "YouTube", "Custom Comments", "4.4", 5, 5_000, VIDEO,
            type=COMMENTS, countries=4, variants=8),
    Counter(2281, "YouTube", "Comment Likes", "0.33", 10, 50_000, "Comment link", variants=5),
    Counter(2321, "YouTube", "Shares", "0.69", 50, 200_000, VIDEO, kept=False, variants=6),
    Counter(2361, "YouTube", "Livestream Viewers [30 Min]", "0.52", 50, 50_000, "Livestream link",
            kept=False, variants=6),
    Counter(2401, "YouTube", "Livestream Viewers [3 Hours]", "2.9", 50, 20_000, "Livestream link",
            kept=False, variants=5),
    Counter(3001, "TikTok", "Followers", "0.59", 10, 500_000, PROFILE,
            countries=6, package=True, variants=13),
    Counter(3041, "TikTok", "Likes", "0.024", 10, 500_000, VIDEO, countries=4, variants=12),
    Counter(3081, "TikTok", "Views", "0.00095", 100, 100_000_000, VIDEO,
            kept=False, package=True, variants=12),
    Counter(3121, "TikTok", "Custom Comments", "3.7", 5, 2_000, VIDEO,
            type=COMMENTS, countries=2, variants=7),
    Counter(3161, "TikTok", "Shares", "0.0072", 10, 1_000_000, VIDEO, kept=False, variants=8),
    Counter(3201, "TikTok", "Saves", "0.0105", 10, 500_000, VIDEO, kept=False, variants=8),
    Counter(3241, "TikTok", "Live Viewers [15 Min]", "0.31", 20, 50_000, PROFILE, kept=False, variants=6),
    Counter(3281, "TikTok", "Live Likes", "0.0066", 100, 5_000_000, PROFILE, kept=False, variants=5),
    Counter(4001, "X", "Followers", "1.05", 20, 200_000, PROFILE, countries=5, variants=12),
    Counter(4041, "X", "Likes", "0.58", 20, 50_000, POST, countries=3, variants=9),
    Counter(4081, "X", "Retweets", "0.74", 20, 50_000, POST, countries=3, variants=9),
    Counter(4121, "X", "Views", "0.0026", 100, 100_000_000, POST, kept=False, variants=9),
    Counter(4161, "X", "Custom Comments", "9.5", 5, 1_000, POST, type=COMMENTS, variants=5),
    Counter(4201, "X", "Bookmarks", "0.88", 20, 20_000, POST, kept=False, variants=5),
    Counter(4241, "X", "Space Listeners [30 Min]", "5.2", 20, 5_000, "Space link", kept=False, variants=5),
    Counter(5001, "Facebook", "Page Followers", "0.47", 50, 500_000, "Page link",
            countries=5, package=True, variants=12),
    Counter(5041, "Facebook", "Page Likes + Followers", "0.66", 50, 300_000, "Page link", variants=8),
    Counter(5081, "Facebook", "Profile Followers", "0.52", 50, 300_000, PROFILE, variants=8),
    Counter(5121, "Facebook", "Post Likes", "0.15", 20, 200_000, POST, countries=4, variants=10),
    Counter(5161, "Facebook", "Post Reactions [LOVE ❤️]", "0.21", 20, 50_000, POST, variants=6),
    Counter(5201, "Facebook", "Video Views", "0.052", 100, 10_000_000, VIDEO, kept=False, variants=8),
    Counter(5241, "Facebook", "Reel Views", "0.013", 100, 10_000_000, "Reel link", kept=False, variants=6),
    Counter(5281, "Facebook", "Post Shares", "0.86", 20, 50_000, POST, variants=6),
    Counter(5321, "Facebook", "Custom Comments", "6.1", 5, 2_000, POST,
            type=COMMENTS, countries=2, variants=6),
    Counter(5361, "Facebook", "Group Members", "0.71", 100, 200_000, "Group link, public", variants=7),
    Counter(5401, "Facebook", "Live Viewers [30 Min]", "0.94", 50, 20_000, "Live video link",
            kept=False, variants=5),
    Counter(6001, "Telegram", "Channel Members", "0.22", 100, 200_000, "Channel link, public",
            countries=6, package=True, variants=13),
    Counter(6041, "Telegram", "Group Members", "0.29", 100, 100_000, "Group link, public",
            countries=3, variants=9),
    Counter(6081, "Telegram", "Premium Members", "7.5", 10, 20_000, "Channel link, public", variants=5),
    Counter(6121, "Telegram", "Post Views", "0.0012", 50, 10_000_000, POST, kept=False, variants=10),
    Counter(6161, "Telegram", "Post Views [Last 10 Posts]", "0.011", 50, 1_000_000, "Channel link, public",
            kept=False, variants=5),
    Counter(6201, "Telegram", "Reactions [👍 ❤️ 🔥 🎉]", "0.033", 10, 200_000, POST, kept=False, variants=8),
    Counter(6241, "Telegram", "Post Shares", "0.0094", 50, 1_000_000, POST, kept=False, variants=5),
    Counter(6281, "Telegram", "Custom Comments", "11.5", 5, 1_000, POST, type=COMMENTS, variants=4),
    Counter(6321, "Telegram", "Bot Starts", "0.37", 50, 50_000, "Bot link", kept=False, variants=5),
    Counter(7001, "Spotify", "Track Plays", "0.17", 1_000, 10_000_000, "Track link",
            countries=6, package=True, variants=10),
    Counter(7041, "Spotify", "Album Plays", "0.19", 1_000, 5_000_000, "Album link", variants=6),
    Counter(7081, "Spotify", "Playlist Plays", "0.18", 1_000, 5_000_000, "Playlist link", variants=6),
    Counter(7121, "Spotify", "Artist Followers", "0.24", 100, 500_000, "Artist link", variants=8),
    Counter(7161, "Spotify", "Playlist Followers", "0.23", 100, 500_000, "Playlist link", variants=7),
    Counter(7201, "Spotify", "Track Saves", "0.31", 100, 200_000, "Track link", variants=6),
    Counter(7241, "Spotify", "Monthly Listeners", "1.6", 500, 1_000_000, "Artist link",
            kept=False, countries=3, variants=7),
    Counter(7281, "Spotify", "Podcast Plays", "0.42", 500, 1_000_000, "Episode link", variants=5),
    Counter(8001, "Twitch", "Followers", "0.16", 10, 200_000, "Channel link", countries=2, variants=10),
    Counter(8041, "Twitch", "Live Viewers [30 Min]", "0.73", 10, 10_000, "Channel link, live",
            kept=False, variants=6),
    Counter(8081, "Twitch", "Live Viewers [3 Hours]", "3.9", 10, 5_000, "Channel link, live",
            kept=False, variants=5),
    Counter(8121, "Twitch", "Video Views", "0.14", 100, 500_000, VIDEO, kept=False, variants=6),
    Counter(8161, "Twitch", "Clip Views", "0.12", 100, 1_000_000, "Clip link", kept=False, variants=6),
    Counter(8201, "Twitch", "Chat Custom Comments", "14.5", 5, 500, "Channel link, live",
            type=COMMENTS, variants=4),
    Counter(9001, "LinkedIn", "Profile Followers", "5.9", 50, 20_000, PROFILE, variants=6),
    Counter(9041, "LinkedIn", "Company Page Followers", "5.1", 50, 50_000, "Company page link", variants=6),
    Counter(9081, "LinkedIn", "Post Likes", "5.6", 20, 5_000, POST, variants=5),
    Counter(9121, "LinkedIn", "Custom Comments", "21", 5, 300, POST, type=COMMENTS, variants=3),
    Counter(9201, "Discord", "Server Members [Offline]", "1.7", 50, 20_000, "Endless invite link",
            variants=6),
    Counter(9241, "Discord", "Server Members [Online 30 Days]", "12.5", 50, 5_000, "Endless invite link",
            variants=4),
    Counter(9401, "Website", "Traffic [Direct Visits]", "0.11", 500, 1_000_000, "Web address",
            kept=False, countries=8, variants=5),
    Counter(9441, "Website", "Traffic [From Search]", "0.19", 500, 1_000_000, "Web address",
            kept=False, countries=8, variants=4),
    Counter(9481, "Website", "Traffic [From Social Media]", "0.14", 500, 1_000_000, "Web address",
            kept=False, variants=4),
)  # fmt: skip

COUNTRIES = (
    ("🇺🇸", "USA"),
    ("🇮🇳", "India"),
    ("🇧🇷", "Brazil"),
    ("🇹🇷", "Turkey"),
    ("🇩🇪", "Germany"),
    ("🇸🇦", "Arab"),
    ("🇮🇩", "Indonesia"),
    ("🇳🇬", "Nigeria"),
)


@dataclass(frozen=True)
class Grade:
    """How good, how fast, how long guaranteed: `days` 0 is no refill, None is for life."""

    label: str
    quality: str
    price: str
    days: int | None
    daily: float
    start: str
    drop: str
    cancel: bool = True
    flourish: str = ""


GRADES = (
    Grade("Bot", "Empty accounts, no picture", "1", 0, 0.2, "0-5 Min", "Drops a lot, expect 40-80%"),
    Grade("LQ Accounts", "Low quality, few posts", "1.15", 0, 0.1, "0-30 Min", "Drop 30-60%"),
    Grade(
        "Mixed Quality", "Mixed, most with a picture", "1.4", 30, 0.08, "0-1 Hr", "Drop 10-25%", flourish="⭐"
    ),
    Grade("HQ Accounts", "High quality, with posts", "1.9", 30, 0.05, "0-1 Hr", "Drop 5-15%", flourish="🔥"),
    Grade("HQ Accounts", "High quality, with posts", "2.2", 60, 0.05, "0-2 Hrs", "Drop 5-15%"),
    Grade("Real Mixed", "Real and mixed accounts", "2.9", 90, 0.03, "0-3 Hrs", "Drop 3-10%", flourish="💎"),
    Grade("Real", "Real accounts", "3.8", 365, 0.02, "0-6 Hrs", "Drop 0-5%", cancel=False),
    Grade(
        "Old Accounts",
        "Accounts older than a year",
        "4.6",
        None,
        0.02,
        "0-6 Hrs",
        "Hardly drops",
        flourish="♻️",
    ),
    Grade("Real Active", "Real and active people", "7.5", 30, 0.01, "0-12 Hrs", "Hardly drops", cancel=False),
    Grade(
        "Super Instant",
        "Mixed, fastest we have",
        "2.6",
        0,
        0.5,
        "Instant",
        "Drop 10-30%",
        cancel=False,
        flourish="⚡",
    ),
    Grade(
        "Slow & Natural",
        "Real mixed, spread over days",
        "3.3",
        30,
        0.004,
        "0-24 Hrs",
        "Drop 0-5%",
        flourish="🐢",
    ),
    Grade("Exclusive", "Own accounts, only here", "5.4", 365, 0.04, "0-1 Hr", "Hardly drops", flourish="👑"),
    Grade("Backup Server", "Mixed, when others are busy", "1.7", 7, 0.03, "0-8 Hrs", "Drop 10-30%"),
    Grade(
        "Premium Female",
        "Real, female names",
        "9",
        60,
        0.008,
        "0-12 Hrs",
        "Drop 0-5%",
        cancel=False,
        flourish="💃",
    ),
)
UNKEPT_GRADES = (
    Grade("Cheapest", "Counts only, no visitors", "1", 0, 0.3, "0-5 Min", ""),
    Grade("Worldwide", "Worldwide mix", "1.15", 0, 0.2, "0-15 Min", "", flourish="🌍"),
    Grade("HQ", "From accounts with a picture", "1.4", 0, 0.1, "0-30 Min", "", flourish="⭐"),
    Grade("Fast Server", "Worldwide mix, large capacity", "1.9", 0, 0.6, "Instant", "", flourish="⚡"),
    Grade("Stable", "Holds its speed to the end", "2.2", 0, 0.1, "0-1 Hr", ""),
    Grade("Real Mixed", "Real and mixed accounts", "2.9", 0, 0.05, "0-2 Hrs", "", flourish="💎"),
    Grade("Real", "Real accounts", "3.8", 0, 0.03, "0-6 Hrs", "", cancel=False),
    Grade(
        "Super Instant", "Starts within seconds", "2.6", 0, 0.9, "Instant", "", cancel=False, flourish="🚀"
    ),
    Grade("Slow & Natural", "Spread over days", "3.3", 0, 0.01, "0-24 Hrs", "", flourish="🐢"),
    Grade("Exclusive", "Own source, only here", "5.4", 0, 0.2, "0-1 Hr", "", flourish="👑"),
    Grade("Backup Server", "When others are busy", "1.7", 0, 0.1, "0-8 Hrs", ""),
    Grade(
        "Real Active", "Real and active people", "7.5", 0, 0.02, "0-12 Hrs", "", cancel=False, flourish="🔥"
    ),
)
TRAFFIC_GRADES = (
    Grade("Desktop", "Desktop browsers, sessions of 20 s", "1", 0, 0.02, "0-12 Hrs", ""),
    Grade("Mobile", "Phones, sessions of 20 s", "1.2", 0, 0.02, "0-12 Hrs", "", flourish="📱"),
    Grade(
        "Desktop + Mobile", "Mixed devices, sessions of 40 s", "1.5", 0, 0.02, "0-12 Hrs", "", flourish="⭐"
    ),
    Grade(
        "Long Sessions", "Mixed devices, sessions of 2 minutes", "3.4", 0, 0.01, "0-24 Hrs", "", flourish="💎"
    ),
    Grade("Low Bounce", "Mixed devices, three pages a visit", "6.1", 0, 0.01, "0-24 Hrs", "", flourish="🔥"),
)
ABROAD = Grade("Real", "Accounts of that country", "6.2", 30, 0.01, "0-6 Hrs", "Drop 3-10%", flourish="🎯")
ABROAD_FIRST = 20
PACKAGES_FIRST = 30
PACKAGE_SIZES = (("100", 100), ("1K", 1_000), ("10K", 10_000))
