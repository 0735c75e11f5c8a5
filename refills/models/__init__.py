"""Refills and everything kept about them."""

from refills.models.evidence import Evidence, EvidenceImage
from refills.models.refills import Refill, RefillEvent, RefillQuerySet, StaleRefill
from refills.models.submissions import RefillSubmission

__all__ = [
    "Evidence",
    "EvidenceImage",
    "Refill",
    "RefillEvent",
    "RefillQuerySet",
    "RefillSubmission",
    "StaleRefill",
]
