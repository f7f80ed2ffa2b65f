"""The model in force, ready to weigh with: its parameters from the table, its rates from a file
beside the lake. Read once a process and kept until another model is in force.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from django.conf import settings

from idic.core.prepared import Prepared
from idic.engine.matching import Parameters, Rates
from idic.engine.matching.resolving import list_record_keys
from idic.engine.table import Table
from idic.identify.models import MatchModel

from .reading import FIELDS, Cells

_CURRENT = Prepared(
    lambda _numbers: MatchModel.objects.filter(is_current=True).values_list("id", "is_demo")
)


@dataclass(frozen=True, slots=True)
class Frozen:
    """What weighing one record needs."""

    id: int
    number: int
    is_demo: bool
    parameters: Parameters
    rates: Rates

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields this model compares, in its order."""
        return tuple(field.name for field in self.parameters.schema.fields)

    def table(self, rows: Sequence[Cells]) -> Table:
        """Make a table of stored cells for the engine: the model's fields only."""
        columns = dict(zip(FIELDS, zip(*rows, strict=True), strict=True)) if rows else {}
        return Table({name: np.array(columns.get(name, ()), object) for name in self.fields})

    def keys_of(self, row: Cells) -> list[tuple[int, int]]:
        """Give the keys of one record, each with the cap of its rule."""
        keys = list_record_keys(self.parameters, self.table([row]))
        return list(zip(keys["key"].tolist(), keys["cap"].tolist(), strict=True))


def get_frozen(*, is_demo: bool) -> Frozen | None:
    """Give the model in force; None before the first, or where its file is lost."""
    number = next((row[0] for row in _CURRENT.rows(0) if bool(row[1]) == is_demo), None)
    return None if number is None else _load(number)


def list_frozen() -> list[Frozen]:
    """Give the models in force: own people's and the sample shop's."""
    found = (get_frozen(is_demo=is_demo) for is_demo in (False, True))
    return [frozen for frozen in found if frozen is not None]


@lru_cache(maxsize=2)
def _load(model_id: int) -> Frozen | None:
    model = MatchModel.objects.get(id=model_id)
    try:
        rates = _read_rates(_path(model_id), record_count=model.record_count)
    except (OSError, ValueError, KeyError):
        return None
    parameters = Parameters.from_json(model.parameters)
    return Frozen(model.id, model.number, model.is_demo, parameters, rates)


def write_rates(*, model_id: int, rates: Rates) -> None:
    """Write a model's rates durably, before the model is in force."""
    path = _path(model_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays = {
        f"{name}.{kind}.{place}": held[position]
        for name, kinds in rates.terms.items()
        for kind, held in kinds.items()
        for position, place in enumerate(("terms", "counts"))
    }
    unfinished = path.with_suffix(".part")
    with unfinished.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def forget_rates() -> None:
    """Remove the files of models no longer in force."""
    kept = set(MatchModel.objects.filter(is_current=True).values_list("id", flat=True))
    for path in _folder().glob("*.npz"):
        if path.stem.isdigit() and int(path.stem) not in kept:
            path.unlink(missing_ok=True)


def _read_rates(path: Path, *, record_count: int) -> Rates:
    terms: dict[str, dict[str, tuple[np.ndarray, np.ndarray]]] = {}
    with np.load(path, allow_pickle=False) as held:
        for key in held.files:
            name, kind, place = key.rsplit(".", 2)
            if place == "terms":
                pair = (held[key], held[f"{name}.{kind}.counts"])
                terms.setdefault(name, {})[kind] = pair
    return Rates(terms, record_count)


def _folder() -> Path:
    return Path(settings.IDIC_HOME) / "matching"


def _path(model_id: int) -> Path:
    return _folder() / f"{model_id}.npz"
