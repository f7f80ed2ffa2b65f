"""Lines over periods: what we did in blue, the control group in grey, named at their ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from idic.core.charts.bars import _label_every
from idic.core.charts.frame import (
    NARROW,
    Drawing,
    Table,
    Write,
    element,
    figure,
    group,
    plain,
    text,
    word_width,
)
from idic.core.charts.hatch import hatched
from idic.core.charts.scales import Scale, extent, ticks
from idic.core.templatetags import ui

_HEIGHT = 224
_TOP, _BOTTOM = 16.0, 190.0
_APART = 16.0


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `kind`: t what we did, c control group. A missing value leaves a gap."""

    label: str
    values: Sequence[float | None]
    kind: str = "t"


@dataclass(frozen=True, slots=True)
class _Plot:
    """Where things lie in one drawing."""

    x: Scale
    y: Scale
    width: int

    def point(self, i: int, value: float) -> tuple[float, float]:
        return self.x.at(i), self.y.at(value)


def lines(
    *,
    title: str,
    series: Sequence[Line],
    periods: Sequence[str],
    write: Write,
    name: str,
    is_last_incomplete: bool = False,
    is_broad: bool = False,
    note: str = "",
    csv_url: str = "",
) -> SafeString:
    """Draw lines from zero over `periods`. With one blue and one grey line the difference between
    them is tinted. A last period that is not over is hatched and its stretch dotted.
    """

    def draw(width: int) -> Drawing:
        return _draw(series, periods, write, width=width, is_incomplete=is_last_incomplete)

    return figure(
        title=title,
        label=_spoken(series, periods, write),
        draw=draw,
        table=Table(
            [name, *(line.label for line in series)],
            [
                [period, *(_cell(line.values[i], write) for line in series)]
                for i, period in enumerate(periods)
            ],
        ),
        note=note or (_("The last period is not over yet.") if is_last_incomplete else ""),
        csv_url=csv_url,
        is_broad=is_broad,
    )


def _cell(value: float | None, write: Write) -> str:
    return "–" if value is None else write(value)


def _spoken(series: Sequence[Line], periods: Sequence[str], write: Write) -> str:
    parts = []
    for line in series:
        known = [(i, value) for i, value in enumerate(line.values) if value is not None]
        if known:
            (first, start), (last, end) = known[0], known[-1]
            ends = (f"{periods[first]} {write(start)}", f"{periods[last]} {write(end)}")
            parts.append(ui.labelled(line.label, ui.clauses(ends)))
    return ui.sentences(parts)


def _draw(
    series: Sequence[Line],
    periods: Sequence[str],
    write: Write,
    *,
    width: int,
    is_incomplete: bool,
) -> Drawing:
    low, high = extent([value for line in series for value in line.values])
    marks = ticks(low, high, steps=4)
    left = max(word_width(write(mark)) for mark in marks) + 10
    inside = width <= NARROW and len(series) <= 2
    room = 8.0 if inside else max((word_width(line.label) for line in series), default=0) + 18
    last = max(1, len(periods) - 1)
    plot = _Plot(
        Scale(0, last, left + 6, width - min(room, width * 0.4)),
        Scale(marks[0], marks[-1], _BOTTOM, _TOP),
        width,
    )
    parts = _grid(plot, marks, write, left=left)
    if is_incomplete and len(periods) > 1:
        start, end = plot.x.at(last - 1), plot.x.at(last)
        parts.append(hatched(x=start, y=_TOP, width=end - start, height=_BOTTOM - _TOP))
    parts += _band(series, plot, is_incomplete=is_incomplete)
    for line in sorted(series, key=lambda line: line.kind == "t"):
        parts += _strokes(line, plot, is_incomplete=is_incomplete)
    parts += _names(series, plot, inside=inside, is_incomplete=is_incomplete)
    parts += _periods(periods, plot)
    return Drawing(width, _HEIGHT, group(parts))


