"""Reads of the manifest; rows of the lake itself are read through `reader`."""

from __future__ import annotations

from idic.lake.models import LakeFile


def list_live_files(*, dataset: str | None = None) -> list[LakeFile]:
    """Give the files readers see now, the oldest first, from one consistent look."""
    live = LakeFile.objects.filter(retired_at=None)
    return list((live.filter(dataset=dataset) if dataset else live).order_by("id"))


def count_live_files() -> int:
    """Count the files readers see now."""
    return LakeFile.objects.filter(retired_at=None).count()
