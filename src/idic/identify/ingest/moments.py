"""Reads the moments SDKs write, and tells those that cannot be right."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

_OLDEST = datetime(2000, 1, 1, tzinfo=UTC)
_START = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = timedelta(hours=24)  # a wrong time zone, not a wrong year
_MILLISECONDS_FROM = 10_000_000_000  # as seconds, this number would lie in the year 2286


def from_microseconds(count: int) -> datetime:
    """Give the moment so many microseconds after 1970."""
    return _START + timedelta(microseconds=count)


def read(value: Any) -> datetime | None:
    """Read a moment: ISO 8601, or seconds or milliseconds since 1970; None for anything else."""
    try:
        if isinstance(value, str):
            moment = datetime.fromisoformat(value.strip())
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        if isinstance(value, int | float) and not isinstance(value, bool):
            seconds = value / 1000 if abs(value) >= _MILLISECONDS_FROM else value
            return _START + timedelta(seconds=seconds)
    except (ValueError, OverflowError):
        return None
    return None


def add(moment: datetime, span: timedelta) -> datetime:
    """Add a span; the end of time stands for what lies beyond it."""
    try:
        return moment + span
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC) if span > timedelta() else _START


def find_problem(moment: datetime, *, received_at: datetime) -> str:
    """Name what is wrong with a moment: it cannot lie far ahead, nor before there were websites
    that told; empty when nothing is.
    """
    if moment > received_at + _LATEST:
        return "future"
    return "long_past" if moment < _OLDEST else ""
