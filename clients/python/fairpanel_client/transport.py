"""One call over HTTP: what breaks on the way is tried again, what the panel refuses is a Problem."""

import http.client
import json
import random
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

AGAIN = frozenset({429, 500, 502, 503, 504})
LONGEST_PAUSE = 60


class Problem(Exception):
    """The panel said no (RFC 9457)."""

    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        self.status = status
        self.code = str(body.get("code", "unknown"))
        self.detail = str(body.get("detail", ""))
        self.clauses = tuple(str(clause) for clause in body.get("clauses", ()))
        self.params: dict[str, Any] = dict(body.get("params", {}))
        self.errors: list[dict[str, str]] = list(body.get("errors", ()))
        named = "; ".join(f"{error.get('field')}: {error.get('detail')}" for error in self.errors)
        super().__init__(f"{status} {self.code}: {self.detail} {named}".strip())


class Unreachable(Exception):
    """No answer came. A call with an Idempotency-Key may be made again with the same key."""


class Transport:
    def __init__(
        self,
        url: str,
        key: str,
        *,
        timeout: int = 30,
        attempts: int = 5,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in {"http", "https"}:
            raise ValueError("The address of a panel begins with https://")
        self._url = f"{url.rstrip('/')}/api/v1"
        self._key, self._timeout, self._attempts, self._sleep = key, timeout, attempts, sleep

    def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        repeat_key: str = "",
    ) -> Any:
        """Return the answer. Raises Problem, or Unreachable.

        Only what may be repeated is tried again: looking, and whatever has a key of its own.
        """
        request = self._request(method, path, query=query, body=body, repeat_key=repeat_key)
        attempts = self._attempts if method == "GET" or repeat_key else 1
        for attempt in range(1, attempts + 1):
            last = attempt == attempts
            try:
                return self._once(request)
            except _Later as later:
                if last:
                    raise later.problem from None
                self._sleep(later.seconds or self._pause(attempt))
            except (OSError, http.client.HTTPException) as error:
                if last:
                    raise Unreachable(str(error)) from error
                self._sleep(self._pause(attempt))
        raise AssertionError("unreachable")

    def _once(self, request: urllib.request.Request) -> Any:
        try:
            with urllib.request.urlopen(request, timeout=self._timeout) as answer:  # noqa: S310
                return _read(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                problem = Problem(error.code, _told(error.read()))
                seconds = error.headers.get("Retry-After", "")
            if error.code in AGAIN or problem.code == "in_progress":
                raise _Later(
                    problem, min(int(seconds), LONGEST_PAUSE) if seconds.isdecimal() else 0
                ) from None
            raise problem from None

    def _request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None,
        body: Mapping[str, Any] | None,
        repeat_key: str,
    ) -> urllib.request.Request:
        headers = {"Authorization": f"Bearer {self._key}", "Accept": "application/json"}
        data = None
        if body is not None:
            data = json.dumps(body, default=_text).encode()
            headers["Content-Type"] = "application/json"
        if repeat_key:
            headers["Idempotency-Key"] = repeat_key
        asked = f"?{urllib.parse.urlencode(query)}" if query else ""
        return urllib.request.Request(  # noqa: S310
            f"{self._url}{path}{asked}", data=data, headers=headers, method=method
        )

    def _pause(self, attempt: int) -> float:
        """Longer each time, and never the same for two programs."""
        longest: int = min(2**attempt, LONGEST_PAUSE)
        return longest * random.uniform(0.1, 0.5)  # noqa: S311


class _Later(Exception):
    def __init__(self, problem: Problem, seconds: int) -> None:
        super().__init__(seconds)
        self.problem, self.seconds = problem, seconds


def _read(body: bytes) -> Any:
    return json.loads(body, parse_float=Decimal) if body else None


def _told(body: bytes) -> Mapping[str, Any]:
    """A proxy on the way may answer with a page instead."""
    try:
        told = _read(body)
    except ValueError:
        told = None
    return told if isinstance(told, dict) else {"detail": body[:200].decode(errors="replace")}


def _text(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    raise TypeError(f"{value!r} cannot be sent")
