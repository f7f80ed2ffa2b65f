"""Runs the loop over all facts: lake, then who is worth what and needs what, then what each is
likely to want. What a finished import wakes, and what the command line runs in place.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from idic.core.exclusive import exclusively
from idic.customize.services import recommendations
from idic.differentiate.services.refresh import refresh_all
from idic.identify.services.flush import flush_to_lake
from idic.identify.services.ownerless import refresh_suggestions
from idic.web.audit import refresh_audit
from idic.web.quality.worth import refresh_missing

Progress = Callable[[int, int, str], None]

# Shares of the whole bar, from how long the parts took on half a million lines.
_LAKE, _VALUE, _WANTS = 15, 55, 30
_WHOLE = _LAKE + _VALUE + _WANTS


def run_loop(*, as_of: date, now: datetime, progress: Progress | None = None) -> None:
    """Bring everything computed up to date, as seen on the day `as_of`.

    One run at a time, whoever starts it: two would each put their own lists in the place of the
    old. A second one waits and then runs, as the first may have begun before its facts were there.
    """
    say = progress or (lambda done, total, label: None)
    with exclusively(name="loop", waiting=lambda: say(0, _WHOLE, "")):
        say(0, _WHOLE, "lake")
        flush_to_lake(now=now)
        refresh_all(as_of=as_of, now=now, progress=_part(say, _LAKE, _VALUE))
        recommendations.refresh(as_of=as_of, now=now, progress=_part(say, _LAKE + _VALUE, _WANTS))
        refresh_missing(as_of=as_of, now=now)
        refresh_suggestions(now=now)
        refresh_audit(as_of=as_of, now=now)
        say(_WHOLE, _WHOLE, "")


def _part(say: Progress, start: int, share: int) -> Progress:
    """Map a part's own progress onto its stretch of the whole bar."""

    def report(done: int, total: int, label: str) -> None:
        say(start + (share * done // total if total else 0), _WHOLE, label)

    return report
