"""What somebody prefers, read from what they bought: where, at what hour and on which day, which
sort of goods, size and brand; and what they said of it themselves. Each with its source and how
sure it is. Pure: nothing is read here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from idic.core.templatetags import ui
from idic.web.selectors.customer import Fact, Facts
from idic.web.selectors.habits import Purchase

# Fewer purchases say nothing; and what fewer than half of them share is no habit.
_LEAST, _SHARE, _QUITE_SURE = 3, 0.5, 0.75
# One-sided 90 %: how rare the habit may be and still look so.
_Z = 1.2816
_SIZE = re.compile(
    r"(?:\bsize|\bcỡ|尺码|码数)\s*[:#]?\s*(\d{2}(?:[.,]5)?|X{0,3}[SML]|[2-6]XL)\b"
    r"|[-/,(\s](X{1,3}[SL]|[2-6]XL|[SML])\)?\s*$",
    re.IGNORECASE,
)
_PACK = re.compile(r"(\d+(?:[.,]\d+)?)\s?(ml|l|g|kg|lít|毫升|升|克|千克)(?![a-z])", re.IGNORECASE)
_BRAND = re.compile(r"(?<=\S\s)([A-Z][A-Za-z]*[a-z][A-Za-z]*|[A-Z]{3,})(?![\w])")
_STATED = {
    "brand": ("favorite_brand", "favourite_brand", "preferred_brand", "brand"),
    "size": ("size", "clothes_size", "shoe_size", "preferred_size"),
    "channel": ("preferred_channel", "contact_channel"),
    "hours": ("preferred_hours", "contact_hours", "best_time"),
}
WORDS: dict[str, str | Promise] = {
    "place": gettext_lazy("Buys at"),
    "hours": pgettext_lazy("habit", "Time of day"),
    "weekday": pgettext_lazy("habit", "Day of the week"),
    "category": gettext_lazy("Buys mostly"),
    "size": gettext_lazy("Size"),
    "pack": gettext_lazy("Pack size"),
    "brand": gettext_lazy("Brand"),
    "channel": gettext_lazy("Prefers to be reached by"),
}
_PARTS_OF_DAY: tuple[tuple[int, str | Promise], ...] = (
    (5, gettext_lazy("at night")),
    (11, gettext_lazy("in the morning")),
    (14, gettext_lazy("around noon")),
    (18, gettext_lazy("in the afternoon")),
    (23, gettext_lazy("in the evening")),
    (24, gettext_lazy("at night")),
)


@dataclass(frozen=True, slots=True)
class Preference:
    """One preference. `confidence` is 0..1: of what was said itself, that of the word; of a habit,
    the least share of purchases it holds for nine times of ten. `source` says what it rests on.
    """

    name: str
    value: str
    confidence: float
    source: str
    is_stated: bool = False

    @property
    def label(self) -> str:
        """What it is called."""
        return str(WORDS[self.name])

    @property
    def sureness(self) -> str:
        """How sure it is, in words."""
        if self.is_stated:
            return _("said themselves")
        if self.confidence >= _QUITE_SURE:
            return _("quite sure")
        return _("likely") if self.confidence >= _SHARE else _("perhaps")


def draw_preferences(facts: Facts, purchases: Sequence[Purchase], zone: str) -> list[Preference]:
    """Give what somebody prefers, what they said themselves first; nothing from little."""
    stated = [found for name in _STATED if (found := _stated(name, facts.traits))]
    said = {one.name for one in stated}
    habits = (
        _habit("place", purchases, lambda one: {one.place} - {""}),
        _habit("hours", _timed(purchases, zone), lambda one: {_part_of_day(one, zone)}),
        _habit("weekday", purchases, lambda one: {_weekday(one, zone)}),
        _habit("category", purchases, lambda one: {kind for _n, kind in one.goods if kind}),
        _habit("size", purchases, lambda one: _all(_size, one)),
        _habit("pack", purchases, lambda one: _all(_pack, one)),
        _habit("brand", purchases, lambda one: _all(_brand, one), least_goods=2),
    )
    return [*stated, *(one for one in habits if one is not None and one.name not in said)]


def _stated(name: str, traits: Iterable[Fact]) -> Preference | None:
    told = next((one for one in traits if one.name in _STATED[name] and one.value), None)
    if told is None:
        return None
    where = _("corrected here") if told.is_pinned else told.source.shown
    source = ui.clauses((where, ui.day(told.at)))
    return Preference(name, told.value, told.confidence, source, is_stated=True)


def _habit(
    name: str,
    purchases: Sequence[Purchase],
    values_of: Callable[[Purchase], set[str]],
    *,
    least_goods: int = 1,
) -> Preference | None:
    """Give the value most purchases share, of those that tell one."""
    told = [(one, values) for one in purchases if (values := values_of(one))]
    counts = Counter(value for _one, values in told for value in sorted(values))
    if len(told) < _LEAST or not counts:
        return None
    value, count = counts.most_common(1)[0]
    goods = {n for one, values in told if value in values for n, _k in one.goods}
    if count / len(told) < _SHARE or count < _LEAST or len(goods) < least_goods * (name == "brand"):
        return None
    source = ngettext(
        "from %(count)s of %(all)s purchase", "from %(count)s of %(all)s purchases", len(told)
    ) % {"count": ui.number(count), "all": ui.number(len(told))}
    return Preference(name, value, wilson(count, len(told)), source)


def wilson(count: int, total: int) -> float:
    """Give the lower end of the share's interval, one-sided 90 % (Wilson 1927)."""
    share, z2 = count / total, _Z * _Z
    middle = share + z2 / (2 * total)
    spread = _Z * float((share * (1 - share) / total + z2 / (4 * total * total)) ** 0.5)
    return (middle - spread) / (1 + z2 / total)


def _timed(purchases: Sequence[Purchase], zone: str) -> list[Purchase]:
    """Leave out what has a day but no hour: files write midnight."""
    local = ZoneInfo(zone)
    return [one for one in purchases if f"{one.at.astimezone(local):%H%M%S}" != "000000"]


def _part_of_day(one: Purchase, zone: str) -> str:
    hour = one.at.astimezone(ZoneInfo(zone)).hour
    return str(next(word for until, word in _PARTS_OF_DAY if hour < until))


def _weekday(one: Purchase, zone: str) -> str:
    is_weekend = one.at.astimezone(ZoneInfo(zone)).weekday() >= 5
    return _("at the weekend") if is_weekend else _("on working days")


def _all(read: Callable[[str], str], one: Purchase) -> set[str]:
    return {value for name, _kind in one.goods if (value := read(name))}


def _size(name: str) -> str:
    found = _SIZE.search(name)
    return (found[1] or found[2]).upper() if found else ""


def _pack(name: str) -> str:
    found = _PACK.search(name)
    return f"{found[1].replace(',', '.')} {found[2].lower()}" if found else ""


def _brand(name: str) -> str:
    """Give the proper name within a product's name; in one written with capitals all through, none
    can be told.
    """
    words = [word for word in name.split() if word[:1].isalpha()]
    capitals = sum(word[:1].isupper() for word in words[1:])
    if len(words) < 2 or capitals * 2 > len(words):
        return ""
    found = _BRAND.search(name)
    return found[1] if found else ""
