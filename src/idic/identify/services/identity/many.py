"""Joins many groups in short transactions and leaves the lock alone in between: what a matcher
found goes through here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import connection

from idic.core import bulk
from idic.core.jobs.events import registry
from idic.identify.living import get_living_ids

from .joining import merge
from .joining_many import join_written, plan_joins, write_joins
from .refusals import IdentityRefused

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Group:
    """Customers who are one, and the codes and weights that say so."""

    customer_ids: Collection[int]
    evidence: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Joined:
    """What came of many merges: the entries that undo them, and whom somebody keeps apart or who
    changed meanwhile, with the sentence.
    """

    entry_ids: list[int] = field(default_factory=list)
    refused: list[tuple[Group, str]] = field(default_factory=list)


_PLANNED = 500  # groups read together
# Groups a transaction: some ten milliseconds of SQLite's lock.
_FIRST, _LEAST, _MOST = 40, 20, 100


def merge_groups(
    *,
    groups: Iterable[Group],
    by: str,
    actor: str,
    now: datetime,
    progress: Progress | None = None,
) -> Joined:
    """Join each group, following numbers that lead elsewhere by now; a group of one is done.

    Plain groups go some at a time in one transaction, the others each in its own. A refusal
    concerns its group only. Run again after a crash, it goes on with what is left.
    """
    came, done, source = Joined(), 0, iter(groups)
    pacer = bulk.Pacer(rows=_FIRST, least=_LEAST)
    registry()  # the handlers' modules are read in before the lock is taken, not under it
    while chunk := list(islice(source, _PLANNED)):
        for count in _merge_some(chunk, came, by, actor, now, pacer):
            done += count
            if progress is not None:
                progress(done)
    return came


def _merge_some(
    groups: Sequence[Group], came: Joined, by: str, actor: str, now: datetime, pacer: bulk.Pacer
) -> Iterator[int]:
    lives = get_living_ids(customer_ids={one for group in groups for one in group.customer_ids})
    living = [{lives[one] for one in group.customer_ids} for group in groups]
    several = [place for place, members in enumerate(living) if len(members) > 1]
    asked = [(living[place], groups[place].evidence) for place in several]
    plans = {several[place]: plan for place, plan in plan_joins(groups=asked).items()}
    source, rest = iter(plans.items()), [place for place in several if place not in plans]
    yield len(groups) - len(several)
    while some := dict(islice(source, min(pacer.rows, _MOST))):
        written = write_joins(plans=list(some.values()), by=by, actor=actor, now=now)
        with bulk.hold(pacer=pacer, rows=len(some), share=bulk.YIELD_SHARE):
            entries = join_written(written=written, by=by, actor=actor, now=now)
        came.entry_ids.extend(entry for entry in entries.values() if entry is not None)
        rest += [place for place, plan in some.items() if entries[plan.survivor_id] is None]
        yield len(some)
    for place in rest:
        again = set(get_living_ids(customer_ids=groups[place].customer_ids).values())
        if len(again) > 1:
            _merge_one(groups[place], again, came, by, actor, now)
        yield place not in plans


def _merge_one(
    group: Group, living: set[int], came: Joined, by: str, actor: str, now: datetime
) -> None:
    began = time.perf_counter()
    try:
        entry = merge(customer_ids=living, by=by, actor=actor, now=now, evidence=group.evidence)
    except IdentityRefused as refused:
        came.refused.append((group, str(refused)))
        return
    came.entry_ids.append(entry.id)
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        time.sleep((time.perf_counter() - began) / 2)  # SQLite's waiters poll, and would starve
