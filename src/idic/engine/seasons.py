"""How a shop's sales swing with the year and around the lunar new year (Tết, 春节).

Shapes of totals only: what one customer buys is in `forecasts`. The dates of the lunar new year are
a table, because two calendars keep it and part company in three years of sixty.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Days = NDArray[np.int64]

FIRST_YEAR = 2000
# Month and day of the first day of the lunar year in China, 2000 to 2060.
_NEW_YEARS = (
    "0205 0124 0212 0201 0122 0209 0129 0218 0207 0126 0214 0203 0123 0210 0131 0219 0208 0128 "
    "0216 0205 0125 0212 0201 0122 0210 0129 0217 0206 0126 0213 0203 0123 0211 0131 0219 0208 "
    "0128 0215 0204 0124 0212 0201 0122 0210 0130 0217 0206 0126 0214 0202 0123 0211 0201 0219 "
    "0208 0128 0215 0204 0124 0212 0202"
)
# Hanoi's noon comes an hour after Beijing's: a new moon between their midnights parts them.
_VIETNAM_A_DAY_EARLIER = (2007, 2030, 2053)
CALENDARS = ("vi", "zh")

_WEEK = 7
# First days of the weeks around the new year that sell differently, and the day after the last.
_AROUND = np.array([-28, -21, -14, -7, 0, 7, 14])
_YEAR_DAYS = 365.2425
_HARMONICS = 2
_FEWEST_WEEKS = 26
_WEEKS_FOR_A_YEARLY_SHAPE = 104
_KNOT_WEEKS = 26
# How sure a swing has to be (F-test) before a forecast is moved by it.
_CHANCE = 1e-3


@dataclass(frozen=True)
class Seasons:
    """What `fit` learnt: logarithms of how much above the trend a day sells.

    `yearly` are the coefficients of cosine and sine of the year, then of half of it; `lunar` those
    of four weeks before the lunar new year, the week it begins, and the one after. Empty where
    nothing was detected. `calendar` is `vi`, `zh` or empty.

    >>> known = Seasons(calendar="vi", lunar=(0.1, 0.3, 0.5, 0.2, -1.2, -0.4))
    >>> Seasons.from_json(known.to_json()) == known
    True
    """

    calendar: str = ""
    yearly: tuple[float, ...] = ()
    lunar: tuple[float, ...] = ()
    week_count: int = 0
    new_year_count: int = 0

    @property
    def is_flat(self) -> bool:
        """Whether no swing was detected."""
        return not self.yearly and not self.lunar

    def to_json(self) -> str:
        """Return the seasons as JSON; `from_json` gives an equal object back."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Seasons:
        """Return the seasons that `to_json` wrote."""
        held: dict[str, Any] = json.loads(text)
        return cls(**{**held, "yearly": tuple(held["yearly"]), "lunar": tuple(held["lunar"])})

    def mean_index(self, *, after: dt.date, until: dt.date) -> float:
        """Return how much the days after one up to another sell, 1 being a day on the trend.

        >>> Seasons().mean_index(after=dt.date(2026, 1, 1), until=dt.date(2026, 2, 1))
        1.0
        """
        if self.is_flat or until <= after:
            return 1.0
        days = np.arange(_number(after) + 1, _number(until) + 1)
        effect = np.zeros(len(days))
        if self.yearly:
            effect += _dot(_waves(days), self.yearly)
        if self.lunar:
            effect += _dot(_weeks_around(days, self.calendar), self.lunar)
        return float(np.exp(effect).mean())


def new_year(year: int, *, calendar: str) -> dt.date:
    """Return the first day of the lunar year that begins in this year, 2000 to 2060.

    `calendar` is `vi` (Tết) or `zh` (春节): the same day but in 2007, 2030 and 2053.

    >>> new_year(2030, calendar="vi"), new_year(2030, calendar="zh")
    (datetime.date(2030, 2, 2), datetime.date(2030, 2, 3))
    """
    if calendar not in CALENDARS:
        raise ValueError(f"calendars are {', '.join(CALENDARS)}; this is {calendar!r}")
    cells = _NEW_YEARS.split()
    if not FIRST_YEAR <= year < FIRST_YEAR + len(cells):
        raise ValueError(f"new years are known from {FIRST_YEAR}, {len(cells)} of them")
    cell = cells[year - FIRST_YEAR]
    day = dt.date(year, int(cell[:2]), int(cell[2:]))
    is_earlier = calendar == "vi" and year in _VIETNAM_A_DAY_EARLIER
    return day - dt.timedelta(days=1) if is_earlier else day


