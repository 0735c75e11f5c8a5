"""Doing a thing once, however often it is asked for: the same Idempotency-Key and body get the same answer.

The first call does the work and keeps its answer; those that come meanwhile wait for it. That nothing is done twice
does not rest on this row but on the thing itself: an order is made from a request id, which follows from the key, and
is unique. So when a worker dies between the order and the answer, whoever asks next finds the order and answers by it.

What a rule refused is an answer, too. What could not be read, or broke, is none: it may be repeated with the key.
"""

import hashlib
import json
import re
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from accounts.refusals import Refusal
from api.models import MOST_KEY_LETTERS, IdempotentCall
from api.v1.problems import CONTENT_TYPE, Clash, InProgress, KeyReused, Unreadable, of_refusal

HEADER = "Idempotency-Key"
# A worker that has not answered by then has died; another one may begin.
LEASE = timedelta(seconds=60)
# In seconds: how long a call waits for its twin, and how often it looks.
PATIENCE = 10
PAUSE = 0.05

Work = Callable[[str], tuple[int, Any]]


class KeyMissing(Unreadable):
    default_code = "idempotency_key_missing"
    default_detail = _("Send an Idempotency-Key of your own making, so that the call can be repeated safely.")


class KeyUnusable(Unreadable):
    default_code = "idempotency_key_unusable"
    default_detail = _("An Idempotency-Key has 1 to 100 printable ASCII characters.")


class Unfinished(Exception):
    """The work is not done yet, but what is done is kept: the same call goes on with it."""


def once(request: Request, *, customer: User, needed: bool, now: datetime, work: Work) -> Response:
    """Return what the work answers, or what it answered before to the same request.

    `work` is given a request id that follows from the key, and returns status and body. Raises KeyMissing,
    KeyUnusable, KeyReused, InProgress or what the work raises.
    """
    key = _key_in(request, needed=needed)
    if not key:
        status, body = work(f"v1-{uuid4().hex}")
        return Response(body, status=status)
    call, is_mine = _claimed(customer, key, _digest(request), now=now)
    if not is_mine:
        call = _waited_for(call)
    if call.status is None:
        _do(call, work)
    is_problem = call.status is not None and call.status >= 400
    headers = {} if is_mine else {"Idempotency-Replayed": "true"}
    return Response(
        call.answer, status=call.status, headers=headers, content_type=CONTENT_TYPE if is_problem else None
    )


def request_id_of(key: str) -> str:
    """The same key always makes the same order, also after its answer was forgotten."""
    return f"v1-{hashlib.sha256(key.encode()).hexdigest()[:60]}"


def _do(call: IdempotentCall, work: Work) -> None:
    try:
        try:
            status, body = work(request_id_of(call.idempotency_key))
        except Refusal as refusal:
            if isinstance(refusal, Clash):
                raise
            problem = of_refusal(refusal)
            if problem.status not in {409, 422}:
                raise
            status, body = problem.status, problem.body()
    except Unfinished:
        _let_go(call)
        raise InProgress(retry_after=1) from None
    except BaseException:
        _let_go(call)
        raise
    # As it will be read again, so that the first answer looks like all later ones.
    plain = json.loads(json.dumps(body, cls=DjangoJSONEncoder))
    IdempotentCall.objects.filter(pk=call.pk, status=None).update(status=status, answer=plain)
    call.refresh_from_db()


def _claimed(customer: User, key: str, digest: str, *, now: datetime) -> tuple[IdempotentCall, bool]:
    """Return the row of this key, and whether it is ours to work on. Raises KeyReused."""
    call, is_new = IdempotentCall.objects.get_or_create(
        customer=customer,
        idempotency_key=key,
        defaults={"input_hash": digest, "created_at": now, "busy_until": now + LEASE},
    )
    if call.input_hash != digest:
        raise KeyReused
    return call, is_new or _taken_over(call)


def _taken_over(call: IdempotentCall) -> bool:
    """Take the work over from whoever gave it up or died."""
    now = timezone.now()
    if call.status is not None:
        return False
    free = IdempotentCall.objects.filter(pk=call.pk, status=None, busy_until__lte=now)
    return bool(free.update(busy_until=now + LEASE))


def _waited_for(call: IdempotentCall) -> IdempotentCall:
    """Return the call with its answer, or without one when the work is ours now. Raises InProgress."""
    until = time.monotonic() + PATIENCE
    while call.status is None:
        if _taken_over(call):
            return call
        if time.monotonic() > until:
            raise InProgress(retry_after=2)
        time.sleep(PAUSE)
        call.refresh_from_db()
    return call


def _let_go(call: IdempotentCall) -> None:
    IdempotentCall.objects.filter(pk=call.pk, status=None).update(busy_until=F("created_at"))


def _key_in(request: Request, *, needed: bool) -> str:
    key = request.headers.get(HEADER, "").strip()
    if not key and (needed or HEADER in request.headers):
        raise KeyMissing
    if key and not re.fullmatch(rf"[\x20-\x7e]{{1,{MOST_KEY_LETTERS}}}", key):
        raise KeyUnusable
    return key


def _digest(request: Request) -> str:
    body = json.dumps(request.data, sort_keys=True, cls=DjangoJSONEncoder)
    return hashlib.sha256(f"{request.method} {request.path}\n{body}".encode()).hexdigest()
