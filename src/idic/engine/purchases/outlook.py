"""What is known of each customer from now on, and all that follows from it.

Every purchase model ends in an `Outlook`: whether the customer is still there, at what rate they
buy then, and how they may leave. Forecasts, chances, quantiles and draws are the same for all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import scipy
from numpy.typing import NDArray

from idic.engine.purchases import race
from idic.engine.purchases.histories import Floats

_NODES = 24
# A count beyond this is told as this one: no customer buys on more days, and loops end.
_MOST_PURCHASES = 5_000
_BISECTIONS = 60


class Leaving(Protocol):
    """How customers leave. All of it for customers who are still there now."""

    def expected(self, shape: Floats, rate: Floats, horizon: float) -> Floats:
        """Return the expected number of purchases within the horizon."""

    def buys(self, shape: Floats, rate: Floats, horizon: Floats) -> Floats:
        """Return the chance of a purchase within the horizon (one a customer)."""

    def probability(self, shape: Floats, rate: Floats, horizon: float, count: int) -> Floats:
        """Return the chance of exactly `count` purchases within the horizon."""

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
        return self.alive * self.leaving.expected(self.shape, self.rate, horizon)

    def no_purchase(self, horizon: float) -> Floats:
        """Return the chance of no purchase within the horizon."""
        days = np.full(len(self.alive), float(horizon))
        buys = self.alive * self.leaving.buys(self.shape, self.rate, days)
        return np.clip(1 - buys, 0.0, 1.0)

    def at_most(self, horizon: float, counts: Floats) -> Floats:
        """Return the chance of at most so many purchases (one number a customer) within it."""
        total = np.where(counts >= 0, 1 - self.alive, 0.0)
        for count in range(min(int(counts.max(initial=-1.0)), _MOST_PURCHASES) + 1):
            rows = np.flatnonzero(counts >= count)
            some = self.take(rows)
            chance = some.leaving.probability(some.shape, some.rate, horizon, count)
            total[rows] += some.alive * chance
        return np.clip(total, 0.0, 1.0)

    def quantiles(self, horizon: float, ranks: Sequence[float]) -> Floats:
        """Return for each rank the least count whose chance of at most it reaches the rank."""
        found = np.zeros((len(ranks), len(self.alive)))
        open_ = [np.arange(len(self.alive)) for _ in ranks]
        rows, total = np.arange(len(self.alive)), 1 - self.alive
        for count in range(_MOST_PURCHASES + 1):
            some = self.take(rows)
            chance = some.leaving.probability(some.shape, some.rate, horizon, count)
            total = total.copy()
            total[rows] += some.alive * chance
            for place, rank in enumerate(ranks):
                left = open_[place]
                open_[place] = left[total[left] < rank - 1e-12]
                found[place, open_[place]] = count + 1
            rows = open_[int(np.argmax(ranks))]
            if not len(rows):
                break
        return found

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
        days = np.full(len(self.alive), float(farthest))
        whole = self.leaving.buys(self.shape, self.rate, days)
        found = []
        for rank in ranks:
            low, high = np.zeros(len(days)), days.copy()
            for _ in range(_BISECTIONS):
                middle = (low + high) / 2
                is_below = self.leaving.buys(self.shape, self.rate, middle) < rank * whole
                low, high = np.where(is_below, middle, low), np.where(is_below, high, middle)
            found.append((low + high) / 2)
        return np.array(found)

    def take(self, rows: NDArray[np.int64]) -> Outlook:
        """Return the outlook of some of the customers."""
        return Outlook(self.alive[rows], self.shape[rows], self.rate[rows], self.leaving.take(rows))


@dataclass(frozen=True)
class Never:
    """Nobody leaves: NBD."""

    def expected(self, shape: Floats, rate: Floats, horizon: float) -> Floats:
        """Return shape · horizon / rate."""
        return shape * horizon / rate

    def buys(self, shape: Floats, rate: Floats, horizon: Floats) -> Floats:
        """Return 1 − (rate / (rate + t))^shape."""
        return np.asarray(-np.expm1(-shape * np.log1p(horizon / rate)))

    def probability(self, shape: Floats, rate: Floats, horizon: float, count: int) -> Floats:
        """Return the negative binomial chance."""
        return _negative_binomial(shape, rate, horizon, count)

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

    def expected(self, shape: Floats, rate: Floats, horizon: float) -> Floats:
        """Return E[(1 − (1 + p·t / rate)^−shape) / p] over p.

        Gauss–Jacobi quadrature stays exact where the 2F1 of Fader, Hardie & Lee (2005, eq. 10)
        cancels, and at a = 1. Customers with equal b share nodes, with equal rate too the sum.
        """
        found = np.empty(len(shape))
        order = np.lexsort((rate, shape, self.b))
        keys = np.stack([self.b[order], shape[order], rate[order]])
        is_new = np.ones((2, len(order)), dtype=bool)
        is_new[0, 1:] = (keys[:2, 1:] != keys[:2, :-1]).any(axis=0)
        is_new[1, 1:] = is_new[0, 1:] | (keys[2, 1:] != keys[2, :-1])
        distinct, places = np.flatnonzero(is_new[1]), np.cumsum(is_new[1]) - 1
        ratio = horizon / keys[2, distinct]
        values = np.empty(len(distinct))
        starts = np.flatnonzero(is_new[0][distinct])
        for start, end in zip(starts, [*starts, len(distinct)][1:], strict=True):
            nodes, weights = beta_nodes(self.a, float(keys[0, distinct[start]]))
            powers = -keys[1, distinct[start]] * np.log1p(np.outer(ratio[start:end], nodes))
            values[start:end] = ((-np.expm1(powers) / nodes) * weights).sum(axis=1)
        found[order] = values[places]
        return found

    def buys(self, shape: Floats, rate: Floats, horizon: Floats) -> Floats:
        """Return NBD's chance: nobody leaves before the next purchase."""
        return Never().buys(shape, rate, horizon)

    def probability(self, shape: Floats, rate: Floats, horizon: float, count: int) -> Floats:
        """Return B(a, b+k)/B(a, b)·NBD(k) + B(a+1, b+k−1)/B(a, b)·P(NBD ≥ k) (ibid., eq. 8)."""
        log_beta = scipy.special.betaln
        base = log_beta(self.a, self.b)
        stays = np.exp(log_beta(self.a, self.b + count) - base)
        chance = stays * _negative_binomial(shape, rate, horizon, count)
        if count:
            leaves = np.exp(log_beta(self.a + 1, self.b + count - 1) - base)
            chance += leaves * scipy.special.betainc(count, shape, horizon / (rate + horizon))
        return np.asarray(chance)

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

    def expected(self, shape: Floats, rate: Floats, horizon: float) -> Floats:
        """Return the rate times the time expected until leaving or the horizon.

        Schmittlein, Morrison & Colombo (1987): (β/(s−1))·(1 − (β/(β+t))^(s−1)), here through
        (e^u − 1)/u, which holds at s = 1 too.
        """
        grown = np.log1p(horizon / self.rate)
        stays = self.rate * grown * scipy.special.exprel(-(self.shape - 1) * grown)
        return np.asarray(shape / rate * stays)

    def buys(self, shape: Floats, rate: Floats, horizon: Floats) -> Floats:
        """Return P(purchase first) less P(both still to come at the horizon, purchase first)."""
        now = self._first(shape, rate, np.zeros(len(rate)))
        still = np.exp(
            -shape * np.log1p(horizon / rate) - self.shape * np.log1p(horizon / self.rate)
        )
        return np.asarray(np.maximum(now - still * self._first(shape, rate, horizon), 0.0))

    def probability(self, shape: Floats, rate: Floats, horizon: float, count: int) -> Floats:
        """Return NBD's chance over the time until leaving, by Gauss–Legendre quadrature."""
        leaves = np.log1p(horizon / self.rate)
        chance = _negative_binomial(shape, rate, horizon, count) * np.exp(-self.shape * leaves)
        points, weights = np.polynomial.legendre.leggauss(_NODES)
        for point, weight in zip((1 + points) / 2, weights / 2, strict=True):
            # In the logarithm of the time, in which the density of leaving is e^(−s·u).
            after = self.rate * np.expm1(leaves * point)
            density = self.shape * leaves * np.exp(-self.shape * leaves * point)
            chance = chance + weight * density * _negative_binomial(shape, rate, after, count)
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


def _negative_binomial(shape: Floats, rate: Floats, horizon: float | Floats, count: int) -> Floats:
    """Return the chance of `count` purchases in the time, of rates Gamma(shape, rate)."""
    special = scipy.special
    ratio = horizon / rate
    chance = -(shape + count) * np.log1p(ratio)
    if count:
        chance = chance + special.gammaln(shape + count) - special.gammaln(shape)
        chance = chance - special.gammaln(count + 1.0)
        chance = chance + count * np.log(np.maximum(ratio, 1e-300))
    return np.asarray(np.exp(chance))


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
