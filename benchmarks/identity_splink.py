"""Splink on the same cleaned columns, fully trained: the peer of `identity_quality.py`.

A sensible model by kind of column: Jaro–Winkler levels for names and addresses, exact matches with
one or two edits for numbers, term frequencies everywhere; u from 5·10⁷ random pairs; blocking on
each strong column and on pairs of others; EM on three rules. Its best of five thresholds counts,
chosen by the truth, which is an advantage our own does not have. Needs the `bench` extra.

    python benchmarks/identity_splink.py --data CLEANED.parquet --kinds '{"name": "name", ...}'

`CLEANED.parquet` has one column a field and `truth`. The last line is the JSON. Without arguments
it is `identity_quality.py --splink`: both on one table.
"""

from __future__ import annotations

import argparse
import importlib
import itertools
import json
import logging
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

THRESHOLDS = (0.5, 0.9, 0.95, 0.99, 0.999)
RANDOM_PAIRS = 5e7
_STRONG = ("phone", "email", "code", "date", "address", "postcode", "text", "name")
# Blocking rules beyond these cost more than they find.
_MOST_RULES = 9
_MOST_PAIRS_PER_RECORD = 5


def compare(library: Any, name: str, kind: str) -> Any:
    """Choose the comparison of a column by its kind."""
    if kind in ("name", "address", "text"):
        made = library.JaroWinklerAtThresholds(name, [0.95, 0.88, 0.8])
    elif kind in ("phone", "code", "postcode", "date"):
        made = library.DamerauLevenshteinAtThresholds(name, [1, 2])
    elif kind == "email":
        made = library.EmailComparison(name)
    else:
        made = library.ExactMatch(name)
    return made.configure(term_frequency_adjustments=True)


def choose_rules(connection: Any, kinds: dict[str, str]) -> list[tuple[str, ...]]:
    """Choose up to nine blocking rules: strong columns alone, then pairs, while they are few."""
    singles = [(name,) for name, kind in kinds.items() if kind in _STRONG]
    rules = [rule for rule in singles if _is_affordable(connection, rule)]
    for pair in itertools.combinations(kinds, 2):
        if not any((name,) in rules for name in pair) and _is_affordable(connection, pair):
            rules.append(pair)
    return rules[:_MOST_RULES]


def _is_affordable(connection: Any, columns: Sequence[str]) -> bool:
    listed = ", ".join(columns)
    known = " AND ".join(f"{name} IS NOT NULL" for name in columns)
    count = connection.execute("SELECT count(*) FROM records").fetchall()[0][0]
    pairs = connection.execute(
        f"SELECT sum(n * (n - 1) / 2) FROM"
        f" (SELECT count(*) AS n FROM records WHERE {known} GROUP BY {listed})"
    ).fetchall()[0][0]
    return (pairs or 0) <= max(_MOST_PAIRS_PER_RECORD * count, 2_000_000)


def judge(connection: Any, clusters: str) -> dict[str, float]:
    """Compare Splink's clusters with the truth by pairs of records."""
    right, made, there, largest = connection.execute(
        f"""WITH both_of AS (SELECT c.cluster_id, r.truth FROM {clusters} c
                             JOIN records r USING (unique_id))
        SELECT (SELECT sum(n * (n - 1) / 2) FROM
                  (SELECT count(*) n FROM both_of GROUP BY cluster_id, truth)),
               (SELECT sum(n * (n - 1) / 2) FROM
                  (SELECT count(*) n FROM both_of GROUP BY cluster_id)),
               (SELECT sum(n * (n - 1) / 2) FROM (SELECT count(*) n FROM both_of GROUP BY truth)),
               (SELECT max(n) FROM (SELECT count(*) n FROM both_of GROUP BY cluster_id))"""
    ).fetchall()[0]
    precision, recall = right / max(made, 1), right / max(there, 1)
    f1 = 2 * precision * recall / max(precision + recall, 1e-12)
    return {
        "f1": round(float(f1), 5),
        "precision": round(float(precision), 5),
        "recall": round(float(recall), 5),
        "largest_cluster": int(largest),
    }


def main() -> None:
    """Train, predict, cluster at five thresholds; the truth chooses the best."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data")
    parser.add_argument("--kinds", default="{}")
    given = parser.parse_args()
    if given.data is None:
        beside = Path(__file__).with_name("identity_quality.py")
        sys.exit(subprocess.run([sys.executable, str(beside), "--splink"], check=False).returncode)
    logging.getLogger("splink").setLevel(logging.ERROR)
    duckdb: Any = importlib.import_module("duckdb")
    splink: Any = importlib.import_module("splink")
    library: Any = importlib.import_module("splink.comparison_library")
    kinds: dict[str, str] = json.loads(given.kinds)

    connection = duckdb.connect(config={"threads": 2})
    connection.execute(
        "CREATE TABLE records AS SELECT row_number() OVER () AS unique_id, * FROM read_parquet(?)",
        [given.data],
    )
    began, cpu = time.perf_counter(), time.process_time()
    rules = choose_rules(connection, kinds)
    settings = splink.SettingsCreator(
        link_type="dedupe_only",
        comparisons=[compare(library, name, kind) for name, kind in kinds.items()],
        blocking_rules_to_generate_predictions=[splink.block_on(*rule) for rule in rules],
        retain_matching_columns=False,
    )
    database = splink.DuckDBAPI(connection)
    linker = splink.Linker(database.register("records"), settings)
    sure = [splink.block_on(*rule) for rule in rules[:2]]
    linker.training.estimate_probability_two_random_records_match(sure, recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=RANDOM_PAIRS, seed=1)
    for rule in rules[:3]:
        linker.training.estimate_parameters_using_expectation_maximisation(splink.block_on(*rule))
    predicted = linker.inference.predict(threshold_match_probability=0.2)
    results = []
    for threshold in THRESHOLDS:
        if threshold == THRESHOLDS[1]:
            # One clustering belongs to the work; trying the other thresholds is ours.
            seconds, spent = time.perf_counter() - began, time.process_time() - cpu
        clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(
            predicted, threshold_match_probability=threshold
        )
        results.append({"threshold": threshold, **judge(connection, clusters.physical_name)})
    best = max(results, key=lambda result: result["f1"])
    figures = {
        **best,
        "seconds": round(seconds, 2),
        "cpu_seconds": round(spent, 2),
        "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "rules": [" + ".join(rule) for rule in rules],
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
