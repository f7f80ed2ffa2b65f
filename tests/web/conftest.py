"""A small shop for the tests of pages: staff of three roles, and people with what lists and the
customer page read.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.core.cache import cache
from django.test import Client

from idic.core import text
from idic.core.models import Business, Staff
from idic.differentiate.models import CustomerSummary
from idic.identify.models import Customer, Identifier, Order, OrderLine, Source, SourceRecord
from idic.identify.services.search_index import reindex

TODAY = date(2026, 11, 23)


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    cache.clear()


@pytest.fixture
def business(db: None) -> Business:
    return Business.objects.create(
        name="Nhà Mình Mart",
        language="en",
        country="VN",
        currency="VND",
        time_zone="Asia/Ho_Chi_Minh",
        as_of_date=TODAY,
    )


@pytest.fixture
def staff(business: Business) -> Callable[[str], Staff]:
    """Give somebody of a role."""

    def staff(role: str) -> Staff:
        return Staff.objects.get_or_create(
            email=f"{role}@shop.vn",
            defaults={
                "display_name": role.title(),
                "role": role,
                "password": make_password(None),
            },
        )[0]

    return staff


@pytest.fixture
def as_role(staff: Callable[[str], Staff]) -> Callable[[str], Client]:
    """Give a browser in which somebody of a role is logged in."""

    def as_role(role: str) -> Client:
        client = Client()
        client.force_login(staff(role))
        return client

    return as_role


@pytest.fixture
def owner(as_role: Callable[[str], Client]) -> Client:
    return as_role("owner")


@pytest.fixture
def source(business: Business, now: datetime) -> Source:
    return Source.objects.create(key="till", name="Till", kind="till", created_at=now)


@pytest.fixture
def add(source: Source, now: datetime) -> Callable[..., Customer]:
    """Add a customer with a record, an order of two lines and a summary."""

    def add(name: str, *, orders: int = 1, phone: str = "", **summary: Any) -> Customer:
        customer = Customer.objects.create(
            full_name=name, phone=phone, city=summary.get("city", ""), created_at=now
        )
        record = SourceRecord.objects.create(
            source=source,
            source_key=f"K{customer.id}",
            customer=customer,
            display_name=name,
            created_at=now,
        )
        if phone:
            Identifier.objects.create(
                record=record, type="phone", value=phone, as_given=phone, created_at=now
            )
        for number in range(orders):
            _order(source, record, number, now)
        _summary(customer, now, summary)
        reindex(customer_ids=[customer.id])
        return customer

    return add


def _order(source: Source, record: SourceRecord, number: int, now: datetime) -> None:
    order = Order.objects.create(
        order_number=f"HD{record.id}-{number}",
        source=source,
        record=record,
        ordered_at=now - timedelta(days=30 * number),
        currency="VND",
        net_amount=100_000,
        line_count=2,
        store="Shop 1",
    )
    for line in (1, 2):
        OrderLine.objects.create(
            order=order,
            line_number=line,
            product_code=f"P{line}",
            product_name=f"Fish {line}",
            quantity=1,
            unit_price=50_000,
            net_amount=50_000,
        )


def _summary(customer: Customer, now: datetime, given: dict[str, Any]) -> None:
    values: dict[str, Any] = {
        "full_name": customer.full_name,
        "sort_name": text.fold(customer.full_name),
        "name_key": text.fold(customer.full_name),
        "city_key": text.fold(given.get("city", "")),
        "order_count": 1,
        "net_amount": 100_000,
        "last_year_amount": 100_000,
        "first_order_date": TODAY,
        "last_order_date": TODAY,
        "tier": "loyal",
        "as_of_date": TODAY,
        "refreshed_at": now,
    }
    CustomerSummary.objects.create(customer=customer, **(values | given))
