"""Merges small segments into large ones, so that a reader opens few files. Rows are kept as they
are; segments of different runs stay apart, so that each run can still be undone.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from django.conf import settings
from django.db import transaction

from idic.engine.table import connect
from idic.lake.datasets import get_dataset
from idic.lake.models import LakeFile
from idic.lake.reader import make_view
from idic.lake.selectors import list_live_files

from .writing import discard, lock_dataset, publish, write

_FULL_ROWS = 1_000_000
_FEWEST_FILES = 4


def compact(
    *,
    dataset: str,
    now: datetime,
    full_rows: int = _FULL_ROWS,
    fewest_files: int = _FEWEST_FILES,
) -> int:
    """Merge each run's segments below `full_rows`; give how many files were merged away.

    Readers see the old files or the new one. If a run is retired meanwhile, its merge is dropped.
    """
    small: dict[str, list[LakeFile]] = defaultdict(list)
    for file in list_live_files(dataset=dataset):
        if file.rows < full_rows and file.version is None:
            small[file.tag].append(file)
    return sum(
        _merge(batch, now=now)
        for files in small.values()
        for batch in _batches(files, full_rows=full_rows)
        if len(batch) >= fewest_files
    )


def _batches(files: list[LakeFile], *, full_rows: int) -> list[list[LakeFile]]:
    batches: list[list[LakeFile]] = [[]]
    for file in files:
        if sum(held.rows for held in batches[-1]) >= full_rows:
            batches.append([])
        batches[-1].append(file)
    return batches


def _merge(files: list[LakeFile], *, now: datetime) -> int:
    declared = get_dataset(name=files[0].dataset)
    with connect(memory_limit="512MB") as duck:
        make_view(duck, dataset=declared, files=files, folder=settings.IDIC_LAKE)
        merged = write(duck, declared=declared, source=f'"{declared.name}"', tag=files[0].tag)
    if merged.rows != sum(file.rows for file in files):
        discard(staged=[merged])
        raise RuntimeError(f"merging {declared.name} would have changed its number of rows")
    with transaction.atomic():
        lock_dataset(declared.name)
        sources = LakeFile.objects.filter(id__in=[file.id for file in files], retired_at=None)
        is_current = sources.count() == len(files)
        if is_current:
            sources.update(retired_at=now)
            publish(staged=[merged], now=now)
    if not is_current:
        discard(staged=[merged])
        return 0
    return len(files)
