"""How far the truth lies from a forecast: a distribution for each customer, and one for the total.

The shape is that of purchases × amounts (nothing, or a Gamma amount); where the shop's own past has
been forecast, `fit` corrects it by what came. Which method made the forecast does not matter here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from idic.engine.forecasts import Forecast, Models
from idic.engine.table import Table

Floats = NDArray[np.float64]

FEWEST_CUSTOMERS = 100
# Each end of an 80 % interval leaves out one in ten.
LOW, HIGH, OPEN_HIGH = 0.1, 0.9, 0.8
_FEWEST_PAYING = 20
_CUSTOMERS_A_BAND = 150
_MOST_BANDS = 4
_STEPS = 40
# So many customers' worth of the model's own shape is kept beside what the past has shown.
_SHAPE_WEIGHT = 20.0
# Who buys at all pays at least this share of a usual purchase, as far as a forecast may go down.
_LEAST_SHARE = 0.1
# Totals missed by a tenth are usual (single models miss 17 to 33 %, blends 9); it counts as much as
# three totals that were seen.
_PRIOR_MISS = 0.1
_PRIOR_TOTALS = 3.0
_LEVEL_DOUBT = 0.5
_RIDGE = 1.0
_SAME_AMOUNT = 0.01


@dataclass(frozen=True)
class Shape:
    """One distribution a customer: nothing with chance `none`, else Gamma of `mean` and `variation`
    (the squared coefficient of variation).
    """

    none: Floats
    mean: Floats
    variation: Floats


@dataclass(frozen=True)
class Calibration:
    """What earlier forecasts taught about this one's errors.

    - `level`: what forecasts are multiplied by, as their totals were too low or too high
    - `none_intercept`, `none_slope`: correct the log odds of no purchase (Platt 1999)
    - `edges`, `ranks`: by size of the mean, at which rank of the Gamma shape each fortieth of those
      who paid came (Kuleshov, Fenner & Ermon 2018)
    - `total_miss`: standard deviation of ln(total that came / expected), `total_count` of how many
      totals it was learnt, not counting the assumed ones
    - `customer_count`: outcomes learnt from; 0 means that the models' own shape stands
    """

    level: float = 1.0
    none_intercept: float = 0.0
    none_slope: float = 1.0
    edges: tuple[float, ...] = ()
    ranks: tuple[tuple[float, ...], ...] = ()
    total_miss: float = _PRIOR_MISS
    total_count: int = 0
    customer_count: int = 0

    @classmethod
    def from_held(cls, held: dict[str, Any]) -> Calibration:
        """Return the calibration from its JSON form."""
        ranks = tuple(tuple(band) for band in held["ranks"])
        return cls(**{**held, "edges": tuple(held["edges"]), "ranks": ranks})


@dataclass(frozen=True)
class Tried:
    """An earlier forecast and what came."""

    models: Models
    summary: Table
    forecast: Forecast
    actual: Floats


def shape(models: Models, summary: Table, forecast: Forecast, calibration: Calibration) -> Shape:
    """Return each customer's distribution around the forecast, before ranks are corrected.

    The squared variation is (1 + 1/p) / (purchases, if any) for their number and amounts, plus
    1 / (r + x) for what is not known of the customer's rate.
    """
    log_odds = scipy.special.logit(np.clip(forecast.no_purchase, 1e-6, 1 - 1e-6))
    none = scipy.special.expit(
        calibration.none_intercept + calibration.none_slope * np.clip(log_odds, -8.0, 8.0)
    )
    buys = np.clip(1 - none, 1e-6, 1.0)
    least = _LEAST_SHARE * max(models.shop.mean_order_amount, 1e-9)
    mean = np.maximum(forecast.amount / buys, least)
    purchases_if_any = np.maximum(forecast.order_count / buys, 1.0)
    known = models.purchases.r + np.nan_to_num(summary.floats("repeat_count"))
    variation = (1 + 1 / models.spend.p) / purchases_if_any + 1 / known
    bought = summary.floats("order_count") > 0
    return Shape(np.where(bought, none, 1.0), mean, np.clip(variation, 1e-3, 25.0))


def fit(tried: Sequence[Tried], *, corrects_level: bool = True) -> Calibration:
    """Learn from earlier forecasts, the latest first; the plain shape where there are too few.

    `corrects_level`: whether forecasts are multiplied by what their totals were missed by.
    """
    totals = [(float(one.forecast.amount.sum()), float(one.actual.sum())) for one in tried]
    usable = [one for one in tried if len(one.actual) and one.forecast.amount.any()]
    calibration = _fit_total(totals, corrects_level=corrects_level)
    if sum(len(one.actual) for one in usable) < FEWEST_CUSTOMERS:
        return calibration
    leveled = [replace(one, forecast=scaled(one.forecast, calibration.level)) for one in usable]
    calibration = replace(
        calibration,
        **_fit_none(leveled),
        customer_count=sum(len(one.actual) for one in usable),
    )
    return replace(calibration, **_fit_ranks(leveled, calibration))


def scaled(forecast: Forecast, factor: float) -> Forecast:
    """Return the forecast with its amounts and counts multiplied."""
    return replace(
        forecast, amount=forecast.amount * factor, order_count=forecast.order_count * factor
    )


def _fit_total(totals: Sequence[tuple[float, float]], *, corrects_level: bool) -> Calibration:
    """Learn the level, and from forecasts by earlier levels how far totals were still missed."""
    misses = [
        float(np.clip(np.log(came / said), -2.0, 2.0))
        for said, came in totals
        if said > 0 and came > 0
    ]
    rest = [
        miss - (_log_level(misses[place + 1 :]) if corrects_level else 0.0)
        for place, miss in enumerate(misses)
    ]
    spread = _PRIOR_TOTALS * _PRIOR_MISS**2 + sum(miss**2 for miss in rest)
    return Calibration(
        level=float(np.exp(_log_level(misses))) if corrects_level else 1.0,
        total_miss=float(np.sqrt(spread / (_PRIOR_TOTALS + len(rest)))),
        total_count=len(rest),
    )


def _log_level(misses: Sequence[float]) -> float:
    """Two thirds of one miss, four fifths of the mean of two: a little of a level is chance."""
    return sum(misses) / (len(misses) + _LEVEL_DOUBT)


def _fit_none(tried: Sequence[Tried]) -> dict[str, Any]:
    """Fit ln odds of nothing = intercept + slope × as the method has it, drawn toward 0 and 1."""
    plain = Calibration()
    odds, nothing = [], []
    for one in tried:
        none = shape(one.models, one.summary, one.forecast, plain).none
        bought = one.summary.floats("order_count") > 0
        odds.append(np.clip(scipy.special.logit(np.clip(none[bought], 1e-6, 1 - 1e-6)), -8, 8))
        nothing.append(one.actual[bought] <= 0)
    x, y = np.concatenate(odds), np.concatenate(nothing).astype(np.float64)

    def loss(theta: Floats) -> tuple[float, Floats]:
        line = theta[0] + theta[1] * x
        off = theta - np.array([0.0, 1.0])
        value = float((np.logaddexp(0.0, line) - y * line).sum()) + _RIDGE * float((off**2).sum())
        error = scipy.special.expit(line) - y
        gradient = np.array([error.sum(), (error * x).sum()]) + 2 * _RIDGE * off
        return value / len(x), gradient / len(x)

    found = scipy.optimize.minimize(
        loss, np.array([0.0, 1.0]), jac=True, method="L-BFGS-B",
        bounds=[(-10.0, 10.0), (0.0, 5.0)],
    )  # fmt: skip
    return {"none_intercept": float(found.x[0]), "none_slope": float(found.x[1])}


def _fit_ranks(tried: Sequence[Tried], calibration: Calibration) -> dict[str, Any]:
    """Learn at which ranks of the Gamma shape those who paid came, by size of their mean."""
    ranks, sizes = [], []
    for one in tried:
        drawn = shape(one.models, one.summary, one.forecast, calibration)
        paid = one.actual > 0
        ranks.append(_gamma_rank(one.actual[paid], drawn.mean[paid], drawn.variation[paid]))
        sizes.append(drawn.none[paid])
    rank, size = np.concatenate(ranks), np.concatenate(sizes)
    if len(rank) < _FEWEST_PAYING:
        return {}
    count = int(np.clip(len(rank) // _CUSTOMERS_A_BAND, 1, _MOST_BANDS))
    edges = np.unique(np.quantile(size, np.arange(1, count) / count)) if count > 1 else size[:0]
    bands = np.searchsorted(edges, size, side="left")
    found = [rank[bands == band] for band in range(len(edges) + 1)]
    # Ties can leave a band with hardly anyone: it takes the ranks of all.
    tables = [_rank_table(part if len(part) >= _FEWEST_PAYING else rank) for part in found]
    return {"edges": tuple(edges.tolist()), "ranks": tuple(tables)}


def _rank_table(rank: Floats) -> tuple[float, ...]:
    grid = np.arange(_STEPS + 1) / _STEPS
    came = np.quantile(rank, grid)
    mixed = (len(rank) * came + _SHAPE_WEIGHT * grid) / (len(rank) + _SHAPE_WEIGHT)
    return (0.0, *mixed[1:-1].tolist(), 1.0)


def quantile(drawn: Shape, calibration: Calibration, chance: float | Floats) -> Floats:
    """Return the amount that is not exceeded with this chance, one entry a customer.

    >>> drawn = Shape(np.array([0.6, 0.0]), np.array([100.0, 100.0]), np.array([1.0, 1.0]))
    >>> quantile(drawn, Calibration(), 0.5).round(1).tolist()
    [0.0, 69.3]
    """
    wanted = np.broadcast_to(np.asarray(chance, dtype=np.float64), drawn.none.shape)
    buys = np.maximum(1 - drawn.none, 1e-12)
    inside = np.clip((wanted - drawn.none) / buys, 0.0, 1.0)
    rank = _through(calibration, drawn, inside, backward=False)
    pays = inside > 0
    amount = np.zeros(len(rank))
    if pays.any():
        shape_of, mean = 1 / drawn.variation[pays], drawn.mean[pays]
        unit = mean / shape_of
        amount[pays] = unit * scipy.special.gammaincinv(shape_of, np.minimum(rank[pays], 0.9999))
    return amount


def chance_of(drawn: Shape, calibration: Calibration, amount: Floats) -> tuple[Floats, Floats]:
    """Return the chance of less than this amount, and of at most it.

    They differ at nothing, and where many pay the same: amounts within a hundredth are one.
    """
    paid = amount > 0
    chances = []
    for factor in (1 - _SAME_AMOUNT, 1 + _SAME_AMOUNT):
        rank = np.zeros(len(amount))
        rank[paid] = _gamma_rank(factor * amount[paid], drawn.mean[paid], drawn.variation[paid])
        inside = _through(calibration, drawn, rank, backward=True)
        chances.append(drawn.none + (1 - drawn.none) * inside)
    return np.where(paid, chances[0], 0.0), np.where(paid, chances[1], drawn.none)


def random_ranks(drawn: Shape, calibration: Calibration, actual: Floats, *, seed: int) -> Floats:
    """Return where each outcome fell in its distribution, 0 to 1, uniform where that is right.

    An outcome that has a chance of its own (nothing) is spread at random over it: the randomised
    probability integral transform (Czado, Gneiting & Held 2009).
    """
    below, up_to = chance_of(drawn, calibration, actual)
    return np.asarray(below + np.random.default_rng(seed).random(len(actual)) * (up_to - below))


def is_inside(drawn: Shape, ranks: Floats) -> NDArray[np.bool_]:
    """Tell whose rank lies between the ends of the interval that `ends` gives."""
    is_open = drawn.none >= LOW
    low = np.where(is_open, 0.0, LOW)
    high = np.where(is_open, OPEN_HIGH, HIGH)
    return np.asarray((ranks >= low) & (ranks <= high))


def ends(drawn: Shape, calibration: Calibration, expected: Floats) -> tuple[Floats, Floats]:
    """Return between what and what eight of ten such customers end.

    From nothing where one in ten or more brings nothing, otherwise a tenth is left out at either
    end. An expectation outside its own interval (most of it comes from a few) would read as a
    mistake, so the interval is widened to hold it.
    """
    is_open = drawn.none >= LOW
    low = np.where(is_open, 0.0, quantile(drawn, calibration, LOW))
    high = quantile(drawn, calibration, np.where(is_open, OPEN_HIGH, HIGH))
    return np.minimum(low, expected), np.maximum(high, expected)


def total_ends(
    drawn: Shape, calibration: Calibration, total: float, *, chance: float = 0.8
) -> tuple[float, float]:
    """Return between what and what the total of all customers ends, with this chance.

    Their chances add up as if independent; what they share (a good year, a wrong level) is learnt
    from totals missed before. Student's t, because those are few.

    >>> nobody = Shape(np.array([0.5]), np.array([200.0]), np.array([0.01]))
    >>> low, high = total_ends(nobody, Calibration(total_miss=0.1), 100.0)
    >>> total_ends(nobody, Calibration(), 0.0), low < 100.0 < high
    ((0.0, 0.0), True)
    """
    if total <= 0:
        return 0.0, 0.0
    buys = 1 - drawn.none
    variance = buys * drawn.mean**2 * (1 + drawn.variation) - (buys * drawn.mean) ** 2
    by_chance = float(np.sqrt(np.maximum(variance, 0.0).sum())) / total
    spread = max(calibration.total_miss, min(by_chance, 1.0))
    degrees = _PRIOR_TOTALS + calibration.total_count
    reach = float(scipy.stats.t.ppf((1 + chance) / 2, degrees)) * spread
    return total * float(np.exp(-reach)), total * float(np.exp(reach))


def _gamma_rank(amount: Floats, mean: Floats, variation: Floats) -> Floats:
    return np.asarray(scipy.special.gammainc(1 / variation, amount / (mean * variation)))


def _through(calibration: Calibration, drawn: Shape, values: Floats, *, backward: bool) -> Floats:
    """Send shares of customers to ranks of the shape by each one's band, or ranks to shares."""
    if not calibration.ranks:
        return values
    grid = np.arange(_STEPS + 1) / _STEPS
    bands = np.searchsorted(np.array(calibration.edges), drawn.none, side="left")
    sent = np.empty(len(values))
    for band, table in enumerate(calibration.ranks):
        mine = bands == band
        ranks = np.array(table)
        if backward:
            sent[mine] = np.interp(values[mine], ranks, grid)
        else:
            sent[mine] = np.interp(values[mine], grid, ranks)
    return sent
