"""Cuts long reads into statements of a bearable size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")

# Parameters a statement may carry on every SQLite there is.
SLICE = 500


def slices(rows: Iterable[T], *, size: int = SLICE) -> Iterator[list[T]]:
    """Give the rows in lists of at most `size`."""
    source = iter(rows)
    while chunk := list(islice(source, size)):
        yield chunk
