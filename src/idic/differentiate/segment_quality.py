"""Whether a criterion separates what it is used to separate: how much of the value that is expected
lies in a segment, against as many people drawn at random and against as many chosen by that value
itself; and whether its people stay and answer more than the others. Pure numbers.

Built against one error above all: sorting companies by their size and taking that for their worth.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.int64]
Mask = NDArray[np.bool_]

# Fixed before anything was measured. Fewer people, or nearly everybody: nothing can be said.
FEWEST, LARGEST_SHARE = 30, 0.9
# Below this share of the way from chance to the best choice, a criterion is called weak.
WEAK = 0.25
_SURE = 1.645  # one in twenty draws lies above


@dataclass(frozen=True)
class Rate:
    """A share among the people of a segment and among the others, both 0 to 1, and whether they
    differ by more than chance (one in twenty).
    """

    inside: float
    outside: float
    is_apart: bool


@dataclass(frozen=True)
class Quality:
    """What a segment's criterion separates. Shares are of the value expected of all `everybody`;
    amounts are minor units over the next twelve months.
    """

    people: int
    everybody: int
    people_share: float
    value_share: float
    chance_share: float  # what a random choice of as many seldom exceeds
    best_share: float  # what as many chosen by their expected value hold
    separation: float  # 0: as chance, 1: as the best choice; below 0: worse than chance
    level: str  # "none", "weak", "good"; empty: too few or too many people to tell
    wasted_count: int  # inside, though others who are left out are worth more
    missed_count: int  # as many, left out though worth more
    wasted_amount: int  # what is expected of those inside who would not be chosen by value
    missed_amount: int  # what is expected of those left out who would be
    cut_amount: int  # what the least of as many chosen by value is worth
    among: str  # "companies" where only companies are in it, else "customers"
    retention: Rate | None = None
    response: Rate | None = None

    def as_plain(self) -> dict[str, Any]:
        """Give it as plain values for a JSON column."""
        return asdict(self)


def judge(
    *,
    inside: Mask,
    expected: Values,
    risk: Values | None = None,
    is_company: Mask | None = None,
    responded: Mask | None = None,
) -> Quality | None:
    """Judge a criterion over everybody of whom something is expected (`expected` ≥ 0, minor units;
    below: not known). `risk` is the chance of leaving in millionths, below 0 where not known. None
    where there is nothing to compare: nobody, or no value at all.
    """
    base = expected >= 0
    among = "customers"
    members = inside & base
    if is_company is not None and members.any() and is_company[members].all():
        base, among = base & is_company, "companies"
    chosen, value = inside[base], expected[base].astype(np.float64)
    total, size, number = float(value.sum()), len(value), int(chosen.sum())
    if number == 0 or total <= 0:
        return None
    share = number / size
    swap = _swapped(value, chosen)
    held = float(value[chosen].sum())
    best = held - swap.wasted + swap.missed
    room = best / total - share
    separation = (held / total - share) / room if room > 1e-12 else 0.0
    chance = share + _SURE * _spread(value, number) / total
    return Quality(
        people=number,
        everybody=size,
        people_share=share,
        value_share=held / total,
        chance_share=min(chance, 1.0),
        best_share=best / total,
        separation=separation,
        level=_level(number, size, separation, held / total, chance),
        wasted_count=swap.count,
        missed_count=swap.count,
        wasted_amount=int(swap.wasted),
        missed_amount=int(swap.missed),
        cut_amount=int(swap.cut),
        among=among,
        retention=None if risk is None else _retention(inside[base], risk[base]),
        response=None if responded is None else _rate(chosen, responded[base]),
    )


@dataclass(frozen=True)
class _Swap:
    """Who is inside without belonging among the best of that number, and as many outside who do;
    of those worth the same, those inside are taken first.
    """

    count: int
    wasted: float
    missed: float
    cut: float


def _swapped(value: NDArray[np.float64], chosen: Mask) -> _Swap:
    """Find them by the value of the last of the best: a hundred segments of a million are judged
    in a refresh, and sorting takes ten times as long.
    """
    number = int(chosen.sum())
    cut = float(np.partition(value, len(value) - number)[len(value) - number])
    inside, outside = value[chosen], value[~chosen]
    low, high = inside[inside < cut], outside[outside > cut]
    # At the cut there is room for so many; those inside come first.
    room = number - int((value > cut).sum())
    there = int((inside == cut).sum())
    return _Swap(
        count=len(low) + max(there - room, 0),
        wasted=float(low.sum()) + cut * max(there - room, 0),
        missed=float(high.sum()) + cut * max(room - there, 0),
        cut=cut,
    )


def _spread(value: NDArray[np.float64], number: int) -> float:
    """Give how far the sum of so many drawn at random, without returning any, spreads."""
    size = len(value)
    if size < 2:
        return 0.0
    return float(np.sqrt(number * value.var(ddof=1) * (1 - number / size)))


def _level(number: int, size: int, separation: float, share: float, chance: float) -> str:
    if number < FEWEST or number > LARGEST_SHARE * size:
        return ""
    if share <= chance:
        return "none"
    return "weak" if separation < WEAK else "good"


def _retention(chosen: Mask, risk: Values) -> Rate | None:
    known = risk >= 0
    inside, outside = chosen & known, ~chosen & known
    if not inside.any() or not outside.any():
        return None
    stays = 1 - risk / 1_000_000
    spread = np.sqrt(_error(stays[inside]) + _error(stays[outside]))
    gap = stays[inside].mean() - stays[outside].mean()
    return Rate(
        float(stays[inside].mean()), float(stays[outside].mean()), bool(abs(gap) > _SURE * spread)
    )


def _error(values: NDArray[np.float64]) -> float:
    return float(values.var() / len(values))


def _rate(chosen: Mask, happened: Mask) -> Rate | None:
    if not chosen.any() or chosen.all():
        return None
    inside, outside = float(happened[chosen].mean()), float(happened[~chosen].mean())
    error = inside * (1 - inside) / chosen.sum() + outside * (1 - outside) / (~chosen).sum()
    return Rate(inside, outside, bool(abs(inside - outside) > _SURE * np.sqrt(error)))
