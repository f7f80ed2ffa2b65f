"""What all charts share: elements whose text is escaped, the figure around a drawing, the table
behind it, and how wide a word will be.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.forms.utils import flatatt
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from idic.core.templatetags.ui import icon

BROAD = 880
WIDE = 480
NARROW = 340
Write = Callable[[float], str]


@dataclass(frozen=True, slots=True)
class Drawing:
    """The inside of one SVG and its size."""

    width: int
    height: int
    body: SafeString


@dataclass(frozen=True, slots=True)
class Table:
    """The numbers behind a chart: a head and rows of written cells, the row's name first."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]


def plain(value: float) -> str:
    """Write a coordinate without needless digits."""
    return f"{value:.1f}".removesuffix(".0")


def element(name: str, content: str = "", /, **attributes: str | float | None) -> SafeString:
    """Write one element; `class_` and `text_anchor` become class and text-anchor."""
    shown = {
        key.rstrip("_").replace("_", "-"): plain(value) if isinstance(value, float | int) else value
        for key, value in attributes.items()
        if value is not None
    }
    return format_html("<{}{}>{}</{}>", name, flatatt(shown), content, name)


def group(parts: Sequence[SafeString]) -> SafeString:
    """Join drawn parts."""
    return format_html_join("", "{}", ((part,) for part in parts))


def text(
    content: str, *, x: float, y: float, anchor: str | None = None, class_: str | None = None
) -> SafeString:
    """Write a word at a place."""
    return element("text", conditional_escape(content), x=x, y=y, text_anchor=anchor, class_=class_)


def word_width(content: str, *, size: float = 12) -> float:
    """Guess how wide a word is set in the system's font: Han letters are square, others about half.
    A guess on the wide side: it only keeps labels apart.
    """
    total = 0.0
    for letter in content:
        if unicodedata.combining(letter):
            continue
        if unicodedata.east_asian_width(letter) in "WF":
            total += 1.0
        elif letter.isupper() or letter in "mwMW%@₫":
            total += 0.75
        else:
            total += 0.55
    return total * size


def shorten(content: str, *, width: float) -> str:
    """Cut a label that would run into the drawing; its table has it in full."""
    if word_width(content) <= width:
        return content
    kept = content
    while kept and word_width(kept + "…") > width:
        kept = kept[:-1]
    return kept.rstrip() + "…"


def figure(
    *,
    title: str,
    label: str,
    draw: Callable[[int], Drawing],
    table: Table,
    note: str = "",
    csv_url: str = "",
    is_broad: bool = False,
) -> SafeString:
    """Set the drawings, wide and narrow, between the finding and the table. `is_broad` adds a third
    one for a chart that has the page's whole width.
    """
    return format_html(
        '<figure class="chart"><figcaption>{}</figcaption>{}{}{}{}{}</figure>',
        title,
        _svg(draw(BROAD), label=label, class_="broad") if is_broad else "",
        _svg(draw(WIDE), label=label, class_="wide"),
        _svg(draw(NARROW), label=label, class_="narrow"),
        format_html('<p class="sub">{}</p>', note) if note else "",
        behind(table, csv_url=csv_url),
    )


def behind(table: Table, *, csv_url: str = "") -> SafeString:
    """Write the table behind a chart, folded."""
    return format_html(
        '<details class="more"><summary>{}{}</summary>'
        '<table class="table"><thead><tr>{}</tr></thead><tbody>{}</tbody></table>{}</details>',
        icon("right"),
        _("Show the numbers"),
        format_html_join(
            "",
            '<th scope="col"{}>{}</th>',
            ((SafeString(' class="num"') if i else "", cell) for i, cell in enumerate(table.head)),
        ),
        format_html_join("", "<tr>{}</tr>", ((_row(row),) for row in table.rows)),
        format_html('<a class="go" href="{}">{}{}</a>', csv_url, icon("download"), _("CSV file"))
        if csv_url
        else "",
    )


def _row(cells: Sequence[str]) -> SafeString:
    return format_html(
        '<th scope="row">{}</th>{}',
        cells[0],
        format_html_join("", '<td class="num">{}</td>', ((cell,) for cell in cells[1:])),
    )


def _svg(drawing: Drawing, *, label: str, class_: str) -> SafeString:
    return element(
        "svg",
        drawing.body,
        class_=class_,
        viewBox=f"0 0 {drawing.width} {drawing.height}",
        width=drawing.width,
        height=drawing.height,
        role="img",
        aria_label=label,
    )
