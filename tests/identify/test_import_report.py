"""What the pages of an import say became of its rows."""

from __future__ import annotations

from typing import Any

from django.utils import translation

from idic.identify.reports import draw_fates

COUNTS: dict[str, Any] = {
    f"{fate}_{what}": 0
    for fate in ("new", "matched", "updated", "unchanged")
    for what in ("customers", "orders")
}


def test_only_what_happens_to_somebody_has_a_column() -> None:
    with translation.override("en"):
        first = draw_fates(kind="orders", counts=COUNTS | {"new_orders": 9, "new_customers": 4})
        again = draw_fates(
            kind="customers", counts=COUNTS | {"updated_customers": 3, "unchanged_customers": 1}
        )

    assert first.heads == ["New"]
    assert first.rows == [("Orders", [("New", 9)]), ("Customers", [("New", 4)])]
    assert again.heads == ["With news", "As before"]
    assert again.rows == [("Customers", [("With news", 3), ("As before", 1)])]


def test_where_nothing_happens_the_table_says_that_nothing_is_new() -> None:
    with translation.override("en"):
        assert draw_fates(kind="customers", counts=COUNTS).rows == [("Customers", [("New", 0)])]
