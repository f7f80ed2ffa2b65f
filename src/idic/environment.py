"""What the installation is told from outside: the state directory, addresses, the database URL.
Read once, at the start; no other module reads environment variables.
"""

from __future__ import annotations

import errno
import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

_DISK_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class WrongSetting(Exception):
    """Raised when a setting cannot be used; the message names the setting and the next step."""


def compute_on_one_thread() -> None:
    """Keep matrices on one thread, unless told. Ours are small: a second thread waits for the first
    by turning round, and a fit took twice the seconds of a processor. Only before numpy is loaded.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


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


def port(name: str, default: int) -> int:
    """Read the number of a port."""
    number = integer(name, default)
    if not 0 < number < 65_536:
        raise WrongSetting(
            f"{name} must lie between 1 and 65535, not {number}. Correct or unset it."
        )
    return number


def ingest_port() -> int:
    """Read the port of the ingest API: the one after the pages' unless told, so that a second
    installation with a port of its own stands beside the first.
    """
    return port("IDIC_INGEST_PORT", min(port("IDIC_PORT", 8000) + 1, 65_535))


def text(name: str, default: str) -> str:
    """Read a text."""
    return os.environ.get(name, "").strip() or default


def secret_key(folder: Path) -> str:
    """Give the installation's own secret, made on first use and kept readable by its owner only."""
    path = folder / "secret_key"
    try:
        if not path.exists():
            _make_secret(path)
        return path.read_text().strip()
    except OSError as error:
        if error.errno in _DISK_FULL:
            raise
        raise WrongSetting(
            f"The state directory {folder} cannot be used ({error.strerror}). Correct its "
            "permissions, or set IDIC_HOME to another directory."
        ) from error


def _make_secret(path: Path) -> None:
    """Write the secret whole or not at all: a second process may come at the same moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"secret_key.{os.getpid()}")
    try:
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(50))
        _name(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def _name(unfinished: Path, path: Path) -> None:
    """Give the finished file its name; where another process was first, its file counts."""
    try:
        os.link(unfinished, path)
    except FileExistsError:
        pass
    except OSError:  # a file system without hard links
        unfinished.replace(path)


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
        "PORT": _port_of(parts),
        "CONN_MAX_AGE": 60,
        "OPTIONS": options,
    }


def _port_of(parts: SplitResult) -> str:
    try:
        return str(parts.port or "")
    except ValueError as error:
        raise WrongSetting(
            "DATABASE_URL names a port that is none. Write it as "
            "postgresql://user:password@host:5432/name."
        ) from error


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
