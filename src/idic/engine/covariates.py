"""What is known of customers besides their purchases, as numbers that a model can weigh.

Text becomes one column a value, numbers are brought to one scale; no model in here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from idic.engine.table import Array, Table

Floats = NDArray[np.float64]

# A value that fewer customers have counts as the most frequent one: it carries no number of its
# own. Past the most frequent ones the same holds, so that a free text does not become a model.
_FEWEST_CUSTOMERS = 30
_MOST_VALUES = 30


@dataclass(frozen=True)
class Covariate:
    """How one column is read: `values` of a text, or mean and `scale` of a number."""

    name: str
    values: tuple[str, ...] = ()
    mean: float = 0.0
    scale: float = 0.0

    @property
    def labels(self) -> tuple[str, ...]:
        """Return a name for each number made of the column."""
        if self.scale:
            return (self.name,)
        return tuple(f"{self.name}: {value}" for value in self.values)


@dataclass(frozen=True)
class Encoding:
    """How several columns are read."""

    columns: tuple[Covariate, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        """Return a name for each number made."""
        return tuple(label for column in self.columns for label in column.labels)

    @classmethod
    def from_cells(cls, cells: dict[str, Any]) -> Encoding:
        """Return the encoding that `dataclasses.asdict` and JSON made cells of."""
        return cls(
            tuple(
                Covariate(**{**column, "values": tuple(column["values"])})
                for column in cells["columns"]
            )
        )


def learn(table: Table, names: Sequence[str]) -> Encoding:
    """Learn how to read the named columns: text (and true/false) by value, numbers by scale.

    >>> known = Table({"city": ["Huế"] * 40 + ["Hà Nội"] * 60, "age": [20.0, 40.0] * 50})
    >>> learn(known, ["city", "age"]).labels
    ('city: Huế', 'age')
    """
    return Encoding(tuple(_learn_column(name, table[name]) for name in names))


def encode(encoding: Encoding, table: Table) -> Floats:
    """Return a row a customer and a column a label: 0 or 1, or standard deviations from the mean.

    What is missing, and a value that was too rare or not there when learning, is 0 throughout.

    >>> known = Encoding((Covariate("city", values=("Huế",)), Covariate("age", mean=30, scale=10)))
    >>> encode(known, Table({"city": ["Huế", "Vinh", None], "age": [20.0, 50.0, None]})).tolist()
    [[1.0, -1.0], [0.0, 2.0], [0.0, 0.0]]
    """
    parts = [_encode_column(column, table[column.name]) for column in encoding.columns]
    return np.concatenate([np.zeros((len(table), 0)), *parts], axis=1)


def _learn_column(name: str, column: Array) -> Covariate:
    if column.dtype.kind in "if":
        numbers = _floats(column)
        numbers = numbers[np.isfinite(numbers)]
        spread = float(numbers.std()) if len(numbers) else 0.0
        mean = float(numbers.mean()) if len(numbers) else 0.0
        return Covariate(name, mean=mean, scale=spread if np.isfinite(spread) else 0.0)
    values, counts = np.unique(_words(column), return_counts=True)
    known = [
        (-int(count), str(value))
        for value, count in zip(values, counts, strict=True)
        if value and count >= _FEWEST_CUSTOMERS
    ]
    # The most frequent one is what the others are compared with.
    return Covariate(name, values=tuple(value for _, value in sorted(known)[1:_MOST_VALUES]))


def _encode_column(column: Covariate, cells: Array) -> Floats:
    if column.scale:
        scaled = (_floats(cells) - column.mean) / column.scale
        # Ten standard deviations off is a mistyped number, not a customer ten times as far.
        return np.clip(np.where(np.isfinite(scaled), scaled, 0.0), -10, 10)[:, None]
    words = _words(cells) if column.values else np.zeros(len(cells), dtype="U1")
    held = [words == value for value in column.values]
    return np.array(held, dtype=np.float64).reshape(len(held), len(cells)).T


def _floats(column: Array) -> Floats:
    if isinstance(column, np.ma.MaskedArray):
        return np.where(np.ma.getmaskarray(column), np.nan, column.data.astype(np.float64))
    return np.asarray(column, dtype=np.float64)


def _words(column: Array) -> Array:
    if isinstance(column, np.ma.MaskedArray):
        is_missing = np.ma.getmaskarray(column).tolist()
        cells = [
            None if gone else c for c, gone in zip(column.data.tolist(), is_missing, strict=True)
        ]
    else:
        cells = column.tolist()
    return np.array(["" if cell is None else str(cell) for cell in cells], dtype=np.str_)
