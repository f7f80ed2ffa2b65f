"""Reading dates and moments: which of day and month comes first is decided once a column, from
all its values; single values are then read by that decision.
"""

from __future__ import annotations

import calendar
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from zoneinfo import ZoneInfo

from idic.core.text import fold

_FIRST_YEAR, _LAST_YEAR = 1900, 2100
_EXCEL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - Excel knows no zone
# Serials of 1927 to 2119: what lies outside is some other number.
_EXCEL_SERIALS = (10_000, 80_500)

_TIME = r"(?:[t\s,]+(?P<time>.+))?"
_YEAR_FIRST = re.compile(
    r"(?P<y>\d{4})\s*[-/.年]\s*(?P<m>\d{1,2})\s*[-/.月]\s*(?P<d>\d{1,2})日?" + _TIME
)
_YEAR_LAST = re.compile(
    r"(?P<a>\d{1,2})\s*[-/.]\s*(?P<b>\d{1,2})\s*[-/.]\s*(?P<y>\d{4}|\d{2})" + _TIME
)
_COMPACT = re.compile(
    r"(?P<y>(?:19|20)\d{2})(?P<m>\d{2})(?P<d>\d{2})(?:t?(?P<time>\d{4}(?:\d{2})?))?"
)
_DAY_NAME = re.compile(
    r"(?P<d>\d{1,2})(?:st|nd|rd|th)?[-\s.]+(?P<name>[a-z]{3,9})\.?[-\s,]+(?P<y>\d{4}|\d{2})" + _TIME
)
_NAME_DAY = re.compile(
    r"(?P<name>[a-z]{3,9})\.?[-\s]+(?P<d>\d{1,2})(?:st|nd|rd|th)?,?[-\s]+(?P<y>\d{4})" + _TIME
)
_VIETNAMESE = re.compile(
    r"(?:ngay )?(?P<d>\d{1,2}) thang (?P<m>\d{1,2})(?: nam |, ?)(?P<y>\d{4})" + _TIME
)
_MONTH = re.compile(
    r"(?P<y>\d{4})\s*[-/.年]\s*(?P<m>\d{1,2})月?|(?:thang )?(?P<m2>\d{1,2})\s*[-/.]\s*(?P<y2>\d{4})"
)
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_CLOCK = re.compile(
    r"(?P<half>am|pm|sa|ch|上午|下午|晚上|中午)?\s*(?P<h>\d{1,2})\s*[:h时時.]\s*(?P<m>\d{1,2})(?:\s*[:分.]\s*(?P<s>\d{1,2})(?:[.,]\d+)?)?[分秒]?\s*"
    r"(?P<half2>a\.?m\.?|p\.?m\.?|sa|ch)?\s*(?P<zone>z|utc|gmt|[+-]\d{2}:?\d{2}|[+-]\d{2})?"
)
_MONTHS = {
    name: number
    for number, names in enumerate(
        "jan january,feb february,mar march,apr april,may,jun june,jul july,aug august,"
        "sep sept september,oct october,nov november,dec december".split(","),
        start=1,
    )
    for name in names.split()
}
_AFTERNOON = frozenset({"pm", "ch", "下午", "晚上"})


class DateOrder(StrEnum):
    """Which number of 3/4/2026 is the day."""

    DAY_FIRST = "day_first"
    MONTH_FIRST = "month_first"


@dataclass(frozen=True, slots=True)
class OrderDecision:
    """The order chosen for a column, and whether its values prove it."""

    order: DateOrder
    is_certain: bool
    is_mixed: bool = False


def decide_date_order(values: Iterable[str], *, default: DateOrder) -> OrderDecision:
    """Decide from the values of a column: a 25 can only be a day. Without proof, the order in
    which the file's dates run forward most steadily is taken, else `default`.
    """
    day_first = month_first = 0
    pairs: list[tuple[int, int, int]] = []
    for value in values:
        found = _YEAR_LAST.fullmatch(_normal(value))
        if not found:
            continue
        a, b = int(found["a"]), int(found["b"])
        day_first += a > 12 >= b
        month_first += b > 12 >= a
        pairs.append((int(found["y"]), a, b))
    if day_first or month_first:
        order = DateOrder.DAY_FIRST if day_first >= month_first else DateOrder.MONTH_FIRST
        return OrderDecision(order, is_certain=True, is_mixed=bool(day_first and month_first))
    if not pairs:
        return OrderDecision(default, is_certain=True)
    return OrderDecision(_steadier(pairs) or default, is_certain=False)


def _steadier(pairs: list[tuple[int, int, int]]) -> DateOrder | None:
    def breaks(days: list[tuple[int, int, int]]) -> int:
        return sum(later < earlier for earlier, later in pairwise(days))

    by_day = breaks([(y, b, a) for y, a, b in pairs])
    by_month = breaks([(y, a, b) for y, a, b in pairs])
    if by_day == by_month:
        return None
    return DateOrder.DAY_FIRST if by_day < by_month else DateOrder.MONTH_FIRST


