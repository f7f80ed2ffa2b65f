"""The hour at which somebody is likely to be reached, from when they buy, if that can be seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time

_FEWEST = 5
_SPAN = 3
_FIRST, _LAST = 8, 21  # no call before or after
_MOSTLY = 0.5


@dataclass(frozen=True, slots=True)
class UsualHour:
    """Between which hours somebody mostly buys, and in how many of how many orders."""

    start: int
    end: int
    count: int
    total: int


def find_usual_hour(moments: Sequence[datetime]) -> UsualHour | None:
    """Find the three hours in which most local moments lie; None when there are too few of them, or
    no three hours hold half. A file that knows days only says midnight: that is no hour.
    """
    hours = [moment.hour for moment in moments if moment.time() != time(0)]
    if len(hours) < _FEWEST:
        return None
    counts = Counter(hours)
    spans = [
        (sum(counts[hour] for hour in range(start, start + _SPAN)), -start)
        for start in range(_FIRST, _LAST - _SPAN + 1)
    ]
    count, start = max(spans)
    if count < _MOSTLY * len(hours):
        return None
    return UsualHour(-start, -start + _SPAN, count, len(hours))


def find_other_hour(tried: datetime) -> tuple[int, int]:
    """Give another part of the day to try next, after nobody answered at this local moment."""
    if tried.hour < 12:
        return 17, 20
    return (18, 21) if tried.hour < 17 else (9, 11)
