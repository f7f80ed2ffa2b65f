"""Compiles conditions on facts to SQL over the lake (DuckDB), for shops with so many orders and
events that the database would read for minutes: what it says is what `facts` says of the same rows.
Every value of a rule is bound; the text of a statement is made of the constants below alone.

Not compiled: conditions on what the lake does not hold (properties of events, answers, consent,
states, a customer's own row). `masks` and `together` ask the database for those and put both
together by customer ids.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any as Anything

import numpy as np
from django.db.models import F, Q

from idic.engine.table import Table
from idic.identify.facts import open_facts
from idic.identify.models import Event, ImportRun, ImportState, LakeMark, Order, SourceRecord
from idic.lake.reader import Reader

from . import tree as t
from .columns import Numbers, numbers_in
from .facts import earlier
from .frame import Frame

# One row a fact: whose it is by the database's own map, which may be younger than the lake's.
_ORDERS = """
    SELECT w.customer_id, o.order_id, o.revision, o.ordered_at AS moment, o.own_amount AS amount,
        o.currency
    FROM order_now o JOIN owner w ON w.record_id = o.record_id
"""
_EVENTS = """
    SELECT w.customer_id, e.kind, e.occurred_at AS moment
    FROM event e JOIN owner w ON w.record_id = e.record_id
"""
_COUNTED = """
    SELECT customer_id FROM {rows} WHERE {where}
    GROUP BY customer_id HAVING {figure} {comparison} $p_figure
"""
_PRODUCT = {
    "code": "l.product_code = $p_value",
    "category": "l.category = $p_value",
    "name": "contains(lower(l.product_name), lower($p_value))",
}
_LINES = """
    (SELECT o.* FROM fact_order o JOIN order_line l USING (order_id, revision)
     WHERE l.quantity > 0 AND {product})
"""
# The first thing that followed, if any: one pass over both sides in the order of time.
_SEQUENCE = """
    WITH begun AS (SELECT customer_id, moment FROM {first} WHERE {first_is} {within}),
        after AS (SELECT customer_id, moment FROM {then} WHERE {then_is} AND moment < $p_end)
    SELECT DISTINCT b.customer_id
    FROM begun b ASOF LEFT JOIN after a ON a.customer_id = b.customer_id AND b.moment < a.moment
    WHERE {found}
