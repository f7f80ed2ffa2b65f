"""How often each customer will buy again, and whether at all: the door to the purchase models.

Counts of purchase days only; money is in `spend`, the choice among methods in `value`. Each model
is a cell (`bg_nbd`, `mbg_nbd`, `pareto_nbd`, and `static_pareto`, for customers of whom more is
known): parameters, `fit`, and `outlook`, from which every
forecast follows (`outlook.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from idic.engine.purchases import bg_nbd, mbg_nbd, pareto_nbd, static_pareto
from idic.engine.purchases.bg_nbd import BgNbdParameters
from idic.engine.purchases.histories import Floats, find_histories, read_columns
from idic.engine.purchases.mbg_nbd import MbgNbdParameters
from idic.engine.purchases.outlook import Outlook
from idic.engine.purchases.pareto_nbd import ParetoNbdParameters
from idic.engine.purchases.simulation import simulate
from idic.engine.purchases.static_pareto import StaticParetoParameters
from idic.engine.table import Source, Table

__all__ = [
    "MODELS",
    "AnyParameters",
    "BgNbdParameters",
    "MbgNbdParameters",
    "ParetoNbdParameters",
    "PurchaseParameters",
    "StaticParetoParameters",
    "at_most",
    "draw",
    "fit",
    "look_ahead",
    "predict",
    "predict_counts",
    "predict_next",
    "simulate",
]

# What `value` keeps: the model that needs least and explains most.
PurchaseParameters = BgNbdParameters
AnyParameters: TypeAlias = (
    BgNbdParameters | MbgNbdParameters | ParetoNbdParameters | StaticParetoParameters
)


class Cell(Protocol):
    """What the module of each model holds."""

    def fit(self, summary: Source) -> Any:
        """Learn the parameters of the model."""

    def outlook(self, parameters: Any, x: Floats, recency: Floats, age: Floats) -> Outlook:
        """Return what is known of customers with these x, t_x and T."""


MODELS: Mapping[str, Cell] = {
    "bg_nbd": bg_nbd,
    "mbg_nbd": mbg_nbd,
    "pareto_nbd": pareto_nbd,
}
_CELLS: Mapping[type[AnyParameters], Cell] = {
    BgNbdParameters: bg_nbd,
    MbgNbdParameters: mbg_nbd,
    ParetoNbdParameters: pareto_nbd,
}

fit = bg_nbd.fit


def predict(parameters: AnyParameters, summary: Source, *, horizon_days: float) -> Table:
    """Forecast the next `horizon_days` from the day the summary was made as of.

    In: `customer_id`, `repeat_count`, `age_at_last_purchase_days`, `customer_age_days`. Out:

    - `expected_purchase_count`: purchase days in the horizon, on average
    - `alive_probability`: not dropped out for good (1 when dropout is not detectable)
    - `no_purchase_probability`: no purchase at all within the horizon
    - `active_probability`: to be shown: `alive_probability` where the model sees churn, else the
      chance of a purchase within the horizon

    Customers without any purchase get 0, missing, 1, missing.

    >>> cdnow = PurchaseParameters(r=0.243, alpha_days=4.414 * 7, a=0.793, b=2.426)
    >>> known = {"customer_id": [1], "repeat_count": [2],
    ...          "age_at_last_purchase_days": [30.43 * 7], "customer_age_days": [38.86 * 7]}
    >>> round(predict(cdnow, known, horizon_days=39 * 7).rows()[0][1], 3)
    1.226
    """
    table = Table.read(summary)
    ahead, spread = look_ahead(parameters, table)
    none = ahead.no_purchase(horizon_days)
    active = ahead.alive if parameters.sees_churn else 1 - none
    return Table(
        {
            "customer_id": table["customer_id"],
            "expected_purchase_count": spread(ahead.expected(horizon_days), 0.0),
            "alive_probability": spread(ahead.alive, np.nan),
            "no_purchase_probability": spread(none, 1.0),
            "active_probability": spread(active, np.nan),
        }
    )


def predict_counts(
    parameters: AnyParameters, summary: Source, *, horizon_days: float, ranks: Sequence[float]
) -> Table:
    """Tell how many purchase days in the horizon are not exceeded with the chance of each rank.

    In as for `predict`. Out: `customer_id`, and for each rank a column named after its percent:
    of 0.1 and 0.5 `count_10` and `count_50`, the median: the forecast of least absolute error.

    >>> known = {"customer_id": [1], "repeat_count": [9],
    ...          "age_at_last_purchase_days": [350.0], "customer_age_days": [365.0]}
    >>> steady = PurchaseParameters(r=1.0, alpha_days=30.0, a=0.1, b=9.0)
    >>> predict_counts(steady, known, horizon_days=365, ranks=(0.1, 0.5, 0.9)).rows()
    [(1, 4.0, 9.0, 15.0)]
    """
    table = Table.read(summary)
    ahead, spread = look_ahead(parameters, table)
    found = ahead.quantiles(horizon_days, ranks)
    return Table(
        {
            "customer_id": table["customer_id"],
            **{
                f"count_{round(100 * rank)}": spread(counts, 0.0)
                for rank, counts in zip(ranks, found, strict=True)
            },
        }
    )


def predict_next(
    parameters: AnyParameters, summary: Source, *, within_days: float = 730.0
) -> Table:
    """Expect the day of the next purchase, of customers who come again.

    In as for `predict`. Out: `customer_id`, `purchase_probability` (within `within_days`), and of
    those who do come within it, days from now until they have with a chance of 1, 5 and 9 in 10:
    `early_days`, `median_days`, `late_days`. Days are missing for who has never bought.

    >>> known = {"customer_id": [1], "repeat_count": [9],
    ...          "age_at_last_purchase_days": [350.0], "customer_age_days": [365.0]}
    >>> steady = PurchaseParameters(r=1.0, alpha_days=30.0, a=0.1, b=9.0)
    >>> [round(cell, 2) for cell in predict_next(steady, known).rows()[0]]
    [1, 0.99, 4.18, 28.35, 102.26]
    """
    table = Table.read(summary)
    ahead, spread = look_ahead(parameters, table)
    early, median, late = ahead.waits((0.1, 0.5, 0.9), farthest=within_days)
    comes = 1 - ahead.no_purchase(within_days)
    return Table(
        {
            "customer_id": table["customer_id"],
            "purchase_probability": spread(comes, 0.0),
            "early_days": spread(early, np.nan),
            "median_days": spread(median, np.nan),
            "late_days": spread(late, np.nan),
        }
    )


def at_most(
    parameters: AnyParameters, summary: Source, *, horizon_days: float, counts: Floats
) -> Floats:
    """Return each customer's chance of at most `counts` purchases: what a PIT is made of."""
    ahead, spread = look_ahead(parameters, Table.read(summary))
    rows, has_bought = spread.places, spread.has_bought
    found = np.ones(len(has_bought))
    found[has_bought] = ahead.take(rows).at_most(horizon_days, np.asarray(counts)[has_bought])
    return found


