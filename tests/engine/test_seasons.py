"""Seasons: known lunar new years, swings that are found, and noise that is not."""

import datetime as dt

import numpy as np
import pytest
from numpy.typing import NDArray

from idic.core.lunar import lunar_day
from idic.engine import seasons, value
from idic.engine.seasons import Seasons, new_year
from idic.engine.table import Table

START = np.datetime64("2021-01-01", "D").astype(np.int64)


def _days(count: int) -> NDArray[np.int64]:
    return np.asarray(START + np.arange(count), dtype=np.int64)


def _day(place: int) -> dt.date:
    found: dt.date = np.datetime64(int(START) + place, "D").item()
    return found


def test_known_new_years() -> None:
    assert new_year(2000, calendar="zh") == dt.date(2000, 2, 5)
    assert new_year(2007, calendar="vi") == dt.date(2007, 2, 17)
    assert new_year(2007, calendar="zh") == dt.date(2007, 2, 18)
    assert new_year(2024, calendar="vi") == new_year(2024, calendar="zh") == dt.date(2024, 2, 10)
    assert new_year(2026, calendar="vi") == dt.date(2026, 2, 17)
    assert new_year(2030, calendar="vi") == dt.date(2030, 2, 2)
    assert new_year(2030, calendar="zh") == dt.date(2030, 2, 3)
    assert new_year(2060, calendar="zh") == dt.date(2060, 2, 2)


@pytest.mark.parametrize("calendar", seasons.CALENDARS)
def test_the_table_agrees_with_new_moons_and_the_sun(calendar: str) -> None:
    for year in range(2000, 2061):
        lunar = lunar_day(new_year(year, calendar=calendar), language=calendar)

        assert lunar is not None
        assert (lunar.day, lunar.month, lunar.year, lunar.is_leap) == (1, 1, year, False)


def test_other_calendars_and_years_are_refused() -> None:
    with pytest.raises(ValueError, match="calendars are vi, zh"):
        new_year(2024, calendar="en")
    with pytest.raises(ValueError, match="from 2000"):
        new_year(2061, calendar="vi")


def test_a_swing_over_the_year_is_found_from_two_years_on() -> None:
    days = _days(3 * 365)
    noise = np.random.default_rng(1).lognormal(0, 0.1, len(days))
    swing = np.exp(0.5 * np.cos(2 * np.pi * (days - int(START)) / 365.2425))

    known = seasons.fit(days, 1000 * swing * noise, as_of=_day(3 * 365 - 1))
    early = seasons.fit(days[:600], 1000 * swing[:600] * noise[:600], as_of=_day(599))

    # Best around new year, worst in July.
    winter = known.mean_index(after=dt.date(2023, 12, 17), until=dt.date(2024, 1, 15))
    summer = known.mean_index(after=dt.date(2024, 6, 17), until=dt.date(2024, 7, 16))
    assert winter == pytest.approx(np.exp(0.5), rel=0.06)
    assert summer == pytest.approx(np.exp(-0.5), rel=0.06)
    assert early.yearly == ()
    assert Seasons.from_json(known.to_json()) == known


def test_noise_and_a_trend_are_no_season() -> None:
    days = _days(3 * 365)
    trend = np.exp(np.linspace(0, 1.0, len(days)))
    for seed in range(5):
        noise = np.random.default_rng(seed).lognormal(0, 0.3, len(days))
        found = seasons.fit(days, 1000 * trend * noise, as_of=_day(1094), calendar="vi")
        assert found.is_flat
        assert found.mean_index(after=_day(0), until=_day(300)) == 1.0


def _with_tet(days: NDArray[np.int64]) -> NDArray[np.float64]:
    amounts = 1000 * np.random.default_rng(2).lognormal(0, 0.08, len(days))
    for year in range(2021, 2026):
        offset = days - np.datetime64(new_year(year, calendar="vi"), "D").astype(np.int64)
        amounts[(offset >= -14) & (offset < 0)] *= 2.0
        amounts[(offset >= 0) & (offset < 7)] *= 0.2
    return np.asarray(amounts)


def test_weeks_before_tet_move_with_the_moon_and_the_other_calendar_a_day() -> None:
    days = _days(900)

    known = seasons.fit(days, _with_tet(days), as_of=_day(899), calendar="vi")

    # Tết 2030 is on 2 February; three were seen, so a seventh of the swing is held back.
    before = known.mean_index(after=dt.date(2030, 1, 18), until=dt.date(2030, 2, 1))
    during = known.mean_index(after=dt.date(2030, 2, 1), until=dt.date(2030, 2, 8))
    assert known.new_year_count == 3
    assert 1.5 < before < 2.1
    assert during < 0.6
    chinese = Seasons(calendar="zh", lunar=known.lunar)
    assert chinese.mean_index(
        after=dt.date(2030, 1, 19), until=dt.date(2030, 2, 2)
    ) == pytest.approx(before)


def test_a_total_with_tet_in_the_horizon_is_raised_where_the_past_shows_it() -> None:
    days = _days(1160)
    totals = _with_tet(days)
    random = np.random.default_rng(5)
    orders = Table(
        {
            "customer_id": np.tile(np.arange(40), len(days) // 10)[: 4 * len(days)],
            "ordered_on": np.repeat(days, 4).astype("datetime64[D]"),
            "net_amount": np.rint(
                np.repeat(totals / 4, 4) * random.lognormal(0, 0.1, 4 * len(days))
            ).astype(np.int64),
        }
    )
    as_of = dt.date(2024, 1, 13)  # Tết 2024 is on 10 February
    arguments = {"as_of": as_of, "method": "shared_rate", "horizon_days": 28}
    actual, _ = value.observe(orders, np.arange(40), after=as_of, until=dt.date(2024, 2, 10))

    moon = value.fit(orders, calendar="vi", **arguments)  # type: ignore[arg-type]
    none = value.fit(orders, **arguments)  # type: ignore[arg-type]
    misses = [
        abs(value.predict_total(one, orders, as_of=as_of)[1] / actual.sum() - 1)
        for one in (moon, none)
    ]

    assert moon.seasons.lunar
    assert misses[0] < 0.15 < 0.25 < misses[1]
