"""What care costs against what it brings, tier by tier, and the plan of each tier."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Subquery

from idic.differentiate.models import CustomerSummary, ServiceCost, ServiceKind, Tier, TreatmentPlan


@dataclass(frozen=True)
class Served:
    """One tier: how many people, what they brought in twelve months, what was done for them, and
    what that costs. Amounts are minor units.
    """

    tier: Tier
    customer_count: int
    last_year_amount: int
    counts: Mapping[str, int] = field(default_factory=dict)
    cost_amount: int = 0

    @property
    def cost_each(self) -> float:
        """What care costs for one of them."""
        return self.cost_amount / self.customer_count if self.customer_count else 0.0

    @property
    def cost_rate(self) -> float | None:
        """What of each coin they bring goes into their care."""
        return self.cost_amount / self.last_year_amount if self.last_year_amount > 0 else None

    @property
    def contact_count(self) -> int:
        """Everything that was done for them."""
        return sum(self.counts.values())


def list_plans() -> dict[str, TreatmentPlan]:
    """Give the plan of each tier that has one. One query."""
    return {plan.tier: plan for plan in TreatmentPlan.objects.select_related("owner")}


def find_plan(*, tier: str) -> TreatmentPlan | None:
    """Give the plan of a tier, if there is one."""
    return TreatmentPlan.objects.select_related("owner").filter(tier=tier).first()


def find_plan_of(*, customer_id: int) -> TreatmentPlan | None:
    """Give the plan of the tier a customer has, if there is one. One query."""
    tier = CustomerSummary.objects.filter(customer_id=customer_id).exclude(tier="").values("tier")
    plans = TreatmentPlan.objects.select_related("owner")
    return plans.filter(tier=Subquery(tier[:1])).first()


def list_costs() -> dict[str, int]:
    """Give what one contact of each kind costs; nothing where staff have not said."""
    known = dict(ServiceCost.objects.values_list("kind", "unit_amount"))
    return {kind: known.get(kind, 0) for kind in ServiceKind.values}


def list_served(figures: Mapping[str, Any], *, costs: Mapping[str, int]) -> list[Served]:
    """Give each tier that has people, from the figures of the last refresh. No query."""
    counted = figures.get("service", {})
    served = []
    for tier in Tier:
        sums = figures.get("tiers", {}).get(tier.value, {})
        counts = counted.get(tier.value, dict.fromkeys(ServiceKind.values, 0))
        if sums.get("count"):
            cost = sum(counts.get(kind, 0) * costs.get(kind, 0) for kind in ServiceKind.values)
            served.append(Served(tier, sums["count"], sums["last_year_amount"], counts, cost))
    return served
