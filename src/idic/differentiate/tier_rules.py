"""Which tier each customer has: the default rules drawn from the shop's own figures, and how rules
are decided for many customers at once. No database here; `services.tiers` reads and writes.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import msgspec
import numpy as np
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from idic.differentiate.models import Tier
from idic.differentiate.segments import tree as t
from idic.differentiate.segments.check import WrongTree, dump, parse
from idic.differentiate.segments.vector import Columns, check_vector, columns_of, holds

# The best hundredth are VVIP, where there are a hundred; the best twentieth VIP; customers of the
# best three tenths are worth winning back.
VVIP_SHARE = 0.01
FEWEST_FOR_VVIP = 100
VIP_SHARE = 0.05
VALUABLE_SHARE = 0.30
NEW_DAYS = 60
# Above this risk somebody is gone rather than slipping away, whatever they once brought. Tried on
# the made-up shop's past: of 14 valuable and overdue beyond it nobody came within 30 days, of 13
# nobody within 90; just below it, at 0.4 to 0.7, two of five came.
GONE_RISK = 0.8
# Who holds a tier keeps it until the figure falls this far below what it takes to win it.
EASE_RATE = 0.1

Basis: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class TierRule:
    """One tier and when a customer has it. Rules are asked in order; the first that holds wins."""

    tier: str
    when: t.Tree


@dataclass(frozen=True)
class Assigned:
    """The tier of each customer (empty: none yet), and whether an eased rule kept it."""

    tiers: NDArray[np.object_]
    is_kept: NDArray[np.bool_]


def read_rules(data: Sequence[Mapping[str, Any]]) -> list[TierRule]:
    """Read stored rules. Raises WrongTree, when one cannot be used."""
    rules = []
    for row in data:
        code = str(row.get("tier", ""))
        if code not in Tier.values:
            raise WrongTree([((), _("A tier of this name does not exist."))])
        when = parse(row.get("when") or {})
        check_vector(when)
        rules.append(TierRule(tier=code, when=when))
    if len({rule.tier for rule in rules}) != len(rules) or not rules:
        raise WrongTree([((), _("Each tier needs exactly one rule."))])
    return rules


def write_rules(rules: Sequence[TierRule]) -> list[dict[str, Any]]:
    """Give the rules as plain values for a JSON column."""
    return [{"tier": rule.tier, "when": dump(rule.when)} for rule in rules]


def default_rules(columns: Columns, *, active_days: int) -> tuple[list[TierRule], Basis]:
    """Draw rules from the figures of all who bought: how much is a lot here, how often is often.

    `active_days` is within how many days nine of ten customers come again.
    """
    has_bought = np.ma.getdata(columns["order_count"]) > 0
    worth = np.ma.getdata(columns["worth_amount"])[has_bought]
    visits = np.ma.getdata(columns["last_year_order_count"])[has_bought]
    vvip, vip, valuable, middle = (
        readable(_quantile(worth, 1 - share))
        for share in (VVIP_SHARE, VIP_SHARE, VALUABLE_SHARE, 0.5)
    )
    often = max(3, int(_quantile(visits, 0.75)))
    is_here = t.Number("churn_risk", "at_most", GONE_RISK)
    rules = [
        TierRule(
            Tier.AT_RISK,
            t.All((t.Amount("worth_amount", "at_least", valuable), t.Flag("is_overdue"), is_here)),
        ),
        *(
            TierRule(tier, t.All((t.Amount("worth_amount", "at_least", line), is_here)))
            for tier, line in ((Tier.VVIP, vvip), (Tier.VIP, vip))
            # Of fewer than a hundred nobody is the best hundredth.
            if tier == Tier.VIP or (len(worth) >= FEWEST_FOR_VVIP and vvip > vip)
        ),
        TierRule(Tier.NEW, t.All((t.Day("first_order_date", "last_days", days=NEW_DAYS),))),
        TierRule(
            Tier.LOYAL,
            t.All(
                (
                    t.Number("last_year_order_count", "at_least", often),
                    t.Amount("worth_amount", "at_least", middle),
                    is_here,
                )
            ),
        ),
        TierRule(Tier.POTENTIAL, t.All((t.Day("last_order_date", "last_days", days=active_days),))),
        TierRule(Tier.DORMANT, t.All((t.Number("order_count", "at_least", 1),))),
    ]
    basis = {
        "buyers": int(has_bought.sum()),
        "vvip_share": VVIP_SHARE,
        "vip_share": VIP_SHARE,
        "valuable_share": VALUABLE_SHARE,
        "active_days": active_days,
    }
    return rules, basis


def assign(
    rules: Sequence[TierRule],
    columns: Columns,
    *,
    as_of: dt.date,
    current: NDArray[np.object_] | None = None,
) -> Assigned:
    """Give each customer the first tier whose rule holds. Who has a tier keeps it while an eased
    rule holds, so that nobody flaps between two tiers; without `current` rules are taken as they
    stand.
    """
    size = len(next(iter(columns.values())))
    tiers = np.full(size, "", dtype=object)
    is_kept = np.zeros(size, dtype=bool)
    is_open = np.ones(size, dtype=bool)
    for rule in rules:
        strict = holds(rule.when, columns, as_of=as_of)
        chosen = strict & is_open
        if current is not None:
            kept = is_open & ~strict & (current == rule.tier)
            kept &= holds(ease(rule.when), columns, as_of=as_of)
            is_kept |= kept
            chosen |= kept
        tiers[chosen] = rule.tier
        is_open &= ~chosen
    return Assigned(tiers=tiers, is_kept=is_kept)


def ease(tree: t.Tree, *, rate: float = EASE_RATE) -> t.Tree:
    """Move every figure a little, so that a rule holds for a few more; inside `Not`, fewer."""
    match tree:
        case t.All(of=of):
            return t.All(tuple(ease(part, rate=rate) for part in of))
        case t.Any(of=of):
            return t.Any(tuple(ease(part, rate=rate) for part in of))
        case t.Not(of=of):
            return t.Not(ease(of, rate=-rate))
        case t.Number() | t.Amount():
            return _ease_number(tree, rate)
        case t.Day(operator="last_days", days=int(days)):
            return msgspec.structs.replace(tree, days=max(0, round(days * (1 + rate))))
        case t.Day(operator="more_than_days_ago", days=int(days)):
            return msgspec.structs.replace(tree, days=max(0, round(days * (1 - rate))))
    return tree


def _ease_number(node: t.Number | t.Amount, rate: float) -> t.Tree:
    lower = node.operator in ("at_least", "between")
    low = _moved(node.value, -rate) if lower else node.value
    if node.operator == "at_most":
        low = _moved(node.value, rate)
    high = _moved(node.to, rate) if node.operator == "between" else node.to
    if isinstance(node, t.Amount):
        return msgspec.structs.replace(
            node,
            value=None if low is None else math.floor(low),
            to=None if high is None else math.ceil(high),
        )
    return msgspec.structs.replace(node, value=low, to=high)


def _moved(value: float | None, rate: float) -> float | None:
    # Away from zero for what must be at most, toward it for what must be at least; a negative
    # threshold moves the other way, so the size is what counts.
    return None if value is None else value + abs(value) * rate


def values_of(rule: TierRule, columns: Columns) -> list[dict[str, Any]]:
    """Give for each customer the figures a rule looked at: why it has the tier."""
    names = columns_of(rule.when)
    plain = [[_plain(cell) for cell in columns[name].tolist()] for name in names]
    return [dict(zip(names, cells, strict=True)) for cells in zip(*plain, strict=True)]


def _plain(cell: Any) -> Any:
    if isinstance(cell, dt.date):
        return cell.isoformat()
    return None if cell != cell else cell


def readable(value: float) -> int:
    """Round to two digits, so that a threshold can be said aloud: 3,742 → 3,700."""
    whole = max(1, round(value))
    step: int = 10 ** max(0, len(str(whole)) - 2)
    return max(1, int(round(whole / step) * step))


def _quantile(values: NDArray[Any], share: float) -> float:
    return float(np.quantile(values, share)) if len(values) else 0.0
