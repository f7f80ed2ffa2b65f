"""`make test` after the checks: the suite on SQLite, what asks the database once more on
PostgreSQL, and beside both the browser stories in Chromium. Where PostgreSQL or Chromium is absent
a line says so; with CI set, that fails.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from subprocess import STDOUT, Popen
from tempfile import TemporaryFile
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = os.environ.get("IDIC_CHROMIUM") or shutil.which("chromium") or ""
POSTGRES = os.environ.get("IDIC_TEST_POSTGRES", "")
# Files in the order tests/conftest.py gives them, the longest first.
SIDE_BY_SIDE = ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]
SIDE_BY_SIDE += ["--ignore=tests/browser", "tests"]


def start(arguments: list[str], *, database: str, output: IO[str] | None = None) -> Popen[str]:
    """Start pytest on a database; "" is SQLite."""
    return Popen(
        [sys.executable, "-m", "pytest", "-q", *arguments],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": database, "IDIC_CHROMIUM": CHROMIUM},
        stdout=output,
        stderr=STDOUT,
        text=True,
    )


def run(title: str, arguments: list[str], *, database: str) -> int:
    """Run pytest once under a title; give its exit code."""
    print(f"\n== {title} ==", flush=True)
    started = time.perf_counter()
    code = start(arguments, database=database).wait()
    print(f"== {title}: {time.perf_counter() - started:.0f} s ==", flush=True)
    return code


@contextmanager
def stories(arguments: list[str]) -> Iterator[Callable[[], int]]:
    """Let the browser's stories run beside the rest: they mostly wait. What is given waits for
    their end, prints what they said and tells their exit code.
    """
    with TemporaryFile("w+") as output:
        process = start(["tests/browser", *arguments], database="", output=output)

        def end() -> int:
            code = process.wait()
            output.seek(0)
            print(f"\n== Chromium ==\n{output.read()}", flush=True)
            return code

        try:
            yield end
        finally:
            process.kill()


def main(arguments: list[str]) -> int:
    """Run the three parts; any failure fails the whole."""
    missing = [
        name for name, value in {"PostgreSQL": POSTGRES, "Chromium": CHROMIUM}.items() if not value
    ]
    with stories(arguments) if CHROMIUM else nullcontext(lambda: 0) as end_of_stories:
        codes = [run("SQLite", [*SIDE_BY_SIDE, *arguments], database="")]
        if POSTGRES:
            codes.append(run("PostgreSQL", [*SIDE_BY_SIDE, *arguments], database=POSTGRES))
        codes.append(end_of_stories())
    for name in missing:
        print(f"skipped: {name} is not on this machine, so its tests did not run")
    if missing and os.environ.get("CI") == "true":
        print("CI must run them all")
        codes.append(1)
    return max(codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
