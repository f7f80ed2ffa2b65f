"""Says whose an order is. The record it came through gets its customer, as one act of the identity
log; an order of no record gets a receipt of its own first. Undoing gives everything back.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from idic.core import ids
from idic.identify.living import get_living_id
from idic.identify.models import (
    Customer,
    IdentityAct,
    IdentityLogEntry,
    LifecycleStage,
    Order,
    OwnerSuggestion,
    RecordKind,
    SourceRecord,
)
from idic.identify.ownerless import list_waiting
from idic.identify.services import golden
from idic.identify.services.identity import (
    AlreadyUndone,
    ChangedMeanwhile,
    IdentityRefused,
    locking,
    log,
    showing,
)
from idic.identify.services.search_index import reindex

# Acts of this kind in the log; `:` and what it rests on follow.
BY = "order"
_BUYING = {LifecycleStage.LEAD: 1, LifecycleStage.PROSPECT: 1}


def link(
    *,
    order_id: int,
    customer_id: int,
    actor: str,
    now: datetime,
    rule: str = "person",
    evidence: dict[str, Any] | None = None,
) -> IdentityLogEntry:
    """Say that an order is this customer's, with all else that came through its record.

    Raises ChangedMeanwhile when it has an owner by now, IdentityRefused when it cannot be theirs.
    """
    with transaction.atomic():
        living_id = get_living_id(customer_id=customer_id)
        customer = locking.lock_living(customer_ids={living_id})[living_id]
        record_id = _record_of(order_id, customer, now)
        entry = log.write(
            act=IdentityAct.MATCH,
            by=f"{BY}:{rule}",
            actor=actor,
            at=now,
            customer_id=living_id,
            moves=[(record_id, None, living_id)],
            evidence={**(evidence or {}), "order": order_id},
            before=showing.note_before(customer),
        )
        locking.set_owners(owners={record_id: living_id})
        if customer.lifecycle_stage in _BUYING:
            stage = LifecycleStage.CUSTOMER
            Customer.objects.filter(id=living_id).update(lifecycle_stage=stage)
        _show(living_id)
        showing.tell(entry=entry, customer_ids=[living_id], actor=actor, now=now)
    reindex(customer_ids=[living_id])
    return entry


def _record_of(order_id: int, customer: Customer, now: datetime) -> int:
    """Give the record the order hangs on, locked; a receipt is made where there is none."""
    order = (
        Order.objects.select_for_update(of=("self",)).select_related("source").filter(id=order_id)
    )
    found = order.first()
    if found is None:
        raise ChangedMeanwhile(_("This order no longer exists. Look at the list again."))
    if found.source.is_demo != customer.is_demo:
        raise IdentityRefused(_("Own customers and those of the sample shop are never mixed."))
    if found.record_id is None:
        return _make_receipt(found, now).id
    owner = SourceRecord.everything.select_for_update().filter(id=found.record_id)
    if owner.values_list("customer_id", flat=True).first() is not None:
        raise ChangedMeanwhile(_("This order has its customer by now."))
    return found.record_id


def _make_receipt(order: Order, now: datetime) -> SourceRecord:
    record, _is_new = SourceRecord.everything.get_or_create(
        source_id=order.source_id,
        source_key=f"receipt:{order.merchant}:{order.order_number}"[:200],
        defaults={
            "kind": RecordKind.RECEIPT,
            # It shares what becomes of the order when its file is undone.
            "import_run_id": order.import_run_id,
            "created_at": now,
        },
    )
    # The lake takes an order anew when its revision grew.
    Order.everything.filter(id=order.id).update(record_id=record.id, revision=ids.new_id())
    return record


def unlink(*, entry_id: int, actor: str, now: datetime) -> IdentityLogEntry:
    """Take back that an order was somebody's. Raises AlreadyUndone or ChangedMeanwhile."""
    with transaction.atomic():
        entry = IdentityLogEntry.objects.select_for_update().filter(id=entry_id).first()
        if entry is None or not entry.by.startswith(f"{BY}:") or entry.customer_id is None:
            raise IdentityRefused(_("Nothing was said here that could be taken back."))
        if IdentityLogEntry.objects.filter(reverses_id=entry_id).exists():
            raise AlreadyUndone(_("This has been taken back already."))
        living_id = get_living_id(customer_id=entry.customer_id)
        locking.lock_living(customer_ids={living_id})
        record_id = entry.moves.values_list("record_id", flat=True).get()
        held = SourceRecord.everything.filter(id=record_id, customer_id=living_id)
        if not held.exists():
            raise ChangedMeanwhile(_("These records have just been changed. Look again."))
        back = log.write(
            act=IdentityAct.MATCH,
            by=f"{BY}:undo",
            actor=actor,
            at=now,
            customer_id=living_id,
            moves=[(record_id, living_id, None)],
            reverses_id=entry.id,
        )
        held.update(customer_id=None)
        _give_back(entry, living_id)
        showing.tell(entry=back, customer_ids=[living_id], actor=actor, now=now)
    reindex(customer_ids=[living_id])
    return back


