"""How good the churn risk told at each origin was, against what came."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from idic.engine import churn, purchases
from idic.engine.trials import Case, Past

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class _Cases:
    """One origin: the risk of each customer, that of the purchase model alone, and what came."""

    basis: str
    risk: Floats
    model_risk: Floats
    is_gone: Floats


def judge_churn(past: Past, *, most: int) -> dict[str, Any]:
    """Compare the churn risk told at each origin, fitted on what was known then, with what came.

    Origins where it could be learnt from the past tell how good today's is; only without any are
    those judged where the purchase model had to answer.
    """
    cases = [_try(past.case(number), past.trial_days) for number in past.earlier(0, most=most)]
    basis = "replay" if any(case.basis == "replay" for case in cases) else "model"
    judged = [case for case in cases if case.basis == basis]
    if not judged:
        return {}
    risk, model_risk, is_gone = (
        np.concatenate([getattr(case, name) for case in judged])
        for name in ("risk", "model_risk", "is_gone")
    )
    actual = float(is_gone.mean())
    return {
        "churn_expected_rate": float(risk.mean()),
        "churn_actual_rate": actual,
        "churn_basis": basis,
        "churn_brier": float(((risk - is_gone) ** 2).mean()),
        "churn_model_brier": float(((model_risk - is_gone) ** 2).mean()),
        "churn_base_brier": actual * (1 - actual),
    }


def _try(case: Case, horizon_days: int) -> _Cases:
    models, summary = case.models, case.summary
    bought = purchases.predict(models.purchases, summary, horizon_days=horizon_days)
    return _Cases(
        basis=models.churn.basis,
        risk=churn.predict(models.churn, models.purchases, summary).floats("churn_risk"),
        model_risk=bought.floats("no_purchase_probability"),
        is_gone=(case.actual_count == 0).astype(np.float64),
    )
