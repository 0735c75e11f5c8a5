"""The form that takes pictures of a counter, and what it says."""

import re
import unicodedata
from decimal import Decimal
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from orders.models import Order
from orders.quantities import read_quantity
from refills.evidence import MOST_PICTURES, PictureMissing, TooManyPictures
from refills.pictures import MEGABYTE, MOST_MEGABYTES, Picture, PictureTooHeavy, read_picture
from refills.promising import is_watched

# Which field a refusal of the whole answer belongs to.
PLACES = {
    "picture_used_before": "pictures",
    "picture_too_old": "pictures",
    "too_many_pictures": "pictures",
    "count_missing": "count",
    "wrong_period": "hours_since",
}


class ManyFiles(forms.FileInput):
    allow_multiple_selected = True


class PicturesField(forms.FileField):
    """Pictures, drawn anew. How many and how heavy they are is told before any of them is opened."""

    def __init__(self, **options: Any) -> None:
        widget = ManyFiles(attrs={"accept": "image/png,image/jpeg,image/webp"})
        super().__init__(widget=widget, error_messages={"required": PictureMissing().text}, **options)

    def clean(self, data: Any, initial: Any = None) -> Any:
        uploads: list[UploadedFile[Any]] = [upload for upload in data or [] if upload]
        if not uploads:
            raise PictureMissing
        if len(uploads) > MOST_PICTURES:
            raise TooManyPictures(most=MOST_PICTURES)
        for upload in uploads:
            if upload.size is None or upload.size > MOST_MEGABYTES * MEGABYTE:
                raise PictureTooHeavy(name=upload.name or "", most=MOST_MEGABYTES)
        # The same picture twice in one answer is an oversight, no fraud.
        return list({read.digest: read for read in map(_read, uploads)}.values())


class EvidenceForm(forms.Form):
    pictures = PicturesField(label=_("Screenshots"))
    count = forms.CharField(label=_("What the counter shows"), max_length=30)
    hours_since = forms.DateField(
        label=_("The period begins on"), widget=forms.DateInput(attrs={"type": "date"})
    )
    is_fresh = forms.BooleanField(
        error_messages={"required": _("Only a screenshot of now says what the counter shows.")}
    )

    def __init__(self, *args: Any, order: Order, is_counted: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        self.is_watched = is_watched(order)
        hours = order.terms_version.rules.refill.evidence_max_age_hours
        self.fields["is_fresh"].label = gettext("I took them within the last %(hours)s hours.") % {
            "hours": hours
        }
        if is_counted and self.is_watched:
            day = date_format(order.placed_at, "DATE_FORMAT")
            self.fields["count"].label = gettext("Hours watched")
            self.fields["count"].widget.attrs["inputmode"] = "decimal"
            self.fields["hours_since"].help_text = gettext(
                "%(day)s, when the order was placed. The period ends today."
            ) % {"day": day}
        else:
            self.fields["count"].widget.attrs["inputmode"] = "numeric"
            del self.fields["hours_since"]
        if not is_counted:
            del self.fields["count"]

    def clean_count(self) -> Decimal:
        typed = self.cleaned_data["count"]
        read = read_hours(typed) if self.is_watched else _whole(typed)
        if read is None:
            raise forms.ValidationError(
                _("Type the hours as a number, with one decimal at most.")
                if self.is_watched
                else _("Type the count as a whole number, with all its digits."),
                code="invalid",
            )
        return read

    def refuse(self, refusal: forms.ValidationError) -> None:
        """Show a refusal at the field that it is about."""
        place = PLACES.get(refusal.code or "")
        self.add_error(place if place in self.fields else None, refusal)

    @property
    def answer(self) -> dict[str, Any]:
        """What was answered beside the pictures."""
        return {name: self.cleaned_data.get(name) for name in ("count", "hours_since") if name in self.fields}


def read_hours(text: str) -> Decimal | None:
    """Read hours as people write them (`3,999.4`, `3999,4`), with one decimal at most; None when it is none."""
    text = unicodedata.normalize("NFKC", text).strip()
    parted = re.fullmatch(r"(.*\d)[.,](\d)", text)
    whole, tenths = parted.groups() if parted else (text, "0")
    number = read_quantity(whole)
    return None if number is None or number > 10**13 else Decimal(f"{number}.{tenths}")


def _whole(text: str) -> Decimal | None:
    number = read_quantity(text)
    return None if number is None or number > 10**13 else Decimal(number)


def _read(upload: "UploadedFile[Any]") -> Picture:
    return read_picture(upload.read(), name=upload.name or "")
