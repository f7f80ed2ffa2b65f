"""Reads a text file row by row where its rows are not all alike: one that is wrong is named and set
aside, and spoils none of the others.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

from django.utils.translation import gettext as _

from idic.identify.importing.problems import ImportProblem

# Why a row is set aside before anything is read of it: codes, said in words by the error file.
TOO_MANY, CUT_OFF, NUL_BYTE = "too_many_cells", "cut_off", "nul_byte"
_MOST_LINES_A_CELL = 200
_NUL, _HALF_A_LETTER = "\x00", "\ufffd"


@dataclass(slots=True)
class UnevenRows:
    """The rows of an open file below its headings, `width` cells each. `misread` holds those set
    aside: number, reason, text.
    """

    file: IO[str]
    delimiter: str
    width: int
    header_row: int
    misread: list[tuple[int, str, str]] = field(default_factory=list)
    _lines: list[str] = field(default_factory=list)  # of the record that is being read
    _has_short: bool = False

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        """Give the good rows with their numbers. Raises ImportProblem for a quotation mark that is
        open over very many lines: nobody knows where the rows go on.
        """
        held: tuple[int, list[str], list[str]] | None = None
        reader = csv.reader(self._kept_lines(), delimiter=self.delimiter)
        number = 0
        try:
            for number, row in enumerate(reader, start=1):
                lines, self._lines = self._lines, []
                if held is not None:
                    yield from self._judge(*held, is_last=False)
                if len(lines) > _MOST_LINES_A_CELL:
                    raise broken_quotes(number)
                held = number, row, lines
        except csv.Error as error:
            raise broken_quotes(number + 1) from error
        if held is not None:
            yield from self._judge(*held, is_last=True)

    def _kept_lines(self) -> Iterator[str]:
        for line in self.file:
            self._lines.append(line)
            yield line

    def _judge(
        self, number: int, row: list[str], lines: list[str], *, is_last: bool
    ) -> Iterator[tuple[int, list[str]]]:
        if number <= self.header_row or not any(cell.strip() for cell in row):
            return
        reason = self._fault(row, lines, is_last=is_last)
        if reason:
            self.misread.append((number, reason, "".join(lines).rstrip("\r\n").replace(_NUL, "�")))
        else:
            self._has_short |= len(row) < self.width
            yield number, row

    def _fault(self, row: list[str], lines: list[str], *, is_last: bool) -> str:
        if len(row) > self.width and any(cell.strip() for cell in row[self.width :]):
            return TOO_MANY
        if any(_NUL in line for line in lines):
            return NUL_BYTE
        if is_last and self._is_cut_off(row, lines):
            return CUT_OFF
        return ""

    def _is_cut_off(self, row: list[str], lines: list[str]) -> bool:
        """Tell whether the file ends in the middle of its last row: within quotation marks, within
        a letter, or before the last column where no row before lacks one.
        """
        try:
            list(csv.reader(lines, delimiter=self.delimiter, strict=True))
        except csv.Error as error:
            if "unexpected end" in str(error):
                return True
        if lines[-1].endswith(_HALF_A_LETTER):
            return True
        is_ended = lines[-1].endswith(("\n", "\r"))
        return len(row) < self.width and not is_ended and not self._has_short


def broken_quotes(row: int) -> ImportProblem:
    """Say that a quotation mark is not closed."""
    return ImportProblem(
        "broken_quotes",
        _(
            "Row %(row)d cannot be read: a quotation mark is opened there and not closed. "
            "Correct it, then try again."
        )
        % {"row": row},
    )
