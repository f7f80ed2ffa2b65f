"""Joins many groups in one transaction, as `joining.merge` would one after another: those on whom
nothing hangs that has to be looked at singly. Who is not so plain is given back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.db import connection

from idic.core import bulk, ids
from idic.core.among import among, one_of, raw_rows
from idic.core.jobs import events
from idic.core.services import audit
from idic.identify.events import CustomersChanged, ManyCustomersMerged
from idic.identify.models import (
    Customer,
    IdentityAct,
    IdentityLogEntry,
    IdentityMove,
    IdentityRedirect,
    SourceRecord,
)
from idic.identify.services import golden

from . import locking, showing
from .showing import Shown

_ENTRY = ["id", "at", "act", "by", "actor", "customer_id", "record_ids", "evidence", "before"]
_REDIRECT = ["entry_id", "customer_id", "leads_to_id"]
_MOVE = ["entry_id", "record_id", "from_customer_id", "to_customer_id"]
# What hangs on customers and must be looked at singly, asked again under the lock.
_BARRED = (
    "SELECT record_id FROM identify_identitylink WHERE kind = 'cannot' AND record_id {of_them}"
)
_WITH_STATE = "SELECT customer_id FROM identify_customerstate WHERE customer_id {of_them}"
_IN_EXPERIMENT = "SELECT customer_id FROM experiments_assignment WHERE customer_id {of_them}"
Members = tuple[Collection[int], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class JoinPlan:
    """One group about to be joined: who lives on, who goes, the records of all with their owners,
    what is noted before and what the survivor shows after (None: what it showed).
    """

    survivor_id: int
    joined: tuple[int, ...]
    evidence: dict[str, Any]
    # Numbers that lead to those who go.
    under: tuple[int, ...]
    records: tuple[tuple[int, int], ...]
    before: dict[str, Any]
    shown: tuple[Any, ...] | None

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
    everybody = {number for members, _evidence in groups for number in members}
    people = {one.id: one for one in showing.list_shown(condition=among("id", everybody))}
    owned = _list_owned(everybody)
    under = _list_under(everybody)
    led = {number: [one.id for one in those] for number, those in under.items()}
    bound = _find_bound(everybody, owned, led)
    shared = Counter(number for members, _evidence in groups for number in members)
    plain = {
        place: sorted(members)
        for place, (members, _evidence) in enumerate(groups)
        if _is_plain(members, people, bound) and all(shared[one] == 1 for one in members)
    }
    survivors = [people[members[0]] for members in plain.values()]
    said = golden.read_said(customer_ids=[one for members in plain.values() for one in members])
    notes = showing.list_notes(customer_ids=[one.id for one in survivors])
    alone = golden.find_told_together(groups=[[one.id] for one in survivors], said=said)
    before = showing.note_many(customers=survivors, notes=notes, told=alone)
    families = [
        [
            *(people[one] for one in members),
            *(one for number in members for one in under.get(number, ())),
        ]
        for members in plain.values()
    ]
    together = golden.find_told_together(groups=list(plain.values()), said=said)
    shown = showing.find_shown(groups=families, told=together, before=before, notes=notes)
    return {
        place: JoinPlan(
            members[0],
            tuple(members[1:]),
            groups[place][1],
            tuple(one for number in members[1:] for one in led.get(number, ())),
            tuple(sorted(pair for one in members for pair in owned.get(one, ()))),
            before[members[0]],
            None if values == people[members[0]].values else values,
        )
        for (place, members), values in zip(plain.items(), shown, strict=True)
    }


@dataclass(frozen=True, slots=True)
class Written:
    """Planned joins with every row they write, made before the lock is taken."""

    plans: Sequence[JoinPlan]
    entry_ids: Sequence[int]
    steps: Sequence[Callable[[], object]]

    @property
    def entries(self) -> dict[int, int | None]:
        """The entry of each join by its survivor."""
        survivors = (plan.survivor_id for plan in self.plans)
        return dict(zip(survivors, self.entry_ids, strict=True))


def join_planned(
    *, plans: Sequence[JoinPlan], by: str, actor: str, now: datetime
) -> dict[int, int | None]:
    """Join planned groups in the caller's transaction: give by survivor the entry, or None where
    something has changed since the plan.
    """
    written = write_joins(plans=plans, by=by, actor=actor, now=now)
    return join_written(written=written, by=by, actor=actor, now=now)


def join_written(*, written: Written, by: str, actor: str, now: datetime) -> dict[int, int | None]:
    """Carry out in the caller's transaction what `write_joins` made ready, as `join_planned`."""
    plans = written.plans
    everybody = {one for plan in plans for one in plan.concerned}
    leading = locking.lock_numbers(customer_ids=everybody)
    owned = _by_owner(locking.lock_records(customer_ids=everybody))
    under = {plan.survivor_id: plan.under for plan in plans}
    bound = _find_bound(everybody, owned, under)
    good = [
        plan
        for plan in plans
        if not bound.intersection(plan.concerned)
        and all(leading.get(one, one) is None for one in plan.concerned)
        and tuple(sorted(p for one in plan.concerned for p in owned.get(one, ()))) == plan.records
    ]
    entries: dict[int, int | None] = dict.fromkeys(plan.survivor_id for plan in plans)
    if len(good) < len(plans):
        written = write_joins(plans=good, by=by, actor=actor, now=now)
    if good:
        for step in written.steps:
            step()
        entries |= written.entries
    return entries


