"""Writes many rows in many short transactions, so that other writers hardly wait: a few hundred
to a few thousand rows at a time on SQLite (as many as fit into about 20 ms of its write lock),
COPY on PostgreSQL. Rows are checked by the caller; all-or-nothing work writes rows that nobody
sees yet, and publishes them with one flag.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain, islice
from typing import Any, TypeAlias

from django.db import connection, models, transaction

from idic.core import ids
from idic.core.yielding import YIELD_SHARE, Pacer, hold, rest

__all__ = ["YIELD_SHARE", "Pacer", "batches", "checkpoint", "delete_rows", "hold", "insert_rows"]
__all__ += ["ready_insert", "ready_update", "update_rows"]

Row: TypeAlias = Sequence[Any]
Progress: TypeAlias = Callable[[int], None]

_CHECKPOINT_EVERY = 16  # batches
_MOST_KEYS = 2_000  # named in one statement
# Values and rows of one inserting statement; every SQLite there is takes 999 values.
_MOST_MARKS, _MOST_TOGETHER = 990, 64


def batches(rows: Iterable[Row], *, rows_first: int = 200) -> Iterator[tuple[list[Row], Pacer]]:
    """Give the rows in lists of the size that suits the moment, with the pacer to tell."""
    pacer, source = Pacer(rows=rows_first), iter(rows)
    while batch := list(islice(source, pacer.rows)):
        yield batch, pacer


def insert_rows(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Iterable[Row],
    *,
    ignore_conflicts: bool = False,
    batch: int = 200,
    progress: Progress | None = None,
) -> int:
    """Insert the rows and give how many went in; `columns` are field names (`source_id` for a key).

    Columns left out take the field's default (ids included). `ignore_conflicts` skips rows that
    some unique constraint has already. Each batch commits by itself, unless the caller holds a
    transaction open; `progress` hears the number of rows handled so far.
    """
    shape, write = _shape(model, tuple(columns), connection.vendor), _inserter()
    return _write(
        shape,
        rows,
        batch=batch,
        progress=progress,
        write=lambda values: write(shape, values, ignore_conflicts=ignore_conflicts),
    )


def update_rows(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Iterable[Row],
    *,
    key: str = "id",
    batch: int = 200,
    progress: Progress | None = None,
) -> int:
    """Set columns of existing rows and give how many changed; `columns` includes the key's name."""
    if key not in columns:
        raise ValueError(f"update_rows finds rows by {key}; name it among the columns")
    shape = _shape(model, tuple(columns), connection.vendor, with_defaults=False)
    write, position = _updater(), list(columns).index(key)
    return _write(
        shape,
        rows,
        batch=batch,
        progress=progress,
        write=lambda values: write(shape, values, position=position),
    )


def ready_insert(
    model: type[models.Model], columns: Sequence[str], rows: Sequence[Row]
) -> Callable[[], int]:
    """Make rows ready before a lock is taken; what comes back inserts them, in the caller's
    transaction, and gives how many.
    """
    shape, write = _shape(model, tuple(columns), connection.vendor), _inserter()
    values = shape.values(rows) if rows else []
    return lambda: write(shape, values, ignore_conflicts=False) if values else 0


def ready_update(
    model: type[models.Model], columns: Sequence[str], rows: Sequence[Row], *, key: str = "id"
) -> Callable[[], int]:
    """Make changes of rows ready, as `ready_insert` does new ones."""
    shape = _shape(model, tuple(columns), connection.vendor, with_defaults=False)
    values, write = shape.values(rows) if rows else [], _updater()
    return lambda: write(shape, values, position=list(columns).index(key)) if values else 0


def _inserter() -> Callable[..., int]:
    return _insert_copy if connection.vendor == "postgresql" else _insert_many


def _updater() -> Callable[..., int]:
    return _update_copy if connection.vendor == "postgresql" else _update_many


def delete_rows(
    rows: models.QuerySet[Any], *, batch: int = 200, progress: Progress | None = None
) -> int:
    """Delete the rows in short transactions and give how many went.

    Nothing that points at them is looked for: delete that first. Run again, it goes on.
    """
    pacer, handled, number = Pacer(rows=batch), 0, 0
    is_alone = connection.vendor == "sqlite" and not connection.in_atomic_block
    convert = _converter(rows.model._meta.pk)
    while True:
        wanted = min(pacer.rows, _MOST_KEYS)
        keys = list(rows.order_by().values_list("pk", flat=True)[:wanted])
        if keys:
            statement = _delete_statement(rows.model, count=len(keys))  # before the lock is taken
            values = keys if convert is None else [convert(key) for key in keys]
            if is_alone:
                rest.keep()
            with transaction.atomic(), connection.cursor() as cursor:
                began = time.perf_counter()
                cursor.execute(statement, values)
            seconds, number = time.perf_counter() - began, number + 1
            pacer.note(rows=len(keys), seconds=seconds)
            handled += len(keys)
            if progress is not None:
                progress(handled)
            if is_alone:
                rest.owe(seconds * YIELD_SHARE)
                if number % _CHECKPOINT_EVERY == 0:
                    checkpoint()
        if len(keys) < wanted:
            return handled


