"""The file of refused rows: as they stood, with their number and the reason in words, so that they
can be corrected and brought in again.
"""

from __future__ import annotations

import csv
import errno
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from idic.core.templatetags import ui
from idic.identify.importing.columns import Kind
from idic.identify.importing.readers import Workspace
from idic.identify.importing.terms import Terms
from idic.identify.models import ImportRun

REASONS = {
    "too_many_cells": gettext_lazy("more cells than the table has columns"),
    "cut_off": gettext_lazy("the file ends in the middle of it"),
    "nul_byte": gettext_lazy("a byte in it that is no text (NUL)"),
    "total_row": gettext_lazy("a total, not an order"),
    "missing_order_number": gettext_lazy("no order number"),
    "missing_date": gettext_lazy("no date"),
    "wrong_date": gettext_lazy("not a date"),
    "wrong_quantity": gettext_lazy("not a quantity"),
    "missing_quantity": gettext_lazy("no quantity"),
    "wrong_amount": gettext_lazy("not an amount"),
    "missing_amount": gettext_lazy("no price and no total"),
    "wrong_currency": gettext_lazy("not a currency"),
    "too_large": gettext_lazy("an amount too large to be true"),
    "too_long": gettext_lazy("a code too long to be one"),
    "erased": gettext_lazy("a person who was erased, left out"),
    "walk_in": gettext_lazy("a walk-in customer, which is nobody in particular"),
    "placeholder": gettext_lazy("a number or address that stands for nobody"),
    "missing_company": gettext_lazy("no company name and no company number"),
    "missing_address": gettext_lazy("no e-mail address or phone that can be read"),
    "missing_answer": gettext_lazy("neither agreed nor refused"),
    "missing_event": gettext_lazy("it does not say what happened"),
    "wrong_channel": gettext_lazy("a channel that is not known here"),
    "other_channel": gettext_lazy("an address of another kind than the channel"),
    "missing_account": gettext_lazy("no number of an account"),
    "missing_balance": gettext_lazy("no balance"),
    "second_owner": gettext_lazy("a second owner of the same account on the same day"),
    "future_date": gettext_lazy("a day that has not come yet"),
    "missing_customer": gettext_lazy("no customer number, phone or e-mail that can be read"),
}
# A spreadsheet runs cells that begin so; an apostrophe before them makes them text.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def reason_in_words(*, reason: str, detail: str = "") -> str:
    """Say why a row was refused: "not a date: 31/02/2026"."""
    words = str(REASONS.get(reason, reason))
    return ui.labelled(words, detail) if detail else words


def list_reasons(*, counts: Mapping[str, Any]) -> list[tuple[str, int]]:
    """Give each reason in words with how many rows it refused, the most frequent first."""
    found = sorted(counts.get("reasons", {}).items(), key=lambda pair: -pair[1])
    return [(reason_in_words(reason=reason), count) for reason, count in found]


def forget_error_file(*, run: ImportRun) -> None:
    """Delete the refused rows we keep; a file the command line wrote beside its own stays."""
    kept = run.counts.get("error_file", "")
    if kept and Path(kept).parent == folder():
        Path(kept).unlink(missing_ok=True)


def folder() -> Path:
    """Give the directory of imported files and their error files."""
    path = Path(settings.IDIC_FILES) / "imports"
    path.mkdir(parents=True, exist_ok=True)
    return path


def write_error_file(workspace: Workspace, *, terms: Terms, beside: Path, name: str) -> Path | None:
    """Write the refused rows beside the file, or where that cannot be written among our own files.
    None when there are none.
    """
    if not workspace.value("SELECT count(*) FROM rejected"):
        return None
    for target in (beside / name, folder() / name):
        unfinished = target.with_name(f".{target.name}.tmp")
        try:
            with unfinished.open("w", encoding="utf-8-sig", newline="") as file:
                csv.writer(file).writerows(_rows(workspace, terms))
            unfinished.replace(target)
        except PermissionError:
            continue
        except OSError as error:
            if error.errno == errno.EROFS:
                continue
            unfinished.unlink(missing_ok=True)
            raise
        return target
    return None


def _rows(workspace: Workspace, terms: Terms) -> Iterator[Sequence[str]]:
    has_lines = terms.kind == Kind.ORDERS and "line_number" not in terms.mapping
    extra = [_("Line number")] if has_lines else []
    yield [*workspace.headers, *extra, _("Row in the file"), _("Why refused")]
    columns = ", ".join(f"raw.c{place}" for place in range(len(workspace.headers)))
    width = len(workspace.headers)
    rows = workspace.rows(
        f"SELECT r.row_number, r.reason, r.detail, r.line_number, m.cells, {columns} "  # noqa: S608
        "FROM rejected r LEFT JOIN raw "
        "ON raw.row_number = r.row_number AND r.reason <> 'erased' "  # nothing of them is kept
        "LEFT JOIN misread m ON m.row_number = r.row_number ORDER BY r.row_number"
    )
    for number, reason, detail, line, cells, *values in rows:
        shown = [_safe(value) for value in values]
        if cells is not None:
            shown = [_safe(cells), *[""] * (width - 1)]
        place = [str(line or "")] if has_lines else []
        yield [*shown, *place, str(number), reason_in_words(reason=reason, detail=detail)]


def _safe(value: str | None) -> str:
    if not value or not value.startswith(_FORMULA):
        return value or ""
    is_number = value.lstrip("+-").replace(".", "", 1).replace(",", "").isdecimal()
    return value if is_number else f"'{value}"
