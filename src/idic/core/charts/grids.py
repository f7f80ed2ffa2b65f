"""Grids of one hue: a heat map of any two properties, and retention by cohort. They are tables, so
they need no second one; the darkest step still carries text at 4.5:1.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from idic.core.charts.frame import Write

_STEPS = 5


def heat_class(value: float | None, *, highest: float) -> str:
    """Give h0 to h4: the fifth of the highest value a value lies in; nothing for no value."""
    if value is None:
        return ""
    if highest <= 0 or value <= 0:
        return "h0"
    return f"h{min(_STEPS - 1, int(value / highest * _STEPS))}"


def heat_grid(
    *,
    title: str,
    corner: str,
    columns: Sequence[str],
    rows: Sequence[tuple[str, Sequence[float | None]]],
    write: Write,
    note: str = "",
) -> SafeString:
    """Draw a table whose cells are the darker the more. `corner` names what the rows are."""
    highest = max((v for _, values in rows for v in values if v is not None), default=0.0)
    body = [
        (label, [_cell(value, highest=highest, write=write) for value in values])
        for label, values in rows
    ]
    return _grid(title=title, corner=corner, columns=columns, body=body, note=note)


def retention_grid(
    *,
    title: str,
    corner: str,
    columns: Sequence[str],
    cohorts: Sequence[tuple[str, Sequence[float | None]]],
    write: Write,
    is_last_incomplete: bool = True,
    note: str = "",
) -> SafeString:
    """Draw what share of each cohort came back, period by period; the first period is everybody and
    does not set the shade. Each cohort's last known period is hatched while it is not over.
    """
    later = [v for _, values in cohorts for v in values[1:] if v is not None]
    highest = max(later, default=0.0)
    body = []
    for label, values in cohorts:
        last = max((i for i, value in enumerate(values) if value is not None), default=0)
        body.append(
            (
                label,
                [
                    _cell(
                        value,
                        highest=highest if i else 0.0,
                        write=write,
                        is_part=is_last_incomplete and i == last and i > 0,
                    )
                    for i, value in enumerate(values)
                ],
            )
        )
    return _grid(title=title, corner=corner, columns=columns, body=body, note=note)


def _cell(
    value: float | None, *, highest: float, write: Write, is_part: bool = False
) -> SafeString:
    if value is None:
        return SafeString("<td></td>")
    shade = heat_class(value, highest=highest) + (" part" if is_part else "")
    return format_html('<td class="{}">{}</td>', shade, write(value))


def _grid(
    *,
    title: str,
    corner: str,
    columns: Sequence[str],
    body: Sequence[tuple[str, Sequence[SafeString]]],
    note: str,
) -> SafeString:
    return format_html(
        '<figure class="chart"><figcaption>{}</figcaption>'
        '<div class="scroll-x" role="region" tabindex="0" aria-label="{}"><table class="heat">'
        '<thead><tr><th scope="col">{}</th>{}</tr></thead><tbody>{}</tbody></table></div>{}'
        "</figure>",
        title,
        title,
        corner,
        format_html_join("", '<th scope="col">{}</th>', ((column,) for column in columns)),
        format_html_join(
            "",
            '<tr><th scope="row">{}</th>{}</tr>',
            ((label, format_html_join("", "{}", ((c,) for c in cells))) for label, cells in body),
        ),
        format_html('<p class="sub">{}</p>', note) if note else "",
    )
