"""An import in a process of its own that kills itself (kill -9) just before its n-th write."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db import connection

_WRITES = ("INSERT", "UPDATE", "DELETE")


def main(kind: str, path: str, last: str) -> None:
    """Bring the file in; with `last` above nothing die before so many writes are made."""
    from tests.identify.importing import run_import

    left = int(last)

    def count(execute: Callable[..., Any], sql: Any, *rest: Any) -> Any:
        nonlocal left
        if str(sql).lstrip().upper().startswith(_WRITES):
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, *rest)

    with connection.execute_wrapper(count):
        run_import(Path(path), now=datetime(2026, 11, 23, 8, tzinfo=UTC), kind=kind)
    print("done", flush=True)
