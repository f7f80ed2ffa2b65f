"""Webhooks as shop systems write them, cut to what is read: Shopify's and WooCommerce's as their
documentation prints them; Haravan's, Sapo's and KiotViet's as published clients read them, which no
shop of ours has confirmed (header names and whether a digest is hex or base64 in particular).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

# From the documentation of Standard Webhooks: secret, id, second, body, signature.
STANDARD = (
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "msg_p5jXN8AQM9LWM0D4loKWxJek",
    1_614_265_330,
    b'{"test": 2432232314}',
    "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
)

SHOPIFY_ORDER: dict[str, Any] = {
    "id": 820982911946154508,
    "admin_graphql_api_id": "gid://shopify/Order/820982911946154508",
    "cancelled_at": None,
    "closed_at": None,
    "confirmed": True,
    "contact_email": "jon@example.com",
    "created_at": "2026-11-20T16:09:54+07:00",
    "currency": "GBP",
    "current_subtotal_price": "398.00",
    "current_total_price": "408.00",
    "email": "jon@example.com",
    "financial_status": "paid",
    "name": "#9999",
    "number": 234,
    "order_number": 1234,
    "phone": None,
    "processed_at": "2026-11-20T16:09:54+07:00",
    "subtotal_price": "398.00",
    "test": False,
    "total_discounts": "0.00",
    "total_price": "408.00",
    "updated_at": "2026-11-20T16:10:00+07:00",
    "customer": {
        "id": 115310627314723954,
        "email": "jon@example.com",
        "first_name": "John",
        "last_name": "Smith",
        "phone": None,
        "tags": "vip",
        "default_address": {
            "address1": "123 Elm St.",
            "city": "Ottawa",
            "province": "Ontario",
            "country_code": "CA",
            "zip": "K2H7A8",
            "phone": "123-123-1234",
        },
    },
    "billing_address": {"first_name": "Steve", "last_name": "Shipper", "zip": "40003"},
    "line_items": [
        {
            "id": 487817672276298554,
            "current_quantity": 1,
            "name": "Aviator sunglasses",
            "price": "89.99",
            "product_id": 788032119674292922,
            "quantity": 1,
            "sku": "SKU2006-001",
            "title": "Aviator sunglasses",
        },
        {
            "id": 976318377106520349,
            "current_quantity": 1,
            "name": "Mid-century lounger",
            "price": "159.99",
            "product_id": 788032119674292922,
            "quantity": 1,
            "sku": "SKU2006-020",
        },
    ],
    "refunds": [],
}
# As Shopify's documentation prints a refund, cut to what is read.
SHOPIFY_REFUND: dict[str, Any] = {
    "id": 890088186047892319,
    "order_id": 820982911946154508,
    "created_at": "2026-11-21T10:00:00+07:00",
    "note": "Things were damaged",
    "order_adjustments": [],
    "refund_line_items": [
        {
            "id": 866550311766439020,
            "line_item_id": 976318377106520349,
            "quantity": 1,
            "subtotal": 159.99,
            "total_tax": 0.0,
            "line_item": {
                "id": 976318377106520349,
                "sku": "SKU2006-020",
                "name": "Mid-century lounger",
                "price": "159.99",
                "product_id": 788032119674292922,
            },
        }
    ],
    "transactions": [{"amount": "159.99", "currency": "GBP", "kind": "refund"}],
}
SHOPIFY_CUSTOMER: dict[str, Any] = {
    "id": 706405506930370084,
    "created_at": "2026-11-20T05:44:10+07:00",
    "updated_at": "2026-11-20T05:44:10+07:00",
    "email": "bob@biller.com",
    "first_name": "Bob",
    "last_name": "Biller",
    "phone": "+84 901 234 567",
    "tags": "",
    "default_address": {"address1": "151 O'Connor Street", "city": "Ottawa", "country_code": "CA"},
}
# Haravan writes an order as Shopify does, without the current_… amounts.
HARAVAN_ORDER: dict[str, Any] = {
    "id": 1043535653,
    "cancelled_at": None,
    "cancelled_status": "uncancelled",
    "closed_status": "unclosed",
    "confirmed_status": "confirmed",
    "created_at": "2026-11-20T02:49:33.418Z",
    "currency": "VND",
    "email": "lan@example.com",
    "financial_status": "pending",
    "fulfillment_status": "notfulfilled",
    "name": "#100012",
    "number": 100012,
    "order_number": "#100012",
    "subtotal_price": 250000.0,
    "total_discounts": 0.0,
    "total_price": 280000.0,
    "updated_at": "2026-11-20T02:49:35.01Z",
    "customer": {
        "id": 1008312345,
        "email": "lan@example.com",
        "first_name": "Lan",
        "last_name": "Nguyễn Thị",
        "phone": "0901234567",
        "birthday": "1990-02-01T00:00:00Z",
        "gender": 0,
    },
    "line_items": [
        {
            "id": 1069874210,
            "price": 125000.0,
            "product_id": 1000219876,
            "quantity": 2,
            "sku": "TRA-SEN",
            "title": "Trà sen",
            "type": "Trà",
        }
    ],
    "refunds": [],
}
# Sapo writes moments with _on, and the goods before discounts.
SAPO_ORDER: dict[str, Any] = {
    "id": 563214,
    "cancelled_on": None,
    "created_on": "2026-11-20T03:00:00Z",
    "modified_on": "2026-11-20T03:00:05Z",
    "currency": "VND",
    "email": "minh@example.com",
    "financial_status": "paid",
    "name": "#1042",
    "number": 42,
    "order_number": 1042,
    "status": "open",
    "total_discounts": 20000,
    "total_line_items_price": 320000,
    "total_price": 330000,
    "customer": {
        "id": 77120,
        "email": "minh@example.com",
        "first_name": "Minh",
        "last_name": "Trần",
        "phone": "+84912345678",
    },
    "line_items": [
        {
            "id": 9001,
            "name": "Cà phê rang",
            "price": 160000,
            "product_id": 3312,
            "quantity": 2,
            "sku": "CF-01",
        }
    ],
}
WOO_ORDER: dict[str, Any] = {
    "id": 727,
    "number": "727",
    "status": "processing",
    "currency": "GBP",
    "date_created_gmt": "2026-11-20T16:28:02",
    "date_modified_gmt": "2026-11-20T16:28:08",
    "discount_total": "0.00",
    "shipping_total": "10.00",
    "total": "29.35",
    "customer_id": 0,
    "billing": {
        "first_name": "John",
        "last_name": "Doe",
        "address_1": "969 Market",
        "city": "San Francisco",
        "state": "CA",
        "postcode": "94103",
        "country": "US",
        "email": "john.doe@example.com",
        "phone": "(555) 555-5555",
    },
    "line_items": [
        {
            "id": 315,
            "name": "Woo Single #1",
            "product_id": 93,
            "quantity": 2,
            "subtotal": "6.00",
            "total": "6.00",
            "sku": "",
            "price": 3,
        },
        {
            "id": 316,
            "name": "Ship Your Idea",
            "product_id": 22,
            "quantity": 1,
            "total": "12.00",
            "sku": "Bar3",
            "price": 12,
        },
    ],
    "refunds": [],
}
WOO_CUSTOMER: dict[str, Any] = {
    "id": 25,
    "date_created_gmt": "2026-11-19T17:09:30",
    "date_modified_gmt": "2026-11-19T17:09:35",
    "email": "john.doe@example.com",
    "first_name": "John",
    "last_name": "Doe",
    "role": "customer",
    "billing": {"first_name": "John", "email": "john.doe@example.com", "phone": "0901234567"},
}
KIOTVIET_INVOICE: dict[str, Any] = {
    "Id": 4521,
    "Code": "HD000123",
    "PurchaseDate": "2026-11-20T09:30:00.0000000",
    "BranchId": 7,
    "BranchName": "Quận 7",
    "CustomerId": 99,
    "CustomerCode": "KH000045",
    "CustomerName": "Phạm Thu Hà",
    "Total": 350000.0,
    "TotalPayment": 350000.0,
    "Status": 1,
    "StatusValue": "Hoàn thành",
    "ModifiedDate": "2026-11-20T09:31:12.1234567",
    "InvoiceDetails": [
        {
            "ProductId": 1,
            "ProductCode": "SP000011",
            "ProductName": "Nước mắm",
            "Quantity": 2.0,
            "Price": 180000.0,
            "Discount": 5000.0,
        }
    ],
}
KIOTVIET_CUSTOMER: dict[str, Any] = {
    "Id": 99,
    "Code": "KH000045",
    "Name": "Phạm Thu Hà",
    "ContactNumber": "0987654321",
    "Email": "ha@example.com",
    "Gender": False,
    "BirthDate": "1988-05-20T00:00:00.0000000",
    "LocationName": "TP. Hồ Chí Minh - Quận 7",
    "ModifiedDate": "2026-11-20T09:00:00.0000000",
}


def kiotviet(action: str, *things: dict[str, Any]) -> dict[str, Any]:
    """Write things as KiotViet sends them."""
    return {"Id": "a1b2", "Attempt": 1, "Notifications": [{"Action": action, "Data": [*things]}]}


def digest(secret: bytes, body: bytes) -> bytes:
    """Sign."""
    return hmac.new(secret, body, hashlib.sha256).digest()


def sign(sender: str, secret: str, body: bytes, topic: str = "", **more: Any) -> dict[str, str]:
    """Give the headers under which a system sends."""
    raw = digest(secret.encode(), body)
    coded = base64.b64encode(raw).decode()
    if sender == "standard":
        number, second = more["number"], str(more["second"])
        key = base64.b64decode(secret.removeprefix("whsec_"))
        signed = digest(key, f"{number}.{second}.".encode() + body)
        said = "v1," + base64.b64encode(signed).decode()
        return {
            "webhook-id": number,
            "webhook-timestamp": second,
            "webhook-signature": f"v1,AAAA {said}",
        }
    return {
        "shopify": {
            "X-Shopify-Hmac-Sha256": coded,
            "X-Shopify-Topic": topic,
            "X-Shopify-Webhook-Id": "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043",
        },
        "woocommerce": {"X-WC-Webhook-Signature": coded, "X-WC-Webhook-Topic": topic},
        "haravan": {"X-Haravan-Hmacsha256": coded, "X-Haravan-Topic": topic},
        "sapo": {"X-Sapo-Hmac-SHA256": coded, "X-Sapo-Topic": topic},
        "kiotviet": {"X-Hub-Signature": f"sha256={raw.hex()}"},
        "hmac": {"X-Signature-256": f"sha256={raw.hex()}"},
    }[sender]


# Of each system: topic, text, the order's number, what it comes to in minor units, its lines.
ORDERS: dict[str, tuple[str, dict[str, Any], str, str, int, int]] = {
    "shopify": ("orders/create", SHOPIFY_ORDER, "#9999", "GBP", 39_800, 2),
    "haravan": ("orders/create", HARAVAN_ORDER, "#100012", "VND", 250_000, 1),
    "sapo": ("orders/create", SAPO_ORDER, "#1042", "VND", 300_000, 1),
    "woocommerce": ("order.created", WOO_ORDER, "727", "GBP", 1_800, 2),
    "kiotviet": (
        "",
        kiotviet("invoice.update.500", KIOTVIET_INVOICE),
        "HD000123",
        "VND",
        350_000,
        1,
    ),
}


def encode(said: Any) -> bytes:
    """Write a body."""
    return said if isinstance(said, bytes) else json.dumps(said, ensure_ascii=False).encode()