def _show(customer_id: int) -> None:
    showing.show(customer_ids=[customer_id])


def _give_back(entry: IdentityLogEntry, customer_id: int) -> None:
    """Show what was shown before where nothing else tells of it, and the stage of before."""
    _show(customer_id)
    told = golden.find_told(customer_ids=[customer_id])[customer_id]
    columns = entry.before.get("columns", {})
    kept = {name: value for name, value in columns.items() if name not in told}
    stage = entry.before.get("stage", "")
    has_bought = Order.objects.filter(record__customer_id=customer_id).exists()
    if stage in _BUYING and not has_bought:
        kept["lifecycle_stage"] = stage
    if kept:
        Customer.objects.filter(id=customer_id).update(**kept)


def list_sure() -> QuerySet[OwnerSuggestion]:
    """Give the suggestions that rest on something only one person has."""
    waiting = list_waiting().filter(suggestions__is_sure=True, suggestions__is_dismissed=False)
    return OwnerSuggestion.objects.filter(
        is_sure=True, is_dismissed=False, order_id__in=waiting.values("id")
    ).order_by("id")


def link_sure(
    *, actor: str, now: datetime, progress: Callable[[int], None] | None = None
) -> list[int]:
    """Say of all sure ones whose they are, each in a transaction of its own; give the entries. Run
    again after a crash, it goes on with what is left.
    """
    came: list[int] = []
    rows = list(list_sure().values_list("order_id", "customer_id", "rule"))
    for done, (order_id, customer_id, rule) in enumerate(rows, start=1):
        began = time.perf_counter()
        try:
            entry = link(
                order_id=order_id, customer_id=customer_id, actor=actor, now=now, rule=rule
            )
        except IdentityRefused:
            continue  # another order of the same record went first, or somebody was faster
        came.append(entry.id)
        if progress is not None:
            progress(done)
        if connection.vendor == "sqlite" and not connection.in_atomic_block:
            time.sleep((time.perf_counter() - began) / 2)  # SQLite's waiters poll
    return came


def unlink_all(*, first_id: int, last_id: int, actor: str, now: datetime) -> int:
    """Take back what one press on all sure ones said, from its first entry to its last; give how
    many orders lost their owner again.
    """
    entries = IdentityLogEntry.objects.filter(
        id__range=(first_id, last_id), act=IdentityAct.MATCH, actor=actor, reversed_by=None
    ).filter(by__startswith=f"{BY}:")
    done = 0
    for entry_id in list(entries.order_by("-id").values_list("id", flat=True)):
        try:
            unlink(entry_id=entry_id, actor=actor, now=now)
        except IdentityRefused:
            continue
        done += 1
    return done


def dismiss(*, suggestion_id: int) -> OwnerSuggestion | None:
    """Note that an order is not this customer's: it is not suggested again."""
    return _set_dismissed(suggestion_id, is_dismissed=True)


def keep_again(*, suggestion_id: int) -> OwnerSuggestion | None:
    """Take that back."""
    return _set_dismissed(suggestion_id, is_dismissed=False)


def _set_dismissed(suggestion_id: int, *, is_dismissed: bool) -> OwnerSuggestion | None:
    rows = OwnerSuggestion.objects.filter(id=suggestion_id)
    rows.update(is_dismissed=is_dismissed)
    return rows.first()
