"""The customer page's next purchase: day, category and amount, each with its range and reason."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from idic.core import ids
from idic.customize.models import Product, Recommendation
from idic.differentiate.models import ValueModel
from idic.identify.models import Customer

FITTED: dict[str, Any] = {
    "purchases": {"r": 1.2, "alpha_days": 40.0, "a": 0.6, "b": 3.0},
    "spend": {"p": 4.0, "q": 3.0, "gamma_amount": 900_000.0},
}


def page_of(client: Client, customer: Customer) -> str:
    address = f"/customers/{ids.encode('customer', customer.id)}/"
    return client.get(address).content.decode()


def fit(now: datetime, parameters: dict[str, Any]) -> None:
    ValueModel.objects.create(
        as_of_date=now.date(), horizon_days=365, method="purchase_model", parameters=parameters,
        replay={"holdout_days": 90, "scores": []}, customer_count=9, fitted_at=now,
    )  # fmt: skip


@pytest.fixture
def binh(add: Callable[..., Customer], now: datetime) -> Customer:
    return add(
        "Trần Văn Bình",
        order_count=12,
        net_amount=6_000_000,
        first_order_date=now.date() - timedelta(days=240),
        last_order_date=now.date() - timedelta(days=10),
        usual_gap_days=21.0,
    )


@pytest.mark.req("R013")
def test_the_page_expects_day_category_and_amount_with_range_and_reason(
    owner: Client, binh: Customer, now: datetime
) -> None:
    fit(now, FITTED)
    product = Product.objects.create(code="T1", name="Oolong 100 g", category="Tea")
    Recommendation.objects.create(
        customer=binh, product=product, kind="buy_again", rank=1, score=1.0,
        reason={"times_bought": 5, "last_bought_date": "2026-11-01"},
    )  # fmt: skip

    page = page_of(owner, binh)
    upcoming = page[page.index("Next purchase") :][:900]

    assert "around " in upcoming
    assert "eight times in ten between" in upcoming
    assert "<dd>Tea</dd>" in upcoming
    assert upcoming.count("eight times in ten between") == 2
    assert "Because they usually come every 21 days and came last on" in upcoming


def test_who_will_hardly_come_again_gets_a_chance_and_no_day(
    owner: Client, add: Callable[..., Customer], now: datetime
) -> None:
    fit(now, FITTED)
    gone = add(
        "Lê Thị Xa",
        order_count=9,
        net_amount=6_000_000,
        first_order_date=now.date() - timedelta(days=1200),
        last_order_date=now.date() - timedelta(days=1000),
    )

    page = page_of(owner, gone)

    assert "likely to come again within two years" in page
    assert "around " not in page[page.index("Next purchase") :][:300]


def test_before_any_fit_nothing_is_expected(owner: Client, binh: Customer, now: datetime) -> None:
    assert "Next purchase" not in page_of(owner, binh)

    fit(now, {})

    assert "Next purchase" not in page_of(owner, binh)
