"""The people of a day's list, with what their rows say of them; and what the open row adds."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, Subquery

from idic.differentiate.models import CustomerSummary
from idic.identify.models import Customer, Order, StateKind
from idic.identify.names import list_names
from idic.identify.services.states import states_at
from idic.interact.content.proposals import list_sendable
from idic.interact.content.values import tidy
from idic.interact.models import Task, TaskKind
from idic.web.today.hours import UsualHour, find_usual_hour

_ORDERS_LOOKED_AT = 60


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on the list."""

    customer: Customer
    name: str
    summary: CustomerSummary | None
    is_complaining: bool
    wants_silence: bool
    promise: str
    promise_due: datetime | None


def read_people(customer_ids: Collection[int], *, now: datetime) -> dict[int, Person]:
    """Read the people of a list in one query; one more when somebody has no name."""
    states = states_at(now).filter(customer=OuterRef("pk"))
    theirs = Q(customer=OuterRef("pk")) | Q(customer__merged_into=OuterRef("pk"))
    promises = Task.objects.filter(theirs, kind=TaskKind.PROMISE, done_at=None).order_by(
        "due_at", "id"
    )
    rows = (
        Customer.objects.filter(id__in=customer_ids)
        .select_related("summary", "summary__need_group")
        .annotate(
            is_complaining=Exists(states.filter(kind=StateKind.OPEN_CASE)),
            wants_silence=Exists(states.filter(kind=StateKind.DO_NOT_CONTACT)),
            promise=Subquery(promises.values("text")[:1]),
            promise_due=Subquery(promises.values("due_at")[:1]),
        )
    )
    found = {row.id: row for row in rows}
    names = list_names(
        {row.id: row.full_name for row in found.values()},
        salutations={row.id: row.salutation for row in found.values()},
    )
    return {
        row.id: Person(
            customer=row,
            name=names[row.id],
            summary=_summary_of(row),
            is_complaining=row.is_complaining,
            wants_silence=row.wants_silence,
            promise=row.promise or "",
            promise_due=row.promise_due,
        )
        for row in found.values()
    }


def _summary_of(customer: Customer) -> CustomerSummary | None:
    try:
        return customer.summary
    except CustomerSummary.DoesNotExist:
        return None


def find_hour(customer_id: int, *, time_zone: str) -> UsualHour | None:
    """Say when somebody mostly buys; one query."""
    moments = (
        Order.objects.filter(record__customer_id=customer_id, is_return=False)
        .order_by("-ordered_at")
        .values_list("ordered_at", flat=True)[:_ORDERS_LOOKED_AT]
    )
    zone = ZoneInfo(time_zone)
    return find_usual_hour([moment.astimezone(zone) for moment in moments])


def find_products(customer_id: int) -> dict[str, str]:
    """Give what somebody is likely to buy again, and what is new to them; one query."""
    rows = (
        list_sendable()
        .filter(customer_id=customer_id)
        .order_by("kind", "rank")
        .values_list("kind", "product__name", "product__code")
    )
    found: dict[str, str] = {}
    for kind, name, code in rows:
        key = "buy_again" if kind == "buy_again" else "new_product"
        found.setdefault(key, tidy(name or code))
    return found
