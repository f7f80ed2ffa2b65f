"""Looks at a file for the person who imports it: how it is written, what its columns are, what
stands in them. Reads only the beginning of large files, and writes nothing.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from django.utils.translation import gettext as _

from idic.core.models import Business
from idic.core.templatetags import ui
from idic.engine.table import connect
from idic.identify.importing.columns import (
    Guess,
    Kind,
    Mapping,
    apply_overrides,
    check_mapping,
    guess_columns,
)
from idic.identify.importing.columns.guessing import normal_heading
from idic.identify.importing.presets import (
    PRESETS,
    Preset,
    Recognition,
    find_preset,
    map_columns,
    recognise,
)
from idic.identify.importing.problems import ImportProblem
from idic.identify.importing.readers import FileShape, inspect_file, vcard
from idic.identify.importing.readers.parquet import count_rows as parquet_rows
from idic.identify.importing.readers.parquet import read_start as parquet_start
from idic.identify.importing.readers.spreadsheet import read_rows, sheet_height

from .request import ImportRequest

# Beyond this an import would fill a small machine's disk and an afternoon.
LARGEST_BYTES = 4 * 1024**3
_SAMPLE_ROWS = 400
# How sure a column of a known export is.
_TOLD = 0.99


@dataclass(frozen=True, slots=True)
class Analysis:
    """What was recognised: the file's shape, one guess a column, the mapping that follows, the
    number of rows (of a text file: of lines, without reading it), the export of a known system it
    is read as, and the one it was recognised as.
    """

    shape: FileShape
    guesses: list[Guess]
    mapping: Mapping
    row_count: int
    preset: Preset | None = None
    recognition: Recognition | None = None


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
    recognition = recognise(shape.headers)
    preset = _choose_preset(request, recognition)
    if preset is not None:
        guesses = _told_by(preset, guesses)
    mapping = apply_overrides(
        kind=request.kind, headers=shape.headers, guesses=guesses, overrides=request.overrides
    )
    rows = count_rows(path=request.path, shape=shape)
    return Analysis(shape, guesses, mapping, rows, preset, recognition)


def _choose_preset(request: ImportRequest, recognition: Recognition | None) -> Preset | None:
    """Take the preset that was asked for, or the one recognised; never one of the other kind."""
    if request.preset is None:
        found = recognition.preset if recognition else None
    else:
        found = find_preset(request.preset)
        if request.preset and found is None:
            raise ImportProblem(
                "unknown_preset",
                _("There is no known export “%(name)s”. Use one of: %(names)s.")
                % {"name": request.preset, "names": ui.listed([p.key for p in PRESETS])},
            )
    return found if found is not None and found.kind == request.kind else None


def _told_by(preset: Preset, guesses: list[Guess]) -> list[Guess]:
    """Let the preset speak before the guesses: they keep the columns it does not know, and the
    fields it does not fill.
    """
    mapping = map_columns(preset=preset, headers=[guess.header for guess in guesses])
    told = {header: name for name, header in mapping.items()}
    found = []
    for guess in guesses:
        if guess.header in told:
            found.append(replace(guess, field=told[guess.header], confidence=_TOLD))
        elif normal_heading(guess.header) in preset.headings or guess.field in mapping:
            found.append(replace(guess, field="", confidence=0.0))
        else:
            found.append(guess)
    return found


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
    if shape.format == "vcard":
        return list(islice(vcard.read_rows(path, encoding=shape.encoding), _SAMPLE_ROWS))
    with path.open(encoding=shape.encoding, errors="replace", newline="") as file:
        return list(islice(csv.reader(file, delimiter=shape.delimiter), shape.header_row, most))


def count_rows(*, path: Path, shape: FileShape) -> int:
    """Count the rows below the headings, fast: lines of a text file, without taking it apart."""
    if shape.format == "parquet":
        with connect(threads=1, memory_limit="200MB") as duck:
            return parquet_rows(duck, path)
    if shape.format == "xlsx":
        return max(sheet_height(path, sheet=shape.sheet) - shape.header_row, 0)
    if shape.format == "vcard":
        return vcard.count_cards(path, encoding=shape.encoding)
    lines, last = 0, b""
    with path.open("rb") as file:
        while chunk := file.read(4_000_000):
            lines += chunk.count(b"\n")
            last = chunk[-1:]
    return max(lines + (last not in {b"", b"\n", b"\x00"}) - shape.header_row, 0)
