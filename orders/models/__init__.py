"""Orders and everything kept about them."""

from orders.models.cases import (
    CaseMessage,
    CaseState,
    FaultFinding,
    FaultSource,
    Proposal,
    ReasonText,
    RefundCase,
)
from orders.models.drips import DripFeed
from orders.models.hastening import SpeedUp, SpeedUpState
from orders.models.marks import Fault, Review
from orders.models.orders import (
    Channel,
    Claim,
    Order,
    OrderEvent,
    OrderQuerySet,
    StaleOrder,
)
from orders.models.reaching import TargetReached, TerminatedOrder
from orders.models.sightings import Condition, Sighting, SightingSource
from orders.models.submissions import RefundBrake, Submission
from orders.models.watchwords import Watchword

__all__ = [
    "CaseMessage",
    "CaseState",
    "Channel",
    "Claim",
    "Condition",
    "DripFeed",
    "Fault",
    "FaultFinding",
    "FaultSource",
    "Order",
    "OrderEvent",
    "OrderQuerySet",
    "Proposal",
    "ReasonText",
    "RefundBrake",
    "RefundCase",
    "Review",
    "Sighting",
    "SightingSource",
    "SpeedUp",
    "SpeedUpState",
    "StaleOrder",
    "Submission",
    "TargetReached",
    "TerminatedOrder",
    "Watchword",
]
