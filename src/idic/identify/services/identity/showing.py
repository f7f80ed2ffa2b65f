"""What a customer shows after records came or went: the values of its traits, and those older than
any trait as they were before; the stage of the relationship. Then everybody who computes is told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db.models import Q

from idic.core import ids
from idic.core.among import among, raw_rows
from idic.core.jobs import publish
from idic.core.services import audit
from idic.identify.events import CustomersChanged, CustomersMerged, CustomersParted
from idic.identify.living import list_family_ids
from idic.identify.models import (
    Customer,
    IdentityAct,
    IdentityLogEntry,
    LifecycleStage,
    Order,
)
from idic.identify.services import golden

from .log import end_of, read_direct

# The further of two stages wins: nothing is lost when a lead turns out to be a customer.
_RANK = {
    LifecycleStage.LEAD: 0,
    LifecycleStage.PROSPECT: 1,
    LifecycleStage.LAPSED: 2,
    LifecycleStage.CUSTOMER: 3,
}
_COLUMNS = ("is_company", *golden.COLUMNS)
# What `find_shown` gives, behind the customer's number.
SHOWN = ["id", *_COLUMNS, "lifecycle_stage"]


def note_before(customer: Customer) -> dict[str, Any]:
    """Note what an undo could not compute: values no trait tells of, and the stage."""
    told = golden.find_told(customer_ids=[customer.id])[customer.id]
    columns = {name: _plain(getattr(customer, name)) for name in _COLUMNS if name not in told}
    standing = _list_notes(customer.id, is_standing=True)
    if not standing:
        return {"columns": columns, "stage": customer.lifecycle_stage, "since": ids.new_id()}
    # While an earlier merge stands, what no trait tells may be another's: its note counts.
    known, last = _base(customer.id), standing[-1]
    columns = {name: value for name, value in columns.items() if name not in known}
    return {"columns": columns, "stage": last["stage"], "since": last["since"]}


class Shown(NamedTuple):
    """What a customer shows, and where it stands: what planning many joins reads of each."""

    id: int
    is_demo: bool
    is_staged: bool
    merged_into_id: int | None
    lifecycle_stage: str
    is_company: bool
    full_name: str
    salutation: str
    email: str
    phone: str
    city: str
    country: str
    gender: str
    birth_date: date | None
    language: str

    @property
    def values(self) -> tuple[Any, ...]:
        """What `find_shown` may change."""
        return (*self[5:], self.lifecycle_stage)


def list_shown(*, condition: Q) -> list[Shown]:
    """Give what these customers show, the oldest first."""
    rows = Customer.objects.filter(condition).order_by("id").values_list(*Shown._fields)
    found = []
    for key, is_demo, is_staged, into, stage, is_company, *values in raw_rows(rows):
        if values[7]:
            values[7] = _value("birth_date", str(values[7]))
        found.append(
            Shown(key, bool(is_demo), bool(is_staged), into, stage, bool(is_company), *values)
        )
    return found


@dataclass(frozen=True, slots=True)
class Notes:
    """What was noted at merges a customer survived, the oldest first: at all, at standing ones."""

    every: list[dict[str, Any]] = field(default_factory=list)
    standing: list[dict[str, Any]] = field(default_factory=list)

    @property
    def base(self) -> dict[str, Any]:
        """The last noted value of each column that no trait told of."""
        found: dict[str, Any] = {}
        for note in self.every:
            found |= note["columns"]
        return found


def list_notes(*, customer_ids: Collection[int]) -> dict[int, Notes]:
    """Give what was noted of each of these customers."""
    found = {number: Notes() for number in customer_ids}
    rows = IdentityLogEntry.objects.filter(
        among("customer_id", customer_ids), act=IdentityAct.MERGE
    ).order_by("id")
    for number, note, reversal in rows.values_list("customer_id", "before", "reversed_by"):
        if number is not None and "stage" in note:
            found[number].every.append(note)
            if reversal is None:
                found[number].standing.append(note)
    return found


def note_many(
    *,
    customers: Sequence[Shown],
    notes: Mapping[int, Notes],
    told: Sequence[Mapping[str, Any]],
) -> dict[int, dict[str, Any]]:
    """Do what `note_before` does for many customers, of whom traits tell `told`."""
    now = ids.new_id()
    found = {}
    for one, said in zip(customers, told, strict=True):
        noted = notes[one.id]
        known = noted.base if noted.standing else {}
        columns = {
            name: _plain(getattr(one, name))
            for name in _COLUMNS
            if name not in said and name not in known
        }
        last = noted.standing[-1] if noted.standing else {}
        stage, since = last.get("stage", one.lifecycle_stage), last.get("since", now)
        found[one.id] = {"columns": columns, "stage": stage, "since": since}
    return found


def find_shown(
    *,
    groups: Sequence[Sequence[Shown]],
    told: Sequence[Mapping[str, Any]],
    before: Mapping[int, dict[str, Any]],
    notes: Mapping[int, Notes],
) -> list[tuple[Any, ...]]:
    """Give what the first of each group will show, and its stage, once the others are joined to it:
    `told` is what traits tell of the group, `before` what `note_many` noted of the first.
    """
    found = []
    for (customer, *joined), said in zip(groups, told, strict=True):
        base = before[customer.id]["columns"]
        if notes[customer.id].every:
            base = notes[customer.id].base | base
        joined.sort(key=lambda one: one.id)
        values = [_shown(name, said, base, customer, joined) for name in _COLUMNS]
        stages = {one.lifecycle_stage for one in (customer, *joined)}
        found.append((*values, max(stages, key=lambda one: _RANK[LifecycleStage(one)])))
    return found


def _shown(
    name: str,
    told: Mapping[str, Any],
    base: Mapping[str, Any],
    customer: Customer | Shown,
    joined: Sequence[Customer | Shown],
) -> Any:
    """Give what a column shows: what a trait tells, else what stood there, else a joined one's."""
    value = told.get(name)
    if value is None:
        value = _value(name, base[name]) if name in base else getattr(customer, name)
        value = value or next((v for one in joined if (v := getattr(one, name))), value)
    return value


