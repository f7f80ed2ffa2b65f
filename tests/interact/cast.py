"""The people of these tests: a shop, its staff, and customers with whatever a test says of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from idic.core.models import Business, Role, Staff
from idic.core.services.setup import set_up
from idic.customize.models import Product, Recommendation
from idic.differentiate.models import CustomerSummary, Segment, SegmentMember
from idic.identify.models import (
    Consent,
    Customer,
    Identifier,
    Order,
    OrderLine,
    Source,
    SourceRecord,
)

_numbers = count(1)


def open_shop(*, now: datetime, language: str = "en") -> Business:
    """Set the business up: £, London (or the places of the other languages)."""
    business, _owner = set_up(language=language, now=now)
    return business


def hire(role: Role = Role.OWNER) -> Staff:
    """Give a member of staff with this role."""
    staff, _is_new = Staff.objects.get_or_create(
        email=f"{role}@example.com", defaults={"display_name": role.title(), "role": role}
    )
    return staff


def source(now: datetime) -> Source:
    """Give the till."""
    found, _is_new = Source.objects.get_or_create(
        key="till", defaults={"name": "Till", "kind": "till", "created_at": now}
    )
    return found


def add_customer(
    *,
    now: datetime,
    name: str = "Ann Lee",
    email: str | None = None,
    consent: str | None = "granted",
    summary: dict[str, Any] | None = None,
    **fields: Any,
) -> Customer:
    """Add a customer with a record, an e-mail address, consent to marketing and a summary row."""
    number = next(_numbers)
    address = f"c{number}@example.com" if email is None else email
    customer = Customer.objects.create(full_name=name, email=address, created_at=now, **fields)
    record = SourceRecord.objects.create(
        source=source(now), source_key=f"k{number}", customer=customer, created_at=now
    )
    if address:
        Identifier.objects.create(
            record=record, type="email", value=address, as_given=address, created_at=now
        )
    if consent and address:
        say(record=record, address=address, status=consent, at=now - timedelta(days=30))
    CustomerSummary.objects.create(
        customer=customer,
        full_name=name,
        is_demo=customer.is_demo,
        as_of_date=now.date(),
        refreshed_at=now,
        **({"order_count": 0} | (summary or {})),
    )
    return customer


def record_of(customer: Customer) -> SourceRecord:
    """Give the first record of a customer."""
    return SourceRecord.objects.filter(customer=customer).order_by("id")[0]


def say(
    *, record: SourceRecord, address: str, status: str, at: datetime, basis: str = "consent"
) -> Consent:
    """Write one row of the consent ledger."""
    return Consent.objects.create(
        record=record,
        address=address,
        channel="email",
        purpose="marketing",
        status=status,
        basis=basis,
        given_at=at,
        recorded_at=at,
    )


def buy(customer: Customer, *, at: datetime, amount: int, product: str = "Tea") -> Order:
    """Let a customer buy one thing."""
    number = next(_numbers)
    order = Order.objects.create(
        order_number=f"o{number}",
        source=source(at),
        record=record_of(customer),
        ordered_at=at,
        currency="GBP",
        net_amount=amount,
        line_count=1,
    )
    OrderLine.objects.create(
        order=order,
        line_number=1,
        product_code=product.upper(),
        product_name=product,
        quantity=1,
        unit_price=amount / 100,
        net_amount=amount,
    )
    return order


def recommend(customer: Customer, product: str, *, kind: str = "buy_again", rank: int = 1) -> None:
    """Propose a product to a customer."""
    goods, _is_new = Product.objects.get_or_create(code=product.upper(), defaults={"name": product})
    Recommendation.objects.create(customer=customer, product=goods, kind=kind, rank=rank, score=1.0)


def segment_of(customers: list[Customer], *, now: datetime, name: str = "Friends") -> Segment:
    """Make a static segment of these customers."""
    segment = Segment.objects.create(name=name, is_static=True, created_at=now)
    SegmentMember.objects.bulk_create(
        SegmentMember(segment=segment, customer=customer, added_at=now) for customer in customers
    )
    return segment
