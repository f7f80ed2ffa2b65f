"""Reads Excel workbooks (XLSX, XLS, XLSB, ODS) row by row as text cells."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from idic.core.templatetags import ui
from idic.identify.importing.problems import ImportProblem

_EXCEL_ZERO = datetime(1899, 12, 31)  # noqa: DTZ001 - Excel knows no zone


def first_rows(path: Path, *, sheet: str, count: int) -> tuple[str, list[list[str]]]:
    """Give the name of the sheet that is read (the wanted one, else the fullest) and its start."""
    opened = _open(path, sheet)
    return opened.name, [_texts(row) for row in islice(opened.iter_rows(), count)]


def read_rows(path: Path, *, sheet: str) -> Iterator[list[str]]:
    """Give every row of the sheet from the first on."""
    for row in _open(path, sheet).iter_rows():
        yield _texts(row)


def sheet_names(path: Path) -> tuple[str, ...]:
    """Give the sheets that hold anything, in their order."""
    book = CalamineWorkbook.from_path(str(path))
    sheets = [book.get_sheet_by_index(place) for place in range(len(book.sheet_names))]
    return tuple(sheet.name for sheet in sheets if _height(sheet) > 1)


def sheet_height(path: Path, *, sheet: str) -> int:
    """Give the number of rows of the sheet, headings included."""
    return _height(_open(path, sheet))


def _height(sheet: CalamineSheet) -> int:
    """Count the rows down to the last that holds anything."""
    return int(sheet.end[0]) + 1 if sheet.end else 0


def _open(path: Path, sheet: str) -> CalamineSheet:
    try:
        book = CalamineWorkbook.from_path(str(path))
        if sheet and sheet not in book.sheet_names:
            raise ImportProblem(
                "no_such_sheet",
                _("There is no sheet “%(name)s”. The workbook has: %(names)s.")
                % {"name": sheet, "names": ui.listed(book.sheet_names)},
            )
        if sheet:
            return book.get_sheet_by_name(sheet)
        sheets = [book.get_sheet_by_index(place) for place in range(len(book.sheet_names))]
    except (CalamineError, OSError, ValueError) as error:
        raise ImportProblem(
            "unreadable_spreadsheet",
            _(
                "This spreadsheet cannot be opened; it may be damaged or protected by a password. "
                "Open it in a spreadsheet program, save it again as XLSX or CSV, and try again."
            ),
        ) from error
    fullest = max(sheets, key=lambda found: found.total_height * found.total_width, default=None)
    if fullest is None or fullest.total_height == 0:
        raise ImportProblem("empty", _("The spreadsheet is empty. Check that it holds rows."))
    return fullest


def _texts(row: list[Any]) -> list[str]:
    return [_text(cell) for cell in row]


def _text(cell: Any) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, timedelta):
        return (_EXCEL_ZERO + cell).isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell)