def parse_moment(text: str, *, order: DateOrder, zone: ZoneInfo) -> datetime | None:
    """Read a date with or without a time and give it in UTC; without an offset it is local to
    `zone`. None when it is no date.
    """
    plain = _normal(text)
    if not plain:
        return None
    if _NUMBER.fullmatch(plain) and not _COMPACT.fullmatch(plain):
        return _from_number(plain, zone)
    for pattern in (_YEAR_FIRST, _YEAR_LAST, _COMPACT, _DAY_NAME, _NAME_DAY, _VIETNAMESE):
        found = pattern.fullmatch(plain)
        if found:
            return _build(found, order=order, zone=zone)
    return None


def parse_day(text: str, *, order: DateOrder) -> date | None:
    """Read a calendar day such as a birth date, without regard to zones."""
    moment = parse_moment(text, order=order, zone=ZoneInfo("UTC"))
    return moment.date() if moment else None


def parse_month_end(text: str) -> str | None:
    """Read a month written alone ("2026-10", "tháng 10/2026") as its last day, in ISO format."""
    found = _MONTH.fullmatch(_normal(text))
    if not found:
        return None
    year, month = int(found["y"] or found["y2"]), int(found["m"] or found["m2"])
    if not (_FIRST_YEAR < year <= _LAST_YEAR and 1 <= month <= 12):
        return None
    return date(year, month, calendar.monthrange(year, month)[1]).isoformat()


def looks_like_date(text: str) -> bool:
    """Tell whether a value can be read as a date that is not a bare number."""
    plain = _normal(text)
    if _NUMBER.fullmatch(plain) and not _COMPACT.fullmatch(plain):
        return False
    zone = ZoneInfo("UTC")
    return any(parse_moment(plain, order=order, zone=zone) for order in DateOrder)


def _normal(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).strip()
    return plain.lower() if plain.isascii() else fold(plain).strip()


def _build(found: re.Match[str], *, order: DateOrder, zone: ZoneInfo) -> datetime | None:
    parts = found.groupdict()
    year = int(parts["y"])
    if len(parts["y"]) == 2:
        year += 2000 if year < 70 else 1900
    if "a" in parts:
        first, second = int(parts["a"]), int(parts["b"])
        day, month = (first, second) if order is DateOrder.DAY_FIRST else (second, first)
    else:
        month = int(parts["m"]) if parts.get("m") else _MONTHS.get(parts.get("name") or "", 0)
        day = int(parts["d"])
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        return None
    return _with_time(year, month, day, parts.get("time"), zone)


def _with_time(
    year: int, month: int, day: int, time: str | None, zone: ZoneInfo
) -> datetime | None:
    try:
        if not time:
            return datetime(year, month, day, tzinfo=zone).astimezone(UTC)
        clock = _CLOCK.fullmatch(_spread(time.strip()))
        if not clock:
            return None
        moment = datetime(
            year, month, day, _hour(clock), int(clock["m"]), int(clock["s"] or 0), tzinfo=zone
        )
        offset = clock["zone"]
        return (moment if not offset else moment.replace(tzinfo=UTC) - _offset(offset)).astimezone(
            UTC
        )
    except ValueError:
        return None


def _spread(time: str) -> str:
    if time.isdigit() and len(time) in (4, 6):
        return ":".join(time[i : i + 2] for i in range(0, len(time), 2))
    return time


def _hour(clock: re.Match[str]) -> int:
    hour = int(clock["h"])
    half = (clock["half"] or clock["half2"] or "").replace(".", "")
    if half in _AFTERNOON and hour < 12:
        return hour + 12
    return 0 if half in {"am", "sa", "上午"} and hour == 12 else hour


def _offset(text: str) -> timedelta:
    if text in {"z", "utc", "gmt"}:
        return timedelta(0)
    digits = text[1:].replace(":", "").ljust(4, "0")
    size = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return -size if text[0] == "-" else size


def _from_number(text: str, zone: ZoneInfo) -> datetime | None:
    """Read Excel's day count (local) or Unix seconds and milliseconds (UTC)."""
    value = float(text)
    if _EXCEL_SERIALS[0] <= value <= _EXCEL_SERIALS[1]:
        # Half a second heals what the fraction of a day lost.
        moment = _EXCEL_EPOCH + timedelta(days=value, milliseconds=500)
        return moment.replace(microsecond=0, tzinfo=zone).astimezone(UTC)
    if 946_684_800 <= value < 4_102_444_800:
        return datetime.fromtimestamp(value, UTC)
    if 946_684_800_000 <= value < 4_102_444_800_000:
        return datetime.fromtimestamp(value / 1000, UTC)
    return None
