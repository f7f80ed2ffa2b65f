"""What is known of each customer from now on, and all that follows from it.

Every purchase model ends in an `Outlook`: whether the customer is still there, at what rate they
buy then, and how they may leave. Forecasts, chances, quantiles and draws are the same for all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Protocol

import numpy as np
import scipy
from numpy.typing import NDArray

from idic.engine.purchases import race
from idic.engine.purchases.histories import Floats

_NODES = 24
# A count beyond this is told as this one: no customer buys on more days, and loops end.
_MOST_PURCHASES = 5_000
_SECANTS = 60
_ROUNDING = 1e-12


class Leaving(Protocol):
    """How customers leave. All of it for customers who are still there now."""

    def expected(self, shape: Floats, rate: Floats, horizons: Floats) -> Floats:
        """Return the expected number of purchases: a row a horizon, a column a customer."""

    def buys(self, shape: Floats, rate: Floats, horizon: Floats) -> Floats:
        """Return the chance of a purchase within the horizon (one a customer)."""

    def exceeds(self, shape: Floats, rate: Floats, horizon: float, counts: Floats) -> Floats:
        """Return the chance of more than `counts` purchases (from 0) within the horizon."""

    def limits(
        self, random: np.random.Generator, rows: NDArray[np.int64], horizon: float
    ) -> tuple[Floats, Floats]:
        """Draw until when each of these customers stays, and after how many purchases they go."""

    def take(self, rows: NDArray[np.int64]) -> Leaving:
        """Return the same for some of the customers."""


@dataclass(frozen=True)
class Outlook:
    """Customers from now on: rates are Gamma(`shape`, `rate`) if they are still there.

    `alive` is the chance of that; one entry a customer who has bought.
    """

    alive: Floats
    shape: Floats
    rate: Floats
    leaving: Leaving

    def expected(self, horizon: float) -> Floats:
        """Return the expected number of purchases within the horizon, in days."""
        return np.asarray(self.expected_by([horizon])[0])

    def expected_by(self, horizons: Sequence[float]) -> Floats:
        """Return the expected number within each horizon: a row a horizon."""
        days = np.array(horizons, dtype=np.float64)
        return self.alive * self.leaving.expected(self.shape, self.rate, days)

    def no_purchase(self, horizon: float) -> Floats:
        """Return the chance of no purchase within the horizon."""
        days = np.full(len(self.alive), float(horizon))
        buys = self.alive * self.leaving.buys(self.shape, self.rate, days)
        return np.clip(1 - buys, 0.0, 1.0)

    def at_most(self, horizon: float, counts: Floats) -> Floats:
        """Return the chance of at most so many purchases (one number a customer) within it."""
        more = self.leaving.exceeds(self.shape, self.rate, horizon, np.maximum(counts, 0.0))
        return np.where(counts >= 0, np.clip(1 - self.alive * more, 0.0, 1.0), 0.0)

    def quantiles(self, horizon: float, ranks: Sequence[float]) -> Floats:
        """Return for each rank the least count whose chance of at most it reaches the rank."""
        none = self.no_purchase(horizon)
        found = np.zeros((len(ranks), len(none)))
        for row, rank in zip(found, ranks, strict=True):
            rows = np.flatnonzero(none < rank - _ROUNDING)
            row[rows] = self.take(rows)._search(horizon, rank)
        return found

    def _search(self, horizon: float, rank: float) -> Floats:
        """Find the quantile of customers for whom it is above 0: outward by doubling, then in."""
        low, high = np.zeros(len(self.alive)), np.ones(len(self.alive))
        rows = np.arange(len(high))
        while len(rows):
            is_enough = self.take(rows).at_most(horizon, high[rows]) >= rank - _ROUNDING
            rows = rows[~is_enough & (high[rows] < _MOST_PURCHASES)]
            low[rows] = high[rows]
            high[rows] *= 2
        rows = np.flatnonzero(high - low > 1)
        while len(rows):
            middle = np.floor((low[rows] + high[rows]) / 2)
            is_enough = self.take(rows).at_most(horizon, middle) >= rank - _ROUNDING
            high[rows], low[rows] = (
                np.where(is_enough, middle, high[rows]),
                np.where(is_enough, low[rows], middle),
            )
            rows = rows[high[rows] - low[rows] > 1]
        return high

    def draw(self, horizon: float, *, random: np.random.Generator) -> Floats:
        """Draw one number of purchases within the horizon for each customer."""
        counts = np.zeros(len(self.alive))
        rows = np.flatnonzero(random.random(len(self.alive)) < self.alive)
        rate = random.gamma(self.shape[rows]) / self.rate[rows]
        days, most = self.leaving.limits(random, rows, horizon)
        # A rate beyond this would be a thousand purchases a day.
        mean = np.minimum(rate * days, 1e3 * max(horizon, 1.0))
        counts[rows] = np.minimum(random.poisson(mean), most)
        return counts

    def waits(self, ranks: Sequence[float], *, farthest: float) -> Floats:
        """Return days to the next purchase, of those who come again within `farthest` days."""
        most = np.full(len(self.alive), float(farthest))
        whole = self.leaving.buys(self.shape, self.rate, most)
        found = [self._wait(rank * whole, farthest) for rank in ranks]
        return np.maximum.accumulate(np.array(found), axis=0)

    def _wait(self, chances: Floats, farthest: float) -> Floats:
        """Return the days within which each buys, if still there, with the chance given.

        Bracketed secant steps (the Illinois rule) in ln(1 + days / rate), in which the chance of a
        purchase is nearly exponential.
        """
        low, high = np.zeros(len(self.alive)), np.log1p(farthest / self.rate)
        below = -chances
        above = self.leaving.buys(self.shape, self.rate, np.full(len(high), farthest)) - chances
        side = np.zeros(len(high))
        for _ in range(_SECANTS):
            share = np.clip(-below / np.maximum(above - below, 1e-300), 0.0, 1.0)
            middle = low + share * (high - low)
            over = self.leaving.buys(self.shape, self.rate, self.rate * np.expm1(middle)) - chances
            is_over = over >= 0
            # Where one end stays twice, its error is halved, so that the other moves as well.
            below = np.where(is_over, np.where(side > 0, below / 2, below), over)
            above = np.where(is_over, over, np.where(side < 0, above / 2, above))
            low, high = np.where(is_over, low, middle), np.where(is_over, middle, high)
            side = np.where(is_over, 1.0, -1.0)
            if float(np.abs(over).max(initial=0.0)) < 1e-9:
                break
        return np.asarray(self.rate * np.expm1(np.where(side > 0, high, low)))

    def take(self, rows: NDArray[np.int64]) -> Outlook:
        """Return the outlook of some of the customers."""
        return Outlook(self.alive[rows], self.shape[rows], self.rate[rows], self.leaving.take(rows))


@dataclass(frozen=True)
class Never:
    """Nobody leaves: NBD."""

    def expected(self, shape: Floats, rate: Floats, horizons: Floats) -> Floats:
        """Return shape · horizon / rate."""
        return np.multiply.outer(horizons, shape / rate)

    def buys(self, shape: Floats, rate: Floats, horizon: Floats) -> Floats:
        """Return 1 − (rate / (rate + t))^shape."""
        return np.asarray(-np.expm1(-shape * np.log1p(horizon / rate)))

    def exceeds(self, shape: Floats, rate: Floats, horizon: float, counts: Floats) -> Floats:
        """Return the upper tail of the negative binomial."""
        return _tail(shape, rate, horizon, counts)

    def limits(
        self, random: np.random.Generator, rows: NDArray[np.int64], horizon: float
    ) -> tuple[Floats, Floats]:
        """Return the horizon and no limit."""
        return np.full(len(rows), float(horizon)), np.full(len(rows), np.inf)

    def take(self, rows: NDArray[np.int64]) -> Never:
        """Return itself."""
        return self


@dataclass(frozen=True)
class AfterPurchase:
    """Each purchase may be the last, with chance p ~ Beta(`a`, `b`); `b` one entry a customer."""

    a: float
    b: Floats

    def expected(self, shape: Floats, rate: Floats, horizons: Floats) -> Floats:
        """Return E[(1 − (1 + p·t / rate)^−shape) / p] over p.

        Gauss–Jacobi quadrature stays exact where the 2F1 of Fader, Hardie & Lee (2005, eq. 10)
        cancels, and at a = 1. Customers with equal b share nodes, with equal rate too the sum.
        """
        order = np.lexsort((rate, shape, self.b))
        b, powers, rates = self.b[order], shape[order], rate[order]
        is_new = np.ones((2, len(order)), dtype=bool)
        is_new[0, 1:] = (b[1:] != b[:-1]) | (powers[1:] != powers[:-1])
        is_new[1, 1:] = is_new[0, 1:] | (rates[1:] != rates[:-1])
        distinct, places = np.flatnonzero(is_new[1]), np.cumsum(is_new[1]) - 1
        values = np.empty((len(horizons), len(distinct)))
        starts = np.flatnonzero(is_new[0][distinct])
        for start, end in zip(starts, [*starts, len(distinct)][1:], strict=True):
            first = distinct[start]
            nodes, weights = beta_nodes(self.a, float(b[first]))
            ratios = np.divide.outer(horizons, rates[distinct[start:end]])
            grown = -np.expm1(-powers[first] * np.log1p(np.multiply.outer(ratios, nodes)))
            values[:, start:end] = (grown / nodes * weights).sum(axis=-1)
        found = np.empty((len(horizons), len(order)))
        found[:, order] = values[:, places]
        return found

    def buys(self, shape: Floats, rate: Floats, horizon: Floats) -> Floats:
        """Return NBD's chance: nobody leaves before the next purchase."""
        return Never().buys(shape, rate, horizon)

    def exceeds(self, shape: Floats, rate: Floats, horizon: float, counts: Floats) -> Floats:
        """Return the chance to stay so often, times that of rates to bring so many (ibid., eq. 8).

        The first is E[(1 − p)^counts]; both are independent for who is still there.
        """
        log_beta = scipy.special.betaln
        stays = np.exp(log_beta(self.a, self.b + counts) - log_beta(self.a, self.b))
        return np.asarray(stays * _tail(shape, rate, horizon, counts))

    def limits(
        self, random: np.random.Generator, rows: NDArray[np.int64], horizon: float
    ) -> tuple[Floats, Floats]:
        """Draw after which purchase each leaves."""
        chance = np.clip(random.beta(self.a, self.b[rows]), 1e-12, 1.0)
        return np.full(len(rows), float(horizon)), random.geometric(chance).astype(np.float64)

    def take(self, rows: NDArray[np.int64]) -> AfterPurchase:
        """Return the same for some of the customers."""
        return AfterPurchase(self.a, self.b[rows])


