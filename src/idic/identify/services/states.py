"""Sets and ends what an upper room tells the lower ones about a customer (an open complaint, a
wish not to be contacted). Whoever asks "may we?" reads these states.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from idic.core.jobs import publish
from idic.identify.events import CustomersChanged
from idic.identify.living import get_living_id, get_living_ids
from idic.identify.models import CustomerState, StateKind


def set_state(
    *,
    customer_id: int,
    kind: StateKind,
    now: datetime,
    reference: str = "",
    until: datetime | None = None,
) -> CustomerState:
    """Record that something is true of a customer from now on; a second call with the same
    reference only moves the end. Call it in the transaction of what made it true.
    """
    with transaction.atomic():
        living_id = get_living_id(customer_id=customer_id)
        state = _open(living_id, kind, reference, now).first()
        if state is None:
            state = CustomerState(customer_id=living_id, kind=kind, reference=reference, since=now)
            if living_id != customer_id:
                state.meant_for_id = customer_id
        state.until = until
        state.save()
        publish(event=CustomersChanged(customer_ids=(living_id,)))
    return state


def clear_state(*, customer_id: int, kind: StateKind, now: datetime, reference: str = "") -> bool:
    """End a state; tell whether there was one. Without a reference only the unnamed one ends."""
    with transaction.atomic():
        living_id = get_living_id(customer_id=customer_id)
        ended = _open(living_id, kind, reference, now).update(until=now)
        if ended:
            publish(event=CustomersChanged(customer_ids=(living_id,)))
    return bool(ended)


def has_state(*, customer_id: int, kind: StateKind, at: datetime) -> bool:
    """Tell whether a state holds at that moment, whatever set it."""
    living_id = get_living_id(customer_id=customer_id)
    return states_at(at).filter(customer_id=living_id, kind=kind).exists()


def list_holders(
    *, kind: StateKind, at: datetime, among: Collection[int] | None = None
) -> set[int]:
    """Give the customers of whom a state holds at that moment: of those named, or of all."""
    states = states_at(at).filter(kind=kind)
    if among is not None:
        states = states.filter(customer_id__in=among)
    return set(states.values_list("customer_id", flat=True))


def _open(
    customer_id: int, kind: StateKind, reference: str, now: datetime
) -> QuerySet[CustomerState]:
    return states_at(now).filter(customer_id=customer_id, kind=kind, reference=reference)


def states_at(at: datetime) -> QuerySet[CustomerState]:
    """Give the states that hold at that moment, to read on."""
    return CustomerState.objects.filter(Q(until=None) | Q(until__gt=at), since__lte=at)


def record_messages_sent(*, customer_ids: Collection[int], now: datetime) -> None:
    """Note that these customers were written to at this moment; one row a customer, the last
    moment counts. One event tells of all of them.
    """
    if not customer_ids:
        return
    with transaction.atomic():
        reached = set(get_living_ids(customer_ids=customer_ids).values())
        known = CustomerState.objects.filter(
            customer_id__in=reached, kind=StateKind.MESSAGE_SENT, reference=""
        )
        missing = reached - set(known.values_list("customer_id", flat=True))
        known.update(since=now)
        CustomerState.objects.bulk_create(
            CustomerState(customer_id=customer_id, kind=StateKind.MESSAGE_SENT, since=now)
            for customer_id in sorted(missing)
        )
        publish(event=CustomersChanged(customer_ids=tuple(sorted(reached))))
