"""Asks a rule that counts or sums orders of the columns in memory: one truth value a customer. What
else the rule asks, the database answers by ids. Says the same as `compile`, sooner.
"""

from __future__ import annotations

import datetime as dt

import numpy as np

from idic.core.selectors import get_business
from idic.differentiate.models import CustomerSummary
from idic.identify.models import OrderLine

from . import rollups
from . import tree as t
from .check import children, parse
from .columns import Columns, Mask, Numbers, keeper, numbers_of
from .compile import find_segment, to_condition
from .frame import Frame

_FEW_LINES = 20_000


def opened(tree: t.Tree, *, frame: Frame, inside: tuple[int, ...] = ()) -> t.Tree:
    """Put the rules of segments in the place of their names, but for lists of people."""
    match tree:
        case t.All(of=of):
            return t.All(tuple(opened(one, frame=frame, inside=inside) for one in of))
        case t.Any(of=of):
            return t.Any(tuple(opened(one, frame=frame, inside=inside) for one in of))
        case t.Not(of=of):
            return t.Not(opened(of, frame=frame, inside=inside))
        case t.InSegment():
            segment = find_segment(tree, frame=frame, inside=inside)
            if not segment.is_static:
                rule = parse(segment.tree)
                return opened(rule, frame=frame, inside=(*inside, segment.id))
    return tree


def asks_orders(tree: t.Tree) -> bool:
    """Tell whether a rule looks into orders, or events, in a way that the columns answer."""
    if isinstance(tree, t.Bought):
        return tree.by == "code"
    if isinstance(tree, t.Happened):
        return not tree.where and _rollups() is not None
    return isinstance(tree, t.Orders | t.Spent) or any(asks_orders(one) for one in children(tree))


def is_worth_it(tree: t.Tree) -> bool:
    """Tell whether the columns are the quicker way: the database finds the few orders of a product
    that hardly sells at once.
    """
    if isinstance(tree, t.Bought):
        if keeper.held is not None and _lines_of(tree.value) in keeper.held.memo:
            return True
        lines = OrderLine.objects.filter(product_code=tree.value)
        return tree.by == "code" and lines[:_FEW_LINES].count() == _FEW_LINES
    if isinstance(tree, t.Happened):
        return asks_orders(tree)
    return isinstance(tree, t.Orders | t.Spent) or any(is_worth_it(one) for one in children(tree))


def mask_of(tree: t.Tree, columns: Columns, *, frame: Frame) -> Mask:
    """Tell for each of the columns' people whether an opened rule holds."""
    if not asks_orders(tree):
        return _ask_database(tree, columns, frame)
    match tree:
        case t.All(of=of):
            every: Mask = np.logical_and.reduce(_parts(of, columns, frame, together=t.All))
            return every
        case t.Any(of=of):
            some: Mask = np.logical_or.reduce(_parts(of, columns, frame, together=t.Any))
            return some
        case t.Not(of=of):
            return ~mask_of(of, columns, frame=frame)
        case t.Orders() | t.Bought() | t.Spent():
            key = (tree, frame.as_of, frame.time_zone, frame.currency)
            return columns.memo.get(key, lambda: _leaf(tree, columns, frame))
        case t.Happened():
            return _happened(tree, columns, frame)
    raise TypeError(f"no columns for {type(tree).__name__}")


def _leaf(node: t.Orders | t.Bought | t.Spent, columns: Columns, frame: Frame) -> Mask:
    chosen = _within(columns, node.window, frame)
    if isinstance(node, t.Spent):
        chosen &= columns.currencies == frame.currency.encode()
        sums = _sum(columns, chosen)
        return sums >= node.amount if node.operator == "at_least" else sums <= node.amount
    chosen &= columns.amounts > 0
    if isinstance(node, t.Bought):
        chosen &= columns.memo.get(_lines_of(node.value), lambda: _holding(columns, node.value))
    return _compare(_count(columns, chosen), node)


def _rollups() -> rollups.Rollups | None:
    found = rollups.current(zone=get_business().time_zone)
    keeper.is_wanted = found is not None
    return found


def _happened(node: t.Happened, columns: Columns, frame: Frame) -> Mask:
    found = rollups.current(zone=frame.time_zone)
    if found is None:  # it was there a moment ago
        return _ask_database(node, columns, frame)

    def compare() -> Mask:
        size = len(columns.people)
        return _compare(found.count(node, frame=frame, places=columns.places, size=size), node)

    return columns.memo.get((node, frame.as_of, found.stamp), compare)


def _lines_of(code: str) -> tuple[str, str]:
    """Name the orders that hold a product, among what is kept."""
    return "lines", code


def _parts(
    of: tuple[t.Tree, ...], columns: Columns, frame: Frame, *, together: type[t.All] | type[t.Any]
) -> list[Mask]:
    """Ask the database once for everything that is its own."""
    own = tuple(one for one in of if not asks_orders(one))
    masks = [mask_of(one, columns, frame=frame) for one in of if asks_orders(one)]
    return [*masks, _ask_database(together(own), columns, frame)] if own else masks


def _ask_database(tree: t.Tree, columns: Columns, frame: Frame) -> Mask:
    found = CustomerSummary.objects.filter(to_condition(tree, frame=frame, is_scan=True))
    return marked(columns.people, numbers_of(found.values_list("customer_id")))


def _within(columns: Columns, window: t.Window, frame: Frame) -> Mask:
    """Choose the orders of a window that count and have an owner."""
    first, last = frame.days_of(window)
    end = frame.start_of(last + dt.timedelta(days=1)).timestamp()
    chosen = columns.counts & (columns.moments < end)
    if first is not None:
        chosen &= columns.moments >= frame.start_of(first).timestamp()
    return chosen


def _holding(columns: Columns, code: str) -> Mask:
    """Choose the orders that hold a product."""
    lines = OrderLine.objects.filter(product_code=code, quantity__gt=0)
    return marked(columns.order_ids, numbers_of(lines.values_list("order_id")))


def is_quick(leaf: t.Tree) -> bool:
    """Tell whether the columns answer a condition by themselves."""
    return asks_orders(leaf) and is_worth_it(leaf)


def marked(among: Numbers, chosen: Numbers) -> Mask:
    """Mark the chosen among sorted keys; who came in meanwhile is not there yet."""
    mask = np.zeros(len(among), dtype=bool)
    if len(among):
        # Found in order, each is near the last.
        ordered = chosen if (chosen[1:] >= chosen[:-1]).all() else np.sort(chosen)
        places = np.minimum(np.searchsorted(among, ordered), len(among) - 1)
        mask[places[among[places] == ordered]] = True
    return mask


def _count(columns: Columns, chosen: Mask) -> Numbers:
    counts: Numbers = np.bincount(columns.owners[chosen], minlength=len(columns.people))
    return counts


def _sum(columns: Columns, chosen: Mask) -> Numbers:
    sums = np.zeros(len(columns.people), dtype=np.int64)
    np.add.at(sums, columns.owners[chosen], columns.amounts[chosen])
    return sums


def _compare(counts: Numbers, node: t.Orders | t.Bought | t.Happened) -> Mask:
    compared: dict[str, Mask] = {
        "at_least": counts >= node.count,
        "at_most": counts <= node.count,
        "exactly": counts == node.count,
    }
    return compared[node.operator]
