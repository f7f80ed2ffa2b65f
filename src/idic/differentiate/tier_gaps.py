"""What somebody lacks for the next tier: which rules stand above theirs, what of a rule does not
hold yet, and how far away that is. Pure: figures in, gaps out; `selectors.near` asks and says.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from idic.differentiate.models import Tier
from idic.differentiate.segments import tree as t
from idic.differentiate.segments.fields import FIELDS
from idic.differentiate.segments.vector import Columns, columns_of, holds
from idic.differentiate.tier_rules import TierRule

# The tiers one climbs, best first. Nobody climbs out of silence by spending a little more.
LADDER = (Tier.VVIP, Tier.VIP, Tier.LOYAL)
CLIMBERS = (Tier.VIP, Tier.LOYAL, Tier.POTENTIAL, Tier.NEW)
# What is missing is called little up to this share of the line.
NEAR_RATE = 0.2
# Figures that a purchase raises.
_RAISED = frozenset(
    {
        *("order_count", "last_year_order_count"),
        *("net_amount", "last_year_amount", "worth_amount"),
    }
)
_DAYS = frozenset(field.column for field in FIELDS.values() if field.kind == "date")
_COUNTS = frozenset({"order_count", "last_year_order_count"})


@dataclass(frozen=True)
class Gap:
    """So much of a figure is missing: whole orders, or minor units."""

    field: str
    missing: int
    line: float

    @property
    def rate(self) -> float:
        """How large the gap is against the line; one order is always near."""
        if self.field in _COUNTS and self.missing == 1:
            return 0.0
        return self.missing / max(abs(self.line), 1e-9)


@dataclass(frozen=True)
class Lack:
    """What is missing for a tier: any one of `ways`, each a set of gaps that all have to close."""

    tier: str
    ways: tuple[tuple[Gap, ...], ...]

    @property
    def nearest(self) -> tuple[Gap, ...]:
        """The way on which the largest gap is smallest."""
        return min(self.ways, key=_farthest)


def _farthest(way: tuple[Gap, ...]) -> tuple[float, int]:
    return max((gap.rate for gap in way), default=0.0), len(way)


def find_lack(
    rules: Sequence[TierRule], *, tier: str, values: Mapping[str, Any], as_of: dt.date
) -> Lack | None:
    """Give what is missing for the next tier above `tier`; None for who stands on top, for whom a
    little more would not do, or whose tier is none that one climbs from.

    `values` are a customer's figures by column. A rule asked after the customer's own never comes
    to its turn: who is new stays new for sixty days, however often they buy.
    """
    for rule in rules_above(rules, tier=tier):
        ways = [way for way in lacks_of(rule.when, values, as_of=as_of) if way]
        near = sorted((w for w in ways if _farthest(w)[0] <= NEAR_RATE), key=_farthest)
        return Lack(rule.tier, tuple(near[:2])) if near else None
    return None


def find_lacks(
    rules: Sequence[TierRule], *, tiers: NDArray[np.object_], columns: Columns, as_of: dt.date
) -> dict[int, Lack]:
    """Give who of many is near the next tier, by place, with what is missing."""
    found: dict[int, Lack] = {}
    for tier in CLIMBERS:
        above = rules_above(rules, tier=tier)
        places = np.flatnonzero(tiers == tier)
        if not above or not len(places):
            continue
        names = sorted({name for rule in above for name in columns_of(rule.when)})
        mine = {name: columns[name][places] for name in names}
        is_near = np.logical_or.reduce(
            [holds(widen(rule.when), mine, as_of=as_of) for rule in above]
        )
        for at in np.flatnonzero(is_near).tolist():
            values = {name: _value(mine[name][at]) for name in names}
            lack = find_lack(rules, tier=tier, values=values, as_of=as_of)
            if lack is not None:
                found[int(places[at])] = lack
    return found


def _value(cell: Any) -> Any:
    if cell is np.ma.masked or (isinstance(cell, np.datetime64) and np.isnat(cell)):
        return None
    value = cell.item() if isinstance(cell, np.generic) else cell
    return None if isinstance(value, float) and np.isnan(value) else value


def rules_above(rules: Sequence[TierRule], *, tier: str) -> list[TierRule]:
    """Give the rules of the tiers somebody can climb to from theirs, the next one first."""
    own = next((rule for rule in rules if rule.tier == tier), None)
    if tier not in CLIMBERS or own is None:
        return []
    before = rules[: list(rules).index(own)]
    found = [r for r in before if r.tier in LADDER and _rank(r.tier) < _rank(tier)]
    return sorted(found, key=lambda rule: -_rank(rule.tier))


def _rank(tier: str) -> int:
    return list(Tier.values).index(tier)


def lacks_of(tree: t.Tree, values: Mapping[str, Any], *, as_of: dt.date) -> list[tuple[Gap, ...]]:
    """Give every way to make a rule hold by buying more; an empty tuple where it holds, nothing
    where no purchase could.
    """
    if _holds(tree, values, as_of=as_of):
        return [()]
    match tree:
        case t.All(of=of):
            ways: list[tuple[Gap, ...]] = [()]
            for part in of:
                mine = lacks_of(part, values, as_of=as_of)
                ways = [_joined(way, more) for way in ways for more in mine][:8]
            return ways
        case t.Any(of=of):
            return [way for part in of for way in lacks_of(part, values, as_of=as_of)][:8]
        case t.Number() | t.Amount() if tree.field in _RAISED:
            gap = _gap(tree, values)
            return [(gap,)] if gap else []
    return []


def _joined(first: tuple[Gap, ...], second: tuple[Gap, ...]) -> tuple[Gap, ...]:
    """Put gaps together; of two in one figure the larger closes both."""
    largest: dict[str, Gap] = {}
    for gap in (*first, *second):
        held = largest.get(gap.field)
        if held is None or gap.missing > held.missing:
            largest[gap.field] = gap
    return tuple(largest.values())


def _gap(node: t.Number | t.Amount, values: Mapping[str, Any]) -> Gap | None:
    have = values.get(FIELDS[node.field].column)
    line = node.value
    if have is None or line is None or node.operator not in ("at_least", "between", "is"):
        return None
    missing = int(np.ceil(line - have))
    return Gap(node.field, missing, float(line)) if missing > 0 else None


def _holds(tree: t.Tree, values: Mapping[str, Any], *, as_of: dt.date) -> bool:
    names = columns_of(tree)
    columns = {name: _column(name, values.get(name)) for name in names} or {"": np.zeros(1)}
    return bool(holds(tree, columns, as_of=as_of)[0])


def _column(name: str, value: Any) -> Any:
    if name in _DAYS:
        return np.array([value], dtype="datetime64[D]")
    if value is None:
        return np.ma.MaskedArray([0.0], mask=[True])
    return np.array([value])


def widen(tree: t.Tree) -> t.Tree:
    """Move the lines a purchase can reach a little down, so that a rule finds who is near."""
    match tree:
        case t.All(of=of):
            return t.All(tuple(widen(part) for part in of))
        case t.Any(of=of):
            return t.Any(tuple(widen(part) for part in of))
        case t.Number(field=field, operator="at_least", value=float() | int() as line):
            if field in _RAISED:
                low = line * (1 - NEAR_RATE)
                return msgspec.structs.replace(
                    tree, value=min(low, line - 1) if field in _COUNTS else low
                )
        case t.Amount(field=field, operator="at_least", value=int(line)) if field in _RAISED:
            return msgspec.structs.replace(tree, value=int(line - abs(line) * NEAR_RATE))
    return tree
