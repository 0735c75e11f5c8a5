"""The text of the terms: written once with places for the numbers, read in sections and clauses.

A wording is a Django template over the policy, so that the text a customer reads cannot say another number
than the one the rules use. Its form is plain: `# key: Title` opens a section, an empty line ends a paragraph, `- `
opens a point, and a paragraph or point may begin with the clauses it states: `[A-04, K-50]`.
"""

import re
from dataclasses import dataclass, fields, replace

from django.template import Context
from django.utils.translation import gettext_lazy as _

from terms.policy import PARAMETERS, Policy
from terms.wording_language import WordingInvalid, names_in, read_wording

TAGS_ALONE = re.compile(r"^[ \t]*((?:\{%[^%\n]*%\}[ \t]*)+)\n", re.MULTILINE)
SECTION = re.compile(r"# ([a-z]+): (.+)")
CLAUSES = re.compile(r"\[([A-Z]-\d\d(?:, ?[A-Z]-\d\d)*)\] ?")
SECTIONS_NEEDED = ("liability", "privacy")


@dataclass(frozen=True)
class Clause:
    """One paragraph, or one point of a list, with the ids of the clauses that it states."""

    ids: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class Paragraph:
    """Running text is one clause; a list has one for each point."""

    is_list: bool
    clauses: tuple[Clause, ...]


@dataclass(frozen=True)
class Section:
    key: str
    title: str
    paragraphs: tuple[Paragraph, ...]

    @property
    def clauses(self) -> tuple[Clause, ...]:
        return tuple(clause for paragraph in self.paragraphs for clause in paragraph.clauses)


def render(wording: str, *, policy: Policy, panel: str, currency: str) -> str:
    """Fill the numbers in.

    Raises WordingInvalid when the wording is not of its language, names what does not exist, leaves out what it has
    to say, or has no such section (section keys `liability` and `privacy`; A-03, A-16, K-04, K-53).
    """
    require_whole(wording)
    groups = {group.name: getattr(policy, group.name) for group in fields(policy)}
    facts = {**groups, "panel": panel, "currency": currency}
    # Plain text, the same for every reader: the page that shows it escapes it.
    context = Context(facts, autoescape=False, use_l10n=False)
    try:
        filled = read_wording(TAGS_ALONE.sub(r"\1", wording)).render(context)
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        raise WordingInvalid(problem=_("it cannot be filled in (%(error)s).") % {"error": error}) from error
    text = "\n\n".join(_tidy(block) for block in re.split(r"\n\s*\n", filled) if block.strip()) + "\n"
    said = {section.key for section in sections_of(text) if section.clauses}
    for key in SECTIONS_NEEDED:
        if key not in said:
            raise WordingInvalid(problem=_("the section %(key)s is missing or empty.") % {"key": key})
    return text


def require_whole(wording: str) -> None:
    """Refuse a wording that names what does not exist, or does not say what it must; raises WordingInvalid."""
    unknown = names_in(read_wording(wording)).unknown
    if unknown:
        raise WordingInvalid(problem=_("there is no %(names)s.") % {"names": ", ".join(unknown)})
    unsaid = unsaid_parameters(wording)
    if unsaid:
        raise WordingInvalid(problem=_("it does not mention %(names)s.") % {"names": ", ".join(unsaid)})


def unsaid_parameters(wording: str) -> list[str]:
    """The parameters that must appear in the text and do not."""
    said = names_in(read_wording(wording)).parameters
    return [name for name, each in PARAMETERS.items() if each.in_text and name not in said]


def sections_of(text: str) -> list[Section]:
    """Read a rendered text: its sections with their clauses, in order."""
    sections: list[Section] = []
    for block in text.split("\n\n"):
        opening = SECTION.fullmatch(block.strip())
        if opening:
            sections.append(Section(opening[1], opening[2], ()))
        elif sections:
            last = sections[-1]
            sections[-1] = replace(last, paragraphs=(*last.paragraphs, _paragraph(block.strip())))
    return sections


def _paragraph(block: str) -> Paragraph:
    lines = block.splitlines()
    return Paragraph(block.startswith("- "), tuple(_clause(line.removeprefix("- ")) for line in lines))


def _clause(line: str) -> Clause:
    ids = CLAUSES.match(line)
    if ids is None:
        return Clause((), line)
    return Clause(tuple(part.strip() for part in ids[1].split(",")), line[ids.end() :])


def _tidy(block: str) -> str:
    """One line for a paragraph, one for each point, single spaces."""
    lines: list[str] = []
    for line in block.splitlines():
        words = " ".join(line.split())
        if words and (not lines or words.startswith("- ")):
            lines.append(words)
        elif words:
            lines[-1] += f" {words}"
    return "\n".join(lines)
