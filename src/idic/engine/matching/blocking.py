"""Which records are compared at all: those that share a key in a block that is not too large.

A key is a rare term (a phone number, a name) or, where each alone is common, two terms together.
Batch and single record use the same keys under the same frozen caps.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from idic.engine.matching.columns import Column, Floats, Ints, Records
from idic.engine.matching.schema import Schema
from idic.engine.table import Table

_PART_TERMS = {"email": ("key", "part"), "address": ("key", "part"), "date": ("key", "part"),
               "postcode": ("key", "part"), "name": ("key", "word")}  # fmt: skip
# The caps tried, from the largest block worth comparing down.
_LADDER = (500, 300, 200, 140, 100, 70, 50, 40, 30, 20, 14, 10, 7, 5)
# A pair and the rule that found it share one number; 62 rules are far more than any schema has.
_RULE_BITS = 6
_MAX_RULES = 62
_NO_ROWS = np.zeros(0, dtype=np.int64)
_MIX = (np.int64(-7046029254386353131), np.int64(-4417276706812531889))


@dataclass(frozen=True)
class Term:
    """A part of one field that records can share: its key, its part or one of its words."""

    field: str
    part_of: str

    @property
    def name(self) -> str:
        """How the term is called in reports."""
        return self.field if self.part_of == "key" else f"{self.field}.{self.part_of}"


@dataclass(frozen=True)
class Rule:
    """One blocking rule: one or two terms to share, and the largest block that is compared."""

    terms: tuple[Term, ...]
    cap: int

    @property
    def name(self) -> str:
        """How the rule is called in reports."""
        return " + ".join(term.name for term in self.terms)

    @property
    def fields(self) -> frozenset[str]:
        """The fields on which the rule's records agree."""
        return frozenset(term.field for term in self.terms)


@dataclass(frozen=True)
class Keys:
    """Rows and the keys they hold under one rule; a row of many words holds many keys."""

    rows: Ints
    hashes: Ints


@dataclass(frozen=True)
class Pairs:
    """Pairs of rows, `left < right`, sorted; bit r of `rules` tells that rule r found the pair."""

    left: Ints
    right: Ints
    rules: Ints

    def __len__(self) -> int:
        return len(self.left)


def choose_rules(records: Records, *, pairs_per_record: float = 2.0) -> tuple[Rule, ...]:
    """Choose caps so that no rule compares more than `pairs_per_record` pairs a record.

    Rules of one term first, then of two terms of which each alone is too common. A rule whose
    blocks are all too large, or that finds nothing, is left out.
    """
    terms = _terms(records.schema)
    budget = max(pairs_per_record * records.count, 500_000)
    hashes = {term: _hashes(records.columns[term.field], term.part_of) for term in terms}
    singles = [Rule((term,), _cap(_single_keys(hashes[term]), budget)) for term in terms]
    common = {
        rule.terms[0]: _common(records, rule.terms[0], hashes[rule.terms[0]], rule.cap)
        for rule in singles
    }
    doubles = [
        Rule((one, other), _cap(_double_keys(common[one], common[other]), budget / 2))
        for one, other in combinations(terms, 2)
        if one.field != other.field
    ]
    return tuple(rule for rule in (*singles, *doubles) if rule.cap > 1)[:_MAX_RULES]


def list_keys(
    records: Records, rules: tuple[Rule, ...], *, most_terms: int = 2
) -> Iterator[tuple[int, Keys]]:
    """Give the place and keys of each rule of at most so many terms.

    Under a rule of two terms a record has keys only where each term alone is too common for its own
    rule among these records. With `most_terms` 1 the keys of a record never change with its
    neighbors, and are the same when it comes alone.
    """
    asked = [(place, rule) for place, rule in enumerate(rules) if len(rule.terms) <= most_terms]
    caps = {rule.terms[0]: rule.cap for rule in rules if len(rule.terms) == 1}
    terms = dict.fromkeys(term for _place, rule in asked for term in rule.terms)
    hashes = _held({term: _hashes(records.columns[term.field], term.part_of) for term in terms})
    twos = {term for _place, rule in asked if len(rule.terms) > 1 for term in rule.terms}
    common = _held({t: _common(records, t, hashes[t], caps.get(t, 0)) for t in hashes if t in twos})
    for place, rule in asked:
        if any(term not in (hashes if len(rule.terms) == 1 else common) for term in rule.terms):
            continue
        if len(rule.terms) == 1:
            found = _single_keys(hashes[rule.terms[0]])
        else:
            found = _double_keys(common[rule.terms[0]], common[rule.terms[1]])
        if len(found.rows):
            yield place, Keys(found.rows, _mixed(found.hashes, np.int64(place + 1)))


def _held(hashes: Mapping[Term, Ints]) -> dict[Term, Ints]:
    """Leave out the terms that no record has."""
    return {term: held for term, held in hashes.items() if held.any()}


