"""Scales: round steps for an axis, and the way from a value to a place."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """Maps values between `low` and `high` to places between `start` and `end`."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Give the place of a value; without a span everything lies at the start."""
        span = self.high - self.low
        if not span:
            return self.start
        return self.start + (value - self.low) / span * (self.end - self.start)


def nice_step(span: float, *, steps: int) -> float:
    """Give the 1, 2, 2.5 or 5 times a power of ten that cuts a span into about so many steps."""
    raw = span / max(1, steps)
    # Below the smallest normal float a logarithm has nothing to say.
    if raw < sys.float_info.min or not math.isfinite(raw):
        return 1.0
    power = 10.0 ** math.floor(math.log10(raw))
    return next(power * m for m in (1, 2, 2.5, 5, 10) if power * m >= raw * 0.999)


def ticks(low: float, high: float, *, steps: int = 4) -> list[float]:
    """Give round values from at or below `low` to at or above `high`."""
    step = nice_step(high - low, steps=steps)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(i * step, 10) for i in range(first, max(last, first + 1) + 1)]


def extent(values: Sequence[float | None]) -> tuple[float, float]:
    """Give the least and the greatest, with zero always inside: our axes start at zero."""
    known = [value for value in values if value is not None and math.isfinite(value)]
    return min([0.0, *known]), max([0.0, *known])
