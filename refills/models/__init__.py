"""Refills and everything kept about them."""

from refills.models.refills import Refill, RefillEvent, RefillQuerySet, StaleRefill
from refills.models.submissions import RefillSubmission

__all__ = ["Refill", "RefillEvent", "RefillQuerySet", "RefillSubmission", "StaleRefill"]
