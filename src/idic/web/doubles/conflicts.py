"""Values pinned by staff that contradict each other since a merge, as the page shows them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from idic.core import ids
from idic.core.templatetags import ui
from idic.identify.history import list_conflicts
from idic.identify.models import Customer
from idic.identify.names import list_names
from idic.identify.services.customers import EDITABLE
from idic.web.people import shown_phone
from idic.web.quality.words import FIELD_WORDS

_COLUMNS = {name: column for column, name in EDITABLE.items()}


@dataclass(frozen=True)
class ShownConflict:
    """One question with its answers, the one shown now first: (as stored, as read)."""

    customer: str
    name: str
    column: str
    label: str
    answers: list[tuple[str, str]]
    entry_id: int


def list_shown_conflicts(*, country: str) -> list[ShownConflict]:
    """Give the contradictions a person can settle."""
    found = [one for one in list_conflicts() if one.name in _COLUMNS]
    people = Customer.objects.in_bulk({one.customer_id for one in found})
    names = list_names({key: one.full_name for key, one in people.items()})
    return [
        ShownConflict(
            customer=ids.encode("customer", one.customer_id),
            name=names[one.customer_id],
            column=_COLUMNS[one.name],
            label=str(FIELD_WORDS.get(one.name, one.name)),
            answers=[
                (value, _writer(one.name, country)(value)) for value in (one.shown, *one.others)
            ],
            entry_id=one.entry_id,
        )
        for one in found
        if one.customer_id in people
    ]


def _writer(name: str, country: str) -> Callable[[str], str]:
    if name == "phone":
        return lambda value: shown_phone(value, country=country) or "–"
    if name == "birth_date":
        return _day
    return lambda value: value or "–"


def _day(value: str) -> str:
    try:
        return ui.day(date.fromisoformat(value))
    except ValueError:
        return value or "–"
