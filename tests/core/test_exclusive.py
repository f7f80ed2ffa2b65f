"""One at a time across processes: the next waits, another name does not, and a death frees."""

from __future__ import annotations

import os
import signal
from contextlib import ExitStack

import pytest
from django.db import connection

from idic.core.exclusive import exclusively

pytestmark = pytest.mark.django_db


class Tired(Exception):
    """Raised by who does not want to wait."""


def give_up() -> None:
    raise Tired


def test_the_same_name_waits_until_it_is_free() -> None:
    first = ExitStack()
    first.enter_context(exclusively(name="loop"))
    waited = 0

    def wait() -> None:
        nonlocal waited
        waited += 1
        if waited == 2:
            first.close()

    with exclusively(name="loop", waiting=wait):
        assert waited == 2


def test_another_name_does_not_wait() -> None:
    with exclusively(name="loop"), exclusively(name="other", waiting=give_up):
        pass


def test_a_failure_inside_frees() -> None:
    with pytest.raises(ValueError, match="inside"), exclusively(name="loop"):
        raise ValueError("inside")

    with exclusively(name="loop", waiting=give_up):
        pass


def test_a_killed_process_frees() -> None:
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover - another process
        connection.connection = None  # the parent's must not be used by two
        with exclusively(name="loop"):
            os.write(theirs, b"held")
            signal.pause()
    assert os.read(ours, 4) == b"held"
    with pytest.raises(Tired), exclusively(name="loop", waiting=give_up):
        pass
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)

    with exclusively(name="loop", waiting=lambda: None):
        pass
    os.close(ours)
    os.close(theirs)
