"""Learns the weights without a single labelled pair: expectation and maximization over candidate
pairs, with chance agreement from random pairs.

Three kinds of pairs are told apart: one person, two persons of one household, strangers. A field's
agreement among one person's records is learned only from pairs that the *other* fields already make
nearly sure (the anchors), found by a blocking rule that does not use the field: what a rule selects
on, or doubtful pairs, would bias it.

Fellegi & Sunter, "A Theory for Record Linkage", JASA 1969; Winkler, "Using the EM Algorithm for
Weight Computation in the Fellegi-Sunter Model", 1988; Winkler, "String Comparator Metrics", 1990;
Enamorado, Fifield & Imai, "Using a Probabilistic Model to Assist Merging", APSR 2019.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from idic.engine.matching.blocking import Pairs, Rule
from idic.engine.matching.columns import Floats, Records
from idic.engine.matching.comparing import DIFFERENT, LEVELS, Agreement, compare
from idic.engine.matching.parameters import FieldWeights
from idic.engine.matching.schema import Field, Kind, Schema
from idic.engine.matching.scoring import Evidence, Floats32, sum_household, sum_match, weigh

_ROUNDS = 20
_SETTLED = 0.002
# Log2 odds from the other fields at which a pair anchors a field, and how far above a household.
_ANCHOR, _ABOVE_HOUSEHOLD = 10.0, 2.0
# Pseudo-pairs that hold the first guess where a level is rarely seen.
_GUESS_PAIRS, _HOUSEHOLD_GUESS_PAIRS, _SCALE_GUESS_PAIRS = 5.0, 20.0, 3.0
# Levels that mean one value in two records: u is the value's own rate.
_IDENTICAL = frozenset({"same", "same_with_marks", "same_but_marks"})


@dataclass(frozen=True)
class Learned:
    """What training found: weights by field, and log2 shares of all pairs of records."""

    weights: dict[str, FieldWeights]
    log_match: float
    log_household: float


@dataclass
class _State:
    match: dict[str, Floats]
    household: dict[str, Floats]
    log_random: dict[str, Floats]
    log_scale: dict[str, Floats]
    log_match: float
    log_household: float

    def weights(self) -> dict[str, FieldWeights]:
        return {
            name: FieldWeights(
                tuple(self.match[name].tolist()),
                tuple(self.household[name].tolist()),
                tuple(self.log_random[name].tolist()),
                tuple(self.log_scale[name].tolist()),
            )
            for name in self.match
        }


@dataclass(frozen=True)
class _Sample:
    """Pairs to learn from: agreements by field, which pairs each field may learn from, and how
    many candidate pairs each of the sample stands for.
    """

    agreements: Mapping[str, Agreement]
    is_free: Mapping[str, NDArray[np.bool_]]
    each: float


def learn(
    records: Records,
    pairs: Pairs,
    rules: tuple[Rule, ...],
    *,
    seed: int,
    sample_size: int = 1_000_000,
    random_size: int = 600_000,
) -> Learned:
    """Learn weights and priors from candidate pairs; equal seeds give equal weights."""
    random = np.random.default_rng(seed)
    sample = _take_sample(records, pairs, rules, random=random, size=sample_size)
    chance = _take_random(records, random=random, size=min(random_size, 100 * records.count))
    pair_count = max(records.count * (records.count - 1) / 2, 1.0)
    state = _first_guess(records.schema, records.count, pair_count)
    _learn_chance(state, records.schema, chance)
    for _ in range(_ROUNDS):
        change = _one_round(state, records.schema, sample, pair_count, records.count)
        _learn_chance(state, records.schema, chance)
        if change < _SETTLED:
            break
    return Learned(state.weights(), state.log_match, state.log_household)


def _take_sample(
    records: Records,
    pairs: Pairs,
    rules: tuple[Rule, ...],
    *,
    random: np.random.Generator,
    size: int,
) -> _Sample:
    chosen = np.arange(len(pairs))
    if len(pairs) > size:
        chosen = np.sort(random.choice(len(pairs), size, replace=False))
    left, right, found_by = pairs.left[chosen], pairs.right[chosen], pairs.rules[chosen]
    agreements, is_free = {}, {}
    for name, column in records.columns.items():
        without = sum(1 << place for place, rule in enumerate(rules) if name not in rule.fields)
        agreements[name] = compare(column, left, right)
        is_free[name] = (found_by & without) != 0
    return _Sample(agreements, is_free, len(pairs) / max(len(chosen), 1))


def _take_random(
    records: Records, *, random: np.random.Generator, size: int
) -> dict[str, Agreement]:
    count = max(records.count, 1)
    left = random.integers(0, count, size)
    right = (left + 1 + random.integers(0, max(count - 1, 1), size)) % count
    return {name: compare(column, left, right) for name, column in records.columns.items()}


def _first_guess(schema: Schema, count: int, pair_count: float) -> _State:
    match = {field.name: guess_match(field.kind) for field in schema.fields}
    household = {field.name: guess_household(field.kind) for field in schema.fields}
    return _State(
        match,
        household,
        {},
        {},
        float(np.log2(0.3 * max(count, 1) / pair_count)),
        float(np.log2(0.03 * max(count, 1) / pair_count)),
    )


def guess_match(kind: Kind) -> Floats:
    """Give the first guess of how one person's records agree: four in five wholly."""
    levels = LEVELS[kind]
    guess = np.full(len(levels), 0.1 / max(len(levels) - 3, 1))
    guess[0], guess[DIFFERENT], guess[-1] = 1, 0.1, 0.8
    if kind == "name":
        guess[DIFFERENT:], guess[-2], guess[-1] = 0.02, 0.45, 0.35
    return guess


