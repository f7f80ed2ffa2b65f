"""What Identify keeps in the lake: orders, their lines and events on source records, and which
record is which customer's now. No name, address or number of a person.
"""

from __future__ import annotations

from idic.lake.datasets import Dataset

ORDER = Dataset(
    name="order",
    columns={
        "order_id": "BIGINT",
        "revision": "BIGINT",
        "record_id": "BIGINT",
        "source_id": "BIGINT",
        "ordered_at": "TIMESTAMP",
        "currency": "VARCHAR",
        "net_amount": "BIGINT",
        "line_count": "BIGINT",
        "is_return": "BOOLEAN",
        "store": "VARCHAR",
    },
    key="order_id",
)
ORDER_LINE = Dataset(
    name="order_line",
    columns={
        "order_id": "BIGINT",
        "revision": "BIGINT",
        "line_number": "BIGINT",
        "product_code": "VARCHAR",
        "product_name": "VARCHAR",
        "category": "VARCHAR",
        "quantity": "DOUBLE",
        "unit_price": "DECIMAL(18,6)",
        "net_amount": "BIGINT",
    },
    key="order_id",
)
EVENT = Dataset(
    name="event",
    columns={
        "event_id": "BIGINT",
        "record_id": "BIGINT",
        "source_id": "BIGINT",
        "kind": "VARCHAR",
        "occurred_at": "TIMESTAMP",
        "received_at": "TIMESTAMP",
    },
    key="occurred_at",
)
RECORD_CUSTOMER_MAP = Dataset(
    name="record_customer_map",
    columns={"record_id": "BIGINT", "customer_id": "BIGINT"},
    key="record_id",
    is_snapshot=True,
)

DATASETS = [ORDER, ORDER_LINE, EVENT, RECORD_CUSTOMER_MAP]
