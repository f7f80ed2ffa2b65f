"""Sets and ends a state of many customers at once, some hundred to a transaction. The moment names
the act: with it the whole act is taken back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TypeAlias

from django.db import transaction
from django.db.models import QuerySet

from idic.core.jobs import publish
from idic.identify.events import CustomersChanged
from idic.identify.models import CustomerState, StateKind
from idic.identify.services.states import states_at

Progress: TypeAlias = Callable[[int], None]
_SLICE = 200


def set_for_many(
    *,
    kind: StateKind,
    customer_ids: Sequence[int],
    now: datetime,
    progress: Progress | None = None,
) -> int:
    """Record that something is true of these customers from now on; give of how many it was not
    yet. Run again with the same moment after a crash, it goes on.
    """
    changed = 0
    for done, slice_ in _slices(customer_ids):
        with transaction.atomic():
            held = _unnamed(kind, now).filter(customer_id__in=slice_)
            missing = sorted(set(slice_) - set(held.values_list("customer_id", flat=True)))
            CustomerState.objects.bulk_create(
                CustomerState(customer_id=i, kind=kind, since=now) for i in missing
            )
            _tell(missing)
        changed += len(missing)
        if progress is not None:
            progress(done)
    return changed


def clear_for_many(
    *,
    kind: StateKind,
    customer_ids: Sequence[int],
    now: datetime,
    progress: Progress | None = None,
) -> int:
    """End what was set by hand; give for how many. What a complaint or a campaign set stays."""
    changed = 0
    for done, slice_ in _slices(customer_ids):
        with transaction.atomic():
            ended = _unnamed(kind, now).filter(customer_id__in=slice_)
            people = sorted(ended.values_list("customer_id", flat=True))
            ended.update(until=now)
            _tell(people)
        changed += len(people)
        if progress is not None:
            progress(done)
    return changed


def take_back(*, kind: StateKind, moment: datetime, was_set: bool) -> int:
    """Take back what one act set, or ended, at that moment; give for how many."""
    column = "since" if was_set else "until"
    touched = CustomerState.objects.filter(kind=kind, reference="", **{column: moment})
    changed = 0
    for _done, slice_ in _slices(list(touched.order_by("id").values_list("id", flat=True))):
        with transaction.atomic():
            states = CustomerState.objects.filter(id__in=slice_)
            people = sorted(set(states.values_list("customer_id", flat=True)))
            if was_set:
                states.delete()
            else:
                states.update(until=None)
            _tell(people)
        changed += len(people)
    return changed


def _unnamed(kind: StateKind, now: datetime) -> QuerySet[CustomerState]:
    return states_at(now).filter(kind=kind, reference="")


def _slices(numbers: Sequence[int]) -> Iterator[tuple[int, list[int]]]:
    done = 0
    for start in range(0, len(numbers), _SLICE):
        slice_ = list(numbers[start : start + _SLICE])
        done += len(slice_)
        yield done, slice_


def _tell(people: Sequence[int]) -> None:
    if people:
        publish(event=CustomersChanged(customer_ids=tuple(people)))
