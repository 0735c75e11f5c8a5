"""What the doors for programs keep about the people behind them: what was answered, for two days."""

import json

from django.utils.translation import gettext_lazy as _

from accounts.keeping import ErasingStep, Portion, columns_of, remove
from accounts.models import User
from api.models import IdempotentCall

PORTIONS = (
    Portion(
        "api_answers",
        _("What was answered to your program's repeatable calls; kept for two days."),
        ("time", "idempotency_key", "status", "answer"),
        lambda person: (
            (*told[:-1], json.dumps(told[-1], ensure_ascii=False))
            for told in columns_of(
                IdempotentCall.objects.filter(customer=person).order_by("pk"),
                "created_at",
                "idempotency_key",
                "status",
                "answer",
            )
        ),
        (IdempotentCall,),
    ),
)


def _erase_answers(person: User, after: int, limit: int) -> int | None:
    return remove(IdempotentCall.objects.filter(customer=person), after, limit)


ERASING = (ErasingStep("api_answers", _erase_answers, (IdempotentCall,)),)
NOT_TAKEN_OUT: dict[object, object] = {}
STAYS: dict[object, object] = {}
