"""One new record against a table of a million: how long until we know who it is.

The cleaned records and their blocking keys lie in an SQLite file, as the product keeps them. For
each of some thousand records, taken as if they had just come in: clean the raw row, make its keys,
read the blocks, read all records of the groups found, weigh. Nothing is written.

    python benchmarks/identity_one.py --data FILE.parquet --truth COLUMN [--records N]
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import resource
import sqlite3
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from idic.engine import matching
from idic.engine.matching.resolving import (
    list_record_keys,
    pick_candidates,
    resolve,
)
from idic.engine.table import Table

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

from benchmarks.identity_quality import FILE, TRUTH, choose_schema, read_file  # noqa: E402

Labels = NDArray[np.int64]


def build(file: str, found: matching.Matches, cleaned: Table) -> sqlite3.Connection:
    """Write records and keys to SQLite: the tables the product needs to find candidates."""
    connection = sqlite3.connect(file)
    names = cleaned.columns
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute(
        f"CREATE TABLE record (id INTEGER PRIMARY KEY, customer INTEGER, {', '.join(names)})"
    )
    connection.execute(
        "CREATE TABLE match_key (key INTEGER, record INTEGER, PRIMARY KEY (key, record))"
        " WITHOUT ROWID"
    )
    cells = [cleaned[name].tolist() for name in names]
    marks = ", ".join("?" * (len(names) + 2))
    connection.executemany(
        f"INSERT INTO record VALUES ({marks})",
        zip(range(len(cleaned)), found.clusters.tolist(), *cells, strict=True),
    )
    keys = list_record_keys(found.parameters, cleaned)
    order = np.lexsort((keys["row"], keys["key"]))
    rows = zip(keys["key"][order].tolist(), keys["row"][order].tolist(), strict=True)
    connection.executemany("INSERT OR IGNORE INTO match_key VALUES (?, ?)", rows)
    connection.execute("CREATE INDEX record_customer ON record (customer)")
    connection.commit()
    return connection


def ask(connection: sqlite3.Connection, found: matching.Matches, raw: Table, own: int) -> list[Any]:
    """Do all that stands between a raw record and whose it is."""
    parameters, rates = found.parameters, found.rates
    cleaned = matching.clean(parameters.schema, raw)
    keys = list_record_keys(parameters, cleaned)
    blocks = []
    for key, cap in zip(keys["key"].tolist(), keys["cap"].tolist(), strict=True):
        block = connection.execute(
            "SELECT record FROM match_key WHERE key = ? LIMIT ?", (key, cap + 1)
        ).fetchall()
        if len(block) <= cap:
            blocks.append([row[0] for row in block if row[0] != own])
    near = pick_candidates(blocks, record_count=parameters.record_count)
    if not near:
        return []
    names = ", ".join(cleaned.columns)
    marks = ", ".join("?" * len(near))
    rows = connection.execute(
        f"SELECT customer, {names} FROM record WHERE customer IN"
        f" (SELECT customer FROM record WHERE id IN ({marks})) AND id <> ?",
        [*near, own],
    ).fetchall()
    kinds: dict[str, type] = {"group": int, **dict.fromkeys(cleaned.columns, str)}
    return list(resolve(parameters, rates, cleaned, Table.from_rows(rows, columns=kinds)))


def main() -> None:
    """Match the table, write it down, ask for some thousand of its records."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, nargs="+", default=[FILE])
    parser.add_argument("--truth", default=TRUTH)
    parser.add_argument("--columns", type=Path)
    parser.add_argument("--records", type=int, default=3000)
    given = parser.parse_args()
    table, _ = read_file(given.data, given.truth)
    schema = choose_schema(table, given.columns)
    cleaned = matching.clean(schema, table)
    found = matching.match(schema, cleaned)
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder) / "identity.sqlite")
        connection = build(file, found, cleaned)
        size_mb = os.path.getsize(file) // 2**20
        chosen = np.random.default_rng(1).choice(
            len(table), min(given.records, len(table)), replace=False
        )
        raws = [table.filter(np.array([row])) for row in chosen]
        # The batch of this process leaves a million objects that a service would not have.
        gc.collect()
        gc.freeze()
        spent, cpu, right = [], [], 0
        for row, raw in zip(chosen.tolist(), raws, strict=True):
            began, began_cpu = time.perf_counter(), time.thread_time()
            answer = ask(connection, found, raw, row)
            spent.append((time.perf_counter() - began) * 1000)
            cpu.append((time.thread_time() - began_cpu) * 1000)
            best = answer[0].group if answer and answer[0].zone == "auto" else None
            alone = (found.clusters == found.clusters[row]).sum() == 1
            right += (best is None) if alone else best == found.clusters[row]
        connection.close()
    p50, p95, p99 = np.percentile(spent, [50, 95, 99]).round(2).tolist()
    result = {
        "name": "identity_one",
        "figure": p95,
        "unit": "ms, p95 of one record against all",
        "p50": p50,
        "p99": p99,
        "cpu_p50": round(float(np.percentile(cpu, 50)), 2),
        "cpu_p95": round(float(np.percentile(cpu, 95)), 2),
        "records": len(table),
        "same_as_batch": round(right / len(chosen), 4),
        "sqlite_mb": size_mb,
        "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "load": round(os.getloadavg()[0], 1),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
