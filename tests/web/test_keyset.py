"""Paging by keys: every row once, in order, whichever way, on every kind of column."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import Q

from idic.differentiate.models import CustomerSummary
from idic.web.listing import Key, page_of

pytestmark = pytest.mark.django_db


def _walk(forward: bool, limit: int, **options: Any) -> list[int]:
    """Turn all the pages, forward from the start or back from the end."""
    rows = CustomerSummary.objects.filter(options.pop("only", Q()))
    column = options["column"]
    found: list[int] = []
    place: Key | None = None
    while True:
        side = {"after": place} if forward else {"before": place}
        page = page_of(rows, limit=limit, **options, **side)
        ids = [row.customer_id for row in page.rows]
        found = found + ids if forward else ids + found
        if not (page.has_next if forward else page.has_previous):
            return found
        edge = page.rows[-1 if forward else 0]
        place = Key(getattr(edge, column), edge.customer_id)


@pytest.mark.parametrize("falling", [True, False])
@pytest.mark.parametrize("index_falls", [None, True, False])
@pytest.mark.parametrize(
    ("column", "can_be_null"),
    [("sort_name", False), ("expected_amount", True), ("last_order_date", True)],
)
@pytest.mark.parametrize("only", [Q(), Q(tier="vip")])
def test_pages_show_every_row_once_in_order(
    add: Callable[..., Any],
    column: str,
    can_be_null: bool,
    index_falls: bool | None,
    falling: bool,
    only: Q,
) -> None:
    chance = random.Random(7)
    for n in range(23):
        add(
            chance.choice(["An", "Bình", "Chi"]),
            orders=0,
            tier=chance.choice(["vip", "loyal"]),
            expected_amount=chance.choice([None, 5, 5, 7, n]),
            last_order_date=chance.choice([None, "2026-01-01", "2026-02-02"]),
        )
    rows = list(CustomerSummary.objects.filter(only))
    # Against its index a list runs backwards through it, rows of one value too.
    is_against = index_falls is not None and index_falls != falling
    rows.sort(key=lambda r: r.customer_id, reverse=is_against)
    known = [r for r in rows if getattr(r, column) is not None]
    known.sort(key=lambda r: getattr(r, column), reverse=falling)
    expected = [*known, *(r for r in rows if getattr(r, column) is None)]
    options = {
        "column": column,
        "falling": falling,
        "index_falls": index_falls,
        "can_be_null": can_be_null,
        "only": only,
    }

    assert _walk(True, 4, **options) == [r.customer_id for r in expected]

    last = expected[-1]
    end = Key(getattr(last, column), last.customer_id)
    page = page_of(
        CustomerSummary.objects.filter(only),
        column=column,
        falling=falling,
        index_falls=index_falls,
        can_be_null=can_be_null,
        limit=4,
        before=end,
    )
    assert [r.customer_id for r in page.rows] == [r.customer_id for r in expected[-5:-1]]
    assert page.has_previous is (len(expected) > 5)
