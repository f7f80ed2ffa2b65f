"""Who may be the same person as a customer: open pairs of the queue of possible doubles. Reads a
part of the customer page's one statement.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

_MOST = 3
# The state is sorted by, not filtered: else SQLite walks along all pairs that are open.
_PART = """
UNION ALL SELECT * FROM (SELECT 'may_be', x.id, own.id AS record_id, c.full_name,
    CAST(c.id AS text), x.made_at, x.state, '', '', x.probability
    FROM identify_matchpair x JOIN own ON own.id = x.{own}_id
    JOIN identify_sourcerecord r ON r.id = x.{other}_id
    JOIN identify_customer c ON c.id = r.customer_id
    WHERE c.id <> %(customer)s
    ORDER BY CASE WHEN x.state = 'open' THEN 0 ELSE 1 END, x.probability DESC LIMIT {most}
    ) {own}_pairs
"""
STATEMENT = "".join(
    _PART.format(own=own, other=other, most=_MOST)
    for own, other in (("left", "right"), ("right", "left"))
)


@dataclass(frozen=True, slots=True)
class MayBe:
    """Another customer who may be this one, and the pair to decide on."""

    pair_id: int
    name: str


def read_may_be(rows: Iterable[tuple[Any, ...]]) -> list[MayBe]:
    """Give the likeliest, each other customer once."""
    found: dict[str, MayBe] = {}
    chosen = (row for row in rows if row[0] == "may_be" and row[6] == "open")
    for row in sorted(chosen, key=lambda row: (-row[9], row[1])):
        found.setdefault(row[4], MayBe(row[1], row[3]))
    return list(found.values())[:_MOST]
