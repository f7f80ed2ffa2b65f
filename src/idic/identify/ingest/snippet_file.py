"""The script for a shop's own pages, as the door hands it out: read once, packed once, read again
when a new build lies there. What it does is in `static_src/snippet/`.
"""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import NamedTuple

import msgspec

BUILT = Path(__file__).resolve().parents[2] / "core" / "static" / "core" / "built"
NAME = "idic.js"


class Script(NamedTuple):
    """The script in two packings, and the name of this version of it."""

    plain: bytes
    packed: bytes
    version: str


class SnippetFile:
    """Gives the script; None where the assets were never built."""

    def __init__(self, folder: Path = BUILT) -> None:
        self._folder = folder
        self._built_at = 0
        self._script: Script | None = None

    def get(self) -> Script | None:
        """Give the script as it was built last."""
        try:
            built_at = (self._folder / "manifest.json").stat().st_mtime_ns
            if built_at != self._built_at:
                self._script, self._built_at = self._read(), built_at
        except (OSError, msgspec.DecodeError, KeyError):  # a build is being written
            pass
        return self._script

    def _read(self) -> Script:
        manifest = msgspec.json.decode((self._folder / "manifest.json").read_bytes())
        name = manifest[NAME]
        plain = (self._folder / name).read_bytes()
        return Script(plain, gzip.compress(plain, 9, mtime=0), name)
