"""Whose export a file is, told by its headings, and what its columns then mean: one module a system
holds what we know of its files, and where we know it from.
"""

from .preset import Known, Preset, What
from .recognising import PRESETS, Recognition, find_preset, map_columns, recognise
from .reshaping import reshape

__all__ = [
    "PRESETS",
    "Known",
    "Preset",
    "Recognition",
    "What",
    "find_preset",
    "map_columns",
    "recognise",
    "reshape",
]
