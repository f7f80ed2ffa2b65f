"""Writes a spreadsheet (XLSX) of one sheet, row by row: text cells alone, so that no program takes
a phone for a number or a text for a formula. Reading them is Identify's.
"""

from __future__ import annotations

import re
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from xml.sax.saxutils import escape

_CHUNK = 64 * 1024
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_NS = "http://schemas.openxmlformats.org"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_TYPES = (
    f'{_HEAD}<Types xmlns="{_NS}/package/2006/content-types">'
    '<Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-'
    'officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-'
    'officedocument.spreadsheetml.worksheet+xml"/></Types>'
)
_ROOT = (
    f'{_HEAD}<Relationships xmlns="{_NS}/package/2006/relationships"><Relationship Id="r1" '
    f'Type="{_NS}/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/>'
    "</Relationships>"
)
_SHEETS = (
    f'{_HEAD}<Relationships xmlns="{_NS}/package/2006/relationships"><Relationship Id="r1" '
    f'Type="{_NS}/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/>'
    "</Relationships>"
)


def write_workbook(*, rows: Iterable[Sequence[str]], name: str) -> Iterator[bytes]:
    """Give the bytes of a workbook with these rows on a sheet of that name."""
    with tempfile.TemporaryFile() as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as book:
            book.writestr("[Content_Types].xml", _TYPES)
            book.writestr("_rels/.rels", _ROOT)
            book.writestr("xl/workbook.xml", _book(name))
            book.writestr("xl/_rels/workbook.xml.rels", _SHEETS)
            with book.open("xl/worksheets/sheet1.xml", "w") as sheet:
                sheet.write(
                    f'{_HEAD}<worksheet xmlns="{_NS}/spreadsheetml/2006/main"><sheetData>'.encode()
                )
                for number, row in enumerate(rows, start=1):
                    sheet.write(_row(number, row).encode())
                sheet.write(b"</sheetData></worksheet>")
        file.seek(0)
        while chunk := file.read(_CHUNK):
            yield chunk


def _book(name: str) -> str:
    plain = re.sub(r"[\[\]:*?/\\']", " ", name)[:31].strip() or "1"
    return (
        f'{_HEAD}<workbook xmlns="{_NS}/spreadsheetml/2006/main" '
        f'xmlns:r="{_NS}/officeDocument/2006/relationships"><sheets>'
        f'<sheet name="{escape(plain, {chr(34): "&quot;"})}" sheetId="1" r:id="r1"/></sheets>'
        "</workbook>"
    )


def _row(number: int, cells: Sequence[str]) -> str:
    written = "".join(
        f'<c r="{_letters(place)}{number}" t="inlineStr"><is>'
        f'<t xml:space="preserve">{_text(cell)}</t></is></c>'
        for place, cell in enumerate(cells)
        if cell
    )
    return f'<row r="{number}">{written}</row>'


def _text(cell: str) -> str:
    return escape(_NOT_IN_XML.sub("", cell)[:32_000])


def _letters(place: int) -> str:
    """Give a column's letters: A, B … Z, AA."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
