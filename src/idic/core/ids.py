"""Identities: time-ordered 63-bit integers inside, short typed words such as `cus_01h…` outside."""

from __future__ import annotations

import secrets
import threading
import time
from datetime import datetime

# 41 bits of milliseconds since 2020 last until 2089; 22 bits number the ids of one millisecond.
_EPOCH_MS = 1_577_836_800_000
_COUNTER_BITS = 22
_COUNTER_LIMIT = 1 << _COUNTER_BITS
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_VALUES = {letter: value for value, letter in enumerate(_ALPHABET)}
_WIDTH = 13

PREFIXES = {
    "customer": "cus",
    "order": "ord",
    "segment": "seg",
    "campaign": "cmp",
    "cleaning": "cln",
    "import": "imp",
    "message": "msg",
    "staff": "stf",
    "source": "src",
    "case": "cas",
    "task": "tsk",
    "call": "cal",
    "question": "qst",
    "form": "frm",
    "submission": "sub",
    "api_key": "key",
}


class WrongId(ValueError):
    """Raised when a word is not a public id of the kind asked for."""


class _Generator:
    """Counts up within a millisecond from a random start, so that processes do not meet."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._millisecond = 0
        self._counter = 0

    def take(self, count: int) -> int:
        """Reserve `count` consecutive ids and give the first."""
        with self._lock:
            now = max(time.time_ns() // 1_000_000 - _EPOCH_MS, self._millisecond)
            if now > self._millisecond:
                self._millisecond, self._counter = now, secrets.randbelow(_COUNTER_LIMIT // 2)
            first = (self._millisecond << _COUNTER_BITS) + self._counter
            end = first + count
            self._millisecond, self._counter = end >> _COUNTER_BITS, end & (_COUNTER_LIMIT - 1)
            return first


_generator = _Generator()


def new_id() -> int:
    """Give one new id, larger than every id this process gave before."""
    return _generator.take(1)


def new_ids(count: int) -> range:
    """Give `count` new ids in ascending order."""
    first = _generator.take(count)
    return range(first, first + count)


def first_id(*, at: datetime) -> int:
    """Give the smallest id of a moment: every id made before it is smaller."""
    return max(int(at.timestamp() * 1000) - _EPOCH_MS, 0) << _COUNTER_BITS


def encode(kind: str, number: int) -> str:
    """Write an id as people see it: `encode("customer", 1)` → `cus_0000000000001`."""
    letters = [_ALPHABET[(number >> shift) & 31] for shift in range(5 * (_WIDTH - 1), -1, -5)]
    return f"{PREFIXES[kind]}_{''.join(letters)}"


def decode(kind: str, word: str) -> int:
    """Read a public id. Raises WrongId for another kind or an impossible word."""
    prefix, _, letters = word.strip().lower().partition("_")
    if prefix != PREFIXES[kind] or len(letters) != _WIDTH or not set(letters) <= set(_ALPHABET):
        raise WrongId(f"“{word}” is not a {kind} id")
    number = 0
    for letter in letters:
        number = number * 32 + _VALUES[letter]
    if number >= 1 << 63:
        raise WrongId(f"“{word}” is not a {kind} id")
    return number
