"""Counts, at each refresh, how value is spread over the customers, what is expected of whom, and
how long people stay: what the page for analysts draws.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from idic.differentiate.models import ValueShape
from idic.engine import spread
from idic.engine.table import Table

# Upper ends of the map's columns (days since the last order) and rows (orders so far); the last of
# each is open.
AWAY_DAYS = (7, 30, 60, 90, 180, 365)
ORDER_COUNTS = (1, 2, 4, 8, 16)
MONTHS_FOLLOWED = 24
_EVERYBODY = 0


def write_shape(
    *, scores: Table, groups: dict[int, int], active_days: int, as_of: date
) -> dict[str, Any]:
    """Store the shape of value on a day; the day before goes. `groups` maps a need's index to its
    group, `active_days` is within how many days nine of ten come again.
    """
    orders = np.ma.getdata(scores["order_count"])
    bought = scores.filter(orders > 0)
    figures = {
        "money": _spread(_floats(bought, "last_year_amount")),
        "expected": _spread(_floats(bought, "expected_amount")),
        "map": _map(bought, as_of=as_of),
        "staying": _staying(bought, groups=groups, active_days=active_days, as_of=as_of),
        "active_days": active_days,
    }
    ValueShape.objects.exclude(as_of_date=as_of).delete()
    ValueShape.objects.update_or_create(as_of_date=as_of, defaults={"figures": figures})
    return figures


def _spread(amounts: NDArray[np.float64]) -> dict[str, Any]:
    found = spread.concentrate(amounts)
    edges = spread.round_edges(amounts)
    return {
        "concentration": asdict(found) if found else None,
        "edges": edges,
        "counts": spread.count_between(amounts, [1, *edges]) if edges else [],
    }


def _map(bought: Table, *, as_of: date) -> dict[str, Any]:
    """Average what is expected of those who bought so often and were last here so long ago."""
    away = _days(bought, "last_order_date", until=as_of)
    rows = np.searchsorted(ORDER_COUNTS, np.ma.getdata(bought["order_count"]), side="left")
    columns = np.searchsorted(AWAY_DAYS, away, side="left")
    risk = _floats(bought, "churn_risk")
    known = ~np.isnan(risk)
    return {
        "orders": spread.mean_by_cell(_floats(bought, "expected_order_count"), rows, columns),
        "staying": spread.mean_by_cell(1 - risk[known], rows[known], columns[known]),
    }


def _staying(
    bought: Table, *, groups: dict[int, int], active_days: int, as_of: date
) -> list[dict[str, Any]]:
    """Follow everybody, and each need group, from the first order to the last one."""
    first = _days(bought, "first_order_date", until=as_of)
    away = _days(bought, "last_order_date", until=as_of)
    has_left = away > active_days
    stayed = np.where(has_left, first - away, first)
    needs = np.ma.filled(bought["need_index"], -1)
    among = {_EVERYBODY: np.ones(len(stayed), dtype=bool)} | {
        group: needs == index for index, group in groups.items()
    }
    found = {
        group: spread.survive(
            stayed_days=stayed[is_in], has_left=has_left[is_in], months=MONTHS_FOLLOWED
        )
        for group, is_in in among.items()
    }
    return [{"need": group, **asdict(survival)} for group, survival in found.items()]


def _floats(table: Table, name: str) -> NDArray[np.float64]:
    """Read a column; what is not known is 0, a risk that is not known NaN."""
    missing = np.nan if name == "churn_risk" else 0.0
    return np.asarray(np.ma.filled(np.ma.asarray(table[name], dtype=np.float64), missing))


def _days(table: Table, name: str, *, until: date) -> NDArray[np.float64]:
    days = np.ma.getdata(table[name]).astype("datetime64[D]")
    return (np.datetime64(until, "D") - days).astype(np.float64)
