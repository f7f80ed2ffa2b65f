"""What `idic up` runs: starts the processes, starts again whichever ends, passes on what they say,
and takes them down together. Knows no room and no Django; a process is a name and a command.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from idic import environment

_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0
_HEALTHY_SECONDS = 60.0
_STARTED_SECONDS = 2.0
_STOP_SECONDS = 20.0  # more than the grace a worker gives its task
_POLL_SECONDS = 0.1
_FIRST_SECONDS = 6.0  # what waits for the pages waits no longer
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of prctl


class CannotStart(Exception):
    """Raised before anything is started; the message says why and what to do."""

    is_for_people = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One line of the table of processes: what it is called and how it is started."""

    name: str
    argv: Sequence[str]
    port: int | None = None
    port_setting: str = ""  # the setting to change when the port is taken
    # Starts when the first of the table answers: all at once they would keep its pages waiting.
    is_later: bool = False


def default_processes() -> list[Process]:
    """Give the processes of an installation, told by IDIC_HOST, IDIC_PORT, IDIC_INGEST_PORT."""
    host = environment.text("IDIC_HOST", "127.0.0.1")
    port = environment.port("IDIC_PORT", 8000)
    ingest_port = environment.ingest_port()
    web = ["granian", "--interface", "wsgi", "--host", host, "--port", str(port)]
    web += ["--workers", "2", "--blocking-threads", "4", "--respawn-failed-workers"]
    web += ["--workers-kill-timeout", "5", "--log-level", "warning", "idic.wsgi:application"]
    door = ["granian", "--interface", "asgi", "--host", host, "--port", str(ingest_port)]
    door += ["--http", "1", "--no-ws", "--http1-header-read-timeout", "10000"]
    door += ["--respawn-failed-workers", "--respawn-interval", "0.5", "--log-level", "warning"]
    door += ["--workers-kill-timeout", "5", "--factory", "idic.identify.ingest.door:create"]
    return [
        Process(name="web", argv=_python(*web), port=port, port_setting="IDIC_PORT"),
        Process(
            name="ingest",
            argv=_python(*door),
            port=ingest_port,
            port_setting="IDIC_INGEST_PORT",
        ),
        Process(name="loader", argv=_python("idic.loader"), is_later=True),
        Process(name="worker", argv=_python("idic.worker", "default,events"), is_later=True),
        Process(name="worker-long", argv=_python("idic.worker", "long"), is_later=True),
        Process(name="sender", argv=_python("idic.interact.sender"), is_later=True),
    ]


def _python(*arguments: str) -> list[str]:
    return [sys.executable, "-m", *arguments]


def run(processes: Sequence[Process] | None = None, *, home: Path | None = None) -> None:
    """Run the processes until SIGINT, SIGTERM or SIGHUP. Raises CannotStart when it must not."""
    table = default_processes() if processes is None else processes
    home = home or environment.home()
    with _lock(home) as state_file:
        check_ports(processes=table)
        _Supervisor(table, state_file=state_file).run()


def check_can_start(*, home: Path | None = None) -> None:
    """Say early what would keep `run` from starting. Raises CannotStart."""
    with _lock(home or environment.home()):
        check_ports(processes=default_processes())


def status(*, home: Path | None = None) -> dict[str, Any] | None:
    """Tell what runs on this state directory (pid, since when, each process), or None."""
    home = home or environment.home()
    try:
        with _lock(home):
            return None
    except CannotStart:
        with suppress(OSError, ValueError):
            state: dict[str, Any] = json.loads((home / "processes.json").read_text())
            return state
        return {"pid": None, "processes": []}


def check_ports(*, processes: Sequence[Process]) -> None:
    """Try every port before anything starts. Raises CannotStart for the first that is taken."""
    host = environment.text("IDIC_HOST", "127.0.0.1")
    for process in processes:
        if process.port is None:
            continue
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, process.port))
            except OSError as error:
                raise CannotStart(_port_sentence(error, host=host, process=process)) from error


def _port_sentence(error: OSError, *, host: str, process: Process) -> str:
    where = f"{host}:{process.port}"
    setting = process.port_setting or "its port"
    if error.errno == errno.EADDRINUSE:
        return (
            f"Another program already uses {where}. Stop it, or choose another port: "
            f"{setting}={(process.port or 0) + 100} idic up"
        )
    if error.errno == errno.EACCES:
        return f"{where} is reserved for the system administrator. Set {setting} above 1023."
    return f"IDIC cannot listen on {where} ({error.strerror}). Correct IDIC_HOST or {setting}."


@contextmanager
def _lock(home: Path) -> Iterator[Path]:
    """Hold the state directory for this process; the system lets go even after kill -9."""
    home.mkdir(parents=True, exist_ok=True)
    with open(home / "idic.lock", "a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CannotStart(
                f"IDIC already runs on {home}. Use that one, stop it first, "
                "or set IDIC_HOME to another directory."
            ) from error
        yield home / "processes.json"


@dataclass(slots=True)
class _Child:
    """A process of the table, as it lives now."""

    process: Process
    popen: subprocess.Popen[str] | None = None
    started_at: float = 0.0
    start_again_at: float = 0.0
    pause: float = _FIRST_PAUSE
    restarts: int = 0
    reader: threading.Thread | None = field(default=None)

    @property
    def is_alive(self) -> bool:
        return self.popen is not None and self.popen.poll() is None


