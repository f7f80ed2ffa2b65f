"""How value is spread: what a refresh counts, and the page that draws it."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from django.test import Client
from django.urls import reverse

from idic.differentiate.models import NeedGroup, ValueShape
from idic.differentiate.services.shape import write_shape
from idic.engine.spread import SHARES
from idic.engine.table import Table
from tests.interact import cast

from .corner_shop import AS_OF, NOW

pytestmark = pytest.mark.django_db


def scores() -> Table:
    """Forty who came last week and brought 10 or 90, twenty long gone, one who only looked."""
    days = np.array(["2026-11-20"] * 40 + ["2026-02-01"] * 20 + ["2026-11-01"], "datetime64[D]")
    first = np.array(["2025-11-23"] * 40 + ["2025-11-23"] * 20 + ["2026-11-01"], "datetime64[D]")
    count = np.array([9] * 40 + [1] * 20 + [0])
    return Table(
        {
            "order_count": count,
            "last_year_amount": np.array([90] * 8 + [10] * 32 + [0] * 21),
            "expected_amount": np.array([100] * 40 + [2] * 20 + [0]),
            "expected_order_count": np.array([8.0] * 40 + [0.5] * 20 + [0.0]),
            "churn_risk": np.array([0.1] * 40 + [0.9] * 20 + [np.nan]),
            "first_order_date": first,
            "last_order_date": days,
            "need_index": np.ma.MaskedArray([0] * 40 + [-1] * 21, mask=[False] * 40 + [True] * 21),
        }
    )


def test_a_refresh_counts_how_value_is_spread_and_how_long_people_stay() -> None:
    figures = write_shape(scores=scores(), groups={0: 77}, active_days=90, as_of=AS_OF)

    share = figures["money"]["concentration"]["money"]
    assert share[SHARES.index(0.2)] == pytest.approx((8 * 90 + 4 * 10) / 1040)
    assert sum(figures["expected"]["counts"]) == 60
    assert figures["map"]["orders"] == {
        "row": [0, 4],
        "column": [5, 0],
        "people": [20, 40],
        "mean": [0.5, 8.0],
    }
    assert figures["map"]["staying"]["mean"] == pytest.approx([0.1, 0.9])
    everybody, regulars = figures["staying"]
    assert (everybody["need"], everybody["people"]) == (0, 60)
    assert everybody["staying"][12 - 1] == pytest.approx(40 / 60)  # twenty left after 70 days
    assert (regulars["need"], regulars["people"], min(regulars["staying"])) == (77, 40, 1.0)
    assert ValueShape.objects.get().figures["active_days"] == 90


def test_only_the_last_day_is_kept() -> None:
    write_shape(scores=scores(), groups={}, active_days=90, as_of=date(2026, 11, 22))
    write_shape(scores=scores(), groups={}, active_days=90, as_of=AS_OF)

    assert [row.as_of_date for row in ValueShape.objects.all()] == [AS_OF]


def test_the_page_says_what_each_chart_shows(client: Client) -> None:
    cast.open_shop(now=NOW)
    client.force_login(cast.hire())
    group = NeedGroup.objects.create(name="Tea", position=1, is_current=True, created_at=NOW)
    write_shape(scores=scores(), groups={0: group.id}, active_days=90, as_of=AS_OF)

    text = client.get(reverse("differentiate:shape")).content.decode()

    assert "The best fifth bring 73% of the money" in text
    assert "The chance to come again lies between 10% and 90%" in text
    assert "67% still buy 12 months after their first order" in text
    assert "Most are expected to bring" in text
    assert "Tea" in text


def test_before_anybody_has_bought_the_page_says_so(client: Client) -> None:
    cast.open_shop(now=NOW)
    client.force_login(cast.hire())
    empty = scores().filter(np.zeros(61, dtype=bool))
    for figures in (None, write_shape(scores=empty, groups={}, active_days=30, as_of=AS_OF)):
        assert figures is None or figures["money"]["concentration"] is None
        text = client.get(reverse("differentiate:shape")).content.decode()
        assert "Nobody has bought anything yet" in text
