"""One record against all: the keys to look it up by, and whose it is among those found.

The same keys, levels, weights and zones as the batch under the same frozen parameters. Where keys
and records are stored, and what is done with the answer, is the caller's affair.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from math import log2

import numpy as np

from idic.engine.matching.blocking import list_keys
from idic.engine.matching.clustering import cluster
from idic.engine.matching.columns import Ints, Records, read
from idic.engine.matching.comparing import LEVELS
from idic.engine.matching.parameters import Parameters
from idic.engine.matching.rates import Rates
from idic.engine.matching.scoring import (
    Evidence,
    Floats32,
    gather,
    score_groups,
    score_pairs,
    sum_groups,
)
from idic.engine.table import Array, Source, Table

# A neighborhood of more records than this is not looked at again as a whole.
MOST_REGROUPED = 60


@dataclass(frozen=True)
class FieldEvidence:
    """What one field says about a match, for a page to put in words.

    `level` is one of `comparing.LEVELS[kind]` ("same", "close", "different", "missing" …), `weight`
    its log2 evidence: +3 makes one person eight times as likely, −3 two.
    """

    field: str
    kind: str
    level: str
    weight: float


@dataclass(frozen=True)
class Resolution:
    """How well a record fits one group of records: the weight (log2 odds), zone and evidence.

    `row` is the group's record that fits best, as its place among the candidates; the evidence by
    field is that record's, the weight the whole group's.
    """

    group: int
    weight: float
    zone: str
    is_vetoed: bool
    row: int
    evidence: tuple[FieldEvidence, ...]


def list_record_keys(parameters: Parameters, cleaned: Source) -> Table:
    """Give the blocking keys of records: `row`, `key`, `cap`.

    Of rules of one term only: what rules of two would find besides, the next whole match finds. Of
    1,000 records that came to a million as many were joined, asked about and left apart with the
    keys of two as without, in a sixth more time.

    `key` is a signed 64-bit number; store it with the record's id. To find candidates, take the
    records under each key, unless there are more than `cap` of them: that block is left out, and
    should be counted.
    """
    records = read(parameters.schema, cleaned)
    found = [
        (keys.rows, keys.hashes, np.full(len(keys.rows), parameters.rules[place].cap))
        for place, keys in list_keys(records, parameters.rules, most_terms=1)
    ]
    empty = np.zeros(0, dtype=np.int64)
    names = ("row", "key", "cap")
    return Table(
        {name: np.concatenate([empty, *(f[i] for f in found)]) for i, name in enumerate(names)}
    )


def pick_candidates(
    blocks: Iterable[Collection[int]], *, record_count: int, most: int = 20
) -> list[int]:
    """Choose from the blocks of a record's keys whom to weigh: at most so many, likeliest first.

    A shared block of n of N records tells log2(N/n); what shares much, or something rare, comes
    first. Without a limit one common surname would decide how long an answer takes.

    >>> pick_candidates([[7, 8, 9], [8], [9, 5]], record_count=100, most=2)
    [8, 9]
    """
    told: dict[int, float] = {}
    for block in blocks:
        each = log2(max(record_count, 2) / max(len(block), 1))
        for record in block:
            told[record] = told.get(record, 0.0) + each
    return sorted(told, key=lambda record: (-told[record], record))[:most]


def resolve(
    parameters: Parameters, rates: Rates, record: Source, candidates: Source
) -> list[Resolution]:
    """Weigh one record against groups of records, the best first.

    In: `record`, one row of cleaned columns; `candidates`, all records of the groups in question:
    cleaned columns and `group`, an integer (the customer). Out: one `Resolution` for each group
    that is not clearly apart; its zone counts what speaks for the other groups against it, so a
    record that fits two namesakes alike is for review.
    """
    table = Table.read(candidates)
    if not len(table):
        return []
    records = _together(parameters, rates, Table.read(record), table, only_known=True)
    group, numbers = np.unique(table["group"], return_inverse=True)
    left, right = np.zeros(len(table), dtype=np.int64), np.arange(1, len(table) + 1)
    evidence = gather(parameters, records, left, right)
    weights, vetoes = sum_groups(parameters, evidence, numbers, left, right, count=len(group))
    best = _best_rows(evidence, numbers, count=len(group))
    contested = _contest(weights)
    found = [
        Resolution(
            group=int(group[i]),
            weight=float(weights[i]),
            zone=parameters.zones.zone_of(float(contested[i]), is_vetoed=bool(vetoes[i])),
            is_vetoed=bool(vetoes[i]),
            row=int(best[i]),
            evidence=_field_evidence(parameters, evidence, int(best[i])),
        )
        for i in np.flatnonzero(weights >= parameters.zones.review).tolist()
    ]
    return sorted(found, key=lambda resolution: (-resolution.weight, resolution.group))


def _contest(weights: Floats32) -> Floats32:
    """Lower each weight by what speaks for the other groups: a record is one person's only.

    Odds of o for one group and p for another are odds of o / (1 + p) for the first. A record that
    fits two namesakes equally well belongs to neither until somebody has looked.
    """
    odds = np.exp2(np.clip(weights.astype(np.float64), -60, 60))
    contested: Floats32 = (weights - np.log2(1 + np.maximum(odds.sum() - odds, 0))).astype(
        np.float32
    )
    return contested


def weigh_groups(
    parameters: Parameters, rates: Rates, one: Source, other: Source
) -> tuple[float, bool]:
    """Give the weight of two whole groups being one person, and whether it is vetoed.

    For two customers that a new record connects: both of cleaned columns.
    """
    first, second = Table.read(one), Table.read(other)
    records = _together(parameters, rates, first, second)
    left = np.repeat(np.arange(len(first)), len(second))
    right = np.tile(np.arange(len(second)), len(first)) + len(first)
    group = np.zeros(len(left), dtype=np.int64)
    weights, vetoes = score_groups(parameters, records, group, left, right, count=1)
    return float(weights[0]), bool(vetoes[0])


def regroup(
    parameters: Parameters, rates: Rates, cleaned: Source, *, start: Ints | None = None
) -> Ints:
    """Group a few records anew, as the batch would, the best pairs first; give each row's group,
    named by its smallest row. `start` are groups that stay whole.

    Who comes one after another is joined to what is there. Now that more is known, looking at all
    of a neighborhood again mends what came in an unlucky order.
    """
    records = rates.look_up(read(parameters.schema, cleaned))
    left, right = (side.astype(np.int64) for side in np.triu_indices(records.count, 1))
    scored = score_pairs(parameters, records, left, right)
    return cluster(parameters, records, scored, start=start)


def explain(parameters: Parameters, rates: Rates, one: Source, other: Source) -> tuple[
    FieldEvidence, ...
]:  # fmt: skip
    """Say what each field contributes to the match of two records, one row each."""
    records = _together(parameters, rates, Table.read(one), Table.read(other))
    evidence = gather(parameters, records, np.zeros(1, np.int64), np.ones(1, np.int64))
    return _field_evidence(parameters, evidence, 0)


def explain_rows(
    parameters: Parameters, records: Records, left: Ints, right: Ints
) -> list[tuple[FieldEvidence, ...]]:
    """Say of many pairs of rows what each field contributes."""
    evidence = gather(parameters, records, left, right)
    return [_field_evidence(parameters, evidence, row) for row in range(len(left))]


def _together(
    parameters: Parameters, rates: Rates, one: Table, other: Table, *, only_known: bool = False
) -> Records:
    """Read the rows of both. Of what the first do not know nothing can be said: `only_known` leaves
    such fields empty in the others as well, and saves the time of reading them.
    """
    nothing = np.full(len(one) + len(other), None, dtype=object)
    columns = {
        field.name: (
            nothing
            if only_known and not any(one[field.name].tolist())
            else _joined(one[field.name], other[field.name])
        )
        for field in parameters.schema.fields
    }
    return rates.look_up(read(parameters.schema, columns))


def _joined(one: Array, other: Array) -> Array:
    # An empty column of text may have come as numbers; here all are text or None.
    return np.concatenate([one.astype(object), other.astype(object)])


def _best_rows(evidence: Mapping[str, Evidence], numbers: Ints, *, count: int) -> Ints:
    total = np.sum([part.match for part in evidence.values()], axis=0)
    order = np.lexsort((-total, numbers))
    starts = np.searchsorted(numbers[order], np.arange(count))
    best: Ints = order[starts]
    return best


def _field_evidence(
    parameters: Parameters, evidence: Mapping[str, Evidence], row: int
) -> tuple[FieldEvidence, ...]:
    return tuple(
        FieldEvidence(
            field=field.name,
            kind=field.kind,
            level=LEVELS[field.kind][int(evidence[field.name].levels[row])],
            weight=round(float(evidence[field.name].match[row]), 2),
        )
        for field in parameters.schema.fields
    )
