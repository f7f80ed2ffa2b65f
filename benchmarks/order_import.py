"""Bringing the 541,909 order lines of UCI Online Retail into a fresh SQLite database by the
product's own import: reading, cleaning, who is who, what is known already, staged rows, publish.

The baseline is Django's `bulk_create` of the very rows that came of it, already clean and in
memory, 1,000 to a transaction: it reads no file, cleans nothing, matches nobody, and would lock web
writers out. Each side in a process and a state directory of its own; figures are medians over the
runs: one of lines a second on the clock, one of lines a CPU second of all threads.

    python benchmarks/order_import.py [--file PATH] [--runs N]
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

from benchmarks.baseline import timed, write_again  # noqa: E402
from benchmarks.data import uci  # noqa: E402

MODELS = ("Source", "ImportRun", "Customer", "SourceRecord", "Order", "OrderLine")


def run_ours(file: Path) -> dict[str, Any]:
    """Import the file into the prepared state directory, as a person would."""
    import django

    django.setup()
    from idic.core import clock
    from idic.identify.importing.columns import Kind
    from idic.identify.models import OrderLine
    from idic.identify.services.imports.request import ImportRequest
    from idic.identify.services.imports.running import import_file

    request = ImportRequest(kind=Kind.ORDERS, path=file, as_of=date.fromisoformat(uci.AS_OF))

    def bring_in() -> None:
        import_file(request=request, now=clock.now(), today=clock.today(), actor="system:bench")

    return {**timed(bring_in), "rows": OrderLine.objects.count()}


def measure(side: str, path: Path, *, home: str) -> dict[str, Any]:
    """Run one side once in a fresh process."""
    done = subprocess.run(
        [sys.executable, __file__, "--side", side, "--file", str(path)],
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
    """Run both sides in turns and print two lines of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--file", type=Path, default=uci.FILE)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--side", choices=["ours", "baseline"], help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.side:
        own = given.side == "ours"
        print(json.dumps(run_ours(given.file) if own else write_again(given.file, models=MODELS)))
        return
    if not uci.is_there(given.file):
        return

    ours, theirs = [], []
    for run in range(given.runs):
        with tempfile.TemporaryDirectory() as home, tempfile.TemporaryDirectory() as other:
            uci.prepare(home)
            uci.prepare(other)
            ours.append(measure("ours", given.file, home=home))
            theirs.append(measure("baseline", Path(other), home=home))
        print(f"run {run + 1}: ours {ours[-1]}, baseline {theirs[-1]}", flush=True)
    if any(found["rows"] != ours[0]["rows"] for found in ours + theirs):
        sys.exit("the sides did not write the same lines")
    for kind, unit in (("cpu", "lines/CPU s"), ("wall", "lines/s")):
        report(kind, unit, ours, theirs)


def report(kind: str, unit: str, ours: list[Any], theirs: list[Any]) -> None:
    """Print one figure's line."""
    figure, other = (
        uci.LINES / statistics.median(found[kind] for found in side) for side in (ours, theirs)
    )
    line = {
        "name": f"order import, {'CPU' if kind == 'cpu' else 'clock'}",
        "figure": round(figure),
        "unit": unit,
        "peer": "Django bulk_create of the finished rows, 1,000 a transaction",
        "peer_figure": round(other),
        "ratio": round(figure / other, 2),
        "rows": uci.LINES,
        "runs": len(ours),
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main()
