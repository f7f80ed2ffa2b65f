"""Creates, starts and ends experiments, assigns customers to arms and notes who was reached."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice

from django.db import transaction

from idic.core import bulk, ids
from idic.experiments.assignment import ArmPlan, boundaries, share_out
from idic.experiments.models import Arm, Assignment, Experiment, Exposure

# Keeps SQLite's write lock under 20 ms.
_ROWS_A_TRANSACTION = 200


def create(
    *,
    name: str,
    arms: Sequence[ArmPlan],
    now: datetime,
    kind: str = "campaign",
    started_at: datetime | None = None,
    ended_at: datetime | None = None,
) -> Experiment:
    """Create an experiment with its arms. Raises WrongShares when they do not add up to 1."""
    boundaries(shares=[arm.share for arm in arms])
    with transaction.atomic():
        experiment = Experiment.objects.create(
            name=name[:160],
            kind=kind,
            salt=secrets.token_hex(16),
            started_at=started_at,
            ended_at=ended_at,
            created_at=now,
        )
        Arm.objects.bulk_create(
            Arm(
                experiment=experiment,
                key=arm.key,
                share=arm.share,
                is_control=arm.is_control,
                position=position,
            )
            for position, arm in enumerate(arms)
        )
    return experiment


def start(*, experiment_id: int | None, now: datetime, ended_at: datetime | None) -> None:
    """Let a planned experiment run from now on, once, until its end if it has one."""
    if experiment_id is not None:
        planned = Experiment.objects.filter(id=experiment_id, started_at=None)
        planned.update(started_at=now, ended_at=ended_at)


def end(*, experiment: Experiment, now: datetime) -> None:
    """End an experiment; its assignments stay. One that ended earlier keeps its end."""
    Experiment.objects.filter(id=experiment.id).exclude(ended_at__lte=now).update(ended_at=now)


def assign(*, experiment: Experiment, customer_ids: Iterable[int], now: datetime) -> dict[int, str]:
    """Assign customers to arms and give each one's arm; who has an arm keeps it."""
    arms = list(experiment.arms.order_by("position"))
    ends = boundaries(shares=[arm.share for arm in arms])
    is_first = not Assignment.objects.filter(experiment=experiment).exists()
    chosen: dict[int, str] = {}
    for batch in _batches(customer_ids):
        chosen |= _arms_so_far(experiment, batch)
        fresh = [customer_id for customer_id in batch if customer_id not in chosen]
        numbers = share_out(salt=experiment.salt, ends=ends, customer_ids=fresh, is_first=is_first)
        is_first = False
        _store(experiment=experiment, arms=arms, numbers=numbers, now=now)
        chosen |= {customer_id: arms[number].key for customer_id, number in numbers.items()}
    return chosen


def _arms_so_far(experiment: Experiment, customer_ids: Sequence[int]) -> dict[int, str]:
    rows = Assignment.objects.filter(experiment=experiment, customer_id__in=customer_ids)
    return dict(rows.values_list("customer_id", "arm__key"))


def _store(
    *, experiment: Experiment, arms: Sequence[Arm], numbers: dict[int, int], now: datetime
) -> None:
    Assignment.objects.bulk_create(
        [
            Assignment(
                id=new_id,
                experiment=experiment,
                arm=arms[number],
                customer_id=customer_id,
                assigned_at=now,
            )
            for new_id, (customer_id, number) in zip(
                ids.new_ids(len(numbers)), numbers.items(), strict=True
            )
        ],
        ignore_conflicts=True,
    )


def expose(*, experiment_id: int, customer_ids: Iterable[int], now: datetime) -> None:
    """Note that the treatment reached these customers; only the first time counts."""
    for batch in _batches(customer_ids):
        Exposure.objects.bulk_create(
            [
                Exposure(experiment_id=experiment_id, customer_id=customer_id, exposed_at=now)
                for customer_id in batch
            ],
            ignore_conflicts=True,
        )


def _batches(customer_ids: Iterable[int]) -> Iterator[list[int]]:
    remaining = iter(customer_ids)
    while batch := list(islice(remaining, _ROWS_A_TRANSACTION)):
        yield batch


def empty_experiment(*, experiment: Experiment) -> None:
    """Forget who was in an experiment of made-up people, in short transactions."""
    bulk.delete_rows(Exposure.objects.filter(experiment=experiment))
    bulk.delete_rows(Assignment.objects.filter(experiment=experiment))


def remove_experiment(*, experiment: Experiment) -> None:
    """Delete an experiment nobody is in any more, with its arms."""
    with transaction.atomic():
        Arm.objects.filter(experiment=experiment).delete()
        Experiment.objects.filter(id=experiment.id).delete()
