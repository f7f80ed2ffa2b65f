"""Writes the identity log and reads who leads to whom from it. Rows are only ever added."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from idic.core import bulk, ids
from idic.identify.models import (
    IdentityAct,
    IdentityLogEntry,
    IdentityMove,
    IdentityRedirect,
)
from idic.identify.services.imports.slices import slices

# A record, whose it was, whose it is now.
Move: TypeAlias = tuple[int, int | None, int | None]


def write(
    *,
    act: IdentityAct,
    by: str,
    actor: str,
    at: datetime,
    customer_id: int | None = None,
    moves: Sequence[Move] = (),
    redirects: Iterable[tuple[int, int | None]] = (),
    record_ids: Collection[int] | None = None,
    evidence: dict[str, Any] | None = None,
    before: dict[str, Any] | None = None,
    reverses_id: int | None = None,
) -> IdentityLogEntry:
    """Append one act with what it changes, in the caller's transaction."""
    entry = IdentityLogEntry.objects.create(
        at=at,
        act=act,
        by=by[:160],
        actor=actor[:160],
        customer_id=customer_id,
        record_ids=[move[0] for move in moves] if record_ids is None else sorted(record_ids),
        evidence=evidence or {},
        before=before or {},
        reverses_id=reverses_id,
    )
    columns = ["entry_id", "record_id", "from_customer_id", "to_customer_id"]
    bulk.insert_rows(IdentityMove, columns, [(entry.id, *move) for move in moves])
    columns = ["entry_id", "customer_id", "leads_to_id"]
    bulk.insert_rows(IdentityRedirect, columns, [(entry.id, *one) for one in redirects])
    return entry


def record_matches(*, matches: Sequence[tuple[int, int, str]], now: datetime) -> None:
    """Note records of nobody that found their customer: (record, customer, rule)."""
    if not matches:
        return
    numbers = ids.new_ids(len(matches))
    bulk.insert_rows(
        IdentityLogEntry,
        ["id", "at", "act", "by", "customer_id", "record_ids"],
        [
            (number, now, IdentityAct.MATCH, rule, customer_id, [record_id])
            for number, (record_id, customer_id, rule) in zip(numbers, matches, strict=True)
        ],
    )
    bulk.insert_rows(
        IdentityMove,
        ["entry_id", "record_id", "from_customer_id", "to_customer_id"],
        [
            (number, record_id, None, customer_id)
            for number, (record_id, customer_id, _rule) in zip(numbers, matches, strict=True)
        ],
    )


def record_moves(*, moves: Sequence[Move], by: str, actor: str, now: datetime) -> None:
    """Note what a file linked, or its undo unlinked, as one act of nobody in particular."""
    if moves:
        # So many records stand in their own rows only.
        write(act=IdentityAct.MATCH, by=by, actor=actor, at=now, moves=moves, record_ids=())


def read_direct(*, customer_ids: Iterable[int]) -> dict[int, int | None]:
    """Give where each number leads by the last word of the log: one step, not the end of the way.
    Who lives leads nowhere.
    """
    found: dict[int, int | None] = {}
    for chunk in slices(customer_ids):
        rows = IdentityRedirect.objects.filter(customer_id__in=chunk).order_by("id")
        found |= dict(rows.values_list("customer_id", "leads_to_id"))
    return found


def end_of(number: int, *, direct: dict[int, int | None]) -> int:
    """Follow the steps to who lives."""
    while (following := direct.get(number)) is not None:
        number = following
    return number
