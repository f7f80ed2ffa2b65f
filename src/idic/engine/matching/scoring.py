"""The one scorer: the weight of a pair, and of two groups, under frozen parameters.

Batch and single record call the same functions on the same columns, so that they agree exactly.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from idic.engine.matching.columns import Column, Ints, Records
from idic.engine.matching.comparing import DIFFERENT, Agreement, Levels, compare, has_rate
from idic.engine.matching.parameters import (
    HOUSEHOLD_KINDS,
    SHARED_KINDS,
    VETO_BELOW,
    FieldWeights,
    Parameters,
)
from idic.engine.matching.schema import Field

Floats32 = NDArray[np.float32]
# Pairs scored at a time: what keeps a million records in little memory.
_CHUNK = 1_000_000
# Log2 odds of what cannot be.
_NEVER = np.float32(-1000)
_CAUTION = np.float32(2)
# Kinds of which two different values are never one person's where the data are good enough.
_VETO_KINDS = frozenset({"name", "date", "code"})


@dataclass(frozen=True)
class Evidence:
    """One field's part in pairs: agreement levels, and weights (log2) against two random records
    (`match`) of being one person, and of being one household (`household`); `is_contact` tells
    whether sharing it makes a household.
    """

    levels: Levels
    match: Floats32
    household: Floats32
    is_contact: bool


@dataclass(frozen=True)
class Scored:
    """Pairs of rows with their match weight: log2 odds of being one person, priors included."""

    left: Ints
    right: Ints
    weight: Floats32
    is_vetoed: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.left)

    def at(self, mask: NDArray[np.bool_] | Ints) -> Scored:
        """Return the pairs that the mask, or the places, choose."""
        return Scored(self.left[mask], self.right[mask], self.weight[mask], self.is_vetoed[mask])


def weigh(field: Field, weights: FieldWeights, agreement: Agreement) -> Evidence:
    """Turn a field's agreement levels into weights.

    w = log2(m / u), where u of a level with a rate is its scale times the rate of the agreed value
    (Winkler 1989 in Herzog, Scheuren & Winkler 2007, ch. 9): few are called Rocha. A missing value
    weighs nothing, and where hardly anybody differs, as of the city in a shop of one town, a
    difference speaks for nobody. What a household shares weighs for it as for one person.
    """
    rated = has_rate(field.kind)
    chance = np.where(rated, weights.log_scale, weights.log_random)
    by_rate = np.where(rated[agreement.levels], agreement.log_rates, 0)
    match = (_bits(weights.match) - chance)[agreement.levels] - by_rate
    match[agreement.levels == 0] = 0
    if field.kind in SHARED_KINDS:
        household = match
    elif field.kind == "name":
        household = (_bits(weights.household) - chance)[agreement.levels] - by_rate
        household[agreement.levels == 0] = 0
    else:
        household = np.zeros(len(match))
    is_different = agreement.levels == DIFFERENT
    match[is_different] = np.minimum(match[is_different], 0)
    household[is_different] = np.minimum(household[is_different], 0)
    return Evidence(
        agreement.levels,
        match.astype(np.float32),
        household.astype(np.float32),
        field.kind in HOUSEHOLD_KINDS,
    )


def gather(
    parameters: Parameters, records: Records, left: Ints, right: Ints
) -> dict[str, Evidence]:
    """Compare and weigh every field of the records in rows `left` with those in rows `right`."""
    return {
        field.name: _weigh_field(field, parameters, records.columns[field.name], left, right)
        for field in parameters.schema.fields
    }


def _weigh_field(
    field: Field, parameters: Parameters, column: Column, left: Ints, right: Ints
) -> Evidence:
    if column.is_empty:
        nothing = np.zeros(len(left), np.float32)
        is_contact = field.kind in HOUSEHOLD_KINDS
        return Evidence(np.zeros(len(left), np.int8), nothing, nothing, is_contact)
    return weigh(field, parameters.weights[field.name], compare(column, left, right))


def score_pairs(parameters: Parameters, records: Records, left: Ints, right: Ints) -> Scored:
    """Give the match weight of pairs of rows."""
    parts = list(_score_chunks(parameters, records, left, right))
    if not parts:
        return Scored(left, right, np.zeros(0, np.float32), np.zeros(0, bool))
    weight, is_vetoed = (np.concatenate([part[i] for part in parts]) for i in (0, 1))
    return Scored(left, right, weight, is_vetoed)


def _score_chunks(
    parameters: Parameters, records: Records, left: Ints, right: Ints
) -> Iterator[tuple[Floats32, NDArray[np.bool_]]]:
    for start in range(0, len(left), _CHUNK):
        chunk = slice(start, start + _CHUNK)
        evidence = gather(parameters, records, left[chunk], right[chunk])
        match = sum_match(evidence) + np.float32(parameters.log_match)
        household = sum_household(evidence) + np.float32(parameters.log_household)
        yield odds(match, household), find_vetoes(parameters, evidence)


def sum_match(evidence: Mapping[str, Evidence]) -> Floats32:
    """Add the fields' weights for one person."""
    total: Floats32 = np.sum([part.match for part in evidence.values()], axis=0)
    return total


