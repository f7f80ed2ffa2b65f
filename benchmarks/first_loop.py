"""From a file to the first look: what `idic import orders` takes on UCI Online Retail (541,909
lines, 4,372 customers), all of it: starting Python, the import, the lake, replay and fit of the
value methods, tiers, needs, recommendations, the search index, the first look on the screen.

One line of JSON each for seconds on the clock, CPU seconds of all threads, and the most memory held
at once. Nobody else goes all this way, so there is no peer. Medians over the runs, each in a fresh
state directory on SQLite.

    python benchmarks/first_loop.py [--file PATH] [--runs N]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

from benchmarks.data import uci  # noqa: E402

FIGURES = (("clock", "s"), ("CPU", "CPU s"), ("memory", "MB at most"))


def run(file: Path) -> tuple[float, float, float]:
    """Import once; give seconds, CPU seconds and megabytes."""
    with tempfile.TemporaryDirectory() as home:
        uci.prepare(home)
        program = str(Path(sys.executable).with_name("idic"))
        asked = [program, "import", "orders", str(file), "--as-of", uci.AS_OF, "--yes"]
        began = time.perf_counter()
        process = subprocess.Popen(
            asked, env=uci.environment(home), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        said = process.stdout.read() if process.stdout else b""
        _pid, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - began
    if process.returncode:
        sys.exit(f"the import failed: {said.decode().strip().splitlines()[-1]}")
    return seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def main() -> None:
    """Run and print three lines of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--file", type=Path, default=uci.FILE)
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    if not uci.is_there(given.file):
        return

    found = []
    for number in range(given.runs):
        found.append(run(given.file))
        wall, cpu, memory = found[-1]
        print(f"run {number + 1}: {wall:.1f} s, {cpu:.1f} CPU s, {memory:,.0f} MB", flush=True)
    for place, (name, unit) in enumerate(FIGURES):
        line = {
            "name": f"first loop, {name}",
            "figure": round(statistics.median(one[place] for one in found), 1),
            "unit": unit,
            "peer": None,
            "peer_figure": None,
            "ratio": None,
            "rows": uci.LINES,
            "runs": given.runs,
        }
        print(json.dumps(line))


if __name__ == "__main__":
    main()
