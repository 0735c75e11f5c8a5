"""The form for many orders: a box of lines, and what was shown and ticked on its summary."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.refusals import Refusal
from billing.money import ZERO
from orders.asking import OrderRequest
from orders.many_lines import MOST_LINES, Line, LineUnreadable, read_lines
from orders.models import Channel
from orders.placing import PublicNotConfirmed
from orders.placing_many import Verdict, check_many
from terms.acceptance import TermsNotAccepted, require_current, tick_needed
from terms.models import TermsVersion

# Stands for a line that is not to be placed.
LEFT_OUT = "-"


class NoLines(Refusal):
    code = "no_lines"
    sentence = _("Write one order on each line.")


class TooManyLines(Refusal):
    code = "too_many_lines"
    sentence = _("At most %(most)s lines at once; these are %(lines)s. Nothing was charged.")


@dataclass(frozen=True)
class Row:
    """A line and what becomes of it."""

    line: Line
    verdict: Verdict


class ManyForm(forms.Form):
    text = forms.CharField(
        label=_("Orders, one on each line"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false", "autocomplete": "off", "dir": "ltr"}),
    )
    form_id = forms.UUIDField(required=False)
    shown_version = forms.IntegerField(required=False)
    charges = forms.CharField(required=False)
    accept_terms = forms.BooleanField(required=False)
    public = forms.BooleanField(required=False)
    overlap = forms.BooleanField(required=False)

    lines: list[Line]
    form_id_now: UUID

    def __init__(self, *args: Any, customer: User, version: TermsVersion, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.customer, self.version = customer, version
        self.lines = []

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        # The same form keeps its id: what it has placed is found again and not placed twice.
        self.form_id_now = cleaned.get("form_id") or uuid4()
        self.lines = read_lines(cleaned.get("text", ""), form_id=self.form_id_now)
        if not self.lines:
            self.add_error("text", NoLines())
        elif len(self.lines) > MOST_LINES:
            self.add_error(
                "text",
                TooManyLines(most=number_format(MOST_LINES), lines=number_format(len(self.lines))),
            )
        return cleaned

    @property
    def terms_tick(self) -> bool:
        return tick_needed(customer=self.customer, version=self.version)

    @property
    def public_tick(self) -> bool:
        return self.version.rules.order.public_ack

    @property
    def ticked(self) -> list[str]:
        return [name for name in ("accept_terms", "public", "overlap") if self.cleaned_data.get(name)]

    def check(self, *, now: datetime) -> list[Row]:
        """Judge every line, in turn and against the ones before it."""
        readable = [line for line in self.lines if line.service_id is not None]
        verdicts = check_many(
            customer=self.customer,
            requests=[self.request(line, limit=None) for line in readable],
            now=now,
        )
        judged = dict(zip((line.number for line in readable), verdicts, strict=True))
        unreadable = Verdict(refusal=LineUnreadable())
        return [Row(line, judged.get(line.number, unreadable)) for line in self.lines]

    def refuse_missing_ticks(self) -> None:
        """Ask once for what every order would be refused without."""
        try:
            require_current(version=self.version, shown_number=self.cleaned_data["shown_version"])
        except Refusal as refusal:
            self.add_error(None, refusal)
        if self.terms_tick and not self.cleaned_data["accept_terms"]:
            self.add_error("accept_terms", TermsNotAccepted(number=self.version.number))
        if self.public_tick and not self.cleaned_data["public"]:
            self.add_error("public", PublicNotConfirmed())

    def confirmed(self) -> list[tuple[Line, Decimal]] | None:
        """Return the lines that the summary offered, with the charges it showed; None when it was another text."""
        shown = self.cleaned_data["charges"].split()
        if self.cleaned_data["shown_version"] is None or len(shown) != len(self.lines):
            return None
        try:
            return [
                (line, Decimal(charge))
                for line, charge in zip(self.lines, shown, strict=True)
                if charge != LEFT_OUT and line.service_id is not None
            ]
        except InvalidOperation:
            return None

    def request(
        self, line: Line, *, limit: Decimal | None, ip: str | None = None, user_agent: str = ""
    ) -> OrderRequest:
        """Return what a line asks for; placing checks it itself."""
        assert line.service_id is not None
        cleaned = self.cleaned_data
        return OrderRequest(
            service_id=line.service_id,
            link=line.link,
            quantity=line.quantity,
            request_id=line.request_id,
            channel=Channel.BROWSER,
            max_charge=limit,
            terms_number=None if limit is None else cleaned["shown_version"],
            terms_ticked=cleaned.get("accept_terms", False),
            public_ticked=cleaned.get("public", False),
            overlap_ticked=cleaned.get("overlap", False),
            ip=ip,
            user_agent=user_agent,
        )


def charges_of(rows: list[Row]) -> str:
    """Write down what the summary shows, one word for each line."""
    return " ".join(f"{row.verdict.charge:f}" if row.verdict.is_good else LEFT_OUT for row in rows)


def total_of(rows: list[Row]) -> Decimal:
    return sum((row.verdict.charge for row in rows if row.verdict.is_good), ZERO)
