"""Writes segments anew without what leads to somebody: rows that are gone, or numbers emptied. The
old files leave readers' sight at once and the disk with the next sweep.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.conf import settings
from django.db import transaction

from idic.engine.table import Table, add_table, connect
from idic.lake.datasets import Dataset, get_dataset
from idic.lake.models import LakeFile
from idic.lake.reader import make_view
from idic.lake.selectors import list_live_files

from .writing import StagedFile, discard, lock_dataset, publish, write

_MEMORY = "512MB"


def erase(
    *, dataset: str, column: str, numbers: Collection[int], keeps_rows: bool, now: datetime
) -> int:
    """Take numbers of a column out of a data set: rows that hold one go, or with `keeps_rows` stay
    with the column empty. Give how many rows that were; only files that hold one are rewritten.
    """
    declared = get_dataset(name=dataset)
    if column not in declared.columns:
        raise ValueError(f"{column} is no column of {dataset}")
    if not numbers:
        return 0
    return sum(
        _rewrite(file, declared, column, numbers, keeps_rows, now)
        for file in list_live_files(dataset=dataset)
    )


def _rewrite(
    file: LakeFile,
    declared: Dataset,
    column: str,
    numbers: Collection[int],
    keeps_rows: bool,
    now: datetime,
) -> int:
    with connect(memory_limit=_MEMORY) as duck:
        make_view(duck, dataset=declared, files=[file], folder=settings.IDIC_LAKE)
        add_table(duck, name="going", table=Table.read({"id": sorted(numbers)}))
        is_going = f'"{column}" IN (SELECT id FROM going)'  # noqa: S608 - a declared name
        found = duck.execute(
            f'SELECT count(*) FROM "{declared.name}" WHERE {is_going}'  # noqa: S608 - declared names
        ).fetchone()
        count = int(found[0]) if found else 0
        if not count:
            return 0
        emptied = f'REPLACE (CASE WHEN {is_going} THEN NULL ELSE "{column}" END AS "{column}")'
        select = (
            f'SELECT * {emptied} FROM "{declared.name}"'  # noqa: S608 - declared names
            if keeps_rows
            else f'SELECT * FROM "{declared.name}" '  # noqa: S608 - declared names
            f"WHERE {is_going} IS NOT TRUE"
        )
        duck.execute(f"CREATE TEMP VIEW staying AS {select}")
        staged = write(duck, declared=declared, source="staying", tag=file.tag)
    return count if _exchange(file, staged, declared.name, now) else 0


def _exchange(file: LakeFile, staged: StagedFile, dataset: str, now: datetime) -> bool:
    """Publish the new file in place of the old; False when that one is no longer read."""
    with transaction.atomic():
        lock_dataset(dataset)
        is_current = LakeFile.objects.filter(id=file.id, retired_at=None).update(retired_at=now)
        if is_current:
            publish(staged=[staged], now=now)
    if not is_current:
        discard(staged=[staged])
    return bool(is_current)
