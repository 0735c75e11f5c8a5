"""Parameters as Stripe's clients send them: forms whose names spell a tree. What nobody asked for is refused."""

from typing import Any
from urllib.parse import parse_qsl

from sandbox.stripe.refusals import Refused

Tree = dict[str, Any]


def tree_of(form: str) -> Tree:
    """`a[b]=1&c[0]=x&c[]=y` as {"a": {"b": "1"}, "c": ["x", "y"]}."""
    tree: Tree = {}
    for name, value in parse_qsl(form, keep_blank_values=True):
        first, *rest = name.replace("]", "").split("[")
        branch, leaf = tree, first
        for part in rest:
            grown = branch.setdefault(leaf, {})
            if not isinstance(grown, dict):
                raise Refused(f"Invalid hash: {name}", param=name)
            branch, leaf = grown, part or str(len(grown))
        branch[leaf] = value
    return {name: _listed(value) for name, value in tree.items()}


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    grown = {name: _listed(inner) for name, inner in value.items()}
    if grown and all(name.isdigit() for name in grown):
        return [grown[name] for name in sorted(grown, key=int)]
    return grown


class Params:
    """The parameters of one call. Each is taken once; `finish` refuses what is left."""

    def __init__(self, tree: Tree, *, inside: str = "") -> None:
        self._left = dict(tree)
        self._inside = inside

    def name(self, name: str) -> str:
        return f"{self._inside}[{name}]" if self._inside else name

    def finish(self, *, accepted: frozenset[str] = frozenset()) -> None:
        """Refuse unknown names; `accepted` ones change nothing here."""
        for name in self._left:
            if name not in accepted:
                raise Refused(
                    f"Received unknown parameter: {self.name(name)}",
                    code="parameter_unknown",
                    param=self.name(name),
                )

    def text(self, name: str, *, longest: int = 5000, required: bool = False) -> str:
        value = self._left.pop(name, "")
        if not isinstance(value, str):
            raise Refused("Invalid string", param=self.name(name))
        if required and not value:
            raise Refused(
                f"Missing required param: {self.name(name)}.", code="parameter_missing", param=self.name(name)
            )
        if len(value) > longest:
            raise Refused(
                f"Invalid string: at most {longest} characters.",
                code="parameter_invalid_string_too_long",
                param=self.name(name),
            )
        return value

    def number(self, name: str, *, required: bool = False) -> int | None:
        text = self.text(name, required=required)
        if not text:
            return None
        try:
            return int(text)
        except ValueError:
            raise Refused(
                f"Invalid integer: {text}", code="parameter_invalid_integer", param=self.name(name)
            ) from None

    def choice(self, name: str, *known: str) -> str:
        """The value, or the first of the known ones."""
        value = self.text(name) or known[0]
        if value not in known:
            raise Refused(f"Invalid {name}: must be one of {', '.join(known)}", param=self.name(name))
        return value

    def inner(self, name: str, *, required: bool = False) -> "Params":
        value = self._left.pop(name, {})
        if not isinstance(value, dict):
            raise Refused("Invalid object", param=self.name(name))
        if required and not value:
            raise Refused(
                f"Missing required param: {self.name(name)}.", code="parameter_missing", param=self.name(name)
            )
        return Params(value, inside=self.name(name))

    def many(self, name: str) -> list[Any]:
        value = self._left.pop(name, [])
        if not isinstance(value, list):
            raise Refused("Invalid array", param=self.name(name))
        return value

    def rows(self, name: str) -> list["Params"]:
        rows = []
        for place, row in enumerate(self.many(name)):
            if not isinstance(row, dict):
                raise Refused("Invalid object", param=f"{self.name(name)}[{place}]")
            rows.append(Params(row, inside=f"{self.name(name)}[{place}]"))
        return rows

    def has(self, name: str) -> bool:
        return name in self._left

    def is_text(self, name: str) -> bool:
        return isinstance(self._left.get(name), str)

    def metadata(self) -> dict[str, str]:
        told = self._left.pop("metadata", {})
        told = {} if told == "" else told
        if not isinstance(told, dict) or len(told) > 50:
            raise Refused("Invalid metadata: at most 50 keys.", param=self.name("metadata"))
        for key, value in told.items():
            if len(key) > 40 or not isinstance(value, str) or len(value) > 500:
                raise Refused(
                    "Metadata keys have up to 40 characters and values up to 500.",
                    param=self.name(f"metadata[{key}]"),
                )
        return dict(told)
