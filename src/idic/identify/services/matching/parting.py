"""Takes back what models joined with the people of an import that is undone: it followed from the
file and goes with it. What somebody joined stays.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from django.db.models import QuerySet

from idic.identify.models import (
    Customer,
    IdentityAct,
    IdentityLogEntry,
    IdentityMove,
    ImportRun,
    SourceRecord,
)
from idic.identify.services import identity
from idic.identify.services.identity import IdentityRefused
from idic.identify.services.imports.slices import slices

BY = "rule:import_undone"


def part_import(
    *,
    run: ImportRun,
    made: QuerySet[Customer],
    actor: str,
    now: datetime,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Undo the standing joins by models of the run's records, and of others with the people it
    `made`, the latest first; give how many. Run again after a crash, it goes on.
    """
    entries = _list_joins(run, made)
    for done, entry_id in enumerate(entries, start=1):
        with suppress(IdentityRefused):  # somebody has bound the two, or taken all elsewhere
            identity.unmerge(entry_id=entry_id, actor=actor, now=now, by=BY)
        if progress is not None:
            progress(done, len(entries))
    return len(entries)


def _list_joins(run: ImportRun, made: QuerySet[Customer]) -> list[int]:
    records = SourceRecord.everything.filter(import_run=run)
    standing = IdentityLogEntry.objects.filter(
        act=IdentityAct.MERGE, by__startswith="model:", reversed_by=None
    )
    found: set[int] = set()
    for chunk in slices(records.values_list("id", flat=True)):
        moves = IdentityMove.objects.filter(record_id__in=chunk, entry__in=standing)
        found |= set(moves.values_list("entry_id", flat=True))
    for chunk in slices(made.values_list("id", flat=True)):
        met = standing.filter(customer_id__in=chunk)
        found |= set(met.values_list("id", flat=True))
    return sorted(found, reverse=True)
