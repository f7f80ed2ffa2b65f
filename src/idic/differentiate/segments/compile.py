"""Turns a checked rule into one database condition with bound values only. Every leaf is true or
false, never unknown: what is not recorded does not hold, and `Not` of it does.
"""

from __future__ import annotations

import datetime as dt
import math
from typing import Any as Anything

from django.db.models import (
    Count,
    DateTimeField,
    F,
    FloatField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
)
from django.db.models.lookups import GreaterThanOrEqual, IsNull, LessThanOrEqual
from django.utils.translation import gettext as _

from idic.core.keyset import Unindexed
from idic.core.text import fold
from idic.differentiate.models import CustomerSummary, Segment, SegmentMember
from idic.identify.models import (
    Customer,
    CustomerState,
    Event,
    ImportState,
    Order,
    OrderLine,
    Trait,
)

from . import tree as t
from .check import WrongTree, check, parse
from .fields import FIELDS
from .frame import Frame, current_frame

NOBODY = Q(pk__in=())
EVERYBODY = ~NOBODY
MAX_SEGMENT_DEPTH = 10
OLDEST_AGE = 150

_TEXT_LOOKUPS = {"is": "exact", "contains": "contains", "starts_with": "startswith"}
_PRODUCT_LOOKUPS = {
    "code": "product_code",
    "category": "category",
    "name": "product_name__icontains",
}


def to_query(tree: t.Tree, *, frame: Frame | None = None) -> QuerySet[CustomerSummary]:
    """Give the customers a rule holds for. Raises WrongTree for a wrong or circular one."""
    check(tree)
    return CustomerSummary.objects.filter(to_condition(tree, frame=frame))


def to_condition(
    tree: t.Tree,
    *,
    frame: Frame | None = None,
    inside: tuple[int, ...] = (),
    is_scan: bool = False,
) -> Q:
    """Give the condition on CustomerSummary; `inside` names the segments already entered. `is_scan`
    is for whoever wants everybody a rule holds for, not the first of them: reading all rows once is
    then quicker than being led by the index of an amount to most of them.
    """
    return _Compiler(frame or current_frame(), inside, is_scan).condition(tree)


