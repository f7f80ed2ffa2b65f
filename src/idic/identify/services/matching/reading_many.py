"""Reads what very many records say, as `reading` does of a few: whole columns at a time, each
distinct value cleaned once. Only reads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from idic.core.among import among, raw_rows
from idic.engine.matching import clean
from idic.engine.table import Table
from idic.identify.importing.values.cells import is_walk_in
from idic.identify.models import Identifier, MatchRecord
from idic.identify.services.golden import list_in_force

from . import reading
from .reading import FIELDS, WHOLE, Cells

# Of each trait what each record says.
_Said = Mapping[str, Mapping[int, str]]


def read_many_cleaned(*, record_ids: Sequence[int]) -> dict[int, Cells]:
    """Give what `reading.read_cleaned` gives; meant for tens of thousands."""
    said, contested = _read_said(record_ids)
    known, unsure = _read_identifiers(record_ids)
    columns = {name: _column(record_ids, name, said, known, unsure) for name in FIELDS}
    _forget_walk_ins(columns)
    row_of = {number: row for row, number in enumerate(record_ids)} if contested else {}
    for number, values in reading._read_raw(sorted(contested)).items():
        for name in FIELDS:
            columns[name][row_of[number]] = values.get(name)
    table = clean(WHOLE, Table(columns, types=dict.fromkeys(FIELDS, str)))
    longest = reading._LONGEST
    cells = [[text[:longest] if text else "" for text in table[name].tolist()] for name in FIELDS]
    rows = zip(record_ids, zip(*cells, strict=True), strict=True)
    return {number: row for number, row in rows if any(row)}


def list_many_stored(*, record_ids: Sequence[int]) -> dict[int, Cells]:
    """Give what `reading.list_stored` gives, of many."""
    rows = MatchRecord.objects.filter(among("record_id", record_ids))
    return {row[0]: row[1:] for row in raw_rows(rows.values_list("record_id", *FIELDS))}


def _read_said(record_ids: Sequence[int]) -> tuple[_Said, set[int]]:
    """Give of each trait what each record says, and the records that say two things of one: there,
    and only there, it has to be weighed what counts.
    """
    rows = list_in_force().filter(among("record_id", record_ids), name__in=reading._TRAITS)
    found: dict[str, dict[int, str]] = {name: {} for name in reading._TRAITS}
    contested: set[int] = set()
    for record_id, name, value in raw_rows(rows.values_list("record_id", "name", "value")):
        if found[name].setdefault(record_id, value) != value:
            contested.add(record_id)
    return found, contested


def _read_identifiers(
    record_ids: Sequence[int],
) -> tuple[dict[str, dict[int, str]], set[tuple[int, str]]]:
    """Give the newest value of each kind that identifies, and those that identify nobody."""
    rows = Identifier.objects.filter(among("record_id", record_ids), type__in=reading._IDENTIFIERS)
    columns = rows.order_by("id").values_list("record_id", "type", "value", "is_placeholder")
    known: dict[str, dict[int, str]] = {kind: {} for kind in reading._IDENTIFIERS}
    unsure: set[tuple[int, str]] = set()
    for record_id, kind, value, is_placeholder in raw_rows(columns):
        if is_placeholder:
            unsure.add((record_id, value))
        else:
            known[kind][record_id] = value
    return known, unsure


def _column(
    record_ids: Sequence[int],
    name: str,
    said: _Said,
    known: Mapping[str, Mapping[int, str]],
    unsure: set[tuple[int, str]],
) -> list[str | None]:
    """Give a field of every record: of its traits the first that is known, else the identifier."""
    _kind, traits = reading._FIELDS[name]
    identifiers = known.get(name, {})
    column = [identifiers.get(number) for number in record_ids] if identifiers else None
    column = column or [None] * len(record_ids)
    for trait in reversed(traits):
        values = said[trait]
        for row, number in enumerate(record_ids) if values else ():
            value = values.get(number)
            if value and not (unsure and (number, value) in unsure):
                column[row] = value
    return column


def _forget_walk_ins(columns: Mapping[str, list[str | None]]) -> None:
    """Empty the rows of walk-in customers, who are nobody in particular, whatever stands there."""
    names = columns["name"]
    nobody = {name for name in set(names) if name and is_walk_in(name)}
    for row in [row for row, name in enumerate(names) if name in nobody] if nobody else ():
        for column in columns.values():
            column[row] = None
