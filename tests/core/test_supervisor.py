"""`idic up`: what ends is started again, all is taken down together, two share no home."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from idic import supervisor
from idic.supervisor import CannotStart, Process
from tests.processes import ROOT


def start(home: Path, *more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.core.supervised", str(home), *more],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def up(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    running = start(tmp_path)
    yield running
    running.kill()
    running.communicate()


def hear(running: subprocess.Popen[str], *, word: str) -> str:
    """Read on until a line holds the word."""
    assert running.stdout is not None
    for line in running.stdout:
        if word in line:
            return line.strip()
    raise AssertionError(f"it never said {word}")


def is_alive(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


def wait_for_end(pid: int) -> None:
    for _ in range(200):
        if not is_alive(pid):
            return
        time.sleep(0.05)
    raise AssertionError(f"process {pid} lives on")


def test_what_ends_is_started_again_after_growing_pauses(up: subprocess.Popen[str]) -> None:
    assert hear(up, word="too bad") == "frail  | too bad"
    assert hear(up, word="ended") == "frail  | ended with code 3; starting it again in 0.5 s"
    assert hear(up, word="too bad") == "frail  | too bad"
    assert hear(up, word="ended") == "frail  | ended with code 3; starting it again in 1 s"


def test_background_work_starts_when_the_pages_answer(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    running = start(tmp_path, str(port))
    try:
        assert running.stdout is not None
        assert [next(running.stdout).split()[0] for _ in range(2)] == ["first", "later"]
    finally:
        running.kill()
        running.communicate()


@pytest.mark.parametrize(
    ("seconds", "code", "is_healthy"),
    [
        (3.0, -signal.SIGKILL, True),
        (1.0, -signal.SIGKILL, False),
        (3.0, -signal.SIGSEGV, False),
        (59.0, 1, False),
        (61.0, 1, True),
    ],
)
def test_only_what_fails_by_itself_waits_longer_and_longer(
    seconds: float, code: int, is_healthy: bool
) -> None:
    assert supervisor._was_healthy(seconds=seconds, code=code) is is_healthy


def test_a_killed_process_comes_back_with_a_new_pid(up: subprocess.Popen[str]) -> None:
    first = int(hear(up, word="alive").rsplit(" ", 1)[1])

    os.kill(first, signal.SIGKILL)

    assert hear(up, word="steady | was").endswith("ended by signal 9; starting it again in 0.5 s")
    second = int(hear(up, word="alive").rsplit(" ", 1)[1])
    assert first != second
    assert is_alive(second)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_takes_everything_down_and_leaves_cleanly(
    up: subprocess.Popen[str], tmp_path: Path, number: signal.Signals
) -> None:
    steady = int(hear(up, word="alive").rsplit(" ", 1)[1])
    told = supervisor.status(home=tmp_path)
    assert told is not None
    assert told["pid"] == up.pid

    up.send_signal(number)
    _, errors = up.communicate(timeout=30)

    assert (up.returncode, errors) == (0, "")
    assert not is_alive(steady)
    assert supervisor.status(home=tmp_path) is None


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="prctl is Linux's")
def test_a_killed_supervisor_takes_its_processes_along(up: subprocess.Popen[str]) -> None:
    steady = int(hear(up, word="alive").rsplit(" ", 1)[1])

    up.kill()

    wait_for_end(steady)


def test_a_second_start_on_the_same_directory_is_refused_in_one_sentence(
    up: subprocess.Popen[str], tmp_path: Path
) -> None:
    hear(up, word="alive")

    second = start(tmp_path)
    out, errors = second.communicate(timeout=30)

    assert (second.returncode, out) == (1, "")
    assert errors == (
        f"IDIC already runs on {tmp_path}. Use that one, stop it first, "
        "or set IDIC_HOME to another directory.\n"
    )
    assert up.poll() is None


def test_a_taken_port_is_told_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        marker = tmp_path / "started"
        touch = Process(name="touch", argv=["touch", str(marker)])
        web = Process(name="web", argv=["false"], port=port, port_setting="IDIC_PORT")

        with pytest.raises(CannotStart) as told:
            supervisor.run([touch, web], home=tmp_path)

    assert str(told.value) == (
        f"Another program already uses 127.0.0.1:{port}. Stop it, or choose another port: "
        f"IDIC_PORT={port + 100} idic up"
    )
    assert not marker.exists()
    assert supervisor.status(home=tmp_path) is None


def test_an_address_of_another_machine_is_told_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IDIC_HOST", "192.0.2.1")
    web = Process(name="web", argv=["false"], port=8999, port_setting="IDIC_PORT")

    with pytest.raises(CannotStart, match=r"cannot listen on 192\.0\.2\.1:8999 .*IDIC_HOST"):
        supervisor.run([web], home=tmp_path)
