"""Every write to the lake: adding, replacing, retiring, merging and sweeping segments."""

from .compacting import compact
from .erasing import erase
from .retiring import retire, retire_untagged, sweep
from .writing import (
    LakeWriteFailed,
    StagedFile,
    append,
    discard,
    publish,
    replace_snapshot,
    stage,
)

__all__ = [
    "LakeWriteFailed",
    "StagedFile",
    "append",
    "compact",
    "discard",
    "erase",
    "publish",
    "replace_snapshot",
    "retire",
    "retire_untagged",
    "stage",
    "sweep",
]
