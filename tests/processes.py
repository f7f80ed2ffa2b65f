"""Processes of their own that work on the test's database: workers to be killed, writers to be
watched. They see what the test commits, so such tests need `transaction=True`.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from django.db import connection

ROOT = Path(__file__).parents[1]


def database_url() -> str:
    """Name the database this test runs on, as DATABASE_URL does."""
    held = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite://{quote(str(held['NAME']))}"
    user = quote(held["USER"]) + (f":{quote(held['PASSWORD'])}" if held["PASSWORD"] else "")
    place = f"{held['HOST']}:{held['PORT']}" if held["PORT"] else held["HOST"]
    if held["HOST"].startswith("/"):  # a socket's directory
        return f"postgresql://{user}@/{held['NAME']}?host={quote(held['HOST'])}"
    return f"postgresql://{user}@{place}/{held['NAME']}"


def start(*argv: str, home: Path, errors: bool = True, **environment: str) -> subprocess.Popen[str]:
    """Start Python with these arguments on the test's database and a state directory of its own."""
    return subprocess.Popen(
        [sys.executable, *argv],
        cwd=ROOT,
        env=os.environ
        | {
            "IDIC_HOME": str(home),
            "DATABASE_URL": database_url(),
            "DJANGO_SETTINGS_MODULE": "idic.settings",
            "PYTHONPATH": str(ROOT),
        }
        | environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE if errors else None,
        text=True,
    )


class Victim:
    """A module's `main`, run in one fresh process after another, each ended by kill -9."""

    def __init__(self, module: str, *, home: Path, **environment: str) -> None:
        self._parent = start("-m", "tests.forked", module, home=home, errors=False, **environment)
        self._pid = 0
        # Should a test wait for words that never come, it fails instead of hanging.
        self._watchdog = threading.Timer(120, self._parent.kill)
        self._watchdog.start()

    def __enter__(self) -> Victim:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pid:
            self.kill()
        self._watchdog.cancel()
        self._parent.kill()
        self._parent.communicate()

    def start(self, *arguments: str) -> None:
        """Start the next process."""
        assert self._parent.stdin is not None
        self._parent.stdin.write(" ".join(arguments) + "\n")
        self._parent.stdin.flush()
        word, pid = self.line().split()
        assert word == "pid"
        self._pid = int(pid)

    def line(self) -> str:
        """Wait for the next line the process says."""
        assert self._parent.stdout is not None
        line = self._parent.stdout.readline()
        assert line, "the process that starts the others is gone"
        return line.strip()

    def kill(self) -> list[str]:
        """Kill -9 the process, wait until it is gone, and give what it had still said."""
        with suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)
        return self.wait()

    def wait(self) -> list[str]:
        """Wait until the process has come to its end, and give what it had still said."""
        said: list[str] = []
        # A line cut short by the kill runs into the farewell.
        while not (line := self.line()).endswith(f"ended {self._pid}"):
            said.append(line)
        self._pid = 0
        return said
