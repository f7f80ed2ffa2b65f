"""Keeps the ledger of the ingest API: counts a day and source, in the transaction of what they
count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date

from django.db.models import F

from idic.identify.models import IngestDay

COLUMNS = ("stored", "duplicate", "rejected", "quarantined")


class Tally:
    """Counts of some calls: (source, day) → column → number."""

    def __init__(self) -> None:
        self._counts: dict[tuple[int | None, date], Counter[str]] = {}

    def add(self, *, source_id: int | None, day: date, column: str, count: int = 1) -> None:
        """Count calls that ended so; refused ones were never accepted."""
        counts = self._counts.setdefault((source_id, day), Counter())
        counts[column] += count
        if column in COLUMNS:
            counts["accepted"] += count

    def take_back(self, *, source_id: int | None, day: date, column: str) -> None:
        """Count a call no more as what it was; it is counted anew."""
        counts = self._counts.setdefault((source_id, day), Counter())
        counts[column] -= 1
        counts["accepted"] -= 1

    def total(self, column: str) -> int:
        """Give a column's sum."""
        return sum(counts[column] for counts in self._counts.values())

    def write(self) -> None:
        """Add the counts to the ledger. Call it in the transaction of the rows."""
        for (source_id, day), counts in self._counts.items():
            changes = {name: number for name, number in counts.items() if number}
            rows = IngestDay.objects.filter(day=day)
            row = rows.filter(source=None) if source_id is None else rows.filter(source=source_id)
            if changes and not row.update(**{n: F(n) + c for n, c in changes.items()}):
                IngestDay.objects.create(source_id=source_id, day=day, **changes)


def sum_days(*, days: Iterable[IngestDay]) -> dict[str, int]:
    """Add up days of the ledger."""
    totals = dict.fromkeys(("accepted", *COLUMNS, "refused"), 0)
    for day in days:
        for name in totals:
            totals[name] += getattr(day, name)
    return totals
