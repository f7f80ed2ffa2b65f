"""Reads of Experiments: sizes of the arms, and who is taken by a running one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from idic.experiments.models import Assignment, Experiment, Exposure


@dataclass(frozen=True, slots=True)
class ArmCount:
    """How many customers an arm should have, has, and reached: what a check of the split needs."""

    key: str
    share: Decimal
    is_control: bool
    assigned_count: int
    exposed_count: int


def list_arm_counts(*, experiment: Experiment) -> list[ArmCount]:
    """Count each arm's assigned customers and those a treatment reached."""
    reached = Exposure.objects.filter(
        experiment=experiment, customer_id=OuterRef("assignments__customer_id")
    )
    arms = experiment.arms.order_by("position").annotate(
        assigned_count=Count("assignments"),
        exposed_count=Count("assignments", filter=Q(Exists(reached))),
    )
    return [
        ArmCount(
            key=arm.key,
            share=arm.share,
            is_control=arm.is_control,
            assigned_count=arm.assigned_count,
            exposed_count=arm.exposed_count,
        )
        for arm in arms
    ]


def list_running(*, kind: str, now: datetime) -> QuerySet[Experiment]:
    """Give the experiments of a kind that run at this moment."""
    return Experiment.objects.filter(kind=kind, started_at__lte=now).exclude(ended_at__lte=now)


def list_taken_customer_ids(
    *, kind: str, now: datetime, except_experiment_id: int | None = None
) -> QuerySet[Assignment, int]:
    """Give the customers who are in a running experiment of a kind, as a subquery of ids."""
    running = list_running(kind=kind, now=now)
    if except_experiment_id is not None:
        running = running.exclude(id=except_experiment_id)
    return Assignment.objects.filter(experiment__in=running).values_list("customer_id", flat=True)
