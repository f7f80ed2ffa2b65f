"""Scores customers with frozen models: one table of columns named as CustomerSummary names them.
Nothing is written here.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from idic.differentiate.services.fitting import HORIZON_DAYS, Models
from idic.engine import rfm, rhythm, value
from idic.engine.table import Table

# The columns of CustomerSummary that come from orders, and what they hold without any.
SCORE_COLUMNS: dict[str, Any] = {
    "first_order_date": None,
    "last_order_date": None,
    "order_count": 0,
    "net_amount": 0,
    "last_year_amount": 0,
    "last_year_order_count": 0,
    "mean_order_amount": None,
    "recency_score": None,
    "frequency_score": None,
    "monetary_score": None,
    "rfm_cell": "",
    "rfm_cell_before": "",  # by `rfm_scores.add_rfm`, as are the scores above
    "usual_gap_days": None,
    "overdue_days": None,
    "is_overdue": False,
    "expected_amount": None,
    "expected_low_amount": None,
    "expected_high_amount": None,
    "expected_order_count": None,
    "churn_risk": None,
    "worth_amount": 0,
    "stake_amount": 0,
    "winback_amount": 0,
    "need_index": None,
    "need_confidence": None,
}


def score(*, models: Models, orders: Table, as_of: date) -> Table:
    """Give one row for each customer with an order up to `as_of`, ordered by customer_id. Who has
    nothing but returns gets no score and no forecast.
    """
    summary = value.summarize(
        orders, as_of=as_of, horizon_days=HORIZON_DAYS, window_days=models.value.window_days
    )
    forecast = value.predict(models.value, summary, as_of=as_of)
    habits = rhythm.predict(orders, as_of=as_of, parameters=models.rhythm)
    scores = rfm.predict(models.cuts, summary)
    has_bought = np.ma.getdata(summary["order_count"]) > 0
    expected = _minor(forecast["expected_amount"])
    last_year = np.asarray(summary["recent_net_amount"])
    churn = np.where(has_bought, forecast["churn_risk"], np.nan)
    is_overdue = np.ma.filled(habits["is_overdue"], False) & has_bought
    stake = np.maximum(last_year, 0) * np.nan_to_num(churn)
    return Table(
        {
            "customer_id": summary["customer_id"],
            "first_order_date": summary["first_order_date"],
            "last_order_date": summary["last_order_date"],
            "order_count": summary["order_count"],
            "net_amount": summary["net_amount"],
            "last_year_amount": last_year,
            "last_year_order_count": summary["recent_order_count"],
            "mean_order_amount": _known(_minor(summary.floats("mean_order_amount")), has_bought),
            "recency_score": _known(scores["recency_score"], has_bought),
            "frequency_score": _known(scores["frequency_score"], has_bought),
            "monetary_score": _known(scores["monetary_score"], has_bought),
            "rfm_cell": np.where(has_bought, scores["rfm_cell"], ""),
            "usual_gap_days": habits["usual_gap_days"],
            "overdue_days": habits["overdue_days"],
            "is_overdue": is_overdue,
            "expected_amount": _known(expected, has_bought),
            "expected_low_amount": _known(_minor(forecast["low_amount"]), has_bought),
            "expected_high_amount": _known(_minor(forecast["high_amount"]), has_bought),
            "expected_order_count": np.where(has_bought, forecast["expected_order_count"], np.nan),
            "churn_risk": churn,
            "worth_amount": np.maximum(last_year, 0) + np.where(has_bought, expected, 0),
            "stake_amount": _minor(stake),
            "winback_amount": _minor(winback(stake=stake, churn_risk=churn)),
        }
    )


def winback(*, stake: NDArray[np.float64], churn_risk: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give what a call can win of what is at stake: most where the outcome is still open.

    A call cannot keep who would come anyway, nor fetch back who is gone for good. If it moves
    everybody's log odds to come back by the same small step, it moves the chance p by p · (1 − p)
    times that step, so money · risk · (1 − risk) ranks by what a call brings (Ascarza, "Retention
    Futility", Journal of Marketing Research 2018: who is likeliest to leave is not whom it pays to
    call). By stake alone, the likeliest to be lost came first: in the made-up shop 13 of the first
    20 had a risk above 0.9, and of such people 3 in 100 come back.
    """
    return np.asarray(stake * (1 - np.nan_to_num(churn_risk)))


def _minor(amounts: NDArray[Any]) -> NDArray[np.int64]:
    """Round means to whole minor units; what is not known becomes 0 and is masked by the caller."""
    return np.asarray(np.rint(np.nan_to_num(amounts)), dtype=np.int64)


def _known(values: NDArray[Any], is_known: NDArray[np.bool_]) -> Any:
    return np.ma.MaskedArray(values, mask=~is_known)
