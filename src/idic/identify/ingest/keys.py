"""What the door knows of write keys: a small file of digests, written beside the database by
`services.ingest.keys` and looked at again whenever it changes. Who made a key is not here.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

FILE = "ingest-keys.json"


def file_of(home: Path) -> Path:
    """Give the file of the keys."""
    return home / FILE


def digest_of(key: str) -> str:
    """Give what is kept of a key. Keys are random and long: a plain digest guards them."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


class KeyRing:
    """The keys that open the door now: digest → source."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._sources: dict[str, int] = {}
        self._seen: tuple[int, int, int] | None = None

    def look(self) -> None:
        """Read the file again if it changed; one that cannot be read changes nothing."""
        try:
            stat = self._path.stat()
            seen = (stat.st_mtime_ns, stat.st_ino, stat.st_size)
            if seen != self._seen:
                self._sources = msgspec.json.decode(self._path.read_bytes(), type=dict[str, int])
                self._seen = seen
        except (OSError, msgspec.DecodeError):
            return

    def find(self, key: str) -> int | None:
        """Find the source of a key."""
        return self._sources.get(digest_of(key))
