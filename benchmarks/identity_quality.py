"""Who is who in a table with a known answer: F1 of the matcher's groups, and what they cost.

Any table will do. Columns are guessed from their names; the truth is looked at only after the
groups are made. Measured is everything from the file to the groups in this process: reading,
cleaning, blocking, training, scoring, clustering.

    python benchmarks/identity_quality.py --data FILE.parquet [MORE.parquet] --truth COLUMN
        [--columns mapping.json] [--one-by-one] [--splink [--peer-python PATH]]

`mapping.json` lists the fields: `[{"name": "phone", "kind": "phone", "columns": ["tel"]}]`; kinds
are those of `idic.engine.matching.schema`. `--one-by-one` also brings the records in one at a time,
by the product's way for a single record, and gives the F1 of these groups. `--splink` runs Splink
on the same cleaned columns in turn (`benchmarks/identity_splink.py`).
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from idic.engine import matching
from idic.engine.matching.arriving import group_one_by_one
from idic.engine.matching.guessing import guess_schema
from idic.engine.matching.names import split_name
from idic.engine.table import Table, connect

ROOT = Path(__file__).resolve().parents[1]
FOLDER = Path(os.environ.get("IDIC_TEST_DATA", ROOT.parent / "shared" / "data"))
# What is judged when nothing is named.
FILE, TRUTH = FOLDER / "historical_50k.parquet", "cluster"
Labels = NDArray[np.int64]


def read_file(files: list[Path], truth: str) -> tuple[Table, Labels]:
    """Read the files' columns as text, one below the other, and the truth as numbers."""
    with connect() as connection:
        held = connection.read_parquet([str(file) for file in files], union_by_name=True)
        names = [name for name in held.columns if name != truth]
        cast = ", ".join(_cast(name, str(kind)) for name, kind in _kinds(held) if name != truth)
        table = Table.read(held.project(cast)) if names else Table({})
        marks = held.project(f"CAST({_quote(truth)} AS VARCHAR) AS t").fetchnumpy()["t"]
    filled = np.ma.filled(marks, "") if isinstance(marks, np.ma.MaskedArray) else marks
    return table, np.unique(filled.astype(str), return_inverse=True)[1].ravel()


def _kinds(relation: Any) -> list[tuple[str, Any]]:
    return list(zip(relation.columns, relation.types, strict=True))


def _quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _cast(name: str, kind: str) -> str:
    text = f"CAST({_quote(name)} AS VARCHAR)"
    if kind in ("DOUBLE", "FLOAT"):
        text = f"regexp_replace({text}, '\\.0$', '')"
    return f"{text} AS {_quote(name)}"


def choose_schema(table: Table, mapping: Path | None) -> matching.Schema:
    """Take the fields from the mapping, or guess them."""
    if mapping is None:
        return guess_schema(table)
    return matching.Schema.from_fields(json.loads(mapping.read_text()))


def judge(groups: Labels, truth: Labels) -> dict[str, float | int]:
    """Compare groups with the truth by the pairs of records they put together."""
    together = np.unique(groups * (int(truth.max(initial=0)) + 1) + truth, return_counts=True)[1]
    right, made, there = _pairs(together), _pairs(np.bincount(groups)), _pairs(np.bincount(truth))
    precision, recall = right / max(made, 1), right / max(there, 1)
    return {
        "f1": round(2 * precision * recall / max(precision + recall, 1e-12), 5),
        "precision": round(precision, 5),
        "recall": round(recall, 5),
        "largest_cluster": int(np.bincount(groups).max(initial=0)),
        "largest_true": int(np.bincount(truth).max(initial=0)),
    }


def _pairs(sizes: Labels) -> int:
    return int((sizes * (sizes - 1) // 2).sum())


def main() -> None:
    """Match, then judge; the last line is the JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, nargs="+", default=[FILE])
    parser.add_argument("--truth", default=TRUTH)
    parser.add_argument("--columns", type=Path)
    parser.add_argument("--one-by-one", action="store_true")
    parser.add_argument("--splink", action="store_true")
    parser.add_argument("--peer-python", default=sys.executable)
    given = parser.parse_args()

    missing = [str(file) for file in given.data if not file.exists()]
    if missing:
        sys.exit(f"{', '.join(missing)} is not there; name the file with --data")

    began, cpu = time.perf_counter(), time.process_time()
    table, truth = read_file(given.data, given.truth)
    schema = choose_schema(table, given.columns)
    cleaned = matching.clean(schema, table)
    cleaned_cpu = time.process_time()
    found = matching.match(schema, cleaned)
    seconds, done_cpu = time.perf_counter() - began, time.process_time()
    rss_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

    for field in schema.fields:
        print(f"{field.name}: {field.kind} of {', '.join(field.columns)}")
    for row in found.blocks.rows():
        print("block {}: cap {}, {} pairs; left out {} blocks, {} records, {} pairs".format(*row))
    print(found.parameters.zones)
    result: dict[str, Any] = {
        "name": "identity_quality",
        "data": [file.stem for file in given.data],
        "records": len(table),
        "unit": "pairwise F1",
        **judge(found.clusters, truth),
        "estimated_precision": found.parameters.zones.precision,
        "seconds": round(seconds, 2),
        "cpu_seconds": round(done_cpu - cpu, 2),
        "match_cpu_seconds": round(done_cpu - cleaned_cpu, 2),
        "rss_mb": rss_mb,
        "load": round(os.getloadavg()[0], 1),
    }
    result["figure"] = result["f1"]
    if given.one_by_one:
        began = time.process_time()
        groups = group_one_by_one(found.parameters, found.rates, cleaned)
        result["one_by_one"] = judge(groups, truth)
        result["one_by_one_cpu_seconds"] = round(time.process_time() - began, 2)
    if given.splink:
        peer = run_splink(given.peer_python, schema, cleaned, truth)
        result |= {"peer": "Splink 5, best of five thresholds", "peer_figures": peer}
        if peer:
            result["peer_figure"] = peer["f1"]
            result["ratio"] = round(result["f1"] / max(peer["f1"], 1e-9), 3)
            result["cpu_ratio"] = round(result["match_cpu_seconds"] / peer["cpu_seconds"], 3)
    print(json.dumps(result))


def run_splink(
    python: str, schema: matching.Schema, cleaned: Table, truth: Labels
) -> dict[str, Any] | None:
    """Run Splink on the cleaned columns in a process of its own; None when it cannot."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "cleaned.parquet"
        with connect() as connection:
            held = {name: cleaned[name] for name in cleaned.columns}
            for field in schema.fields:
                if field.kind == "name":  # order-free and without marks, as ours is compared
                    held[field.name] = _plain_names(cleaned[field.name])
            connection.register("held", held)
            connection.register("marks", {"truth": truth})
            connection.execute(
                "COPY (SELECT * FROM held POSITIONAL JOIN marks) TO ? (FORMAT parquet)", [str(file)]
            )
        kinds = json.dumps({field.name: field.kind for field in schema.fields})
        beside = Path(__file__).with_name("identity_splink.py")
        done = subprocess.run(
            [python, str(beside), "--data", str(file), "--kinds", kinds],
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        print(f"Splink failed: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
        return None
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _plain_names(column: Any) -> Any:
    plain = {name: " ".join(split_name(name).words) for name in set(column.tolist()) if name}
    return np.array([plain.get(name) for name in column.tolist()], dtype=object)


if __name__ == "__main__":
    main()
