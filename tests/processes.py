"""Processes of their own that work on the test's database: workers to be killed, writers to be
watched. They see what the test commits, so such tests need `transaction=True`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

from django.db import connection

ROOT = Path(__file__).parents[1]


def database_url() -> str:
    """Name the database this test runs on, as DATABASE_URL does."""
    held = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite://{quote(str(held['NAME']))}"
    user = quote(held["USER"]) + (f":{quote(held['PASSWORD'])}" if held["PASSWORD"] else "")
    place = f"{held['HOST']}:{held['PORT']}" if held["PORT"] else held["HOST"]
    if held["HOST"].startswith("/"):  # a socket's directory
        return f"postgresql://{user}@/{held['NAME']}?host={quote(held['HOST'])}"
    return f"postgresql://{user}@{place}/{held['NAME']}"


def start(*argv: str, home: Path, **environment: str) -> subprocess.Popen[str]:
    """Start Python with these arguments on the test's database and a state directory of its own."""
    return subprocess.Popen(
        [sys.executable, *argv],
        cwd=ROOT,
        env=os.environ
        | {
            "IDIC_HOME": str(home),
            "DATABASE_URL": database_url(),
            "DJANGO_SETTINGS_MODULE": "idic.settings",
            "PYTHONPATH": str(ROOT),
        }
        | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
