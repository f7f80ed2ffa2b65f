"""Passwords of channels: one file each below the state directory, readable by its owner only, so
that no copy of the database carries them.
"""

from __future__ import annotations

import os
from pathlib import Path

from django.conf import settings


def read(*, channel: str) -> str:
    """Give a channel's password; empty when there is none."""
    path = _path(channel)
    return path.read_text(encoding="utf-8") if path.exists() else ""


def write(*, channel: str, password: str) -> None:
    """Replace a channel's password as a whole; an empty one removes the file."""
    path = _path(channel)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not password:
        path.unlink(missing_ok=True)
        return
    draft = path.with_suffix(".new")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(password)
    draft.replace(path)


def _path(channel: str) -> Path:
    return Path(settings.IDIC_HOME) / "secrets" / f"channel_{channel}"
