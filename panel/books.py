"""Proving the books, and remembering when that was done last and what was found."""

from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache

from billing.verification import Findings, verify_books
from orders.verification import verify_orders

LAST_PROOF = "panel:last_proof"


@dataclass(frozen=True)
class Proof:
    """The books were added up again at this time, and so many differences were found."""

    at: datetime
    differences: int


def prove_books(*, now: datetime) -> Findings:
    """Add everything up again, and remember the outcome for staff."""
    findings = verify_books() + verify_orders()
    cache.set(LAST_PROOF, Proof(now, len(findings.differences)), timeout=None)
    return findings


def last_proof() -> Proof | None:
    proof: Proof | None = cache.get(LAST_PROOF)
    return proof
