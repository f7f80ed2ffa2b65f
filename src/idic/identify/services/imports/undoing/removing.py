"""Removes what a hidden import left, in short transactions: first what is computed about people who
go, then what was said of those who stay, orders, records, people. Nobody sees any of it any more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from idic.core import bulk
from idic.core.personal_data import Person, tables
from idic.identify.models import (
    AccountBalance,
    Consent,
    Customer,
    Event,
    FormerValue,
    Identifier,
    ImportRun,
    LakeMark,
    LifecycleStage,
    Order,
    OrderLine,
    OverruledTrait,
    Relation,
    RemovalReason,
    SourceRecord,
    Trait,
)
from idic.identify.services import golden
from idic.identify.services.consent import remove_consents
from idic.identify.services.imports.slices import slices
from idic.identify.services.search_index import reindex
from idic.lake.services import retire_untagged

from . import former, staying

Add = Callable[[int], None]

_PEOPLE, _ORDERS = 100, 400
_COMPUTED = 50  # a summary stands in many indexes
# People to begin with whose every figure changes in one transaction; then as many as the time says.
_CHANGED = 10


def remove_everything(*, run: ImportRun, add: Add, now: datetime) -> None:
    """Remove all that is left of the run; run again after a crash, it goes on."""
    hide_people(run=run)
    forget_computed(run=run)
    correct_people(run=run)
    give_back_stages(run=run)
    remove_orders(run=run, add=add)
    remove_facts(run=run, now=now)
    remove_records(run=run, add=add)
    remove_people(run=run, add=add)


def write_singles_anew(*, now: datetime) -> None:
    """Let the next flush write orders of no single import anew, without those that go; in the
    caller's transaction.
    """
    for dataset in ("order", "order_line"):
        retire_untagged(dataset=dataset, now=now)
    LakeMark.objects.filter(dataset="order").update(revision=0, beyond=[], updated_at=now)


def going(*, run: ImportRun) -> QuerySet[Customer]:
    """Give the people who are on their way out."""
    return staying.created(run=run).filter(is_staged=True).order_by("id")


def hide_people(*, run: ImportRun) -> None:
    """Hide the people who go. The run is hidden already, and with it all that was said of them."""
    seen = staying.created(run=run).filter(merged_into=None, is_staged=False).order_by("id")
    for keys in slices(list(seen.values_list("id", flat=True))):
        kept = staying.find_kept(run=run, among=keys)
        for gone in slices((key for key in keys if key not in kept), size=_PEOPLE):
            with bulk.hold():
                Customer.objects.filter(id__in=gone).update(is_staged=True)


def forget_computed(*, run: ImportRun) -> None:
    """Take what was worked out about people who go out of the lists, and them out of the search."""
    for keys in slices(list(going(run=run).values_list("id", flat=True)), size=_PEOPLE):
        reindex(customer_ids=keys)
        for rows in _computed(keys):
            bulk.delete_rows(rows, batch=_COMPUTED)


def _computed(customer_ids: Sequence[int]) -> list[QuerySet[Any]]:
    person = Person(customer_ids=tuple(customer_ids))
    return [table.rows(person) for table in tables() if table.is_computed and table.customer]


def correct_people(*, run: ImportRun) -> None:
    """Show people who stay as they were without what the run said of them."""
    people: set[int] = set()
    for model in (Trait, Identifier, Order):
        rows = model.everything.filter(import_run=run, record__customer__is_staged=False)
        people |= set(rows.values_list("record__customer_id", flat=True).distinct())
    waiting, pacer = sorted(people, reverse=True), bulk.Pacer(rows=_CHANGED, least=1)
    names = ["is_company", *golden.COLUMNS]
    while waiting:
        keys = [waiting.pop() for _ in range(min(pacer.rows, _PEOPLE, len(waiting)))]
        changes = golden.find_without(customer_ids=keys, run=run)
        with bulk.hold(pacer=pacer, rows=len(keys)):
            for model in (Trait, Identifier):
                rows = model.everything.filter(import_run=run, record__customer_id__in=keys)
                rows.delete()
            bulk.update_rows(
                Customer,
                ["id", *names],
                [(key, *(columns[name] for name in names)) for key, columns in changes],
            )
            reindex(customer_ids=keys)


def give_back_stages(*, run: ImportRun) -> None:
    """Let people be prospects again whom only this run's orders made customers. Where orders of
    another import make them so too, that import inherits what they were.
    """
    stages = FormerValue.objects.filter(run=run, subject=former.CUSTOMER).order_by("id")
    while chunk := list(stages[:_PEOPLE]):
        heirs = _buyers([one.subject_id for one in chunk])
        owned = [(heirs.get(one.subject_id), one) for one in chunk]
        before: dict[str, list[int]] = {}
        for one in chunk:
            if one.subject_id not in heirs:
                before.setdefault(one.before["lifecycle_stage"], []).append(one.subject_id)
        with bulk.hold():
            for stage, keys in before.items():
                Customer.objects.filter(id__in=keys).update(lifecycle_stage=stage)
            former.pass_on(heirs=((heir, one) for heir, one in owned if heir is not None))
            FormerValue.objects.filter(id__in=[one.id for one in chunk]).delete()
    if run.kind in {"orders", "accounts"}:
        _demote_new(run)


def _demote_new(run: ImportRun) -> None:
    """People the run brought as buyers, who stay for another reason and have bought nothing."""
    kept = staying.created(run=run).filter(
        is_staged=False, lifecycle_stage=LifecycleStage.CUSTOMER, merged_into=None
    )
    for keys in slices(list(kept.values_list("id", flat=True)), size=_PEOPLE):
        buyers = _buyers(keys)
        idle = [key for key in keys if key not in buyers]
        Customer.objects.filter(id__in=idle).update(lifecycle_stage=LifecycleStage.PROSPECT)


def _buyers(customer_ids: Sequence[int]) -> dict[int, int | None]:
    """Give those with orders or accounts that count, each with an import one of them came by."""
    found: dict[int, int | None] = {}
    for model in (AccountBalance, Order):
        rows = model.objects.filter(record__customer_id__in=customer_ids).order_by("-id")
        found |= dict(rows.values_list("record__customer_id", "import_run_id"))
    return found


def remove_orders(*, run: ImportRun, add: Add) -> None:
    """Remove the run's orders with their lines."""
    orders = Order.everything.filter(import_run=run).order_by()
    while keys := list(orders.values_list("id", flat=True)[:_ORDERS]):
        bulk.delete_rows(OrderLine.objects.filter(order_id__in=keys))
        bulk.delete_rows(Order.everything.filter(id__in=keys))
        add(len(keys))
        _settle()


