"""Lists as Stripe pages through them, and the objects that a call wants written out instead of named."""

import json
from typing import Any

from sandbox.stripe.office import Office, visible
from sandbox.stripe.params import Params
from sandbox.stripe.refusals import Refused, missing
from sandbox.stripe.store import Thing

# Conditions of a query, each with the values of its question marks.
Tests = list[tuple[str, list[Any]]]
COMPARISONS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def listed(
    office: Office, kind: str, url: str, params: Params, *filters: str, tests: Tests | None = None
) -> Thing:
    """A page of the newest things of a kind that fit, and that stand these tests of our own."""
    limit = params.number("limit")
    limit = 10 if limit is None else limit
    if not 1 <= limit <= 100:
        raise Refused("Invalid integer: limit must be from 1 to 100.", param="limit")
    tests = [*(tests or []), *_tests(params, filters)]
    order = "DESC"
    for name, sign in (("starting_after", "<"), ("ending_before", ">")):
        if border := params.text(name):
            tests.append((f"number {sign} ?", [_place_of(office, kind, border, name)]))
            order = "DESC" if sign == "<" else "ASC"
    params.finish(accepted=frozenset({"expand"}))
    where = "".join(f" AND {test}" for test, _ in tests)
    values = [value for _, some in tests for value in some]
    query = f"SELECT body FROM objects WHERE kind = ?{where} ORDER BY number {order} LIMIT ?"  # noqa: S608
    rows = office.store.rows(query, kind, *values, limit + 1)
    found = [json.loads(row["body"]) for row in rows[:limit]]
    if order == "ASC":
        found.reverse()
    return {"object": "list", "data": found, "has_more": len(rows) > limit, "url": url}


def _tests(params: Params, filters: tuple[str, ...]) -> Tests:
    tests: Tests = []
    for name in filters:
        if params.has(name) and (value := params.text(name)):
            tests.append((f"json_extract(body, '$.{name}') = ?", [value]))
    for name in ("created", "available_on", "arrival_date"):
        if not params.has(name):
            continue
        for comparison, number in _moments(params, name):
            tests.append((f"json_extract(body, '$.{name}') {comparison} ?", [number]))
    return tests


def _moments(params: Params, name: str) -> list[tuple[str, int]]:
    if params.is_text(name):
        return [("=", params.number(name) or 0)]
    bounds = params.inner(name)
    wanted = [(sign, bounds.number(word)) for word, sign in COMPARISONS.items() if bounds.has(word)]
    bounds.finish()
    return [(sign, number) for sign, number in wanted if number is not None]


def _place_of(office: Office, kind: str, wanted: str, param: str) -> int:
    found = office.store.rows("SELECT number FROM objects WHERE id = ? AND kind = ?", wanted, kind)
    if not found:
        raise missing(kind, wanted, param=param, status=400)
    return int(found[0]["number"])


def written_out(office: Office, answer: Thing, wanted: list[Any]) -> Thing:
    """The answer as the world sees it, with the fields named in `expand` written out."""
    for path in wanted:
        _expand(office, answer, str(path).split("."), str(path))
    return dict(_shown(answer))


def _expand(office: Office, thing: Any, path: list[str], whole: str) -> None:
    if isinstance(thing, list):
        for part in thing:
            _expand(office, part, path, whole)
        return
    if not path or not isinstance(thing, dict):
        return
    name, *rest = path
    _fill(office, thing, name)
    if name not in thing:
        raise Refused(f"This property cannot be expanded ({whole}).", param="expand")
    value = thing[name]
    if isinstance(value, str):
        value = office.store.find(value)
        if value is None:
            raise Refused(f"This property cannot be expanded ({whole}).", param="expand")
        thing[name] = value
    if rest:
        _expand(office, value, rest, whole)


def _fill(office: Office, thing: Thing, name: str) -> None:
    """Lists inside things, which only appear when asked for."""
    if name == "line_items" and thing.get("object") == "checkout.session":
        thing[name] = line_items(thing)
    if name == "refunds" and thing.get("object") == "charge":
        found = list(reversed(office.store.where("refund", charge=thing["id"])))
        thing[name] = {
            "object": "list",
            "data": found,
            "has_more": False,
            "url": f"/v1/charges/{thing['id']}/refunds",
        }


def line_items(session: Thing) -> Thing:
    return {
        "object": "list",
        "data": session["_line_items"],
        "has_more": False,
        "url": f"/v1/checkout/sessions/{session['id']}/line_items",
    }


def _shown(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _shown(inner) for name, inner in visible(value).items()}
    if isinstance(value, list):
        return [_shown(inner) for inner in value]
    return value
