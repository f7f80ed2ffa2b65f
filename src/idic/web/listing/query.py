"""What the address of the customer list asks for, as one value: filters in the language of
segments, order, columns. Reading never fails: what makes no sense is left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias
from urllib.parse import urlencode

import msgspec

from idic.core import ids, money
from idic.core.formatting import base_language
from idic.differentiate.depth import THIN_SCORE
from idic.differentiate.models import Tier
from idic.differentiate.segments import (
    All,
    Amount,
    Choice,
    Day,
    Flag,
    InNeedGroup,
    InSegment,
    Not,
    Number,
    Text,
    Tree,
    WrongTree,
    dump,
    parse,
)
from idic.differentiate.segments import Any as AnyOf
from idic.identify.importing.values.numbers import parse_amount
from idic.identify.models import LifecycleStage

from .columns import COLUMNS, DEFAULT_COLUMNS, DEFAULT_SORT, SORTS, Sort

_LONGEST = 120
_DAYS = (1, 3_650)
CHANNELS = ("email", "sms", "zalo")
NOBODY_REACHES = "none"


@dataclass(frozen=True)
class Part:
    """One filter that is on: the parameter and its value, and the condition it stands for."""

    name: str
    value: str
    tree: Tree


Values: TypeAlias = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class ListQuery:
    """A list of customers, whoever asks for it."""

    parts: tuple[Part, ...] = ()
    sort: str = DEFAULT_SORT
    is_turned: bool = False
    columns: tuple[str, ...] = DEFAULT_COLUMNS
    has_wrong_rule: bool = field(default=False, compare=False)

    @property
    def order(self) -> Sort:
        """Give the order with its direction."""
        order = SORTS[self.sort]
        return replace(order, falling=order.falling != self.is_turned)

    @property
    def tree(self) -> All:
        """Give the rule all filters make; several values of one filter are joined by or."""
        groups: dict[str, list[Tree]] = {}
        for part in self.parts:
            groups.setdefault(part.name, []).append(part.tree)
        return All(of=tuple(_joined(trees) for trees in groups.values()))

    def encode(self, **more: str) -> str:
        """Write the query as an address does, in one fixed order: equal lists look equal."""
        pairs = sorted((part.name, part.value) for part in self.parts)
        if self.sort != DEFAULT_SORT or self.is_turned:
            pairs.append(("sort", f"{'-' if self.is_turned else ''}{self.sort}"))
        if self.columns != DEFAULT_COLUMNS:
            pairs.append(("columns", ",".join(self.columns)))
        return urlencode([*pairs, *more.items()])

    def without(self, part: Part) -> ListQuery:
        """Take one filter off."""
        return replace(self, parts=tuple(p for p in self.parts if p != part))

    def has(self, name: str, value: str) -> bool:
        """Tell whether a filter is on."""
        return any(part.name == name and part.value == value for part in self.parts)

    def sorted_by(self, sort: str) -> ListQuery:
        """Sort by a column; a second time turns it round."""
        turned = sort == self.sort and not self.is_turned
        return replace(self, sort=sort, is_turned=turned)


def read_query(values: Values, *, currency: str, language: str) -> ListQuery:
    """Read an address's parameters."""
    parts: dict[tuple[str, str], Part] = {}
    for name, read in _READERS.items():
        for given in list(values.get(name, ()))[:20]:
            part = read(name, given.strip()[:_LONGEST])
            if part:
                parts[part.name, part.value] = part
    for part in _amounts(values, currency, language):
        parts[part.name, part.value] = part
    rule, is_wrong = _rule(values)
    if rule:
        parts[rule.name, rule.value] = rule
    sort, is_turned = _sort(values)
    return ListQuery(tuple(parts.values()), sort, is_turned, _columns(values), is_wrong)


def _joined(trees: list[Tree]) -> Tree:
    return trees[0] if len(trees) == 1 else AnyOf(of=tuple(trees))


def _tier(name: str, value: str) -> Part | None:
    known = value in Tier.values or value == NOBODY_REACHES
    code = "" if value == NOBODY_REACHES else value
    return Part(name, value, Choice("tier", "one_of", (code,))) if known else None


def _need(name: str, value: str) -> Part | None:
    is_id = value.isdecimal() and len(value) < 19
    return Part(name, value, InNeedGroup("one_of", (int(value),))) if is_id else None


