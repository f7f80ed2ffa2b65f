"""Writes the made-up people and receipts as the files a till and a web shop would export."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from idic.core.money import exponent
from idic.web.demo.people import Person
from idic.web.demo.shopping import Line

PEOPLE = {
    "customer_key": "Card",
    "full_name": "Name",
    "phone": "Phone",
    "email": "E-mail",
    "city": "City",
    "birth_date": "Birth date",
    "consent_email": "Agreed to e-mail",
}
ORDERS = {
    "order_number": "Order",
    "ordered_at": "Date",
    "customer_key": "Card",
    "product_code": "Code",
    "product_name": "Product",
    "category": "Category",
    "quantity": "Quantity",
    "unit_price": "Price",
}
_ANSWERS = {"granted": "yes", "denied": "no", "unknown": ""}


def write_people(path: Path, people: Iterable[Person]) -> Path:
    """Write one row a person."""
    rows = (
        [
            card_of(person),
            person.name,
            person.phone,
            person.email,
            person.city,
            person.birth_date.isoformat() if person.birth_date else "",
            _ANSWERS[person.consent],
        ]
        for person in people
    )
    return _write(path, list(PEOPLE.values()), rows)


def write_orders(
    path: Path, receipts: Iterable[list[Line]], *, needs: dict[str, str], currency: str
) -> Path:
    """Write one row a line of a receipt."""
    digits = exponent(currency)
    rows = (
        [
            line.order_number,
            line.ordered_at.isoformat(sep=" "),
            card_of(line.person) if line.person else "",
            line.code,
            line.goods.name,
            needs[line.goods.need],
            line.quantity,
            f"{line.goods.price:.{digits}f}",
        ]
        for receipt in receipts
        for line in receipt
    )
    return _write(path, list(ORDERS.values()), rows)


def card_of(person: Person) -> str:
    """Give the number on a person's card."""
    return f"8801{person.number:06d}"


def _write(path: Path, header: list[str], rows: Iterable[Sequence[object]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
    return path