def draw(
    parameters: AnyParameters, summary: Source, *, horizon_days: float, draw_count: int, seed: int
) -> Floats:
    """Draw the future: a row a draw, a column a customer, purchase days in the horizon."""
    ahead, spread = look_ahead(parameters, Table.read(summary))
    customers = ahead.take(spread.places)
    random = np.random.default_rng(seed)
    found = np.zeros((draw_count, len(spread.has_bought)))
    for row in found:
        row[spread.has_bought] = customers.draw(horizon_days, random=random)
    return found


@dataclass(frozen=True)
class Spread:
    """Brings what was computed once a distinct history back to the customers.

    `has_bought` has one entry a customer of the summary, `places` one for each who has bought.
    """

    has_bought: NDArray[np.bool_]
    places: NDArray[np.int64]

    def __call__(self, values: Floats, missing: float) -> Floats:
        """Return one value a customer; `missing` for who has never bought."""
        column = np.full(len(self.has_bought), missing)
        column[self.has_bought] = values[self.places]
        return column


def look_ahead(parameters: AnyParameters, summary: Table) -> tuple[Outlook, Spread]:
    """Return the outlook of each distinct history, and how it is spread over the customers."""
    if isinstance(parameters, StaticParetoParameters):
        each, has_bought = static_pareto.look_ahead(parameters, summary)
        return each, Spread(has_bought, np.arange(int(has_bought.sum())))
    *columns, has_bought = read_columns(summary)
    data, places = find_histories(*columns)
    ahead = _CELLS[type(parameters)].outlook(parameters, data.x, data.recency, data.age)
    return ahead, Spread(has_bought, places)
