"""Operations on who is who: join, part again, bind, keep apart, read the log."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from idic.core import clock
from idic.core.rest import CustomerId, LongNumber, Problem, Schema, key_of, needs
from idic.identify.history import Act, list_acts
from idic.identify.living import get_living_id
from idic.identify.models import Customer, IdentityAct, IdentityLogEntry, SourceRecord
from idic.identify.services import identity

router = Router(tags=["Who is who"])
BY = "rule:api"


class ActOut(Schema):
    """One act of the log."""

    id: LongNumber
    at: datetime
    act: IdentityAct
    by: str = Field(description="What decided: `rule:…`, `model:…` or `person`.")
    actor: str
    customer: CustomerId | None = Field(description="Who lived on after it.")
    customers: list[CustomerId] = Field(description="All whom it concerned.")
    records: list[LongNumber]
    undoes: LongNumber | None
    is_undone: bool
    can_be_undone: bool


class ActPage(Schema):
    """Acts, the latest first."""

    items: list[ActOut]
    next: str | None = Field(description="Send it as `after` for the next page; null: the last.")


class MergeIn(Schema):
    """Customers who are one person."""

    customers: Annotated[list[CustomerId], Field(min_length=2, max_length=50)]


class LinkIn(Schema):
    """What is known for sure of two records (their ids stand in a customer's `records`)."""

    kind: Literal["must", "cannot"]
    records: Annotated[list[LongNumber], Field(min_length=2, max_length=2)]


class LogSearch(Schema):
    """Which part of the log."""

    customer: CustomerId | None = Field(None, description="Of this one and all who lead to it.")
    after: LongNumber | None = Field(None, description="`next` of the page before.")
    limit: Annotated[int, Field(ge=1, le=200)] = 50


@router.post("/identity/merges", response={201: ActOut}, auth=needs("customers.edit"))
def merge(request: HttpRequest, asked: MergeIn) -> Any:
    """Join customers who are one: the oldest id lives on, nothing is lost, undo parts them."""
    known = Customer.objects.filter(id__in=asked.customers, is_staged=False)
    if known.count() < len(set(asked.customers)):
        raise Problem.not_found()
    entry = identity.merge(
        customer_ids=asked.customers, by=BY, actor=key_of(request).actor, now=clock.now()
    )
    return 201, _one(entry)


@router.post("/identity/links", response={201: ActOut}, auth=needs("customers.edit"))
def link(request: HttpRequest, asked: LinkIn) -> Any:
    """Say that two records must, or cannot, be one customer. It holds against every rule and model
    until it is taken back; it joins nobody by itself.
    """
    one, other = asked.records
    if SourceRecord.objects.filter(id__in=[one, other]).count() < len({one, other}):
        raise Problem.not_found()
    bind = identity.must_link if asked.kind == "must" else identity.cannot_link
    entry = bind(record_ids=(one, other), by=BY, actor=key_of(request).actor, now=clock.now())
    return 201, _one(entry)


@router.post("/identity/log/{entry}/undo", response={201: ActOut}, auth=needs("customers.edit"))
def undo(request: HttpRequest, entry: LongNumber) -> Any:
    """Take an act back: part what a merge joined, exactly; lift what was said of two records."""
    found = IdentityLogEntry.objects.filter(id=entry).values_list("act", flat=True).first()
    if found is None:
        raise Problem.not_found()
    take_back = identity.unmerge if found == IdentityAct.MERGE else identity.lift
    done = take_back(entry_id=entry, by=BY, actor=key_of(request).actor, now=clock.now())
    return 201, _one(done)


@router.get("/identity/log", response=ActPage, auth=needs("customers.read"))
def log(request: HttpRequest, asked: Query[LogSearch]) -> dict[str, Any]:
    """Read what was done about who is who, the latest first."""
    of = None if asked.customer is None else get_living_id(customer_id=asked.customer)
    acts = list_acts(customer_id=of, before=asked.after, limit=asked.limit + 1)
    shown = acts[: asked.limit]
    return {
        "items": [_plain(act) for act in shown],
        "next": str(shown[-1].id) if len(acts) > asked.limit else None,
    }


def _one(entry: IdentityLogEntry) -> dict[str, Any]:
    (act,) = list_acts(before=entry.id + 1, limit=1)
    return _plain(act)


def _plain(act: Act) -> dict[str, Any]:
    return {
        "id": act.id,
        "at": act.at,
        "act": act.act,
        "by": act.by,
        "actor": act.actor,
        "customer": act.customer_id,
        "customers": list(act.customer_ids),
        "records": list(act.record_ids),
        "undoes": act.reverses_id,
        "is_undone": act.is_undone,
        "can_be_undone": act.can_be_undone,
    }
