"""Takes segments out of sight, and later off the disk; also clears what a crash left behind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction

from idic.lake.models import LakeFile

from .writing import lock_dataset

# A reader opened before a file was retired may still read it for this long.
GRACE = timedelta(hours=1)
# A file without a manifest row may be one that an import has staged and not yet published.
ORPHAN_AGE = timedelta(days=1)


def retire(*, dataset: str, tag: str, now: datetime) -> int:
    """Take everything one run wrote out of readers' sight (its undo); give the rows retired."""
    if not tag:
        raise ValueError("retire needs the tag of one run")
    with transaction.atomic():
        lock_dataset(dataset)
        live = LakeFile.objects.filter(dataset=dataset, tag=tag, retired_at=None)
        rows = sum(live.values_list("rows", flat=True))
        live.update(retired_at=now)
    return rows


def retire_untagged(*, dataset: str, now: datetime) -> int:
    """Take what no run wrote out of readers' sight, to be written anew; give the rows retired."""
    with transaction.atomic():
        lock_dataset(dataset)
        live = LakeFile.objects.filter(dataset=dataset, tag="", retired_at=None)
        rows = sum(live.values_list("rows", flat=True))
        live.update(retired_at=now)
    return rows


def sweep(*, now: datetime, grace: timedelta = GRACE, orphan_age: timedelta = ORPHAN_AGE) -> int:
    """Delete files that no reader can hold any more and files no manifest row names."""
    gone = list(LakeFile.objects.filter(retired_at__lt=now - grace).order_by("retired_at")[:500])
    for file in gone:
        (settings.IDIC_LAKE / file.path).unlink(missing_ok=True)
    LakeFile.objects.filter(id__in=[file.id for file in gone]).delete()
    return len(gone) + _sweep_orphans(older_than=now - orphan_age)


def _sweep_orphans(*, older_than: datetime) -> int:
    # The disk before the manifest: a file published in between is then seen as known.
    old = [
        path
        for path in Path(settings.IDIC_LAKE).glob("*/*")
        if path.is_file() and datetime.fromtimestamp(path.stat().st_mtime, UTC) < older_than
    ]
    known = set(LakeFile.objects.values_list("path", flat=True))
    orphans = [path for path in old if f"{path.parent.name}/{path.name}" not in known]
    for path in orphans:
        path.unlink(missing_ok=True)
    return len(orphans)
