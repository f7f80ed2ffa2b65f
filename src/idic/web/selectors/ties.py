"""Who belongs to whom: the people of a company, and the companies somebody is or was with. Reads a
part of the customer page's one statement.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse

from idic.core import ids

_VISIBLE = (
    "(x.import_run_id IS NULL OR EXISTS (SELECT 1 FROM identify_importrun p "
    "WHERE p.id = x.import_run_id AND p.state = 'published'))"
)
# Of a contact the later relation ends the earlier one; a group somebody joined ends no other.
_ENDED = f"""
    COALESCE((SELECT CAST(y.from_date AS text) FROM identify_relation y
        WHERE y.subject_id = x.subject_id AND y.role = x.role AND x.role = 'contact'
        AND y.id > x.id AND {_VISIBLE.replace("x.import", "y.import")} ORDER BY y.id LIMIT 1),
        CAST(x.to_date AS text), '')
"""  # noqa: S608 - our own words
_MOST = 100
_PART = """
UNION ALL SELECT * FROM (SELECT '{what}', x.id, x.{own}_id AS record_id,
    COALESCE(NULLIF(c.full_name, ''), r.display_name), x.title, r.created_at,
    COALESCE(CAST(x.from_date AS text), ''), {ended},
    COALESCE(CAST(r.customer_id AS text), ''), 0.0
    FROM identify_relation x JOIN own ON own.id = x.{own}_id
    JOIN identify_sourcerecord r ON r.id = x.{other}_id
    LEFT JOIN identify_customer c ON c.id = r.customer_id
    WHERE {visible} ORDER BY x.id DESC LIMIT {most}) {what}_part
"""
# Columns as every part of the statement has them.
STATEMENT = "".join(
    _PART.format(what=what, own=own, other=other, ended=_ENDED, visible=_VISIBLE, most=_MOST)
    for what, own, other in (("company", "subject", "object"), ("person", "object", "subject"))
)


@dataclass(frozen=True, slots=True)
class Tie:
    """Somebody's place at a company, seen from either side."""

    name: str
    title: str
    customer_id: int | None
    since: date | None
    until: date | None

    @property
    def url(self) -> str:
        """Where the other party has a page; one that is no customer has none."""
        if self.customer_id is None:
            return ""
        return reverse("web:customer_detail", args=[ids.encode("customer", self.customer_id)])


def read_ties(rows: Iterable[tuple[Any, ...]], *, what: str) -> list[Tie]:
    """Give the ties of one side, those that hold first, each other party once."""
    found: dict[tuple[str, str], Tie] = {}
    chosen = (row for row in rows if row[0] == what)
    for row in sorted(chosen, key=lambda row: -row[1]):  # the latest word first
        number = int(row[8]) if row[8] else None
        tie = Tie(row[3], row[4], number, _day(row[6]), _day(row[7]))
        found.setdefault((tie.name, str(number)), tie)
    return sorted(found.values(), key=lambda tie: (tie.until is not None, tie.name))


def _day(text: str) -> date | None:
    return date.fromisoformat(text[:10]) if text else None
