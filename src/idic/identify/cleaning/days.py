"""Cleaning of one birth date: days nobody was born on, the wrong century, days of the lunar
calendar (kept as such, never turned into a solar day).
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from idic.core.text import fold
from idic.identify.importing.values.dates import DateOrder, parse_day

from .findings import Cleaned, Problem
from .writing import tidy

_OLDEST_AGE = 115
# What forms and old systems write when nobody said.
_NOBODY = frozenset({"1900-01-01", "1970-01-01", "1899-12-30", "1899-12-31", "1753-01-01"})
_NOBODY_WRITTEN = re.compile(r"0000-00-00.*|0{1,2}/0{1,2}/0{2,4}|1111-11-11|0001-01-01.*")
_LUNAR = re.compile(r"\b(?:am lich|am|al|lunar)\b|农历|阴历|農曆|陰曆|旧历")
_DAY_MONTH = re.compile(r"(\d{1,2})\s*[-/.]\s*(\d{1,2})")
_SPOKEN = re.compile(r"(?:ngay )?(?:mung )?(\d{1,2}) thang (\d{1,2})")
_CHINESE = re.compile(
    r"(?P<leap>闰)?(?P<m>正|冬|腊|[一二三四五六七八九十]{1,2}|\d{1,2})月"
    r"(?P<d>初[一二三四五六七八九十]|[一二三四五六七八九十廿卅]{1,3}|\d{1,2})"
)
_DIGITS = {c: n for n, c in enumerate("一二三四五六七八九", start=1)}
_MONTHS = {"正": 1, "冬": 11, "腊": 12}


def clean_birth_date(text: str, *, today: date, order: DateOrder = DateOrder.DAY_FIRST) -> Cleaned:
    """Clean a birth date. A good one comes back as year-month-day."""
    given = tidy(text)
    if not given:
        return Cleaned(value="")
    if given in _NOBODY or _NOBODY_WRITTEN.fullmatch(given):
        return Cleaned(value="", problem=Problem.DAY_PLACEHOLDER)
    if lunar := read_lunar_day(given):
        return Cleaned(value="", problem=Problem.DAY_LUNAR, also={"lunar_birthday": lunar})
    day = parse_day(given, order=order)
    if day is None:
        other = DateOrder.MONTH_FIRST if order is DateOrder.DAY_FIRST else DateOrder.DAY_FIRST
        day = parse_day(given, order=other)
        if day is None or not _is_possible(day, today):
            return Cleaned(value=given, problem=Problem.DAY_UNREADABLE)
        proposal = day.isoformat()
        return Cleaned(value=given, problem=Problem.DAY_WRITTEN, proposal=proposal, confidence=0.8)
    return _judge(given, day, today)


def _judge(given: str, day: date, today: date) -> Cleaned:
    if day.isoformat() in _NOBODY:
        return Cleaned(value="", problem=Problem.DAY_PLACEHOLDER)
    if not _is_possible(day, today):
        earlier = _century_before(day)
        if day > today and earlier and _is_possible(earlier, today):
            proposal = earlier.isoformat()
            return Cleaned(
                value=day.isoformat(),
                problem=Problem.DAY_CENTURY,
                proposal=proposal,
                confidence=0.8,
            )
        return Cleaned(value="", problem=Problem.DAY_IMPOSSIBLE)
    plain = day.isoformat()
    return Cleaned(value=plain, problem=None if plain == given else Problem.DAY_WRITTEN)


def _is_possible(day: date, today: date) -> bool:
    return day <= today and today.year - day.year <= _OLDEST_AGE


def _century_before(day: date) -> date | None:
    try:
        return day.replace(year=day.year - 100)
    except ValueError:
        return None


def read_lunar_day(text: str) -> str:
    """Read a day said to be of the lunar calendar as month-day: "15/8 âm lịch" → 08-15. Of a year
    it says nothing; an intercalary month counts as its month.
    """
    plain = fold(unicodedata.normalize("NFKC", text)).strip()
    if not _LUNAR.search(plain):
        return ""
    if found := _CHINESE.search(plain):
        month, day = _month(found["m"]), _number(found["d"].removeprefix("初"))
    elif found := _DAY_MONTH.search(plain) or _SPOKEN.search(plain):
        day, month = int(found[1]), int(found[2])
    else:
        return ""
    is_day = 1 <= month <= 12 and 1 <= day <= 30
    return f"{month:02d}-{day:02d}" if is_day else ""


def _month(text: str) -> int:
    return _MONTHS.get(text) or _number(text)


def _number(text: str) -> int:
    """Read a Chinese number below forty; 廿 is twenty, 卅 thirty."""
    if text.isdecimal():
        return int(text)
    text = text.replace("廿", "二十").replace("卅", "三十")
    if "十" not in text:
        return _DIGITS.get(text, 0)
    tens, _, ones = text.partition("十")
    return (_DIGITS.get(tens, 0) if tens else 1) * 10 + (_DIGITS.get(ones, 0) if ones else 0)
