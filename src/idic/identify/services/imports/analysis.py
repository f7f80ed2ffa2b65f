"""Looks at a file for the person who imports it: how it is written, what its columns are, what
stands in them. Reads only the beginning of large files, and writes nothing.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from django.utils.translation import gettext as _

from idic.core.models import Business
from idic.engine.table import connect
from idic.identify.importing.columns import (
    Guess,
    Kind,
    Mapping,
    apply_overrides,
    check_mapping,
    guess_columns,
)
from idic.identify.importing.problems import ImportProblem
from idic.identify.importing.readers import FileShape, inspect_file
from idic.identify.importing.readers.parquet import count_rows as parquet_rows
from idic.identify.importing.readers.parquet import read_start as parquet_start
from idic.identify.importing.readers.spreadsheet import read_rows, sheet_height

from .request import ImportRequest

# Beyond this an import would fill a small machine's disk and an afternoon.
LARGEST_BYTES = 4 * 1024**3
_SAMPLE_ROWS = 400


@dataclass(frozen=True, slots=True)
class Analysis:
    """What was recognised: the file's shape, one guess a column, the mapping that follows, and the
    number of rows (of a text file: of lines, without reading it).
    """

    shape: FileShape
    guesses: list[Guess]
    mapping: Mapping
    row_count: int


def analyse(*, request: ImportRequest, business: Business) -> Analysis:
    """Recognise a file and its columns. Raises ImportProblem when it is no table; what it lacks
    is told by `check`.
    """
    _check_file(request.path)
    shape = inspect_file(
        request.path,
        encoding=request.encoding,
        delimiter=request.delimiter,
        sheet=request.sheet,
    )
    guesses = guess_columns(
        kind=request.kind,
        headers=shape.headers,
        samples=read_samples(path=request.path, shape=shape),
        country=business.country,
    )
    mapping = apply_overrides(
        kind=request.kind, headers=shape.headers, guesses=guesses, overrides=request.overrides
    )
    return Analysis(shape, guesses, mapping, count_rows(path=request.path, shape=shape))


def check(*, kind: Kind, analysis: Analysis) -> None:
    """Refuse a file that lacks a column the import needs."""
    check_mapping(kind=kind, headers=analysis.shape.headers, mapping=analysis.mapping)


def _check_file(path: Path) -> None:
    if not path.is_file():
        raise ImportProblem(
            "no_file", _("There is no file %(path)s. Check the path.") % {"path": path}
        )
    size = path.stat().st_size
    if size > LARGEST_BYTES:
        raise ImportProblem(
            "too_large",
            _("The file has %(size)d MB; at most %(most)d MB fit. Divide it by year, for example.")
            % {"size": size // 1024**2, "most": LARGEST_BYTES // 1024**2},
        )


def read_samples(*, path: Path, shape: FileShape) -> dict[str, list[str]]:
    """Give values of each column from the first rows, empty ones left out."""
    samples: dict[str, list[str]] = {header: [] for header in shape.headers}
    for row in islice(_first_rows(path, shape), _SAMPLE_ROWS):
        for header, cell in zip(shape.headers, row, strict=False):
            if cell and cell.strip():
                samples[header].append(cell.strip())
    return samples


def _first_rows(path: Path, shape: FileShape) -> list[list[str]]:
    most = shape.header_row + _SAMPLE_ROWS
    if shape.format == "parquet":
        with connect(threads=1, memory_limit="200MB") as duck:
            return parquet_start(duck, path, count=_SAMPLE_ROWS)
    if shape.format == "xlsx":
        return list(islice(read_rows(path, sheet=shape.sheet), shape.header_row, most))
    with path.open(encoding=shape.encoding, newline="") as file:
        return list(islice(csv.reader(file, delimiter=shape.delimiter), shape.header_row, most))


def count_rows(*, path: Path, shape: FileShape) -> int:
    """Count the rows below the headings, fast: lines of a text file, without taking it apart."""
    if shape.format == "parquet":
        with connect(threads=1, memory_limit="200MB") as duck:
            return parquet_rows(duck, path)
    if shape.format == "xlsx":
        return max(sheet_height(path, sheet=shape.sheet) - shape.header_row, 0)
    lines, last = 0, b""
    with path.open("rb") as file:
        while chunk := file.read(4_000_000):
            lines += chunk.count(b"\n")
            last = chunk[-1:]
    return max(lines + (last not in {b"", b"\n", b"\x00"}) - shape.header_row, 0)
