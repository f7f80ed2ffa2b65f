"""Lets go of what stays when an import is undone, before it is hidden: records others have hung
something on, and refusals, for an undo never widens what people allowed.
"""

from __future__ import annotations

from collections.abc import Sequence

from idic.core import bulk
from idic.identify.models import (
    AccountBalance,
    Consent,
    ConsentStatus,
    Event,
    Identifier,
    ImportRun,
    ImportState,
    IngestProblem,
    Order,
    Relation,
    SourceRecord,
    Trait,
)
from idic.identify.services.imports.slices import slices

from . import former, staying

_PORTION = 200
_SAVED = 25  # one by one, in the first transaction


def hand_over_records(*, run: ImportRun) -> int:
    """Give records on which others hung something to the first of those; give how many."""
    kept = list(staying.list_kept_records(run=run).order_by("id").values_list("id", flat=True))
    for chunk in slices(kept, size=_PORTION):
        heirs = _heirs(run, chunk)
        with bulk.hold():
            for heir in set(heirs.values()):
                mine = [key for key, owner in heirs.items() if owner == heir]
                SourceRecord.everything.filter(id__in=mine).update(import_run_id=heir)
    return len(kept)


def _heirs(run: ImportRun, record_ids: Sequence[int]) -> dict[int, int | None]:
    """Find whose each record is now: of the earliest other import, or of none in particular."""
    runs: dict[int, set[int | None]] = {key: set() for key in record_ids}
    for model in (Trait, Identifier, Consent, Order, Event, AccountBalance):
        rows = model.everything.filter(record_id__in=record_ids)
        for key, owner in rows.values_list("record_id", "import_run_id").distinct():
            runs[key].add(owner)
    for key in IngestProblem.objects.filter(record_id__in=record_ids).values_list(
        "record_id", flat=True
    ):
        if key is not None:
            runs[key].add(None)
    for name in ("subject_id", "object_id"):
        related = Relation.everything.filter(**{f"{name}__in": record_ids})
        for key, owner in related.values_list(name, "import_run_id").distinct():
            runs[key].add(owner)
    heirs: dict[int, int | None] = {}
    for key, owners in runs.items():
        others = sorted(owner for owner in owners if owner not in {None, run.id})
        heirs[key] = None if None in owners or not others else others[0]
    return heirs


def hand_over_people(*, run: ImportRun, customer_ids: Sequence[int]) -> None:
    """Leave people who stay for another import's sake to that one: they go with it."""
    for chunk in slices(customer_ids, size=_PORTION):
        records = SourceRecord.objects.filter(customer_id__in=chunk).exclude(import_run=None)
        rows = records.exclude(import_run=run).order_by("-import_run_id")
        heirs = dict(rows.values_list("customer_id", "import_run_id"))
        by_heir: dict[int, list[int]] = {}
        for customer_id, heir in heirs.items():
            by_heir.setdefault(heir, []).append(customer_id)
        for heir, mine in by_heir.items():
            former.keep_former(
                run=ImportRun(id=heir),
                subject=former.MADE,
                changes=((key, {}, {}) for key in mine),
            )


def keep_refusals(*, run: ImportRun) -> int:
    """Let refusals stand that the run brought, wherever the person or the address stays known."""
    refusals = Consent.everything.filter(import_run=run, status=ConsentStatus.DENIED)
    kept = 0
    last = 0
    rows = refusals.select_related("record").order_by("id")
    pacer = bulk.Pacer(rows=_SAVED, least=1)
    while chunk := list(rows.filter(id__gt=last)[: min(pacer.rows, _PORTION)]):
        last = chunk[-1].id
        homes = _homes(run, chunk)
        with bulk.hold(pacer=pacer, rows=len(chunk)):
            for refusal in chunk:
                if home := homes.get(refusal.id):
                    refusal.record_id, refusal.import_run_id = home, None
                    refusal.save(update_fields=["record", "import_run"])
                    kept += 1
    return kept


def _homes(run: ImportRun, refusals: Sequence[Consent]) -> dict[int, int]:
    """Find the record each hangs on from now on: its own if that stays, else another of the same
    person, else one that has the address.
    """
    owners = {one.record.customer_id for one in refusals if one.record.customer_id}
    rest = SourceRecord.everything.exclude(import_run=run)
    visible = rest.filter(import_run=None) | rest.filter(import_run__state=ImportState.PUBLISHED)
    of_owner = dict(
        visible.filter(customer_id__in=owners).order_by("-id").values_list("customer_id", "id")
    )
    addresses = {one.address for one in refusals}
    holders = Identifier.everything.filter(value__in=addresses, record__in=visible.values("id"))
    of_address = dict(holders.order_by("-id").values_list("value", "record_id"))
    homes: dict[int, int] = {}
    for one in refusals:
        if one.record.import_run_id != run.id:
            homes[one.id] = one.record_id
            continue
        owner = one.record.customer_id
        home = of_owner.get(owner) if owner else None
        home = home or of_address.get(one.address)
        if home is not None:
            homes[one.id] = home
    return homes