def remove_facts(*, run: ImportRun, now: datetime) -> None:
    """Remove values and addresses the run gave. What it said of consent on records that stay is
    kept in the ledger, unseen: an undone run's word does not count.
    """
    for model in (Trait, Identifier, Event, Relation, AccountBalance):
        bulk.delete_rows(model.everything.filter(import_run=run))
    bulk.delete_rows(OverruledTrait.objects.filter(run=run))
    said = Consent.everything.filter(import_run=run, record__import_run=run)
    remove_consents(rows=said, reason=RemovalReason.IMPORT_UNDONE, now=now)


def remove_records(*, run: ImportRun, add: Add) -> None:
    """Remove the run's records; whoever hung something on one meanwhile keeps it."""
    late = list(staying.list_kept_records(run=run).values_list("id", flat=True))
    for chunk in slices(late):
        SourceRecord.everything.filter(id__in=chunk).update(import_run=None)
    records = SourceRecord.everything.filter(import_run=run)
    while keys := list(records.order_by().values_list("id", flat=True)[:_ORDERS]):
        bulk.delete_rows(SourceRecord.everything.filter(id__in=keys))
        add(len(keys))
        _settle()


def remove_people(*, run: ImportRun, add: Add) -> None:
    """Remove the people nobody knows any more; whoever came into use meanwhile is shown again."""
    for keys in slices(list(going(run=run).values_list("id", flat=True)), size=_PEOPLE):
        late = list(staying.find_kept(run=run, among=keys))
        gone = [key for key in keys if key not in late]
        with bulk.hold():
            Customer.objects.filter(id__in=late).update(is_staged=False)
            for rows in _computed(gone):
                rows._raw_delete(connection.alias)
            Customer.objects.filter(id__in=gone)._raw_delete(connection.alias)
        if late:
            reindex(customer_ids=late)
        add(len(keys))
        _settle()


def _settle() -> None:
    if not connection.in_atomic_block:
        bulk.checkpoint()
