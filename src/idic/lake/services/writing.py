"""Writes a segment: the file first (whole, fsynced, renamed into place), its manifest row after.
Whatever dies in between leaves at most a file nobody reads, which `sweep` removes.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
from django.conf import settings
from django.db import connection, transaction

from idic.core import ids
from idic.engine.table import ArrowStream, Source, Table, add_table, connect
from idic.lake.datasets import Dataset, get_dataset
from idic.lake.models import LakeFile

_WRITER_MEMORY = "512MB"


class LakeWriteFailed(Exception):
    """Raised when a file could not be written; nothing was changed. The message says what to do."""

    is_for_people = True


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedFile:
    """A segment that lies safely on disk and that nobody sees before `publish`."""

    dataset: str
    path: str
    rows: int
    bytes: int
    schema_version: int
    tag: str
    min_key: int | None
    max_key: int | None


def append(
    *, dataset: str, table: Source, now: datetime, tag: str | None = None
) -> LakeFile | None:
    """Add the rows as one new segment; readers opened from now on see them. None for no rows.

    Call it outside a transaction: writing a file is slow. To let several segments, or segments
    and rows of the database, appear together, `stage` them and `publish` in your transaction.
    """
    staged = stage(dataset=dataset, table=table, tag=tag)
    if staged.rows == 0:
        discard(staged=[staged])
        return None
    return publish(staged=[staged], now=now)[0]


def stage(*, dataset: str, table: Source, tag: str | None = None) -> StagedFile:
    """Write the rows to disk durably, invisible until `publish`. Unpublished within a day, they
    are swept. Raises ValueError when the columns are not those the data set declares.
    """
    declared = get_dataset(name=dataset)
    with connect(memory_limit=_WRITER_MEMORY) as duck:
        _load(duck, table)
        given = [row[0] for row in duck.execute("DESCRIBE incoming").fetchall()]
        if sorted(given) != sorted(declared.columns):
            raise ValueError(
                f"{dataset} takes the columns {', '.join(declared.columns)}; "
                f"these rows have {', '.join(given)}"
            )
        return write(duck, declared=declared, source="incoming", tag=tag or "")


def publish(
    *, staged: Iterable[StagedFile], now: datetime, version: int | None = None
) -> list[LakeFile]:
    """Make staged files visible, all at once with whatever else the caller's transaction does."""
    files = [
        LakeFile(
            dataset=file.dataset,
            path=file.path,
            rows=file.rows,
            bytes=file.bytes,
            schema_version=file.schema_version,
            tag=file.tag,
            version=version,
            min_key=file.min_key,
            max_key=file.max_key,
            created_at=now,
        )
        for file in staged
    ]
    with transaction.atomic():
        return LakeFile.objects.bulk_create(files)


def replace_snapshot(*, dataset: str, table: Source, now: datetime) -> LakeFile:
    """Publish a whole new version of a snapshot; a reader sees the old one or the new, not both."""
    declared = get_dataset(name=dataset)
    if not declared.is_snapshot:
        raise ValueError(f"{dataset} only grows; it is no snapshot")
    staged = stage(dataset=dataset, table=table)
    with transaction.atomic():
        lock_dataset(dataset)
        earlier = LakeFile.objects.filter(dataset=dataset)
        last = earlier.order_by("-version").values_list("version", flat=True).first()
        earlier.filter(retired_at=None).update(retired_at=now)
        return publish(staged=[staged], now=now, version=(last or 0) + 1)[0]


def discard(*, staged: Iterable[StagedFile]) -> None:
    """Remove staged files that will not be published."""
    for file in staged:
        (settings.IDIC_LAKE / file.path).unlink(missing_ok=True)


def lock_dataset(dataset: str) -> None:
    """Let one transaction at a time rewrite a data set's manifest (SQLite's writer is alone)."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"lake:{dataset}"])


def write(
    duck: duckdb.DuckDBPyConnection, *, declared: Dataset, source: str, tag: str
) -> StagedFile:
    """Write the relation named `source` on `duck` as a segment of `declared`."""
    folder = make_folder(settings.IDIC_LAKE / declared.name)
    name = f"{ids.new_id():016x}.parquet"
    unfinished = folder / f".{name}.tmp"
    try:
        rows, size, least, most = _copy(duck, declared=declared, source=source, path=unfinished)
        _sync(unfinished)
        unfinished.rename(folder / name)
        _sync(folder)
    except (OSError, duckdb.IOException) as error:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise LakeWriteFailed(
            f"The lake could not write “{declared.name}” ({_reason(error)}). Nothing was changed. "
            f"Free some space on the disk of {settings.IDIC_LAKE}, then try again."
        ) from error
    return StagedFile(
        dataset=declared.name,
        path=f"{declared.name}/{name}",
        rows=rows,
        bytes=size,
        schema_version=declared.schema_version,
        tag=tag,
        min_key=least,
        max_key=most,
    )


def _copy(
    duck: duckdb.DuckDBPyConnection, *, declared: Dataset, source: str, path: Path
) -> tuple[int, int, int | None, int | None]:
    """Copy to Parquet; give rows, bytes and the span of the key. Names come from declarations."""
    columns = ", ".join(
        f'CAST("{name}" AS {kind}) AS "{name}"' for name, kind in declared.columns.items()
    )
    order = f'ORDER BY "{declared.key}"' if declared.key else ""
    target = str(path).replace("'", "''")
    duck.execute(
        f"COPY (SELECT {columns} FROM {source} {order}) TO '{target}' "  # noqa: S608
        "(FORMAT parquet, COMPRESSION zstd)"
    )
    span = f'min("{declared.key}"), max("{declared.key}")' if declared.key else "NULL, NULL"
    counted = duck.execute(
        f"SELECT count(*), {span} FROM read_parquet(?)",  # noqa: S608
        [str(path)],
    ).fetchone()
    rows, least, most = counted or (0, None, None)
    return int(rows), path.stat().st_size, _as_key(least), _as_key(most)


def _load(duck: duckdb.DuckDBPyConnection, table: Source) -> None:
    if isinstance(table, Mapping):
        table = Table(table)
    if isinstance(table, Table):
        add_table(duck, name="incoming", table=table)
    elif isinstance(table, ArrowStream):
        duck.from_arrow(_Once(table)).create_view("incoming")
    else:
        raise TypeError(f"the lake cannot read {type(table).__name__}")


class _Once:
    """Asks a stream for its capsule once: DuckDB asks twice, and a cursor answers only once."""

    def __init__(self, source: ArrowStream) -> None:
        self._capsule = source.__arrow_c_stream__()

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._capsule


def _as_key(value: Any) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, datetime):
        return int(value.replace(tzinfo=UTC).timestamp() * 1_000_000)
    if isinstance(value, date):
        return value.toordinal() * 86_400_000_000 - 719_163 * 86_400_000_000
    return None


def make_folder(folder: Path) -> Path:
    """Make a directory that survives a power cut, parents included."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        _sync(folder.parent)
    return folder


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    text = str(error).splitlines()[0]
    return "no space left on the disk" if "No space left" in text else text
