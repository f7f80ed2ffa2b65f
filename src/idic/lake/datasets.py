"""What the lake may hold: each room declares its data sets, with typed columns, in the constant
DATASETS of its own `datasets.py`. No direct identifier and no raw payload belongs in one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from idic.core.jobs.discovery import room_constants

_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
_TYPES = frozenset(
    ["BOOLEAN", "SMALLINT", "INTEGER", "BIGINT", "DOUBLE", "VARCHAR", "DATE", "TIMESTAMP"]
)
_DECIMAL = re.compile(r"DECIMAL\(\d{1,2},\d{1,2}\)")


class UnknownDataset(LookupError):
    """Raised for a name that no room declares."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """A named table of the lake: its columns with DuckDB types (moments are TIMESTAMP in UTC).

    `key` names the column files are sorted and pruned by. Add columns at the end and raise
    `schema_version`; older files then read as NULL there. A snapshot is replaced as a whole,
    anything else only grows.
    """

    name: str
    columns: Mapping[str, str]
    key: str | None = None
    schema_version: int = 1
    is_snapshot: bool = False

    def __post_init__(self) -> None:
        for name in (self.name, *self.columns):
            if not _NAME.fullmatch(name):
                raise ValueError(f"“{name}” is no name for a data set or column")
        for kind in self.columns.values():
            if kind not in _TYPES and not _DECIMAL.fullmatch(kind):
                raise ValueError(f"“{kind}” is no type of the lake")
        if self.key is not None and self.key not in self.columns:
            raise ValueError(f"the key {self.key} is no column of {self.name}")


_added: dict[str, Dataset] = {}


def add_dataset(*, dataset: Dataset) -> None:
    """Declare a data set at run time; rooms declare theirs in `datasets.py` instead."""
    _added[dataset.name] = dataset


def get_dataset(*, name: str) -> Dataset:
    """Give the declaration of that name. Raises UnknownDataset."""
    for dataset in list_datasets():
        if dataset.name == name:
            return dataset
    raise UnknownDataset(f"no room declares the data set {name}")


def list_datasets() -> list[Dataset]:
    """Give every declared data set."""
    return [*_declared(), *_added.values()]


@cache
def _declared() -> tuple[Dataset, ...]:
    found: dict[str, Dataset] = {}
    for datasets in room_constants(module="datasets", constant="DATASETS"):
        for dataset in datasets:
            if dataset.name in found:
                raise ValueError(f"two rooms declare the data set {dataset.name}")
            found[dataset.name] = dataset
    return tuple(found.values())
