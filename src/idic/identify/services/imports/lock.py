"""One import at a time on one installation: two that write side by side could both believe that a
customer is new. The lock falls by itself when its process dies.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.utils.translation import gettext as _

from idic.identify.importing.problems import ImportProblem


class ImportBusy(ImportProblem):
    """Raised when another import holds the lock: the same may work a little later."""


@contextmanager
def import_lock() -> Iterator[None]:
    """Hold the lock. Raises ImportBusy when another import holds it."""
    settings.IDIC_HOME.mkdir(parents=True, exist_ok=True)
    with (settings.IDIC_HOME / "import.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ImportBusy(
                "busy",
                _("Another import is running. Wait until it has finished, then try again."),
            ) from None
        yield
