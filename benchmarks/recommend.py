"""Next-basket Recall@10 on Ta-Feng against best-sellers, frequency and, if at hand, `implicit`.

Everybody's last basket is hidden and the rest learned from (`idic.engine.recommend.evaluate`, whose
weights are chosen on baskets inside the rest); recall is the mean share of a basket found in ten
products. The peer of the figure is popularity on the same baskets; personal frequency with a
popularity tie-break is computed beside it. Seconds are CPU seconds; `seconds_top50` are those of
lists of 50 for everybody.

    python benchmarks/recommend.py [--file PATH] [--peer-python PATH]

`--peer-python` names an interpreter that has `implicit`; its item-to-item model and its matrix
factorisation are then judged on the same baskets, their parameters as their documentation has them.
"""

from __future__ import annotations

import argparse
import datetime as dt
import importlib
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

TAFENG = Path(__file__).parents[2] / "shared" / "data" / "tafeng_nbr.parquet"
AS_OF = dt.date(2024, 12, 31)
K = 10

# Baskets of the file are numbered, not dated: each customer's last is put on the same day.
LINES = """
SELECT "user" AS customer_id, "user" * 100 + basket AS order_id, item AS product_id,
       1.0::DOUBLE AS quantity,
       CAST(DATE '2024-12-31' - CAST(max(basket) OVER (PARTITION BY "user") - basket AS INTEGER)
            AS DATE) AS ordered_on
FROM read_parquet(?)
"""
FREQUENCY = """
WITH known AS (SELECT DISTINCT "user" AS u, basket AS b, item AS i FROM read_parquet($path)
               WHERE is_test = 0),
hidden AS (SELECT DISTINCT "user" AS u, item AS i FROM read_parquet($path) WHERE is_test = 1),
seller AS (SELECT i, count(*) AS sold FROM known GROUP BY i),
candidate AS (
    SELECT u, i, count(*) AS times FROM known GROUP BY u, i
    UNION ALL
    SELECT u, i, 0 FROM (SELECT DISTINCT u FROM hidden)
    CROSS JOIN (FROM seller ORDER BY sold DESC, i LIMIT 100) ANTI JOIN known USING (u, i)
),
listed AS (
    SELECT u, i FROM candidate JOIN seller USING (i)
    QUALIFY row_number() OVER (PARTITION BY u ORDER BY times DESC, sold DESC, i) <= 10
),
basket AS (
    SELECT u, count(listed.i) / count(*) AS recall
    FROM hidden LEFT JOIN listed USING (u, i) GROUP BY u
)
SELECT avg(recall) AS recall FROM basket
"""
PAIRS = 'SELECT "user" AS u, item AS i, is_test FROM read_parquet(?)'


def measure_ours(path: Path) -> dict[str, Any]:
    """Judge the recommender and time it."""
    from idic.engine import recommend
    from idic.engine.table import query

    lines = query(LINES, parameters=[str(path)])
    started = time.process_time()
    found = recommend.evaluate(lines, as_of=AS_OF, k=K)
    evaluated = time.process_time()
    recommender = recommend.fit(lines, as_of=AS_OF)
    fitted = time.process_time()
    listed = recommend.predict(recommender, lines, as_of=AS_OF, k=50)
    frequency = query(FREQUENCY, parameters={"path": str(path)})["recall"][0]
    return {
        "rows": len(lines),
        "customers": found.next_basket.customers,
        "recall": found.next_basket.recall,
        "hit_rate": found.next_basket.hit_rate,
        "popularity": found.next_basket_popularity.recall,
        "frequency": float(frequency),
        "new": found.new_products.recall,
        "new_popularity": found.new_products_popularity.recall,
        "weights": [found.weights.decay, found.weights.popularity_baskets],
        "seconds_evaluate": evaluated - started,
        "seconds_fit": fitted - evaluated,
        "seconds_top50": time.process_time() - fitted,
        "listed": len(listed),
    }


def measure_implicit(file: Path) -> dict[str, Any]:
    """Judge two models of `implicit` on the same baskets, in an interpreter that has it."""
    sparse: Any = importlib.import_module("scipy.sparse")
    als: Any = importlib.import_module("implicit.als")
    nearest: Any = importlib.import_module("implicit.nearest_neighbours")
    held = np.load(file)
    user, item, is_test = held["u"], held["i"], held["is_test"] == 1
    shape = (int(user.max()) + 1, int(item.max()) + 1)
    ones = np.ones(len(user))
    known = sparse.csr_matrix((ones[~is_test], (user[~is_test], item[~is_test])), shape=shape)
    hidden = sparse.csr_matrix((ones[is_test], (user[is_test], item[is_test])), shape=shape)
    judged = np.flatnonzero(np.diff(hidden.indptr))
    models = {
        "implicit CosineRecommender": nearest.CosineRecommender(K=50, num_threads=2),
        "implicit AlternatingLeastSquares": als.AlternatingLeastSquares(
            factors=64, random_state=1, num_threads=2
        ),
    }
    recalls = {}
    for name, model in models.items():
        model.fit(known, show_progress=False)
        ids, _ = model.recommend(judged, known[judged], N=K, filter_already_liked_items=False)
        hits = [
            len(np.intersect1d(listed, hidden[u].indices)) / hidden[u].nnz
            for u, listed in zip(judged, ids, strict=True)
        ]
        recalls[name] = float(np.mean(hits))
    return recalls


def ask_implicit(python: str, path: Path) -> dict[str, float]:
    """Run `measure_implicit` elsewhere; empty when that interpreter has no `implicit`."""
    from idic.engine.table import query

    pairs = query(PAIRS, parameters=[str(path)])
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "pairs.npz"
        np.savez(file, u=pairs["u"], i=pairs["i"], is_test=pairs["is_test"])
        command = [python, __file__, "--implicit", str(file)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"implicit not measured: {done.stderr.strip().splitlines()[-1]}")
        return {}
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Measure, print each figure, and the result as JSON on the last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--file", type=Path, default=TAFENG)
    parser.add_argument("--peer-python", default=sys.executable)
    parser.add_argument("--implicit", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.implicit:
        print(json.dumps(measure_implicit(given.implicit)))
        return
    if not given.file.exists():
        sys.exit(f"{given.file} is not here; name the Ta-Feng file with --file")

    ours = measure_ours(given.file)
    others = ask_implicit(given.peer_python, given.file)
    for name, value in {**ours, **others}.items():
        print(f"{name:34} {value if not isinstance(value, float) else round(value, 4)}")
    result = {
        "name": "recommend",
        "figure": round(ours["recall"], 4),
        "unit": f"Recall@{K}",
        "peer": "popularity",
        "peer_figure": round(ours["popularity"], 4),
        "ratio": round(ours["recall"] / ours["popularity"], 2),
        "rows": ours["rows"],
        "runs": 1,
        "other_peers": {
            "personal frequency": round(ours["frequency"], 4),
            **{name: round(recall, 4) for name, recall in others.items()},
        },
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