def sum_household(evidence: Mapping[str, Evidence]) -> Floats32:
    """Add the fields' weights for one household; whoever shares no contact is none."""
    total: Floats32 = np.sum([part.household for part in evidence.values()], axis=0)
    contacts = [part.match > 0 for part in evidence.values() if part.is_contact]
    total[~np.any(contacts, axis=0) if contacts else slice(None)] = _NEVER
    return total


def odds(match: Floats32, household: Floats32) -> Floats32:
    """Give log2 odds of one person against two: a household, or chance, whose weight is 0.

    Two of one family taken for one are worse than one person met twice, so a household counts for
    more than its share (`_CAUTION`, in bits).
    """
    weight: Floats32 = match - np.logaddexp2(household + _CAUTION, np.float32(0))
    return weight


def find_vetoes(parameters: Parameters, evidence: Mapping[str, Evidence]) -> NDArray[np.bool_]:
    """Tell which pairs hold values that one person's records do not: another name, another birth
    date, another identity number; only where the learned weights say that this data is that good.
    """
    some = next(iter(evidence.values())).levels
    vetoed = np.zeros(len(some), dtype=bool)
    for field in parameters.schema.fields:
        if field.kind in _VETO_KINDS and has_veto(parameters.weights[field.name]):
            vetoed |= evidence[field.name].levels == DIFFERENT
    return vetoed


def has_veto(weights: FieldWeights) -> bool:
    """Tell whether different values of a field hardly ever belong to one person."""
    return weights.match[DIFFERENT] < VETO_BELOW


def score_groups(
    parameters: Parameters, records: Records, group: Ints, left: Ints, right: Ints, *, count: int
) -> tuple[Floats32, NDArray[np.bool_]]:
    """Give the weight of `count` pairs of groups from all their cross pairs, and which are vetoed.

    `group[k]` tells to which pair of groups the rows `left[k]` and `right[k]` belong.
    """
    evidence = gather(parameters, records, left, right)
    return sum_groups(parameters, evidence, group, left, right, count=count)


def sum_groups(
    parameters: Parameters,
    evidence: Mapping[str, Evidence],
    group: Ints,
    left: Ints,
    right: Ints,
    *,
    count: int,
) -> tuple[Floats32, NDArray[np.bool_]]:
    """Do what `score_groups` does, from the cross pairs' evidence.

    Of what a household shares, the best agreement speaks: one known phone number is enough. Of what
    is a person's own, the mean over all cross pairs that know it, and a disagreement without any
    exception counts once for each record of the smaller group. One vetoed cross pair vetoes the
    groups. Two groups of one record each weigh what the pair weighs.
    """
    match = np.full(count, parameters.log_match, dtype=np.float32)
    household = np.full(count, parameters.log_household, dtype=np.float32)
    has_contact = np.zeros(count, dtype=bool)
    for field in parameters.schema.fields:
        part = evidence[field.name]
        known = part.levels > 0
        if not known.any():
            continue
        held = group[known]
        if field.kind in SHARED_KINDS:
            best = _best(part.match[known], held, count)
            match += best
            household += best
            has_contact |= part.is_contact & (best > 0)
        else:
            times = _witnesses(held, left[known], right[known], part.match[known] > 0, count)
            match += _mean(part.match[known], held, count) * times
            household += _mean(part.household[known], held, count)
    household[~has_contact] = _NEVER
    vetoes = np.bincount(group, weights=find_vetoes(parameters, evidence), minlength=count) > 0
    return odds(match, household), vetoes


def _witnesses(
    group: Ints, left: Ints, right: Ints, agrees: NDArray[np.bool_], count: int
) -> Floats32:
    """Count how often a disagreement without any exception speaks: the rows of the smaller side.

    One person's records may be wrong one by one. That none of ten agrees with any of ten others
    takes ten errors.
    """
    sides = [_count_rows(group, rows, count) for rows in (left, right)]
    has_agreement = np.bincount(group, weights=agrees, minlength=count) > 0
    times: Floats32 = np.where(has_agreement, 1, np.minimum(*sides)).astype(np.float32)
    return np.maximum(times, 1)


def _count_rows(group: Ints, rows: Ints, count: int) -> Ints:
    width = int(rows.max(initial=0)) + 1
    return np.bincount(np.unique(group * width + rows) // width, minlength=count)


def _best(weights: Floats32, group: Ints, count: int) -> Floats32:
    best = np.full(count, -np.inf, dtype=np.float32)
    np.maximum.at(best, group, weights)
    best[np.isinf(best)] = 0
    return best


def _mean(weights: Floats32, group: Ints, count: int) -> Floats32:
    sums = np.bincount(group, weights=weights, minlength=count)
    known = np.bincount(group, minlength=count)
    return (sums / np.maximum(known, 1)).astype(np.float32)


@lru_cache(maxsize=500)
def _bits(shares: tuple[float, ...]) -> NDArray[np.float64]:
    bits: NDArray[np.float64] = np.log2(np.maximum(shares, 1e-9))
    return bits
