"""Intervals: an estimate with how sure we are, as a figure of its own or as a whisker in a row."""

from __future__ import annotations

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from idic.core.charts.frame import (
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
from idic.core.charts.scales import Scale


def interval(
    *,
    title: str,
    value: float,
    low: float,
    high: float,
    write: Write,
    reference: tuple[float, str] | None = None,
    is_proven: bool = True,
    note: str = "",
) -> SafeString:
    """Draw an estimate between its ends. `reference` is a value to compare with and its word, as
    (24.9, "last 12 months"). An unproven estimate is hollow and grey.
    """

    def draw(width: int) -> Drawing:
        return _draw(value, low, high, write, width=width, reference=reference, is_proven=is_proven)

    rows = [
        [_("Most likely"), write(value)],
        [_("From"), write(low)],
        [_("To"), write(high)],
    ]
    if reference:
        rows.append([reference[1], write(reference[0])])
    return figure(
        title=title,
        label=spoken(value, low, high, write),
        draw=draw,
        table=Table([_("Figure"), _("Amount")], rows),
        note=note,
    )


def spoken(value: float, low: float, high: float, write: Write) -> str:
    """Say an interval in words."""
    return _("%(value)s, from %(low)s to %(high)s") % {
        "value": write(value),
        "low": write(low),
        "high": write(high),
    }


def _draw(
    value: float,
    low: float,
    high: float,
    write: Write,
    *,
    width: int,
    reference: tuple[float, str] | None,
    is_proven: bool,
) -> Drawing:
    width = min(width, 400)
    known = [value, low, high, *([reference[0]] if reference else [])]
    pad = (max(known) - min(known)) * 0.12 or 1.0
    edge = max(word_width(write(end)) for end in (low, high)) / 2 + 4
    scale = Scale(min(known) - pad, max(known) + pad, edge, width - edge)
    line = 34 if reference else 14
    parts = [element("path", class_="grid", d=f"M0 {line}H{width}")]
    if scale.low < 0 < scale.high:
        parts.append(element("path", class_="zero", d=f"M{plain(scale.at(0))} {line - 12}v24"))
    if reference:
        x = scale.at(reference[0])
        word = f"{reference[1]} {write(reference[0])}"
        half = word_width(word) / 2 + 8  # some letters are wider than told
        place = min(max(x, half), width - half)
        parts.append(text(word, x=place, y=14, anchor="middle"))
        parts.append(element("path", class_="zero", d=f"M{plain(x)} 20v22"))
    parts.append(_whisker(value, low, high, scale, y=line, is_proven=is_proven))
    parts += _ends(value, low, high, write, scale, y=line + 24)
    return Drawing(width, line + 30, group(parts))


def _ends(
    value: float, low: float, high: float, write: Write, scale: Scale, *, y: float
) -> list[SafeString]:
    """Write the ends below the line, and the estimate between them where it has room."""
    parts = [text(write(end), x=scale.at(end), y=y, anchor="middle") for end in (low, high)]
    room = word_width(write(value)) + 14
    if min(scale.at(value) - scale.at(low), scale.at(high) - scale.at(value)) > room:
        parts.append(text(write(value), x=scale.at(value), y=y, anchor="middle", class_="lab"))
    return parts


def _whisker(
    value: float, low: float, high: float, scale: Scale, *, y: float, is_proven: bool
) -> SafeString:
    unsure = "" if is_proven else " unsure"
    start, end, middle = plain(scale.at(low)), plain(scale.at(high)), scale.at(value)
    ends = f"M{start} {plain(y)}H{end}M{start} {plain(y - 5)}v10M{end} {plain(y - 5)}v10"
    return group(
        [
            element("path", class_=f"ci{unsure}", d=ends),
            element("circle", class_=f"est ci{unsure}", cx=middle, cy=y, r=5),
        ]
    )


def whisker(
    *,
    value: float,
    low: float,
    high: float,
    scale_low: float,
    scale_high: float,
    write: Write,
    is_proven: bool = True,
    width: int = 240,
) -> SafeString:
    """Draw a whisker alone, for a row: all rows of a list share one scale, zero is marked."""
    scale = Scale(scale_low, scale_high, 8, width - 8)
    parts = []
    if scale_low <= 0 <= scale_high:
        parts.append(element("path", class_="zero", d=f"M{plain(scale.at(0))} 0v24"))
    parts.append(_whisker(value, low, high, scale, y=12, is_proven=is_proven))
    return element(
        "svg",
        group(parts),
        class_="chart whisker",
        viewBox=f"0 0 {width} 24",
        width=width,
        height=24,
        role="img",
        aria_label=spoken(value, low, high, write),
    )
