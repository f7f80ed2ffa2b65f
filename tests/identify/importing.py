"""What tests of imports share: a business, a file from rows, and an import of it."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from idic.core.models import Business
from idic.identify.importing.columns import Kind
from idic.identify.services.imports.request import ImportRequest
from idic.identify.services.imports.running import ImportReport, import_file

ORDERS = ("Order", "Date", "Customer ID", "SKU", "Product", "Qty", "Price")


def make_business(**changes: Any) -> Business:
    """Give a shop in Hanoi that counts in pounds, unless told otherwise."""
    values = {
        "name": "Shop",
        "language": "en",
        "country": "VN",
        "currency": "GBP",
        "time_zone": "Asia/Ho_Chi_Minh",
    }
    return Business.objects.update_or_create(id=1, defaults=values | changes)[0]


def write_csv(path: Path, *rows: Sequence[object], header: Sequence[str] = ORDERS) -> Path:
    """Write rows under a heading."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def run_import(path: Path, *, now: datetime, kind: str = "orders", **asked: Any) -> ImportReport:
    """Import a file the way the command line does."""
    is_dry_run = asked.pop("is_dry_run", False)
    request = ImportRequest(
        kind=Kind(kind), path=path, errors_beside=path.parent, **{"source": "Till", **asked}
    )
    return import_file(
        request=request,
        now=now,
        today=date(2026, 11, 23),
        actor="system:test",
        is_dry_run=is_dry_run,
    )