class _Supervisor:
    def __init__(self, processes: Sequence[Process], *, state_file: Path) -> None:
        self._children = [_Child(process=process) for process in processes]
        self._state_file = state_file
        self._width = max(len(process.name) for process in processes)
        self._signals = 0
        self._speaking = threading.Lock()
        self._prctl = _load_prctl()
        self._is_open = threading.Event()

    def run(self) -> None:
        """Keep every child alive until a signal, then end them all."""
        before = {
            number: signal.signal(number, self._note_signal)
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        }
        try:
            self._write_state()
            threading.Thread(target=self._wait_for_first, daemon=True).start()
            while not self._signals:
                self._tend()
                time.sleep(_POLL_SECONDS)
        finally:
            self._stop()
            self._state_file.unlink(missing_ok=True)
            for number, handler in before.items():
                signal.signal(number, handler)

    def _note_signal(self, *_: object) -> None:
        self._signals += 1

    def _tend(self) -> None:
        """Start what does not run and may start now."""
        has_changed = False
        for child in self._children:
            if child.is_alive:
                continue
            if child.popen is not None:
                self._bury(child)
                has_changed = True
            elif child.process.is_later and not self._is_open.is_set():
                continue
            elif time.monotonic() >= child.start_again_at:
                self._start(child)
                has_changed = True
        if has_changed:
            self._write_state()

    def _wait_for_first(self) -> None:
        """Tell when the first process of the table gives its first answer, or has had its time."""
        port = self._children[0].process.port
        host = environment.text("IDIC_HOST", "127.0.0.1")
        until = time.monotonic() + _FIRST_SECONDS
        while port and not self._signals and time.monotonic() < until and not _answers(host, port):
            time.sleep(_POLL_SECONDS)
        self._is_open.set()

    def _start(self, child: _Child) -> None:
        child.popen = subprocess.Popen(
            child.process.argv,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            # A group of its own: Ctrl-C in the terminal reaches the supervisor alone.
            start_new_session=True,
            preexec_fn=self._prctl,
        )
        child.started_at = time.monotonic()
        child.reader = threading.Thread(
            target=self._pass_on, args=(child.process.name, child.popen.stdout), daemon=True
        )
        child.reader.start()

    def _bury(self, child: _Child) -> None:
        """Note an end that nobody asked for, and when to start again."""
        assert child.popen is not None
        self._kill_group(child)  # what it left behind must not hold the port
        code = child.popen.returncode
        if _was_healthy(seconds=time.monotonic() - child.started_at, code=code):
            child.pause = _FIRST_PAUSE
        how = f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
        self._say(child.process.name, f"{how}; starting it again in {child.pause:g} s")
        child.start_again_at = time.monotonic() + child.pause
        child.pause = min(child.pause * 2, _LONGEST_PAUSE)
        child.restarts += 1
        child.popen = None

    def _stop(self) -> None:
        """Ask every child to end; after the grace, or at a second signal, make it end."""
        asked, deadline = self._signals, time.monotonic() + _STOP_SECONDS
        for child in self._children:
            if child.popen is not None:
                with suppress(ProcessLookupError):
                    child.popen.send_signal(signal.SIGTERM)
        while any(child.is_alive for child in self._children):
            if time.monotonic() > deadline or self._signals > asked:
                break
            time.sleep(_POLL_SECONDS)
        for child in self._children:
            if child.popen is not None:
                self._kill_group(child)
                child.popen.wait()
            if child.reader is not None:
                child.reader.join(timeout=1)

    def _kill_group(self, child: _Child) -> None:
        if child.popen is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(child.popen.pid, signal.SIGKILL)

    def _pass_on(self, name: str, lines: IO[str]) -> None:
        for line in lines:
            self._say(name, line.rstrip("\n"))

    def _say(self, name: str, line: str) -> None:
        with self._speaking, suppress(OSError):
            sys.stdout.write(f"{name:<{self._width}} | {line}\n")
            sys.stdout.flush()

    def _write_state(self) -> None:
        state = {
            "pid": os.getpid(),
            "processes": [
                {
                    "name": child.process.name,
                    "pid": child.popen.pid if child.popen else None,
                    "port": child.process.port,
                    "restarts": child.restarts,
                }
                for child in self._children
            ],
        }
        unfinished = self._state_file.with_suffix(".tmp")
        unfinished.write_text(json.dumps(state))
        unfinished.replace(self._state_file)


def _answers(host: str, port: int) -> bool:
    """Tell whether somebody speaks HTTP there; what is said does not matter."""
    address = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - every interface
    try:
        with socket.create_connection((address, port), timeout=_FIRST_SECONDS) as asking:
            asking.sendall(f"GET / HTTP/1.0\r\nHost: {address}\r\n\r\n".encode())
            return bool(asking.recv(1))
    except OSError:
        return False


def _was_healthy(*, seconds: float, code: int) -> bool:
    """Tell whether a process that ended may start again at once: it ran for long, or somebody else
    killed it while it ran. Only what fails by itself must wait longer and longer.
    """
    is_killed = code == -signal.SIGKILL and seconds >= _STARTED_SECONDS
    return is_killed or seconds >= _HEALTHY_SECONDS


def _load_prctl() -> Any:
    """Give what makes a child end with its supervisor, even one ended by kill -9 (Linux only)."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(_DIE_WITH_PARENT, signal.SIGTERM)
