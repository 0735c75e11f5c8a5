"""What refills tell about the people who asked for them: counts, answers, and pictures of what they see."""

from django.utils.translation import gettext_lazy as _

from accounts.keeping import SUPPLIERS_WORDS, ErasingStep, Portion, blank, columns_of
from accounts.models import User
from refills.forgetting import forget_pictures_of
from refills.models import Evidence, EvidenceImage, Refill, RefillEvent, RefillSubmission

PORTIONS = (
    Portion(
        "refills",
        _("Refills that you asked for, what they were decided by, and what became of them."),
        (
            "number",
            "order",
            "asked",
            "by",
            "state",
            "counter",
            "count",
            "guaranteed_count",
            "units",
            "reason",
            "answer",
            "clauses",
            "closed",
        ),
        lambda person: columns_of(
            person.refills.order_by("pk"),
            "pk",
            "order_id",
            "asked_at",
            "channel",
            "state",
            "counter_key",
            "count",
            "guaranteed",
            "amount",
            "reason",
            "answer",
            "clause",
            "closed_at",
        ),
        (Refill,),
    ),
    Portion(
        "refill_courses",
        _("What happened to each refill."),
        ("refill", "time", "from", "to"),
        lambda person: columns_of(
            RefillEvent.objects.filter(refill__customer=person).exclude(to_state="").order_by("pk"),
            "refill_id",
            "at",
            "from_state",
            "to_state",
        ),
        (RefillEvent,),
    ),
    Portion(
        "evidence",
        _("Counts and hours that you told us when we asked."),
        ("refill", "hurried_order", "time", "count", "hours_since"),
        lambda person: (
            (*told[:-1], str(told[-1] or ""))
            for told in columns_of(
                Evidence.objects.filter(customer=person).order_by("pk"),
                "refill_id",
                "speed_up__order_id",
                "added_at",
                "count",
                "hours_since",
            )
        ),
        (Evidence,),
    ),
    Portion(
        "screenshots",
        _(
            "Pictures that you sent: when, how large, until when they were kept. The pictures are on their pages."
        ),
        ("refill", "time", "width", "height", "taken", "deleted"),
        lambda person: columns_of(
            EvidenceImage.objects.filter(customer=person).order_by("pk"),
            "evidence__refill_id",
            "added_at",
            "width",
            "height",
            "taken_at",
            "erased_at",
        ),
        (EvidenceImage,),
    ),
)


def _erase_refills(person: User, after: int, limit: int) -> int | None:
    """Blank the next refills, and with each of them everything that was said about it."""
    numbers = list(person.refills.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:limit])
    RefillSubmission.objects.filter(refill__in=numbers).update(verdict_words="", why="")
    RefillEvent.objects.filter(refill__in=numbers).update(note="", words="")
    return blank(person.refills.all(), after, limit, counter_key="", answer="")


def _erase_pictures(person: User, after: int, limit: int) -> int | None:
    """Delete the next pictures; those that are gone are not counted again."""
    assert person.erased_at is not None
    return after + 1 if forget_pictures_of(person, now=person.erased_at, limit=limit) == limit else None


ERASING = (
    ErasingStep("refills", _erase_refills, (Refill, RefillEvent, RefillSubmission)),
    ErasingStep("pictures", _erase_pictures, (EvidenceImage,)),
)

NOT_TAKEN_OUT = {
    RefillSubmission: SUPPLIERS_WORDS,
}
STAYS = {Evidence: _("Numbers and times only.")}
