"""Finds out whose one record is, as soon as it is known: weighed by the model in force, as a run
over the whole shop would weigh it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import numpy as np
from django.db import connection, transaction

from idic.core.prepared import Prepared
from idic.engine.matching.resolving import (
    Resolution,
    pick_candidates,
    resolve,
    weigh_groups,
)
from idic.engine.table import Table
from idic.identify.living import get_living_ids
from idic.identify.models import MatchPair, PairState, RecordKind, SourceRecord
from idic.identify.services import identity
from idic.identify.services.identity import (
    IdentityRefused,
    JoinPlan,
    join_planned,
    plan_joins,
)

from .barring import find_barred
from .frozen import Frozen, get_frozen
from .pairs import Doubt, add_open, plain
from .reading import FIELDS, Cells, read_one
from .storing import drop_keys, store_record

ACTOR = "system:matching"
# One block, and how many are asked for at once.
_BLOCK = (
    "SELECT key, record_number FROM (SELECT key, record_number FROM identify_matchkey"
    " WHERE number = %s AND key = %s LIMIT %s) b"
)
_BLOCKS = 50


# Whose a record of a person is, and whether that is somebody of the sample shop.
_OWNER = Prepared(
    lambda numbers: SourceRecord.objects.filter(
        id__in=numbers, kind=RecordKind.PERSON, customer__is_staged=False
    ).values_list("customer_id", "customer__is_demo")
)
# The records of customers, whose records are, and which pairs of records were ever asked about.
_RECORDS = Prepared(
    lambda numbers: SourceRecord.everything.filter(customer_id__in=numbers).values_list("id")
)
_OWNERS = Prepared(
    lambda numbers: SourceRecord.everything.filter(id__in=numbers).values_list("customer_id")
)
_BESIDE = Prepared(
    lambda numbers: (
        MatchPair.objects.filter(left_id__in=numbers)
        .values_list("right_id", "state")
        .union(
            MatchPair.objects.filter(right_id__in=numbers).values_list("left_id", "state"), all=True
        )
    )
)


@dataclass(frozen=True, slots=True)
class Resolved:
    """Whose a record is: `zone` says how sure (`auto`: joined to `customer_id`; `review`: somebody
    is asked; `apart`: a customer of its own; empty: there is no model yet, or nothing to compare).
    """

    zone: str
    customer_id: int | None
    entry_ids: list[int] = field(default_factory=list)
    pair_ids: list[int] = field(default_factory=list)
    answers: list[Resolution] = field(default_factory=list)

    @property
    def near(self) -> set[int]:
        """The customers the record is near to, its own among them."""
        own = {self.customer_id} if self.customer_id is not None else set()
        return own | {answer.group for answer in self.answers}


@dataclass(frozen=True, slots=True)
class Known:
    """Records in comparable spelling by the customer they belong to."""

    frozen: Frozen
    cells: Mapping[int, Cells]
    owners: Mapping[int, int]

    def of(self, customer_id: int) -> list[int]:
        """Give a customer's records."""
        return [number for number, owner in self.owners.items() if owner == customer_id]

    def table(self, record_ids: Sequence[int]) -> Table:
        """Give these records for the engine."""
        return self.frozen.table([self.cells[number] for number in record_ids])


@dataclass(frozen=True, slots=True)
class _Found:
    """All that is known before anything is written: the model, the record as it is and as it was
    stored, the records near to it, and how well it fits their customers.
    """

    record_id: int
    frozen: Frozen
    row: Cells
    before: Cells | None
    keys: list[tuple[int, int]]
    known: Known
    answers: list[Resolution]

    @property
    def customer_id(self) -> int:
        """Whose the record is so far."""
        return self.known.owners[self.record_id]

    @property
    def best(self) -> Resolution | None:
        """Whom it surely is, if anybody."""
        return next((one for one in self.answers[:1] if one.zone == "auto"), None)


def resolve_record(*, record_id: int, now: datetime) -> Resolved:
    """Weigh a new or changed record against all others: join its customer to whom it surely is, ask
    about whom it may be, or let it be. Run again, it changes nothing.
    """
    found = find(record_id=record_id)
    if found is None:
        return Resolved("", None)
    plan = _plan(found)
    with transaction.atomic():
        if found.row != found.before:
            store_record(
                record_id=record_id,
                row=found.row,
                keys=found.keys,
                before=found.before,
                frozen=found.frozen,
            )
        return _carry_out(found, plan, now)


