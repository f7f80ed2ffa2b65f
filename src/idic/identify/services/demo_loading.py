"""One process at a time loads or removes the sample shop, and who loads it can be asked to stop.
The lock falls by itself when its process dies; the wish to stop stays until somebody loads anew.
"""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

REMOVED = "demo.removed"  # the act in the trail

_PATIENCE_SECONDS = 120.0
_LOOK_EVERY_SECONDS = 0.2


class DemoBusy(Exception):
    """Raised when another process loads or removes the sample shop and does not come to an end."""

    is_for_people = True


class DemoStopped(Exception):
    """Raised in the process that loads the sample shop when somebody asked it to stop."""

    is_for_people = True


@contextmanager
def demo_lock(*, patience_seconds: float = 0.0) -> Iterator[None]:
    """Hold the sample shop. Raises DemoBusy when another process still does after a while."""
    settings.IDIC_HOME.mkdir(parents=True, exist_ok=True)
    until = time.monotonic() + patience_seconds
    with (settings.IDIC_HOME / "demo.lock").open("w") as file:
        while True:
            with suppress(BlockingIOError):
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            if time.monotonic() >= until:
                raise DemoBusy(
                    _("The sample shop is just being set up or removed. Try again in a minute.")
                )
            time.sleep(_LOOK_EVERY_SECONDS)
        yield


def ask_to_stop() -> None:
    """Ask whoever loads the sample shop to stop, now and after a restart."""
    settings.IDIC_HOME.mkdir(parents=True, exist_ok=True)
    _wish().touch()


def is_asked_to_stop() -> bool:
    """Tell whether the sample shop is not wanted any more."""
    return _wish().exists()


def forget_wish() -> None:
    """Let the sample shop be loaded again."""
    _wish().unlink(missing_ok=True)


def check_wanted() -> None:
    """Stop the loading here when it was asked to. Raises DemoStopped."""
    if is_asked_to_stop():
        raise DemoStopped(_("The sample shop was not set up: your own data takes its place."))


def stop_loading() -> None:
    """Ask for the end of the loading and wait for it. Raises DemoBusy."""
    ask_to_stop()
    with demo_lock(patience_seconds=_PATIENCE_SECONDS):
        pass


def _wish() -> Path:
    return Path(settings.IDIC_HOME) / "demo.unwanted"