def _list_owned(customer_ids: Collection[int]) -> dict[int, list[tuple[int, int]]]:
    """Give the records of each of these customers, with it."""
    rows = SourceRecord.everything.filter(among("customer_id", customer_ids))
    return _by_owner(raw_rows(rows.values_list("id", "customer_id")))


def _by_owner(records: Iterable[tuple[int, ...]]) -> dict[int, list[tuple[int, int]]]:
    owned: dict[int, list[tuple[int, int]]] = {}
    for record_id, owner in records:
        owned.setdefault(owner, []).append((record_id, owner))
    return owned


def _is_plain(members: Collection[int], people: Mapping[int, Shown], bound: set[int]) -> bool:
    found = [people[number] for number in members if number in people]
    return (
        len(found) == len(members) > 1
        and len({one.is_demo for one in found}) == 1
        and not any(one.is_staged or one.merged_into_id for one in found)
        and not bound & set(members)
    )


def _list_under(customer_ids: Collection[int]) -> dict[int, list[Shown]]:
    """Give who was joined to each of these before."""
    found: dict[int, list[Shown]] = {}
    for one in showing.list_shown(condition=among("merged_into_id", customer_ids)):
        found.setdefault(one.merged_into_id or 0, []).append(one)
    return found


def _find_bound(
    everybody: Collection[int],
    owned: Mapping[int, Sequence[tuple[int, int]]],
    under: Mapping[int, Sequence[int]],
) -> set[int]:
    """Give those on whom something hangs that needs a look: a bar, a state, an experiment."""
    owners = {record: owner for pairs in owned.values() for record, owner in pairs}
    lives = {one: number for number, those in under.items() for one in those}
    found = {owners[one] for one in _ask(_BARRED, owners)}
    for statement in (_WITH_STATE, _IN_EXPERIMENT):
        found |= {lives.get(one, one) for one in _ask(statement, {*everybody, *lives})}
    return found


def _ask(statement: str, numbers: Collection[int]) -> list[int]:
    of_them, value = one_of(numbers)
    with connection.cursor() as cursor:
        cursor.execute(statement.format(of_them=of_them), [value])
        return [row[0] for row in cursor.fetchall()]


def write_joins(*, plans: Sequence[JoinPlan], by: str, actor: str, now: datetime) -> Written:
    """Make every row of these joins ready to be written."""
    entry_ids = ids.new_ids(len(plans))
    log = list(zip(entry_ids, plans, strict=True))
    head = (now, IdentityAct.MERGE.value, by[:160], actor[:160])
    rows = [
        (
            *(entry, *head, plan.survivor_id),
            [record for record, _owner in plan.moved],
            plan.evidence,
            plan.before,
        )
        for entry, plan in log
    ]
    moves = [
        (entry, record, owner, plan.survivor_id)
        for entry, plan in log
        for record, owner in plan.moved
    ]
    redirects: list[tuple[int, int, int | None]]
    redirects = [(entry, plan.survivor_id, None) for entry, plan in log]
    redirects += [(entry, one, plan.survivor_id) for entry, plan in log for one in plan.joined]
    owners = [(record, to) for _entry, record, _from, to in moves]
    led = [(one, plan.survivor_id) for plan in plans for one in (*plan.joined, *plan.under)]
    shown = [(plan.survivor_id, *plan.shown) for plan in plans if plan.shown is not None]
    return Written(
        plans,
        entry_ids,
        (
            bulk.ready_insert(IdentityLogEntry, _ENTRY, rows),
            bulk.ready_insert(IdentityMove, _MOVE, moves),
            bulk.ready_insert(
                IdentityRedirect, ["entry_id", "customer_id", "leads_to_id"], redirects
            ),
            bulk.ready_update(SourceRecord, ["id", "customer_id"], owners),
            bulk.ready_update(Customer, ["id", "merged_into_id"], led),
            bulk.ready_update(Customer, showing.SHOWN, shown),
            *_telling(plans, entry_ids, actor, now),
        ),
    )


def _telling(
    plans: Sequence[JoinPlan], entries: Sequence[int], actor: str, now: datetime
) -> Iterator[Callable[[], object]]:
    """Make ready what the rooms above hear and the trail keeps."""
    if not plans:
        return
    concerned = tuple(one for plan in plans for one in plan.concerned)
    survivors = tuple(plan.survivor_id for plan in plans)
    merged = ManyCustomersMerged(concerned, survivors, tuple(entries))
    yield events.ready(events=[CustomersChanged(customer_ids=concerned), merged])
    yield partial(
        audit.record,
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