def find(*, record_id: int) -> _Found | None:
    """Read and weigh one record, and write nothing; None without a model, or where nothing is known
    of the record (any more), which is then forgotten.
    """
    owner = next(iter(_OWNER.rows(record_id)), None)
    frozen = get_frozen(is_demo=bool(owner[1])) if owner else None
    if owner is None or frozen is None:
        return None
    row, before = read_one(record_id=record_id)
    if row is None:
        _forget(record_id, before, frozen)
        return None
    keys = frozen.keys_of(row)
    known = _read_near(record_id, row, keys, owner[0], frozen)
    answers = _weigh(frozen, known, record_id, owner[0])
    return _Found(record_id, frozen, row, before, keys, known, answers)


def _forget(record_id: int, before: Cells | None, frozen: Frozen) -> None:
    if before is not None:
        with transaction.atomic():
            drop_keys(record_ids={record_id: before}, frozen=frozen)
            SourceRecord.objects.get(id=record_id).match_record.delete()


def _read_near(
    record_id: int,
    row: Cells,
    keys: Iterable[tuple[int, int]],
    customer_id: int,
    frozen: Frozen,
) -> Known:
    """Read all records of the customers near to a record, and of its own."""
    near = pick_candidates(
        _read_blocks(frozen, keys, record_id), record_count=frozen.parameters.record_count
    )
    known = _read_customers([record_id, *near], frozen)
    cells = {**known.cells, record_id: row}
    return Known(frozen, cells, {**known.owners, record_id: customer_id})


def _read_blocks(
    frozen: Frozen, keys: Iterable[tuple[int, int]], record_id: int
) -> list[list[int]]:
    """Give the blocks under these keys that are not above their caps, without the record itself,
    which may stand there already.
    """
    caps = dict(keys)
    blocks: dict[int, list[int]] = {key: [] for key in caps}
    wanted = [(frozen.number, key, cap + 2) for key, cap in caps.items()]
    with connection.cursor() as cursor:
        for start in range(0, len(wanted), _BLOCKS):
            chunk = wanted[start : start + _BLOCKS]
            statement = " UNION ALL ".join([_BLOCK] * len(chunk))
            cursor.execute(statement, [value for one in chunk for value in one])
            for key, found in cursor.fetchall():
                if found != record_id:
                    blocks[key].append(found)
    return [block for key, block in blocks.items() if len(block) <= caps[key]]


def _read_customers(record_ids: Sequence[int], frozen: Frozen) -> Known:
    marks = ", ".join(["%s"] * len(record_ids))
    columns = ", ".join(f"m.{name}" for name in FIELDS)
    statement = f"""
        SELECT m.record_id, r.customer_id, {columns}
        FROM identify_sourcerecord r JOIN identify_matchrecord m ON m.record_id = r.id
        WHERE r.customer_id IN (SELECT customer_id FROM identify_sourcerecord WHERE id IN ({marks}))
    """  # noqa: S608 - columns and marks are ours
    with connection.cursor() as cursor:
        cursor.execute(statement, list(record_ids))
        found = cursor.fetchall()
    return Known(frozen, {row[0]: row[2:] for row in found}, {row[0]: row[1] for row in found})


def _weigh(frozen: Frozen, known: Known, record_id: int, customer_id: int) -> list[Resolution]:
    """Weigh a record's customer against those near to it, the likeliest first."""
    others = [number for number, owner in known.owners.items() if owner != customer_id]
    if not others:
        return []
    mine = known.of(customer_id)
    barred = find_barred(owners=known.owners, mine=mine)
    others = [number for number in others if known.owners[number] not in barred]
    candidates = known.table(others).with_columns(
        group=np.array([known.owners[number] for number in others], dtype=np.int64)
    )
    record = known.table([record_id])
    answers = resolve(frozen.parameters, frozen.rates, record, candidates)
    if len(mine) == 1:
        return [replace(one, row=others[one.row]) for one in answers]
    return [_as_whole(frozen, known, mine, replace(one, row=others[one.row])) for one in answers]


def _as_whole(frozen: Frozen, known: Known, mine: list[int], one: Resolution) -> Resolution:
    """Weigh all records of the customer, where there are more than the one."""
    weight, is_vetoed = _weigh_customers(frozen, known, mine, known.of(one.group))
    # What speaks for others as well keeps speaking against this one.
    is_sure = one.zone == "auto" or one.is_vetoed
    zone = frozen.parameters.zones.zone_of(weight, is_vetoed=is_vetoed or not is_sure)
    return replace(one, weight=weight, is_vetoed=is_vetoed, zone=zone)


def _weigh_customers(
    frozen: Frozen, known: Known, mine: list[int], theirs: list[int]
) -> tuple[float, bool]:
    return weigh_groups(frozen.parameters, frozen.rates, known.table(mine), known.table(theirs))


def _plan(found: _Found) -> JoinPlan | None:
    """Plan the join before the lock is taken, where nothing stands in its way."""
    if found.best is None:
        return None
    group = ({found.customer_id, found.best.group}, _evidence(found, found.best))
    return plan_joins(groups=[group]).get(0)