def find_pairs(records: Records, rules: tuple[Rule, ...]) -> tuple[Pairs, Table]:
    """Give every pair of rows that shares a block, and what the caps left out.

    The report: `rule`, `cap`, `pairs` compared, `dropped_blocks`, `dropped_records`,
    `dropped_pairs` of blocks above the cap (a pair may still have come by another rule).
    """
    packed, report = [np.zeros(0, dtype=np.int64)], []
    for place, keys in list_keys(records, rules):
        left, right, dropped = _pairs_of(keys, cap=rules[place].cap)
        codes = np.minimum(left, right) * records.count + np.maximum(left, right)
        packed.append(codes[left != right] << _RULE_BITS | place)
        report.append((rules[place].name, rules[place].cap, len(packed[-1]), *dropped))
    pairs = _united(np.concatenate(packed), count=records.count)
    names = ("rule", "cap", "pairs", "dropped_blocks", "dropped_records", "dropped_pairs")
    kinds: Mapping[str, type] = {name: str if name == "rule" else int for name in names}
    return pairs, Table.from_rows(report, columns=kinds)


def _united(packed: Ints, *, count: int) -> Pairs:
    """Sort pairs found by rules, packed as pair and rule in one number, and unite equal ones."""
    packed.sort()
    codes = packed >> _RULE_BITS
    starts = np.flatnonzero(np.r_[True, codes[1:] != codes[:-1]][: len(codes)])
    bits = np.left_shift(1, packed & ((1 << _RULE_BITS) - 1))
    rules = np.bitwise_or.reduceat(bits, starts) if len(starts) else bits
    left, right = np.divmod(codes[starts], max(count, 1))
    return Pairs(left, right, rules)


def _terms(schema: Schema) -> list[Term]:
    return [
        Term(field.name, part)
        for field in schema.fields
        for part in _PART_TERMS.get(field.kind, ("key",))
    ]


def _hashes(column: Column, part_of: str) -> Ints:
    if part_of == "word":
        return column.words
    return (column.key if part_of == "key" else column.part)[:, None]


def _rates_of(column: Column, part_of: str) -> Floats:
    values = column.values
    if part_of == "word":
        return values.word_rate[column.codes]
    return (values.key_rate if part_of == "key" else values.part_rate)[column.codes][:, None]


def _single_keys(hashes: Ints) -> Keys:
    rows, places = np.nonzero(hashes)
    return Keys(rows, hashes[rows, places])


def _double_keys(one: Ints, other: Ints) -> Keys:
    """Mix the terms of rows that hold both; a row of many words holds many keys."""
    if not (one.any() and other.any()):
        return Keys(_NO_ROWS, _NO_ROWS)
    rows = np.flatnonzero(one.any(axis=1) & other.any(axis=1))
    a, b = one[rows][:, :, None], other[rows][:, None, :]
    mixed = np.where((a != 0) & (b != 0), _mixed(a, b), 0).reshape(
        len(rows), one.shape[1] * other.shape[1]
    )
    found, places = np.nonzero(mixed)
    return Keys(rows[found], mixed[found, places])


def _common(records: Records, term: Term, hashes: Ints, cap: int) -> Ints:
    """Give the hashes that more records hold than the cap allows, 0 for the others."""
    counts = _rates_of(records.columns[term.field], term.part_of) * records.count
    return np.where(counts > cap, hashes, 0)


def _mixed(one: Ints, other: Ints | np.int64) -> Ints:
    with np.errstate(over="ignore"):
        mixed = (one * _MIX[0]) ^ (other * _MIX[1])
        return mixed ^ (mixed >> np.int64(29))


def _cap(keys: Keys, budget: float) -> int:
    """Give the largest cap of the ladder within the budget of pairs; 0 when none finds any."""
    _, sizes = np.unique(keys.hashes, return_counts=True)
    sizes = sizes.astype(np.float64)
    pairs = sizes * (sizes - 1) / 2
    for cap in _LADDER:
        total = pairs[sizes <= cap].sum()
        if total <= budget:
            return cap if total > 0 else 0
    return 0


def _pairs_of(keys: Keys, *, cap: int) -> tuple[Ints, Ints, tuple[int, int, int]]:
    order = np.argsort(keys.hashes, kind="stable")
    rows, hashes = keys.rows[order], keys.hashes[order]
    starts = np.flatnonzero(np.r_[True, hashes[1:] != hashes[:-1]][: len(hashes)])
    sizes = np.diff(np.r_[starts, len(hashes)])
    is_large = sizes > cap
    large = sizes[is_large]
    dropped = (len(large), int(large.sum()), int((large * (large - 1) // 2).sum()))
    is_kept = np.repeat(~is_large & (sizes > 1), sizes)
    ends = np.repeat(starts + sizes, sizes)[is_kept]
    places = np.flatnonzero(is_kept)
    later = ends - places - 1
    left = np.repeat(places, later)
    within = np.arange(len(left)) - np.repeat(np.cumsum(later) - later, later)
    return rows[left], rows[left + 1 + within], dropped
