"""Ready-made terms: a profile is a set of parameter values and the wording that is rendered with them.

`NAME.json` holds the values, `NAME.txt` the wording. In `parts/` are the paragraphs that all profiles share,
because the parameters decide what they say.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from accounts.refusals import Refusal
from terms.policy import Policy

FOLDER = Path(__file__).parent
PROFILES = ("alphasmm", "bestsmmkart")
INCLUDE = re.compile(r'\{% include "(parts/[a-z_]+\.txt)" %\}\n?')


class NoSuchProfile(Refusal):
    code = "no_such_profile"
    sentence = _("There is no profile %(name)s; there are %(names)s.")


@dataclass(frozen=True)
class Profile:
    name: str
    policy: Policy
    wording: str


def profile_named(name: str) -> Profile:
    """Read a profile from its files; raise NoSuchProfile."""
    if name not in PROFILES:
        raise NoSuchProfile(name=name, names=", ".join(PROFILES))
    policy = Policy.from_json(json.loads((FOLDER / f"{name}.json").read_text()))
    return Profile(name, policy, _with_parts((FOLDER / f"{name}.txt").read_text()))


def _with_parts(wording: str) -> str:
    return INCLUDE.sub(lambda part: (FOLDER / part[1]).read_text(), wording)
