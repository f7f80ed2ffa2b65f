"""Joins many groups one after another, each in a transaction of its own, and leaves the lock alone
in between: what a matcher found goes through here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from idic.identify.living import get_living_ids

from .joining import merge
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


def merge_groups(
    *,
    groups: Iterable[Group],
    by: str,
    actor: str,
    now: datetime,
    progress: Progress | None = None,
) -> Joined:
    """Join each group, following numbers that lead elsewhere by now; a group of one is done.

    A refusal concerns its group only. Run again after a crash, it goes on with what is left.
    """
    came = Joined()
    for done, group in enumerate(groups, start=1):
        living = set(get_living_ids(customer_ids=group.customer_ids).values())
        if len(living) > 1:
            _merge_one(group, living, came, by, actor, now)
        if progress is not None:
            progress(done)
    return came


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
