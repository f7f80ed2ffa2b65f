"""`make test` after the checks: the suite on SQLite, the database-bound part once more on
PostgreSQL, the browser stories in Chromium. Where PostgreSQL or Chromium is absent a line says so;
with CI set, that fails.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = os.environ.get("IDIC_CHROMIUM") or shutil.which("chromium") or ""
POSTGRES = os.environ.get("IDIC_TEST_POSTGRES", "")
# No database in these: once is enough.
WITHOUT_DATABASE = ["tests/engine", "tests/house"]


def pytest(title: str, arguments: list[str], environment: dict[str, str]) -> int:
    """Run pytest once under a title; give its exit code."""
    print(f"\n== {title} ==", flush=True)
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        check=False,
    )
    print(f"== {title}: {time.perf_counter() - started:.0f} s ==", flush=True)
    return done.returncode


def main(arguments: list[str]) -> int:
    """Run the three parts; any failure fails the whole."""
    is_ci = os.environ.get("CI") == "true"
    missing = [
        name for name, value in {"PostgreSQL": POSTGRES, "Chromium": CHROMIUM}.items() if not value
    ]
    side_by_side = ["-n", "2", "--dist", "loadfile"]
    codes = [
        pytest(
            "SQLite",
            [*side_by_side, "--ignore=tests/browser", "tests", *arguments],
            {"DATABASE_URL": ""},
        )
    ]
    if POSTGRES:
        skipped = [f"--ignore={folder}" for folder in [*WITHOUT_DATABASE, "tests/browser"]]
        codes.append(
            pytest(
                "PostgreSQL",
                [*side_by_side, *skipped, "tests", *arguments],
                {"DATABASE_URL": POSTGRES},
            )
        )
    if CHROMIUM and (ROOT / "tests" / "browser").exists():
        codes.append(
            pytest(
                "Chromium",
                ["tests/browser", *arguments],
                {"DATABASE_URL": "", "IDIC_CHROMIUM": CHROMIUM},
            )
        )
    for name in missing:
        print(f"skipped: {name} is not on this machine, so its tests did not run")
    if is_ci and missing:
        print("CI must run them all")
        codes.append(1)
    return max(codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