class _Compiler:
    """One pass over one tree. Segments inside are compiled in place, each with its own path."""

    def __init__(self, frame: Frame, inside: tuple[int, ...], is_scan: bool) -> None:
        self.frame = frame
        self.inside = inside
        self.is_scan = is_scan

    def condition(self, node: t.Tree) -> Q:
        match node:
            case t.All():
                return self._join(node, every=True)
            case t.Any():
                return self._join(node, every=False)
            case t.Not():
                return ~self.condition(node.of)
            case t.Text():
                return _text(node)
            case t.Number() | t.Amount():
                return self._number(node)
            case t.Day():
                return self._day(node)
            case t.Choice():
                inside = Q(**{f"{FIELDS[node.field].column}__in": node.values})
                return inside if node.operator == "one_of" else ~inside
            case t.Flag():
                return Q(**{FIELDS[node.field].column: node.value})
            case t.InNeedGroup():
                return _need_group(node)
            case t.InSegment():
                return self._segment(node)
        return self._facts(node)

    def _join(self, node: t.All | t.Any, *, every: bool) -> Q:
        joined = EVERYBODY if every else NOBODY
        for i, child in enumerate(node.of):
            part = self.condition(child)
            joined = part if not i else (joined & part if every else joined | part)
        return joined

    def _facts(self, node: t.Tree) -> Q:
        match node:
            case t.Orders():
                return _counted(self._orders(node.window).filter(net_amount__gt=0), node)
            case t.Bought():
                return self._bought(node)
            case t.Happened():
                events = Event.objects.filter(
                    kind=node.kind, **self._moments("occurred_at", node.window)
                )
                return _counted(events, node)
            case t.Spent():
                return self._spent(node)
            case t.HasState():
                return self._state(node)
            case t.HasTrait():
                return _trait(node)
        raise TypeError(f"no condition for {type(node).__name__}")

    def _number(self, node: t.Number | t.Amount) -> Q:
        if node.field == "age":
            return self._age(node)
        column = FIELDS[node.field].column
        is_known = Q(**{f"{column}__isnull": False})
        if node.operator in ("known", "unknown"):
            return is_known if node.operator == "known" else ~is_known
        low, high = _ends(node, is_whole=not _is_float(column))
        if low is not None and high is not None and low > high:
            return NOBODY
        if self.is_scan:
            return _range_of_all(column, low, high)
        if low is not None:
            is_known &= Q(**{f"{column}__gte": low})
        if high is not None:
            is_known &= Q(**{f"{column}__lte": high})
        return is_known

    def _age(self, node: t.Number | t.Amount) -> Q:
        is_known = Q(birth_date__isnull=False)
        if node.operator in ("known", "unknown"):
            return is_known if node.operator == "known" else ~is_known
        low, high = _ends(node, is_whole=True)
        if (low is not None and low > OLDEST_AGE) or (high is not None and high < -OLDEST_AGE):
            return NOBODY
        if low is not None and low > -OLDEST_AGE:
            is_known &= Q(birth_date__lte=years_before(self.frame.as_of, int(low)))
        if high is not None and high < OLDEST_AGE:
            is_known &= Q(birth_date__gt=years_before(self.frame.as_of, int(high) + 1))
        return is_known

    def _day(self, node: t.Day) -> Q:
        column = FIELDS[node.field].column
        is_known = Q(**{f"{column}__isnull": False})
        if node.operator in ("known", "unknown"):
            return is_known if node.operator == "known" else ~is_known
        first, last = self._span_of(node)
        if _is_moment(column):
            return is_known & Q(**self._bounds(column, first, last))
        if first is None or self.is_scan:  # most people: an index would lead to each of them
            return _range_of_all(column, first, last)
        is_known &= Q(**{f"{column}__gte": first})
        if last is not None:
            is_known &= Q(**{f"{column}__lte": last})
        return is_known

    def _span_of(self, node: t.Day) -> tuple[dt.date | None, dt.date | None]:
        if node.operator == "last_days":
            return self.frame.days_ago((node.days or 0) - 1), self.frame.as_of
        if node.operator == "more_than_days_ago":
            return None, self.frame.days_ago((node.days or 0) + 1)
        first = node.day if node.operator in ("on_or_after", "between") else None
        last = {"on_or_before": node.day, "between": node.to}.get(node.operator)
        return first, last

    def _moments(self, column: str, window: t.Window) -> dict[str, dt.datetime]:
        return self._bounds(column, *self.frame.days_of(window))

    def _bounds(
        self, column: str, first: dt.date | None, last: dt.date | None
    ) -> dict[str, dt.datetime]:
        bounds = {}
        if first is not None:
            bounds[f"{column}__gte"] = self.frame.start_of(first)
        if last is not None:
            bounds[f"{column}__lt"] = self.frame.start_of(last + dt.timedelta(days=1))
        return bounds

    def _orders(self, window: t.Window) -> QuerySet[Order]:
        return Order.objects.filter(**self._moments("ordered_at", window))

    def _bought(self, node: t.Bought) -> Q:
        # Joined, not `order__in`: a year has more orders than a product has lines.
        is_published = Q(order__import_run=None) | Q(order__import_run__state=ImportState.PUBLISHED)
        lines = OrderLine.objects.filter(
            is_published,
            order__net_amount__gt=0,
            quantity__gt=0,
            **{_PRODUCT_LOOKUPS[node.by]: node.value},
            **self._moments("order__ordered_at", node.window),
        )
        return _counted(lines, node, path="order__record__customer_id", counted="order_id")

    def _spent(self, node: t.Spent) -> Q:
        orders = self._orders(node.window).filter(currency=self.frame.currency)
        sums = _customers(orders).annotate(figure=Sum("net_amount"))
        # A customer without orders has spent 0 and stands in no group: ask for the other side.
        if node.operator == "at_least":
            if node.amount > 0:
                return Q(pk__in=sums.filter(figure__gte=node.amount).values("who"))
            return ~Q(pk__in=sums.filter(figure__lt=node.amount).values("who"))
        if node.amount < 0:
            return Q(pk__in=sums.filter(figure__lte=node.amount).values("who"))
        return ~Q(pk__in=sums.filter(figure__gt=node.amount).values("who"))

    def _state(self, node: t.HasState) -> Q:
        held = CustomerState.objects.filter(
            Q(until=None) | Q(until__gt=self.frame.now), kind=node.state, since__lte=self.frame.now
        )
        return Q(pk__in=held.values("customer_id"))

    def _segment(self, node: t.InSegment) -> Q:
        segment = find_segment(node, frame=self.frame, inside=self.inside)
        if segment.is_static:
            members = SegmentMember.objects.filter(segment=segment)
            joined = Customer.objects.filter(merged_into__isnull=False, segments__segment=segment)
            # Who was put on the list under a number that leads elsewhere now is on it all the same.
            return Q(pk__in=members.values("customer_id").union(joined.values("merged_into_id")))
        return to_condition(
            parse(segment.tree),
            frame=self.frame,
            inside=(*self.inside, segment.id),
            is_scan=self.is_scan,
        )


