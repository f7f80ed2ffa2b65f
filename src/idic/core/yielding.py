"""Leaves SQLite's one write lock alone between two long writers' transactions: who waits for it
polls, and would starve beside a thread that takes it again at once.
"""

from __future__ import annotations

import threading
import time


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
