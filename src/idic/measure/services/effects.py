"""Reads what a campaign brought against its control group, and keeps the answer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from idic.engine import effects
from idic.engine.table import Table
from idic.experiments.models import Arm
from idic.identify.facts import open_facts
from idic.identify.history import list_owners_then
from idic.interact.models import AudienceMember, Campaign, CampaignState, Fate
from idic.lake.reader import Reader
from idic.measure.models import CampaignResult

PAST_DAYS = 365
# A till's file may come weeks after the sales in it. When nothing at all has come for this long
# after the window, nothing will: the answer is final without it.
PATIENCE_DAYS = 60
NO_CONTROL = "no_control"
NOBODY = "nobody"
UNEVEN = "uneven"

# Intention to treat: everybody assigned counts, also those the message never reached. Orders of all
# the records a customer has now, in the business's currency; a return inside the window nets out.
# Who was joined to another since counts in the arm and with the records of then.
_OUTCOMES = """
WITH mine AS (SELECT customer_id, arm FROM member WHERE campaign_id = $campaign),
ordered AS (
    SELECT coalesce(t.customer_id, o.customer_id) AS customer_id,
           o.ordered_at, o.is_return, o.net_amount
    FROM customer_orders o LEFT JOIN
        (SELECT record_id, customer_id FROM owner_then WHERE campaign_id = $campaign) t
        USING (record_id)
    WHERE o.ordered_at >= $past AND o.ordered_at < $end
),
bought AS (
    SELECT customer_id,
           sum(net_amount) FILTER (ordered_at >= $start) AS amount,
           bool_or(ordered_at >= $start AND NOT is_return) AS converted,
           sum(net_amount) FILTER (ordered_at < $start) AS past_amount
    FROM ordered SEMI JOIN mine USING (customer_id)
    GROUP BY customer_id
)
SELECT customer_id, arm, coalesce(amount, 0) AS amount, coalesce(converted, false) AS converted,
       coalesce(past_amount, 0) AS past_amount
FROM mine LEFT JOIN bought USING (customer_id) ORDER BY customer_id
"""
_ARMS = {Fate.TREATED.value: "treatment", Fate.CONTROL.value: "control"}


def list_due() -> list[Campaign]:
    """Give every launched campaign whose answer can still change. One that was cancelled halfway
    reached some and not others, one sent in practice reached nobody: they have no answer.
    """
    launched = Campaign.objects.filter(launched_at__isnull=False)
    launched = launched.exclude(is_live=False, is_demo=False)
    due = launched.exclude(state=CampaignState.CANCELLED).exclude(result__is_final=True)
    return list(due.order_by("launched_at", "id"))


def measure_due(*, now: datetime) -> int:
    """Measure every campaign that is due; give how many."""
    due = list_due()
    return measure(campaigns=due, now=now) if due else 0


def measure_campaign(*, campaign: Campaign, now: datetime) -> CampaignResult:
    """Measure one campaign, due or not."""
    measure(campaigns=[campaign], now=now)
    return CampaignResult.objects.get(campaign=campaign)


def measure(*, campaigns: Sequence[Campaign], now: datetime) -> int:
    """Compare the treated with the control group from each launch to the end of its window."""
    with open_facts() as facts:
        known_until = _known_until(facts)
        facts.add(name="member", table=_members(campaigns))
        facts.add(name="owner_then", table=_owners_then(campaigns))
        for campaign in campaigns:
            _measure(facts, campaign, known_until=known_until, now=now)
    return len(campaigns)


def _members(campaigns: Sequence[Campaign]) -> Table:
    """Give who was assigned to which side of each campaign."""
    members = AudienceMember.objects.filter(campaign__in=campaigns, fate__in=list(_ARMS))
    rows = members.values_list("campaign_id", "customer_id", "fate")
    return Table.from_rows(
        ((campaign, customer, _ARMS[fate]) for campaign, customer, fate in rows),
        columns={"campaign_id": int, "customer_id": int, "arm": str},
    )


def _owners_then(campaigns: Sequence[Campaign]) -> Table:
    """Give whose records were at each launch, of those that changed hands since."""
    rows = (
        (campaign.id, record_id, customer_id)
        for campaign in campaigns
        if campaign.launched_at is not None
        for record_id, customer_id in list_owners_then(moment=campaign.launched_at)
    )
    columns = {"campaign_id": int, "record_id": int, "customer_id": int}
    return Table.from_rows(rows, columns=columns)


def _measure(
    facts: Reader, campaign: Campaign, *, known_until: datetime | None, now: datetime
) -> None:
    if campaign.launched_at is None:
        raise ValueError("a campaign that was not launched has no effect")
    start = campaign.launched_at
    end = start + timedelta(days=campaign.measure_days)
    outcomes = read_outcomes(facts, campaign=campaign, start=start, end=min(end, now))
    ratio = _sample_ratio(campaign, outcomes)
    effect, problem = _compare(outcomes, ratio)
    CampaignResult.objects.update_or_create(
        campaign=campaign,
        defaults={
            "effect": effect,
            "problem": problem,
            "sample_ratio_p": ratio,
            "window_from": start,
            "window_to": end,
            "is_final": _is_final(end, known_until=known_until, now=now),
            "measured_at": now,
        },
    )


def _is_final(end: datetime, *, known_until: datetime | None, now: datetime) -> bool:
    """Tell whether all orders of the window are surely in: some are known from after it."""
    if now < end:
        return False
    is_known = known_until is not None and known_until >= end
    return is_known or now >= end + timedelta(days=PATIENCE_DAYS)


def _known_until(facts: Reader) -> datetime | None:
    """Give the moment of the latest order."""
    rows: list[tuple[Any, ...]] = facts.query("SELECT max(ordered_at) FROM customer_orders").rows()
    latest: datetime | None = rows[0][0]
    return latest.replace(tzinfo=UTC) if latest else None


def read_outcomes(facts: Reader, *, campaign: Campaign, start: datetime, end: datetime) -> Table:
    """Give one row an assigned customer: arm, what they bought in the window, and before it."""
    moments = {"past": start - timedelta(days=PAST_DAYS), "start": start, "end": end}
    parameters = {name: _naive(moment) for name, moment in moments.items()}
    return facts.query(_OUTCOMES, {"campaign": campaign.id} | parameters)


def _naive(moment: datetime) -> datetime:
    """The lake's moments are UTC without saying so."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def _sample_ratio(campaign: Campaign, outcomes: Table) -> float | None:
    arms = list(outcomes["arm"])
    counts = [arms.count("treatment"), arms.count("control")]
    control = Arm.objects.filter(experiment=campaign.experiment_id, is_control=True).first()
    if control is None or not all(counts):
        return None
    share = float(control.share)
    return effects.sample_ratio_mismatch(counts=counts, shares=[1 - share, share])


def _compare(outcomes: Table, ratio: float | None) -> tuple[dict[str, object], str]:
    if "treatment" not in set(outcomes["arm"]):
        return {}, NOBODY
    if ratio is None:
        return {}, NO_CONTROL
    if ratio < effects.SAMPLE_RATIO_ALARM:  # the arms are not what chance makes: do not read them
        return {}, UNEVEN
    return json.loads(effects.compare(outcomes, primary="conversion").to_json()), ""
