"""The chance that a customer buys nothing in the next days, learnt from who came back before.

How long somebody has been away counts by their own rhythm. Without enough past to learn from, the
chance is that of the purchase model (`purchases`); money is in `forecasts`.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from idic.engine import logistic, purchases
from idic.engine.orders import Ledger, read_ledger
from idic.engine.purchases import PurchaseParameters
from idic.engine.table import Source, Table

Floats = NDArray[np.float64]

# The shop's usual gap weighs as much as two own ones, as in `rhythm`.
_SHOP_WEIGHT = 2.0
_USUAL_GAP_DAYS = 30.0
_MOST_ORIGINS = 4
# Origins further back than this (or than three horizons) tell of another shop than today's.
_LONGEST_SPAN_DAYS = 365
# Fewer tries with either outcome do not carry four numbers.
_FEWEST_OUTCOMES = 50
_MOST_CUSTOMERS = 50_000
# Features, in order: lateness, lateness × ln purchase days, ln customer age, ln purchase days. Of
# the first three none may lower the risk; the last nearly always does.
_NEVER_LOWER = np.array([True, True, True, False])
_RIDGE = 1.0


@dataclass(frozen=True)
class ChurnParameters:
    """What `fit` learnt. `basis` is `replay`, or `model` when there was too little past to learn.

    `coefficients` are those of lateness, lateness × ln purchase days, ln customer age and ln
    purchase days. `reason_code` says why the basis is `model`: `history_too_short`, `too_few_cases`
    or `not_converged`.

    >>> known = ChurnParameters(basis="replay", horizon_days=90, coefficients=(0.0, 0.7, 0.2, -2.0))
    >>> ChurnParameters.from_json(known.to_json()) == known
    True
    """

    basis: str
    horizon_days: int
    usual_gap_days: float = _USUAL_GAP_DAYS
    intercept: float = 0.0
    coefficients: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0)
    origin_count: int = 0
    case_count: int = 0
    reason_code: str = ""

    def to_json(self) -> str:
        """Return the parameters as JSON; `from_json` gives an equal object back."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> ChurnParameters:
        """Return the parameters that `to_json` wrote."""
        held: dict[str, Any] = json.loads(text)
        if "coefficients" in held:
            held["coefficients"] = tuple(held["coefficients"])
        return cls(**held)


def fit(orders: Source, *, as_of: dt.date, horizon_days: int) -> ChurnParameters:
    """Learn from the past who did not come back; never raises on well-formed orders.

    In: orders as for `orders.summarize`; nothing after `as_of` is used. Decides at up to four days
    T, spread over the last year (or three horizons) that ended `horizon_days` before `as_of`. At
    each, everybody who had bought is a case: known is what was known at T, and the outcome is no
    purchase within `horizon_days` after T. Over all cases a logistic regression

        ln odds = c + b₁ · late + b₂ · late · ln n + b₃ · ln(1 + age) + b₄ · ln n

        ln gap = (k · ln(own mean gap) + 2 · ln G) / (k + 2)
        late   = ln((1 + days away) / (1 + gap)), 0 within the gap

    with n purchase days, k = n − 1 gaps, G the shop's median gap (that of `rhythm`) and age the
    days since the first purchase. It is fitted by Newton's method with a ridge of 1 on standardized
    features (le Cessie & van Houwelingen 1992). b₁, b₂ and b₃ are at least 0, so that a customer's
    risk never falls while they stay away, and is never lower for longer away at equal age.

    Takes orders over three horizons, so that the tries see more than one season, and 50 cases of
    either outcome; otherwise the basis is `model`. Of a large shop every n-th customer is used.

    >>> fit({"customer_id": [1], "net_amount": [500],
    ...      "ordered_on": np.array(["2024-01-01"], "M8[D]")},
    ...     as_of=dt.date(2024, 6, 30), horizon_days=90).reason_code
    'history_too_short'
    """
    ledger = read_ledger(orders, as_of=as_of)
    origins = _origins(ledger, as_of=as_of, horizon_days=horizon_days)
    if not origins:
        return _model_basis(horizon_days, "history_too_short")
    gap = _usual_gap(ledger)
    tries = [_try(ledger, origin, horizon_days, gap) for origin in origins]
    features = np.concatenate([columns for columns, _ in tries])
    is_gone = np.concatenate([gone for _, gone in tries])
    if min(is_gone.sum(), (~is_gone).sum()) < _FEWEST_OUTCOMES:
        return _model_basis(horizon_days, "too_few_cases")
    fitted = _fit_logistic(features, is_gone.astype(np.float64))
    if not np.isfinite(fitted).all():
        return _model_basis(horizon_days, "not_converged")
    return ChurnParameters(
        basis="replay",
        horizon_days=horizon_days,
        usual_gap_days=gap,
        intercept=float(fitted[0]),
        coefficients=tuple(fitted[1:].tolist()),
        origin_count=len(origins),
        case_count=len(is_gone),
    )