def _range_of_all(column: str, low: Anything | None, high: Anything | None) -> Q:
    """A range that no index is followed for; what is not known lies in none."""
    value = Unindexed(F(column))
    found = Q(IsNull(value, False))
    if low is not None:
        found &= Q(GreaterThanOrEqual(value, low))
    if high is not None:
        found &= Q(LessThanOrEqual(value, high))
    return found


def find_segment(node: t.InSegment, *, frame: Frame, inside: tuple[int, ...]) -> Segment:
    """Give the segment a rule names. Raises WrongTree for a circle and for one that is gone."""
    if node.segment_id in inside or len(inside) >= MAX_SEGMENT_DEPTH:
        raise WrongTree([((), _("A segment cannot contain itself, not even by way of others."))])
    known = next((one for one in frame.known if one.id == node.segment_id), None)
    segment = known or Segment.objects.filter(id=node.segment_id).first()
    if segment is None:
        raise WrongTree([((), _("A segment this rule uses does not exist any more."))])
    return segment


def _text(node: t.Text) -> Q:
    column = FIELDS[node.field].column
    is_empty = Q(**{column: ""})
    if node.operator in ("known", "unknown"):
        return ~is_empty if node.operator == "known" else is_empty
    lookup = _TEXT_LOOKUPS.get(node.operator, "exact")
    found = NOBODY
    for value in node.values:
        if value.strip():
            found |= Q(**{f"{column}__{lookup}": fold(value.strip())})
    return ~found if node.operator == "is_not" else found


def _need_group(node: t.InNeedGroup) -> Q:
    found = Q(need_group_id__isnull=False) & Q(
        need_group_id__in=[number for number in node.group_ids if number]
    )
    if 0 in node.group_ids:
        found |= Q(need_group_id__isnull=True)
    return found if node.operator == "one_of" else ~found


def _ends(
    node: t.Number | t.Amount, *, is_whole: bool
) -> tuple[float | int | None, float | int | None]:
    """Give the lowest and highest value that count; whole for columns of whole numbers."""
    low = node.value if node.operator in ("at_least", "between", "is") else None
    high = {"at_most": node.value, "between": node.to, "is": node.value}.get(node.operator)
    if not is_whole:
        return low, high
    return (
        None if low is None else math.ceil(low),
        None if high is None else math.floor(high),
    )


def years_before(day: dt.date, years: int) -> dt.date:
    """Give the latest birth date of somebody who is `years` old on a day."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February, and that year has none
        return day.replace(year=day.year - years, day=28)


def _is_float(column: str) -> bool:
    return isinstance(CustomerSummary._meta.get_field(column), FloatField)


def _is_moment(column: str) -> bool:
    return isinstance(CustomerSummary._meta.get_field(column), DateTimeField)


def _customers(rows: QuerySet[Anything], *, path: str = "record__customer_id") -> Anything:
    """Group rows by the customer they belong to; rows of nobody fall out."""
    owned = rows.filter(**{f"{path.removesuffix('_id')}__isnull": False})
    return owned.order_by().values(who=F(path))


def _counted(
    rows: QuerySet[Anything],
    node: t.Orders | t.Bought | t.Happened,
    *,
    path: str = "record__customer_id",
    counted: str = "id",
) -> Q:
    """Compare how many rows a customer has. Nobody without a row stands in a group, so “at most”
    is asked as “not more than”.
    """

    def at_least(count: int) -> Q:
        if count <= 0:
            return EVERYBODY
        groups = _customers(rows, path=path)
        if count > 1:
            groups = groups.annotate(figure=Count(counted, distinct=counted != "id"))
            groups = groups.filter(figure__gte=count)
        return Q(pk__in=groups.values("who"))

    if node.operator == "at_least":
        return at_least(node.count)
    if node.operator == "at_most":
        return ~at_least(node.count + 1)
    return at_least(node.count) & ~at_least(node.count + 1)


def _trait(node: t.HasTrait) -> Q:
    """Only the latest answer to a question counts; a staff edit beats any answer."""
    answers = Trait.objects.filter(name=node.name, record__customer__isnull=False)
    newest = (
        Trait.objects.filter(name=node.name, record__customer=OuterRef("record__customer"))
        .order_by("-is_pinned", "-observed_at", "-id")
        .values("id")[:1]
    )
    if node.operator == "is":
        answers = answers.filter(value=node.value)
    if node.operator == "contains":
        answers = answers.filter(value__icontains=node.value)
    latest = answers.filter(id=Subquery(newest))
    return Q(pk__in=latest.values("record__customer_id"))
