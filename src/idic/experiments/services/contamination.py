"""Notes customers who turned out to have been in two arms of one experiment. They are analysed as
assigned and counted; leaving them out of further treatment is the caller's.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from idic.experiments.models import Assignment, Contamination


@dataclass(frozen=True, slots=True)
class Contaminated:
    """A running experiment in which a joined customer must not be treated further."""

    experiment_id: int
    ended_at: datetime | None
    is_across_arms: bool


def note_contaminated(
    *, customer_ids: Collection[int], living_id: int, now: datetime
) -> list[Contaminated]:
    """Note where these numbers, one customer now, stand in more than one arm; give the running
    experiments in which any but the living number stands.
    """
    rows = Assignment.objects.filter(
        Q(experiment__ended_at=None) | Q(experiment__ended_at__gt=now),
        customer_id__in=list(customer_ids),
        experiment__started_at__lte=now,
    )
    arms: dict[tuple[int, datetime | None], dict[int, int]] = {}
    for experiment_id, ended_at, customer_id, arm_id in rows.values_list(
        "experiment_id", "experiment__ended_at", "customer_id", "arm_id"
    ):
        arms.setdefault((experiment_id, ended_at), {})[customer_id] = arm_id
    found = [
        Contaminated(experiment_id, ended_at, len(set(held.values())) > 1)
        for (experiment_id, ended_at), held in sorted(arms.items(), key=lambda one: one[0][0])
        if set(held) - {living_id}
    ]
    Contamination.objects.bulk_create(
        (
            Contamination(experiment_id=one.experiment_id, customer_id=living_id, noted_at=now)
            for one in found
            if one.is_across_arms
        ),
        ignore_conflicts=True,
    )
    return found