def fit(days: Days, amounts: Floats, *, as_of: dt.date, calendar: str = "") -> Seasons:
    """Learn the swings from a shop's own totals; flat where they cannot be told from noise.

    In: `days` since 1970 and `amounts` of purchases, one entry each, in any order. Weekly totals,
    in logarithms, are a trend in straight pieces of half a year plus the swings. The yearly one
    takes two years of orders, that of the lunar new year one such day with its weeks before and
    after, and each has to be significant at 0.1 % (F-test); the lunar one is then drawn toward
    nothing by n / (n + ½) of n new years seen.

    >>> fit(np.array([], dtype=np.int64), np.array([]), as_of=dt.date(2026, 1, 1)).is_flat
    True
    """
    bought = (amounts > 0) & (days <= _number(as_of))
    days, amounts = days[bought], amounts[bought]
    starts, logs = _weekly(days, amounts, _number(as_of))
    if len(logs) < _FEWEST_WEEKS:
        return Seasons(calendar=calendar, week_count=len(logs))
    inside = starts[:, None] + np.arange(_WEEK)[None, :]
    base = _trend(len(logs))
    yearly: tuple[float, ...] = ()
    if len(logs) >= _WEEKS_FOR_A_YEARLY_SHAPE:
        found = _detect(base, _waves(inside.ravel()).reshape(len(logs), _WEEK, -1).mean(1), logs)
        if found is not None:
            yearly = tuple(found.tolist())
            logs = logs - _dot(_waves(inside.ravel()), yearly).reshape(len(logs), _WEEK).mean(1)
    lunar, seen = _fit_lunar(base, logs, inside, calendar)
    return Seasons(
        calendar=calendar,
        yearly=yearly,
        lunar=lunar,
        week_count=len(logs),
        new_year_count=seen,
    )


def _fit_lunar(
    base: Floats, logs: Floats, inside: Days, calendar: str
) -> tuple[tuple[float, ...], int]:
    if calendar not in CALENDARS:
        return (), 0
    around = _weeks_around(inside.ravel(), calendar).reshape(len(logs), _WEEK, -1).mean(1)
    seen = round(float(around[:, 4].sum()))
    if not seen or (around.sum(0) < 0.9).any():
        return (), seen
    found = _detect(base, around, logs)
    if found is None:
        return (), seen
    return tuple((found * seen / (seen + 0.5)).tolist()), seen


def _weekly(days: Days, amounts: Floats, last: int) -> tuple[Days, Floats]:
    """Return the first day and the log total of each full week that ends with the last day."""
    if not len(days):
        return days, amounts
    places = (last - days) // _WEEK
    count = (last - int(np.quantile(days, 0.005))) // _WEEK
    totals = np.bincount(places[places < count], amounts[places < count], minlength=max(count, 0))
    if count < 1 or not totals.any():
        return days[:0], amounts[:0]
    starts = last - _WEEK * (np.arange(count) + 1) + 1
    # A closed week is low, not without end: as low as a tenth of the usual one.
    floor = 0.1 * float(np.median(totals[totals > 0]))
    return starts[::-1], np.log(np.maximum(totals, floor))[::-1]


def _trend(count: int) -> Floats:
    """Return the columns of a line that may bend every half a year."""
    week = np.arange(count, dtype=np.float64)
    knots = np.arange(_KNOT_WEEKS, count - _KNOT_WEEKS / 2, _KNOT_WEEKS)
    bends = [np.maximum(week - knot, 0.0) for knot in knots.tolist()]
    return np.stack([np.ones(count), week, *bends], axis=1)


def _detect(base: Floats, more: Floats, logs: Floats) -> Floats | None:
    """Return the coefficients of `more` beside the trend where they earn their place."""
    both = np.concatenate([base, more], axis=1)
    free = len(logs) - both.shape[1]
    if free < 2 * more.shape[1]:
        return None
    without = logs - base @ np.linalg.lstsq(base, logs, rcond=None)[0]
    found = np.linalg.lstsq(both, logs, rcond=None)[0]
    rest = float(((logs - both @ found) ** 2).sum())
    gained = float((without**2).sum()) - rest
    # Neighbouring weeks resemble each other, so they count for fewer than they are.
    likeness = float(np.clip((without[1:] * without[:-1]).sum() / (without**2).sum(), 0.0, 0.8))
    free_weeks = free * (1 - likeness) / (1 + likeness)
    if free_weeks <= 1 or rest <= 0:
        return None
    ratio = gained / more.shape[1] / (rest / free) * (free_weeks / free)
    if scipy.stats.f.sf(ratio, more.shape[1], free_weeks) > _CHANCE:
        return None
    return np.asarray(found[base.shape[1] :], dtype=np.float64)


def _waves(days: Days) -> Floats:
    turns = 2 * np.pi * days / _YEAR_DAYS
    waves = [wave(n * turns) for n in range(1, _HARMONICS + 1) for wave in (np.cos, np.sin)]
    return np.stack(waves, axis=1)


def _weeks_around(days: Days, calendar: str) -> Floats:
    """Mark in which of the weeks around the lunar new year a day lies."""
    last_year = FIRST_YEAR + len(_NEW_YEARS.split())
    starts = np.array(
        [_number(new_year(year, calendar=calendar)) for year in range(FIRST_YEAR, last_year)]
    )
    marks = np.zeros((len(days), len(_AROUND) - 1))
    for start in starts.tolist():
        offset = days - start
        near = (offset >= _AROUND[0]) & (offset < _AROUND[-1])
        if near.any():
            rows = np.flatnonzero(near)
            marks[rows, np.searchsorted(_AROUND, offset[rows], side="right") - 1] = 1.0
    return marks


def _dot(columns: Floats, weights: tuple[float, ...]) -> Floats:
    return np.asarray((columns * np.array(weights)).sum(1), dtype=np.float64)


def _number(day: dt.date) -> int:
    return int(np.datetime64(day, "D").astype(np.int64))
