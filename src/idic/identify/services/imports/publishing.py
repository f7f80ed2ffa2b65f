"""Makes a staged import count, in one transaction: the run's flag, its new customers, the orders it
changes, the values shown on customers it says more about, and the event that wakes the rooms above.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from idic.core import bulk, ids
from idic.core.jobs import publish as publish_event
from idic.core.jobs.events import registry
from idic.core.services import audit
from idic.core.services.business import change_business, set_as_of, set_currency
from idic.identify.events import ImportPublished
from idic.identify.importing.columns import Kind
from idic.identify.importing.readers import Workspace
from idic.identify.importing.terms import Terms
from idic.identify.models import (
    Customer,
    ImportRun,
    ImportState,
    LifecycleStage,
    Order,
    OrderLine,
    SourceRecord,
)
from idic.identify.services import golden
from idic.identify.services.identity import settle
from idic.identify.services.identity.log import record_moves

from .currencies import save_rates
from .kinds.orders import BY_ID, LINE_COLUMNS, SELECT_LINES
from .slices import slices
from .sweeping import staged_customers
from .undoing import former

# A rate given with a file holds for every day, until somebody enters rates by day.
_ALWAYS = date(1970, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What publishing sets on the business besides: the day it is looked at from (None: leave it;
    `is_today`: today), rates, and for a first import its currency.
    """

    as_of: date | None = None
    is_today: bool = False
    currency: str = ""
    place: Mapping[str, str] = field(default_factory=dict)
    rates: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Changes:
    """All that the transaction will write, read and computed before the lock is taken."""

    orders: list[tuple[Any, ...]]
    lines: list[tuple[Any, ...]]
    linked: list[tuple[int, int]]
    buyers: dict[int, str]
    shown: list[tuple[int, dict[str, Any]]]


def publish(
    workspace: Workspace,
    *,
    run: ImportRun,
    terms: Terms,
    counts: dict[str, Any],
    setting: Setting,
    actor: str,
    now: datetime,
) -> None:
    """Publish the run. Raises RuntimeError when it is not running any more."""
    changes = _read_changes(workspace, run, terms)
    _keep_former(run, changes, setting)
    registry()  # the handlers' modules are read in before the lock is taken, not under it
    last_revision = ids.new_id()  # above all that was staged, below all that changes from now on
    with transaction.atomic():
        current = ImportRun.objects.select_for_update().get(id=run.id)
        if current.state != ImportState.RUNNING:
            raise RuntimeError(f"import {run.id} is {current.state}, not running")
        _replace_orders(changes)
        staged_customers(run=current).update(is_staged=False)
        _update_people(changes)
        current.state, current.published_at = ImportState.PUBLISHED, now
        current.last_revision, current.flushed_at = last_revision, None
        current.counts, current.problem = {**current.counts, **counts}, ""
        current.save()
        settle(customer_ids=_people(changes))
        moves = [(record_id, None, owner) for record_id, owner in changes.linked]
        record_moves(moves=moves, by=f"import:{current.id}", actor=actor, now=now)
        _set_business(setting, actor, now)
        _record(current, actor, now)
        publish_event(event=ImportPublished(run_id=current.id, kind=current.kind))
    run.state, run.published_at, run.counts = current.state, now, current.counts


def _read_changes(workspace: Workspace, run: ImportRun, terms: Terms) -> _Changes:
    orders: list[tuple[Any, ...]] = []
    lines: list[tuple[Any, ...]] = []
    buyers: dict[int, str] = {}
    if terms.kind == Kind.ORDERS:
        orders = _updated_orders(workspace)
        updated = "JOIN action a USING (order_number) JOIN (SELECT order_number, order_id AS id"
        lines = list(
            workspace.rows(
                f"{SELECT_LINES} FROM lines l {updated} FROM action) o USING (order_number) "
                f"WHERE a.action = 'updated' {BY_ID}"
            )
        )
        buyers = _first_buyers(workspace)
    elif terms.kind == Kind.ACCOUNTS:
        buyers = _first_buyers(workspace)
    told = workspace.rows(
        "SELECT DISTINCT customer_id FROM new_trait WHERE NOT is_new_customer "
        "AND customer_id IS NOT NULL ORDER BY 1"
    )
    linked = workspace.rows(
        "SELECT record_id, customer_id FROM person WHERE is_new_customer AND NOT is_new_record"
    )
    return _Changes(
        orders=orders,
        lines=lines,
        linked=[(int(record), int(owner)) for record, owner in linked],
        buyers=buyers,
        shown=golden.find_changes(customer_ids=[int(row[0]) for row in told], run=run),
    )