def _grid(plot: _Plot, marks: Sequence[float], write: Write, *, left: float) -> list[SafeString]:
    parts = []
    for mark in marks:
        y = plot.y.at(mark)
        kind = "zero" if mark == 0 else "grid"
        parts.append(
            element("path", class_=kind, d=f"M{plain(left)} {plain(y)}H{plain(plot.x.end)}")
        )
        parts.append(text(write(mark), x=left - 8, y=y + 4, anchor="end"))
    return parts


def _stretches(line: Line, plot: _Plot) -> list[list[tuple[float, float]]]:
    """Cut a line where a value is missing."""
    found: list[list[tuple[float, float]]] = [[]]
    for i, value in enumerate(line.values):
        if value is None:
            found.append([])
        else:
            found[-1].append(plot.point(i, value))
    return [stretch for stretch in found if stretch]


def _path(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{plain(x)},{plain(y)}" for x, y in points)


def _strokes(line: Line, plot: _Plot, *, is_incomplete: bool) -> list[SafeString]:
    kind = line.kind if line.kind in "tc" else "t"
    parts = []
    stretches = _stretches(line, plot)
    for n, stretch in enumerate(stretches):
        is_open = is_incomplete and n == len(stretches) - 1 and len(stretch) > 1
        solid = stretch[:-1] if is_open else stretch
        parts.append(element("polyline", class_=kind, points=_path(solid)))
        if is_open:
            parts.append(element("polyline", class_=f"{kind} part", points=_path(stretch[-2:])))
        x, y = solid[-1]
        if n == len(stretches) - 1:
            parts.append(element("circle", class_=f"dot-{kind}", cx=x, cy=y, r=4))
    return parts


def _band(series: Sequence[Line], plot: _Plot, *, is_incomplete: bool) -> list[SafeString]:
    ours = [line for line in series if line.kind == "t"]
    control = [line for line in series if line.kind == "c"]
    if len(ours) != 1 or len(control) != 1 or None in ours[0].values or None in control[0].values:
        return []
    upper, lower = _stretches(ours[0], plot)[0], _stretches(control[0], plot)[0]
    if is_incomplete:
        upper, lower = upper[:-1], lower[:-1]
    return [element("polygon", class_="band", points=_path([*upper, *reversed(lower)]))]


def _names(
    series: Sequence[Line], plot: _Plot, *, inside: bool, is_incomplete: bool
) -> list[SafeString]:
    """Name each line at its end; names that would touch are set apart."""
    ends = []
    for line in series:
        points = [point for stretch in _stretches(line, plot) for point in stretch]
        if points:
            # Inside the drawing a name keeps clear of the hatching.
            back = 1 if inside and is_incomplete and len(points) > 1 else 0
            ends.append((points[: len(points) - back], line))
    ends.sort(key=lambda end: end[0][-1][1])
    parts = []
    floor = float("-inf")
    for n, (points, line) in enumerate(ends):
        x, y = points[-1]
        style = "lab-t" if line.kind == "t" else "lab"
        if inside:
            at = _beside(points, line.label, above=n == 0)
            parts.append(text(line.label, x=x + 4, y=at, anchor="end", class_=style))
            continue
        at = max(y + 4, floor + _APART)
        floor = at
        parts.append(text(line.label, x=x + 10, y=at, class_=style))
    return parts


def _beside(points: Sequence[tuple[float, float]], label: str, *, above: bool) -> float:
    """Give the height at which a name ending with its line keeps clear of it."""
    start = points[-1][0] - word_width(label)
    near = [y for x, y in points if x >= start - 30]
    return max(_TOP - 4, min(near) - 10) if above else min(_BOTTOM - 6, max(near) + 18)


def _periods(periods: Sequence[str], plot: _Plot) -> list[SafeString]:
    pitch = (plot.x.end - plot.x.start) / max(1, len(periods) - 1)
    every = _label_every(periods, pitch)
    last = len(periods) - 1
    return [
        text(period, x=plot.x.at(i), y=_HEIGHT - 8, anchor="middle")
        for i, period in enumerate(periods)
        if (last - i) % every == 0
    ]
