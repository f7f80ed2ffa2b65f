"""People of a shop for the tests of identity: who they are, what is known of them, and one picture
of every row that reaches a customer.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, models

from idic.core import clock
from idic.core.personal_data import tables
from idic.differentiate.models import Segment, SegmentMember
from idic.differentiate.services.refresh import refresh_customers
from idic.identify.living import get_living_id
from idic.identify.models import (
    Consent,
    Customer,
    Event,
    Identifier,
    IdentityLink,
    IdentityLogEntry,
    IdentityMove,
    IdentityRedirect,
    LifecycleStage,
    Order,
    SourceRecord,
    Trait,
)
from idic.identify.services import golden
from idic.identify.services.search_index import reindex
from tests.cast import NOW, TODAY, Shop, open_shop

# The log grows with every act; that is what it is for.
LOG = {IdentityLogEntry, IdentityMove, IdentityRedirect, IdentityLink}
# When something was computed says nothing about what came out.
_UNSAID = {"refreshed_at", "tier_since"}


class People:
    """A shop's customers by number, with short ways to let things happen to them."""

    def __init__(self) -> None:
        self.shop: Shop = open_shop()
        self.numbers: list[int] = []
        self.record_ids: list[int] = []
        self.moment = NOW
        self.segment = Segment.objects.create(name="Guests", is_static=True, created_at=NOW)

    def tick(self) -> datetime:
        """Let a minute pass."""
        self.moment += timedelta(minutes=1)
        return self.moment

    def add(self, **values: str) -> int:
        """Let somebody in, with a record of the till that says these values."""
        customer = Customer.objects.create(
            created_at=self.tick(), lifecycle_stage=LifecycleStage.PROSPECT
        )
        self.numbers.append(customer.id)
        record = self.add_record(customer.id)
        for name, value in values.items():
            self.say(record, name, value)
        return customer.id

    def add_record(self, customer_id: int) -> int:
        """Let a source know somebody by another key."""
        customer = Customer.objects.get(id=get_living_id(customer_id=customer_id))
        record = self.shop.add_record(customer, key=f"key-{len(self.record_ids)}")
        self.record_ids.append(record.id)
        return record.id

    def say(self, record_id: int, name: str, value: str) -> None:
        """Let a record tell a value, as a file or a website does."""
        Trait.objects.create(record_id=record_id, name=name, value=value, observed_at=self.tick())
        if name in ("phone", "email"):
            Identifier.objects.get_or_create(
                record_id=record_id,
                type=name,
                value=value,
                defaults={"as_given": value, "created_at": self.moment},
            )
        owner = SourceRecord.objects.get(id=record_id).customer_id
        assert owner is not None
        for number, columns in golden.find_changes(customer_ids=[owner]):
            Customer.objects.filter(id=number).update(**columns)

    def buy(self, record_id: int) -> None:
        """Ring up something; who buys is a customer."""
        record = SourceRecord.objects.get(id=record_id)
        self.shop.sell(record, self.tick(), "Tea 5")
        buyers = Customer.objects.filter(records=record)
        buyers.update(lifecycle_stage=LifecycleStage.CUSTOMER)

    def visit(self, record_id: int) -> None:
        """Let somebody look at a page."""
        Event.objects.create(
            source=self.shop.till,
            message_id=str(self.tick()),
            record_id=record_id,
            kind="page",
            occurred_at=self.moment,
            received_at=self.moment,
        )

    def consent(self, record_id: int, address: str, status: str) -> None:
        """Let somebody allow or refuse mail."""
        Consent.objects.create(
            record_id=record_id,
            address=address,
            channel="email",
            purpose="marketing",
            status=status,
            basis="consent",
            given_at=self.tick(),
            recorded_at=self.moment,
        )

    def join_segment(self, customer_id: int) -> None:
        """Put somebody on the list of guests."""
        SegmentMember.objects.get_or_create(
            segment=self.segment, customer_id=customer_id, defaults={"added_at": NOW}
        )

    def refresh(self, customer_ids: Sequence[int] | None = None) -> None:
        """Do what the rooms above do when they hear that customers changed."""
        everybody = list(Customer.objects.values_list("id", flat=True))
        refresh_customers(customer_ids=customer_ids or everybody, as_of=TODAY, now=clock.now())
        reindex(customer_ids=everybody)

    def living(self) -> list[int]:
        """Give who lives under a number of their own, the oldest first."""
        return list(
            Customer.objects.filter(merged_into=None).order_by("id").values_list("id", flat=True)
        )


def picture() -> dict[str, list[tuple[Any, ...]]]:
    """Give every row of every table that reaches a customer, and of the search index."""
    found = {
        table.model.__name__: _rows(table.model) for table in tables() if table.model not in LOG
    }
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT customer_id, value, digest FROM identify_search_document ORDER BY customer_id"
        )
        found["search"] = [tuple(row) for row in cursor.fetchall()]
    return found


def _rows(model: type[models.Model]) -> list[tuple[Any, ...]]:
    names = [f.attname for f in model._meta.concrete_fields if f.attname not in _UNSAID]
    rows = model._base_manager.order_by("pk").values_list(*names)
    return [tuple(repr(value) for value in row) for row in rows]


def owners() -> dict[int, int | None]:
    """Give whose each record is."""
    return dict(SourceRecord.everything.values_list("id", "customer_id"))


def orders() -> dict[int, int | None]:
    """Give the record each order hangs on."""
    return dict(Order.everything.values_list("id", "record_id"))