def _keep_former(run: ImportRun, changes: _Changes, setting: Setting) -> None:
    """Remember what is about to change in place, so that the run can be undone."""
    digests = {row[0]: row[8] for row in changes.orders}
    people = [(key, {"customer_id": None}, {"customer_id": owner}) for key, owner in changes.linked]
    asked: dict[str, Any] = dict(setting.place)
    if setting.currency:
        asked["currency"] = setting.currency
    if setting.as_of or setting.is_today:
        asked["as_of_date"] = setting.as_of
    business = former.read_business(changes=asked, rates=setting.rates, day=_ALWAYS)
    stages = former.read_stages(customer_ids=changes.buyers)
    for subject, rows in (
        (former.ORDER, former.read_orders(digests=digests)),
        (former.RECORD, people),
        (former.CUSTOMER, stages),
        (former.BUSINESS, business),
    ):
        former.keep_former(run=run, subject=subject, changes=rows)


def _updated_orders(workspace: Workspace) -> list[tuple[Any, ...]]:
    rows = workspace.rows(
        """
        SELECT a.order_id, p.record_id, o.moment, o.currency, o.net_amount, o.line_count,
            o.is_return, o.store, o.fingerprint
        FROM orders o JOIN action a USING (order_number) LEFT JOIN person p USING (party)
        WHERE a.action = 'updated' ORDER BY a.order_id
        """
    )
    return [(key, record, at.replace(tzinfo=UTC), *rest) for key, record, at, *rest in rows]


def _first_buyers(workspace: Workspace) -> dict[int, str]:
    """Give known people who were no customers yet and now have an order or an account, with what
    they were.
    """
    buyers = workspace.rows(
        "SELECT DISTINCT customer_id FROM person WHERE NOT is_new_customer "
        "AND customer_id IS NOT NULL ORDER BY 1"
    )
    found: dict[int, str] = {}
    for chunk in slices(int(row[0]) for row in buyers):
        waiting = Customer.objects.filter(
            id__in=chunk, lifecycle_stage__in=[LifecycleStage.LEAD, LifecycleStage.PROSPECT]
        )
        found |= dict(waiting.values_list("id", "lifecycle_stage"))
    return found


def _replace_orders(changes: _Changes) -> None:
    """Write changed orders anew, lines and all. An owner once known stays: facts never move."""
    for chunk in slices(changes.orders):
        old = OrderLine.objects.filter(order_id__in=[row[0] for row in chunk])
        old._raw_delete(connection.alias)
    bulk.insert_rows(OrderLine, LINE_COLUMNS, changes.lines)
    columns = ["id", "ordered_at", "currency", "net_amount", "line_count", "is_return"]
    columns += ["store", "fingerprint", "revision"]
    revisions = ids.new_ids(len(changes.orders))
    bulk.update_rows(
        Order,
        columns,
        [
            (row[0], *row[2:], revision)
            for row, revision in zip(changes.orders, revisions, strict=True)
        ],
    )
    ownerless = _ownerless([row[0] for row in changes.orders])
    found = [(row[0], row[1]) for row in changes.orders if row[1] and row[0] in ownerless]
    bulk.update_rows(Order, ["id", "record_id"], found)


def _ownerless(order_ids: Sequence[int]) -> set[int]:
    found: set[int] = set()
    for chunk in slices(order_ids):
        rows = Order.objects.filter(id__in=chunk, record=None)
        found |= set(rows.values_list("id", flat=True))
    return found


def _update_people(changes: _Changes) -> None:
    bulk.update_rows(SourceRecord, ["id", "customer_id"], changes.linked)
    for chunk in slices(changes.buyers):
        Customer.objects.filter(id__in=chunk).update(lifecycle_stage=LifecycleStage.CUSTOMER)
    names = ["is_company", *golden.COLUMNS]
    rows = [(key, *(columns[name] for name in names)) for key, columns in changes.shown]
    bulk.update_rows(Customer, ["id", *names], rows)


def _people(changes: _Changes) -> set[int]:
    """Give the known people about whom the file said something."""
    return {*changes.buyers, *(key for key, _columns in changes.shown)}


def _set_business(setting: Setting, actor: str, now: datetime) -> None:
    save_rates(rates=setting.rates, day=_ALWAYS)
    if setting.currency:
        set_currency(currency=setting.currency, actor=actor, now=now)
    if setting.place:
        change_business(changes=setting.place, actor=actor, now=now)
    if setting.as_of or setting.is_today:
        set_as_of(day=setting.as_of, actor=actor, now=now)


def _record(run: ImportRun, actor: str, now: datetime) -> None:
    audit.record(
        at=now,
        actor=actor,
        action="import.published",
        subject_type="import",
        subject_id=ids.encode("import", run.id),
        detail={"kind": run.kind, "file": run.file_name, "rows": run.counts.get("rows", 0)},
    )
