"""`make check`: format, lint, types, import contracts, migrations, translations, assets. Runs them
side by side and prints only what failed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PYTHON = [sys.executable, "-m"]
CODE = ["src", "tests", "tools", "benchmarks"]


def templates() -> list[str]:
    """Give every template."""
    return [str(path) for path in sorted((ROOT / "src").rglob("templates/**/*.html"))]


def checks() -> dict[str, list[str]]:
    """Name each check and the command that makes it."""
    return {
        "format": [str(BIN / "ruff"), "format", "--check", "-q", *CODE],
        "lint": [str(BIN / "ruff"), "check", "-q", *CODE],
        "types": [*PYTHON, "mypy"],
        "imports": [str(BIN / "lint-imports"), "--no-cache"],
        "migrations": [sys.executable, "manage.py", "makemigrations", "--check", "--dry-run"],
        "translations": [*PYTHON, "tools.messages", "check"],
        "templates": [str(BIN / "djhtml"), "--check", "-t", "2", *templates()],
        "assets": [*PYTHON, "tools.assets", "check"],
        "locks": [*PYTHON, "tools.locks"],
    }


def run(name: str, command: list[str]) -> tuple[str, int, str, float]:
    """Run one check; give its name, exit code, output and seconds."""
    started = time.perf_counter()
    environment = {**os.environ, "IDIC_HOME": tempfile.mkdtemp(prefix="idic-check-")}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - started
    return name, done.returncode, done.stdout + done.stderr, seconds


def main(chosen: list[str]) -> int:
    """Run all checks, or those named; the exit code says whether all passed."""
    todo = {name: command for name, command in checks().items() if not chosen or name in chosen}
    with ThreadPoolExecutor(max_workers=2) as pool:
        results = list(pool.map(lambda item: run(*item), todo.items()))
    for name, code, output, seconds in results:
        print(f"{'ok  ' if code == 0 else 'FAIL'} {name:<13}{seconds:6.1f} s")
        if code:
            print(output[-6000:])
    return int(any(code for _, code, _, _ in results))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
