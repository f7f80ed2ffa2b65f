"""Bars: lying ones for things that have names, standing ones for periods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from idic.core.charts.frame import (
    NARROW,
    Drawing,
    Table,
    Write,
    element,
    figure,
    group,
    plain,
    shorten,
    text,
    word_width,
)
from idic.core.charts.hatch import hatched
from idic.core.charts.scales import Scale, extent, ticks
from idic.core.templatetags import ui


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar. `kind`: t what we did, c control group, 0 left out, 1 to 4 a category."""

    label: str
    value: float
    kind: str = "t"


def bars(
    *,
    title: str,
    rows: Sequence[Bar],
    write: Write,
    name: str,
    measure: str,
    note: str = "",
    csv_url: str = "",
) -> SafeString:
    """Draw lying bars from zero, each with its name and its figure. `name` and `measure` head the
    table's two columns.
    """

    def draw(width: int) -> Drawing:
        return _lying(rows, write, width=width)

    return figure(
        title=title,
        label=_spoken(rows, write),
        draw=draw,
        table=Table([name, measure], [[row.label, write(row.value)] for row in rows]),
        note=note,
        csv_url=csv_url,
    )


def _spoken(rows: Sequence[Bar], write: Write) -> str:
    return ui.listed(f"{row.label} {write(row.value)}" for row in rows[:12])


def _lying(rows: Sequence[Bar], write: Write, *, width: int) -> Drawing:
    is_narrow = width <= NARROW
    widest = max((word_width(row.label) for row in rows), default=0.0)
    names = 0.0 if is_narrow else min(widest + 12, width * 0.45)
    figures = max((word_width(write(row.value)) for row in rows), default=0.0) + 14
    low, high = extent([row.value for row in rows])
    left = names + (figures if low < 0 else 0)
    scale = Scale(low, high, left, width - figures)
    pitch, thick = (42, 12) if is_narrow else (28, 14)
    parts: list[SafeString] = []
    for i, row in enumerate(rows):
        top = i * pitch + (20 if is_narrow else 7)
        if is_narrow:
            parts.append(text(shorten(row.label, width=width), x=0, y=top - 6, class_="say"))
        else:
            name = shorten(row.label, width=names - 10)
            parts.append(text(name, x=names - 10, y=top + 11, anchor="end", class_="say"))
        parts.append(_lying_bar(row, scale, top=top, thick=thick))
        parts.append(_figure_at(row, scale, write, y=top + thick - (2 if is_narrow else 3)))
    if not is_narrow:
        zero = plain(scale.at(0))
        parts.append(element("path", class_="zero", d=f"M{zero} 0V{len(rows) * pitch}"))
    return Drawing(width, max(1, len(rows)) * pitch, group(parts))


def _lying_bar(row: Bar, scale: Scale, *, top: float, thick: float) -> SafeString:
    start, end = sorted((scale.at(0), scale.at(row.value)))
    length = max(end - start, 1.0 if row.value else 0.0)
    return element(
        "rect", class_=f"fill-{row.kind}", x=start, y=top, width=length, height=thick, rx=2
    )


def _figure_at(row: Bar, scale: Scale, write: Write, *, y: float) -> SafeString:
    at = scale.at(row.value)
    if row.value < 0:
        return text(write(row.value), x=at - 6, y=y, anchor="end", class_="lab")
    return text(write(row.value), x=at + 6, y=y, class_="lab")


def columns(
    *,
    title: str,
    rows: Sequence[Bar],
    write: Write,
    name: str,
    measure: str,
    is_last_incomplete: bool = False,
    is_broad: bool = False,
    note: str = "",
    csv_url: str = "",
) -> SafeString:
    """Draw standing bars for periods in order; a last period that is not over is hatched."""

    def draw(width: int) -> Drawing:
        return _standing(rows, write, width=width, is_last_incomplete=is_last_incomplete)

    return figure(
        title=title,
        label=_spoken(rows, write),
        draw=draw,
        table=Table([name, measure], [[row.label, write(row.value)] for row in rows]),
        note=note or (_("The last period is not over yet.") if is_last_incomplete else ""),
        csv_url=csv_url,
        is_broad=is_broad,
    )


def _standing(
    rows: Sequence[Bar], write: Write, *, width: int, is_last_incomplete: bool
) -> Drawing:
    low, high = extent([row.value for row in rows])
    marks = ticks(low, high, steps=3)
    left = max(word_width(write(mark)) for mark in marks) + 10
    height, bottom = 200, 172.0
    scale = Scale(marks[0], marks[-1], bottom, 10)
    pitch = (width - left) / max(1, len(rows))
    thick = min(pitch * 0.7, 36)
    parts = [
        part
        for mark in marks
        for part in (
            element("path", class_="grid", d=f"M{plain(left)} {plain(scale.at(mark))}H{width}"),
            text(write(mark), x=left - 8, y=scale.at(mark) + 4, anchor="end"),
        )
    ]
    every = _label_every([row.label for row in rows], pitch)
    for i, row in enumerate(rows):
        x = left + pitch * i + (pitch - thick) / 2
        top, base = sorted((scale.at(row.value), scale.at(0)))
        if is_last_incomplete and i == len(rows) - 1:
            parts.append(hatched(x=x, y=top, width=thick, height=base - top, kind=row.kind))
        else:
            parts.append(
                element(
                    "rect",
                    class_=f"fill-{row.kind}",
                    x=x,
                    y=top,
                    width=thick,
                    height=base - top,
                    rx=1.5,
                )
            )
        if (len(rows) - 1 - i) % every == 0:
            parts.append(text(row.label, x=x + thick / 2, y=height - 10, anchor="middle"))
    zero = plain(scale.at(0))
    parts.append(element("path", class_="zero", d=f"M{plain(left)} {zero}H{width}"))
    return Drawing(width, height, group(parts))


def _label_every(labels: Sequence[str], pitch: float) -> int:
    """Leave labels out evenly when they would touch; the last one always stays."""
    widest = max((word_width(label) for label in labels), default=0.0) + 6
    every = 1
    while every * pitch < widest and every < len(labels):
        every += 1
    return every