def _delete_statement(model: type[models.Model], *, count: int) -> str:
    """Write it by hand: for two thousand keys Django takes five times as long as the database."""
    table = connection.ops.quote_name(model._meta.db_table)
    key = connection.ops.quote_name(str(model._meta.pk.column))
    marks = ", ".join(["%s"] * count)
    return f"DELETE FROM {table} WHERE {key} IN ({marks})"  # noqa: S608 - names of ours


def _write(
    shape: _Shape,
    rows: Iterable[Row],
    *,
    batch: int,
    progress: Progress | None,
    write: Callable[[list[Row]], int],
) -> int:
    written = handled = 0
    is_alone = connection.vendor == "sqlite" and not connection.in_atomic_block
    for number, (batch_rows, pacer) in enumerate(batches(rows, rows_first=batch), start=1):
        values = shape.values(batch_rows)  # before the lock is taken
        if is_alone:
            rest.keep()
        with transaction.atomic():
            began = time.perf_counter()
            written += write(values)
        seconds = time.perf_counter() - began
        pacer.note(rows=len(values), seconds=seconds)
        handled += len(values)
        if progress is not None:
            progress(handled)
        if is_alone:
            rest.owe(seconds * YIELD_SHARE)
            if number % _CHECKPOINT_EVERY == 0:
                checkpoint()
    return written


def checkpoint() -> None:
    """Move SQLite's log into the database here and now, so that no web request's commit has to."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(PASSIVE)")


class _Shape:
    """The columns of one call: their names in the database and how values become what it takes."""

    def __init__(
        self, model: type[models.Model], columns: Sequence[str], *, with_defaults: bool
    ) -> None:
        self._given = [_field(model, name) for name in columns]
        self._filled = _fields_with_default(model, self._given) if with_defaults else []
        self.fields = [*self._given, *self._filled]
        self.table = connection.ops.quote_name(model._meta.db_table)
        self.names = [connection.ops.quote_name(str(field.column)) for field in self.fields]
        self.converters = [_converter(field) for field in self.fields]

    def values(self, rows: Sequence[Row]) -> list[Row]:
        """Turn Python values into database values, column by column."""
        columns = [list(column) for column in zip(*rows, strict=True)]
        if len(columns) != len(self._given):
            raise ValueError(f"rows have {len(columns)} values for {len(self._given)} columns")
        columns += [_defaults(field, count=len(rows)) for field in self._filled]
        for position, convert in enumerate(self.converters):
            if convert is not None:
                columns[position] = [
                    None if value is None else convert(value) for value in columns[position]
                ]
        return list(zip(*columns, strict=True))


@lru_cache(maxsize=256)
def _shape(
    model: type[models.Model], columns: tuple[str, ...], _vendor: str, *, with_defaults: bool = True
) -> _Shape:
    return _Shape(model, columns, with_defaults=with_defaults)


def _field(model: type[models.Model], name: str) -> models.Field[Any, Any]:
    field = model._meta.get_field(name)
    if not isinstance(field, models.Field) or not field.concrete:
        raise ValueError(f"{model.__name__}.{name} is no column")
    return field


def _fields_with_default(
    model: type[models.Model], given: Sequence[models.Field[Any, Any]]
) -> list[models.Field[Any, Any]]:
    filled = []
    for field in model._meta.concrete_fields:
        if field in given or field.has_db_default() or isinstance(field, models.AutoField):
            continue
        if _has_value(field):
            filled.append(field)
        elif not field.null:
            raise ValueError(f"rows of {model.__name__} need the column {field.name}")
    return filled


def _has_value(field: models.Field[Any, Any]) -> bool:
    is_blank_text = field.empty_strings_allowed and field.blank and not field.null
    return field.has_default() or is_blank_text


def _defaults(field: models.Field[Any, Any], *, count: int) -> list[Any]:
    if field.default is ids.new_id:
        return list(ids.new_ids(count))
    if not callable(field.default):
        return [field.get_default()] * count
    return [field.get_default() for _ in range(count)]


def _converter(field: models.Field[Any, Any]) -> Callable[[Any], Any] | None:
    """Give what turns a value into what the database takes, or None where it takes it as it is."""
    target = field.target_field if isinstance(field, models.ForeignKey) else field
    if isinstance(target, models.JSONField):
        return (target.encoder or json.JSONEncoder)(ensure_ascii=False).encode
    if connection.vendor == "postgresql":
        return None
    if isinstance(target, models.DateTimeField):
        return _utc_text
    if isinstance(target, models.DateField | models.TimeField):
        return str
    if isinstance(
        target,
        models.IntegerField
        | models.FloatField
        | models.CharField
        | models.TextField
        | models.BooleanField,
    ):
        return None
    return lambda value: target.get_db_prep_save(value, connection=connection)


@lru_cache(maxsize=1_024)  # rows of one file share their moments
def _utc_text(moment: datetime) -> str:
    """Write a moment as Django's SQLite backend does."""
    if moment.tzinfo is None:
        raise ValueError("moments carry their time zone")
    return str(moment.astimezone(UTC).replace(tzinfo=None))


