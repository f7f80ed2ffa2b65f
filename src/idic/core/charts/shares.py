"""A whole cut into parts: who gets it, who is the control group, who is left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from idic.core.charts.frame import Table, Write, behind, element, group
from idic.core.templatetags import ui

_LENGTH, _THICK, _GAP = 1000.0, 28.0, 3.0


@dataclass(frozen=True, slots=True)
class Share:
    """One part. `kind`: t what we do, c control group, 0 left out, 1 to 4 a category."""

    label: str
    value: float
    kind: str = "t"


def share_bar(
    *, title: str, shares: Sequence[Share], write: Write, name: str, measure: str
) -> SafeString:
    """Draw one bar cut into parts, each named with its figure below it."""
    return format_html(
        '<figure class="chart"><figcaption>{}</figcaption><div class="split">{}<dl>{}</dl></div>{}'
        "</figure>",
        title,
        _bar(shares, write),
        format_html_join(
            "",
            "<div><dt>{}{}</dt><dd>{}</dd></div>",
            ((_key(share.kind), share.label, write(share.value)) for share in shares),
        ),
        behind(Table([name, measure], [[s.label, write(s.value)] for s in shares])),
    )


def _bar(shares: Sequence[Share], write: Write) -> SafeString:
    shown = [share for share in shares if share.value > 0]
    total = sum(share.value for share in shown) or 1
    length = _LENGTH - _GAP * max(0, len(shown) - 1)
    parts, at = [], 0.0
    for share in shown:
        wide = share.value / total * length
        parts.append(element("rect", class_=f"fill-{share.kind}", x=at, width=wide, height=_THICK))
        at += wide + _GAP
    return element(
        "svg",
        group(parts),
        class_="chart",
        viewBox=f"0 0 {_LENGTH:.0f} {_THICK:.0f}",
        preserveAspectRatio="none",
        role="img",
        aria_label=ui.listed(f"{share.label} {write(share.value)}" for share in shares),
    )


def _key(kind: str) -> SafeString:
    square = element("rect", class_=f"fill-{kind}", width=12, height=12, rx=2)
    return element("svg", square, class_="key chart", viewBox="0 0 12 12", aria_hidden="true")
