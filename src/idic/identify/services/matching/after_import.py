"""Matches what an import brought: record by record where it is little beside what is known, the
whole shop anew where it is much; and notes what came of it for the import's report.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from idic.identify.living import get_living_ids
from idic.identify.models import ImportRun, ImportState, MatchPair, PairState, SourceRecord
from idic.identify.services.imports.slices import slices

from .frozen import get_frozen
from .mending import mend
from .reading import list_people
from .resolving import Resolved, list_waiting, resolve_record
from .running import fit_and_match

Progress = Callable[[int, int, str], None]

# New records beyond this share of what the model has seen ask for a new one; below so many
# records, rates say little, and fitting anew takes a moment only.
_SHARE, _FEW = 0.1, 2_000


def match_import(
    *, run_id: int, now: datetime, progress: Progress | None = None
) -> dict[str, int] | None:
    """Match a published import's people and note in its counts how many fewer they are than was
    thought, and how many possible doubles wait. Run again, it changes nothing; None for a sample
    shop's.
    """
    run = ImportRun.objects.filter(id=run_id, state=ImportState.PUBLISHED).first()
    if run is None or run.source is None or run.source.is_demo:
        return None
    records = list_people(is_demo=False).filter(import_run=run)
    owners = dict(records.order_by("id").values_list("id", "customer_id"))
    before = run.counts.get("matching", {}).get("customers_before", len(set(owners.values())))
    _note(run_id, {"customers_before": before})
    _match(list(owners), now, progress)
    found = _count(list(owners))
    fewer = before - found["customers"]
    told = {"customers_before": before, "fewer": fewer, "doubles": found["doubles"]}
    _note(run_id, told)
    return told


def _match(record_ids: list[int], now: datetime, progress: Progress | None) -> None:
    frozen = get_frozen(is_demo=False)
    known = frozen.parameters.record_count if frozen else 0
    if known < _FEW or len(record_ids) > _SHARE * known:
        fit_and_match(now=now, progress=progress)
        return
    for done, record_id in enumerate(record_ids, start=1):
        resolve_and_mend(record_id=record_id, now=now)
        if progress is not None:
            progress(done, len(record_ids), "matching")


def _count(record_ids: list[int]) -> dict[str, int]:
    customers: set[int | None] = set()
    pairs: set[int] = set()
    for chunk in slices(record_ids):
        rows = SourceRecord.objects.filter(id__in=chunk)
        customers |= set(rows.values_list("customer_id", flat=True))
        waiting = MatchPair.objects.filter(state=PairState.OPEN).exclude(
            left__customer=F("right__customer")
        )
        for side in ("left_id__in", "right_id__in"):
            pairs |= set(waiting.filter(**{side: chunk}).values_list("id", flat=True))
    return {"customers": len(customers), "doubles": len(pairs)}


def _note(run_id: int, told: dict[str, Any]) -> None:
    with transaction.atomic():
        run = ImportRun.objects.select_for_update().get(id=run_id)
        run.counts["matching"] = told
        run.save(update_fields=["counts"])


def resolve_and_mend(*, record_id: int, now: datetime) -> Resolved:
    """Find out whose a record is, then look at its neighborhood as a whole again."""
    came = resolve_record(record_id=record_id, now=now)
    if came.answers:
        is_demo = SourceRecord.objects.filter(id=record_id, customer__is_demo=True).exists()
        frozen = get_frozen(is_demo=is_demo)
        beside = list_waiting(came.customer_id or 0)
        living = set(get_living_ids(customer_ids=came.near | beside).values())
        if frozen is not None:
            mend(customer_ids=living, frozen=frozen, now=now)
    return came


def match_people(*, customer_ids: list[int], now: datetime) -> int:
    """Match people of whom a website told something, one by one; give how many were joined."""
    joined = 0
    for chunk in slices(customer_ids):
        for is_demo in (False, True):
            records = list_people(is_demo=is_demo).filter(customer_id__in=chunk)
            for record_id in records.order_by("id").values_list("id", flat=True):
                joined += len(resolve_and_mend(record_id=record_id, now=now).entry_ids)
    return joined
