"""What very many orders of a source add up to is kept for some minutes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from idic.identify import selectors
from idic.identify.models import ImportRun, ImportState
from idic.identify.selectors import list_sources
from tests.cast import NOW, Shop, open_shop

pytestmark = pytest.mark.django_db


def publish(shop: Shop, *, days: int) -> None:
    ImportRun.objects.create(
        source=shop.till,
        state=ImportState.PUBLISHED,
        published_at=NOW + timedelta(days=days),
        created_at=NOW,
    )


@pytest.mark.parametrize(("many", "kept"), [(0, 1), (5, 2)])
def test_the_sums_of_many_orders_are_kept_until_a_file_is_published(
    many: int, kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selectors, "_MANY", many)
    shop = open_shop()
    shop.add("Ann")
    publish(shop, days=many)
    shop.sell("Ann", "2026-11-01", "Tea")
    assert [one.orders for one in list_sources()] == [1]

    shop.sell("Ann", "2026-11-02", "Tea")
    assert [one.orders for one in list_sources()] == [kept]

    publish(shop, days=many + 1)
    assert [one.orders for one in list_sources()] == [2]
