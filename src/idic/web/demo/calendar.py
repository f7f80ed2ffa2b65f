"""Says how busy each day is: weekdays, feasts by the lunar and the solar calendar, and which goods
of a season sell in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from idic.web.demo.words import get_calendar


@dataclass(frozen=True)
class Days:
    """The days from `start` on: how busy each is, and how often which season's goods are bought."""

    start: date
    weights: NDArray[np.float64]
    seasons: dict[str, NDArray[np.float64]]


def get_days(*, language: str, start: date, end: date) -> Days:
    """Weigh the days from `start` to before `end`."""
    told = get_calendar()[language]
    count = (end - start).days
    weights = np.array(
        [told["weekdays"][(start + timedelta(days=at)).weekday()] for at in range(count)]
    )
    seasons: dict[str, NDArray[np.float64]] = {}
    for season in told["seasons"]:
        for feast in _feasts(season["on"], start, end):
            low = max((feast - start).days + season["from"], 0)
            high = min((feast - start).days + season["to"] + 1, count)
            if low >= high:
                continue
            weights[low:high] *= season["factor"]
            if "goods" in season:
                share = seasons.setdefault(season["goods"], np.zeros(count))
                share[low:high] = season["share"]
    return Days(start=start, weights=weights, seasons=seasons)


def _feasts(on: str, start: date, end: date) -> list[date]:
    """Give the feast's dates near the stretch."""
    listed: list[Any] | None = get_calendar()["dates"].get(on)
    if listed is None:
        month, day = (int(part) for part in on.split("-"))
        listed = [date(year, month, day) for year in range(start.year - 1, end.year + 2)]
    margin = timedelta(days=40)
    return [feast for feast in listed if start - margin <= feast <= end + margin]
