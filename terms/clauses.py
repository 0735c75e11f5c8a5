"""The clauses of the two panels whose rules this program runs: A-01 to A-39 and K-01 to K-85.

The wording of each profile states its own. Refusals, parameters and the tests that prove a clause name it by its
number; `docs/clauses.md` is made from all of them.
"""

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What becomes of a clause."""

    COMPUTED = "C"
    SHOWN = "U"
    RECORDED = "R"
    STAFF = "O"
    LEGAL = "L"


@dataclass(frozen=True)
class Clause:
    """One thing that the terms say. `twins` are the clauses of the other panel on the same matter."""

    number: str
    kinds: tuple[Kind, ...]
    title: str
    twins: tuple[str, ...] = ()


# number, kinds, the same matter at the other panel, what it says
_ALPHASMM = (
    ("A-01", "LUR", "K-02", "Using the panel means agreeing to its terms"),
    ("A-02", "CUR", "K-03", "An account is opened only by somebody who has read the terms"),
    ("A-03", "L", "K-04", "The panel does not answer for losses of those who skipped them"),
    ("A-04", "URC", "K-50", "Each order agrees to the version in force"),
    ("A-05", "CRO", "K-49", "A new version counts at once, without warning"),
    ("A-06", "CUR", "K-50", "Look at what changed before ordering again"),
    ("A-07", "UO", "", "The networks' own terms are to be kept"),
    ("A-08", "CUR", "K-51", "Rates may move at any time"),
    ("A-09", "U", "K-35 K-46", "Real times may stray from the usual ones"),
    ("A-10", "CR", "K-12 K-66", "What is not delivered is paid back by itself"),
    ("A-11", "CO", "K-79", "A wrong link may cost the refund"),
    ("A-12", "CO", "K-24 K-27", "So may changing the content while delivery runs"),
    ("A-13", "UC", "K-47", "The time of finishing is an estimate"),
    ("A-14", "CU", "K-46 K-47 K-48", "Being slow is no reason for a refund"),
    ("A-15", "CU", "", "Figures of an order may be brought up to date only at its end"),
    ("A-16", "L", "K-53", "Damage by misuse is not the panel's"),
    ("A-17", "LU", "", "Orders serve accounts of one's own"),
    ("A-18", "CL", "", "What was paid for is delivered"),
    ("A-19", "UO", "K-25", "Nothing that the networks forbid"),
    ("A-20", "CU", "K-79", "A private account gets no money back"),
    ("A-21", "UC", "K-20 K-22", "Account and counter are visible to all"),
    ("A-22", "CU", "", "The link must be one that the service can use"),
    ("A-23", "UC", "K-26 K-68", "A payment that went through stays"),
    ("A-24", "C", "K-26 K-69", "The balance is there to order with"),
    ("A-25", "CUR", "K-75", "Who pays promises not to dispute it"),
    ("A-26", "CO", "K-76", "A dispute may end running orders"),
    ("A-27", "CO", "", "And it may close the door"),
    ("A-28", "C", "K-16 K-23", "Once at work, an order is neither cancelled nor paid back on request"),
    ("A-29", "C", "K-12 K-67", "What cannot be delivered returns to the balance"),
    ("A-30", "CO", "K-79", "Orders put in the wrong place are not paid back"),
    ("A-31", "CU", "K-23", "Look twice before ordering"),
    ("A-32", "CO", "K-77 K-78", "A stolen card ends the account for good"),
    ("A-33", "CU", "K-21", "Better one service per link at a time"),
    ("A-34", "C", "", "Several at once make a refill wait"),
    ("A-35", "CU", "", "Several at once may not all be seen to arrive"),
    ("A-36", "OL", "K-83", "Personal data is guarded by all means at hand"),
    ("A-37", "CO", "K-84", "It serves to fulfil orders, nothing else"),
    ("A-38", "OC", "K-85", "It is neither sold nor handed on"),
    ("A-39", "CO", "", "It is kept encrypted"),
)  # fmt: skip
_BESTSMMKART = (
    ("K-01", "UL", "", "The panel belongs to no network and no brand"),
    ("K-02", "LUR", "A-01", "Using the panel means agreeing to its terms"),
    ("K-03", "CUR", "A-02", "Opening an account or ordering says that they were read"),
    ("K-04", "LR", "A-03", "What a service's description says counts as read, too"),
    ("K-05", "UC", "", "A start time is how long it should take to begin"),
    ("K-06", "UC", "", "Non-drop promises little loss, not none"),
    ("K-07", "UC", "", "High-drop may lose all of it, again and again"),
    ("K-08", "UC", "", "A speed is what should arrive per day once begun"),
    ("K-09", "CU", "", "Within the guarantee a loss is made up for"),
    ("K-10", "UC", "", "Without a guarantee nothing is made up for"),
    ("K-11", "UC", "", "An open order is at work and should begin within its start time"),
    ("K-12", "CRU", "A-10 A-29", "A part delivered is a part paid for"),
    ("K-13", "O", "", "Support answers whatever it is"),
    ("K-14", "CU", "", "Try a small order first"),
    ("K-15", "CU", "", "Estimates come from the last orders and may fail"),
    ("K-16", "CU", "A-28", "An order placed is neither cancelled nor stopped"),
    ("K-17", "CUO", "", "Who is not content is shown something better"),
    ("K-18", "CL", "", "Who is still not content may leave"),
    ("K-19", "L", "", "Not everybody can be pleased"),
    ("K-20", "UC", "A-21", "The account is visible to all"),
    ("K-21", "CU", "A-33", "One order per link at a time"),
    ("K-22", "UC", "A-21", "So is the number that the order moves"),
    ("K-23", "CU", "A-28 A-31", "An order placed is never edited"),
    ("K-24", "COU", "A-12", "Content that disappears may count as delivered"),
    ("K-25", "UO", "A-19", "No porn, no politics, nothing extreme or inflaming"),
    ("K-26", "UC", "A-23 A-24", "Money added stays and is spent here"),
    ("K-27", "CU", "A-12", "A changed name has no refill"),
    ("K-28", "C", "", "Neither has a dead link"),
    ("K-29", "C", "", "Neither has a private account"),
    ("K-30", "CR", "", "A refill is told from each order's own counts"),
    ("K-31", "CU", "", "Many asked for at once are judged one by one"),
    ("K-32", "CU", "", "First the refill, then the next order"),
    ("K-33", "CU", "", "Because the next order counts from what it finds"),
    ("K-34", "C", "", "Whatever kind of service it is"),
    ("K-35", "UO", "A-09", "Most things are done in one to three days"),
    ("K-36", "CU", "", "An order small beside the account has no refill"),
    ("K-37", "U", "", "The share explained with an example"),
    ("K-38", "C", "", "Earlier orders of the same service count towards the share"),
    ("K-39", "C", "", "No two orders for services that do the same"),
    ("K-40", "C", "", "One order per account and kind at a time"),
    ("K-41", "C", "", "Whatever arrives after the start counts as delivered"),
    ("K-42", "CU", "", "Finish, refill, order again: in this sequence"),
    ("K-43", "C", "", "Watch hours: one order per channel and video"),
    ("K-44", "CR", "", "Watch hours count from the day of the order, wherever from"),
    ("K-45", "CU", "", "Hours reached, nothing to refill"),
    ("K-46", "UL", "A-09 A-14", "Start, speed and quality are not promised"),
    ("K-47", "UC", "A-13 A-14", "They are estimated as well as can be"),
    ("K-48", "C", "A-14", "A failed estimate pays nothing"),
    ("K-49", "CR", "A-05", "A new version counts at once, without warning"),
    ("K-50", "CUR", "A-04 A-06", "The terms are read before every order"),
    ("K-51", "CU", "A-08", "Rates may move at any time"),
    ("K-52", "C", "", "A moved rate changes nothing about what was ordered"),
    ("K-53", "L", "A-16", "Damage is not the panel's"),
    ("K-54", "CU", "", "Sold without a refill, never refilled"),
    ("K-55", "CO", "", "Sold without a refill, no complaint about losses"),
    ("K-56", "C", "", "A refill is for a loss within the guarantee"),
    ("K-57", "C", "", "No loss, or a count below the start: no refill"),
    ("K-58", "C", "", "A refill never turns into money"),
    ("K-59", "CU", "", "A refill has its own time to begin"),
    ("K-60", "CO", "", "A slow one can be hurried, not paid back"),
    ("K-61", "U", "", "Quality may differ from the name"),
    ("K-62", "C", "", "Growth from anywhere counts as delivered"),
    ("K-63", "CR", "", "An order whose count is reached may be closed"),
    ("K-64", "COR", "", "A picture may be asked for"),
    ("K-65", "L", "", "What a network deletes is not the panel's fault"),
    ("K-66", "C", "A-10", "What fails is paid back by itself"),
    ("K-67", "C", "A-29", "The undelivered share of the charge returns to the balance"),
    ("K-68", "UC", "A-23", "A payment that went through stays"),
    ("K-69", "CU", "A-24", "The balance is there to order with"),
    ("K-70", "CO", "", "Paying out is for the panel to allow"),
    ("K-71", "C", "", "Young payments are paid out without a fee"),
    ("K-72", "C", "", "A bonus is never paid out"),
    ("K-73", "C", "", "Older payments bear a fee"),
    ("K-74", "OU", "", "Paying out takes some working days"),
    ("K-75", "CUR", "A-25", "Who pays promises not to dispute it"),
    ("K-76", "CO", "A-26", "A dispute may end orders old and new"),
    ("K-77", "CO", "A-32", "A stolen card ends the account"),
    ("K-78", "C", "A-32", "For good"),
    ("K-79", "CO", "A-11 A-20 A-30", "A failure on the customer's side is not paid back"),
    ("K-80", "C", "", "A guarantee is one that the service names"),
    ("K-81", "CO", "", "What is not named is not supported"),
    ("K-82", "LU", "", "There is a policy for personal data"),
    ("K-83", "O", "A-36", "Personal data is guarded by all means at hand"),
    ("K-84", "C", "A-37", "It serves to fulfil orders"),
    ("K-85", "CO", "A-38", "It is neither sold nor handed on"),
)  # fmt: skip

CLAUSES: dict[str, Clause] = {
    number: Clause(number, tuple(Kind(letter) for letter in kinds), title, tuple(twins.split()))
    for number, kinds, twins, title in (*_ALPHASMM, *_BESTSMMKART)
}