def _carry_out(found: _Found, plan: JoinPlan | None, now: datetime) -> Resolved:
    customer_id = found.customer_id
    entries: list[int] = []
    rest = found.answers
    if found.best is not None and _join(found, customer_id, found.best, now, entries, plan):
        rest = found.answers[1:]
        customer_id = _settle(found, min(customer_id, found.best.group), rest, now, entries)
    frozen = found.frozen
    doubts = _doubts(found.record_id, customer_id, rest)
    pairs = add_open(doubts=doubts, model_id=frozen.id, is_demo=frozen.is_demo, now=now)
    zone = "auto" if entries else "review" if pairs else "apart"
    return Resolved(zone, customer_id, entries, pairs, found.answers)


def _evidence(found: _Found, answer: Resolution) -> dict[str, Any]:
    return {
        "model": str(found.frozen.id),
        "weight": round(answer.weight, 2),
        "records": [str(found.record_id), str(answer.row)],
        "fields": plain(answer.evidence),
    }


def _join(
    found: _Found,
    customer_id: int,
    answer: Resolution,
    now: datetime,
    entries: list[int],
    plan: JoinPlan | None = None,
) -> bool:
    """Join two customers; False when somebody keeps them apart or was faster."""
    by = f"model:{found.frozen.id}"
    if plan is not None:
        done = join_planned(plans=[plan], by=by, actor=ACTOR, now=now)
        entry_id = done[plan.survivor_id]
        if entry_id is not None:
            entries.append(entry_id)
            return True
    try:
        with transaction.atomic():
            entry = identity.merge(
                customer_ids={customer_id, answer.group},
                by=by,
                actor=ACTOR,
                now=now,
                evidence=_evidence(found, answer),
            )
    except IdentityRefused:
        return False
    entries.append(entry.id)
    return True


def _settle(
    found: _Found,
    customer_id: int,
    rest: Sequence[Resolution],
    now: datetime,
    entries: list[int],
) -> int:
    """Weigh a customer who has just grown against those it is near to and those that wait beside
    it, until none joins: what the new record tells may settle them.
    """
    near = {one.group: one for one in rest if not one.is_vetoed}
    tried: set[int] = set()
    while todo := sorted({*near, *list_waiting(customer_id)} - tried - {customer_id}):
        tried.add(todo[0])
        answer = _weigh_beside(found.frozen, customer_id, todo[0], near.get(todo[0]))
        if answer is not None and _join(found, customer_id, answer, now, entries):
            customer_id, tried = min(customer_id, answer.group), set()
    return customer_id


def _weigh_beside(
    frozen: Frozen, customer_id: int, other_id: int, answer: Resolution | None
) -> Resolution | None:
    """Weigh two customers as wholes; None where they are not surely one."""
    known = read_groups([customer_id, other_id], frozen=frozen)
    mine, theirs = known.of(customer_id), known.of(other_id)
    if not mine or not theirs or other_id in find_barred(owners=known.owners, mine=mine):
        return None
    weight, is_vetoed = _weigh_customers(frozen, known, mine, theirs)
    if frozen.parameters.zones.zone_of(weight, is_vetoed=is_vetoed) != "auto":
        return None
    row, evidence = (answer.row, answer.evidence) if answer else (theirs[0], ())
    return Resolution(other_id, weight, "auto", False, row, evidence)


def list_waiting(customer_id: int) -> set[int]:
    """Give the customers about whom, beside this one, somebody is asked."""
    own = [row[0] for row in _RECORDS.rows(customer_id)]
    others = {number for number, state in _BESIDE.rows(*own) if state == PairState.OPEN}
    return {row[0] for row in _OWNERS.rows(*sorted(others)) if row[0]} - {customer_id}


def read_groups(customer_ids: Iterable[int], *, frozen: Frozen) -> Known:
    """Read all records of these customers as they are compared."""
    wanted = list(customer_ids)
    rows = SourceRecord.objects.filter(customer_id__in=wanted, match_record__isnull=False)
    names = [f"match_record__{name}" for name in FIELDS]
    found = list(rows.order_by("id").values_list("id", "customer_id", *names))
    owners = {row[0]: row[1] for row in found if row[1] is not None}
    return Known(frozen, {row[0]: tuple(row[2:]) for row in found}, owners)


def _doubts(record_id: int, customer_id: int, answers: Sequence[Resolution]) -> list[Doubt]:
    living = get_living_ids(customer_ids=[one.group for one in answers])
    return [
        Doubt(
            (record_id, one.row), (customer_id, one.group), one.weight, one.is_vetoed, one.evidence
        )
        for one in answers
        if living[one.group] != customer_id
    ]
