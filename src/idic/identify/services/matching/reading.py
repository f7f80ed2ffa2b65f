"""Reads what records say of people, one value a field, as the matcher compares it. Only reads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet

from idic.core.prepared import Prepared
from idic.engine.matching import Field, Schema, clean
from idic.engine.matching.columns import clean_text
from idic.engine.table import Table
from idic.identify.importing.values.cells import is_walk_in
from idic.identify.models import Identifier, MatchRecord, RecordKind, SourceRecord
from idic.identify.services.golden import list_in_force
from idic.identify.services.imports.slices import slices

# Field of the comparison, its kind, and the traits it is taken from, the first that is known.
_FIELDS: Mapping[str, tuple[Any, tuple[str, ...]]] = {
    "name": ("name", ("name",)),
    "phone": ("phone", ("phone",)),
    "email": ("email", ("email",)),
    "birth_date": ("date", ("birth_date",)),
    "address": ("address", ("address", "street")),
    "city": ("place", ("city", "province")),
    "postcode": ("postcode", ("postal_code",)),
    "gender": ("place", ("gender",)),
    "card": ("code", ()),
    "zalo": ("code", ()),
    "wechat": ("code", ()),
}
FIELDS = tuple(_FIELDS)
WHOLE = Schema(tuple(Field(name, kind, (name,)) for name, (kind, _traits) in _FIELDS.items()))
_TRAITS = sorted({trait for _kind, traits in _FIELDS.values() for trait in traits})
_IDENTIFIERS = ("phone", "email", "card", "zalo", "wechat")
_LONGEST = 500

Cells = tuple[str, ...]


def list_people(*, is_demo: bool) -> QuerySet[SourceRecord]:
    """Give the records that can be matched: those of people who count, own or made up."""
    return SourceRecord.objects.filter(
        kind=RecordKind.PERSON,
        customer__isnull=False,
        customer__is_staged=False,
        customer__is_demo=is_demo,
    )


def read_cleaned(*, record_ids: Sequence[int]) -> dict[int, Cells]:
    """Give these records in comparable spelling, a text for each of `FIELDS`, empty where nothing
    is known. Records of which nothing is known, and walk-in customers, are left out.
    """
    return _clean(_read_raw(record_ids))


def _clean(raw: Mapping[int, dict[str, str]]) -> dict[int, Cells]:
    numbers = [number for number, values in raw.items() if values]
    cells = {name: [raw[number].get(name) for number in numbers] for name in FIELDS}
    table = clean(WHOLE, Table(cells, types=dict.fromkeys(FIELDS, str)))
    rows = zip(*(table[name].tolist() for name in FIELDS), strict=True)
    found = {
        number: tuple((cell or "")[:_LONGEST] for cell in row)
        for number, row in zip(numbers, rows, strict=True)
    }
    return {number: row for number, row in found.items() if any(row)}


def read_stored(*, rows: Iterable[Cells]) -> Table:
    """Make the table the engine reads of stored cells; what is empty is missing there."""
    columns: list[list[str | None]] = [[] for _name in FIELDS]
    for row in rows:
        for column, cell in zip(columns, row, strict=True):
            column.append(cell or None)
    return Table(
        dict(zip(FIELDS, columns, strict=True)),
        types=dict.fromkeys(FIELDS, str),
    )


def list_stored(*, record_ids: Sequence[int]) -> dict[int, Cells]:
    """Give how these records are stored for comparison."""
    found: dict[int, Cells] = {}
    for chunk in slices(record_ids):
        rows = MatchRecord.objects.filter(record_id__in=chunk)
        found |= {row[0]: row[1:] for row in rows.values_list("record_id", *FIELDS)}
    return found


def read_one(*, record_id: int) -> tuple[Cells | None, Cells | None]:
    """Give one record in comparable spelling, and as it was stored; None where nothing is known."""
    held = _gather([record_id], _ONE_IDENTIFIERS.rows(record_id), _ONE_TRAITS.rows(record_id))
    values, stored = held[record_id], _ONE_STORED.rows(record_id)
    row = tuple(
        (clean_text(kind, values[name]) or "")[:_LONGEST] if name in values else ""
        for name, (kind, _traits) in _FIELDS.items()
    )
    return row if any(row) else None, stored[0] if stored else None


def _read_raw(record_ids: Sequence[int]) -> dict[int, dict[str, str]]:
    found: dict[int, dict[str, str]] = {}
    for chunk in slices(record_ids):
        found |= _gather(chunk, _identifiers(chunk), _traits(chunk))
    return found


def _gather(
    record_ids: Sequence[int], identifiers: Iterable[Any], traits: Iterable[Any]
) -> dict[int, dict[str, str]]:
    best: dict[int, dict[str, tuple[Any, str]]] = {number: {} for number in record_ids}
    unsure: dict[int, set[str]] = defaultdict(set)
    known: dict[int, dict[str, str]] = defaultdict(dict)
    for record_id, kind, value, is_placeholder in identifiers:
        if is_placeholder:
            unsure[record_id].add(value)
        else:
            known[record_id][kind] = value
    for record_id, name, value, *weight in traits:
        held = best[record_id].get(name)
        place = (weight[0], weight[1] is not None, weight[2], weight[3])
        if held is None or place > held[0]:
            best[record_id][name] = (place, value)
    return {number: _values(best[number], known[number], unsure[number]) for number in record_ids}


def _traits(record_ids: Sequence[int]) -> QuerySet[Any, Any]:
    rows = list_in_force().filter(record_id__in=record_ids, name__in=_TRAITS)
    columns = ("record_id", "name", "value", "is_pinned", "verified_at", "observed_at", "id")
    return rows.values_list(*columns)


def _identifiers(record_ids: Sequence[int]) -> QuerySet[Any, Any]:
    rows = Identifier.objects.filter(record_id__in=record_ids, type__in=_IDENTIFIERS)
    return rows.order_by("id").values_list("record_id", "type", "value", "is_placeholder")


_ONE_TRAITS = Prepared(_traits)
_ONE_IDENTIFIERS = Prepared(_identifiers)
_ONE_STORED = Prepared(
    lambda numbers: MatchRecord.objects.filter(record_id__in=numbers).values_list(*FIELDS)
)


def _values(
    best: Mapping[str, tuple[Any, str]], known: Mapping[str, str], unsure: set[str]
) -> dict[str, str]:
    said = {name: value for name, (_place, value) in best.items() if value not in unsure}
    found = {}
    for name, (_kind, traits) in _FIELDS.items():
        value = next((said[trait] for trait in traits if said.get(trait)), "") or known.get(name)
        if value:
            found[name] = value
    # A walk-in customer is nobody in particular, whatever else stands there.
    return {} if is_walk_in(found.get("name", "")) else found
