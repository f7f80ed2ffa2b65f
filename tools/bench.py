"""`make bench`: runs every benchmark and collects the last line of JSON of each."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main(chosen: list[str]) -> int:
    """Run the benchmarks named, or all, one after another."""
    failed = 0
    for path in sorted((ROOT / "benchmarks").glob("*.py")):
        if path.stem == "__init__" or (chosen and path.stem not in chosen):
            continue
        done = subprocess.run(
            [sys.executable, str(path)], cwd=ROOT, capture_output=True, text=True, check=False
        )
        last = (done.stdout.strip().splitlines() or [""])[-1]
        try:
            json.loads(last)
            print(last, flush=True)
        except ValueError:
            failed += 1
            print(f"{path.stem} failed:\n{done.stderr[-2000:]}", file=sys.stderr)
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
