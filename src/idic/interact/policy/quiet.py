"""Quiet hours delay a message, they never drop it."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo


def is_quiet(*, hour: int, from_hour: int, to_hour: int) -> bool:
    """Tell whether an hour of the day is quiet; 21 to 8 goes over midnight, 8 to 8 is never."""
    if from_hour <= to_hour:
        return from_hour <= hour < to_hour
    return hour >= from_hour or hour < to_hour


def next_allowed(
    *, moment: dt.datetime, from_hour: int, to_hour: int, time_zone: str
) -> dt.datetime:
    """Give the moment itself, or the end of the quiet hours it falls into, in the shop's zone."""
    local = moment.astimezone(ZoneInfo(time_zone))
    if not is_quiet(hour=local.hour, from_hour=from_hour, to_hour=to_hour):
        return moment
    day = local.date() + dt.timedelta(days=1 if local.hour >= to_hour else 0)
    end = dt.datetime.combine(day, dt.time(to_hour % 24), ZoneInfo(time_zone))
    return end.astimezone(dt.UTC)
