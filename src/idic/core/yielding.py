"""Keeps write transactions short, and leaves SQLite's one write lock alone between them: who waits
for it polls, and would starve beside a thread that takes it again at once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

_HOLD_SECONDS = 0.008  # aimed at; what one batch really takes scatters, and 20 ms are promised
_LEAST_ROWS, _MOST_ROWS = 25, 5_000
_POSTGRES_ROWS = 5_000
YIELD_SHARE = 0.5  # of the time the lock was held: SQLite's waiters poll, and would starve


class _Rest(threading.local):
    """How long this thread still leaves the lock alone. What it does meanwhile (reads the next
    rows, moves the log on) counts: only what is left of the time is slept.
    """

    until = 0.0

    def keep(self) -> None:
        """Sleep what is left, before the lock is taken again."""
        left = self.until - time.perf_counter()
        if left > 0:
            time.sleep(left)

    def owe(self, seconds: float) -> None:
        """Promise to leave the lock alone for so long from now on."""
        self.until = time.perf_counter() + seconds


rest = _Rest()


class Pacer:
    """Chooses how many rows the next write transaction takes, from how long the last one took.

    `least` is for rows that are work: each stands for statements of its own.
    """

    def __init__(self, *, rows: int = 200, least: int = _LEAST_ROWS) -> None:
        self.rows = rows if connection.vendor == "sqlite" else _POSTGRES_ROWS
        self._least = least

    def note(self, *, rows: int, seconds: float) -> None:
        """Learn from a transaction of that many rows that held the lock for that long."""
        if connection.vendor != "sqlite" or rows < self.rows:
            return
        fitting = int(rows * _HOLD_SECONDS / max(seconds, 1e-6))
        # By half a step at most either way: one slow fsync tells little about the next.
        most = min(rows + max(1, rows // 2), _MOST_ROWS)
        self.rows = max(self._least, rows // 2, min(fitting, most))


@contextmanager
def hold(*, pacer: Pacer | None = None, rows: int = 0, share: float = 1.0) -> Iterator[None]:
    """Hold one write transaction, then leave the lock alone for as long (or a share of it) before
    the next. The pacer hears how long so many rows took.
    """
    is_alone = connection.vendor == "sqlite" and not connection.in_atomic_block
    if is_alone:
        rest.keep()
    with transaction.atomic():
        began = time.perf_counter()
        yield
    seconds = time.perf_counter() - began
    if pacer is not None:
        pacer.note(rows=rows, seconds=seconds)
    if is_alone:
        rest.owe(seconds * share)