def _insert_many(shape: _Shape, values: list[Row], *, ignore_conflicts: bool) -> int:
    """Insert many rows a statement, which takes two thirds of the time of one row a statement."""
    together = max(min(_MOST_MARKS // len(shape.names), _MOST_TOGETHER), 1)
    several, written = len(values) // together * together, 0
    parts = [values[at : at + together] for at in range(0, several, together)]
    with connection.cursor() as cursor:
        for count, rows in (
            (together, [list(chain.from_iterable(part)) for part in parts]),
            (1, values[several:]),
        ):
            if rows:
                cursor.executemany(_insert_statement(shape, count, ignore_conflicts), rows)
                written += int(cursor.rowcount)
    return written


@lru_cache(maxsize=256)
def _insert_statement(shape: _Shape, rows: int, ignore_conflicts: bool) -> str:
    marks = ", ".join([f"({', '.join(['%s'] * len(shape.names))})"] * rows)
    return (
        f"INSERT INTO {shape.table} ({', '.join(shape.names)}) VALUES {marks}"  # noqa: S608
        f"{' ON CONFLICT DO NOTHING' if ignore_conflicts else ''}"
    )


def _update_many(shape: _Shape, values: list[Row], *, position: int) -> int:
    names = [name for at, name in enumerate(shape.names) if at != position]
    statement = (
        f"UPDATE {shape.table} SET {', '.join(f'{name} = %s' for name in names)} "  # noqa: S608
        f"WHERE {shape.names[position]} = %s"
    )
    ordered = [(*row[:position], *row[position + 1 :], row[position]) for row in values]
    with connection.cursor() as cursor:
        cursor.executemany(statement, ordered)
        return int(cursor.rowcount)


def _insert_copy(shape: _Shape, values: list[Row], *, ignore_conflicts: bool) -> int:
    if not ignore_conflicts:
        _copy(shape, values, table=shape.table)
        return len(values)
    names = ", ".join(shape.names)
    with connection.cursor() as cursor:
        _copy_aside(shape, values)
        cursor.execute(
            f"INSERT INTO {shape.table} ({names}) SELECT {names} FROM bulk_rows "  # noqa: S608
            "ON CONFLICT DO NOTHING"
        )
        return int(cursor.rowcount)


def _update_copy(shape: _Shape, values: list[Row], *, position: int) -> int:
    key = shape.names[position]
    pairs = [f"{name} = bulk_rows.{name}" for at, name in enumerate(shape.names) if at != position]
    with connection.cursor() as cursor:
        _copy_aside(shape, values)
        cursor.execute(
            f"UPDATE {shape.table} SET {', '.join(pairs)} FROM bulk_rows "  # noqa: S608
            f"WHERE {shape.table}.{key} = bulk_rows.{key}"
        )
        return int(cursor.rowcount)


def _copy_aside(shape: _Shape, values: list[Row]) -> None:
    """Copy into a temporary table that ends with the transaction and has no constraints."""
    names = ", ".join(shape.names)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bulk_rows")
        cursor.execute(
            f"CREATE TEMP TABLE bulk_rows ON COMMIT DROP AS SELECT {names} "  # noqa: S608
            f"FROM {shape.table} WITH NO DATA"
        )
    _copy(shape, values, table="bulk_rows")


def _copy(shape: _Shape, values: list[Row], *, table: str) -> None:
    statement = f"COPY {table} ({', '.join(shape.names)}) FROM STDIN"
    with connection.cursor() as cursor, connection.wrap_database_errors:
        with cursor.copy(statement) as copy:
            for row in values:
                copy.write_row(row)
