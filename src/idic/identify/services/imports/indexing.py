"""Lets the search find what an import brought: the people it made or said something about."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.db import transaction

from idic.identify.models import Identifier, ImportRun, ImportState, Order, SourceRecord, Trait
from idic.identify.services.search_index import reindex

from .slices import slices

_SLICE = 100  # people a transaction


def index_import(*, run_id: int, progress: Callable[[int, int], None] | None = None) -> int:
    """Index the people of a published import, once; give how many. Safe to run again."""
    run = ImportRun.objects.filter(id=run_id, state=ImportState.PUBLISHED).first()
    if run is None or run.counts.get("is_indexed"):
        return 0
    done = index_people(customer_ids=sorted(list_people(run=run)), progress=progress)
    with transaction.atomic():
        current = ImportRun.objects.select_for_update().get(id=run.id)
        current.counts["is_indexed"] = True
        current.save(update_fields=["counts"])
    return done


def index_people(
    *, customer_ids: Sequence[int], progress: Callable[[int, int], None] | None = None
) -> int:
    """Index these customers in short transactions and give how many. Safe to run again."""
    done = 0
    for chunk in slices(customer_ids, size=_SLICE):
        with transaction.atomic():
            reindex(customer_ids=chunk)
        done += len(chunk)
        if progress is not None:
            progress(done, len(customer_ids))
    return done


def list_people(*, run: ImportRun) -> set[int]:
    """Give the customers a run made or said something about."""
    found: set[int] = set()
    records = SourceRecord.objects.filter(import_run=run).values_list("customer_id", flat=True)
    found |= {key for key in records if key is not None}
    for model in (Trait, Identifier, Order):
        rows = model.objects.filter(import_run=run).values_list("record__customer_id", flat=True)
        found |= {key for key in rows.distinct() if key is not None}
    return found
