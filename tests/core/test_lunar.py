"""The lunar day: the new years as published, months without a gap, and how it is written."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from idic.core.lunar import LunarDay, lunar_day, say_lunar


def new_year(year: int, language: str) -> date:
    """Give the first day of the lunar year."""
    days = (date(year, 1, 15) + timedelta(days=step) for step in range(60))
    return next(day for day in days if lunar_day(day, language=language) == first(year))


def first(year: int) -> LunarDay:
    return LunarDay(1, 1, year, False)


@pytest.mark.parametrize(
    ("year", "hanoi", "beijing"),
    [
        (1985, date(1985, 1, 21), date(1985, 2, 20)),
        (2007, date(2007, 2, 17), date(2007, 2, 18)),
        (2030, date(2030, 2, 2), date(2030, 2, 3)),
        (2025, date(2025, 1, 29), date(2025, 1, 29)),
        (2026, date(2026, 2, 17), date(2026, 2, 17)),
        (2033, date(2033, 1, 31), date(2033, 1, 31)),
        (2034, date(2034, 2, 19), date(2034, 2, 19)),
    ],
)
def test_tet_and_the_chinese_new_year_fall_where_the_calendars_say(
    year: int, hanoi: date, beijing: date
) -> None:
    assert new_year(year, "vi") == hanoi
    assert new_year(year, "zh-hans") == beijing


@pytest.mark.parametrize(
    ("day", "lunar"),
    [
        (date(2020, 5, 23), LunarDay(1, 4, 2020, True)),
        (date(2023, 3, 22), LunarDay(1, 2, 2023, True)),
        (date(2025, 7, 25), LunarDay(1, 6, 2025, True)),
        (date(2026, 11, 23), LunarDay(15, 10, 2026, False)),
        (date(2025, 1, 28), LunarDay(29, 12, 2024, False)),
        (date(2033, 12, 22), LunarDay(1, 11, 2033, True)),
    ],
)
def test_leap_months_and_the_turn_of_the_year_are_named(day: date, lunar: LunarDay) -> None:
    assert lunar_day(day, language="vi") == lunar
    assert lunar_day(day, language="zh-hans") == lunar


@pytest.mark.parametrize("language", ["vi", "zh-hans"])
def test_every_day_follows_the_one_before(language: str) -> None:
    before = lunar_day(date(1968, 1, 1), language=language)
    for step in range(1, 48_000):
        lunar = lunar_day(date(1968, 1, 1) + timedelta(days=step), language=language)
        assert before
        assert lunar
        if lunar.day == 1:
            assert before.day in (29, 30)
            assert lunar.month in (before.month % 12 + 1, before.month)
            assert lunar.is_leap == (lunar.month == before.month)
            assert lunar.year == before.year + (lunar.month == 1 and before.month == 12)
        else:
            assert lunar == LunarDay(before.day + 1, before.month, before.year, before.is_leap)
        before = lunar


def test_the_lunar_day_is_written_as_each_language_does() -> None:
    assert say_lunar(date(2026, 11, 23), language="vi") == "15/10 âm lịch"
    assert say_lunar(date(2025, 7, 25), language="vi") == "1/6 nhuận âm lịch"
    assert say_lunar(date(2026, 11, 23), language="zh-hans") == "农历十月十五"
    assert say_lunar(date(2025, 7, 25), language="zh-hans") == "农历闰六月初一"
    assert say_lunar(date(2026, 2, 16), language="zh-hans") == "农历腊月廿九"
    assert say_lunar(date(2026, 11, 23), language="en") == ""
