"""The little language of wordings: places for numbers, choices and lists, and nothing else.

A wording is typed by staff and filled in on the server, so it may not load code, read files or reach anything but
the parameters. What it names must exist: a place that nothing fills would be a hole in a contract.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.template import Engine, Library, Template, TemplateSyntaxError, defaultfilters, defaulttags
from django.template.base import FilterExpression, TextNode, Variable, VariableNode
from django.template.defaulttags import ForNode, IfNode
from django.utils.translation import gettext_lazy as _

from accounts.refusals import Refusal
from terms.policy import PARAMETERS

# What stands in a wording beside the parameters.
FACTS = ("panel", "currency")
FILTERS = (
    *("capfirst", "default", "first", "floatformat", "join", "last", "length", "lower"),
    *("pluralize", "title", "upper", "yesno"),
)

UNFINISHED = re.compile(r"\{[{%#].{0,20}|[}%#]\}")

register = Library()
register.tag("if", defaulttags.do_if)
register.tag("for", defaulttags.do_for)
for name in FILTERS:
    register.filter(name, getattr(defaultfilters, name))


class WordingInvalid(Refusal):
    code = "wording_invalid"
    sentence = _("The wording cannot be published: %(problem)s")


class ClosedEngine(Engine):
    """Django's template engine without its tags, its filters and its files; only what this module registers."""

    default_builtins = ["terms.wording_language"]


@dataclass
class Names:
    """What a wording refers to: known parameters, and words that stand for nothing."""

    parameters: set[str] = field(default_factory=set)
    unknown: list[str] = field(default_factory=list)

    def note(self, variable: Variable, own: frozenset[str]) -> None:
        first, *rest = variable.lookups or ("",)
        name = ".".join([first, *rest[:1]])
        if name in PARAMETERS and all(place.isdecimal() for place in rest[1:]):
            self.parameters.add(name)
        elif (rest and first != "forloop") or first not in own:
            self.unknown.append(str(variable.var))


def read_wording(wording: str) -> Template:
    """Return the template; raise WordingInvalid, naming the line, when it is not of this language."""
    try:
        return ClosedEngine().from_string(wording)
    except TemplateSyntaxError as error:
        raise WordingInvalid(problem=str(error)) from error


def names_in(template: Template) -> Names:
    """Return which parameters a wording mentions, in a place or in a choice, and what it only seems to mention."""
    names = Names()
    _walk(template.nodelist, names, frozenset({*FACTS, "forloop"}))
    return names


def _walk(nodes: Any, names: Names, own: frozenset[str]) -> None:
    """Visit each node; `own` are the words that the loops around it have made."""
    for node in nodes:
        if isinstance(node, VariableNode):
            _note(node.filter_expression, names, own)
        elif isinstance(node, IfNode):
            for condition, inside in node.conditions_nodelists:
                for expression in _expressions(condition):
                    _note(expression, names, own)
                _walk(inside, names, own)
        elif isinstance(node, ForNode):
            _note(node.sequence, names, own)
            _walk(node.nodelist_loop, names, own | set(node.loopvars))
            _walk(node.nodelist_empty, names, own)
        else:
            assert isinstance(node, TextNode), "a tag that the language does not have"
            # A place that was opened and not closed is plain text to Django.
            names.unknown.extend(UNFINISHED.findall(node.s))


def _expressions(condition: Any) -> Iterator[FilterExpression]:
    """Return the expressions of an `if`, which Django keeps as a tree of operators."""
    if condition is None:
        return
    if isinstance(getattr(condition, "value", None), FilterExpression):
        yield condition.value
    for side in (getattr(condition, "first", None), getattr(condition, "second", None)):
        yield from _expressions(side)


def _note(expression: Any, names: Names, own: frozenset[str]) -> None:
    if isinstance(expression.var, Variable):
        names.note(expression.var, own)
    for _function, arguments in expression.filters:
        for is_variable, argument in arguments:
            if is_variable:
                names.note(argument, own)