def predict(parameters: ChurnParameters, model: PurchaseParameters, summary: Source) -> Table:
    """Tell the chance of no purchase within the horizon of the fit, from the summary's day on.

    In: a summary of `orders.summarize`; `model` answers where the basis is `model`. Out:
    `churn_risk`, 1 for customers without any purchase.

    >>> known = ChurnParameters(basis="replay", horizon_days=90, coefficients=(0.0, 0.7, 0.2, -2.0))
    >>> cdnow = PurchaseParameters(r=0.243, alpha_days=30.9, a=0.793, b=2.426)
    >>> away = {"customer_id": [1, 2], "purchase_day_count": [14, 14], "repeat_count": [13, 13],
    ...         "age_at_last_purchase_days": [260, 260], "customer_age_days": [265, 535]}
    >>> predict(known, cdnow, away)["churn_risk"].round(2).tolist()
    [0.02, 0.66]
    """
    table = Table.read(summary)
    n, active_days, age, has_bought = _columns(table)
    churn_risk = np.ones(len(table))
    churn_risk[has_bought] = _risk(parameters, model, n, active_days, age)
    return Table({"customer_id": table["customer_id"], "churn_risk": churn_risk})


def staying_rate(parameters: ChurnParameters, model: PurchaseParameters, summary: Table) -> Floats:
    """Return the chance of a purchase divided by that at the end of the customer's usual gap.

    1 while not later than that, or without any purchase; near 0 for who is long gone.
    """
    n, active_days, age, has_bought = _columns(summary)
    usual = active_days + _own_gap(n, active_days, parameters.usual_gap_days)
    now = _risk(parameters, model, n, active_days, age)
    then = _risk(parameters, model, n, active_days, np.minimum(age, usual))
    rate = np.ones(len(summary))
    rate[has_bought] = np.clip((1 - now) / np.maximum(1 - then, 1e-12), 0.0, 1.0)
    return rate


def _columns(table: Table) -> tuple[Floats, Floats, Floats, NDArray[np.bool_]]:
    """Return purchase days, first to last and first to now in days, of those who have bought."""
    age = table.floats("customer_age_days")
    has_bought = ~np.isnan(age)
    n = table.floats("purchase_day_count")[has_bought]
    active_days = table.floats("age_at_last_purchase_days")[has_bought]
    return n, active_days, age[has_bought], has_bought


def _risk(
    parameters: ChurnParameters, model: PurchaseParameters, n: Floats, active: Floats, age: Floats
) -> Floats:
    if parameters.basis == "replay":
        features = _features(n, active, age, parameters.usual_gap_days)
        # Not `@`: BLAS starts threads for long columns, which costs more than the product.
        log_odds = np.full(len(n), parameters.intercept)
        for column, coefficient in zip(features.T, parameters.coefficients, strict=True):
            log_odds += coefficient * column
        return np.asarray(scipy.special.expit(log_odds), dtype=np.float64)
    summary = {
        "customer_id": np.arange(len(n)),
        "repeat_count": n - 1,
        "age_at_last_purchase_days": active,
        "customer_age_days": age,
    }
    found = purchases.predict(model, summary, horizon_days=parameters.horizon_days)
    return found.floats("no_purchase_probability")


def _model_basis(horizon_days: int, reason_code: str) -> ChurnParameters:
    return ChurnParameters(basis="model", horizon_days=horizon_days, reason_code=reason_code)


