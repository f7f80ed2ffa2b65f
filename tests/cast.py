"""A small cast for the rooms above: Alice owns the shop, Bob markets for it, Charlie may only read.
Customers, receipts and products are added by the tests that need them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.test import Client

from idic.core import clock
from idic.core.models import Business, Role, Staff
from idic.core.services.setup import set_up
from idic.differentiate.models import CustomerSummary
from idic.identify.models import Customer, Order, OrderLine, Source, SourceKind, SourceRecord
from idic.identify.services.flush import flush_to_lake

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
STAFF = {"Alice": Role.OWNER, "Bob": Role.MARKETER, "Charlie": Role.READ_ONLY}


@dataclass
class Shop:
    """A till and what was rung up on it; amounts are whole units of the shop's currency."""

    business: Business
    till: Source
    people: dict[str, Customer] = field(default_factory=dict)
    records: dict[str, SourceRecord] = field(default_factory=dict)

    def add(self, *names: str, **values: Any) -> list[Customer]:
        """Let customers in, each with a record of the till."""
        return [self._add(name, values) for name in names]

    def _add(self, name: str, values: dict[str, Any]) -> Customer:
        customer = Customer.objects.create(full_name=name, created_at=NOW, **values)
        self.people[name] = customer
        self.records[name] = self.add_record(customer, key=name)
        return customer

    def add_record(self, customer: Customer | None, *, key: str) -> SourceRecord:
        """Add a record of a customer, or of nobody."""
        return SourceRecord.objects.create(
            source=self.till, source_key=key, customer=customer, created_at=NOW
        )

    def sell(self, who: str | SourceRecord | None, day: str | datetime, *goods: str) -> Order:
        """Ring up `goods`, each written as "Tea", "Tea 5" (price) or "Tea 5 -1" (and quantity), at
        noon of a day or at a moment. Nobody's receipt has `who` None.
        """
        at = datetime.fromisoformat(f"{day}T12:00:00+00:00") if isinstance(day, str) else day
        lines = [_line(text) for text in goods]
        amount = sum((price * quantity for _name, price, quantity in lines), Decimal(0))
        order = Order.objects.create(
            order_number=str(Order.objects.count() + 1),
            source=self.till,
            record=self.records[who] if isinstance(who, str) else who,
            ordered_at=at,
            currency=self.business.currency,
            net_amount=self._minor(amount),
            line_count=len(lines),
            is_return=amount < 0,
        )
        OrderLine.objects.bulk_create(
            OrderLine(
                order=order,
                line_number=number,
                product_code=name.upper(),
                product_name=name,
                category="Shelf",
                quantity=quantity,
                unit_price=price,
                net_amount=self._minor(price * quantity),
            )
            for number, (name, price, quantity) in enumerate(lines, start=1)
        )
        return order

    def _minor(self, amount: Decimal) -> int:
        return int(amount * (1 if self.business.currency == "VND" else 100))

    def flush(self) -> None:
        """Bring the orders to the lake."""
        # Ids carry the real clock; what is minutes old has surely been committed.
        flush_to_lake(now=clock.now() + timedelta(hours=1))

    def summary(self, name: str, **values: Any) -> CustomerSummary:
        """Write somebody's summary row by hand."""
        customer = self.people[name]
        given = {"full_name": name, "as_of_date": TODAY, "refreshed_at": NOW} | values
        return CustomerSummary.objects.create(customer=customer, **given)


def _line(text: str) -> tuple[str, Decimal, Decimal]:
    name, price, quantity, *_rest = (
        [*text.split(" "), "1", "1"][:3]
        if " " in text
        else (
            text,
            "1",
            "1",
        )
    )
    return name.replace("_", " "), Decimal(price), Decimal(quantity)


def open_shop(*, language: str = "en") -> Shop:
    """Set the business up with its till; looked at from one day of November 2026."""
    business, _owner = set_up(language=language, now=NOW)
    Business.objects.filter(id=business.id).update(as_of_date=TODAY)
    business.refresh_from_db()
    till = Source.objects.create(key="till", name="Till", kind=SourceKind.TILL, created_at=NOW)
    return Shop(business=business, till=till)


def hire(name: str) -> Staff:
    """Give one of the cast."""
    return Staff.objects.get_or_create(
        email=f"{name.lower()}@example.com",
        defaults={"display_name": name, "role": STAFF[name], "language": "en"},
    )[0]


def browser_of(name: str) -> Client:
    """Give a browser in which one of the cast is logged in."""
    client = Client()
    client.force_login(hire(name))
    return client
