"""Where UCI Online Retail is looked for, and a state directory made ready to take it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

_BESIDE = Path(__file__).resolve().parents[3] / "shared" / "data"
FILE = Path(os.environ.get("IDIC_TEST_DATA", _BESIDE)) / "uci_online_retail.parquet"
LINES = 541_909
AS_OF = "2011-12-09"

_PREPARE = """
import django
django.setup()
from django.core.management import call_command
from idic.core import clock
from idic.core.services.setup import set_up
call_command("migrate", verbosity=0, skip_checks=True)
set_up(language="en", now=clock.now())
"""


def environment(home: str) -> dict[str, str]:
    """Give the environment of a process that works in this state directory, on SQLite."""
    own = {"IDIC_HOME": home, "DATABASE_URL": "", "DJANGO_SETTINGS_MODULE": "idic.settings"}
    return {**os.environ, **own}


def prepare(home: str) -> None:
    """Make the empty tables, the business and its owner; nothing of it is measured."""
    subprocess.run([sys.executable, "-c", _PREPARE], check=True, env=environment(home))


def is_there(file: Path) -> bool:
    """Tell whether the file can be read, and say so when it cannot."""
    if not file.exists():
        print(f"skipped: {file.name} is absent; set IDIC_TEST_DATA to its folder")
    return file.exists()
