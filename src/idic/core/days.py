"""Days and moments as people type them in three languages, and the form fields that take them. How
they are written stands in `formatting`; a browser's own field of a day follows the browser's
language instead of the page's, so no page has one.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import Any

from django import forms
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from idic.core import formatting

_YEAR_FIRST = re.compile(
    r"(?P<y>\d{4})\s*[-/.年]\s*(?P<m>\d{1,2})\s*[-/.月]\s*(?P<d>\d{1,2})\s*日?"
)
_DAY_FIRST = re.compile(r"(?P<d>\d{1,2})\s*[-/.]\s*(?P<m>\d{1,2})\s*[-/.]\s*(?P<y>\d{4})")
_NAMED = re.compile(r"(?P<d>\d{1,2})\s+(?P<name>[A-Za-z]{3,9})\.?\s+(?P<y>\d{4})")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_HOUR = re.compile(r"(?P<day>.*?)[\sT]*(?P<h>\d{1,2})[:：hH](?P<m>\d{2})(?::\d{2})?")
_HOUR_ALONE = re.compile(r"(?P<h>\d{1,2})(?:[:：](?P<m>\d{2})(?::\d{2})?|[hH时点](?P<n>\d{2})?)")
_EXAMPLE = datetime.combine(date(2026, 12, 31), time(9, 30))


def read_day(text: str) -> date | None:
    """Read 23/11/2026, 2026-11-23, 2026年11月23日 or 23 Nov 2026; None where it is no day. The day
    stands before the month wherever the year is not first.
    """
    for shape in (_YEAR_FIRST, _DAY_FIRST, _NAMED):
        found = shape.fullmatch(text.strip())
        if found:
            return _day(found.groupdict())
    return None


def _day(parts: dict[str, str]) -> date | None:
    name = parts.get("name", "").lower()[:3]
    try:
        month = _MONTHS.index(name) + 1 if name else int(parts["m"])
        return date(int(parts["y"]), month, int(parts["d"]))
    except ValueError:
        return None


def read_moment(text: str) -> datetime | None:
    """Read a day and the hour behind it, 23/11/2026 09:30, in no zone; None where it is none."""
    found = _HOUR.fullmatch(text.strip())
    day = read_day(found["day"]) if found else None
    if found is None or day is None:
        return None
    try:
        return datetime.combine(day, time(int(found["h"]), int(found["m"])))
    except ValueError:
        return None


def read_hour(text: str) -> time | None:
    """Read 9:30, 09:30 or 9h; None where it is no hour."""
    found = _HOUR_ALONE.fullmatch(text.strip())
    try:
        return time(int(found["h"]), int(found["m"] or found["n"] or 0)) if found else None
    except ValueError:
        return None


def write_typed(value: object) -> str:
    """Write a day or a moment as it would be typed in the viewer's language; what is neither, such
    as something mistyped that is shown again, stays as it is. 2026-11-23 is a day too.
    """
    language = get_language() or "en"
    if isinstance(value, str):
        value = read_day(value) or read_moment(value) or value
    if isinstance(value, datetime):
        return formatting.moment(value, language=language).replace(formatting.SPACE, " ")
    return formatting.day(value, language=language) if isinstance(value, date) else str(value or "")


class DayInput(forms.TextInput):
    """A day as text, with a calendar beside it where there is a script; `kind` "moment" has an
    hour.
    """

    def __init__(self, attrs: dict[str, Any] | None = None, *, kind: str = "day") -> None:
        super().__init__(attrs)
        self.kind = kind

    def format_value(self, value: Any) -> str | None:
        """Write the value in the viewer's language."""
        return write_typed(value) or None

    def render(
        self,
        name: str,
        value: Any,
        attrs: dict[str, Any] | None = None,
        renderer: Any = None,
    ) -> SafeString:
        """Draw it as the component does."""
        held = self.build_attrs(self.attrs, attrs)
        context = {"name": name, "value": self.format_value(value), "held": held, "kind": self.kind}
        return SafeString(render_to_string("core/_day.html", context))


class DayField(forms.DateField):
    """A day, typed."""

    widget = DayInput

    def to_python(self, value: Any) -> date | None:
        """Read the day; refuse what is none, with an example."""
        if not isinstance(value, str) or not value.strip():
            return None if value in self.empty_values or isinstance(value, str) else value
        found = read_day(value)
        if found is None:
            raise forms.ValidationError(_refusal(_EXAMPLE.date()), code="invalid")
        return found


class MomentField(forms.DateTimeField):
    """A day and its hour, typed; in no zone."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", DayInput(kind="moment"))
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> datetime | None:
        """Read the moment; refuse what is none, with an example."""
        if not isinstance(value, str) or not value.strip():
            return None if value in self.empty_values or isinstance(value, str) else value
        found = read_moment(value)
        if found is None:
            raise forms.ValidationError(_refusal(_EXAMPLE), code="invalid")
        return found


def _refusal(example: date) -> str:
    return _("Write it like this: %(example)s.") % {"example": write_typed(example)}
