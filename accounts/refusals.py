"""How this panel says no.

A refusal is a complete sentence for the person who asked, a code for their program, and the clause of the
terms that it rests on. Each is a class of its own beside the rule that raises it:

    class QuantityTooLow(Refusal):
        code = "quantity_too_low"
        clause = "A-22, K-14"
        sentence = _("Order at least %(minimum)s; you asked for %(quantity)s.")

    raise QuantityTooLow(minimum=50, quantity=10)

It is a ValidationError: forms show it, the API answers its code, sentence and clause, logs keep all three.
"""

from django.core.exceptions import ValidationError
from django.utils.functional import Promise


class Refusal(ValidationError):
    """The answer no, with its reason. The keywords fill the places in the sentence."""

    code: str
    clause: str = ""
    sentence: str | Promise

    def __init__(self, **params: object) -> None:
        super().__init__(self.sentence, code=self.code, params=params)  # type: ignore[arg-type]

    @property
    def text(self) -> str:
        """The sentence with its numbers, in the reader's language."""
        return str(self.messages[0])

    @property
    def clauses(self) -> tuple[str, ...]:
        """The ids of the clauses, each an anchor on the page of the terms; empty for a rule of our own."""
        return tuple(part.strip() for part in self.clause.split(",") if part.strip())