"""
_UNTIL = "b.moment + to_days(CAST($p_days AS INTEGER))"
_FOLLOWED = f"a.moment <= {_UNTIL}"
_NOT_FOLLOWED = f"b.moment < $p_latest AND (a.moment IS NULL OR a.moment > {_UNTIL})"


@dataclass(frozen=True)
class LakeQuery:
    """A statement that gives customer ids, its bound values, and whether those ids are the ones a
    condition does not hold for.
    """

    sql: str
    parameters: dict[str, Anything]
    is_complement: bool = False


def is_in_lake(node: t.Tree) -> bool:
    """Tell whether the lake holds what a condition asks."""
    match node:
        case t.Orders() | t.Spent() | t.Bought():
            return True
        case t.Happened(where=where):
            return not where
        case t.Sequence(first=first, then=then):
            return not first.where and not then.where
    return False


def to_lake(node: t.Tree, *, frame: Frame) -> LakeQuery:
    """Compile one condition. Raises TypeError for one the lake does not hold."""
    match node:
        case t.Orders():
            return _counted("fact_order", "amount > 0", {}, node, frame)
        case t.Bought():
            rows = _LINES.format(product=_PRODUCT[node.by])
            bound = {"p_value": node.value}
            return _counted(rows, "amount > 0", bound, node, frame, "count(DISTINCT order_id)")
        case t.Happened() if not node.where:
            return _counted("fact_event", "kind = $p_kind", {"p_kind": node.kind}, node, frame)
        case t.Spent():
            return _spent(node, frame)
        case t.Sequence() if is_in_lake(node):
            return _sequence(node, frame)
    raise TypeError(f"the lake does not hold what {type(node).__name__} asks")


def ask(node: t.Tree, lake: Reader, *, frame: Frame, people: Numbers) -> Numbers:
    """Give those of `people` a condition holds for, by an open lake (`open_lake`)."""
    query = to_lake(node, frame=frame)
    found = np.asarray(lake.query(query.sql, query.parameters)["customer_id"], dtype=np.int64)
    chosen: Numbers = people[np.isin(people, found, invert=query.is_complement)]
    return chosen


@contextmanager
def open_lake() -> Iterator[Reader]:
    """Open the lake with the views conditions are asked of. Only as young as the last flush."""
    records = SourceRecord.objects.filter(customer__isnull=False)
    ids, owners = numbers_in(records.order_by().values_list("id", "customer_id"), columns=2)
    with open_facts() as lake:
        lake.add(name="owner", table=Table({"record_id": ids, "customer_id": owners}))
        lake.define(name="fact_order", sql=_ORDERS)
        lake.define(name="fact_event", sql=_EVENTS)
        yield lake


def is_current() -> bool:
    """Tell whether the lake holds every order and event that is published."""
    if ImportRun.objects.filter(state=ImportState.PUBLISHED, flushed_at=None).exists():
        return False
    marks = {mark.dataset: mark for mark in LakeMark.objects.all()}
    newer: list[tuple[str, Anything, str]] = [
        ("event", Event.objects.filter(import_run=None), "id"),
        (
            "order",
            Order.objects.filter(
                Q(import_run=None) | Q(revision__gt=F("import_run__last_revision"))
            ),
            "revision",
        ),
    ]
    return not any(has_newer(marks.get(name), rows, column) for name, rows, column in newer)


def has_newer(mark: LakeMark | None, rows: Anything, column: str) -> bool:
    """Tell whether rows lie beyond a mark that are not among those it names one by one."""
    if mark is None:
        return bool(rows.exists())
    beyond = {int(number) for number in mark.beyond}
    later = rows.filter(**{f"{column}__gt": mark.revision}).values_list(column, flat=True)
    return any(number not in beyond for number in later[: len(beyond) + 1])


def _counted(
    rows: str,
    where: str,
    bound: dict[str, Anything],
    node: t.Orders | t.Bought | t.Happened,
    frame: Frame,
    figure: str = "count(*)",
) -> LakeQuery:
    """Who has no row stands in no group: “at most” is asked as “not more than”."""
    wanted, is_complement, comparison = node.count, False, ">="
    if node.operator == "at_most" or (node.operator == "exactly" and node.count == 0):
        wanted, is_complement = node.count + 1, True
    elif node.operator == "exactly":
        comparison = "="
    elif node.count == 0:  # everybody
        comparison, is_complement, wanted = "<", True, 0
    within, moments = _within(node.window, frame)
    sql = _COUNTED.format(
        rows=rows, where=f"{where} {within}", figure=figure, comparison=comparison
    )
    return LakeQuery(sql, {**bound, **moments, "p_figure": wanted}, is_complement)


def _spent(node: t.Spent, frame: Frame) -> LakeQuery:
    if node.operator == "at_least":
        comparison, is_complement = (">=", False) if node.amount > 0 else ("<", True)
    else:
        comparison, is_complement = ("<=", False) if node.amount < 0 else (">", True)
    within, moments = _within(node.window, frame)
    sql = _COUNTED.format(
        rows="fact_order",
        where=f"currency = $p_currency {within}",
        figure="sum(amount)",
        comparison=comparison,
    )
    bound = {**moments, "p_currency": frame.currency, "p_figure": node.amount}
    return LakeQuery(sql, bound, is_complement)


def _sequence(node: t.Sequence, frame: Frame) -> LakeQuery:
    within, moments = _within(node.window, frame)
    bound: dict[str, Anything] = {**moments, "p_days": node.within_days, "p_end": _utc(frame.end)}
    if not node.is_followed:
        bound["p_latest"] = _utc(earlier(frame.end, days=node.within_days))
    sides = {}
    for name, step in (("first", node.first), ("then", node.then)):
        sides[name] = "fact_event" if step.kind else "fact_order"
        sides[f"{name}_is"] = f"kind = $p_{name}" if step.kind else "amount > 0"
        if step.kind:
            bound[f"p_{name}"] = step.kind
    found = _FOLLOWED if node.is_followed else _NOT_FOLLOWED
    return LakeQuery(_SEQUENCE.format(**sides, within=within, found=found), bound)


def _within(window: t.Window, frame: Frame) -> tuple[str, dict[str, dt.datetime]]:
    """Give the bounds of a window as SQL and as moments of UTC; the zone never reaches SQL."""
    first, last = frame.days_of(window)
    moments = {"p_last": _utc(frame.start_of(last + dt.timedelta(days=1)))}
    if first is None:
        return "AND moment < $p_last", moments
    return "AND moment < $p_last AND moment >= $p_since", {
        **moments,
        "p_since": _utc(frame.start_of(first)),
    }


def _utc(moment: dt.datetime) -> dt.datetime:
    return moment.astimezone(dt.UTC).replace(tzinfo=None)
