"""Asks many rules at once: every condition on customers' own rows in a few passes over the table,
sixty at a time, whichever rules they stand in; every other condition once. Says the same as
`compile`, for a hundred segments in the time of some.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any as Anything

import numpy as np
from django.db.models import BigIntegerField, Case, F, Value, When
from django.db.models.functions import Cast, Coalesce

from idic.differentiate.membership import SLICES
from idic.differentiate.models import CustomerSummary
from idic.lake.reader import Reader

from . import columns as held
from . import lake, masks
from . import tree as t
from .check import WrongTree, check, children
from .columns import Mask, Numbers
from .compile import to_condition
from .frame import Frame

_AT_ONCE = 60  # bits of one whole number
_OWN_ROW = (t.Text, t.Number, t.Amount, t.Day, t.Choice, t.Flag, t.InNeedGroup)
_WHOLE = BigIntegerField()
# Figures of everybody, as whole numbers; -1 where nothing is known.
FIGURES: Mapping[str, Anything] = {
    "expected": Coalesce(F("expected_amount"), -1, output_field=_WHOLE),
    "risk": Coalesce(Cast(F("churn_risk") * 1_000_000, _WHOLE), -1, output_field=_WHOLE),
    "depth": F("depth_score"),
    "orders": F("order_count"),
    "usage": Coalesce(F("usage_days"), -1, output_field=_WHOLE),
    "company": Case(When(is_company=True, then=Value(1)), default=Value(0), output_field=_WHOLE),
}


@dataclass
class Everybody:
    """All customers with a summary, ascending, and the figures asked for of each."""

    people: Numbers
    figures: Mapping[str, Numbers]

    def mask_of(self, chosen: Numbers) -> Mask:
        """Mark the customers of these ids."""
        return masks.marked(self.people, chosen)

    @cached_property
    def parts(self) -> tuple[Numbers, Numbers]:
        """Give the places of all in the order of the parts members are kept in, and each part's
        first place among them.
        """
        numbers = self.people % SLICES
        order = np.argsort(numbers, kind="stable")
        return order, np.searchsorted(numbers[order], np.arange(SLICES + 1))

    def divide(self, chosen: Mask) -> Iterator[tuple[int, Numbers]]:
        """Give the parts that hold somebody chosen, each ascending; as `membership.divide`."""
        order, bounds = self.parts
        inside = chosen[order]
        members = self.people[order[inside]]
        ends = np.concatenate(([0], np.cumsum(inside)))[bounds]
        for number in range(SLICES):
            if ends[number] < ends[number + 1]:
                yield number, members[ends[number] : ends[number + 1]]


@dataclass
class Together:
    """Rules asked at once. `everybody` comes first; then each rule's mask over them, on demand."""

    everybody: Everybody
    rules: Mapping[int, t.Tree | WrongTree]
    _leaves: dict[t.Tree, Mask] = field(default_factory=dict)

    def mask(self, key: int) -> Mask:
        """Tell for each of everybody whether a rule holds. Raises WrongTree for a wrong one."""
        rule = self.rules[key]
        if isinstance(rule, WrongTree):
            raise rule
        return self.mask_of(rule)

    def mask_of(self, node: t.Tree) -> Mask:
        """Tell for each of everybody whether a part of a rule holds."""
        size = len(self.everybody.people)
        match node:
            case t.All(of=of):
                every = np.ones(size, dtype=bool)
                for part in of:
                    every &= self.mask_of(part)
                return every
            case t.Any(of=of):
                some = np.zeros(size, dtype=bool)
                for part in of:
                    some |= self.mask_of(part)
                return some
            case t.Not(of=of):
                return ~self.mask_of(of)
        return self._leaves[node]


def ask_together(
    trees: Mapping[int, t.Tree],
    *,
    frame: Frame,
    figures: Sequence[str] = (),
    beat: Callable[[], None] = lambda: None,
) -> Together:
    """Ask every rule of everybody. Segments inside rules are opened; a rule that is circular or
    names what is gone keeps its WrongTree. `beat` is called between questions.
    """
    rules: dict[int, t.Tree | WrongTree] = {}
    for key, tree in trees.items():
        try:
            check(tree)
            rules[key] = masks.opened(tree, frame=frame)
        except WrongTree as error:
            rules[key] = error
    leaves = dict.fromkeys(
        leaf for rule in rules.values() if not isinstance(rule, WrongTree) for leaf in _leaves(rule)
    )
    own = [leaf for leaf in leaves if isinstance(leaf, _OWN_ROW)]
    everybody, found = _scan(own, frame, figures, beat)
    with _Lake() as facts:
        for leaf in leaves:
            if leaf not in found:
                found[leaf] = _fact(leaf, everybody, frame, facts)
                beat()
    return Together(everybody, rules, found)


