"""Which of two waits ends first, when both have Gamma-distributed rates: the 2F1 of Pareto/NBD.

One special function with its derivatives, by a continued fraction that never cancels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Depths of the continued fraction, shallow for most customers: the relative error is below 1e-12
# where the rates' scales are within ten times of each other, 1e-9 within a thousand times, and 1e-4
# within ten thousand (see the tests); beyond, the deepest is what there is.
_DEPTHS = np.array([8, 16, 32, 64, 128, 256, 512])
_DIGITS = 18.0
_FEW = 300


@dataclass(frozen=True)
class Race:
    """ln P(first before second) and its derivatives by ln of the four parameters."""

    log_chance: Floats
    d_shape: Floats
    d_rate: Floats
    d_other_shape: Floats
    d_other_rate: Floats


def run(*, shape: Floats, rate: Floats, other_shape: Floats, other_rate: Floats) -> Race:
    """Return ln P(V < W) for V ~ Exp(v), v ~ Gamma(shape, rate), and W ~ Exp(w) likewise.

    All arguments above zero, of one length. With p = other_shape, q = shape, m = p + q and
    z = 1 − rate / other_rate

        P(V < W) = q/m · 2F1(1, p; m + 1; z)

    which follows from the 2F1 of Pareto/NBD by Euler's transformation (DLMF 15.8.1). For z < 1 the
    continued fraction of Gauss (DLMF 15.7.5) has positive terms only for z < 0, and for 0 < z < 1
    differences from 1 of numbers below z: nothing cancels, nothing overflows, every convergent is
    above zero. The part cut off is taken as periodic, as its terms are in the limit. Derivatives
    are carried along exactly (forward mode).

    >>> one, two = np.array([1.0]), np.array([2.0])
    >>> float(np.exp(run(shape=two, rate=one, other_shape=two, other_rate=one).log_chance[0]))
    0.5
    """
    z = 1 - rate / other_rate
    value, d_p, d_q, d_z = fraction(other_shape, shape, z)
    total = shape + other_shape
    slope = (1 - z) * d_z / value
    return Race(
        log_chance=np.log(shape / total) + np.log(value),
        d_shape=1 - shape / total + shape * d_q / value,
        d_rate=-slope,
        d_other_shape=-other_shape / total + other_shape * d_p / value,
        d_other_rate=slope,
    )


def log_chance(*, shape: Floats, rate: Floats, other_shape: Floats, other_rate: Floats) -> Floats:
    """Return ln P(V < W) alone (see `run`)."""
    z = 1 - rate / other_rate
    value = np.empty(len(z))
    depths = _depths(z)
    for depth in np.unique(depths):
        rows = np.flatnonzero(depths == depth)
        value[rows] = _climb(other_shape[rows], shape[rows], z[rows], int(depth))
    return np.asarray(np.log(shape / (shape + other_shape)) + np.log(value))


def fraction(p: Floats, q: Floats, z: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Return 2F1(1, p; p + q + 1; z) and its derivatives by p, q and z; p, q above 0, z below 1."""
    found = np.empty((4, len(z)))
    depths = _depths(z)
    for depth in np.unique(depths):
        rows = np.flatnonzero(depths == depth)
        found[:, rows] = _climb_with_slopes(p[rows], q[rows], z[rows], int(depth))
    return found[0], found[1], found[2], found[3]


def _depths(z: Floats) -> NDArray[np.int64]:
    root = np.sqrt(np.maximum(1 - z, 0.0))
    shrinks = np.maximum(np.abs((1 - root) / (1 + root)), 1e-9)
    needed = _DIGITS / np.maximum(-np.log(shrinks), 1e-9)
    place = np.minimum(np.searchsorted(_DEPTHS, needed), len(_DEPTHS) - 1)
    if len(z) < _FEW:
        # One deep pass over few numbers takes less time than several passes.
        place = np.full(len(z), place.max(initial=0))
    return np.asarray(_DEPTHS[place], dtype=np.int64)


def _climb(p: Floats, q: Floats, z: Floats, depth: int) -> Floats:
    """Evaluate the fraction from its deepest term up."""
    terms, _, _, places = _terms_at(p, q, depth)
    value = _tail(terms[depth][places], terms[depth + 1][places], z)
    for level in range(depth - 1, -1, -1):
        value = 1 / (1 - terms[level][places] * z * value)
    return value


def _climb_with_slopes(p: Floats, q: Floats, z: Floats, depth: int) -> Floats:
    """Evaluate the fraction and its derivatives from its deepest term up."""
    *terms, places = _terms_at(p, q, depth)
    value = _tail(terms[0][depth][places], terms[0][depth + 1][places], z)
    d_p, d_q, d_z = np.zeros(len(z)), np.zeros(len(z)), np.zeros(len(z))
    for level in range(depth - 1, -1, -1):
        k, k_p, k_q = terms[0][level][places], terms[1][level][places], terms[2][level][places]
        product = k * value
        inner = k * z
        value_above = 1 / (1 - z * product)
        square = value_above * value_above
        d_p = square * (z * (k_p * value) + inner * d_p)
        d_q = square * (z * (k_q * value) + inner * d_q)
        d_z = square * (product + inner * d_z)
        value = value_above
    return np.stack([value, d_p, d_q, d_z])


def _terms_at(p: Floats, q: Floats, depth: int) -> tuple[Floats, Floats, Floats, NDArray[np.int64]]:
    """Return the terms (see `_terms`) of each distinct pair of shapes, and whose they are.

    Terms depend on the shapes alone, and many customers share these.
    """
    (p_values, p_places), (q_values, q_places) = (
        np.unique(part, return_inverse=True) for part in (p, q)
    )
    keys, places = np.unique(p_places * len(q_values) + q_places, return_inverse=True)
    terms = _terms(p_values[keys // len(q_values)], q_values[keys % len(q_values)], depth)
    return *terms, places


def _terms(p: Floats, q: Floats, depth: int) -> tuple[Floats, Floats, Floats]:
    """Return the coefficients k₁ … of the fraction, and their derivatives by p and q."""
    level = np.arange(depth + 2)[:, None]
    n = (level + 1) // 2
    is_odd = level % 2 == 0  # k₁, k₃, …
    m = p + q
    first, second = np.where(is_odd, p + n, n), np.where(is_odd, m + n, q + n)
    below = m + 2 * n + np.where(is_odd, 0, -1)
    k = first * second / (below * (below + 1))
    shrinks = -1 / below - 1 / (below + 1)
    k_p = k * (shrinks + np.where(is_odd, 1 / first + 1 / second, 0.0))
    k_q = k * (shrinks + 1 / second)
    return k, k_p, k_q


def _tail(odd: Floats, even: Floats, z: Floats) -> Floats:
    """Return the value of the fraction whose terms go on as odd, even, odd, … for ever."""
    b = 1 + (even - odd) * z
    return np.asarray(2 / (b + np.sqrt(np.maximum(b * b - 4 * even * z, 0.0))))
