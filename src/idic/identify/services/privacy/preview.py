"""Says what an erasure would take and what it leaves, before anything is done. Only reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet, Value

from idic.core.personal_data import Erasure, Person, tables

from .person import find_person_with_sources


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What goes, loses its owner and stays, each as a model's label with its rows; the sources that
    know the person.
    """

    going: dict[str, int]
    detached: dict[str, int]
    staying: dict[str, int]
    sources: list[str]

    @property
    def count(self) -> int:
        """Count the rows that go."""
        return sum(self.going.values())


def look_ahead(*, customer_id: int) -> Outlook:
    """Count what would go, in one question for all tables."""
    person, sources = find_person_with_sources(customer_id=customer_id)
    counts = _count(person)
    by_fate: dict[Erasure, dict[str, int]] = {fate: {} for fate in Erasure}
    for table in tables():
        if count := counts.get(table.model._meta.label):
            by_fate[table.erase][table.model._meta.label] = count
    return Outlook(
        going=by_fate[Erasure.DELETE],
        detached=by_fate[Erasure.DETACH],
        staying=by_fate[Erasure.KEEP],
        sources=sources,
    )


def _count(person: Person) -> dict[str, int]:
    labels = [table.model._meta.label for table in tables()]
    parts: list[QuerySet[Any, Any]] = [
        table.rows(person)
        .order_by()
        .annotate(place=Value(place))
        .values("place")
        .annotate(rows=Count("pk"))
        .values_list("place", "rows")
        for place, table in enumerate(tables())
    ]
    first, *rest = parts
    return {labels[place]: rows for place, rows in first.union(*rest, all=True)}
