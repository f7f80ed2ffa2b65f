"""The log of what changed: the loader writes one short line for each source of a portion it has
stored, the door reads it once for all who look at a page. It says that something came, never what.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

FILE = "changes.log"
EVERYBODY = 0  # a change that may be about any source
_LARGEST = 64 * 1024
_KEPT = 1_000  # changes a reader remembers for those who come back


def file_of(home: Path) -> Path:
    """Give the file of the log."""
    return home / FILE


class ChangeWriter:
    """Writes the log; begins it anew when it is long. One writer an installation: the loader."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._last = 0

    def note(self, source_ids: Iterable[int]) -> None:
        """Say that something of these sources was stored. Nobody waits for the disk here, and where
        it is full pages hear nothing until there is room.
        """
        lines = []
        for source_id in sorted(set(source_ids)):
            self._last = max(self._last + 1, time.time_ns())
            lines.append(b"%d %d\n" % (self._last, source_id))
        if lines:
            with suppress(OSError):
                self._write(b"".join(lines))

    def _write(self, data: bytes) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        file = os.open(self._path, flags, 0o600)
        try:
            if os.fstat(file).st_size > _LARGEST:
                os.ftruncate(file, 0)
            os.write(file, data)
        finally:
            os.close(file)


class ChangeReader:
    """Reads what was written since it looked last, and remembers the latest changes."""

    def __init__(self, path: Path) -> None:
        self._path, self._offset = path, 0
        self._known: deque[tuple[int, int]] = deque(maxlen=_KEPT)

    def look(self) -> bool:
        """Read on; tell whether there was anything new."""
        try:
            with self._path.open("rb") as file:
                if os.fstat(file.fileno()).st_size < self._offset:  # begun anew
                    self._offset = 0
                file.seek(self._offset)
                data = file.read()
        except FileNotFoundError:
            return False
        whole = data[: data.rfind(b"\n") + 1]  # what is being written comes the next time
        self._offset += len(whole)
        before = self.newest
        for line in whole.splitlines():
            number, _, source_id = line.partition(b" ")
            if number.isdigit() and source_id.isdigit() and int(number) > before:
                self._known.append((int(number), int(source_id)))
        return self.newest > before

    @property
    def newest(self) -> int:
        """The number of the latest change; 0 when there is none."""
        return self._known[-1][0] if self._known else 0

    def find(self, source_id: int, *, after: int) -> int:
        """Give the latest change of a source after a number, 0 when there is none. Who was away for
        longer than is remembered is told that something may have changed.
        """
        for number, about in reversed(self._known):
            if number <= after:
                return 0
            if about in (source_id, EVERYBODY):
                return number
        is_gap = bool(self._known) and 0 < after < self._known[0][0]
        return self.newest if is_gap else 0
