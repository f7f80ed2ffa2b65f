"""The lunar day of Vietnam and China, reckoned from new moons and the sun's longitude.

After Ho Ngoc Duc, "Computing the Vietnamese lunar calendar" (www.informatik.uni-leipzig.de/~duc/
amlich/calrules_en.html), with the series of J. Meeus, Astronomical Algorithms (1998). Both
calendars follow the same rules, and their months begin on the day of the new moon: one that falls
between 23:00 and midnight in Hanoi parts them. Good for 1900 to 2100, but for the years in which
Hanoi kept the time of Beijing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from math import floor, pi, sin

_HOURS = {"vi": 7.0, "zh": 8.0}  # hours ahead of Greenwich by which each calendar is kept
_MONTH_DAYS = 29.530588853
_FIRST_NEW_MOON = 2415021.076998695  # Julian day of the new moon of 1 January 1900
_ORDINAL_TO_JULIAN = 1721425
_MONTHS = ("正", "二", "三", "四", "五", "六", "七", "八", "九", "十", "冬", "腊")
_DIGITS = "一二三四五六七八九十"


@dataclass(frozen=True, slots=True)
class LunarDay:
    """A day of the lunar calendar; a leap month repeats the number of the one before it."""

    day: int
    month: int
    year: int
    is_leap: bool


def lunar_day(day: date, *, language: str) -> LunarDay | None:
    """Give the lunar day people of this language count; None where they count none."""
    hours = _HOURS.get(language.lower().split("-")[0])
    return None if hours is None else _convert(day.toordinal() + _ORDINAL_TO_JULIAN, hours)


def say_lunar(day: date, *, language: str) -> str:
    """Write the lunar day as people of this language do: 15/10 âm lịch, 农历十月十五."""
    lunar = lunar_day(day, language=language)
    if lunar is None:
        return ""
    if language.startswith("zh"):
        leap = "闰" if lunar.is_leap else ""
        return f"农历{leap}{_MONTHS[lunar.month - 1]}月{_chinese_day(lunar.day)}"
    return f"{lunar.day}/{lunar.month}{' nhuận' if lunar.is_leap else ''} âm lịch"


def _chinese_day(day: int) -> str:
    if day <= 10:
        return f"初{_DIGITS[day - 1]}"
    if day in (20, 30):
        return {20: "二十", 30: "三十"}[day]
    return f"{'十' if day < 20 else '廿'}{_DIGITS[day % 10 - 1]}"


@lru_cache(maxsize=64)
def _convert(julian: int, hours: float) -> LunarDay:
    year = date.fromordinal(julian - _ORDINAL_TO_JULIAN).year
    number = floor((julian - _FIRST_NEW_MOON) / _MONTH_DAYS)
    # A true new moon strays by up to 14 hours from the mean one.
    starts = (_new_moon_day(number + step, hours) for step in (1, 0, -1))
    start = next(day for day in starts if day <= julian)
    before, after = _eleventh_month(year, hours), _eleventh_month(year + 1, hours)
    lunar_year = year + 1
    if before >= start:
        before, after = _eleventh_month(year - 1, hours), before
        lunar_year = year
    passed = (start - before) // 29
    month, is_leap = passed + 11, False
    if after - before > 365:  # thirteen months between two solstices: one of them is a leap month
        leap = _leap_month(before, hours)
        month -= passed >= leap
        is_leap = passed == leap
    if month > 12:
        month -= 12
    # The months 11 and 12 still belong to the year that began last spring.
    return LunarDay(julian - start + 1, month, lunar_year - (month >= 11 and passed < 4), is_leap)


def _new_moon_day(number: int, hours: float) -> int:
    """Give the Julian day, where one stands, of the new moon with this number since 1900."""
    t = number / 1236.85
    r = pi / 180
    mean = 2415020.75933 + 29.53058868 * number + 0.0001178 * t**2 - 0.000000155 * t**3
    mean += 0.00033 * sin((166.56 + 132.87 * t - 0.009173 * t**2) * r)
    sun = 359.2242 + 29.10535608 * number - 0.0000333 * t**2 - 0.00000347 * t**3
    moon = 306.0253 + 385.81691806 * number + 0.0107306 * t**2 + 0.00001236 * t**3
    node = 21.2964 + 390.67050646 * number - 0.0016528 * t**2 - 0.00000239 * t**3
    shift = (0.1734 - 0.000393 * t) * sin(sun * r) + 0.0021 * sin(2 * sun * r)
    shift += -0.4068 * sin(moon * r) + 0.0161 * sin(2 * moon * r) - 0.0004 * sin(3 * moon * r)
    shift += 0.0104 * sin(2 * node * r) - 0.0051 * sin((sun + moon) * r)
    shift += -0.0074 * sin((sun - moon) * r) + 0.0004 * sin((2 * node + sun) * r)
    shift += -0.0004 * sin((2 * node - sun) * r) - 0.0006 * sin((2 * node + moon) * r)
    shift += 0.0010 * sin((2 * node - moon) * r) + 0.0005 * sin((2 * moon + sun) * r)
    # Earth turns unevenly: what the series counts runs ahead of the clock by this.
    ahead = -0.000278 + 0.000265 * t + 0.000262 * t**2
    return floor(mean + shift - ahead + 0.5 + hours / 24)


def _sun_sector(julian: int, hours: float) -> int:
    """Give in which twelfth of its way the sun stands at the midnight a day begins with."""
    t = (julian - 2451545.5 - hours / 24) / 36525
    r = pi / 180
    mean = 357.52910 + 35999.05030 * t - 0.0001559 * t**2 - 0.00000048 * t**3
    shift = (1.914600 - 0.004817 * t - 0.000014 * t**2) * sin(mean * r)
    shift += (0.019993 - 0.000101 * t) * sin(2 * mean * r) + 0.000290 * sin(3 * mean * r)
    longitude = 280.46645 + 36000.76983 * t + 0.0003032 * t**2 + shift
    return floor((longitude % 360) / 30)


def _eleventh_month(year: int, hours: float) -> int:
    """Give the day the month begins in which the winter solstice falls."""
    last = date(year, 12, 31).toordinal() + _ORDINAL_TO_JULIAN
    number = floor((last - 2415021) / _MONTH_DAYS)
    start = _new_moon_day(number, hours)
    return _new_moon_day(number - 1, hours) if _sun_sector(start, hours) >= 9 else start


def _leap_month(eleventh: int, hours: float) -> int:
    """Give how many months after the eleventh the sun first stays in its sector."""
    number = floor(0.5 + (eleventh - _FIRST_NEW_MOON) / _MONTH_DAYS)
    place, sector = 1, _sun_sector(_new_moon_day(number + 1, hours), hours)
    while True:
        before, place = sector, place + 1
        sector = _sun_sector(_new_moon_day(number + place, hours), hours)
        if sector == before or place >= 14:
            return place - 1
