"""Removes the sample shop: everybody made up and all that hangs on them, their orders, sources and
files in the lake, then what the other rooms hold of it (`core.demo_data`). In short transactions;
killed anywhere and run again, it goes on. The sources go last, with the entry in the trail.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, models, transaction

from idic.core import bulk
from idic.core.demo_data import count_demo, list_parts
from idic.core.jobs import publish
from idic.core.jobs.events import registry
from idic.core.personal_data import Erasure, Person, tables
from idic.core.services import audit
from idic.identify.events import DemoRemoved
from idic.identify.models import (
    Consent,
    Customer,
    Event,
    Identifier,
    ImportRejection,
    ImportRun,
    LakeMark,
    Order,
    OrderLine,
    QualityFigures,
    RemovalReason,
    Source,
    SourceKind,
    SourceRecord,
)
from idic.identify.selectors import has_demo
from idic.identify.services.consent import remove_consents
from idic.identify.services.demo_loading import REMOVED, ask_to_stop, demo_lock
from idic.identify.services.flush import flush_to_lake
from idic.identify.services.imports.lock import import_lock
from idic.identify.services.matching.storing import forget_demo
from idic.identify.services.search_index import reindex
from idic.lake.reader import open_reader
from idic.lake.services import retire, retire_untagged

Progress = Callable[[int, int, str], None]

_PATIENCE_SECONDS = 120.0
_PEOPLE = 100  # at a time: the search index takes a moment for each
_ORDERS = 400
# Of the bar, how many steps a person and an order stand for.
_PERSON_STEPS, _ORDER_STEPS = 8, 2
_LABEL = "demo_removal"
# Data sets whose files several imports share: by the mark of the flush.
_SHARED = {"order": ("order", "order_line"), "event": ("event",)}


@dataclass(slots=True)
class _Bar:
    """Adds up what is done."""

    progress: Progress
    total: int
    done: int = field(default=0)

    def add(self, steps: int) -> None:
        """Hear of steps done."""
        self.done = min(self.done + steps, self.total)
        self.progress(self.done, self.total, _LABEL)


def remove_demo(*, actor: str, now: datetime, progress: Progress | None = None) -> dict[str, int]:
    """Remove the sample shop and give what there was of it; without one, nothing happens.

    Raises ImportBusy while a file comes in, DemoBusy while somebody loads the sample shop and
    does not stop.
    """
    with import_lock():
        return remove_demo_now(actor=actor, now=now, progress=progress)


def remove_demo_now(
    *, actor: str, now: datetime, progress: Progress | None = None
) -> dict[str, int]:
    """Remove the sample shop for somebody who holds the lock of imports."""
    if not has_demo():
        return {}
    ask_to_stop()
    with demo_lock(patience_seconds=_PATIENCE_SECONDS):
        counts = count_demo()
        people, orders = counts["customers"], counts["orders"]
        total = _PERSON_STEPS * people + _ORDER_STEPS * orders + 1
        bar = _Bar(progress or (lambda done, total, label: None), total)
        bar.add(0)
        parts = list_parts()
        for part in parts:
            part.begin()
        sources = _demo_sources()
        forget_demo()
        _remove_events(sources)
        _remove_orders(sources, bar)
        _clear_lake(sources, now)
        _remove_people(sources, bar, now)
        bulk.delete_rows(QualityFigures.objects.all())  # they told of made-up data
        for part in parts:
            part.finish()
        _close(sources, counts, actor=actor, now=now)
        bar.add(total)
    return counts


def count_rows() -> dict[str, int]:
    """Count people and orders of the sample shop."""
    orders = Order.everything.filter(source__is_demo=True)
    return {
        "customers": Customer.objects.filter(
            is_demo=True, is_staged=False, merged_into=None
        ).count(),
        "orders": orders.count(),
    }


def adopt_people() -> None:
    """Keep whoever a file of the owner's knows too: such a person is real, and only what the sample
    shop said of them goes.
    """
    own = SourceRecord.everything.exclude(source__is_demo=True).exclude(source__kind=SourceKind.CRM)
    known = own.filter(customer__is_demo=True).values_list("customer_id", flat=True).distinct()
    Customer.objects.filter(id__in=list(known)).update(is_demo=False)


def _demo_sources() -> list[int]:
    return list(Source.objects.filter(is_demo=True).values_list("id", flat=True))


def _remove_events(sources: Sequence[int]) -> None:
    bulk.delete_rows(Event.everything.filter(source_id__in=sources))


def _remove_orders(sources: Sequence[int], bar: _Bar) -> None:
    orders = Order.everything.filter(source_id__in=sources).order_by()
    while ids := list(orders.values_list("id", flat=True)[:_ORDERS]):
        bulk.delete_rows(OrderLine.objects.filter(order_id__in=ids))
        bulk.delete_rows(Order.everything.filter(id__in=ids))
        bar.add(_ORDER_STEPS * len(ids))
        _settle()


def _clear_lake(sources: Sequence[int], now: datetime) -> None:
    """Take the orders and events out of readers' sight. Files written for no single import may hold
    the owner's rows too: those are written anew from the tables, where no made-up row is left.
    """
    runs = ImportRun.objects.filter(source_id__in=sources)
    runs.filter(flushed_at=None).update(flushed_at=now)  # a flush under way comes too late
    for run_id in runs.values_list("id", flat=True):
        for dataset in ("order", "order_line"):
            retire(dataset=dataset, tag=str(run_id), now=now)
    is_mixed = False
    for mark, datasets in _SHARED.items():
        if _is_in_lake(mark, sources):
            is_mixed = True
            _write_anew(mark=mark, datasets=datasets, now=now)
    if is_mixed:
        flush_to_lake(now=now)


def _is_in_lake(dataset: str, sources: Sequence[int]) -> bool:
    """Tell whether a live file still holds rows of the sample shop, or about its people."""
    records = SourceRecord.everything.filter(customer__is_demo=True).values_list("id", flat=True)
    with open_reader() as reader:
        reader.add(name="demo_source", table={"id": list(sources)})
        reader.add(name="demo_record", table={"id": list(records) or [-1]})
        found = reader.query(
            f"""
            SELECT 1 AS one FROM "{dataset}" WHERE source_id IN (SELECT id FROM demo_source)
                OR record_id IN (SELECT id FROM demo_record) LIMIT 1
            """  # noqa: S608 - one of two names of ours
        )
    return len(found) > 0


def _write_anew(*, mark: str, datasets: Sequence[str], now: datetime) -> None:
    with transaction.atomic():
        for dataset in datasets:
            retire_untagged(dataset=dataset, now=now)
        LakeMark.objects.filter(dataset=mark).update(revision=0, beyond=[], updated_at=now)


def _remove_people(sources: Sequence[int], bar: _Bar, now: datetime) -> None:
    people = Customer.objects.filter(is_demo=True).order_by("id")
    while ids := list(people.values_list("id", flat=True)[:_PEOPLE]):
        _forget(_person(ids), now)
        reindex(customer_ids=ids)
        bar.add(_PERSON_STEPS * len(ids))
        _settle()
    # What the sources said of people who stay, and records of nobody.
    records = SourceRecord.everything.filter(source_id__in=sources).order_by("id")
    while ids := list(records.values_list("id", flat=True)[:_PEOPLE]):
        _forget(Person(customer_ids=(), record_ids=tuple(ids)), now)
        bulk.delete_rows(SourceRecord.everything.filter(id__in=ids))


def _person(customer_ids: Sequence[int]) -> Person:
    """Name some made-up people as one: rows about them go, whichever room holds them."""
    records = SourceRecord.everything.filter(customer_id__in=customer_ids)
    record_ids = tuple(records.values_list("id", flat=True))
    told = Identifier.everything.filter(record_id__in=record_ids)
    addresses = set(told.values_list("value", flat=True))
    others = Identifier.everything.filter(value__in=addresses).exclude(
        record__customer__is_demo=True
    )
    own = set(others.values_list("value", flat=True))
    return Person(tuple(customer_ids), record_ids, tuple(addresses - own))


def _forget(person: Person, now: datetime) -> None:
    for table in tables():
        rows = table.rows(person)
        if table.model is Consent:
            remove_consents(rows=rows, reason=RemovalReason.DEMO_REMOVED, now=now)
        elif table.erase is Erasure.DETACH:
            rows.update(**table.empty)
        elif table.erase is Erasure.DELETE or table.customer:
            # Bare numbers are kept for real people only.
            _cut_own_links(table.model, rows)
            bulk.delete_rows(rows)


def _cut_own_links(model: type[models.Model], rows: models.QuerySet[Any]) -> None:
    """Rows that name each other would protect each other."""
    for link in model._meta.concrete_fields:
        if link.related_model is model:
            pointing = {f"{link.name}__in": list(rows.values_list("pk", flat=True))}
            model._base_manager.filter(**pointing).update(**{link.attname: None})


def _settle() -> None:
    """Move SQLite's log on between two slices, so that nobody's commit has to."""
    if not connection.in_atomic_block:
        bulk.checkpoint()


def _close(sources: Sequence[int], counts: dict[str, int], *, actor: str, now: datetime) -> None:
    """Remove the imports and the sources, and say so."""
    runs = ImportRun.objects.filter(source_id__in=sources)
    bulk.delete_rows(ImportRejection.objects.filter(run__in=runs.values("id")))
    registry()  # the handlers' modules are read in before the lock is taken, not under it
    with transaction.atomic():
        runs.delete()
        Source.objects.filter(id__in=sources).delete()
        audit.record(at=now, actor=actor, action=REMOVED, subject_type="demo", detail=counts)
        publish(event=DemoRemoved())
