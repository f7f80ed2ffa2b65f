"""Hatching, drawn line by line: a pattern would need an id, which two charts would share."""

from __future__ import annotations

from django.utils.safestring import SafeString

from idic.core.charts.frame import element, group, plain

_GAP = 6


def hatched(*, x: float, y: float, width: float, height: float, kind: str = "") -> SafeString:
    """Draw a hatched rectangle: something that is not over yet. `kind` is a bar's own colour."""
    strokes = []
    reach = int(width + height)
    for offset in range(_GAP, reach, _GAP):
        from_x, from_y = max(0.0, offset - height), min(height, float(offset))
        to_x, to_y = min(width, float(offset)), max(0.0, offset - width)
        strokes.append(
            f"M{plain(x + from_x)} {plain(y + from_y)}L{plain(x + to_x)} {plain(y + to_y)}"
        )
    return group(
        [
            element(
                "rect", class_=f"hatch-ground {kind}".strip(), x=x, y=y, width=width, height=height
            ),
            element("path", class_=f"hatch {kind}".strip(), d="".join(strokes) or "M0 0"),
        ]
    )
