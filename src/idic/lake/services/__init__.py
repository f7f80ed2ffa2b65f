"""Every write to the lake: adding, replacing, retiring, merging and sweeping segments."""

from .compacting import compact
from .retiring import retire, sweep
from .writing import LakeWriteFailed, StagedFile, append, publish, replace_snapshot, stage

__all__ = [
    "LakeWriteFailed",
    "StagedFile",
    "append",
    "compact",
    "publish",
    "replace_snapshot",
    "retire",
    "stage",
    "sweep",
]