class _Lake:
    """The lake for conditions the database would read for minutes, opened for the first of them:
    in a large shop, while it holds all there is.
    """

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._reader: Reader | None = None
        self._is_used: bool | None = None

    def __enter__(self) -> _Lake:
        return self

    def __exit__(self, *_error: object) -> None:
        self._stack.close()

    def ask(self, leaf: t.Tree, frame: Frame, people: Numbers) -> Numbers | None:
        """Give those a condition holds for; None where the database is to be asked."""
        if not lake.is_in_lake(leaf):
            return None
        if self._is_used is None:
            self._is_used = held.keeper.is_large() and lake.is_current()
        if not self._is_used:
            return None
        if self._reader is None:
            self._reader = self._stack.enter_context(lake.open_lake())
        return lake.ask(leaf, self._reader, frame=frame, people=people)


def _leaves(tree: t.Tree) -> Iterator[t.Tree]:
    if isinstance(tree, (t.All, t.Any, t.Not)):
        for child in children(tree):
            yield from _leaves(child)
    else:
        yield tree


def _scan(
    own: Sequence[t.Tree], frame: Frame, figures: Sequence[str], beat: Callable[[], None]
) -> tuple[Everybody, dict[t.Tree, Mask]]:
    """Read the table once for every sixty conditions, and the figures with the first of them."""
    found: dict[t.Tree, Mask] = {}
    everybody: Everybody | None = None
    for start in range(0, max(len(own), 1), _AT_ONCE):
        some = own[start : start + _AT_ONCE]
        wanted = figures if everybody is None else ()
        people, bits, read = _read(some, frame, wanted)
        if everybody is None:
            everybody = Everybody(people, read)
        elif not np.array_equal(people, everybody.people):  # somebody came or went meanwhile
            places = np.searchsorted(people, everybody.people)
            places = np.minimum(places, len(people) - 1)
            bits = np.where(people[places] == everybody.people, bits[places], 0)
        for place, leaf in enumerate(some):
            found[leaf] = (bits >> place) & 1 == 1
        beat()
    assert everybody is not None
    return everybody, found


def _read(
    own: Sequence[t.Tree], frame: Frame, figures: Sequence[str]
) -> tuple[Numbers, Numbers, dict[str, Numbers]]:
    bits: Anything = Value(0, _WHOLE)
    for place, leaf in enumerate(own):
        holds = When(to_condition(leaf, frame=frame, is_scan=True), then=Value(1 << place, _WHOLE))
        bits = bits + Case(holds, default=Value(0, _WHOLE), output_field=_WHOLE)
    named = {f"figure_{name}": FIGURES[name] for name in figures}
    rows = CustomerSummary.objects.order_by().annotate(bits=bits, **named)
    read = held.numbers_in(
        rows.values_list("customer_id", "bits", *named), columns=2 + len(figures)
    )
    order = np.argsort(read[0], kind="stable")
    people, holding, *rest = (column[order] for column in read)
    return people, holding, dict(zip(figures, rest, strict=True))


def _fact(leaf: t.Tree, everybody: Everybody, frame: Frame, facts: _Lake) -> Mask:
    """Ask one condition on facts: the columns in memory where they are at hand, the lake of a large
    shop, or the database.
    """
    if masks.is_quick(leaf):
        columns = held.current(can_wait=True)
        if columns is not None:
            mask = masks.mask_of(leaf, columns, frame=frame)
            return everybody.mask_of(columns.people[mask])
    else:
        found = facts.ask(leaf, frame, everybody.people)
        if found is not None:
            return everybody.mask_of(found)
    rows = CustomerSummary.objects.filter(to_condition(leaf, frame=frame, is_scan=True))
    return everybody.mask_of(held.numbers_of(rows.values_list("customer_id")))
