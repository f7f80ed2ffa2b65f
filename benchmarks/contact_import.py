"""Bringing 281,000 messy contacts into a fresh SQLite database by the product's own import; with
`--match` finding who of them is one by the product's own matcher too, as follows upon an import.

A forum's best known case: Mautic hangs on a CSV of 281,000 contacts. The peer here is Django's
`bulk_create` of the very rows that came of it, clean and in memory, 1,000 to a transaction, which
reads no file, cleans nothing and matches nobody. Each run in a process and a state directory of its
own; figures are medians, of rows a second on the clock and of rows a CPU second of all threads.

    python benchmarks/contact_import.py [--rows N] [--runs N] [--match]
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

from benchmarks.baseline import timed, write_again  # noqa: E402
from benchmarks.data import contacts, uci  # noqa: E402

ROWS = 281_000
MODELS = ("Source", "ImportRun", "Customer", "SourceRecord", "Identifier", "Trait")


def run_ours(file: Path, *, with_match: bool) -> dict[str, Any]:
    """Import the file into the prepared state directory, as a person would."""
    import django

    django.setup()
    from idic.core import clock
    from idic.identify.importing.columns import Kind
    from idic.identify.models import Customer
    from idic.identify.services.imports.request import ImportRequest
    from idic.identify.services.imports.running import import_file

    request = ImportRequest(
        kind=Kind.CUSTOMERS, path=file, source="Mautic", preset="", country="VN"
    )

    def bring_in() -> None:
        import_file(request=request, now=clock.now(), today=clock.today(), actor="system:bench")

    found = timed(bring_in)
    customers = Customer.objects.filter(merged_into=None).count()
    found |= {"customers": customers}
    if with_match:
        matched = timed(match)
        left = Customer.objects.filter(merged_into=None).count()
        found |= {"match_wall": matched["wall"], "match_cpu": matched["cpu"], "people": left}
    found["rss_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return found


def match() -> None:
    """Find who is who by the product's matcher."""
    from idic.core import clock
    from idic.identify.services.matching.running import fit_and_match

    fit_and_match(now=clock.now())


def measure(side: str, path: Path, *, home: str, with_match: bool) -> dict[str, Any]:
    """Run one side once in a fresh process."""
    done = subprocess.run(
        [
            *(sys.executable, __file__, "--side", side, "--file", str(path)),
            *(["--match"] if with_match else []),
        ],
        capture_output=True,
        text=True,
        check=False,
        env=uci.environment(home),
    )
    if done.returncode:
        sys.exit(f"{side} failed: {done.stderr.strip().splitlines()[-1]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Run both sides in turns and print lines of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--match", action="store_true")
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--side", choices=["ours", "baseline"], help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.side == "ours":
        print(json.dumps(run_ours(given.file, with_match=given.match)))
        return
    if given.side:
        print(json.dumps(write_again(given.file, models=MODELS)))
        return
    ours, theirs = [], []
    for run in range(given.runs):
        with tempfile.TemporaryDirectory() as home, tempfile.TemporaryDirectory() as other:
            file = Path(home) / "contacts.csv"
            contacts.write(file, rows=given.rows)
            uci.prepare(home)
            uci.prepare(other)
            ours.append(measure("ours", file, home=home, with_match=given.match))
            theirs.append(measure("baseline", Path(other), home=home, with_match=False))
        print(f"run {run + 1}: ours {ours[-1]}, baseline {theirs[-1]}", flush=True)
    for kind, unit in (("cpu", "rows/CPU s"), ("wall", "rows/s")):
        report(kind, unit, given.rows, ours, theirs)


def report(kind: str, unit: str, rows: int, ours: list[Any], theirs: list[Any]) -> None:
    """Print one figure's line."""
    figure, other = (
        rows / statistics.median(found[kind] for found in side) for side in (ours, theirs)
    )
    line = {
        "name": f"contact import, {'CPU' if kind == 'cpu' else 'clock'}",
        "figure": round(figure),
        "unit": unit,
        "peer": "Django bulk_create of the finished rows, 1,000 a transaction",
        "peer_figure": round(other),
        "ratio": round(figure / other, 2),
        "seconds": round(statistics.median(found[kind] for found in ours), 1),
        "rows": rows,
        "runs": len(ours),
    }
    if f"match_{kind}" in ours[0]:
        line["match_seconds"] = round(statistics.median(one[f"match_{kind}"] for one in ours), 1)
        line["people"] = ours[0]["people"]
    print(json.dumps(line))


if __name__ == "__main__":
    main()
