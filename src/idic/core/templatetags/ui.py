"""Template filters and tags of the pages: money, numbers and days in the viewer's language, icons,
the loop mark, and the addresses of the built assets. Rules of writing live in `core/formatting`;
what the frame of a page asks of its request lives in `shell`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from idic.core import clock, days, formatting
from idic.core.money import Money

register = template.Library()

BUILT = Path(__file__).resolve().parent.parent / "static" / "core" / "built"
_STATE_ICONS = {"good": "ok", "warn": "alert", "bad": "stop", "info": "unsure", "": "dot"}


def _language() -> str:
    return get_language() or settings.LANGUAGE_CODE


def _amount(value: object, currency: str) -> tuple[int, str]:
    """Accept minor units beside a currency, or a `Money` that brings its own."""
    if isinstance(value, Money):
        return value.amount, value.currency
    return int(Decimal(str(value))), currency


def _is_figure(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and math.isfinite(value)


@register.filter
def money(value: object, currency: str = "") -> str:
    """`{{ order.amount|money:order.currency }}` → 1.245.000 ₫. Empty for no amount."""
    if value is None or value == "":
        return ""
    minor, unit = _amount(value, currency)
    return formatting.amount(minor, currency=unit, language=_language())


@register.filter
def money_short(value: object, currency: str = "") -> str:
    """`{{ total|money_short:"VND" }}` → 22,4 tr ₫; ¥12.3万; £1.2k."""
    if value is None or value == "":
        return ""
    minor, unit = _amount(value, currency)
    return formatting.amount_short(minor, currency=unit, language=_language())


@register.filter
def money_change(value: object, currency: str = "") -> str:
    """As `money_short`, with a sign before it: +6,1 tr ₫."""
    if value is None or value == "":
        return ""
    minor, unit = _amount(value, currency)
    return formatting.amount_short(minor, currency=unit, language=_language(), sign=True)


@register.simple_tag
def money_between(low: object, high: object, like: object, currency: str = "") -> dict[str, str]:
    """`{% money_between low high value "VND" as range %}` → range.low, range.high: the ends of an
    interval in one unit, beside its estimate. Nothing when an end is missing.
    """
    if low in (None, "") or high in (None, ""):
        return {}
    minor, unit = _amount(like, currency)
    ends = formatting.amounts_between(
        _amount(low, unit)[0],
        _amount(high, unit)[0],
        like=minor,
        currency=unit,
        language=_language(),
    )
    return {"low": ends[0], "high": ends[1]}


def money_ends(low: float, high: float, currency: str) -> dict[str, str]:
    """Give the ends of a range as a sentence says them, both in one unit: 0,98 and 10,2 tr ₫."""
    ends = formatting.amount_ends(round(low), round(high), currency=currency, language=_language())
    return {"low": ends[0], "high": ends[1]}


@register.simple_tag
def money_range(low: object, high: object, currency: str = "") -> str:
    """`{% money_range low high "VND" %}` → 0,98 – 10,2 tr ₫. Empty when an end is missing."""
    if low in (None, "") or high in (None, ""):
        return ""
    (first, unit), (last, _unit) = _amount(low, currency), _amount(high, currency)
    return "{low} – {high}".format(**money_ends(first, last, unit))


def money_writer(*known: float, currency: str) -> Callable[[float], str]:
    """Give what writes the amounts of one drawing: all in the unit that `known` share."""
    others, language = [round(value) for value in known], _language()

    def write(value: float) -> str:
        return formatting.amount_beside(
            round(value), others=others, currency=currency, language=language
        )

    return write


@register.filter
def number(value: object, decimals: int = 0) -> str:
    """`{{ 12482|number }}` → 12.482; `{{ 3.456|number:1 }}` → 3,5."""
    if not _is_figure(value):
        return ""
    return formatting.number(value, language=_language(), decimals=decimals)  # type: ignore[arg-type]


@register.filter
def number_short(value: object) -> str:
    """`{{ 12482|number_short }}` → 12.482 in Vietnamese, 1.2万, 12.5k."""
    if not _is_figure(value):
        return ""
    return formatting.count_short(value, language=_language())  # type: ignore[arg-type]


@register.filter
def signed(value: object, decimals: int = 0) -> str:
    """`{{ -2.3|signed:1 }}` → −2,3; a gain carries a plus."""
    if not _is_figure(value):
        return ""
    return formatting.signed(value, language=_language(), decimals=decimals)  # type: ignore[arg-type]


@register.filter
def percent(value: object, decimals: int = 0) -> str:
    """`{{ 0.612|percent:1 }}` → 61,2 %. The rate lies between 0 and 1."""
    if not _is_figure(value):
        return ""
    return formatting.percent(value, language=_language(), decimals=decimals)  # type: ignore[arg-type]


@register.filter
def listed(words: Iterable[object]) -> str:
    """`{{ names|listed }}` → An, Bình; 安、平: words or names one after the other."""
    return formatting.listed((str(word or "") for word in words), language=_language())


@register.simple_tag
def comma() -> str:
    """`{% if not forloop.last %}{% comma %}{% endif %}` → what stands between words of a list."""
    return formatting.LISTED[formatting.base_language(_language())]


@register.simple_tag
def colon() -> str:
    """`{{ name }}{% colon %}{{ count }}` → what stands between a label and its text."""
    return labelled("", "")


def clauses(parts: Iterable[object]) -> str:
    """Write parts of a sentence one after the other."""
    return formatting.clauses((str(part or "") for part in parts), language=_language())


def sentences(parts: Iterable[str]) -> str:
    """Write parts that hold commas themselves one after the other."""
    return formatting.sentences(parts, language=_language())


def labelled(label: object, text: object) -> str:
    """Write what a text is before it."""
    return formatting.labelled(str(label), str(text), language=_language())


def _local(value: date | datetime) -> date | datetime:
    if isinstance(value, datetime) and timezone.is_aware(value):
        return timezone.localtime(value)
    return value


def _local_day(value: date | datetime) -> date:
    local = _local(value)
    return local.date() if isinstance(local, datetime) else local


@register.filter
def day(value: date | datetime | None) -> str:
    """`{{ order.ordered_at|day }}` → 23/11/2026; 2026年11月23日; 23 Nov 2026."""
    return formatting.day(_local_day(value), language=_language()) if value else ""


@register.filter
def typed_day(value: object) -> str:
    """`{{ due|typed_day }}` → a day as one would type it; what is no day stays as it was typed."""
    return days.write_typed(value)


@register.filter
def day_short(value: date | datetime | None) -> str:
    """`{{ order.ordered_at|day_short }}` → 23/11; 11月23日; 23 Nov."""
    return formatting.day_short(_local_day(value), language=_language()) if value else ""


@register.filter
def weekday_day(value: date | datetime | None) -> str:
    """`{{ today|weekday_day }}` → Thứ Hai, 23/11/2026."""
    return formatting.weekday_day(_local_day(value), language=_language()) if value else ""


@register.filter
def month(value: date | datetime | None) -> str:
    """`{{ order.ordered_at|month }}` → Tháng 11/2026."""
    return formatting.month(_local_day(value), language=_language()) if value else ""


@register.filter
def month_inside(value: date | datetime | None) -> str:
    """`since {{ day|month_inside }}` → tháng 11/2026: a month in the middle of a sentence."""
    said = month(value)
    return said[:1].lower() + said[1:] if _language() == "vi" else said


@register.filter
def moment(value: datetime | None) -> str:
    """`{{ event.occurred_at|moment }}` → 23/11/2026 08:12, in the viewer's zone."""
    if value is None:
        return ""
    local = _local(value)
    if isinstance(local, datetime):
        return formatting.moment(local, language=_language())
    return formatting.day(local, language=_language())


