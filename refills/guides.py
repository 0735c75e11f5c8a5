"""What a screenshot has to show, for each network and what is counted there: asked for by name, not "a proof".

The same words stand before the customer who sends it and before staff who look at it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog.platforms import Metric, Platform
from orders.models import Order
from refills.promising import is_watched

Text = str | Promise


@dataclass(frozen=True)
class Guide:
    """Which screen to open, and what has to be readable on it."""

    screen: str
    shows: tuple[str, ...]


_CONTENT = _("the post or video itself, opened")

_SCREENS: Mapping[str, Text] = MappingProxyType(
    {
        Metric.FOLLOWERS: _("the profile, opened as any visitor sees it"),
        Metric.SUBSCRIBERS: _("the channel's page, opened as any visitor sees it"),
        Metric.MEMBERS: _("the group's or channel's page, opened as any visitor sees it"),
        Metric.PAGE_LIKES: _("the page, opened as any visitor sees it"),
        Metric.STORY_VIEWS: _("the story's list of viewers, in the app"),
        Metric.RECENT_VIEWS: _("the profile's list of posts with their views"),
        Metric.LIVE_VIEWS: _("the live video with its number of viewers"),
        Metric.COMMENT_LIKES: _("the comment with its likes, and the post above it"),
        Metric.SHARES: _("the post or video, with its statistics open"),
        Metric.SAVES: _("the post or video, with its statistics open"),
        Metric.PLAYS: _("the track's, album's or playlist's page"),
        Metric.LISTENERS: _("the artist's page"),
        Metric.DOWNLOADS: _("the statistics of the track or episode"),
        Metric.VOTES: _("the poll with its result"),
        Metric.REVIEWS: _("the page with its list of reviews"),
        Metric.REACH: _("the statistics of the post or profile"),
        Metric.PROFILE_VISITS: _("the profile's statistics"),
        Metric.TRAFFIC: _("the site's statistics of visits"),
        Metric.WATCH_HOURS: _("the statistics of the channel, with the period chosen by you"),
    }
)

_SPECIAL: Mapping[tuple[str, str], Text] = MappingProxyType(
    {
        (Platform.YOUTUBE, Metric.WATCH_HOURS): _(
            "YouTube Studio, Analytics, Overview: with a custom period and the watch time in hours"
        ),
        (Platform.YOUTUBE, Metric.SUBSCRIBERS): _(
            "the channel's page with all digits of the number: About, or the dashboard of YouTube Studio"
        ),
        (Platform.YOUTUBE, Metric.VIEWS): _(
            "the video's page with its description open: all digits show there"
        ),
        (Platform.INSTAGRAM, Metric.FOLLOWERS): _(
            "the profile; above 10,000 press the number so that all digits show"
        ),
        (Platform.SPOTIFY, Metric.FOLLOWERS): _("the artist's, playlist's or user's page"),
    }
)


def guide_for(order: Order) -> Guide:
    """Return what a screenshot for this order has to show (R-15, K-44, K-64)."""
    platform, metric = order.service.platform, order.metric
    screen = _SPECIAL.get((platform, metric)) or _SCREENS.get(metric) or _CONTENT
    shows = [
        gettext("the link or name: %(link)s") % {"link": order.link},
        gettext("today's date: on the device's clock, or beside the page"),
    ]
    if is_watched(order):
        shows[1:1] = [
            gettext("the period: %(day)s until today") % {"day": date_format(order.placed_at, "DATE_FORMAT")},
            gettext("the hours watched in this period. A total of the channel's whole life does not help"),
        ]
    else:
        shows[1:1] = [gettext("the count, with all its digits")]
    return Guide(str(screen), tuple(shows))
