"""Orders that are delivered in runs."""

from datetime import datetime, timedelta

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.triggers import refuse

MOST_RUNS = 1000
LONGEST_INTERVAL_MINUTES = 7 * 24 * 60
# How a run ends that is given back because an earlier one never reached its provider.
RUN_NEVER_BEGUN = "run_never_begun"


class DripFeed(models.Model):
    """Several orders of the same, bought at once and begun one after the other. The first one's number is its name."""

    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="drip_feeds"
    )
    runs = models.PositiveSmallIntegerField(_("runs"))
    interval_minutes = models.PositiveSmallIntegerField(_("interval, minutes"))
    placed_at = models.DateTimeField(_("placed"))

    class Meta:
        verbose_name = _("drip-feed")
        verbose_name_plural = _("drip-feeds")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                name="drip_feed_runs_within_limits", condition=Q(runs__gte=2, runs__lte=MOST_RUNS)
            ),
            models.CheckConstraint(
                name="drip_feed_interval_within_limits",
                condition=Q(interval_minutes__gte=1, interval_minutes__lte=LONGEST_INTERVAL_MINUTES),
            ),
        ]
        triggers = [refuse("drip_feed_is_never_changed", pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.runs} runs, every {self.interval_minutes} min"

    def planned_start(self, run: int) -> datetime:
        """When this run begins if none takes longer than the interval; the first one is number 1."""
        start: datetime = self.placed_at + timedelta(minutes=self.interval_minutes * (run - 1))
        return start
