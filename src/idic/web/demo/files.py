"""Writes the made-up people and receipts as the files that tills, web shops, forms and mailboxes
export: each with its own columns and its own idea of who somebody is.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from idic.core.money import exponent
from idic.web.demo.knowing import Record
from idic.web.demo.shopping import Receipts, Shop, Side
from idic.web.demo.words import Trade

PEOPLE = {
    "customer_key": "Number",
    "full_name": "Name",
    "phone": "Phone",
    "email": "E-mail",
    "city": "District",
    "address": "Address",
    "birth_date": "Birth date",
    "consent_email": "Agreed to e-mail",
}
ORDERS = {
    "order_number": "Order",
    "ordered_at": "Date",
    "customer_key": "Number",
    "full_name": "Name",
    "product_code": "Code",
    "product_name": "Product",
    "category": "Category",
    "quantity": "Quantity",
    "unit_price": "Price",
}
_LETTERS = {"till": "T", "web": "W"}


def people_columns(source: str) -> dict[str, str]:
    """Give the columns of a source's file of people; a mailbox has no numbers of its own."""
    left_out = {"newsletter": {"customer_key", "phone", "city", "address", "birth_date"}}
    left_out["support"] = left_out["newsletter"] | {"consent_email"}
    chosen = left_out.get(source, set())
    return {name: heading for name, heading in PEOPLE.items() if name not in chosen}


def write_people(path: Path, records: Iterable[Record], *, source: str) -> Path:
    """Write one row a record."""
    columns = people_columns(source)
    rows = (
        {
            "customer_key": record.number,
            "full_name": record.name,
            "phone": record.phone,
            "email": record.email,
            "city": record.city,
            "address": record.address,
            "birth_date": record.birth_date.isoformat() if record.birth_date else "",
            "consent_email": record.consent,
        }
        for record in records
    )
    return _write(path, columns.values(), ([row[name] for name in columns] for row in rows))


def write_orders(
    folder: Path,
    shop: Shop,
    receipts: Receipts,
    sides: Sequence[Side],
    *,
    currency: str,
    name: str,
) -> dict[str, Path]:
    """Write one row a line of a receipt, a file a source; give the files by source."""
    digits = exponent(currency)
    rows: dict[str, list[list[object]]] = {}
    for side, receipt in zip(sides, shop.lines(receipts), strict=True):
        letter, walk_in = _LETTERS[side.source], "" if side.key else shop.trade.walk_in
        listed = rows.setdefault(side.source, [])
        for line in receipt:
            goods = line.goods
            listed.append(
                [
                    letter + line.order_number,
                    _said(line.ordered_at),
                    side.key,
                    walk_in,
                    goods.code,
                    goods.name,
                    goods.shelf,
                    line.quantity,
                    f"{goods.price:.{digits}f}",
                ]
            )
    return {
        source: _write(folder / f"{name}-{source}.csv", ORDERS.values(), listed)
        for source, listed in rows.items()
    }


def source_name(trade: Trade, source: str) -> str:
    """Give a source's name in the business's language."""
    return trade.sources[source]


def _said(moment: datetime) -> str:
    return moment.isoformat(sep=" ", timespec="minutes")


def _write(path: Path, header: Iterable[str], rows: Iterable[Sequence[object]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(list(header))
        writer.writerows(rows)
    return path