def _place(name: str, value: str) -> Part | None:
    value = " ".join("".join(c for c in value if c.isprintable()).split())
    if not value:
        return None
    return Part(name, value, Text("city" if name == "city" else "country", "is", (value,)))


def _flag(name: str, value: str) -> Part | None:
    fields = {"overdue": "is_overdue", "case": "has_open_case", "company": "is_company"}
    return Part(name, "1", Flag(fields[name])) if value == "1" else None  # type: ignore[arg-type]


def _reach(name: str, value: str) -> Part | None:
    if value == NOBODY_REACHES:
        allowed = tuple(Choice(f"{c}_reach", "one_of", ("allowed",)) for c in CHANNELS)  # type: ignore[arg-type]
        return Part(name, value, Not(AnyOf(of=allowed)))
    if value in CHANNELS:
        return Part(name, value, Choice(f"{value}_reach", "one_of", ("allowed",)))  # type: ignore[arg-type]
    return None


def _days(name: str, value: str) -> Part | None:
    if not re.fullmatch(r"\d{1,4}", value) or not _DAYS[0] <= int(value) <= _DAYS[1]:
        return None
    days = int(value)
    tree = {
        "bought": Day("last_order_date", "last_days", days=days),
        "quiet": Day("last_order_date", "more_than_days_ago", days=days),
        "new": Day("first_order_date", "last_days", days=days),
    }[name]
    return Part(name, str(days), tree)


def _stage(name: str, value: str) -> Part | None:
    is_known = value in LifecycleStage.values
    return Part(name, value, Choice("lifecycle_stage", "one_of", (value,))) if is_known else None


def _depth(name: str, value: str) -> Part | None:
    most = {"thin": THIN_SCORE - 1, "some": 2 * THIN_SCORE - 1}.get(value)
    return Part(name, value, Number("depth_score", "at_most", value=most)) if most else None


def _segment(name: str, value: str) -> Part | None:
    try:
        return Part(name, value, InSegment(ids.decode("segment", value)))
    except ids.WrongId:
        return None


_READERS: dict[str, Callable[[str, str], Part | None]] = {
    "tier": _tier,
    "need": _need,
    "city": _place,
    "country": _place,
    "overdue": _flag,
    "case": _flag,
    "company": _flag,
    "reach": _reach,
    "bought": _days,
    "quiet": _days,
    "new": _days,
    "segment": _segment,
    "depth": _depth,
    "stage": _stage,
}
FILTERS = (*_READERS, "min", "max", "rule")
LIST_PARAMETERS = (*FILTERS, "sort", "columns")


def _amounts(values: Values, currency: str, language: str) -> list[Part]:
    """Read the least and most spent in twelve months: 1tr2, 350k, 3万."""
    mark = "," if base_language(language) == "vi" else "."
    parts = []
    for name, operator in (("min", "at_least"), ("max", "at_most")):
        given = (list(values.get(name, ())) or [""])[0].strip()[:30]
        amount = parse_amount(given, mark=mark) if given else None
        if amount is None or not amount.is_finite() or abs(amount) > 10**15:
            continue
        minor = money.to_minor(amount, currency=currency)
        tree = Amount("last_year_amount", operator, value=minor)  # type: ignore[arg-type]
        parts.append(Part(name, given, tree))
    return parts


def _rule(values: Values) -> tuple[Part | None, bool]:
    """Read a whole rule, as pages link to “the people behind this number”."""
    given = (list(values.get("rule", ())) or [""])[0]
    if not given:
        return None, False
    try:
        tree = parse(given[:20_000])
    except WrongTree:
        return None, True
    return Part("rule", given, tree), False


def _sort(values: Values) -> tuple[str, bool]:
    given = (list(values.get("sort", ())) or [DEFAULT_SORT])[0]
    sort = given.removeprefix("-")
    if sort not in SORTS or (sort == "stake" and "1" not in values.get("overdue", ())):
        return DEFAULT_SORT, False
    return sort, given.startswith("-")


def _columns(values: Values) -> tuple[str, ...]:
    """Read columns, from one list or from the boxes of a form."""
    given = [key for value in values.get("columns", ()) for key in value.split(",")]
    return tuple(key for key in COLUMNS if key in given) if given else DEFAULT_COLUMNS


def rule_parameter(tree: Tree) -> str:
    """Write a rule for an address: `?rule=` + this opens the people it holds for."""
    plain: dict[str, Any] = dump(tree)
    return msgspec.json.encode(plain).decode()
