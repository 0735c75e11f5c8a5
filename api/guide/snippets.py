"""One call, written down in the languages that people copy from."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db import models


class Language(models.TextChoices):
    CURL = "curl", "curl"
    PYTHON = "python", "Python"
    PHP = "php", "PHP"
    NODE = "node", "Node.js"


@dataclass(frozen=True)
class Call:
    """A call of API v2 has a form, one of REST perhaps a body; a call that may be repeated safely names itself."""

    method: str
    url: str
    form: tuple[tuple[str, str], ...] = ()
    body: Any = None
    repeats: bool = False
    is_classic: bool = False

    @property
    def headers(self) -> dict[str, str]:
        return {"Idempotency-Key": "order-2031"} if self.repeats else {}


def written(call: Call, language: Language, *, key: str) -> str:
    """Return the call as a program in this language; `key` is how the caller's key is named in it."""
    if call.is_classic:
        return _CLASSIC[language](call, key)
    return _REST[language](call, key)


def _shell(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _form(call: Call) -> list[tuple[str, str]]:
    return list(call.form)


def _classic_curl(call: Call, key: str) -> str:
    parts = [f"curl {call.url}", f"-d key={_shell(key)}"]
    parts += [f"--data-urlencode {_shell(f'{name}={value}')}" for name, value in _form(call)]
    return " \\\n  ".join(parts)


def _classic_python(call: Call, key: str) -> str:
    return (
        "import requests\n\n"
        f"answer = requests.post({call.url!r}, data={{\n"
        + _lines([("key", key), *_form(call)], "    {name!r}: {value!r},\n")
        + "}, timeout=30)\nprint(answer.json())"
    )


def _classic_php(call: Call, key: str) -> str:
    return (
        f"$call = curl_init({_php(call.url)});\n"
        "curl_setopt_array($call, [\n"
        "    CURLOPT_RETURNTRANSFER => true,\n"
        "    CURLOPT_POSTFIELDS => http_build_query([\n"
        + "".join(f"        {_php(name)} => {_php(value)},\n" for name, value in [("key", key), *_form(call)])
        + "    ]),\n]);\n"
        "print_r(json_decode(curl_exec($call), true));"
    )


def _classic_node(call: Call, key: str) -> str:
    return (
        f"const answer = await fetch({_js(call.url)}, {{\n"
        '  method: "POST",\n'
        "  body: new URLSearchParams({\n"
        + "".join(f"    {name}: {_js(value)},\n" for name, value in [("key", key), *_form(call)])
        + "  }),\n});\n"
        "console.log(await answer.json());"
    )


def _rest_curl(call: Call, key: str) -> str:
    parts = ["curl" if call.method == "GET" else f"curl -X {call.method}", _shell(call.url)]
    parts += [f"-H {_shell(f'{name}: {value}')}" for name, value in _all_headers(call, key).items()]
    if call.body is not None:
        parts.append(f"-d {_shell(_js(call.body))}")
    return " \\\n  ".join([" ".join(parts[:2]), *parts[2:]])


def _rest_python(call: Call, key: str) -> str:
    headers = _all_headers(call, key)
    headers.pop("Content-Type", None)
    body = f"    json={call.body!r},\n" if call.body is not None else ""
    return (
        "import requests\n\n"
        f"answer = requests.request(\n    {call.method!r},\n    {call.url!r},\n"
        f"    headers={headers!r},\n{body}    timeout=30,\n)\n"
        "print(answer.status_code, answer.json())"
    )


def _rest_php(call: Call, key: str) -> str:
    headers = "".join(
        f"        {_php(f'{name}: {value}')},\n" for name, value in _all_headers(call, key).items()
    )
    body = f"    CURLOPT_POSTFIELDS => {_php(_js(call.body))},\n" if call.body is not None else ""
    return (
        f"$call = curl_init({_php(call.url)});\n"
        "curl_setopt_array($call, [\n"
        f"    CURLOPT_CUSTOMREQUEST => {_php(call.method)},\n"
        "    CURLOPT_RETURNTRANSFER => true,\n"
        f"    CURLOPT_HTTPHEADER => [\n{headers}    ],\n{body}]);\n"
        "print_r(json_decode(curl_exec($call), true));"
    )


def _rest_node(call: Call, key: str) -> str:
    headers = "".join(f"    {_js(name)}: {_js(value)},\n" for name, value in _all_headers(call, key).items())
    body = f"  body: JSON.stringify({_js(call.body)}),\n" if call.body is not None else ""
    return (
        f"const answer = await fetch({_js(call.url)}, {{\n"
        f"  method: {_js(call.method)},\n"
        f"  headers: {{\n{headers}  }},\n{body}}});\n"
        "console.log(answer.status, await answer.json());"
    )


def _all_headers(call: Call, key: str) -> dict[str, str]:
    headers = {"Authorization": f"Bearer {key}"} | call.headers
    if call.body is not None:
        headers["Content-Type"] = "application/json"
    return headers


def _lines(pairs: list[tuple[str, str]], line: str) -> str:
    return "".join(line.format(name=name, value=value) for name, value in pairs)


def _js(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _php(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def with_query(url: str, **asked: str) -> str:
    return f"{url}?{urlencode(asked)}" if asked else url


_CLASSIC = {
    Language.CURL: _classic_curl,
    Language.PYTHON: _classic_python,
    Language.PHP: _classic_php,
    Language.NODE: _classic_node,
}
_REST = {
    Language.CURL: _rest_curl,
    Language.PYTHON: _rest_python,
    Language.PHP: _rest_php,
    Language.NODE: _rest_node,
}