def _origins(ledger: Ledger, *, as_of: dt.date, horizon_days: int) -> list[int]:
    """Return the days to decide at, as days since 1970; none when history is too short."""
    if not len(ledger.purchase_days):
        return []
    latest = int(np.datetime64(as_of, "D").astype(np.int64)) - horizon_days
    # Not the very first day: one order with a mistyped year would stretch the history.
    start = int(np.quantile(ledger.purchase_days, 0.01))
    earliest = max(start + horizon_days, latest - max(3 * horizon_days, _LONGEST_SPAN_DAYS))
    if latest - earliest < horizon_days:
        return []
    return sorted({round(day) for day in np.linspace(earliest, latest, _MOST_ORIGINS).tolist()})


def _usual_gap(ledger: Ledger) -> float:
    """Return the median gap between two purchase days of one customer."""
    gaps = np.diff(ledger.purchase_days)
    last_places = np.cumsum(ledger.purchase_day_counts)[:-1]
    is_within = np.ones(len(gaps), dtype=bool)
    is_within[last_places[(last_places > 0) & (last_places <= len(gaps))] - 1] = False
    # In logarithms, as in `rhythm`: of two middle gaps the geometric mean.
    return float(np.exp(np.median(np.log(gaps[is_within])))) if is_within.any() else _USUAL_GAP_DAYS


def _try(
    ledger: Ledger, origin: int, horizon_days: int, usual_gap: float
) -> tuple[Floats, NDArray[np.bool_]]:
    """Return what was known of everybody at `origin`, and who bought nothing after it."""
    days = ledger.purchase_days
    starts = np.cumsum(ledger.purchase_day_counts) - ledger.purchase_day_counts
    known = np.append(0, np.cumsum(days <= origin))
    counts = known[starts + ledger.purchase_day_counts] - known[starts]
    rows = np.flatnonzero(counts)
    rows = rows[:: -(-len(rows) // _MOST_CUSTOMERS) or 1]
    n, first = counts[rows], starts[rows]
    active = days[first + n - 1] - days[first]
    has_later = n < ledger.purchase_day_counts[rows]
    later = days[np.minimum(first + n, len(days) - 1)]
    is_back = has_later & (later <= origin + horizon_days)
    age = origin - days[first]
    columns = [part.astype(np.float64) for part in (n, active, age)]
    return _features(columns[0], columns[1], columns[2], usual_gap), ~is_back


def _own_gap(n: Floats, active_days: Floats, usual_gap: float) -> Floats:
    """Return each customer's mean gap in days, drawn toward the shop's as `rhythm` does."""
    k = n - 1
    logs = np.log(np.maximum(active_days / np.maximum(k, 1.0), 1.0))
    return np.asarray(
        np.exp((k * logs + _SHOP_WEIGHT * np.log(usual_gap)) / (k + _SHOP_WEIGHT)), np.float64
    )


def _features(n: Floats, active_days: Floats, age: Floats, usual_gap: float) -> Floats:
    away = age - active_days
    late = np.maximum(np.log1p(away) - np.log1p(_own_gap(n, active_days, usual_gap)), 0.0)
    log_n = np.log(n)
    return np.stack([late, late * log_n, np.log1p(age), log_n], axis=1)


def _fit_logistic(features: Floats, outcomes: Floats) -> Floats:
    """Return intercept and coefficients; those that would lower the risk wrongly are left at 0."""
    center, scale = features.mean(axis=0), features.std(axis=0)
    is_used = scale > 1e-9
    scale = np.where(is_used, scale, 1.0)
    columns = [np.ones(len(features)), *((features - center) / scale).T]
    while True:
        used = [0, *(1 + np.flatnonzero(is_used)).tolist()]
        weights = np.zeros(len(columns))
        ridge = np.append(1e-9, np.full(len(used) - 1, _RIDGE))
        weights[used] = logistic.fit(
            [columns[n] for n in used], successes=outcomes, trials=columns[0], ridge=ridge
        )
        is_wrong = (weights[1:] < 0) & _NEVER_LOWER & is_used
        if not is_wrong.any():
            break
        is_used = is_used & ~is_wrong
    slopes = weights[1:] / scale
    return np.append(weights[0] - (slopes * center).sum(), slopes)
