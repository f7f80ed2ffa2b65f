"""Fits what the scores need on the shop's own history: the value method that did best on its past,
the rhythm, the RFM cuts, the need groups. Stored frozen, with the replay that chose the method.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

from idic.differentiate.models import ValueModel
from idic.engine import needs, outlooks, replay, rfm, rhythm, value
from idic.engine.table import Table
from idic.engine.trials import Past, sample_customers

HORIZON_DAYS = 365
# Fitting on more people than this changes no figure that anybody reads.
MOST_FITTED = 100_000
KEPT_MODELS = 24
# Without a past to try methods on: what a customer did so far, drawn toward what is usual.
FALLBACK_METHOD = "shared_rate"
# Where a lunar new year moves the shop's weeks, and by whose calendar.
_CALENDARS = {"VN": "vi", "CN": "zh", "HK": "zh", "MO": "zh", "TW": "zh", "SG": "zh"}

Step = Callable[[str], None]


@dataclass(frozen=True)
class Models:
    """Everything needed to score a customer. `needs` is None while nothing stands out."""

    value: value.ValueParameters
    rhythm: rhythm.RhythmParameters
    cuts: rfm.RfmCuts
    report: replay.ReplayReport
    needs: needs.NeedGroups | None = None
    outlook: tuple[outlooks.Outlook, ...] = ()

    @property
    def active_days(self) -> int:
        """Within how many days nine of ten customers come again, between 30 and 365."""
        late = self.rhythm.usual_gap_days * float(np.exp(self.rhythm.reach * self.rhythm.spread))
        return int(min(max(round(late / 10) * 10, 30), 365))


def fit_models(*, orders: Table, as_of: date, step: Step, calendar: str = "") -> Models:
    """Try the value methods on the past, fit the one that did best, learn rhythm and cuts.
    `calendar` is that of the lunar new year (see `calendar_of`).
    """
    sample = sample_customers(orders, most=MOST_FITTED)
    known_rhythm = rhythm.fit(sample, as_of=as_of)
    step("replay")
    churn_horizon = churn_days(known_rhythm)
    past = Past(
        sample,
        as_of=as_of,
        trial_days=holdout_days(sample, as_of=as_of),
        methods=value.METHODS,
        churn_horizon_days=churn_horizon,
        calendar=calendar,
    )
    report = replay.replay(past, churn_horizon_days=churn_horizon)
    step("value")
    fitted = value.fit(
        past.orders,
        as_of=as_of,
        method=report.chosen_method or FALLBACK_METHOD,
        horizon_days=HORIZON_DAYS,
        past=past,
    )
    step("rfm")
    summary = value.summarize(sample, as_of=as_of, horizon_days=HORIZON_DAYS)
    return Models(
        value=fitted,
        rhythm=known_rhythm,
        cuts=rfm.fit(summary),
        report=report,
        outlook=outlooks.look_ahead(fitted, past.orders, as_of=as_of),
    )


def holdout_days(orders: Table, *, as_of: date) -> int:
    """Choose how long to hide: a year where there are three, else what leaves two tries."""
    days = orders["ordered_on"]
    if not len(days):
        return 30
    history = (as_of - days.min().astype("datetime64[D]").item()).days
    return next(
        (held for held in (365, 180, 90) if history >= 3 * held), 90 if history > 180 else 30
    )


def churn_days(known: rhythm.RhythmParameters) -> int:
    """Choose how long no purchase means that somebody left: about three usual gaps."""
    wanted = 3 * known.usual_gap_days
    return min((30, 60, 90, 180, 365), key=lambda days: abs(days - wanted))


def calendar_of(country: str) -> str:
    """Name the lunar calendar a country keeps its new year by; empty where it keeps none."""
    return _CALENDARS.get(country.upper(), "")


def share_outlook(found: tuple[outlooks.Outlook, ...], *, days: int) -> list[dict[str, float]]:
    """Put what all bring by when as shares of what they bring in so many days: of a large shop only
    some customers were looked at. Empty while nothing is expected.
    """
    whole = next((one.expected_amount for one in found if one.days == days), 0.0)
    if whole <= 0:
        return []
    return [
        {
            "days": one.days,
            "low_amount": one.low_amount / whole,
            "expected_amount": one.expected_amount / whole,
            "high_amount": one.high_amount / whole,
        }
        for one in found
    ]


def store_models(*, models: Models, as_of: date, customers: int, now: datetime) -> ValueModel:
    """Keep the fitted models as a new row; the oldest rows go."""
    made = ValueModel.objects.create(
        as_of_date=as_of,
        horizon_days=models.value.horizon_days,
        churn_horizon_days=models.value.churn_horizon_days,
        method=models.value.method,
        parameters=json.loads(models.value.to_json()),
        rhythm_parameters=json.loads(models.rhythm.to_json()),
        replay=json.loads(models.report.to_json()),
        rfm_cuts=json.loads(models.cuts.to_json()),
        need_parameters=json.loads(models.needs.to_json()) if models.needs else {},
        outlook=share_outlook(models.outlook, days=models.value.horizon_days),
        customer_count=customers,
        fitted_at=now,
    )
    kept = ValueModel.objects.order_by("-id").values_list("id", flat=True)[:KEPT_MODELS]
    ValueModel.objects.exclude(id__in=list(kept)).delete()
    return made


def load_models(row: ValueModel) -> Models:
    """Read stored models back."""
    return Models(
        value=value.ValueParameters.from_json(json.dumps(row.parameters)),
        rhythm=rhythm.RhythmParameters.from_json(json.dumps(row.rhythm_parameters)),
        cuts=rfm.RfmCuts.from_json(json.dumps(row.rfm_cuts)),
        report=replay.ReplayReport.from_json(json.dumps(row.replay)),
        needs=(
            needs.NeedGroups.from_json(json.dumps(row.need_parameters))
            if row.need_parameters
            else None
        ),
    )
