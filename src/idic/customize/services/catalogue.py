"""Keeps the catalogue in step with what was sold, and what staff say about a product."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from idic.core import bulk, ids
from idic.core.text import fold
from idic.customize.models import Product
from idic.lake.reader import Reader

_SOLD = """
WITH spelt AS (
    SELECT product_code, product_name, category, count(*) AS times
    FROM customer_lines WHERE ordered_on <= $as_of AND product_name <> ''
    GROUP BY product_code, product_name, category
),
named AS (
    SELECT *, row_number() OVER (
        PARTITION BY product_code ORDER BY times DESC, product_name, category
    ) AS place FROM spelt
)
SELECT l.product_code, coalesce(any_value(n.product_name), l.product_code) AS product_name,
       coalesce(any_value(n.category), '') AS category,
       max(l.ordered_on) FILTER (WHERE l.quantity > 0) AS last_sold_date,
       count(DISTINCT l.customer_id) FILTER (WHERE l.quantity > 0) AS customer_count,
       CAST(sum(l.net_amount) AS BIGINT) AS net_amount,
       CAST(round(median(l.net_amount / l.quantity)
            FILTER (WHERE l.quantity > 0 AND l.net_amount > 0)) AS BIGINT) AS typical_price
FROM customer_lines l
LEFT JOIN named n ON n.product_code = l.product_code AND n.place = 1
WHERE l.ordered_on <= $as_of AND l.product_code <> ''
GROUP BY l.product_code ORDER BY l.product_code
"""
_REFRESHED = ("name", "category", "last_sold_date", "customer_count", "net_amount", "typical_price")
_NAMED = (*_REFRESHED, "name_key")
# Lines of a receipt that are no goods. Only a first guess: staff can say otherwise.
_NO_GOODS = re.compile(
    r"^(manual|samples?)$|\bcarriage$|"  # but a manual grinder and a carriage clock are goods
    r"\b(postage|delivery|shipping|freight|bank charges|commission|discount|adjust|"
    r"bad debt|fee|voucher|gift card|"
    r"phi ship|van chuyen|giao hang|phu thu|chiet khau|giam gia)\b|运费|邮费|折扣|手续费|优惠"
)


def refresh_catalogue(*, facts: Reader, as_of: date) -> dict[str, int]:
    """Bring every product sold up to `as_of` into the catalogue; give the ids by code."""
    sold: list[tuple[Any, ...]] = facts.query(_SOLD, {"as_of": as_of}).rows()
    rows = [(code, name, *rest, fold(name)[:300]) for code, name, *rest in sold]
    known = dict(Product.objects.values_list("code", "id"))
    fresh = [row for row in rows if row[0] not in known]
    numbers = ids.new_ids(len(fresh))
    bulk.insert_rows(
        Product,
        ["id", "code", *_NAMED, "is_sellable", "is_available"],
        [
            (number, code, *figures, is_goods(code=code, name=figures[0]), True)
            for number, (code, *figures) in zip(numbers, fresh, strict=True)
        ],
    )
    bulk.update_rows(
        Product,
        ["id", *_NAMED],
        [(known[code], *figures) for code, *figures in rows if code in known],
    )
    return known | {row[0]: number for number, row in zip(numbers, fresh, strict=True)}


def is_goods(*, code: str, name: str) -> bool:
    """Guess whether a line names goods: postage, fees and corrections are none.

    >>> is_goods(code="POST", name="POSTAGE"), is_goods(code="85123A", name="WHITE T-LIGHT HOLDER")
    (False, True)
    """
    return not _NO_GOODS.search(fold(name)) and not _NO_GOODS.search(fold(code))


def set_sellable(*, product: Product, is_sellable: bool) -> None:
    """Say whether a product may be recommended."""
    Product.objects.filter(id=product.id).update(is_sellable=is_sellable)


def set_available(*, product: Product, is_available: bool) -> None:
    """Say whether a product is in stock: what is not is never recommended."""
    Product.objects.filter(id=product.id).update(is_available=is_available)
