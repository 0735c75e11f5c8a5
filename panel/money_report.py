"""The daily money report as staff see it: which days, the figures, a picture of them, and a file."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.money import ZERO
from billing.reporting import COLUMNS, LONGEST, DayMoney, Report, money_report

DAYS_SHOWN = 30
DRAWN = (("deposits", "good"), ("charged", "calm"), ("refunded", "warn"))
HEIGHT, GAP = Decimal(100), Decimal("0.2")


class DaysForm(forms.Form):
    first = forms.DateField(label=_("From"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    last = forms.DateField(label=_("Until"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))

    def clean(self) -> dict[str, date]:
        given: dict[str, date] = super().clean() or {}
        if given.keys() >= {"first", "last"}:
            if given["last"] < given["first"]:
                raise forms.ValidationError(_("The first day comes first."))
            if given["last"] - given["first"] >= LONGEST:
                raise forms.ValidationError(_("At most %(days)s days."), params={"days": LONGEST.days})
        return given


@dataclass(frozen=True)
class Bar:
    x: str
    y: str
    width: str
    height: str
    tone: str


def days_asked(form: DaysForm, *, today: date) -> tuple[date, date]:
    """The days asked for, or the last thirty when none can be understood."""
    if form.is_valid():
        return form.cleaned_data["first"], form.cleaned_data["last"]
    return today - timedelta(days=DAYS_SHOWN - 1), today


def report_context(first: date, last: date) -> dict[str, object]:
    report = money_report(first, last)
    used = [index for index, total in enumerate(report.totals()) if total or _is_used(report, index)]
    return {
        "report": report,
        "headings": [COLUMNS[index].label for index in used],
        "rows": [
            (day, [day.figures()[index] for index in used], _methods(day, report))
            for day in reversed(report.days)
        ],
        "totals": [report.totals()[index] for index in used],
        "method_totals": [
            sum((day.by_method[method] for day in report.days), ZERO) for method in report.methods
        ],
        "losses": [(kind.label, amount) for kind, amount in report.losses().items()],
        "bars": list(_bars(report)),
        "drawn": [(next(each.label for each in COLUMNS if each.name == name), tone) for name, tone in DRAWN],
    }


def _is_used(report: Report, index: int) -> bool:
    return any(day.figures()[index] for day in report.days)


def _methods(day: DayMoney, report: Report) -> list[Decimal]:
    return [day.by_method[method] for method in report.methods]


def _bars(report: Report) -> list[Bar]:
    """Bars in a picture 100 wide and 100 high: for each day what came in, was spent and came back."""
    tallest = max((day.figure(name) for day in report.days for name, _tone in DRAWN), default=ZERO)
    if tallest <= ZERO:
        return []
    room = Decimal(100) / len(report.days)
    width = (room - 2 * GAP * room) / len(DRAWN)
    bars = []
    for place, day in enumerate(report.days):
        for number, (name, tone) in enumerate(DRAWN):
            height = max(day.figure(name), ZERO) * HEIGHT / tallest
            x = room * place + GAP * room + width * number
            if height:
                bars.append(Bar(f"{x:.3f}", f"{HEIGHT - height:.3f}", f"{width:.3f}", f"{height:.3f}", tone))
    return bars