@dataclass(frozen=True)
class AnyTime:
    """Customers leave at a rate of Gamma(`shape`, `rate`), whether they buy or not."""

    shape: float
    rate: Floats

    def expected(self, shape: Floats, rate: Floats, horizons: Floats) -> Floats:
        """Return the rate times the time expected until leaving or the horizon.

        Schmittlein, Morrison & Colombo (1987): (β/(s−1))·(1 − (β/(β+t))^(s−1)), here through
        (e^u − 1)/u, which holds at s = 1 too.
        """
        grown = np.log1p(np.divide.outer(horizons, self.rate))
        stays = self.rate * grown * scipy.special.exprel(-(self.shape - 1) * grown)
        return np.asarray(shape / rate * stays)

    def buys(self, shape: Floats, rate: Floats, horizon: Floats) -> Floats:
        """Return P(purchase first) less P(both still to come at the horizon, purchase first)."""
        now = self._first(shape, rate, np.zeros(len(rate)))
        still = np.exp(
            -shape * np.log1p(horizon / rate) - self.shape * np.log1p(horizon / self.rate)
        )
        return np.asarray(np.maximum(now - still * self._first(shape, rate, horizon), 0.0))

    def exceeds(self, shape: Floats, rate: Floats, horizon: float, counts: Floats) -> Floats:
        """Return NBD's tail over the time until leaving, by Gauss–Legendre quadrature."""
        leaves = np.log1p(horizon / self.rate)
        chance = _tail(shape, rate, horizon, counts) * np.exp(-self.shape * leaves)
        points, weights = _legendre()
        for point, weight in zip(points, weights, strict=True):
            # In the logarithm of the time, in which the density of leaving is e^(−s·u).
            after = self.rate * np.expm1(leaves * point)
            density = self.shape * leaves * np.exp(-self.shape * leaves * point)
            chance = chance + weight * density * _tail(shape, rate, after, counts)
        return np.asarray(chance)

    def limits(
        self, random: np.random.Generator, rows: NDArray[np.int64], horizon: float
    ) -> tuple[Floats, Floats]:
        """Draw until when each stays."""
        leave = np.maximum(random.gamma(self.shape, size=len(rows)) / self.rate[rows], 1e-300)
        stays = np.minimum(random.exponential(size=len(rows)) / leave, horizon)
        return stays, np.full(len(rows), np.inf)

    def take(self, rows: NDArray[np.int64]) -> AnyTime:
        """Return the same for some of the customers."""
        return AnyTime(self.shape, self.rate[rows])

    def _first(self, shape: Floats, rate: Floats, days: Floats) -> Floats:
        """Return the chance that the next purchase comes before leaving, `days` from now."""
        found = race.log_chance(
            shape=shape,
            rate=rate + days,
            other_shape=np.full(len(shape), self.shape),
            other_rate=self.rate + days,
        )
        return np.asarray(np.exp(found))


