"""Asks a rule of columns in memory instead of the database: for tier rules, which are decided for
a million customers before their rows are written. Only conditions on a customer's own figures.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any as Anything
from typing import TypeAlias

import numpy as np
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from . import tree as t
from .check import WrongTree, children
from .fields import FIELDS

Mask: TypeAlias = NDArray[np.bool_]
Columns: TypeAlias = Mapping[str, NDArray[Anything]]

_VECTOR_NODES = (t.All, t.Any, t.Not, t.Number, t.Amount, t.Day, t.Flag, t.Choice)
_VECTOR_FIELDS = frozenset(
    {
        *("order_count", "last_year_order_count", "net_amount", "last_year_amount"),
        *("mean_order_amount", "expected_amount", "expected_low_amount", "expected_high_amount"),
        *("expected_order_count", "churn_risk", "worth_amount", "stake_amount"),
        "winback_amount",
        *("recency_score", "frequency_score", "monetary_score", "rfm_cell"),
        *("usual_gap_days", "overdue_days", "is_overdue", "first_order_date", "last_order_date"),
    }
)


def check_vector(tree: t.Tree) -> None:
    """Raise WrongTree when a rule asks for more than a customer's own figures."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        field = getattr(node, "field", None)
        if not isinstance(node, _VECTOR_NODES) or (field and field not in _VECTOR_FIELDS):
            raise WrongTree(
                [((), _("A tier can only ask for orders, amounts, days and expectations."))]
            )
        waiting += children(node)


def columns_of(tree: t.Tree) -> list[str]:
    """Give the columns a rule reads, each once, in order."""
    names: dict[str, None] = {}
    waiting = [tree]
    while waiting:
        node = waiting.pop(0)
        field = getattr(node, "field", None)
        if field:
            names[FIELDS[field].column] = None
        waiting += children(node)
    return list(names)


def holds(tree: t.Tree, columns: Columns, *, as_of: dt.date) -> Mask:
    """Tell for each customer whether a rule holds; what is not known does not hold."""
    size = len(next(iter(columns.values())))
    match tree:
        case t.All(of=of):
            parts = [holds(part, columns, as_of=as_of) for part in of]
            return np.logical_and.reduce(parts) if parts else np.ones(size, dtype=bool)
        case t.Any(of=of):
            parts = [holds(part, columns, as_of=as_of) for part in of]
            return np.logical_or.reduce(parts) if parts else np.zeros(size, dtype=bool)
        case t.Not(of=of):
            return ~holds(of, columns, as_of=as_of)
        case t.Flag():
            return _flag(columns[FIELDS[tree.field].column], tree.value)
        case t.Choice():
            found = np.isin(columns[FIELDS[tree.field].column].astype(str), tree.values)
            return found if tree.operator == "one_of" else ~found
        case t.Number() | t.Amount():
            return _number(tree, columns[FIELDS[tree.field].column])
        case t.Day():
            return _day(tree, columns[FIELDS[tree.field].column], as_of=as_of)
    raise WrongTree([((), _("A tier can only ask for orders, amounts, days and expectations."))])


def _flag(column: NDArray[Anything], value: bool) -> Mask:
    held: Mask = np.ma.filled(column, False).astype(bool)
    return held if value else ~held


def _number(node: t.Number | t.Amount, column: NDArray[Anything]) -> Mask:
    is_known = ~np.ma.getmaskarray(column)
    values = np.ma.getdata(column)
    if values.dtype.kind == "f":
        is_known = is_known & ~np.isnan(values)
    if node.operator in ("known", "unknown"):
        return is_known if node.operator == "known" else ~is_known
    low = node.value if node.operator in ("at_least", "between", "is") else None
    high = {"at_most": node.value, "between": node.to, "is": node.value}.get(node.operator)
    return _between(values, is_known, low, high)


def _between(
    values: NDArray[Anything], is_known: Mask, low: Anything | None, high: Anything | None
) -> Mask:
    found: Mask = is_known.copy()
    if low is not None:
        found &= values >= low
    if high is not None:
        found &= values <= high
    return found


def _day(node: t.Day, column: NDArray[Anything], *, as_of: dt.date) -> Mask:
    days = column.astype("datetime64[D]")
    is_known: Mask = ~np.isnat(days)
    if node.operator in ("known", "unknown"):
        return is_known if node.operator == "known" else ~is_known
    today = np.datetime64(as_of)
    if node.operator == "last_days":
        return _between(days, is_known, today - ((node.days or 0) - 1), today)
    if node.operator == "more_than_days_ago":
        return _between(days, is_known, None, today - ((node.days or 0) + 1))
    first = node.day if node.operator in ("on_or_after", "between") else None
    last = {"on_or_before": node.day, "between": node.to}.get(node.operator)
    return _between(
        days,
        is_known,
        None if first is None else np.datetime64(first),
        None if last is None else np.datetime64(last),
    )
