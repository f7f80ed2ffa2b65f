"""The door as a process behind its real server, and clients that behave as SDKs do: they send a
batch again until they hear 200, and forget it then.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

from tests.identify.ingest.shop import basic, track
from tests.processes import ROOT

_SERVER = ["granian", "--interface", "asgi", "--host", "127.0.0.1", "--http", "1", "--no-ws"]
_SERVER += ["--log-level", "error", "--factory", "idic.identify.ingest.door:create", "--port"]


def free_port() -> int:
    """Find a port nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class DoorProcess:
    """The door, started and killed like a machine's process."""

    def __init__(self, *, home: Path, **environment: str) -> None:
        self.port = free_port()
        self._environment = {"IDIC_HOME": str(home), "PYTHONPATH": str(ROOT / "src")} | environment
        self._popen: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        self._popen = subprocess.Popen(
            [sys.executable, "-m", *_SERVER, str(self.port)],
            cwd=ROOT,
            env=os.environ | self._environment,
            start_new_session=True,
        )
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.01)
        raise AssertionError("the door never opened")

    def kill(self) -> None:
        """Kill -9 the server and its workers."""
        if self._popen is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._popen.pid, signal.SIGKILL)
            self._popen.wait()
            self._popen = None

    def end(self) -> int:
        """Ask it to end, as a machine that shuts down does; give its exit code."""
        assert self._popen is not None
        self._popen.terminate()
        code = self._popen.wait(timeout=20)
        self._popen = None
        return code


class Clients:
    """Clients that send without pause; `acknowledged` are the message ids they heard 200 for."""

    def __init__(self, *, port: int, key: str, clients: int = 3, batch: int = 10) -> None:
        self._port, self._key, self._batch = port, key, batch
        self.acknowledged: set[str] = set()
        self._stopping = False
        self._heard = threading.Condition()
        self._threads = [
            threading.Thread(target=self._send, args=(number,), daemon=True)
            for number in range(clients)
        ]

    def __enter__(self) -> Clients:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping = True
        for thread in self._threads:
            thread.join()

    def wait_for(self, more: int) -> None:
        """Wait until so many more calls are acknowledged."""
        with self._heard:
            wanted = len(self.acknowledged) + more
            assert self._heard.wait_for(lambda: len(self.acknowledged) >= wanted, timeout=60)

    def _send(self, client: int) -> None:
        for body, ids in self._batches(client):
            while not self._stopping and not self._post(body):
                time.sleep(0.01)
            if self._stopping:
                return
            with self._heard:
                self.acknowledged |= ids
                self._heard.notify_all()
            time.sleep(0.01)  # or the loader would only catch up with them

    def _batches(self, client: int) -> Iterator[tuple[bytes, set[str]]]:
        for number in count():
            ids = {f"{client}-{number}-{one}" for one in range(self._batch)}
            calls = [track(userId=f"u{number % 7}", messageId=one) for one in sorted(ids)]
            yield json.dumps({"batch": calls}).encode(), ids

    def _post(self, body: bytes) -> bool:
        try:
            return post(port=self._port, key=self._key, body=body)[0] == 200
        except (OSError, http.client.HTTPException):
            return False


def post(*, port: int, key: str, body: bytes) -> tuple[int, str]:
    """Send one batch; give the status and the time to wait that was answered."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("POST", "/v1/batch", body, {"Authorization": basic(key)})
        answer = connection.getresponse()
        return answer.status, answer.headers.get("Retry-After", "")
    finally:
        connection.close()
