"""Puts the audit together from what was counted, each number with the list behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy

from idic.core import charts
from idic.core.models import Business
from idic.core.templatetags import ui
from idic.differentiate import segments
from idic.identify.models import QualityFigures
from idic.web.listing.query import rule_parameter
from idic.web.quality.page import Gap, list_gaps

from .rules import AGES, CHANNELS, REACHES, RULES

_POINTS = 26  # as many days, and beyond them weeks, as a line can show
_CHANNEL_WORDS: dict[str, str | Promise] = {
    "call": pgettext_lazy("channel", "Call"),
    "zalo": "Zalo",
    "sms": gettext_lazy("SMS"),
    "email": gettext_lazy("E-mail"),
}


@dataclass(frozen=True)
class Figure:
    """A number with its share of everybody and the list of who is meant."""

    label: str
    number: int
    share: float | None
    url: str
    note: str = ""


@dataclass(frozen=True)
class Channel:
    """A channel with how many it reaches, and why not the others; None where it has no sense."""

    name: str
    cells: list[Figure | None]


@dataclass(frozen=True)
class Audit:
    """All that the page shows."""

    customers: int
    reachable: Figure
    stored: list[Figure]
    activity: list[Figure]
    channels: list[Channel]
    linked_rate: float | None
    orders: int
    unlinked: int
    ages: SafeString
    who: list[Figure]
    gaps: list[Gap]
    trend: SafeString
    trend_days: int
    measured_on: date


def build_audit(*, business: Business) -> Audit | None:
    """Read the page: three queries; None before the first count."""
    days = list(
        QualityFigures.objects.exclude(audit={})
        .order_by("-on_date")
        .values_list("on_date", "audit")[:400]
    )
    if not days:
        return None
    on_date, audit = days[0]
    people = audit["people"]
    missing = (
        QualityFigures.objects.exclude(missing={}).order_by("-on_date").values_list("missing")
    ).first()
    return Audit(
        customers=people["all"],
        reachable=_figure("reachable", _("May be written to"), people),
        stored=_stored(audit),
        activity=_activity(people),
        channels=[_channel(channel, people) for channel in CHANNELS],
        linked_rate=_linked(audit),
        orders=audit["orders"],
        unlinked=audit["unlinked_orders"],
        ages=_ages(people),
        who=[*_genders(people), *_age_bands(people), *_cities(audit)],
        gaps=list_gaps(missing[0] if missing else {}),
        trend=_trend(list(reversed(days))),
        trend_days=(days[0][0] - days[-1][0]).days,
        measured_on=on_date,
    )


def _figure(rule: str, label: str, people: dict[str, int], note: str = "") -> Figure:
    count, everybody = people.get(rule, 0), people["all"]
    share = count / everybody if everybody and rule != "all" else None
    return Figure(label, count, share, list_of(rule), note)


def list_of(rule: str) -> str:
    """Give the address of the list of those a rule counts."""
    base = reverse("web:customer_list")
    if RULES[rule] == segments.EVERYBODY:
        return base
    return f"{base}?{urlencode({'rule': rule_parameter(RULES[rule])})}"


def _stored(audit: dict[str, Any]) -> list[Figure]:
    people = audit["people"]
    sources = reverse("identify:source_list")
    rows = [
        Figure(
            _("Entries in your systems"),
            audit["records"],
            None,
            sources,
            _("People and companies as each source knows them"),
        ),
        _figure("all", _("Customers after matching"), people, _("Each of them once")),
        _figure("in_several", _("Known by more than one source"), people),
    ]
    words = {
        "customer": pgettext("people", "Customers who bought"),
        "lapsed": pgettext("people", "Customers, long silent"),
        "prospect": pgettext("people", "Interested, have not bought"),
        "lead": pgettext("people", "Leads"),
    }
    rows += [_figure(rule, word, people) for rule, word in words.items() if people.get(rule)]
    if audit.get("anonymous"):
        note = _("Visitors and devices of whom nobody knows who they are; not among the customers")
        rows.append(Figure(_("Not recognised yet"), audit["anonymous"], None, sources, note))
    return rows


def _activity(people: dict[str, int]) -> list[Figure]:
    return [
        _figure("active", _("Active"), people, _("Within the time usual for each of them")),
        _figure("late", _("Away longer than usual"), people, _("By their own rhythm")),
        _figure("silent", _("Long silent"), people, _("So long away that few come back")),
        _figure("never", _("Have not bought yet"), people),
    ]


def _genders(people: dict[str, int]) -> list[Figure]:
    words = {
        "gender_female": _("Women"),
        "gender_male": _("Men"),
        "gender_unknown": _("Gender not known"),
    }
    return [_figure(rule, word, people) for rule, word in words.items() if people.get(rule)]


def _age_bands(people: dict[str, int]) -> list[Figure]:
    found = [_figure(f"age_{low}", _band(low, high), people) for low, high in AGES]
    return [*found, _figure("age_unknown", _("Age not known"), people)]


def _band(low: int, high: int) -> str:
    if not low:
        return _("Under %(age)s years") % {"age": high + 1}
    if high > 100:
        return _("%(age)s years and older") % {"age": low}
    return _("%(low)s to %(high)s years") % {"low": low, "high": high}


def _cities(audit: dict[str, Any]) -> list[Figure]:
    base, everybody = reverse("web:customer_list"), audit["people"]["all"]
    return [
        Figure(city, count, count / everybody, f"{base}?{urlencode({'city': city})}")
        for city, count in audit.get("cities", ())
    ]


def _ages(people: dict[str, int]) -> SafeString:
    """Draw how old those are whose age is known."""
    bands = [(_band(low, high), people.get(f"age_{low}", 0)) for low, high in AGES]
    known = sum(count for _label, count in bands)
    if not known:
        return SafeString("")
    most, count = max(bands, key=lambda one: one[1])
    title = _("%(share)s of those whose age is known are %(band)s") % {
        "band": most[:1].lower() + most[1:],
        "share": ui.percent(count / known),
    }
    return charts.bars(
        title=title,
        rows=[charts.Bar(label, count / known) for label, count in bands],
        write=ui.percent,
        name=_("Age"),
        measure=_("Share"),
    )


def _channel(channel: str, people: dict[str, int]) -> Channel:
    cells: list[Figure | None] = []
    for reach in REACHES:
        rule = f"{channel}_{reach}"
        cells.append(_figure(rule, "", people) if rule in RULES else None)
    return Channel(str(_CHANNEL_WORDS[channel]), cells)


def _linked(audit: dict[str, Any]) -> float | None:
    orders = audit["orders"]
    return (orders - audit["unlinked_orders"]) / orders if orders else None


def _trend(days: Sequence[tuple[date, dict[str, Any]]]) -> SafeString:
    """Draw what became of the counts, day by day; one day is no trend."""
    shown = _spread(days)
    if len(shown) < 2:
        return SafeString("")
    first, last = shown[0][1]["people"], shown[-1][1]["people"]
    change = last["all"] - first["all"]
    since = ui.day(shown[0][0])
    if change:
        title = _changed(change) % {"count": ui.number(abs(change)), "day": since}
    else:
        title = _("As many customers as on %(day)s") % {"day": since}
    series = [
        (_("Customers"), "all", "t"),
        (_("May be written to"), "reachable", "t"),
        (_("Active"), "active", "t"),
    ]
    return charts.lines(
        title=title,
        series=[
            charts.Line(name, [found["people"].get(rule, 0) for _day, found in shown], kind)
            for name, rule, kind in series
        ],
        periods=[ui.day_short(day) for day, _found in shown],
        write=ui.number,
        name=_("Day"),
        is_broad=True,
        note=_("Counted each day, and after each import."),
    )


def _changed(change: int) -> str:
    if change > 0:
        return ngettext(
            "%(count)s customer more than on %(day)s",
            "%(count)s customers more than on %(day)s",
            change,
        )
    return ngettext(
        "%(count)s customer fewer than on %(day)s",
        "%(count)s customers fewer than on %(day)s",
        -change,
    )


def _spread(
    days: Sequence[tuple[date, dict[str, Any]]],
) -> list[tuple[date, dict[str, Any]]]:
    """Choose as many days as a line can show, the first and the last always among them."""
    if len(days) <= _POINTS:
        return list(days)
    step = (len(days) - 1) / (_POINTS - 1)
    return [days[round(i * step)] for i in range(_POINTS)]
