"""What a replay found, in a shape that goes to JSON and comes back equal. Nothing is computed."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict, dataclass, fields
from typing import Any


@dataclass(frozen=True)
class MethodScore:
    """How one method did over all origins; None where a figure is not defined.

    - `mae_amount`: mean absolute error of a customer's amount, of the median of the forecast (of
      the mean, always saying nothing would win); `point_mae_amount` that of the expected amount
    - `rmse_amount`: root mean squared error, of the expected amount
    - `rank_correlation`: Spearman, of expected and actual amounts
    - `gini`: how well the order of expectations sorts the money, 1 as well as the truth, 0 chance
    - `total_error_rate`: sum expected / sum actual − 1; +0.1 is one tenth too high
    - `total_miss_rate`: mean over the origins of |that|, where too high does not pay for too low
    - `top_tenth_capture_rate`: what the tenth expected to pay most paid, as a share of what the
      tenth that did pay most paid; `top_tenth_hit_rate` is how many of these were named
    - `interval_coverage_rate`: share of customers inside their 80 % interval, those with nothing
      counted by the chance they had of it (randomised probability integral transform)
    - `total_coverage_rate`: share of origins whose total fell inside its 80 % interval
    - `loss_difference`, `paired_standard_error`: mean of (squared error − that of the best
      method), and its standard error, paired over customers and blocked by origin
    """

    method: str
    mae_amount: float
    rmse_amount: float
    rank_correlation: float | None
    total_error_rate: float | None
    total_miss_rate: float | None
    top_tenth_capture_rate: float | None
    interval_coverage_rate: float
    loss_difference: float
    paired_standard_error: float
    point_mae_amount: float | None = None
    gini: float | None = None
    top_tenth_hit_rate: float | None = None
    total_coverage_rate: float | None = None
    is_naive: bool = False


@dataclass(frozen=True)
class TotalTried:
    """What the chosen method said all customers would bring in one try, and what they brought."""

    origin: dt.date
    expected_amount: int
    low_amount: int
    high_amount: int
    actual_amount: int

    @property
    def error_rate(self) -> float | None:
        """Expected over actual, less one."""
        if self.actual_amount <= 0:
            return None
        return self.expected_amount / self.actual_amount - 1

    @property
    def is_inside(self) -> bool:
        """Whether the total fell inside its interval."""
        return self.low_amount <= self.actual_amount <= self.high_amount


@dataclass(frozen=True)
class Decile:
    """A tenth of the customers, those expected to pay most first, and what they pay on average."""

    expected_amount: float
    actual_amount: float


@dataclass(frozen=True)
class ReplayReport:
    """What `replay` found; when `is_possible` is False, nothing but the reason why there is none.

    `reason_code`: `no_orders`, `history_too_short` (less than two holdouts long),
    `too_few_customers` (fewer than 30 had bought by T) or `no_later_orders` (none of them bought
    anything after T).

    `origins` are the days decided at, latest first; `customer_count` those forecast at the latest;
    `churn_expected_rate` and `churn_actual_rate` the share expected not to buy, and that did not,
    and `churn_brier` the mean squared error of the risk (see `churning`). Beside it, of the same
    cases: `churn_model_brier`, that of the purchase model alone, and `churn_base_brier`, that of
    giving everybody the actual share. `churn_basis` is that of the risk judged.

    Of the chosen method: `totals` a try, latest first, `deciles` of customers, and `rank_counts`,
    how many outcomes fell into each tenth of their forecast distributions. `rfm_gini` and
    `rfm_top_tenth_capture_rate` are those of sorting customers by RFM scores instead.
    `unseen_method` was chosen without the latest try, and `unseen_score` is how it did there.
    """

    is_possible: bool
    reason_code: str
    holdout_days: int
    origins: tuple[dt.date, ...] = ()
    customer_count: int = 0
    actual_amount: int = 0
    chosen_method: str | None = None
    best_method: str | None = None
    churn_expected_rate: float | None = None
    churn_actual_rate: float | None = None
    churn_basis: str | None = None
    churn_brier: float | None = None
    churn_model_brier: float | None = None
    churn_base_brier: float | None = None
    scores: tuple[MethodScore, ...] = ()
    totals: tuple[TotalTried, ...] = ()
    deciles: tuple[Decile, ...] = ()
    rank_counts: tuple[int, ...] = ()
    rfm_gini: float | None = None
    rfm_top_tenth_capture_rate: float | None = None
    unseen_method: str | None = None
    unseen_score: MethodScore | None = None

    @property
    def chosen(self) -> MethodScore | None:
        """Return the score of the chosen method, None when there was no replay."""
        return next((s for s in self.scores if s.method == self.chosen_method), None)

    def to_json(self) -> str:
        """Return the report as JSON; `from_json` gives an equal object back."""
        return json.dumps(asdict(self), default=dt.date.isoformat)

    @classmethod
    def from_json(cls, text: str) -> ReplayReport:
        """Return the report that `to_json` wrote, or an earlier version of it."""
        held: dict[str, Any] = json.loads(text)
        held["origins"] = tuple(dt.date.fromisoformat(day) for day in held["origins"])
        held["scores"] = tuple(MethodScore(**score) for score in held["scores"])
        held["totals"] = tuple(
            TotalTried(**{**one, "origin": dt.date.fromisoformat(one["origin"])})
            for one in held.get("totals", ())
        )
        held["deciles"] = tuple(Decile(**one) for one in held.get("deciles", ()))
        held["rank_counts"] = tuple(held.get("rank_counts", ()))
        unseen = held.get("unseen_score")
        held["unseen_score"] = MethodScore(**unseen) if unseen else None
        names = {one.name for one in fields(cls)}
        return cls(**{name: cell for name, cell in held.items() if name in names})
