"""Keeps records in comparable spelling up to date, and the keys they are found by."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

import numpy as np
from django.db import connection, transaction
from django.db.models import Q

from idic.core import bulk
from idic.engine.matching import Parameters
from idic.engine.matching.blocking import list_keys
from idic.engine.matching.columns import Ints, Records
from idic.engine.matching.resolving import list_record_keys
from idic.identify.models import MatchAct, MatchKey, MatchModel, MatchPair, MatchRecord
from idic.identify.services.imports.slices import slices

from .frozen import Frozen, forget_rates, list_frozen
from .reading import FIELDS, Cells, list_people, list_stored, read_stored
from .reading_many import list_many_stored, read_many_cleaned

Progress = Callable[[int, int], None]
# Keys and the numbers of their records.
Keyed = tuple[Ints, Ints]
_COLUMNS = ["record_id", "is_demo", *FIELDS]
_KEY_COLUMNS = ["number", "key", "record_number"]
_READ = 20_000  # records at a time
_KEYED = 100_000
# Times its cap: so many keys of a block above it are kept, for records of it may go.
_SHOWN = 2


def refresh_records(*, is_demo: bool, progress: Progress | None = None) -> int:
    """Bring the comparable spelling of all people up to date; give how many records changed."""
    record_ids = list(list_people(is_demo=is_demo).order_by("id").values_list("id", flat=True))
    changed, stays = 0, set[int]()
    for done, chunk in enumerate(slices(record_ids, size=_READ), start=1):
        cleaned = read_many_cleaned(record_ids=chunk)
        stored = list_many_stored(record_ids=chunk)
        stays |= cleaned.keys()
        changed += _write(cleaned, stored, is_demo)
        if progress is not None:
            progress(min(done * _READ, len(record_ids)), len(record_ids))
    known = MatchRecord.objects.filter(is_demo=is_demo).values_list("record_id", flat=True)
    gone = [number for number in known.iterator() if number not in stays]
    for numbers in slices(gone):
        bulk.delete_rows(MatchRecord.objects.filter(record_id__in=numbers))
    return changed + len(gone)


def _write(cleaned: dict[int, Cells], stored: dict[int, Cells], is_demo: bool) -> int:
    new = [(number, is_demo, *row) for number, row in cleaned.items() if number not in stored]
    other = [
        (number, *row)
        for number, row in cleaned.items()
        if number in stored and stored[number] != row
    ]
    bulk.insert_rows(MatchRecord, _COLUMNS, new, ignore_conflicts=True)
    bulk.update_rows(MatchRecord, ["record_id", *FIELDS], other, key="record_id")
    return len(new) + len(other)


def keys_of_records(*, parameters: Parameters, records: Records, record_ids: Ints) -> Keyed:
    """Give the keys of records as they were compared, each with the record's number. Of a block
    above its cap, which nobody looks into, only so many that this shows.
    """
    found = []
    for place, keys in list_keys(records, parameters.rules, most_terms=1):
        kept = _first_of_each(keys.hashes, most=_SHOWN * parameters.rules[place].cap)
        found.append((keys.hashes[kept], record_ids[keys.rows[kept]]))
    empty = np.zeros(0, dtype=np.int64)
    hashes, owners = (np.concatenate([empty, *(pair[i] for pair in found)]) for i in (0, 1))
    return hashes, owners


def _first_of_each(hashes: Ints, *, most: int) -> Ints:
    """Give the places of at most so many of each hash."""
    order = np.argsort(hashes, kind="stable")
    among = hashes[order]
    starts = np.flatnonzero(np.r_[True, among[1:] != among[:-1]][: len(among)])
    sizes = np.diff(np.r_[starts, len(among)])
    rank = np.arange(len(among)) - np.repeat(starts, sizes)
    kept: Ints = order[rank < most]
    return kept


def keys_of_cells(*, parameters: Parameters, record_ids: Ints, cells: Sequence[Cells]) -> Keyed:
    """Give the keys of records as they are stored, each with the record's number."""
    keys = list_record_keys(parameters, read_stored(rows=cells))
    return keys["key"], record_ids[keys["row"]]


def write_keys(*, number: int, keys: Keyed, progress: Progress | None = None) -> None:
    """Write keys under a model that is not in force yet."""
    hashes, owners = keys
    # In the order of the table, so that it only grows at its end.
    order = np.lexsort((owners, hashes))
    bulk.insert_rows(
        MatchKey,
        _KEY_COLUMNS,
        _key_rows(number, hashes, owners, order),
        ignore_conflicts=True,
        progress=progress and (lambda done: progress(done, len(order))),
    )


