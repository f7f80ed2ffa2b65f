"""How often each value occurs: the term frequencies by which a rare agreement outweighs a common
one, and the identifiers that too many different people share.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from idic.engine.matching.columns import Column, Floats, Ints, Records, Values
from idic.engine.matching.schema import IDENTIFIERS
from idic.engine.table import Source, Table

_TERMS = ("key", "part", "rest", "word")
# A value seen less often than this is not kept: whoever agrees on it is two already.
_KEPT = 3
# Names that one identifier may go with: a big family's, and each spelt in some ways.
_MOST_NAMES = 10


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
            {
                name: _unrated(column) if column.is_empty else self._rated(name, column.values)
                for name, column in records.columns.items()
            }
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
        total = max(self.record_count, _KEPT)
        found = np.full(hashes.shape, (_KEPT - 1) / total)
        if len(terms):
            places = terms.searchsorted(hashes)
            places[places == len(terms)] = 0
            is_listed = terms[places] == hashes
            found[is_listed] = counts[places[is_listed]] / total
        return found


def _unrated(column: Column) -> Values:
    """Give the rates of a field nobody has a value in: nothing asks for them."""
    nothing = np.zeros(1)
    return replace(
        column.values,
        key_rate=nothing,
        part_rate=nothing,
        rest_rate=nothing,
        word_rate=np.zeros(column.values.words.shape),
    )


def count_terms(records: Records) -> Rates:
    """Count in how many records each key, part and word of each field occurs.

    An identifier that `list_shared` finds counts as if everybody had it: agreeing on a shop's own
    phone number, or on noemail@…, says nothing.
    """
    terms = {name: _count_column(column) for name, column in records.columns.items()}
    for name, (shared, _, _) in _find_shared(records).items():
        keys, counts = terms[name]["key"]
        terms[name]["key"] = keys, np.where(np.isin(keys, shared), records.count, counts)
    return Rates(terms, records.count)


def list_shared(records: Records) -> Table:
    """Give the identifiers that more than ten different names go with: a shop's own number.

    Out: `field`, `value` (as cleaned), `record_count`, `name_count`, the widest first.
    """
    rows: list[tuple[str, str, int, int]] = []
    for name, (keys, held, names) in _find_shared(records).items():
        values = records.columns[name].values
        places = {key: place for place, key in enumerate(values.key.tolist())}
        found = zip(keys.tolist(), held.tolist(), names.tolist(), strict=True)
        rows += [(name, str(values.text[places[key]]), count, many) for key, count, many in found]
    rows.sort(key=lambda row: (-row[3], row[0], row[1]))
    return Table.from_rows(
        rows, columns={"field": str, "value": str, "record_count": int, "name_count": int}
    )


def _find_shared(records: Records) -> dict[str, tuple[Ints, Ints, Ints]]:
    """Give each identifier field's shared keys with their records and different names."""
    names = [c for c in records.columns.values() if c.field.kind == "name"]
    if not names:
        return {}
    return {
        name: _count_names(column, names[0])
        for name, column in records.columns.items()
        if column.field.kind in IDENTIFIERS
    }


def _count_names(column: Column, names: Column) -> tuple[Ints, Ints, Ints]:
    is_known = (column.codes > 0) & (names.codes > 0)
    width = len(names.values.key)
    pairs = np.unique(column.codes[is_known] * width + names.codes[is_known])
    name_counts = np.bincount(pairs // width, minlength=len(column.values.key))
    held = np.bincount(column.codes, minlength=len(column.values.key))
    shared = np.flatnonzero(name_counts > _MOST_NAMES)
    return column.values.key[shared], held[shared], name_counts[shared]


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
