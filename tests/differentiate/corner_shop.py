"""A corner shop made by hand, small enough to check every figure on paper."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from idic.core import clock
from idic.core.models import Business
from idic.core.services.setup import set_up
from idic.identify.models import (
    Consent,
    Customer,
    Identifier,
    Order,
    OrderLine,
    Source,
    SourceKind,
    SourceRecord,
)
from idic.identify.services.flush import flush_to_lake

AS_OF = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@dataclass
class CornerShop:
    """The shop's people by name, and the hands to add facts."""

    source: Source
    people: dict[str, Customer] = field(default_factory=dict)
    records: dict[str, SourceRecord] = field(default_factory=dict)
    orders: int = 0

    def add(self, name: str, **values: Any) -> Customer:
        """Let somebody in, with a record of their own."""
        customer = Customer.objects.create(full_name=name, created_at=NOW, **values)
        self.people[name] = customer
        self.records[name] = self.add_record(customer, key=name)
        return customer

    def add_record(self, customer: Customer | None, *, key: str) -> SourceRecord:
        """Add a record of a customer, or of nobody."""
        return SourceRecord.objects.create(
            source=self.source, source_key=key, customer=customer, created_at=NOW
        )

    def sell(
        self,
        name: str,
        day: str,
        pounds: str,
        *,
        category: str = "Tea",
        product: str = "",
        currency: str = "GBP",
    ) -> Order:
        """Write an order of one line on a day, noon in London; a return when below zero."""
        self.orders += 1
        minor = int(Decimal(pounds) * 100)
        order = Order.objects.create(
            order_number=str(self.orders),
            source=self.source,
            record=self.records[name],
            ordered_at=datetime.fromisoformat(f"{day}T12:00:00+00:00"),
            currency=currency,
            net_amount=minor,
            line_count=1,
            is_return=minor < 0,
        )
        OrderLine.objects.create(
            order=order,
            line_number=1,
            product_code=product or category,
            product_name=f"{category} {product}".strip(),
            category=category,
            quantity=1 if minor >= 0 else -1,
            unit_price=abs(Decimal(pounds)),
            net_amount=minor,
        )
        return order

    def give_address(self, name: str, kind: str, value: str) -> None:
        """Give somebody an e-mail, phone or zalo."""
        Identifier.objects.create(
            record=self.records[name], type=kind, value=value, as_given=value, created_at=NOW
        )

    def consent(
        self,
        record: SourceRecord,
        address: str,
        status: str,
        *,
        basis: str = "consent",
        days_ago: int = 10,
        channel: str = "email",
        purpose: str = "marketing",
    ) -> None:
        """Write a line of the consent ledger."""
        Consent.objects.create(
            record=record,
            address=address,
            channel=channel,
            purpose=purpose,
            status=status,
            basis=basis,
            given_at=NOW - timedelta(days=days_ago),
            recorded_at=NOW,
        )

    def flush(self) -> None:
        """Bring the orders to the lake."""
        # Ids carry the real clock; what is minutes old has surely been committed.
        flush_to_lake(now=clock.now() + timedelta(hours=1))


def open_shop() -> CornerShop:
    """Set the business up and let its people in."""
    set_up(language="en", now=NOW)
    Business.objects.filter(id=1).update(as_of_date=AS_OF)
    source = Source.objects.create(key="till", name="Till", kind=SourceKind.TILL, created_at=NOW)
    shop = CornerShop(source)
    for name in ("Ann Hill", "Bob Old", "Cy Back", "Di Only", "Eve Lead", "Fay Later"):
        shop.add(name)
    shop.sell("Ann Hill", "2025-12-01", "100.00")
    shop.sell("Ann Hill", "2026-03-01", "200.00")
    shop.sell("Ann Hill", "2026-06-01", "300.00")
    shop.sell("Bob Old", "2024-01-10", "50.00")
    shop.sell("Cy Back", "2026-10-01", "100.00")
    shop.sell("Cy Back", "2026-10-05", "-100.00")
    shop.sell("Di Only", "2026-10-05", "-20.00")
    shop.sell("Fay Later", "2026-12-24", "80.00")
    return shop
