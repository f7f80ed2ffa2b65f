"""Works out whose orders without an owner may be: by what only one person has, by name and address
together, by uncommon goods bought again and again. Never by a name alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from idic.core import bulk, ids
from idic.core.text import fold
from idic.identify.facts import open_facts
from idic.identify.models import (
    Customer,
    Identifier,
    LinkRule,
    Order,
    OwnerSuggestion,
    Trait,
)
from idic.identify.ownerless import list_waiting
from idic.identify.search import find
from idic.identify.services.owners import find_owners

_MOST_ORDERS = 20_000
_SLICE = 500
_MOST_ADDRESSES = 300  # each is one search
_TELLING = {
    "phone": LinkRule.PHONE,
    "email": LinkRule.EMAIL,
    "card": LinkRule.CARD,
    "customer_number": LinkRule.CUSTOMER_NUMBER,
    "zalo": LinkRule.ZALO,
    "wechat": LinkRule.WECHAT,
}
_SURE, _SHARED, _ADDRESS, _BASKET = 0.99, 0.6, 0.8, 0.4
_NEW_DAYS, _HABIT_DAYS = 180, 365
# Goods of at most this share of all who buy again say who somebody is; two of them at least. They
# must outweigh that it may be anybody, and be said of nobody else nearly as much.
_COMMON, _MOST_BUYERS, _LEAST_BITS, _MARGIN = 0.03, 300, 8.0, 1.5
_BASKETS = """
    WITH basket AS (
        SELECT DISTINCT l.order_id, l.product_code, l.ordered_on FROM customer_lines l
        JOIN (SELECT order_id FROM customer_orders WHERE customer_id IS NULL AND NOT is_return
              AND ordered_on > $newest ORDER BY ordered_on DESC, order_id LIMIT $orders) o
            USING (order_id)
        WHERE l.product_code <> '' AND l.quantity > 0
    ), habit AS (
        SELECT customer_id, product_code FROM customer_lines
        WHERE customer_id IS NOT NULL AND ordered_on > $oldest
            AND product_code IN (SELECT product_code FROM basket)
        GROUP BY ALL HAVING count(DISTINCT order_id) >= 2
    ), weight AS (
        SELECT product_code, log2(any_value(n.people) / count(*)) AS bits,
            greatest($least, log2(any_value(n.people))) AS enough FROM habit, (
            SELECT count(DISTINCT customer_id) AS people FROM customer_orders
            WHERE customer_id IS NOT NULL AND ordered_on > $oldest) n
        GROUP BY product_code 
        HAVING count(*) <= greatest(2, least(any_value(n.people) * $common, $most))
    ), shared AS (
        SELECT order_id, customer_id, any_value(ordered_on) AS ordered_on, sum(bits) AS bits,
            any_value(enough) AS enough,
            list(product_code ORDER BY bits DESC, product_code) AS goods
        FROM basket JOIN weight USING (product_code) JOIN habit USING (product_code)
        GROUP BY order_id, customer_id HAVING count(*) >= 2
    ), ranked AS (
        SELECT *, row_number() OVER w AS place,
            coalesce(lead(bits) OVER w, 0) AS second
        FROM shared WINDOW w AS (PARTITION BY order_id ORDER BY bits DESC, customer_id)
    )
    SELECT r.order_id, r.customer_id, len(r.goods), r.goods[1], r.goods[2],
        (SELECT count(*) FROM basket b WHERE b.order_id = r.order_id)
    FROM ranked r
    WHERE place = 1 AND bits >= enough AND bits >= second * $margin
      AND NOT EXISTS (SELECT 1 FROM customer_orders o
                      WHERE o.customer_id = r.customer_id AND o.ordered_on = r.ordered_on)
