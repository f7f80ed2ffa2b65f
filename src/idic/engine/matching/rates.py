"""How often each value occurs: the term frequencies by which a rare agreement outweighs a common
one, and the identifiers that too many different people share.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from idic.engine.matching.columns import Column, Floats, Ints, Records, Values
from idic.engine.table import Source, Table

_TERMS = ("key", "part", "rest", "word")
# A value seen less often than this is not kept: whoever agrees on it is two already.
_KEPT = 3


@dataclass(frozen=True)
class Rates:
    """How many records hold each term, of how many; what is not listed is held by two.

    `terms[field][kind]` are sorted hashes with their counts.
    """

    terms: dict[str, dict[str, tuple[Ints, Ints]]]
    record_count: int

    def to_table(self) -> Table:
        """Return the counts as rows of `field`, `part_of` (key, part or word), `term`, `count`."""
        rows = [
            (name, kind, terms, counts)
            for name, kinds in self.terms.items()
            for kind, (terms, counts) in kinds.items()
        ]
        sizes = [len(terms) for _, _, terms, _ in rows]
        empty = np.zeros(0, dtype=np.int64)
        return Table(
            {
                "field": np.repeat(np.array([r[0] for r in rows], dtype=object), sizes),
                "part_of": np.repeat(np.array([r[1] for r in rows], dtype=object), sizes),
                "term": np.concatenate([empty, *(r[2] for r in rows)]),
                "count": np.concatenate([empty, *(r[3] for r in rows)]),
            }
        )

    @classmethod
    def from_table(cls, source: Source, *, record_count: int) -> Rates:
        """Return the rates whose counts `to_table` gave."""
        table = Table.read(source)
        terms: dict[str, dict[str, tuple[Ints, Ints]]] = {}
        for name in dict.fromkeys(table["field"].tolist()):
            for kind in _TERMS:
                mask = (table["field"] == name) & (table["part_of"] == kind)
                order = np.argsort(table["term"][mask])
                held = (table["term"][mask][order], table["count"][mask][order])
                terms.setdefault(name, {})[kind] = held
        return cls(terms, record_count)

    def look_up(self, records: Records) -> Records:
        """Return the records with the rate of every term they hold."""
        return records.with_values(
            {name: self._rated(name, column.values) for name, column in records.columns.items()}
        )

    def _rated(self, name: str, values: Values) -> Values:
        return replace(
            values,
            key_rate=self._rates(name, "key", values.key),
            part_rate=self._rates(name, "part", values.part),
            rest_rate=self._rates(name, "rest", values.rest),
            word_rate=self._rates(name, "word", values.words),
        )

    def _rates(self, name: str, kind: str, hashes: Ints) -> Floats:
        terms, counts = self.terms[name][kind]
        found = np.full(hashes.shape, _KEPT - 1, dtype=np.float64)
        if len(terms):
            places = np.minimum(np.searchsorted(terms, hashes), len(terms) - 1)
            found = np.where(terms[places] == hashes, counts[places], found)
        return found / max(self.record_count, _KEPT)


def count_terms(records: Records) -> Rates:
    """Count in how many records each key, part and word of each field occurs."""
    terms = {name: _count_column(column) for name, column in records.columns.items()}
    return Rates(terms, records.count)


def _count_column(column: Column) -> dict[str, tuple[Ints, Ints]]:
    held = np.bincount(column.codes, minlength=len(column.values.key))
    values = column.values
    per_word = np.broadcast_to(held[:, None], values.words.shape)
    return {
        "key": _count(values.key, held),
        "part": _count(values.part, held),
        "rest": _count(values.rest, held),
        "word": _count(values.words.ravel(), per_word.ravel()),
    }


def _count(hashes: Ints, held: Ints) -> tuple[Ints, Ints]:
    is_known = hashes != 0
    terms, places = np.unique(hashes[is_known], return_inverse=True)
    counts = np.bincount(places.ravel(), weights=held[is_known], minlength=len(terms))
    is_kept = counts >= _KEPT
    return terms[is_kept], counts[is_kept].astype(np.int64)
