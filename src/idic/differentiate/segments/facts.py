"""Conditions on what lies outside a customer's own row: orders, events, sequences of them, answers,
states and the consent ledger, each as one condition on CustomerSummary with bound values only.

`only` limits the question to a few customers: for one whose facts have just changed, nobody else's
orders need be grouped.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any as Anything

from django.db.models import (
    Case,
    Count,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    FloatField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Cast

from idic.identify.models import (
    Consent,
    ConsentBasis,
    ConsentStatus,
    CustomerState,
    Event,
    Identifier,
    ImportState,
    Order,
    OrderLine,
    Trait,
)
from idic.identify.permissions import ADDRESSES

from . import tree as t
from .check import read_figure
from .frame import Frame
from .properties import has_properties

NOBODY = Q(pk__in=())
EVERYBODY = ~NOBODY
_OWNER = "record__customer_id"
_MOST_ORDERS = 10_000  # of a few customers, named in one statement
_PRODUCT_LOOKUPS = {
    "code": "product_code",
    "category": "category",
    "name": "product_name__icontains",
}
# What both databases read as a number; the same as `check.PLAIN_NUMBER`, as a whole.
_PLAIN_NUMBER = r"\A-?[0-9]{1,15}(\.[0-9]{1,6})?\Z"


@dataclass(frozen=True)
class Facts:
    """Compiles conditions on facts for a frame, for everybody or only some customers."""

    frame: Frame
    only: Collection[int] | None = None

    def condition(self, node: t.Tree) -> Q:
        """Give the condition of one leaf."""
        match node:
            case t.Orders():
                return self._counted(self._purchases(node.window), node)
            case t.Bought():
                return self._bought(node)
            case t.Happened():
                events = has_properties(Event.objects.filter(kind=node.kind), node.where)
                events = events.filter(**self.moments("occurred_at", node.window))
                return self._counted(events, node)
            case t.Sequence():
                return self._sequence(node)
            case t.Spent():
                return self._spent(node)
            case t.HasState():
                return self._state(node)
            case t.HasTrait():
                return self._trait(node)
            case t.HasConsent():
                return self._consent(node)
        raise TypeError(f"no condition for {type(node).__name__}")

    def moments(self, column: str, window: t.Window) -> dict[str, dt.datetime]:
        """Give the bounds of a window as lookups on a column."""
        return bounds(column, *self.frame.days_of(window), frame=self.frame)

    def _owned(self, rows: QuerySet[Anything], path: str = _OWNER) -> QuerySet[Anything]:
        """Leave out what belongs to nobody, and to nobody asked about."""
        if self.only is not None:
            return rows.filter(**{f"{path}__in": list(self.only)})
        return rows.filter(**{f"{path.removesuffix('_id')}__isnull": False})

    def _customers(self, rows: QuerySet[Anything], *, path: str = _OWNER) -> Anything:
        """Group rows by the customer they belong to; rows of nobody fall out."""
        return self._owned(rows, path).order_by().values(who=F(path))

    def _counted(
        self,
        rows: QuerySet[Anything],
        node: t.Orders | t.Bought | t.Happened,
        *,
        path: str = _OWNER,
        counted: str = "id",
    ) -> Q:
        """Compare how many rows a customer has. Nobody without a row stands in a group, so “at
        most” is asked as “not more than”.
        """

        def at_least(count: int) -> Q:
            if count <= 0:
                return EVERYBODY
            groups = self._customers(rows, path=path)
            if count > 1:
                groups = groups.annotate(figure=Count(counted, distinct=counted != "id"))
                groups = groups.filter(figure__gte=count)
            return Q(pk__in=groups.values("who"))

        if node.operator == "at_least":
            return at_least(node.count)
        if node.operator == "at_most":
            return ~at_least(node.count + 1)
        return at_least(node.count) & ~at_least(node.count + 1)

    def _orders(self, window: t.Window) -> QuerySet[Order]:
        return Order.objects.filter(**self.moments("ordered_at", window))

    def _purchases(self, window: t.Window) -> QuerySet[Order]:
        return self._orders(window).filter(net_amount__gt=0)

    def _bought(self, node: t.Bought) -> Q:
        # Joined, not `order__in`: a year has more orders than a product has lines.
        is_published = Q(order__import_run=None) | Q(order__import_run__state=ImportState.PUBLISHED)
        lines = OrderLine.objects.filter(
            is_published,
            order__net_amount__gt=0,
            quantity__gt=0,
            **{_PRODUCT_LOOKUPS[node.by]: node.value},
            **self.moments("order__ordered_at", node.window),
        )
        if self.only is not None:
            # Named one by one: else everybody who bought the product would be gone through.
            orders = self._owned(Order.objects.all()).order_by().values_list("id", flat=True)
            lines = lines.filter(order_id__in=list(orders[:_MOST_ORDERS]))
        return self._counted(lines, node, path=f"order__{_OWNER}", counted="order_id")

    def _spent(self, node: t.Spent) -> Q:
        orders = self._orders(node.window).filter(currency=self.frame.currency)
        sums = self._customers(orders).annotate(figure=Sum("net_amount"))
        # A customer without orders has spent 0 and stands in no group: ask for the other side.
        if node.operator == "at_least":
            if node.amount > 0:
                return Q(pk__in=sums.filter(figure__gte=node.amount).values("who"))
            return ~Q(pk__in=sums.filter(figure__lt=node.amount).values("who"))
        if node.amount < 0:
            return Q(pk__in=sums.filter(figure__lte=node.amount).values("who"))
        return ~Q(pk__in=sums.filter(figure__gt=node.amount).values("who"))

    def _sequence(self, node: t.Sequence) -> Q:
        first, at = self._step(node.first)
        then, then_at = self._step(node.then)
        span = dt.timedelta(days=node.within_days)
        end = self.frame.end
        until = ExpressionWrapper(OuterRef(at) + Value(span), output_field=DateTimeField())
        after = Exists(
            then.filter(
                **{
                    "record__customer": OuterRef("record__customer"),
                    f"{then_at}__gt": OuterRef(at),
                    f"{then_at}__lte": until,
                    f"{then_at}__lt": end,
                }
            )
        )
        begun = self._owned(first.filter(**self.moments(at, node.window)))
        if node.is_followed:
            found = begun.filter(after)
        else:  # only where it cannot come any more
            found = begun.filter(~after, **{f"{at}__lt": earlier(end, days=node.within_days)})
        return Q(pk__in=found.order_by().values(_OWNER))

    def _step(self, step: t.Step) -> tuple[QuerySet[Anything], str]:
        if not step.kind:
            return Order.objects.filter(net_amount__gt=0), "ordered_at"
        return has_properties(Event.objects.filter(kind=step.kind), step.where), "occurred_at"

    def _state(self, node: t.HasState) -> Q:
        now = self.frame.now
        held = CustomerState.objects.filter(
            Q(until=None) | Q(until__gt=now), kind=node.state, since__lte=now
        )
        return Q(pk__in=self._owned(held, "customer_id").values("customer_id"))

    def _trait(self, node: t.HasTrait) -> Q:
        """Only the latest answer to a question counts; a staff edit beats any answer."""
        asked = Trait.objects.filter(name=node.name)
        if node.confidence > 0:
            asked = asked.filter(confidence__gte=node.confidence)
        newest = (
            asked.filter(record__customer=OuterRef("record__customer"))
            .order_by("-is_pinned", "-observed_at", "-id")
            .values("id")[:1]
        )
        answers = self._owned(asked)
        if node.operator == "is":
            answers = answers.filter(value=node.value)
        if node.operator == "contains":
            answers = answers.filter(value__icontains=node.value)
        if node.operator in ("at_least", "at_most"):
            figure = When(value__regex=_PLAIN_NUMBER, then=Cast("value", FloatField()))
            lookup = "figure__gte" if node.operator == "at_least" else "figure__lte"
            answers = answers.annotate(figure=Case(figure, output_field=FloatField()))
            answers = answers.filter(**{lookup: read_figure(node.value)})
        return Q(pk__in=answers.filter(id=Subquery(newest)).values(_OWNER))

    def _consent(self, node: t.HasConsent) -> Q:
        denied = self._denied(node)
        if node.answer == "denied":
            return denied
        granted = ~denied & self._holds(node, self._agreed(node))
        if node.answer == "granted":
            return granted
        return ~denied & ~granted

    def _denied(self, node: t.HasConsent) -> Q:
        """A refusal that stands on any joined record wins, also for an address no longer theirs."""
        told = _told(node)
        newest = _newest(told, record=OuterRef("record"), address=OuterRef("address"))
        own = self._owned(told.filter(status=ConsentStatus.DENIED, id=newest))
        refused = told.filter(
            status=ConsentStatus.DENIED, id=_newest(told, address=OuterRef("address"))
        )
        return Q(pk__in=own.values(_OWNER)) | self._holds(node, refused)

    def _agreed(self, node: t.HasConsent) -> QuerySet[Consent]:
        told = _told(node)
        return told.filter(
            status=ConsentStatus.GRANTED, id=_newest(told, address=OuterRef("address"))
        ).exclude(basis=ConsentBasis.UNKNOWN)

    def _holds(self, node: t.HasConsent, told: QuerySet[Consent]) -> Q:
        """Whoever has one of the addresses something was said of."""
        addresses = Identifier.objects.filter(
            type__in=ADDRESSES[node.channel],
            is_placeholder=False,
            value__in=told.order_by().values("address"),
        )
        return Q(pk__in=self._owned(addresses).values(_OWNER))


def bounds(
    column: str, first: dt.date | None, last: dt.date | None, *, frame: Frame
) -> dict[str, dt.datetime]:
    """Give the moments between two days of the shop, both included, as lookups on a column."""
    found = {}
    if first is not None:
        found[f"{column}__gte"] = frame.start_of(first)
    if last is not None:
        found[f"{column}__lt"] = frame.start_of(last + dt.timedelta(days=1))
    return found


def earlier(moment: dt.datetime, *, days: int) -> dt.datetime:
    """Give the moment so many days before; the beginning of time where there is none."""
    try:
        return moment - dt.timedelta(days=days)
    except OverflowError:
        return dt.datetime(1, 1, 2, tzinfo=dt.UTC)


def _told(node: t.HasConsent) -> QuerySet[Consent]:
    return Consent.objects.filter(channel=node.channel, purpose=node.purpose)


def _newest(told: QuerySet[Consent], **same: Anything) -> Subquery:
    ordered = told.filter(**same).order_by("-given_at", "-recorded_at", "-id")
    return Subquery(ordered.values("id")[:1])
