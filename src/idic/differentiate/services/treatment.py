"""How each tier is treated, and what a contact costs: kept as staff set it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from idic.core.models import Staff
from idic.core.services import audit
from idic.differentiate.models import ServiceCost, ServiceKind, Tier, TreatmentPlan

LONGEST_NOTE = 2_000


def save_plan(
    *,
    tier: str,
    channel: str,
    answer_hours: int | None,
    offer_limit_amount: int | None,
    owner: Staff | None,
    note: str,
    staff: Staff,
    now: datetime,
) -> TreatmentPlan:
    """Keep the plan of a tier. Raises ValueError for a tier that does not exist."""
    code = Tier(tier).value
    with transaction.atomic():
        plan, _is_new = TreatmentPlan.objects.update_or_create(
            tier=code,
            defaults={
                "channel": channel,
                "answer_hours": answer_hours,
                "offer_limit_amount": offer_limit_amount,
                "owner": owner,
                "note": note.replace("\x00", "").strip()[:LONGEST_NOTE],
                "changed_at": now,
            },
        )
        audit.record(
            at=now,
            actor=staff.email,
            action="tier_plan.changed",
            subject_type="tier_plan",
            subject_id=plan.pk,
            detail={"tier": code},
        )
    return plan


def set_costs(*, costs: Mapping[str, int], staff: Staff, now: datetime) -> None:
    """Keep what one contact of each kind costs, in minor units of the business currency."""
    with transaction.atomic():
        for kind in ServiceKind.values:
            amount = max(int(costs.get(kind, 0)), 0)
            ServiceCost.objects.update_or_create(kind=kind, defaults={"unit_amount": amount})
        audit.record(
            at=now,
            actor=staff.email,
            action="service_cost.changed",
            subject_type="service_cost",
            subject_id=0,
            detail={kind: int(costs.get(kind, 0)) for kind in ServiceKind.values},
        )