def _tail(shape: Floats, rate: Floats, horizon: float | Floats, counts: Floats) -> Floats:
    """Return the chance of more than `counts` purchases in the time; rates are Gamma."""
    return np.asarray(scipy.special.betainc(counts + 1, shape, horizon / (rate + horizon)))


@cache
def _legendre() -> tuple[list[float], list[float]]:
    """Return nodes and weights on 0 to 1."""
    points, weights = np.polynomial.legendre.leggauss(_NODES)
    return ((1 + points) / 2).tolist(), (weights / 2).tolist()


def beta_nodes(a: float, b: float) -> tuple[Floats, Floats]:
    """Nodes and weights that integrate smooth functions over Beta(a, b) (Golub & Welsch 1969)."""
    n = np.arange(1, _NODES)
    up, down = b - 1.0, a - 1.0
    total = 2 * n + up + down
    diagonal = np.empty(_NODES)
    diagonal[0] = (down - up) / (up + down + 2)
    diagonal[1:] = (down**2 - up**2) / (total * (total + 2))
    side = 4 * n * (n + up) * (n + down) * (n + up + down)
    # At n = 1 the last two factors cancel; written out they are 0/0 when a + b is 1.
    squares = np.append(
        4 * (1 + up) * (1 + down) / (total[0] ** 2 * (total[0] + 1)),
        (side / (total**2 * (total + 1) * np.where(n == 1, 1.0, total - 1)))[1:],
    )
    matrix = np.diag(diagonal) + np.diag(np.sqrt(squares), 1) + np.diag(np.sqrt(squares), -1)
    points, vectors = np.linalg.eigh(matrix)
    return np.clip((1 + points) / 2, 1e-300, 1.0), vectors[0] ** 2
