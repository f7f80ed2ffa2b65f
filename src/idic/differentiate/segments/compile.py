"""Turns a checked rule into one database condition with bound values only. Every leaf is true or
false, never unknown: what is not recorded does not hold, and `Not` of it does.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Collection
from typing import Any as Anything

from django.db.models import DateTimeField, F, FloatField, Q, QuerySet
from django.db.models.lookups import GreaterThanOrEqual, IsNull, LessThanOrEqual
from django.utils.translation import gettext as _

from idic.core.keyset import Unindexed
from idic.core.text import fold
from idic.differentiate.models import CustomerSummary, Segment, SegmentMember
from idic.identify.models import Customer

from . import tree as t
from .check import WrongTree, check, parse
from .facts import EVERYBODY, NOBODY, Facts, bounds
from .fields import FIELDS
from .frame import Frame, current_frame

MAX_SEGMENT_DEPTH = 10
OLDEST_AGE = 150

_TEXT_LOOKUPS = {"is": "exact", "contains": "contains", "starts_with": "startswith"}


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
    only: Collection[int] | None = None,
) -> Q:
    """Give the condition on CustomerSummary; `inside` names the segments already entered. `is_scan`
    is for whoever wants everybody a rule holds for, not the first of them: reading all rows once is
    then quicker than being led by the index of an amount to most of them. With `only` the facts of
    these customers are read and no others; who is not among them is to be left out by the caller.
    """
    return _Compiler(frame or current_frame(), inside, is_scan, only).condition(tree)


class _Compiler:
    """One pass over one tree. Segments inside are compiled in place, each with its own path."""

    def __init__(
        self,
        frame: Frame,
        inside: tuple[int, ...],
        is_scan: bool,
        only: Collection[int] | None = None,
    ) -> None:
        self.frame = frame
        self.inside = inside
        self.is_scan = is_scan
        self.only = only

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
        return Facts(self.frame, self.only).condition(node)

    def _join(self, node: t.All | t.Any, *, every: bool) -> Q:
        joined = EVERYBODY if every else NOBODY
        for i, child in enumerate(node.of):
            part = self.condition(child)
            joined = part if not i else (joined & part if every else joined | part)
        return joined

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
            return is_known & Q(**bounds(column, first, last, frame=self.frame))
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
            only=self.only,
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