def guess_household(kind: Kind) -> Floats:
    """Give the first guess of how two persons of one household agree: not in their names."""
    levels = LEVELS[kind]
    guess = np.full(len(levels), 0.01)
    guess[0] = 1
    if kind == "name":
        guess[DIFFERENT], guess[levels.index("similar")] = 0.4, 0.05
        guess[levels.index("different_word")] = 0.05
        guess[levels.index("some_words")] = 0.4
    return guess


def _learn_chance(state: _State, schema: Schema, chance: Mapping[str, Agreement]) -> None:
    """Learn chance agreement from random pairs, each counted by how surely it is a stranger's."""
    strange = np.ones(len(next(iter(chance.values())).levels))
    if state.log_random:
        weights = state.weights()
        total = sum(
            weigh(field, weights[field.name], chance[field.name]).match for field in schema.fields
        )
        strange = 1 - _probability(np.asarray(total) + state.log_match)
    for field in schema.fields:
        random, scale = _chance_of(field, chance[field.name], strange)
        state.log_random[field.name], state.log_scale[field.name] = np.log2(random), np.log2(scale)


def _chance_of(field: Field, agreement: Agreement, strange: Floats) -> tuple[Floats, Floats]:
    """Give each level's share of random pairs, and its scale.

    A level with a rate comes up among strangers who hold a value of rate f in proportion to f:
    u(value) = scale · f, so scale = share · mean of 1/f over the random pairs on that level.
    """
    names = LEVELS[field.kind]
    counts = np.bincount(agreement.levels, weights=strange, minlength=len(names))
    known = counts[1:].sum()
    share = (counts + 0.5) / (known + 1)
    inverse = strange * 2.0 ** -agreement.log_rates.astype(np.float64)
    sums = np.bincount(agreement.levels, weights=inverse, minlength=len(names))
    seen = share * sums / np.maximum(counts, 1e-9)
    scale = (seen * counts + _SCALE_GUESS_PAIRS) / (counts + _SCALE_GUESS_PAIRS)
    is_identical = np.array([name in _IDENTICAL for name in names])
    return share, np.where(is_identical, 1.0, np.clip(scale, 0.01, 20))


def _one_round(
    state: _State, schema: Schema, sample: _Sample, pair_count: float, count: int
) -> float:
    weights = state.weights()
    evidence = {
        field.name: weigh(field, weights[field.name], sample.agreements[field.name])
        for field in schema.fields
    }
    match = sum_match(evidence) + np.float32(state.log_match)
    household = sum_household(evidence) + np.float32(state.log_household)
    whole = np.logaddexp2(np.logaddexp2(match, household), 0)
    matches = float((2.0 ** (match - whole)).sum()) * sample.each
    housed = float((2.0 ** (household - whole)).sum()) * sample.each
    change = max(
        _learn_field(state, field, sample, evidence[field.name], match, household)
        for field in schema.fields
    )
    state.log_match = float(np.log2(max(matches, 1.0) / pair_count))
    state.log_household = float(np.log2(max(housed, 0.001 * max(count, 1)) / pair_count))
    return change


def _learn_field(
    state: _State,
    field: Field,
    sample: _Sample,
    part: Evidence,
    match: Floats32,
    household: Floats32,
) -> float:
    """Learn one field's levels from its anchors; give the largest change of a share."""
    is_free = sample.is_free[field.name]
    levels = part.levels[is_free]
    by_others = match[is_free] - part.match[is_free]
    housed_by_others = household[is_free] - part.household[is_free]
    if field.kind != "name":
        is_anchor = (by_others > _ANCHOR) & (by_others - housed_by_others > _ABOVE_HOUSEHOLD)
        surely = _probability((by_others - housed_by_others)[is_anchor])
    else:
        # Only the name tells a household from one person: here it has to speak for itself.
        is_anchor = np.maximum(by_others, housed_by_others) > _ANCHOR
        surely = _probability((match[is_free] - household[is_free])[is_anchor])
        state.household[field.name] = _shares(
            levels[is_anchor], 1 - surely, guess_household(field.kind), _HOUSEHOLD_GUESS_PAIRS
        )
    found = _shares(levels[is_anchor], surely, guess_match(field.kind), _GUESS_PAIRS)
    change = float(np.abs(found - state.match[field.name]).max())
    state.match[field.name] = found
    return change


def _shares(levels: NDArray[np.int8], each: Floats, guess: Floats, guess_pairs: float) -> Floats:
    """Give the share of each level among known ones, a first guess counted as so many pairs."""
    counts = np.bincount(levels, weights=each, minlength=len(guess))
    prior = guess / guess[1:].sum()
    counts[0] = prior[0] = 0
    shares: Floats = (counts + guess_pairs * prior) / (counts.sum() + guess_pairs)
    shares[0] = 1
    return shares


def _probability(log_odds: NDArray[np.floating]) -> Floats:
    clipped = np.clip(log_odds.astype(np.float64), -60, 60)
    probability: Floats = 1 / (1 + 2.0**-clipped)
    return probability
