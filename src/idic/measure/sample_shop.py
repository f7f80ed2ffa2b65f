"""How well the product knows the sample shop today, held against the truth it was made up from.
Everything is computed from the tables as they stand; without a sample shop there is nothing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

from idic.core.selectors import get_as_of, get_business
from idic.differentiate.models import CustomerSummary
from idic.engine import agreement
from idic.engine.effects import Effect
from idic.identify.models import SourceRecord
from idic.identify.selectors import has_demo
from idic.interact.models import Campaign
from idic.measure.selectors import find_effect
from idic.measure.truth import Truth, find_truth


@dataclass(frozen=True)
class CampaignTruth:
    """What a campaign truly did, and what was measured."""

    campaign: Campaign
    rate: float
    amount: int
    effect: Effect | None

    @property
    def is_inside(self) -> bool:
        """Whether the true share lies in the measured interval."""
        found = self.effect
        return found is not None and found.conversion.low <= self.rate <= found.conversion.high


@dataclass(frozen=True)
class Verdict:
    """How well the sample shop is known. Shares are None where there is nothing to compare."""

    records: int
    people: int
    customers: int
    pairs: agreement.Pairs
    ranked: int
    left_rate: float | None
    churn_auc: float | None
    left_in_top_tenth: float | None
    grouped: int
    needs_right: float | None
    needs_agreement: float | None
    campaigns: list[CampaignTruth]

    @property
    def inside_count(self) -> int:
        """Count the campaigns whose truth lies in the measured interval."""
        return sum(line.is_inside for line in self.campaigns)

    @property
    def measured_count(self) -> int:
        """Count the campaigns that have an answer."""
        return sum(line.effect is not None for line in self.campaigns)


def find_verdict() -> Verdict | None:
    """Hold the sample shop against its truth; None where none stands."""
    truth = find_truth() if has_demo() else None
    if truth is None:
        return None
    records = _records(truth)
    owners = _people_of(records)
    leaving, needs = _summaries(truth, owners)
    pairs = agreement.count_pairs(records)
    return Verdict(
        records=len(records),
        people=len({person for _customer, person in records}),
        customers=len(owners),
        pairs=pairs,
        ranked=len(leaving),
        left_rate=sum(left for _risk, left in leaving) / len(leaving) if leaving else None,
        churn_auc=agreement.ranking_quality(*_columns(leaving)),
        left_in_top_tenth=agreement.top_share(*_columns(leaving)),
        grouped=len(needs),
        needs_right=_right(needs),
        needs_agreement=agreement.grouping_agreement(
            [group for group, _need in needs], [need for _group, need in needs]
        ),
        campaigns=_campaigns(truth),
    )


def _records(truth: Truth) -> list[tuple[int, int]]:
    """Give, of each record, the customer it is taken for and the person it truly is."""
    rows = SourceRecord.objects.filter(source__is_demo=True, customer__isnull=False)
    found = []
    for source, key, customer_id in rows.values_list("source__name", "source_key", "customer_id"):
        person = truth.records.get(source, {}).get(key)
        if person is not None and customer_id is not None:
            found.append((customer_id, person))
    return found


def _people_of(records: list[tuple[int, int]]) -> dict[int, int]:
    """Give whom each customer stands for: the person most of its records are about."""
    counts: dict[int, Counter[int]] = defaultdict(Counter)
    for customer_id, person in records:
        counts[customer_id][person] += 1
    return {customer_id: found.most_common(1)[0][0] for customer_id, found in counts.items()}


def _summaries(
    truth: Truth, owners: dict[int, int]
) -> tuple[list[tuple[float, bool]], list[tuple[int, str]]]:
    """Give (risk of leaving, has left) of whoever bought within a year, and (need group, need)."""
    people = {person.number: person for person in truth.people}
    as_of = get_as_of(get_business())
    leaving, needs = [], []
    rows = CustomerSummary.objects.filter(is_demo=True).values_list(
        "customer_id", "churn_risk", "last_year_order_count", "need_group_id"
    )
    for customer_id, risk, orders, group in rows:
        person = people.get(owners.get(customer_id, 0))
        if person is None:
            continue
        if risk is not None and orders:
            leaving.append((risk, person.leaves_on < as_of))
        if group is not None:
            needs.append((group, person.need))
    return leaving, needs


def _right(needs: list[tuple[int, str]]) -> float | None:
    """Give the share of those who have the need most of their group truly have."""
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    for group, need in needs:
        counts[group][need] += 1
    right = sum(found.most_common(1)[0][1] for found in counts.values())
    return right / len(needs) if needs else None


def _columns(rows: list[tuple[float, bool]]) -> tuple[list[float], list[bool]]:
    return [risk for risk, _left in rows], [left for _risk, left in rows]


def _campaigns(truth: Truth) -> list[CampaignTruth]:
    planted = {effect.campaign_id: effect for effect in truth.effects}
    campaigns = Campaign.objects.filter(id__in=planted).order_by("-launched_at", "-id")
    return [
        CampaignTruth(
            campaign=campaign,
            rate=planted[campaign.id].rate,
            amount=planted[campaign.id].amount,
            effect=find_effect(campaign).effect,
        )
        for campaign in campaigns.select_related("result")
    ]