@register.filter
def hour(value: datetime | None) -> str:
    """`{{ event.occurred_at|hour }}` → 08:12, in the viewer's zone."""
    return f"{_local(value):%H:%M}" if value else ""


@register.filter
def days_ago(value: date | datetime | None, today: date | None = None) -> str:
    """`{{ customer.last_order_at|days_ago:today }}` → 19 ngày trước. Today is asked of the clock
    when it is not given; a page about an old file gives its as-of date.
    """
    if not value:
        return ""
    zone = timezone.get_current_timezone_name()
    today = today or clock.today(time_zone=zone)
    return formatting.relative_days(_local_day(value), today=today, language=_language())


@register.filter
def monogram(name: str | None) -> str:
    """`{{ customer.full_name|monogram }}` → the letter on a person's round: the given name's
    initial in Vietnamese (the last word), the family name in Chinese, else the first letter.
    """
    words = (name or "").split()
    if not words:
        return "?"
    if "\u4e00" <= words[0][0] <= "\u9fff":
        return words[0][0]
    return (words[-1] if _language().startswith("vi") else words[0])[0].upper()


@lru_cache(maxsize=8)
def _manifest(stamp: int) -> dict[str, str]:
    try:
        names: dict[str, str] = json.loads((BUILT / "manifest.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return names


def _asset_stamp() -> int:
    """Read the manifest again when it changed, so that a rebuild needs no restart."""
    try:
        return (BUILT / "manifest.json").stat().st_mtime_ns
    except OSError:
        return 0


@register.simple_tag
def asset(name: str) -> str:
    """`{% asset "app.css" %}` → the address of a built file, with its content's hash in its name,
    so that a browser may keep it for ever.
    """
    return _address(name, _asset_stamp())


@lru_cache(maxsize=32)
def _address(name: str, stamp: int) -> str:
    return static(f"core/built/{_manifest(stamp).get(name, name)}")


@register.simple_tag
def icon(name: str, extra_class: str = "", label: str = "") -> SafeString:
    """`{% icon "phone" %}`, `{% icon "alert" "bad" %}`: one icon of the sprite. Decoration
    unless it has a label; beside a word it never needs one.
    """
    return _icon(name, extra_class, label, asset("icons.svg"))


@lru_cache(maxsize=1024)
def _icon(name: str, extra_class: str, label: str, sprite: str) -> SafeString:
    voice = format_html(' role="img" aria-label="{}"', label) if label else ' aria-hidden="true"'
    return format_html(
        '<svg class="icon{}{}"{}><use href="{}#{}"/></svg>',
        " " if extra_class else "",
        extra_class,
        SafeString(voice),
        sprite,
        name,
    )


@register.simple_tag
def state(tone: str, word: str, icon_name: str = "") -> SafeString:
    """`{% state "good" "Tốt" %}`: icon and word; the tone is good, warn, bad or info. For rows of a
    table, where a component would cost too much.
    """
    return format_html(
        '<span class="state {}">{}{}</span>',
        tone,
        icon(icon_name or _STATE_ICONS.get(tone, "dot")),
        word,
    )


@register.simple_tag
def badge(word: str, tone: str = "", icon_name: str = "") -> SafeString:
    """`{% badge "Bản nháp" %}`, `{% badge "Đã gửi" "good" %}`: a state on a soft ground."""
    shown = icon(icon_name or _STATE_ICONS[tone]) if tone or icon_name else ""
    return format_html('<span class="badge {}">{}{}</span>', tone, shown, word)


@register.simple_tag
def tier(step: int, word: str) -> SafeString:
    """`{% tier 4 "VIP" %}`: the four-step meter and the word of a value tier, never a colour."""
    return format_html('<span class="tier">{}{}</span>', _tier_meter(int(step)), word)


@lru_cache(maxsize=8)
def _tier_meter(step: int) -> SafeString:
    bars = format_html_join(
        "",
        '<rect x="{}" y="{}" width="2.8" height="{}" rx=".6"{}/>',
        (
            (i * 4, 8 - 2.5 * i, 3 + 2.5 * i, SafeString(' class="on"') if i < step else "")
            for i in range(4)
        ),
    )
    return format_html('<svg viewBox="0 0 15 11" aria-hidden="true">{}</svg>', bars)


@register.simple_tag
def loop_mark(station: int | None = None) -> SafeString:
    """`{% loop_mark 3 %}`: the five-point mark; the station one stands in is filled, without a
    station all five are.
    """
    return _loop_mark(int(station) if station else 0)


@lru_cache(maxsize=8)
def _loop_mark(station: int) -> SafeString:
    points = []
    for number_ in range(1, 6):
        angle = math.radians(72 * (number_ - 1) - 90)
        lit = not station or number_ == station
        points.append(
            (
                f"{11 + 8 * math.cos(angle):.2f}",
                f"{11 + 8 * math.sin(angle):.2f}",
                "3.1" if lit else "2.1",
                "on" if lit else "off",
            )
        )
    dots = format_html_join("", '<circle cx="{}" cy="{}" r="{}" class="{}"/>', points)
    return format_html(
        '<svg class="mark" viewBox="-1 -1 24 24" aria-hidden="true">'
        '<circle cx="11" cy="11" r="8" class="ring"/>{}</svg>',
        dots,
    )