"""

Suggestions = dict[tuple[int, int], tuple[str, float, bool, dict[str, Any]]]


def refresh_suggestions(*, now: datetime) -> int:
    """Work all suggestions out anew; give how many there are. What somebody said no to stays so."""
    found: Suggestions = {}
    _by_address(found)
    _by_identifier(found)
    _by_basket(found, now)
    return _write(found, now)


def _waiting_records() -> Iterator[list[tuple[int, int, bool]]]:
    """Give (order, its record, of the sample shop?) of those that came through some record."""
    rows = iter(
        list_waiting()
        .filter(record__isnull=False)
        .order_by("-id")
        .values_list("id", "record_id", "source__is_demo")[:_MOST_ORDERS]
    )
    while part := list(islice(rows, _SLICE)):
        yield [(order, record, demo) for order, record, demo in part if record is not None]


def _by_identifier(found: Suggestions) -> None:
    for part in _waiting_records():
        for is_demo in (False, True):
            mine = [(order, record) for order, record, demo in part if demo == is_demo]
            if mine:
                _match_identifiers(found, mine, is_demo=is_demo)


def _match_identifiers(found: Suggestions, part: list[tuple[int, int]], *, is_demo: bool) -> None:
    held: dict[int, list[tuple[str, str]]] = defaultdict(list)
    rows = Identifier.objects.filter(
        record_id__in=[record for _order, record in part],
        type__in=list(_TELLING),
        is_placeholder=False,
    )
    for record, kind, value in rows.values_list("record_id", "type", "value"):
        held[record].append((kind, value))
    owners = find_owners(
        addresses={one for values in held.values() for one in values}, is_demo=is_demo
    )
    for order, record in part:
        said = {(kind, owner) for kind, v in held[record] for owner in owners.get((kind, v), ())}
        people = {owner for _kind, owner in said}
        for kind, owner in sorted(said, key=lambda one: list(_TELLING).index(one[0]), reverse=True):
            is_sure = len(people) == 1
            score = _SURE if is_sure else _SHARED
            found[order, owner] = (_TELLING[kind].value, score, is_sure, {"people": len(people)})


def _by_address(found: Suggestions) -> None:
    """Find who has the same name at the same address."""
    left = _MOST_ADDRESSES
    for part in _waiting_records():
        told: dict[int, dict[str, str]] = defaultdict(dict)
        rows = Trait.objects.filter(
            record_id__in=[record for _order, record, _demo in part], name__in=["name", "address"]
        )
        for record, name, value in rows.values_list("record_id", "name", "value"):
            told[record][name] = value
        for order, record, is_demo in part:
            if len(told[record]) == 2 and left:
                left -= 1
                for owner in _neighbours(told[record], is_demo=is_demo):
                    found[order, owner] = (LinkRule.ADDRESS.value, _ADDRESS, False, {})


def _neighbours(told: dict[str, str], *, is_demo: bool) -> list[int]:
    name, address = fold(told["name"]), fold(told["address"])
    near = [one.customer_id for one in find(query=told["name"], limit=20)]
    people = Customer.objects.filter(id__in=near, is_demo=is_demo)
    named = [one.id for one in people if fold(one.full_name) == name]
    homes = Trait.objects.filter(record__customer_id__in=named, name="address")
    return sorted(
        {
            owner
            for owner, home in homes.values_list("record__customer_id", "value")
            if owner is not None and fold(home) == address
        }
    )


def _by_basket(found: Suggestions, now: datetime) -> None:
    """Find who buys the same uncommon goods again and again, and nobody else nearly as much."""
    newest = Order.objects.order_by("-ordered_at").values_list("ordered_at", flat=True).first()
    if newest is None:
        return
    day = min(newest, now).date()
    with open_facts() as lake:
        rows = lake.query(
            _BASKETS,
            {
                "newest": day - timedelta(days=_NEW_DAYS),
                "oldest": day - timedelta(days=_HABIT_DAYS),
                "orders": _MOST_ORDERS,
                "common": _COMMON,
                "most": _MOST_BUYERS,
                "least": _LEAST_BITS,
                "margin": _MARGIN,
            },
        ).rows()
    row: Any
    for row in rows:
        order, owner, shared, one, other, size = row
        goods = {"shared": shared, "of": size, "goods": [one, other]}
        found.setdefault((order, owner), (LinkRule.BASKET.value, _BASKET, False, goods))


def _write(found: Suggestions, now: datetime) -> int:
    refused = OwnerSuggestion.objects.filter(is_dismissed=True)
    said_no = set(refused.values_list("order_id", "customer_id"))
    wanted = [key for key in _fitting(found) if key not in said_no]
    OwnerSuggestion.objects.filter(is_dismissed=False).delete()
    columns = ["id", "order_id", "customer_id", "rule", "score", "is_sure", "evidence", "made_at"]
    numbers = ids.new_ids(len(wanted)) if wanted else []
    rows = [(number, *key, *found[key], now) for number, key in zip(numbers, wanted, strict=True)]
    return bulk.insert_rows(OwnerSuggestion, columns, rows) if rows else 0


def _fitting(found: Suggestions) -> list[tuple[int, int]]:
    """Leave out who is not visible, and whoever is of the sample shop where the order is not."""
    people = _demo_of(Customer.objects.filter(merged_into=None, is_staged=False), _second(found))
    orders = dict[int, bool]()
    wanted = sorted({order for order, _owner in found})
    for start in range(0, len(wanted), _SLICE):
        rows = list_waiting().filter(id__in=wanted[start : start + _SLICE])
        orders |= dict(rows.values_list("id", "source__is_demo"))
    return [
        (order, owner)
        for order, owner in found
        if order in orders and owner in people and orders[order] == people[owner]
    ]


def _second(found: Suggestions) -> list[int]:
    return sorted({owner for _order, owner in found})


def _demo_of(people: Any, wanted: Iterable[int]) -> dict[int, bool]:
    keys, found = list(wanted), dict[int, bool]()
    for start in range(0, len(keys), _SLICE):
        rows = people.filter(id__in=keys[start : start + _SLICE])
        found |= dict(rows.values_list("id", "is_demo"))
    return found
