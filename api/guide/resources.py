"""The REST API as its page tells it: read from the OpenAPI file, which is made from the code and checked against it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

from api.guide.snippets import Call, Language, with_query, written

FILE = Path(settings.ROOT) / "docs" / "openapi.yaml"
METHODS = ("get", "post", "put", "patch", "delete")
EXAMPLE_NUMBER = "23501"
IDEMPOTENCY = "Idempotency-Key"

Schema = Mapping[str, Any]


@dataclass(frozen=True)
class Field:
    name: str
    where: str
    type: str
    says: str
    required: bool
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    status: str
    says: str
    example: str


@dataclass(frozen=True)
class Operation:
    name: str
    method: str
    path: str
    title: str
    says: tuple[str, ...]
    scope: str
    fields: tuple[Field, ...]
    request: str
    answers: tuple[Answer, ...]

    @property
    def places(self) -> list[Field]:
        """What is filled in beside the body, when the call is tried."""
        return [field for field in self.fields if field.where in {"path", "query", "header"}]

    @property
    def changes_something(self) -> bool:
        return self.method != "GET"

    def snippet(self, language: Language, *, key: str) -> str:
        path = self.path
        for field in self.fields:
            if field.where == "path":
                path = path.replace(f"{{{field.name}}}", EXAMPLE_NUMBER)
        call = Call(
            self.method,
            with_query(settings.PANEL_URL.rstrip("/") + path),
            body=json.loads(self.request) if self.request else None,
            repeats=any(field.name == IDEMPOTENCY for field in self.fields),
        )
        return written(call, language, key=key)


@dataclass(frozen=True)
class Resource:
    name: str
    says: str
    operations: tuple[Operation, ...]


@cache
def resources() -> tuple[Resource, ...]:
    """Every resource with its operations, in the order of the file."""
    told = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    found: dict[str, list[Operation]] = {}
    for path, methods in told["paths"].items():
        for method in METHODS:
            if method in methods:
                found.setdefault(methods[method]["tags"][0], []).append(
                    _operation(told, path, method, methods[method])
                )
    said = {tag["name"]: tag.get("description", "") for tag in told.get("tags", [])}
    return tuple(Resource(name, said.get(name, ""), tuple(operations)) for name, operations in found.items())


def _operation(told: Schema, path: str, method: str, spoken: Schema) -> Operation:
    content = spoken.get("requestBody", {}).get("content", {}).get("application/json", {})
    return Operation(
        name=spoken["operationId"],
        method=method.upper(),
        path=path,
        title=spoken["summary"],
        says=tuple(part for part in spoken.get("description", "").split("\n\n") if part),
        scope=spoken.get("x-scope", ""),
        fields=(*_parameters(spoken), *_body_fields(told, content.get("schema", {}))),
        request=_example(content),
        answers=tuple(_answers(spoken)),
    )


def _parameters(spoken: Schema) -> Iterator[Field]:
    for parameter in spoken.get("parameters", []):
        schema = parameter.get("schema", {})
        yield Field(
            parameter["name"],
            parameter["in"],
            _type(schema),
            parameter.get("description", ""),
            bool(parameter.get("required")),
            _choices(schema),
        )


def _body_fields(told: Schema, schema: Schema) -> Iterator[Field]:
    schema = _resolved(told, schema)
    for name, field in schema.get("properties", {}).items():
        resolved = _resolved(told, field)
        yield Field(
            name,
            "body",
            _type(resolved),
            field.get("description", "") or resolved.get("description", ""),
            name in schema.get("required", []),
            _choices(resolved),
        )


def _answers(spoken: Schema) -> Iterator[Answer]:
    for status, answer in sorted(spoken["responses"].items()):
        content: Schema = next(iter(answer.get("content", {}).values()), {})
        yield Answer(status, answer.get("description", ""), _example(content))


def _example(content: Schema) -> str:
    example: Schema = next(iter(content.get("examples", {}).values()), {})
    return json.dumps(example["value"], indent=2, ensure_ascii=False) if "value" in example else ""


def _resolved(told: Schema, schema: Schema) -> Schema:
    """Follow a reference, also one that stands alone in an allOf or beside null."""
    for several in ("allOf", "oneOf", "anyOf"):
        known = [each for each in schema.get(several, []) if each.get("type") != "null"]
        if len(known) == 1:
            return _resolved(told, known[0])
    if "$ref" not in schema:
        return schema
    target: Any = told
    for part in schema["$ref"].removeprefix("#/").split("/"):
        target = target[part]
    return _resolved(told, target)


def _type(schema: Schema) -> str:
    kind = schema.get("type", "")
    if isinstance(kind, list):
        kind = " | ".join(kind)
    if kind == "array":
        return f"list of {_type(schema.get('items', {})) or 'objects'}"
    return str(schema.get("format") or kind or "object") if kind == "string" else str(kind or "object")


def _choices(schema: Schema) -> tuple[str, ...]:
    chosen = schema.get("enum") or schema.get("items", {}).get("enum") or ()
    return tuple(str(each) for each in chosen if each is not None)
