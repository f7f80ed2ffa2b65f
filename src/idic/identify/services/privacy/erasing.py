"""Erases one person in every room, through the tables `core.personal_data` knows, and where no
table leads: the lake, files, the search index. Sets stones first, so that nothing that comes in
meanwhile brings them back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import connection, models, transaction

from idic.core import bulk
from idic.core.personal_data import Erasure, Person, PersonalTable, tables
from idic.identify.models import Consent, Order, RemovalReason, SourceRecord
from idic.identify.services import search_index
from idic.identify.services.consent import remove_consents
from idic.identify.services.flush import flush_to_lake
from idic.identify.services.matching.storing import forget
from idic.identify.services.tombstones import raise_tombstones
from idic.identify.services.trail import record_act
from idic.lake.services import erase as erase_in_lake

from .again import Again, Noted, find_returned, note_erasure, restore_stones
from .leftovers import clear_files, clear_index, clear_log, clear_texts
from .person import find_person
from .traces import find_traces

Progress = Callable[[int, int, str], None]
_SLICE = 200  # rows a transaction: the web never waits longer than some 20 ms for the lock
_LABEL = "erasing"
# Beside the tables: stones, texts, files, lake, index, trail.
_STEPS_BESIDE = 6
_NUMBER_OF_TWO = " · "  # an order number used for two customers carries its owner behind this


def erase_person(
    *, customer_id: int, actor: str, now: datetime, progress: Progress | None = None
) -> dict[str, int]:
    """Erase a person everywhere; give how many rows of each table went or lost their owner.

    Runs in short transactions and may be run again after an interruption: what is gone is gone,
    the customer's own row goes last. The audit trail keeps the number, never the name.
    """
    person = find_person(customer_id=customer_id)
    todo = [table for table in tables() if table.erase is not Erasure.KEEP]
    bar = _Bar(progress or (lambda done, total, label: None), len(todo) + _STEPS_BESIDE)
    traces = find_traces(person)
    note_erasure(person=person, now=now)
    raise_tombstones(record_ids=person.record_ids, now=now)
    bar.step()
    counts = {"texts": clear_texts(traces=traces)}
    bar.step()
    counts["files"] = clear_files(traces=traces)
    bar.step()
    _forget_numbers(person)
    forget(record_ids=person.record_ids)
    counts["lake"] = _erase_in_lake(person, now)
    bar.step()
    for table in todo:
        counts[table.model._meta.label] = _erase(table, person, now)
        bar.step()
    search_index.reindex(customer_ids=person.customer_ids)
    clear_index()
    flush_to_lake(now=now)  # the map of records to customers, without these
    bar.step()
    with transaction.atomic():
        record_act(
            customer_id=customer_id,
            action="customer.erased",
            actor=actor,
            now=now,
            detail={"rows": counts},
        )
    clear_log()
    bar.step()
    return counts


def erase_again(*, noted: Sequence[Noted], actor: str, now: datetime) -> Again:
    """Do again what was done before a backup was restored: whoever was erased and is back goes, and
    the stones that keep them out stand again, those first. Run twice it changes nothing.
    """
    stones = restore_stones(noted=noted)
    returned = find_returned(noted=noted)
    for customer_id in returned:
        erase_person(customer_id=customer_id, actor=actor, now=now)
    return Again(len(noted), tuple(returned), stones)


class _Bar:
    """Says how far the work is."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress, self._total, self._done = progress, total, 0
        progress(0, total, _LABEL)

    def step(self) -> None:
        self._done += 1
        self._progress(self._done, self._total, _LABEL)


def _erase_in_lake(person: Person, now: datetime) -> int:
    """Orders stay for the books, without the number of whose they were; events go."""
    numbers = person.record_ids
    orders = erase_in_lake(
        dataset="order", column="record_id", numbers=numbers, keeps_rows=True, now=now
    )
    events = erase_in_lake(
        dataset="event", column="record_id", numbers=numbers, keeps_rows=False, now=now
    )
    return orders + events


def _forget_numbers(person: Person) -> None:
    """Take the owner's key out of order numbers that carry one."""
    keys = set(
        SourceRecord.everything.filter(id__in=person.record_ids).values_list(
            "source_key", flat=True
        )
    )
    shared = Order.everything.filter(
        record_id__in=person.record_ids, order_number__contains=_NUMBER_OF_TWO
    )
    for key, number in list(shared.values_list("id", "order_number")):
        plain, _separator, owner = number.partition(_NUMBER_OF_TWO)
        if owner in keys:
            Order.everything.filter(id=key).update(order_number=f"{plain}{_NUMBER_OF_TWO}{key}")


def _erase(table: PersonalTable, person: Person, now: datetime) -> int:
    if table.model is Consent:
        rows = table.rows(person)
        return remove_consents(rows=rows, reason=RemovalReason.ERASED, now=now)
    count = 0
    own = _links_to_itself(table.model)
    while keys := list(table.rows(person).values_list("pk", flat=True)[: None if own else _SLICE]):
        with bulk.hold() if not connection.in_atomic_block else transaction.atomic():
            rows = table.model._base_manager.filter(pk__in=keys)
            if table.erase is Erasure.DETACH:
                rows.update(**table.empty)
            else:
                if own:
                    rows.update(**own)  # rows that name each other would protect each other
                rows.delete()
        count += len(keys)
    return count


def _links_to_itself(model: type[models.Model]) -> dict[str, None]:
    return {f.attname: None for f in model._meta.concrete_fields if f.related_model is model}
