"""A whole IDIC of its own for browser stories: its own state directory, its own port, started by
the same command a newcomer types.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

IDIC = Path(sys.executable).with_name("idic")
_LINK = re.compile(r"(http://\S+/login/\S+/)")
_START_SECONDS = 90.0
_DATABASE = "idic.sqlite3"


@dataclass(frozen=True)
class House:
    """A running installation."""

    home: Path
    address: str
    environment: dict[str, str]

    def idic(self, *arguments: str) -> str:
        """Run one `idic` command in it and give what it printed."""
        done = subprocess.run(
            [str(IDIC), *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def login_link(self) -> str:
        """Give a fresh one-time link."""
        found = _LINK.search(self.idic("login"))
        assert found is not None
        return found[1]

    def wait_until_quiet(self, *, seconds: float = 240) -> None:
        """Wait until no background work is waiting or running."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if not self._count_unfinished():
                return
            time.sleep(0.5)
        raise AssertionError("background work did not end")

    def copy_state(self, place: Path) -> Path:
        """Copy the state directory of a house where nothing is done at the moment."""
        shutil.copytree(self.home, place, ignore=shutil.ignore_patterns(f"{_DATABASE}*"))
        with (
            closing(sqlite3.connect(self.home / _DATABASE)) as standing,
            closing(sqlite3.connect(place / _DATABASE)) as copy,
        ):
            standing.backup(copy)  # a file alone lacks what is still in its write-ahead log
        return place

    def _count_unfinished(self) -> int:
        """Look into the database itself: asked twice a second, the command would keep a core
        busy that the work needs.
        """
        with closing(sqlite3.connect(self.home / _DATABASE, timeout=30)) as database:
            unfinished = "SELECT count(*) FROM core_job WHERE state IN ('waiting', 'running')"
            return int(database.execute(unfinished).fetchone()[0])


class SampleHouse(Protocol):
    """Opens a house with the sample shop in a language."""

    def __call__(
        self, language: str, *, more: Mapping[str, str] | None = None
    ) -> AbstractContextManager[House]: ...


def free_port() -> int:
    """Find a port nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def running_house(
    *, home: Path, language: str, demo: bool, more: Mapping[str, str] | None = None
) -> Iterator[House]:
    """Start an installation, wait for its first page, stop it at the end; `more` goes into its
    environment.
    """
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    environment = {
        **os.environ,
        "IDIC_HOME": str(home),
        "IDIC_PORT": str(port),
        "IDIC_INGEST_PORT": str(free_port()),
        "DJANGO_SETTINGS_MODULE": "idic.settings",
        "COLUMNS": "240",
        "IDIC_DEMO_PEOPLE": "300",
        **(more or {}),
    }
    log = (home.parent / f"{home.name}.log").open("w")
    process = subprocess.Popen(
        [str(IDIC), "up", "--language", language, "--demo" if demo else "--no-demo"],
        env=environment,
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    try:
        _wait_for_page(process, address)
        yield House(home=home, address=address, environment=environment)
    finally:
        process.terminate()
        process.wait(timeout=30)
        log.close()


def _wait_for_page(process: subprocess.Popen[bytes], address: str) -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/healthz", timeout=1):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"IDIC did not start at {address}")
