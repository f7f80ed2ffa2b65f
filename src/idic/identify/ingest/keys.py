"""What the door knows of write keys and of webhooks: two small files beside the database, written
by `services.ingest` and looked at again whenever they change. Who made a key is not here.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

FILE = "ingest-keys.json"
HOOKS_FILE = "ingest-hooks.json"
T = TypeVar("T")


def file_of(home: Path) -> Path:
    """Give the file of the keys."""
    return home / FILE


def digest_of(key: str) -> str:
    """Give what is kept of a key. Keys are random and long: a plain digest guards them."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


def hooks_file_of(home: Path) -> Path:
    """Give the file of the webhooks. It holds secrets: its owner alone reads it."""
    return home / HOOKS_FILE


class Hook(msgspec.Struct, frozen=True):
    """One webhook address: whose it is, which system calls it, what it is signed with."""

    source_id: int
    sender: str
    secrets: list[str]
    is_off: bool = False


class _Watched(Generic[T]):
    """A file read again when it changed; one that cannot be read changes nothing."""

    def __init__(self, path: Path, kind: type[T]) -> None:
        self._path, self._kind = path, kind
        self._seen: tuple[int, int, int] | None = None

    def read(self) -> T | None:
        """Give what stands there now; None when that is known already."""
        try:
            stat = self._path.stat()
            seen = (stat.st_mtime_ns, stat.st_ino, stat.st_size)
            if seen == self._seen:
                return None
            found = msgspec.json.decode(self._path.read_bytes(), type=self._kind)
        except (OSError, msgspec.DecodeError):
            return None
        self._seen = seen
        return found


class KeyRing:
    """What opens the door now: write keys by their digest, webhooks by their address."""

    def __init__(self, home: Path) -> None:
        self._key_file = _Watched(file_of(home), dict[str, int])
        self._hook_file = _Watched(hooks_file_of(home), dict[str, Hook])
        self._sources: dict[str, int] = {}
        self._hooks: dict[str, Hook] = {}

    def look(self) -> None:
        """Read the files again that changed."""
        sources, hooks = self._key_file.read(), self._hook_file.read()
        self._sources = self._sources if sources is None else sources
        self._hooks = self._hooks if hooks is None else hooks

    def find(self, key: str) -> int | None:
        """Find the source of a key."""
        return self._sources.get(digest_of(key))

    def find_hook(self, token: str) -> Hook | None:
        """Find the webhook of an address."""
        return self._hooks.get(token)
