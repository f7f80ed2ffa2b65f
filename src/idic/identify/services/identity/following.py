"""What follows a customer without hanging on a record: states go where the customer lives now, and
who was in two arms of a running experiment is left out until it ends.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from idic.experiments.services.contamination import Contaminated, note_contaminated
from idic.identify.living import get_living_ids, list_family_ids
from idic.identify.models import CustomerState, IdentityLogEntry, StateKind


def carry_states(*, customer_ids: Iterable[int]) -> None:
    """Let the states of these customers hold of who lives now: the number they were said of is
    kept, so that they go back with it.
    """
    wanted = list(customer_ids)
    states = CustomerState.objects.filter(customer_id__in=wanted) | CustomerState.objects.filter(
        meant_for_id__in=wanted
    )
    rows = list(states.values_list("id", "customer_id", "meant_for_id"))
    living = get_living_ids(customer_ids=[meant or held for _id, held, meant in rows])
    for number, held, meant in rows:
        said_of = meant or held
        now_of = living[said_of]
        if (now_of, None if now_of == said_of else said_of) != (held, meant):
            CustomerState.objects.filter(id=number).update(
                customer_id=now_of, meant_for_id=None if now_of == said_of else said_of
            )


def hold_out(*, entry: IdentityLogEntry, now: datetime) -> None:
    """Leave a joined customer out of further treatment where its parts were in experiments that
    run: in two arms (noted there), or under a number that no longer stands for it.
    """
    if entry.customer_id is None:
        return
    family = list_family_ids(customer_ids=[entry.customer_id])
    held = note_contaminated(customer_ids=family, living_id=entry.customer_id, now=now)
    CustomerState.objects.bulk_create(
        CustomerState(
            customer_id=entry.customer_id,
            kind=StateKind.EXPERIMENT_ONLY,
            reference=_reference(one, entry.id),
            since=now,
            until=one.ended_at,
        )
        for one in held
    )


def let_in(*, entry: IdentityLogEntry) -> None:
    """Take back that a merge, now undone, left somebody out."""
    states = CustomerState.objects.filter(kind=StateKind.EXPERIMENT_ONLY)
    states.filter(reference__endswith=f":{entry.id}").delete()


def _reference(one: Contaminated, entry_id: int) -> str:
    return f"experiment:{one.experiment_id}:{entry_id}"
