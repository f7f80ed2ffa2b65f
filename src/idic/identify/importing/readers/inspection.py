"""Looks at a file without reading it whole: its sort, encoding, delimiter and where its headings
stand. What comes out is all that `load` needs, and what the page shows as "detected".
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from idic.identify.importing.problems import ImportProblem
from idic.identify.importing.values.dates import looks_like_date

from . import encodings, vcard
from .parquet import read_columns
from .spreadsheet import first_rows, sheet_names

DELIMITERS = (",", ";", "\t", "|")
_LOOK_ROWS = 60
_TITLE_ROWS = 20
_MOST_COLUMNS = 400
_LARGEST_FIELD = 1_000_000


@dataclass(frozen=True, slots=True)
class FileShape:
    """How a file is read. `header_row` counts from 1; 0 means that there are no headings. `sheets`
    are those a workbook has to choose from.
    """

    format: str  # csv, xlsx, parquet, vcard
    headers: tuple[str, ...]
    encoding: str = ""
    delimiter: str = ""
    header_row: int = 1
    sheet: str = ""
    sheets: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Give plain values to keep beside an import."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> FileShape:
        """Read what `to_json` gave."""
        lists = {name: tuple(kept.get(name, ())) for name in ("headers", "sheets")}
        return cls(**{**kept, **lists})


def inspect_file(
    path: Path, *, encoding: str = "", delimiter: str = "", sheet: str = ""
) -> FileShape:
    """Recognise a file by its content, not by its name. Raises ImportProblem when it is empty, no
    table, or of a sort we cannot read.
    """
    if path.stat().st_size == 0:
        raise ImportProblem(
            "empty", _("The file is empty. Export it again and check that it holds rows.")
        )
    with path.open("rb") as file:
        start = file.read(64)
    if start.startswith(b"PAR1"):
        return FileShape("parquet", _named(read_columns(path)), header_row=1)
    if start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return _inspect_spreadsheet(path, sheet=sheet)
    _refuse_others(start)
    if vcard.is_vcard(start):
        chosen = encodings.choose_encoding(path, wanted=encoding)
        return FileShape("vcard", vcard.HEADERS, encoding=chosen, header_row=0)
    return _inspect_text(path, encoding=encoding, delimiter=delimiter)


def _refuse_others(start: bytes) -> None:
    kinds = {
        b"%PDF": "PDF",
        b"\x1f\x8b": "gzip",
        b"\x89PNG": "PNG",
        b"\xff\xd8\xff": "JPEG",
        b"Rar!": "RAR",
        b"7z\xbc\xaf": "7z",
    }
    for mark, name in kinds.items():
        if start.startswith(mark):
            raise ImportProblem(
                "binary",
                _("This is a %(name)s file. Unpack or export it as CSV, XLSX or Parquet first.")
                % {"name": name},
            )


def _inspect_spreadsheet(path: Path, *, sheet: str) -> FileShape:
    name, rows = first_rows(path, sheet=sheet, count=_LOOK_ROWS)
    row_number, headers = find_headers(rows)
    sheets = sheet_names(path)
    return FileShape("xlsx", headers, header_row=row_number, sheet=name, sheets=sheets)


def _inspect_text(path: Path, *, encoding: str, delimiter: str) -> FileShape:
    chosen = encodings.choose_encoding(path, wanted=encoding)
    text = read_start(path, chosen)
    if not text.strip():
        raise ImportProblem(
            "empty", _("The file holds no rows. Export it again and check that it is not empty.")
        )
    mark = delimiter or _choose_delimiter(text)
    rows = list(_parse(text, mark))[:_LOOK_ROWS]
    if max(len(row) for row in rows) < 2 and not delimiter:
        raise not_a_table()
    row_number, headers = find_headers(rows)
    return FileShape("csv", headers, encoding=chosen, delimiter=mark, header_row=row_number)


def not_a_table() -> ImportProblem:
    """Say that no columns were found."""
    return ImportProblem(
        "not_a_table",
        _(
            "No columns were found: a table needs at least two, divided by commas, semicolons, "
            "tabs or bars. Export it as CSV with a heading row and try again."
        ),
    )


def read_start(path: Path, encoding: str) -> str:
    """Read the first part of a text file, without its last line if that is cut off."""
    with path.open("rb") as file:
        content = file.read(encodings.SAMPLE_BYTES // 4)
        is_cut = bool(file.read(1))
    text = content.decode(encoding, errors="ignore").lstrip("\ufeff")
    return text.rsplit("\n", 1)[0] if is_cut and "\n" in text else text


def _choose_delimiter(text: str) -> str:
    """Take the delimiter that gives the most rows of one same width above one."""

    def score(mark: str) -> tuple[int, int]:
        widths = [len(row) for row in list(_parse(text, mark))[:_LOOK_ROWS] if any(row)]
        common = max(set(widths), key=widths.count, default=0)
        return (widths.count(common) * (common - 1), common)

    return max(DELIMITERS, key=score)


def _parse(text: str, delimiter: str) -> Sequence[list[str]]:
    csv.field_size_limit(_LARGEST_FIELD)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error:
        return [line.split(delimiter) for line in text.splitlines()]


def find_headers(rows: Sequence[Sequence[str]]) -> tuple[int, tuple[str, ...]]:
    """Find the heading row below titles that reports put on top; 0 when data begins at once."""
    filled = [[cell.strip() for cell in row] for row in rows]
    width = max((_width(row) for row in filled), default=0)
    if width < 2:
        raise not_a_table()
    if width > _MOST_COLUMNS:
        raise ImportProblem(
            "too_wide",
            _(
                "The table has %(count)d columns. "
                "Export only the columns you need (at most %(most)d)."
            )
            % {"count": width, "most": _MOST_COLUMNS},
        )
    for number, row in enumerate(filled[:_TITLE_ROWS], start=1):
        if sum(bool(cell) for cell in row) * 10 < width * 6 or sum(map(bool, row)) < 2:
            continue
        if any(_is_value(cell) for cell in row):
            return 0, tuple(f"Column {place}" for place in range(1, width + 1))
        return number, _headers(row, filled[number:])
    return 1, _headers(filled[0], filled[1:])


def _headers(row: Sequence[str], below: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Name as many columns as most rows have; a single row that is wider is itself wrong."""
    widths = [found for found in map(_width, below) if found]
    width = max(_width(row), max(set(widths), key=widths.count, default=0))
    return _named([*row, *([""] * width)][:width])


def _width(row: Sequence[str]) -> int:
    return max((place for place, cell in enumerate(row, start=1) if cell), default=0)


def _is_value(cell: str) -> bool:
    """Tell whether a cell holds a figure, date or address: headings never do."""
    bare = cell.lstrip("-+").replace(",", "").replace(".", "", 1)
    return (bare.isdecimal() and bool(bare)) or "@" in cell or looks_like_date(cell)


def _named(headers: Sequence[str]) -> tuple[str, ...]:
    """Give each column a name of its own: empty ones their place, repeated ones a number."""
    names: list[str] = []
    for place, header in enumerate(headers, start=1):
        base = " ".join(str(header).split()) or f"Column {place}"
        name, again = base, 2
        while name in names:
            name, again = f"{base} ({again})", again + 1
        names.append(name)
    return tuple(names)
