"""What the installation is told from outside: the state directory, addresses, the database URL.
Read once, at the start; no other module reads environment variables.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit


class WrongSetting(Exception):
    """Raised when a setting cannot be used; the message names the setting and the next step."""


def home() -> Path:
    """Give the one directory that holds all state."""
    return Path(os.environ.get("IDIC_HOME", "var")).expanduser().resolve()


def integer(name: str, default: int) -> int:
    """Read a whole number."""
    text = os.environ.get(name, "").strip()
    if not text:
        return default
    if not text.isdigit():
        raise WrongSetting(f"{name} must be a whole number, not “{text}”. Correct or unset it.")
    return int(text)


def text(name: str, default: str) -> str:
    """Read a text."""
    return os.environ.get(name, "").strip() or default


def secret_key(folder: Path) -> str:
    """Give the installation's own secret, made on first use and kept readable by its owner only."""
    path = folder / "secret_key"
    if path.exists():
        return path.read_text().strip()
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(50))
    return path.read_text().strip()


def database(folder: Path) -> dict[str, Any]:
    """Turn DATABASE_URL into Django's settings; without one, SQLite in the state directory."""
    url = os.environ.get("DATABASE_URL", "").strip()
    if not url:
        return sqlite(folder / "idic.sqlite3")
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return sqlite(Path(unquote(parts.path)))
    if parts.scheme not in {"postgres", "postgresql"}:
        raise WrongSetting(
            "DATABASE_URL must begin with postgresql:// or sqlite:///, "
            f"not “{parts.scheme or url}”. Correct it, or unset it to use SQLite."
        )
    if not parts.path.strip("/"):
        raise WrongSetting(
            "DATABASE_URL names no database. Write it as postgresql://user:password@host:5432/name."
        )
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or options.pop("host", "")),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "OPTIONS": options,
    }


def sqlite(path: Path) -> dict[str, Any]:
    """Give the SQLite settings: a writer takes its lock at once and waits for another's."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "CONN_MAX_AGE": 60,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-65536;"
                "PRAGMA temp_store=MEMORY; PRAGMA mmap_size=268435456;"
                # The worker and bulk writes move the log on; a page's commit rarely has to.
                "PRAGMA wal_autocheckpoint=8000;"
            ),
        },
        # A file, not memory: workers of the tests are processes of their own.
        "TEST": {"NAME": path.with_name("test.sqlite3")},
    }
