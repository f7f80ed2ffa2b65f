"""Keeps what was just worked out over the columns in memory: a page is asked for again, and a rule
is edited one condition at a time. What is kept holds as long as the columns it was made of.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Truth values of a million customers take a megabyte, of their orders a few.
MOST_KEPT = 24


class Memo:
    """The masks asked for last, by what was asked."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, NDArray[np.bool_]] = OrderedDict()
        self._lock = threading.Lock()

    def __contains__(self, key: Hashable) -> bool:
        return key in self._kept

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()

    def get(self, key: Hashable, make: Callable[[], NDArray[Any]]) -> NDArray[np.bool_]:
        """Give the mask of a key, made now unless it is kept."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        mask = make()
        mask.setflags(write=False)  # others read the same one
        with self._lock:
            self._kept[key] = mask
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return mask
