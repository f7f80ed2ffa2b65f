"""The only door to the present moment. Services and the engine take `now` or `as_of` as arguments;
views, tasks and commands ask here and hand it on.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def now() -> datetime:
    """Give the present moment in UTC."""
    return datetime.now(UTC)


def today(*, time_zone: str = "UTC") -> date:
    """Give the calendar day a person in that time zone reads on the wall."""
    return now().astimezone(ZoneInfo(time_zone)).date()
