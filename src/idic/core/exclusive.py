"""One at a time across all processes of an installation: for long work that several may start, such
as a background job and the command line. The lock falls by itself when its process dies, so that
nothing has to be tidied up and no lease can run out in the middle of slow work.
"""

from __future__ import annotations

import fcntl
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection

_SPACE = 0x49444943  # "IDIC": our own part of PostgreSQL's advisory locks
_PAUSE_SECONDS = 0.2


@contextmanager
def exclusively(*, name: str, waiting: Callable[[], None] | None = None) -> Iterator[None]:
    """Hold the lock of this name; while somebody else does, wait, and call `waiting` now and then,
    which may raise to give up.
    """
    hold = {"sqlite": _hold_file, "postgresql": _hold_advisory}[connection.vendor]
    while True:
        with hold(name) as is_held:
            if is_held:
                yield
                return
        if waiting is not None:
            waiting()
        time.sleep(_PAUSE_SECONDS)


@contextmanager
def _hold_file(name: str) -> Iterator[bool]:
    """Try a file's lock: SQLite lives on one machine, and all its processes share IDIC_HOME."""
    settings.IDIC_HOME.mkdir(parents=True, exist_ok=True)
    with (settings.IDIC_HOME / f"{name}.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


@contextmanager
def _hold_advisory(name: str) -> Iterator[bool]:
    """Try an advisory lock: processes may run on several machines. It lies on a connection of its
    own, because the worker closes and reopens the usual one.
    """
    own = connection.copy()
    try:
        with own.cursor() as cursor:
            # Signed, as PostgreSQL has no other integers.
            key = zlib.crc32(name.encode()) - 2**31
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_SPACE, key])
            is_held = bool(cursor.fetchone()[0])
        yield is_held
    finally:
        own.close()
