"""A whole table at once: fit the parameters, find and score its pairs, group its records."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from idic.engine.matching.blocking import Pairs, choose_rules, find_pairs
from idic.engine.matching.clustering import cluster
from idic.engine.matching.columns import Ints, Records, read
from idic.engine.matching.parameters import Parameters, Zones
from idic.engine.matching.rates import Rates, count_terms, list_shared
from idic.engine.matching.schema import Schema
from idic.engine.matching.scoring import Scored, score_pairs
from idic.engine.matching.training import learn
from idic.engine.matching.zones import choose_zones
from idic.engine.table import Array, Source, Table

# How many candidate pairs a rule may compare a record, where records are many.
_PAIRS_PER_RECORD = 2.0
# Pairs below this weight are not kept: they are neither merged nor shown.
_KEPT = -6.0


@dataclass(frozen=True)
class Matches:
    """What matching a table found.

    `clusters`: the group of each row, named by its smallest row. `pairs`: scored pairs worth
    keeping. `blocks`: the report of `blocking.find_pairs`. `shared`: identifiers too many names
    go with (`rates.list_shared`), which count for nothing. `parameters` and `rates` match further
    records alike. `records` are the rows as they were compared.
    """

    parameters: Parameters
    rates: Rates
    clusters: Ints
    pairs: Scored
    blocks: Table
    shared: Table
    records: Records

    def to_table(self) -> Table:
        """Return the pairs as `left`, `right` (rows), `weight`, `zone`; the heaviest first."""
        pairs = self.pairs.at(self.pairs.weight >= self.parameters.zones.review)
        pairs = pairs.at(np.argsort(-pairs.weight, kind="stable"))
        return Table(
            {
                "left": pairs.left,
                "right": pairs.right,
                "weight": pairs.weight.astype(np.float64),
                "zone": zones_of(self.parameters.zones, pairs),
            }
        )


def match(
    schema: Schema,
    cleaned: Source,
    *,
    seed: int = 0,
    min_precision: float = 0.0,
    start: Ints | None = None,
    apart: tuple[Ints, Ints] | None = None,
) -> Matches:
    """Learn from a table and match it within itself: which rows are one person.

    In: the columns `columns.clean` gives, one a field. Nothing is labelled and no threshold is set
    by hand; `min_precision` asks the auto zone to be at least so precise by the model's own
    estimate. `start` are groups known before (a number for each row), `apart` rows that never come
    together: see `clustering.cluster`.
    """
    records = read(schema, cleaned)
    rates = count_terms(records)
    records = rates.look_up(records)
    rules = choose_rules(records, pairs_per_record=_PAIRS_PER_RECORD)
    pairs, blocks = find_pairs(records, rules)
    learned = learn(records, pairs, rules, seed=seed)
    parameters = Parameters(
        schema=schema,
        rules=rules,
        weights=learned.weights,
        log_match=learned.log_match,
        log_household=learned.log_household,
        zones=Zones(0.0, 0.0, 0.0, 0.0),
        record_count=records.count,
    )
    scored = _score(parameters, records, pairs)
    zones = choose_zones(scored.weight, min_precision=min_precision)
    parameters = replace(parameters, zones=zones)
    groups = cluster(parameters, records, scored, start=start, apart=apart)
    return Matches(parameters, rates, groups, scored, blocks, list_shared(records), records)


def predict(parameters: Parameters, rates: Rates, cleaned: Source) -> Matches:
    """Match a table within itself under frozen parameters."""
    records = rates.look_up(read(parameters.schema, cleaned))
    pairs, blocks = find_pairs(records, parameters.rules)
    scored = _score(parameters, records, pairs)
    groups = cluster(parameters, records, scored)
    return Matches(parameters, rates, groups, scored, blocks, list_shared(records), records)


def zones_of(zones: Zones, pairs: Scored) -> Array:
    """Name each pair's zone."""
    named = np.array(["apart", "review", "auto"], dtype=object)
    is_auto = (pairs.weight >= zones.auto) & ~pairs.is_vetoed
    places = (pairs.weight >= zones.review).astype(np.int64) + is_auto
    found: Array = named[np.where(is_auto, 2, places)]
    return found


def _score(parameters: Parameters, records: Records, pairs: Pairs) -> Scored:
    scored = score_pairs(parameters, records, pairs.left, pairs.right)
    return scored.at(scored.weight >= _KEPT)
