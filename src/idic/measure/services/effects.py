"""Reads what a campaign brought against its control group, and keeps the answer."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from idic.engine import effects
from idic.engine.table import Table
from idic.experiments.models import Arm
from idic.interact.models import Campaign, CampaignState, Fate
from idic.measure.models import CampaignResult

PAST_DAYS = 365
NO_CONTROL = "no_control"
UNEVEN = "uneven"

# Intention to treat: everybody assigned counts, also those the message never reached. Orders of all
# the records a customer has now; a return inside the window nets out.
_OUTCOMES = """
SELECT m.customer_id, m.fate,
       COALESCE(SUM(CASE WHEN o.ordered_at >= %s AND o.ordered_at < %s THEN o.net_amount END), 0),
       COALESCE(MAX(CASE WHEN o.ordered_at >= %s AND o.ordered_at < %s AND NOT o.is_return
                         THEN 1 ELSE 0 END), 0),
       COALESCE(SUM(CASE WHEN o.ordered_at < %s THEN o.net_amount END), 0)
FROM interact_audiencemember m
LEFT JOIN identify_sourcerecord r ON r.customer_id = m.customer_id
LEFT JOIN identify_order o ON o.record_id = r.id AND o.ordered_at >= %s AND o.ordered_at < %s
WHERE m.campaign_id = %s AND m.fate IN (%s, %s)
GROUP BY m.customer_id, m.fate
"""


def measure_due(*, now: datetime) -> int:
    """Measure every launched campaign whose answer can still change; give how many."""
    due = Campaign.objects.filter(
        launched_at__isnull=False, state__in=[CampaignState.SENDING, CampaignState.SENT]
    ).exclude(result__is_final=True)
    return len([measure_campaign(campaign=campaign, now=now) for campaign in due])


def measure_campaign(*, campaign: Campaign, now: datetime) -> CampaignResult:
    """Compare the treated with the control group from the launch to the end of the window."""
    if campaign.launched_at is None:
        raise ValueError("a campaign that was not launched has no effect")
    start = campaign.launched_at
    end = start + timedelta(days=campaign.measure_days)
    outcomes = read_outcomes(campaign=campaign, start=start, end=min(end, now))
    ratio = _sample_ratio(campaign, outcomes)
    effect, problem = _compare(outcomes, ratio)
    result, _ = CampaignResult.objects.update_or_create(
        campaign=campaign,
        defaults={
            "effect": effect,
            "problem": problem,
            "sample_ratio_p": ratio,
            "window_from": start,
            "window_to": end,
            "is_final": now >= end,
            "measured_at": now,
        },
    )
    return result


def read_outcomes(*, campaign: Campaign, start: datetime, end: datetime) -> Table:
    """Give one row an assigned customer: arm, what they bought in the window, and before it."""
    past = start - timedelta(days=PAST_DAYS)
    parameters: list[Any] = [start, end, start, end, start, past, end, campaign.id]
    with connection.cursor() as cursor:
        cursor.execute(_OUTCOMES, [*parameters, Fate.TREATED, Fate.CONTROL])
        rows = cursor.fetchall()
    return _table(rows)


def _table(rows: Iterable[tuple[Any, ...]]) -> Table:
    columns: list[tuple[Any, ...]] = list(zip(*rows, strict=True)) or [()] * 5
    return Table(
        {
            "customer_id": [int(value) for value in columns[0]],
            "arm": ["treatment" if fate == Fate.TREATED else "control" for fate in columns[1]],
            "amount": [int(value) for value in columns[2]],
            "converted": [bool(value) for value in columns[3]],
            "past_amount": [int(value) for value in columns[4]],
        },
        types={
            "customer_id": int,
            "arm": str,
            "amount": int,
            "converted": bool,
            "past_amount": int,
        },
    )


def _sample_ratio(campaign: Campaign, outcomes: Table) -> float | None:
    arms = list(outcomes["arm"])
    counts = [arms.count("treatment"), arms.count("control")]
    control = Arm.objects.filter(experiment=campaign.experiment, is_control=True).first()
    if control is None or not all(counts):
        return None
    share = float(control.share)
    return effects.sample_ratio_mismatch(counts=counts, shares=[1 - share, share])


def _compare(outcomes: Table, ratio: float | None) -> tuple[dict[str, object], str]:
    if ratio is None:
        return {}, NO_CONTROL
    if ratio < effects.SAMPLE_RATIO_ALARM:  # the arms are not what chance makes: do not read them
        return {}, UNEVEN
    return json.loads(effects.compare(outcomes, primary="conversion").to_json()), ""
