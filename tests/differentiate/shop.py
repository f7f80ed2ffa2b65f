"""Small shops for the tests of Differentiate: a random one drawn from a seed, as rows and as plain
values, so that a rule can be asked twice.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from idic.core.text import fold
from idic.differentiate.models import CustomerSummary, NeedGroup, Segment, SegmentMember
from idic.differentiate.segments import Frame
from idic.identify.models import (
    Consent,
    Customer,
    CustomerState,
    Event,
    Identifier,
    Order,
    OrderLine,
    Source,
    SourceKind,
    SourceRecord,
    Trait,
)

AS_OF = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ZONE = "Asia/Ho_Chi_Minh"
FRAME = Frame(as_of=AS_OF, now=NOW, time_zone=ZONE, currency="VND")

NAMES = ["Đặng Thị Hoa", "Lê An", "王小明", "O'Brien", "100% Shop", "a_b", "Vũ", ""]
CITIES = ["Hà Nội", "Huế", "上海", "", "Paris_1"]
REGIONS = ["Hà Nội", "广东省", "", "Île-de-France"]
COUNTRIES = ["VN", "", "Việt Nam"]
CATEGORIES = ["Tea", "Coffee", "Milk", ""]
CODES = ["A1", "B2", "C3"]
KINDS = ["page", "call", "note"]
TIERS = ["vvip", "vip", "loyal", "potential", "new", "at_risk", "dormant", ""]
REACHES = ["allowed", "no_address", "unknown", "denied"]
STATES = ["open_case", "do_not_contact", "message_sent"]
# What an event may carry, under names that a path would have to quote.
DETAILS = ["color", 'a"b.c', "0"]
PROPERTIES = ["red", "Red", "12", 12, 12.5, -3, 0, True, False, None, "", [1], {"a": 1}, "%_\\"]
CHANNELS = ["email", "sms", "zalo"]
ADDRESSES = {"email": ["a@b.c", "x@y.z"], "phone": ["+84901", "+84902"], "zalo": ["z1"]}
TRAITS = ["occupation", "income"]
ANSWERS = ["teacher", "nurse", "10", "9.5", "-2", "1,000", "12 "]


@dataclass
class Shop:
    """A shop as plain values, beside its rows in the database."""

    customers: list[dict[str, Any]] = field(default_factory=list)
    orders: list[dict[str, Any]] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    states: list[dict[str, Any]] = field(default_factory=list)
    traits: list[dict[str, Any]] = field(default_factory=list)
    consents: list[dict[str, Any]] = field(default_factory=list)
    addresses: list[dict[str, Any]] = field(default_factory=list)
    members: dict[int, set[int]] = field(default_factory=dict)
    group_ids: list[int] = field(default_factory=list)


def build_shop(*, seed: int, customers: int = 30) -> Shop:
    """Draw a shop and write it."""
    dice = random.Random(seed)
    shop = Shop()
    source = Source.objects.create(key="till", name="Till", kind=SourceKind.TILL, created_at=NOW)
    groups = [NeedGroup.objects.create(name=f"Need {i}", created_at=NOW) for i in range(2)]
    shop.group_ids = [group.id for group in groups]
    for number in range(customers):
        _add_customer(shop, dice, source, number)
    segment = Segment.objects.create(name="Picked", is_static=True, created_at=NOW)
    picked = {c["customer_id"] for c in shop.customers if dice.random() < 0.4}
    shop.members[segment.id] = picked
    SegmentMember.objects.bulk_create(
        SegmentMember(segment=segment, customer_id=i, added_at=NOW) for i in sorted(picked)
    )
    return shop


def _maybe(dice: random.Random, value: Any, *, share: float = 0.8) -> Any:
    return value if dice.random() < share else None


def _add_customer(shop: Shop, dice: random.Random, source: Source, number: int) -> None:
    name, city, country = dice.choice(NAMES), dice.choice(CITIES), dice.choice(COUNTRIES)
    region = dice.choice(REGIONS)
    customer = Customer.objects.create(full_name=name, created_at=NOW)
    records = [
        SourceRecord.objects.create(
            source=source, source_key=f"{number}-{i}", customer=customer, created_at=NOW
        )
        for i in range(dice.choice([1, 1, 2]))
    ]
    row: dict[str, Any] = {
        "customer_id": customer.id,
        "name_key": fold(name),
        "city_key": fold(city),
        "region_key": fold(region),
        "country_key": fold(country),
        "gender": dice.choice(["female", "male", ""]),
        "birth_date": _maybe(
            dice, date(dice.randint(1950, 2024), dice.randint(1, 12), dice.randint(1, 28))
        ),
        "lifecycle_stage": dice.choice(["lead", "customer"]),
        "is_company": dice.random() < 0.3,
        "is_demo": dice.random() < 0.3,
        "first_order_date": _maybe(dice, AS_OF - timedelta(days=dice.randint(0, 800))),
        "last_order_date": _maybe(dice, AS_OF - timedelta(days=dice.randint(0, 400))),
        "order_count": dice.randint(0, 5),
        "net_amount": dice.randint(-500, 5000),
        "last_year_amount": dice.randint(0, 5000),
        "last_year_order_count": dice.randint(0, 5),
        "mean_order_amount": _maybe(dice, dice.randint(0, 500)),
        "recency_score": _maybe(dice, dice.randint(1, 5)),
        "frequency_score": _maybe(dice, dice.randint(1, 5)),
        "monetary_score": _maybe(dice, dice.randint(1, 5)),
        "rfm_cell": dice.choice(["555", "111", ""]),
        "usual_gap_days": _maybe(dice, dice.choice([7.0, 30.5, 90.0])),
        "overdue_days": _maybe(dice, dice.randint(-20, 60)),
        "is_overdue": dice.random() < 0.3,
        "expected_amount": _maybe(dice, dice.randint(0, 5000)),
        "expected_low_amount": _maybe(dice, dice.randint(0, 500)),
        "expected_high_amount": _maybe(dice, dice.randint(0, 9000)),
        "expected_order_count": _maybe(dice, dice.choice([0.0, 1.5, 4.25])),
        "churn_risk": _maybe(dice, dice.choice([0.0, 0.25, 1.0])),
        "worth_amount": dice.randint(0, 9000),
        "stake_amount": dice.randint(0, 900),
        "winback_amount": dice.randint(0, 300),
        "tier": dice.choice(TIERS),
        "tier_since": _maybe(dice, AS_OF - timedelta(days=dice.randint(0, 400))),
        "need_group_id": _maybe(dice, dice.choice(shop.group_ids)),
        "need_confidence": _maybe(dice, dice.choice([0.2, 0.9])),
        "email_reach": dice.choice(REACHES),
        "sms_reach": dice.choice(REACHES),
        "zalo_reach": dice.choice(REACHES),
        "has_open_case": dice.random() < 0.2,
        "last_contact_at": _maybe(dice, _moment(dice)),
        "source_count": dice.randint(0, 3),
        "usage_days": _maybe(dice, dice.randint(0, 30)),
        "depth_score": dice.randint(0, 100),
    }
    CustomerSummary.objects.create(
        **row,
        full_name=name,
        city=city,
        region=region,
        country=country,
        as_of_date=AS_OF,
        refreshed_at=NOW,
    )
    shop.customers.append(row)
    _add_facts(shop, dice, source, customer.id, records)


def _moment(dice: random.Random) -> datetime:
    """Draw a moment of the last 400 days, often close to midnight where the shop is."""
    day = AS_OF - timedelta(days=dice.choice([0, 1, 29, 30, 31, 89, 90, 91, dice.randint(0, 400)]))
    hour = dice.choice([0, 16, 17, 18, 23])
    moment = datetime(day.year, day.month, day.day, hour, dice.randint(0, 59), tzinfo=UTC)
    return moment + timedelta(days=dice.choice([0, 0, 0, 1]))


def _add_facts(
    shop: Shop,
    dice: random.Random,
    source: Source,
    customer_id: int,
    records: list[SourceRecord],
) -> None:
    for i in range(dice.choice([0, 1, 2, 4])):
        amount = dice.choice([-300, 0, 100, 250, 1000])
        order = {
            "customer_id": customer_id,
            "ordered_at": _moment(dice),
            "net_amount": amount,
            "currency": dice.choice(["VND", "VND", "USD"]),
        }
        made = Order.objects.create(
            order_number=f"{customer_id}-{i}",
            source=source,
            record=dice.choice(records),
            line_count=1,
            **{k: v for k, v in order.items() if k != "customer_id"},
        )
        shop.orders.append({**order, "id": made.id})
        for line_number in range(dice.choice([1, 2])):
            line = {
                "product_code": dice.choice(CODES),
                "category": dice.choice(CATEGORIES),
                "product_name": dice.choice(["Green Tea", "milk", "100% juice"]),
                "quantity": dice.choice([-1, 1, 2]),
            }
            OrderLine.objects.create(
                order=made, line_number=line_number, unit_price=1, net_amount=1, **line
            )
            shop.lines.append({**line, "order_id": made.id})
    for i in range(dice.choice([0, 1, 3])):
        event = {
            "kind": dice.choice(KINDS),
            "occurred_at": _moment(dice),
            "detail": {name: dice.choice(PROPERTIES) for name in DETAILS if dice.random() < 0.6},
        }
        Event.objects.create(
            source=source,
            message_id=f"{customer_id}-{i}",
            record=dice.choice(records),
            received_at=NOW,
            **event,
        )
        shop.events.append({**event, "customer_id": customer_id})
    if dice.random() < 0.4:
        state = {
            "kind": dice.choice(STATES),
            "since": NOW - timedelta(days=dice.choice([-1, 1, 9])),
            "until": dice.choice([None, NOW + timedelta(days=1), NOW - timedelta(hours=1)]),
        }
        CustomerState.objects.create(customer_id=customer_id, **state)
        shop.states.append({**state, "customer_id": customer_id})
    for i in range(dice.choice([0, 1, 2, 3])):
        trait = {
            "name": dice.choice(TRAITS),
            "value": dice.choice(ANSWERS),
            "observed_at": NOW - timedelta(days=i),
            "is_pinned": dice.random() < 0.2,
            "confidence": dice.choice([0.4, 0.7, 1.0]),
        }
        made_trait = Trait.objects.create(record=dice.choice(records), **trait)
        shop.traits.append({**trait, "id": made_trait.id, "customer_id": customer_id})
    _add_consents(shop, dice, customer_id, records)


def _add_consents(
    shop: Shop, dice: random.Random, customer_id: int, records: list[SourceRecord]
) -> None:
    for kind in ("email", "phone", "zalo"):
        if dice.random() < 0.5:
            address = {"type": kind, "value": dice.choice(ADDRESSES[kind])}
            is_placeholder = dice.random() < 0.1
            Identifier.objects.create(
                record=dice.choice(records),
                is_placeholder=is_placeholder,
                created_at=NOW,
                **address,
            )
            shop.addresses.append(
                {**address, "customer_id": customer_id, "is_placeholder": is_placeholder}
            )
    for _ in range(dice.choice([0, 0, 1, 2])):
        channel = dice.choice(CHANNELS)
        kinds = {"email": ["email"], "sms": ["phone"], "zalo": ["phone", "zalo"]}[channel]
        record = dice.choice(records)
        told = {
            "address": dice.choice(ADDRESSES[dice.choice(kinds)]),
            "channel": channel,
            "purpose": dice.choice(["marketing", "marketing", "service"]),
            "status": dice.choice(["granted", "denied", "unknown"]),
            "basis": dice.choice(["consent", "unknown"]),
            "given_at": NOW - timedelta(days=dice.randint(0, 3)),
            "recorded_at": NOW,
        }
        made = Consent.objects.create(record=record, **told)
        shop.consents.append(
            {**told, "id": made.id, "record_id": record.id, "customer_id": customer_id}
        )
