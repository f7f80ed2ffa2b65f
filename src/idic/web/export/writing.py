"""The file of an export, and the trail that it left the house. No cell can run as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice

from idic.core.services import audit
from idic.core.workbook import write_workbook

from .formats import XLSX, Format
from .reading import read_rows

_ROWS = 500
# A cell that begins so would be run by a spreadsheet; full-width signs in some languages too.
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def write_export(
    *,
    customer_ids: Iterable[int],
    form: Format,
    file_type: str,
    encoding: str,
    is_family_first: bool,
    filters: Sequence[str],
    actor: str,
    now: datetime,
) -> Iterator[bytes]:
    """Give customers as a file of that format, slice by slice; the trail says who took it, in which
    format and how it was filtered.
    """
    audit.record(
        at=now,
        actor=actor,
        action="customers.exported",
        detail={"format": form.key, "file": file_type, "filters": sorted(filters)},
    )
    rows = read_rows(customer_ids=customer_ids, form=form, is_family_first=is_family_first)
    head = [heading for heading, _field in form.columns]
    if file_type == XLSX:
        return write_workbook(rows=_chain(head, rows), name=form.system or "Customers")
    return _csv(head, rows, encoding)


def _chain(head: list[str], rows: Iterator[list[str]]) -> Iterator[list[str]]:
    yield head
    for row in rows:
        yield [harmless(cell) for cell in row]


def _csv(head: list[str], rows: Iterator[list[str]], encoding: str) -> Iterator[bytes]:
    yield _lines([head]).encode(encoding, "replace")
    rest = encoding.removesuffix("-sig")  # the mark stands at the start alone
    while chunk := list(islice(rows, _ROWS)):
        yield _lines([[harmless(cell) for cell in row] for row in chunk]).encode(rest, "replace")


def _lines(rows: Iterable[Sequence[str]]) -> str:
    file = io.StringIO()
    csv.writer(file).writerows(rows)
    return file.getvalue()


def harmless(text: str) -> str:
    """Write a cell so that no spreadsheet takes text for a formula; numbers and phones stay."""
    if not text.startswith(_DANGEROUS):
        return text
    is_number = (
        text[0] in "+-"
        and text[1:].replace(".", "", 1).isascii()
        and (text[1:].replace(".", "", 1).isdecimal())
    )
    return text if is_number else f"'{text}"
