"""Which providers may be called now: those that are well and not busy with as many calls as they may get.

Orders and refills share a provider's calls: whatever is owed to it counts. A slow provider holds nobody else up.
"""

from collections import Counter
from datetime import datetime

from django.db.models import Count

from providers.dispatch import LONGEST_CALL, Dispatch, DispatchState
from providers.models import Provider


def providers_with_room(now: datetime) -> list[int]:
    """Return the numbers of providers that one more call may be made to.

    What was sent longer ago than a call can last is not on the wire any more: its worker is dead, or about to say so.
    """
    calls = _calls_on_the_wire(now)
    allowed = Provider.objects.sendable(now).values_list("pk", "parallel_calls")
    return [provider for provider, most in allowed if calls[provider] < most]


def _calls_on_the_wire(now: datetime) -> Counter[int]:
    calls: Counter[int] = Counter()
    for relation in Provider._meta.related_objects:
        kind = relation.related_model
        if not isinstance(kind, str) and issubclass(kind, Dispatch):
            on_the_wire = kind._default_manager.filter(
                state=DispatchState.SENDING, sent_at__gt=now - LONGEST_CALL
            )
            calls.update(dict(on_the_wire.values_list(relation.field.name).annotate(Count("pk"))))
    return calls
