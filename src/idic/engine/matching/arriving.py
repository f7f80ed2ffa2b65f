"""Records that come one at a time, grouped under frozen parameters, all in memory.

The reference for services that keep keys and groups in a database: what they look up and decide,
in which order. It is what tests and benchmarks hold against the batch.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from idic.engine.matching.columns import Ints
from idic.engine.matching.parameters import Parameters
from idic.engine.matching.rates import Rates
from idic.engine.matching.resolving import (
    MOST_REGROUPED,
    list_record_keys,
    pick_candidates,
    regroup,
    resolve,
    weigh_groups,
)
from idic.engine.table import Source, Table


def group_one_by_one(parameters: Parameters, rates: Rates, cleaned: Source) -> Ints:
    """Bring the rows in one at a time; give each row's group, named by its smallest row.

    A row joins the best group of its auto zone. What it then makes of that group is new evidence:
    the group is weighed, as a whole, against the others the row is near to and against those that
    waited for review beside it, and joins whom that puts into the auto zone. Then all of them are
    grouped anew (`resolving.regroup`), which may part what an unlucky order had joined.
    """
    table = Table.read(cleaned)
    arrivals = _Arrivals(parameters, rates, table)
    for row in range(len(table)):
        arrivals.arrive(row)
    return arrivals.labels


class _Arrivals:
    """The groups so far, the blocks to find them by, and which groups wait beside which."""

    def __init__(self, parameters: Parameters, rates: Rates, table: Table) -> None:
        self.labels = np.arange(len(table))
        self._parameters, self._rates, self._table = parameters, rates, table
        self._groups: dict[int, list[int]] = {}
        self._blocks: dict[int, list[int]] = defaultdict(list)
        self._waiting: dict[int, set[int]] = defaultdict(set)
        self._keys: dict[int, list[tuple[int, int]]] = defaultdict(list)
        keys = list_record_keys(parameters, table)
        for row, key, cap in zip(*(keys[c].tolist() for c in keys.columns), strict=True):
            self._keys[row].append((key, cap))

    def arrive(self, row: int) -> None:
        self._groups[row] = [row]
        answers = self._ask(row)
        near = [group for group, _ in answers]
        for group in near:
            self._waiting[row].add(group)
            self._waiting[group].add(row)
        if answers and answers[0][1] == "auto":
            self._settle(self._join(row, near[0]))
        self._mend(row, near)
        for key, _ in self._keys[row]:
            self._blocks[key].append(row)

    def _mend(self, row: int, near: list[int]) -> None:
        """Group the neighborhood of a row anew."""
        current = int(self.labels[row])
        groups = {current, *near, *self._waiting[current]} & self._groups.keys()
        rows = sorted(other for group in groups for other in self._groups[group])
        if not near or not 2 < len(rows) <= MOST_REGROUPED:
            return
        places = regroup(self._parameters, self._rates, self._table.filter(np.array(rows)))
        named = np.array(rows)[places]
        if (named == self.labels[rows]).all():
            return
        beside = {other for group in groups for other in self._waiting.pop(group)} - groups
        for group in groups:
            del self._groups[group]
        for other, group in zip(rows, named.tolist(), strict=True):
            self._groups.setdefault(group, []).append(other)
            self.labels[other] = group
        for group in set(named.tolist()):
            self._waiting[group] = (beside | set(named.tolist())) - {group}
        for other in beside:
            self._waiting[other] = (self._waiting[other] - groups) | set(named.tolist())

    def _ask(self, row: int) -> list[tuple[int, str]]:
        """Give the groups a row is near to with their zones, the best first; vetoed ones not."""
        blocks = [self._blocks[key] for key, cap in self._keys[row]
                  if len(self._blocks[key]) <= cap]  # fmt: skip
        near = pick_candidates(blocks, record_count=self._parameters.record_count)
        numbers = sorted({int(self.labels[other]) for other in near})
        if not numbers:
            return []
        members = np.array([other for number in numbers for other in self._groups[number]])
        sizes = [len(self._groups[number]) for number in numbers]
        candidates = self._table.filter(members).with_columns(group=np.repeat(numbers, sizes))
        record = self._table.filter(np.array([row]))
        answers = resolve(self._parameters, self._rates, record, candidates)
        return [(answer.group, answer.zone) for answer in answers if not answer.is_vetoed]

    def _settle(self, current: int) -> None:
        """Weigh a group that has changed against all that wait beside it, until none joins."""
        tried: set[int] = set()
        while open_groups := sorted(self._waiting[current] - tried):
            group = open_groups[0]
            tried.add(group)
            weight, is_vetoed = weigh_groups(
                self._parameters, self._rates, self._rows(current), self._rows(group)
            )
            if self._parameters.zones.zone_of(weight, is_vetoed=is_vetoed) == "auto":
                current = self._join(current, group)
                tried = set()

    def _rows(self, group: int) -> Table:
        return self._table.filter(np.array(self._groups[group]))

    def _join(self, one: int, other: int) -> int:
        low, high = min(one, other), max(one, other)
        self._groups[low] = self._groups[low] + self._groups.pop(high)
        self.labels[self._groups[low]] = low
        for group in self._waiting.pop(high, set()):
            self._waiting[group].discard(high)
            if group != low:
                self._waiting[group].add(low)
                self._waiting[low].add(group)
        self._waiting[low].discard(high)
        return low
