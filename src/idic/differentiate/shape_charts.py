"""Draws the shape of value for analysts: each chart's title says what it shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from idic.core import charts, formatting
from idic.differentiate.services.shape import AWAY_DAYS, ORDER_COUNTS
from idic.engine.spread import SHARES

Figures = Mapping[str, Any]
_STAYING_MONTHS = (1, 3, 6, 12, 18, 24)


def draw_concentration(figures: Figures) -> SafeString:
    """Draw which share of the money the best so many of a hundred bring."""
    held = figures["money"]["concentration"]
    coming = figures["expected"]["concentration"]
    if not held:
        return SafeString()
    fifth = held["money"][SHARES.index(0.2)]
    series = [charts.Line(_("Last 12 months"), held["money"])]
    if coming:
        series.append(charts.Line(_("Next 12 months"), coming["money"], kind="t"))
    series.append(charts.Line(_("If all brought alike"), list(SHARES), kind="c"))
    return charts.lines(
        title=_("The best fifth bring %(share)s of the money") % {"share": _percent(fifth)},
        series=series,
        periods=[_percent(share) for share in SHARES],
        write=_percent,
        name=_("Share of customers, best first"),
        is_broad=True,
        note=_("Gini %(past)s in the last 12 months; 0 is all alike, 1 is one for all.")
        % {"past": formatting.number(held["gini"], language=_language(), decimals=2)},
    )


def draw_expected(figures: Figures, *, currency: str) -> SafeString:
    """Draw how many customers are expected to bring how much."""
    held = figures["expected"]
    if not held["edges"]:
        return SafeString()
    counts, labels = held["counts"], _bands(held["edges"], currency=currency)
    nothing = counts[0] / max(sum(counts), 1)
    most = max(range(1, len(counts)), key=lambda place: counts[place])
    words = {"band": labels[most], "nothing": _percent(nothing)}
    return charts.columns(
        title=_("Most are expected to bring %(band)s; %(nothing)s nothing at all") % words,
        rows=[charts.Bar(label, float(count)) for label, count in zip(labels, counts, strict=True)],
        write=_count,
        name=_("Expected in the next 12 months"),
        measure=_("Customers"),
        is_broad=True,
    )


def _bands(edges: Sequence[int], *, currency: str) -> list[str]:
    """Name the bands: nothing, below the first edge, between two, from the last on."""
    language = _language()
    said = [formatting.amount_short(edge, currency=currency, language=language) for edge in edges]
    between = [f"{low} – {high}" for low, high in pairwise(said)]
    return [_("Nothing"), f"< {said[0]}", *between, f"≥ {said[-1]}"]


def draw_map(figures: Figures) -> SafeString:
    """Draw how many orders are expected of those who came so often and were away so long."""
    cells = figures["map"]["orders"]
    grid = _grid(cells)
    best = max(cells["mean"], default=0.0)
    return charts.heat_grid(
        title=_("Orders expected in 12 months: up to %(best)s of those who come often")
        % {"best": _decimal(best)},
        corner=_("Orders so far ↓ · days since the last →"),
        columns=_away_labels(),
        rows=list(zip(_order_labels(), grid, strict=True)),
        write=_decimal,
        note=_("Each cell is the average of the customers in it; an empty one has none."),
    )


def draw_chance(figures: Figures) -> SafeString:
    """Draw how likely those who came so often and were away so long are to come again."""
    cells = figures["map"]["staying"]
    grid = _grid(cells)
    if not cells["mean"]:
        return SafeString()
    ends = {"low": _percent(min(cells["mean"])), "high": _percent(max(cells["mean"]))}
    return charts.heat_grid(
        title=_("The chance to come again lies between %(low)s and %(high)s") % ends,
        corner=_("Orders so far ↓ · days since the last →"),
        columns=_away_labels(),
        rows=list(zip(_order_labels(), grid, strict=True)),
        write=_percent,
    )


def draw_staying(figures: Figures, *, needs: Mapping[int, str]) -> SafeString:
    """Draw who still buys so many months after the first order: everybody and each need group."""
    rows = [
        (_name_of(one["need"], needs), [_at(one["staying"], month) for month in _STAYING_MONTHS])
        for one in figures["staying"]
        if one["people"]
        and (one["need"] == 0 or one["need"] in needs)
        and len(one["staying"]) > _STAYING_MONTHS[0]
    ]
    if not rows:
        return SafeString()
    year = next((share for share in reversed(rows[0][1][:4]) if share is not None), 0.0)
    month = max(
        month
        for month, share in zip(_STAYING_MONTHS[:4], rows[0][1], strict=False)
        if share is not None
    )
    words = {"share": _percent(year), "month": formatting.number(month, language=_language())}
    return charts.heat_grid(
        title=_("%(share)s still buy %(month)s months after their first order") % words,
        corner=_("Need group ↓ · months since the first order →"),
        columns=[formatting.number(month, language=_language()) for month in _STAYING_MONTHS],
        rows=rows,
        write=_percent,
        note=_("Gone is who has not come for %(days)s days, within which nine of ten come again.")
        % {"days": formatting.number(figures["active_days"], language=_language())},
    )


def _name_of(need: int, needs: Mapping[int, str]) -> str:
    return needs.get(need) or _("All")


def _at(shares: Sequence[float], month: int) -> float | None:
    return shares[month] if month < len(shares) else None


def _grid(cells: Figures) -> list[list[float | None]]:
    grid: list[list[float | None]] = [
        [None] * (len(AWAY_DAYS) + 1) for _row in range(len(ORDER_COUNTS) + 1)
    ]
    for row, column, mean in zip(cells["row"], cells["column"], cells["mean"], strict=True):
        grid[row][column] = mean
    return grid


def _away_labels() -> list[str]:
    return [*_ranges(AWAY_DAYS, start=0), f"> {_count(AWAY_DAYS[-1])}"]


def _order_labels() -> list[str]:
    return [*_ranges(ORDER_COUNTS, start=1), f"> {_count(ORDER_COUNTS[-1])}"]


def _ranges(ends: Sequence[int], *, start: int) -> list[str]:
    starts = [start, *(end + 1 for end in ends[:-1])]
    return [
        _count(end) if begin == end else f"{_count(begin)}–{_count(end)}"
        for begin, end in zip(starts, ends, strict=True)
    ]


def _language() -> str:
    return get_language() or "en"


def _percent(value: float) -> str:
    return formatting.percent(value, language=_language())


def _count(value: float) -> str:
    return formatting.number(round(value), language=_language())


def _decimal(value: float) -> str:
    return formatting.number(value, language=_language(), decimals=1)
