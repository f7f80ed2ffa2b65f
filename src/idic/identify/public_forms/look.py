"""How a form looks: the business's colour, made dark or light enough to be read, the code to scan,
and what to put into a website.
"""

from __future__ import annotations

import segno

from .links import form_url

_WHITE, _NIGHT = (255, 255, 255), (20, 23, 26)
_READABLE = 4.5
Rgb = tuple[int, int, int]


def write_colors(*, color: str) -> str:
    """Write the style sheet of a form: its colour as it can be read by day and by night."""
    if not color:
        return ""
    rgb = _read(color)
    day, night = _until(rgb, _WHITE, toward=(0, 0, 0)), _until(rgb, _NIGHT, toward=_WHITE)
    soft = f"{_write(_mix(day, _WHITE, 0.9))}, {_write(_mix(night, _NIGHT, 0.8))}"
    line = f"{_write(_mix(day, _WHITE, 0.6))}, {_write(_mix(night, _NIGHT, 0.6))}"
    pressed = f"{_write(_mix(day, (0, 0, 0), 0.2))}, {_write(_mix(night, _WHITE, 0.3))}"
    return (
        f":root {{ --brand: light-dark({_write(day)}, {_write(night)});"
        f" --brand-2: light-dark({pressed}); --brand-soft: light-dark({soft});"
        f" --brand-line: light-dark({line});"
        f" --on-brand: light-dark(#ffffff, {_write(_NIGHT)}); }}\n"
    )


def draw_code(*, url: str) -> str:
    """Draw the code to scan as an SVG picture."""
    return segno.make(url, error="m").svg_inline(scale=5, border=2, dark="#14181b", light="#fff")


def write_embed(*, token: str, name: str) -> str:
    """Give what a website puts where the form is to stand. Its visitors keep their history: the
    word the website's own snippet gave their device goes along.
    """
    url = form_url(token=token)
    title = name.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    return (
        f'<iframe id="idic-{token}" src="{url}?frame=1" title="{title}" width="100%" height="640"\n'
        '  loading="lazy" referrerpolicy="no-referrer" style="border:0"></iframe>\n'
        "<script>\n"
        "  (function (frame) {\n"
        "    var found = /(?:^|; )(?:idic_id|ajs_anonymous_id)=([^;]+)/.exec(document.cookie);\n"
        '    var visitor = found && decodeURIComponent(found[1]).replace(/"/g, "");\n'
        '    if (visitor) frame.src += "&visitor=" + encodeURIComponent(visitor);\n'
        f'  }})(document.getElementById("idic-{token}"));\n'
        "</script>"
    )


def contrast(one: Rgb, other: Rgb) -> float:
    """Give how well one colour stands out from another, by WCAG."""
    bright, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def _until(rgb: Rgb, ground: Rgb, *, toward: Rgb) -> Rgb:
    for step in range(21):
        found = _mix(rgb, toward, step / 20)
        if contrast(found, ground) >= _READABLE:
            return found
    return toward


def _mix(one: Rgb, other: Rgb, share: float) -> Rgb:
    red, green, blue = (round(a * (1 - share) + b * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _luminance(rgb: Rgb) -> float:
    red, green, blue = (
        c / 255 / 12.92 if c / 255 <= 0.03928 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in rgb
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _read(color: str) -> Rgb:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _write(rgb: Rgb) -> str:
    return "#" + "".join(f"{c:02x}" for c in rgb)
