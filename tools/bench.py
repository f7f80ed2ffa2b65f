"""`make bench`: runs every benchmark and collects the lines of JSON of each."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def is_figure(line: str) -> bool:
    """Tell whether a line is a figure's JSON; most benchmarks print one, at their end."""
    try:
        return "figure" in json.loads(line)
    except (ValueError, TypeError):
        return False


def main(chosen: list[str]) -> int:
    """Run the benchmarks named, or all, one after another."""
    failed = 0
    for path in sorted((ROOT / "benchmarks").glob("*.py")):
        if path.stem == "__init__" or (chosen and path.stem not in chosen):
            continue
        done = subprocess.run(
            [sys.executable, str(path)], cwd=ROOT, capture_output=True, text=True, check=False
        )
        lines = [line for line in done.stdout.splitlines() if is_figure(line)]
        print("\n".join(lines), flush=True)
        if done.returncode or not lines:
            failed += 1
            print(f"{path.stem} failed:\n{done.stderr[-2000:]}", file=sys.stderr)
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
