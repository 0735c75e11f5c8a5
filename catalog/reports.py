"""What an import says about itself, and orders about a service, in sentences for staff."""

from collections.abc import Iterator, Sequence

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.money import plain_amount
from catalog.durations import spell_duration
from catalog.expecting import Expected
from catalog.importing import ImportReport, RateMove, Remark

SHOWN = 10


def summary_of(report: ImportReport) -> str:
    """One line with the figures."""
    return _(
        "%(created)s new, %(updated)s updated, %(unchanged)s unchanged; %(up)s rates up, %(down)s rates down; "
        "%(held)s held back, %(returned)s back on sale, %(skipped)s left out."
    ) % {
        "created": report.created,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "up": len(report.rates_up),
        "down": len(report.rates_down),
        "held": len(report.held_back),
        "returned": len(report.returned),
        "skipped": len(report.skipped),
    }


def details_of(report: ImportReport, *, shown: int = SHOWN) -> Iterator[tuple[str, list[str]]]:
    """Headings, each with a line for the first services under it."""
    for heading, remarks in (
        (_("Held back"), report.held_back),
        (_("Back on sale"), report.returned),
        (_("Left out"), report.skipped),
        (_("More than one guarantee in the text: sold without any"), report.doubtful_guarantees),
    ):
        yield from _section(heading, remarks, [_remark(one) for one in remarks[:shown]])
    for heading, moves in ((_("Rates up"), report.rates_up), (_("Rates down"), report.rates_down)):
        yield from _section(heading, moves, [_move(one) for one in moves[:shown]])


def measured_words(expected: Expected) -> str:
    """Say in one line what the last orders of a service were like, and whether that contradicts its words (K-61)."""
    start, speed, drop = expected.start, expected.speed, expected.drop
    said = []
    if start:
        said.append(
            _("start %(median)s, 9 of 10 within %(nine)s (%(orders)s orders)")
            % {
                "median": spell_duration(start.median),
                "nine": spell_duration(start.nine_of_ten),
                "orders": start.orders,
            }
        )
    if speed:
        said.append(_("%(speed)s a day") % {"speed": number_format(speed.per_day, 0, force_grouping=True)})
    if drop:
        words = _("drop %(percent)s %% (%(orders)s orders): %(label)s")
        said.append(words % {"percent": drop.percent, "orders": drop.orders, "label": drop.label.label})
    if expected.contradicts_its_words:
        said.append(_("but it is called non drop"))
    return "; ".join(said) or _("too few orders")


def _section(heading: str, all_: Sequence[object], lines: list[str]) -> Iterator[tuple[str, list[str]]]:
    more = len(all_) - len(lines)
    if more:
        lines.append(ngettext("and %(count)s more", "and %(count)s more", more) % {"count": more})
    if lines:
        yield f"{heading} ({len(all_)})", lines


def _remark(remark: Remark) -> str:
    said = f"{remark.number} {_shortened(remark.name)}"
    return f"{said}: {remark.text}" if remark.text else said


def _move(move: RateMove) -> str:
    old, new = plain_amount(move.old), plain_amount(move.new)
    return f"{move.number} {_shortened(move.name)}: {old} → {new}"


def _shortened(name: str) -> str:
    return name if len(name) <= 70 else f"{name[:69]}…"
