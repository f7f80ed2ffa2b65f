"""What the campaigns of a year brought together: sums with how sure they are, and the one scale
on which every station's whisker is drawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import hypot

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from idic.core.charts import whisker
from idic.core.charts.frame import element, group, text
from idic.core.charts.scales import Scale, nice_step
from idic.core.templatetags import ui
from idic.web.home.reading import Launch

WIDTH = 240
_EDGE = 8  # as `core.charts.whisker` has it


@dataclass(frozen=True, slots=True)
class Range:
    """A sum and the ends it very likely lies between."""

    value: float
    low: float
    high: float

    @property
    def is_proven(self) -> bool:
        """Whether nothing at all lies outside."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True)
class Worth:
    """What some campaigns brought: in money, and in people who bought because of them."""

    money: Range
    buyers: Range
    campaigns: int
    people: int
    bought: int


def add_up(launches: Iterable[Launch]) -> Worth | None:
    """Add up the campaigns whose answer stands; None where there is none yet.

    Each has a control group of its own, so their errors are independent: the sum's error is the
    root of the sum of squares, on each side for itself.
    """
    effects = [launch.line.effect for launch in launches if launch.is_final]
    found = [effect for effect in effects if effect is not None]
    if not found:
        return None
    amounts = [
        (e.incremental_amount, e.incremental_amount_low, e.incremental_amount_high) for e in found
    ]
    buyers = [
        (e.incremental_conversions, e.conversion.low * size, e.conversion.high * size)
        for e in found
        for size in [e.treatment.customers]
    ]
    return Worth(
        money=_sum(amounts),
        buyers=_sum(buyers),
        campaigns=len(found),
        people=sum(e.treatment.customers for e in found),
        bought=sum(e.treatment.converted for e in found),
    )


def _sum(parts: Sequence[tuple[float, float, float]]) -> Range:
    value = sum(part[0] for part in parts)
    below = hypot(*(middle - low for middle, low, _high in parts))
    above = hypot(*(high - middle for middle, _low, high in parts))
    return Range(value, value - below, value + above)


@dataclass(frozen=True, slots=True)
class Axis:
    """The scale of the rail: from the least to the greatest of all stations, zero inside."""

    low: float
    high: float
    marks: tuple[float, ...]
    currency: str

    def draw_head(self) -> SafeString:
        """Draw the words above the rail."""
        scale, write = self._scale, ui.money_writer(*self.marks, currency=self.currency)
        words = [
            text(
                write(mark) if mark else "0",
                x=scale.at(mark),
                y=11,
                anchor="middle",
            )
            for mark in self.marks
        ]
        return element("svg", group(words), class_="chart", viewBox=f"0 0 {WIDTH} 14")

    def draw_lines(self) -> SafeString:
        """Draw the lines behind one station's whisker, as high as its row."""
        scale = self._scale
        paths = [
            element("path", class_="grid" if mark else "zero", d=f"M{scale.at(mark):.1f} 0V10")
            for mark in self.marks
        ]
        return element(
            "svg",
            group(paths),
            class_="chart lines-y",
            viewBox=f"0 0 {WIDTH} 10",
            preserveAspectRatio="none",
            aria_hidden="true",
        )

    def draw(self, found: Range) -> SafeString:
        """Draw one station's whisker; unproven, it is hollow and grey."""
        return whisker(
            value=found.value,
            low=found.low,
            high=found.high,
            scale_low=self.low,
            scale_high=self.high,
            write=ui.money_writer(found.value, found.low, found.high, currency=self.currency),
            is_proven=found.is_proven,
            width=WIDTH,
        )

    @property
    def _scale(self) -> Scale:
        return Scale(self.low, self.high, _EDGE, WIDTH - _EDGE)


def build_axis(ranges: Sequence[Range], *, currency: str) -> Axis | None:
    """Find the scale that holds every interval, with three or four round marks on it."""
    if not ranges:
        return None
    low = min(0.0, *(found.low for found in ranges))
    high = max(0.0, *(found.high for found in ranges))
    span = high - low or 1.0
    step = nice_step(span, steps=3)
    low, high = low - span * 0.1, high + span * 0.1
    count = range(int(low // step), int(high // step) + 2)
    marks = tuple(place * step for place in count if low <= place * step <= high)
    return Axis(low, high, marks, currency)


def say_range(found: Range, *, currency: str) -> str:
    """Say between which amounts a sum very likely lies."""
    ends = ui.money_between(found.low, found.high, found.value, currency)
    return _("from %(low)s to %(high)s") % ends
