"""The next purchase of one customer: its day and amount against simulation."""

import math

import numpy as np
import pytest

from idic.engine.purchases import PurchaseParameters
from idic.engine.spend import SpendParameters
from idic.engine.upcoming import NextPurchase, expect_next

BOUGHT = PurchaseParameters(r=1.2, alpha_days=40.0, a=0.6, b=3.0)
SPENT = SpendParameters(p=4.0, q=3.0, gamma_amount=2000.0)


def _next(**cells: float) -> NextPurchase:
    return expect_next(BOUGHT, SPENT, **{
        "purchase_day_count": 5, "net_amount": 12_000.0, "age_at_last_purchase_days": 200.0,
        "customer_age_days": 210.0, **cells,
    })  # type: ignore[arg-type] # fmt: skip


@pytest.mark.req("R013")
def test_eight_of_ten_next_amounts_fall_between_the_ends() -> None:
    random = np.random.default_rng(1)
    # Customers drawn as the model has it, of whom five purchases are known.
    scale = random.gamma(SPENT.q, 1 / SPENT.gamma_amount, 4000)
    known = random.gamma(SPENT.p, 1 / scale[:, None], (4000, 5)).sum(1)
    coming = random.gamma(SPENT.p, 1 / scale)

    told = [_next(net_amount=float(total)) for total in known]

    low, high = np.array([(one.low_amount, one.high_amount) for one in told]).T
    middle = np.array([one.usual_amount for one in told])
    assert ((coming >= low) & (coming <= high)).mean() == pytest.approx(0.8, abs=0.02)
    assert (coming <= middle).mean() == pytest.approx(0.5, abs=0.02)


def test_who_is_long_silent_is_less_likely_to_come_and_later() -> None:
    soon, late = _next(), _next(customer_age_days=900.0)

    assert soon.chance > 0.8 > 0.2 > late.chance
    assert soon.usual_days < late.usual_days
    assert soon.early_days < soon.usual_days < soon.late_days <= 730


@pytest.mark.parametrize(
    ("count", "net", "active", "age"),
    [(1, 0.0, 0.0, 0.0), (1, -500.0, 0.0, 4000.0), (999, 1e13, 1.0, 1.0), (2, 1.0, 3000.0, 3000.0)],
)
def test_any_customer_has_a_finite_next_purchase(
    count: int, net: float, active: float, age: float
) -> None:
    found = _next(
        purchase_day_count=count,
        net_amount=net,
        age_at_last_purchase_days=active,
        customer_age_days=age,
    )

    assert all(math.isfinite(number) for number in vars(found).values())
    assert 0 <= found.early_days <= found.usual_days <= found.late_days <= 730
    assert 0 <= found.low_amount <= found.usual_amount <= found.high_amount