def _list_notes(customer_id: int, *, is_standing: bool) -> list[dict[str, Any]]:
    """Give what was noted at the merges this customer survived, the oldest first."""
    entries = IdentityLogEntry.objects.filter(customer_id=customer_id, act=IdentityAct.MERGE)
    if is_standing:
        entries = entries.filter(reversed_by=None)
    notes = entries.order_by("id").values_list("before", flat=True)
    return [note for note in notes if "stage" in note]


def _base(customer_id: int) -> dict[str, Any]:
    """Give the last noted value of each column that no trait told of."""
    found: dict[str, Any] = {}
    for note in _list_notes(customer_id, is_standing=False):
        found |= note["columns"]
    return found


def show(*, customer_ids: Sequence[int]) -> None:
    """Write the values each customer shows now."""
    told = golden.find_told(customer_ids=customer_ids)
    people = Customer.objects.in_bulk(list(customer_ids))
    for customer_id, customer in people.items():
        base = _base(customer_id)
        others = Customer.objects.filter(merged_into_id=customer_id).order_by("id")
        joined = list(others)
        columns = {}
        for name in _COLUMNS:
            columns[name] = _shown(name, told[customer_id], base, customer, joined)
        Customer.objects.filter(id=customer_id).update(**columns)


def place_stages(
    *, customer_ids: Iterable[int], moment_id: int, undone: IdentityLogEntry | None = None
) -> None:
    """Set each customer's stage to the furthest of its own and those of who leads to it. Whose
    orders came after an act, while they stood with another, is a customer.
    """
    wanted = list(customer_ids)
    family = list_family_ids(customer_ids=wanted)
    rows = dict(Customer.objects.filter(id__in=family).values_list("id", "lifecycle_stage"))
    direct = read_direct(customer_ids=family)
    # The innermost first: what a joined one shows may itself come from who was joined to it.
    for number in sorted(wanted, key=lambda one: -_depth(one, direct)):
        own, since = _own_stage(number, undone) or (rows[number], moment_id)
        under = [rows[one] for one in family if one != number and _leads_over(one, number, direct)]
        stage = max([own, *under], key=lambda one: _RANK[LifecycleStage(one)])
        if stage != LifecycleStage.CUSTOMER and _has_bought_since(number, since):
            stage = LifecycleStage.CUSTOMER
        rows[number] = stage
        Customer.objects.filter(id=number).update(lifecycle_stage=stage)


def _own_stage(customer_id: int, undone: IdentityLogEntry | None) -> tuple[str, int] | None:
    """Give the stage before others were joined, and since when orders may have changed it."""
    notes = _list_notes(customer_id, is_standing=True)
    if not notes and undone is not None and undone.customer_id == customer_id:
        notes = [undone.before]
    return (notes[-1]["stage"], notes[-1]["since"]) if notes and "stage" in notes[-1] else None


def _depth(number: int, direct: dict[int, int | None]) -> int:
    depth = 0
    while (following := direct.get(number)) is not None:
        number, depth = following, depth + 1
    return depth


def _leads_over(number: int, over: int, direct: dict[int, int | None]) -> bool:
    while (following := direct.get(number)) is not None:
        if following == over:
            return True
        number = following
    return False


def _has_bought_since(customer_id: int, moment_id: int) -> bool:
    orders = Order.objects.filter(record__customer_id=customer_id, id__gt=moment_id)
    return orders.exists()


def lead(*, customer_ids: Iterable[int]) -> None:
    """Write beside each customer who lives on in its place, as the log says."""
    wanted = list(customer_ids)
    direct = read_direct(customer_ids=wanted)
    todo = {step for step in direct.values() if step is not None} - set(direct)
    while todo:
        found = read_direct(customer_ids=todo)
        direct |= {number: found.get(number) for number in todo}
        todo = {step for step in found.values() if step is not None} - set(direct)
    for number in wanted:
        end = end_of(number, direct=direct)
        Customer.objects.filter(id=number).update(merged_into_id=None if end == number else end)


def tell(
    *, entry: IdentityLogEntry, customer_ids: Sequence[int], actor: str, now: datetime
) -> None:
    """Do what follows in the transaction: the rooms above hear of it, the trail keeps it (numbers,
    no values).
    """
    concerned = tuple(dict.fromkeys(customer_ids))
    publish(event=CustomersChanged(customer_ids=concerned))
    if entry.act == IdentityAct.MERGE and entry.customer_id is not None:
        publish(event=CustomersMerged(concerned, entry.customer_id, entry.id))
    else:
        publish(event=CustomersParted(concerned, entry.id))
    audit.record(
        at=now,
        actor=actor,
        action=f"identity.{entry.act}",
        subject_type="customer",
        subject_id=ids.encode("customer", entry.customer_id or concerned[0]),
        detail={"entry": str(entry.id), "customers": [str(number) for number in concerned]},
    )


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _value(name: str, plain: Any) -> Any:
    return date.fromisoformat(plain) if name == "birth_date" and plain else plain
