"""Whom a budget reaches: the curve of what is open, and its people in the same order."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import QuerySet

from idic.differentiate import segments
from idic.differentiate.models import BudgetCurve, CustomerSummary, Reach
from idic.engine.budget import Curve

# The channels that need an agreement, and where the summary says whether there is one.
REACH_COLUMNS: Mapping[str, str] = {
    "email": "email_reach",
    "sms": "sms_reach",
    "zalo": "zalo_reach",
}


def list_open(channel: str = "") -> QuerySet[CustomerSummary]:
    """Give whom a contact may win back, best first: overdue by their own measure, no complaint
    open, and reachable by the channel (empty: by any way, a call too).
    """
    people = CustomerSummary.objects.filter(
        is_overdue=True, has_open_case=False, winback_amount__gt=0
    )
    if channel:
        people = people.filter(**{REACH_COLUMNS[channel]: Reach.ALLOWED})
    return people.order_by("-winback_amount", "customer_id")


def find_curve(channel: str = "") -> Curve | None:
    """Give what is open with the first so many; None before the first refresh. One query."""
    row = BudgetCurve.objects.filter(channel=channel).first()
    if row is None:
        return None
    return Curve(**{name: tuple(column) for name, column in row.points.items()})


def rule_of_first(people: int, *, channel: str = "") -> segments.Tree | None:
    """Give the rule that holds for the first so many (and who is level with the last of them), to
    write to them or to keep them as a segment; None for nobody. One query.
    """
    last = list_open(channel).values_list("winback_amount", flat=True)[max(people - 1, 0) :][:1]
    least = next(iter(last), None)
    if least is None or people < 1:
        return None
    conditions: list[segments.Tree] = [
        segments.Flag("is_overdue"),
        segments.Amount("winback_amount", "at_least", least),
        segments.Flag("has_open_case", value=False),
    ]
    if channel == "email":
        conditions.append(segments.Choice("email_reach", "one_of", (Reach.ALLOWED,)))
    elif channel == "sms":
        conditions.append(segments.Choice("sms_reach", "one_of", (Reach.ALLOWED,)))
    elif channel == "zalo":
        conditions.append(segments.Choice("zalo_reach", "one_of", (Reach.ALLOWED,)))
    return segments.All(tuple(conditions))
