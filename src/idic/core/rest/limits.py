"""How many calls somebody may make: a bucket that fills evenly, one a key or address, in the memory
of each web process.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

_MOST_REMEMBERED = 10_000


@dataclass
class Limiter:
    """Lets `burst` calls pass at once and then `rate` a second."""

    rate: float
    burst: float
    timer: Callable[[], float] = time.monotonic
    _held: dict[str, tuple[float, float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, name: str) -> float:
        """Count one call; give how many seconds somebody must wait first, none: go on."""
        with self._lock:
            now = self.timer()
            left = self._left(name, now)
            if left < 1:
                return (1 - left) / self.rate
            if len(self._held) >= _MOST_REMEMBERED:
                self._forget(now)
            self._held[name] = (left - 1, now)
            return 0.0

    def reset(self) -> None:
        """Forget all calls."""
        with self._lock:
            self._held.clear()

    def _left(self, name: str, now: float) -> float:
        left, at = self._held.get(name, (self.burst, now))
        return min(self.burst, left + (now - at) * self.rate)

    def _forget(self, now: float) -> None:
        """Drop whose bucket is full again: nothing is known of them that matters."""
        self._held = {
            name: held for name, held in self._held.items() if self._left(name, now) < self.burst
        }
        if len(self._held) >= _MOST_REMEMBERED:
            self._held.clear()
