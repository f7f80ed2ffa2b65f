"""Joins many groups in one transaction, as `joining.merge` would one after another: those on whom
nothing hangs that has to be looked at singly. Who is not so plain is given back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from idic.core import bulk, ids
from idic.core.jobs import publish
from idic.core.services import audit
from idic.experiments.models import Assignment
from idic.identify.events import CustomersChanged, ManyCustomersMerged
from idic.identify.models import (
    Customer,
    CustomerState,
    IdentityAct,
    IdentityLink,
    IdentityLogEntry,
    IdentityMove,
    IdentityRedirect,
    LinkKind,
    SourceRecord,
)
from idic.identify.services.imports.slices import slices

from . import locking, showing

_ENTRY = ["id", "at", "act", "by", "actor", "customer_id", "record_ids", "evidence", "before"]
Members = tuple[Collection[int], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class JoinPlan:
    """One group about to be joined: who lives on, who goes, the records of all with their owners,
    what is noted before and what the survivor shows after.
    """

    survivor_id: int
    joined: tuple[int, ...]
    evidence: dict[str, Any]
    # Numbers that lead to those who go.
    under: tuple[int, ...]
    records: tuple[tuple[int, int], ...]
    before: dict[str, Any]
    shown: tuple[Any, ...]

    @property
    def moved(self) -> list[tuple[int, int]]:
        """The records that change hands, with whose they were."""
        return [(one, owner) for one, owner in self.records if owner != self.survivor_id]

    @property
    def concerned(self) -> tuple[int, ...]:
        """All its customers, the survivor first."""
        return (self.survivor_id, *self.joined)


def plan_joins(*, groups: Sequence[Members]) -> dict[int, JoinPlan]:
    """Plan the plain ones of these groups of living customers, by their places; what is not among
    them `merge` must do. Reads only: all that is slow happens here, before the lock.
    """
    everybody = sorted({number for members, _evidence in groups for number in members})
    people = {number: one for ids_ in slices(everybody) for number, one in _in_bulk(ids_).items()}
    records = [pair for ids_ in slices(everybody) for pair in _list_records(ids_)]
    under = _list_under(everybody)
    bound = _find_bound(everybody, records, under)
    shared = Counter(number for members, _evidence in groups for number in members)
    plain = {
        place: sorted(members)
        for place, (members, _evidence) in enumerate(groups)
        if _is_plain(members, people, bound) and all(shared[one] == 1 for one in members)
    }
    survivors = [people[members[0]] for members in plain.values()]
    notes = showing.list_notes(customer_ids=[one.id for one in survivors])
    before = showing.note_many(customers=survivors, notes=notes)
    families = [
        [
            *(people[one] for one in members),
            *(one for number in members for one in under.get(number, ())),
        ]
        for members in plain.values()
    ]
    shown = showing.find_shown(
        groups=families, living=list(plain.values()), before=before, notes=notes
    )
    owned: dict[int, list[tuple[int, int]]] = {}
    for record_id, owner in records:
        owned.setdefault(owner, []).append((record_id, owner))
    return {
        place: JoinPlan(
            members[0],
            tuple(members[1:]),
            groups[place][1],
            tuple(one.id for number in members[1:] for one in under.get(number, ())),
            tuple(sorted(pair for one in members for pair in owned.get(one, ()))),
            before[members[0]],
            values,
        )
        for (place, members), values in zip(plain.items(), shown, strict=True)
    }


def join_planned(
    *, plans: Sequence[JoinPlan], by: str, actor: str, now: datetime
) -> dict[int, int | None]:
    """Join planned groups in the caller's transaction: give by survivor the entry, or None where
    something has changed since the plan.
    """
    everybody = sorted({one for plan in plans for one in plan.concerned})
    people = locking.lock_customers(customer_ids=everybody)
    owned: dict[int, list[tuple[int, int]]] = {}
    for record_id, owner in locking.lock_records(customer_ids=everybody):
        owned.setdefault(owner, []).append((record_id, owner))
    good = [
        plan
        for plan in plans
        if all(one in people and people[one].merged_into_id is None for one in plan.concerned)
        and tuple(sorted(p for one in plan.concerned for p in owned.get(one, ()))) == plan.records
    ]
    entries: dict[int, int | None] = dict.fromkeys(plan.survivor_id for plan in plans)
    if good:
        entries |= _write(good, by, actor, now)
    return entries


def _in_bulk(customer_ids: Sequence[int]) -> dict[int, Customer]:
    return Customer.objects.in_bulk(list(customer_ids))


def _list_records(customer_ids: Sequence[int]) -> list[tuple[int, int]]:
    rows = SourceRecord.everything.filter(customer_id__in=customer_ids)
    found = rows.values_list("id", "customer_id")
    return [(record_id, owner) for record_id, owner in found if owner is not None]


def _is_plain(members: Collection[int], people: Mapping[int, Customer], bound: set[int]) -> bool:
    found = [people[number] for number in members if number in people]
    return (
        len(found) == len(members) > 1
        and len({one.is_demo for one in found}) == 1
        and not any(one.is_staged or one.merged_into_id for one in found)
        and not bound & set(members)
    )


def _list_under(customer_ids: Sequence[int]) -> dict[int, list[Customer]]:
    """Give who was joined to each of these before."""
    found: dict[int, list[Customer]] = {}
    for chunk in slices(customer_ids):
        for one in Customer.objects.filter(merged_into_id__in=chunk).order_by("id"):
            found.setdefault(one.merged_into_id or 0, []).append(one)
    return found


def _find_bound(
    everybody: Sequence[int],
    records: Sequence[tuple[int, int]],
    under: Mapping[int, Sequence[Customer]],
) -> set[int]:
    """Give those on whom something hangs that needs a look: a bar, a state, an experiment."""
    found: set[int] = set()
    owners = dict(records)
    for chunk in slices(owners):
        links = IdentityLink.objects.filter(kind=LinkKind.CANNOT, record_id__in=chunk)
        found |= {owners[one] for one in links.values_list("record_id", flat=True)}
    lives = {one.id: number for number, those in under.items() for one in those}
    for chunk in slices([*everybody, *lives]):
        states = CustomerState.objects.filter(customer_id__in=chunk)
        found |= {lives.get(one, one) for one in states.values_list("customer_id", flat=True)}
        arms = Assignment.objects.filter(customer_id__in=chunk)
        found |= {lives.get(one, one) for one in arms.values_list("customer_id", flat=True)}
    return found


def _write(plans: Sequence[JoinPlan], by: str, actor: str, now: datetime) -> dict[int, int]:
    log = list(zip(ids.new_ids(len(plans)), plans, strict=True))
    act = IdentityAct.MERGE.value
    rows = [
        (
            *(entry, now, act, by[:160], actor[:160], plan.survivor_id),
            [record for record, _owner in plan.moved],
            plan.evidence,
            plan.before,
        )
        for entry, plan in log
    ]
    bulk.insert_rows(IdentityLogEntry, _ENTRY, rows)
    moves = [
        (entry, record, owner, plan.survivor_id)
        for entry, plan in log
        for record, owner in plan.moved
    ]
    columns = ["entry_id", "record_id", "from_customer_id", "to_customer_id"]
    bulk.insert_rows(IdentityMove, columns, moves)
    redirects: list[tuple[int, int, int | None]]
    redirects = [(entry, plan.survivor_id, None) for entry, plan in log]
    redirects += [(entry, one, plan.survivor_id) for entry, plan in log for one in plan.joined]
    bulk.insert_rows(IdentityRedirect, ["entry_id", "customer_id", "leads_to_id"], redirects)
    owners = [(record, to) for _entry, record, _from, to in moves]
    bulk.update_rows(SourceRecord, ["id", "customer_id"], owners)
    led = [(one, plan.survivor_id) for plan in plans for one in (*plan.joined, *plan.under)]
    bulk.update_rows(Customer, ["id", "merged_into_id"], led)
    showing.write_shown(rows=[(plan.survivor_id, *plan.shown) for plan in plans])
    _tell(plans, [entry for entry, _plan in log], actor, now)
    return {plan.survivor_id: entry for entry, plan in log}


def _tell(plans: Sequence[JoinPlan], entries: Sequence[int], actor: str, now: datetime) -> None:
    concerned = tuple(one for plan in plans for one in plan.concerned)
    publish(event=CustomersChanged(customer_ids=concerned))
    survivors = tuple(plan.survivor_id for plan in plans)
    publish(event=ManyCustomersMerged(concerned, survivors, tuple(entries)))
    audit.record(
        at=now,
        actor=actor,
        action=f"identity.{IdentityAct.MERGE}",
        subject_type="customer",
        subject_id=ids.encode("customer", survivors[0]),
        detail={
            "entries": [str(entry) for entry in entries],
            "customers": [str(number) for number in concerned],
        },
    )
