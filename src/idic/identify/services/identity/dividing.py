"""Divides what is two: a customer whose records belong to two people, and one record that holds two
people's facts. The second is the only act that moves facts, and says which.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext as _

from idic.core import ids
from idic.identify.models import (
    Consent,
    Customer,
    Event,
    Identifier,
    IdentityAct,
    IdentityLogEntry,
    LifecycleStage,
    Order,
    SourceKind,
    SourceRecord,
    Trait,
)
from idic.identify.services.imports.slices import slices
from idic.identify.services.search_index import reindex

from . import following, locking, log, showing
from .linking import list_bound
from .refusals import CannotDivide, ChangedMeanwhile

# What of a record can be another person's.
FACTS: Mapping[str, type[models.Model]] = {
    "orders": Order,
    "events": Event,
    "traits": Trait,
    "identifiers": Identifier,
    "consents": Consent,
}


def split(
    *,
    customer_id: int,
    record_ids: Collection[int],
    by: str,
    actor: str,
    now: datetime,
    evidence: dict[str, Any] | None = None,
) -> IdentityLogEntry:
    """Part these records from the customer's others. The part with more records keeps the number,
    the other gets a new one: the last move of the entry says which.

    Raises CannotDivide (nothing left on a side, records bound together) or ChangedMeanwhile.
    """
    with transaction.atomic():
        people = locking.lock_living(customer_ids={customer_id})
        held = [record for record, _owner in locking.lock_records(customer_ids=[customer_id])]
        out = _choose(held, set(record_ids))
        fresh = _make_customer(people[customer_id], now)
        entry = log.write(
            act=IdentityAct.SPLIT,
            by=by,
            actor=actor,
            at=now,
            customer_id=customer_id,
            moves=[(record, customer_id, fresh.id) for record in out],
            redirects=[(customer_id, None), (fresh.id, None)],
            evidence=evidence,
        )
        locking.set_owners(owners=dict.fromkeys(out, fresh.id))
        _show([customer_id, fresh.id], fresh)
        showing.tell(entry=entry, customer_ids=[customer_id, fresh.id], actor=actor, now=now)
    reindex(customer_ids=[customer_id, fresh.id])
    return entry


def reassign(
    *,
    record_id: int,
    facts: Mapping[str, Collection[int]],
    by: str,
    actor: str,
    now: datetime,
    customer_id: int | None = None,
    into_record_id: int | None = None,
    evidence: dict[str, Any] | None = None,
) -> IdentityLogEntry:
    """Move the named facts (`orders`, `events`, `traits`, `identifiers`, `consents` → ids) of a
    record to another record: the one given, or a new one of the same source, whose customer is the
    one given or a new one. The same call the other way round takes it back.

    Raises CannotDivide when a fact is not the record's; then nothing has changed.
    """
    with transaction.atomic():
        record = SourceRecord.objects.filter(id=record_id).first()
        if record is None:
            raise CannotDivide(_("This record no longer exists. Look again."))
        into = _find_record(into_record_id)
        owner_id = into.customer_id if into else customer_id
        wanted = {number for number in (record.customer_id, owner_id) if number is not None}
        people = locking.lock_living(customer_ids=wanted)
        locking.lock_records(customer_ids=wanted)
        if SourceRecord.objects.values_list("customer_id", flat=True).get(id=record_id) not in (
            record.customer_id,
        ):
            raise ChangedMeanwhile(_("These records have just been changed. Look again."))
        _refuse_foreign(record_id, facts)
        moves: list[log.Move] = []
        owner: Customer | None = None
        if into is None:
            owner = people[owner_id] if owner_id else _make_customer(None, now)
            into = _make_record(record, owner.id, now)
            moves = [(into.id, None, owner.id)]
        _move_facts(facts, into.id)
        concerned = sorted({n for n in (record.customer_id, into.customer_id) if n is not None})
        entry = log.write(
            act=IdentityAct.REASSIGN,
            by=by,
            actor=actor,
            at=now,
            customer_id=record.customer_id or into.customer_id,
            moves=moves,
            redirects=[(number, None) for number in concerned],
            record_ids=[record_id, into.id],
            evidence={**(evidence or {}), "facts": {k: sorted(v) for k, v in facts.items()}},
        )
        _show(concerned, owner if moves and not owner_id else None)
        showing.tell(entry=entry, customer_ids=concerned, actor=actor, now=now)
    reindex(customer_ids=concerned)
    return entry


def _choose(held: Sequence[int], wanted: set[int]) -> list[int]:
    """Give the records that leave: the smaller part, and of two as large the younger."""
    if not wanted <= set(held):
        raise ChangedMeanwhile(_("These records have just been changed. Look again."))
    if not wanted or len(wanted) == len(held):
        raise CannotDivide(_("Leave at least one record on each side."))
    if any((one in wanted) != (other in wanted) for one, other in list_bound(record_ids=[*held])):
        raise CannotDivide(_("Somebody said that these are the same person. Take that back first."))
    rest = [record for record in held if record not in wanted]
    parts = [sorted(wanted), rest]
    own = set(
        SourceRecord.everything.filter(id__in=list(held), source__kind=SourceKind.CRM).values_list(
            "id", flat=True
        )
    )
    # What was written here says nothing about whose the number is.
    keeps = max(parts, key=lambda part: (len(set(part) - own), -min(part)))
    return rest if keeps is not rest else parts[0]


def _make_customer(like: Customer | None, now: datetime) -> Customer:
    return Customer.objects.create(
        created_at=now,
        is_demo=like.is_demo if like else False,
        is_company=like.is_company if like else False,
        lifecycle_stage=LifecycleStage.PROSPECT,
    )


def _make_record(like: SourceRecord, customer_id: int, now: datetime) -> SourceRecord:
    taken = SourceRecord.everything.filter(
        source_id=like.source_id, source_key__startswith=f"{like.source_key[:180]}#"
    ).count()
    return SourceRecord.objects.create(
        source_id=like.source_id,
        source_key=f"{like.source_key[:180]}#{taken + 2}",
        kind=like.kind,
        customer_id=customer_id,
        created_at=now,
    )


def _find_record(record_id: int | None) -> SourceRecord | None:
    if record_id is None:
        return None
    found = SourceRecord.objects.filter(id=record_id).first()
    if found is None:
        raise CannotDivide(_("This record no longer exists. Look again."))
    return found


def _refuse_foreign(record_id: int, facts: Mapping[str, Collection[int]]) -> None:
    if not any(facts.values()) or set(facts) - set(FACTS):
        raise CannotDivide(_("Say which orders, events or values belong to the other person."))
    for name, wanted in facts.items():
        own = 0
        for chunk in slices(wanted):
            own += FACTS[name]._base_manager.filter(id__in=chunk, record_id=record_id).count()
        if own != len(set(wanted)):
            raise CannotDivide(_("Some of this does not belong to the record. Look again."))


def _move_facts(facts: Mapping[str, Collection[int]], into_id: int) -> None:
    for name, wanted in facts.items():
        for chunk in slices(wanted):
            rows = FACTS[name]._base_manager.filter(id__in=chunk)
            if FACTS[name] is Order:
                # The lake takes an order anew when its revision grew.
                for number in chunk:
                    Order.everything.filter(id=number).update(
                        record_id=into_id, revision=ids.new_id()
                    )
            else:
                rows.update(record_id=into_id)


def _show(customer_ids: Sequence[int], fresh: Customer | None) -> None:
    following.carry_states(customer_ids=customer_ids)
    if fresh is not None:
        orders = Order.objects.filter(record__customer_id=fresh.id)
        stage = LifecycleStage.CUSTOMER if orders.exists() else LifecycleStage.PROSPECT
        named = SourceRecord.objects.filter(customer_id=fresh.id).exclude(display_name="")
        name = named.order_by("id").values_list("display_name", flat=True).first() or ""
        Customer.objects.filter(id=fresh.id).update(lifecycle_stage=stage, full_name=name)
    showing.show(customer_ids=customer_ids)