def _key_rows(
    number: int, hashes: Ints, owners: Ints, order: Ints
) -> Iterator[tuple[int, int, int]]:
    for start in range(0, len(order), _KEYED):  # all at once would be much memory
        chosen = order[start : start + _KEYED]
        for key, owner in zip(hashes[chosen].tolist(), owners[chosen].tolist(), strict=True):
            yield number, key, owner


def store_record(
    *,
    record_id: int,
    row: Cells,
    keys: Iterable[tuple[int, int]],
    before: Cells | None,
    frozen: Frozen,
) -> None:
    """Write one record in comparable spelling with its keys, in the caller's transaction."""
    if before is not None:
        drop_keys(record_ids={record_id: before}, frozen=frozen)
        MatchRecord.objects.filter(record_id=record_id).update(
            **dict(zip(FIELDS, row, strict=True))
        )
    else:
        bulk.insert_rows(MatchRecord, _COLUMNS, [(record_id, frozen.is_demo, *row)])
    rows = [(frozen.number, key, record_id) for key, _cap in sorted(set(keys))]
    bulk.insert_rows(MatchKey, _KEY_COLUMNS, rows, ignore_conflicts=True)


# Keys in one transaction; some of the last are met by several records.
_RANGE = 150


def drop_keys(*, record_ids: dict[int, Cells], frozen: Frozen) -> None:
    """Delete the keys of records, worked out anew from how they were spelt."""
    pairs = [
        (frozen.number, key, number)
        for number, row in record_ids.items()
        for key, _cap in frozen.keys_of(row)
    ]
    statement = (
        "DELETE FROM identify_matchkey WHERE number = %s AND key = %s AND record_number = %s"
    )
    with connection.cursor() as cursor:
        cursor.executemany(statement, pairs)


def sweep_keys() -> None:
    """Delete keys under models that are no longer in force: a range of the table at a time."""
    in_force = list(MatchModel.objects.filter(is_current=True).values_list("number", flat=True))
    for number in _stored_numbers():
        if number not in in_force:
            _drop_model_keys(number)


def _stored_numbers() -> Iterator[int]:
    """Skip from number to number along the primary key."""
    number: int | None = -1
    while number is not None:
        rows = MatchKey.objects.filter(number__gt=number).order_by("number")
        number = rows.values_list("number", flat=True).first()
        if number is not None:
            yield number


def _drop_model_keys(number: int) -> None:
    rows = MatchKey.objects.filter(number=number).order_by("key")
    while place := rows.values_list("key", flat=True)[_RANGE : _RANGE + 1]:
        _delete_range(number, next(iter(place)))
    _delete_range(number, None)


def _delete_range(number: int, below: int | None) -> None:
    condition, values = "number = %s", [number]
    if below is not None:
        condition, values = "number = %s AND key <= %s", [number, below]
    with bulk.hold(), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM identify_matchkey WHERE {condition}", values)  # noqa: S608


def forget(*, record_ids: Collection[int]) -> None:
    """Forget records that are about to go: spelling, keys, and the pairs they stand in."""
    for chunk in slices(record_ids):
        stored = list_stored(record_ids=chunk)
        for frozen in list_frozen() if stored else ():
            with transaction.atomic():
                drop_keys(record_ids=stored, frozen=frozen)
        bulk.delete_rows(MatchRecord.objects.filter(record_id__in=chunk))
        bulk.delete_rows(MatchPair.objects.filter(Q(left__in=chunk) | Q(right__in=chunk)))


def forget_vanished() -> int:
    """Forget records that are gone, as after an import was undone; give how many."""
    numbers = _list_vanished()
    forget(record_ids=numbers)
    return len(numbers)


def forget_demo() -> None:
    """Forget all that was worked out about the people of the sample shop."""
    bulk.delete_rows(MatchPair.objects.filter(is_demo=True))
    bulk.delete_rows(MatchRecord.objects.filter(is_demo=True))
    MatchAct.objects.filter(is_demo=True).delete()
    MatchModel.objects.filter(is_demo=True).delete()
    sweep_keys()
    forget_rates()


def _list_vanished() -> list[int]:
    statement = (
        "SELECT m.record_id FROM identify_matchrecord m LEFT JOIN identify_sourcerecord r"
        " ON r.id = m.record_id WHERE r.id IS NULL"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return [row[0] for row in cursor.fetchall()]
