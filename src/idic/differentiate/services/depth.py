"""How often somebody uses what we offer, and how well each customer and each segment is known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import Avg, CharField, Count, Max, Min, Q
from django.db.models.functions import Cast, Substr

from idic.differentiate import segments
from idic.differentiate.depth import parts_of, score_of
from idic.differentiate.models import CustomerSummary
from idic.identify.models import Event

from .people import CONTACT_KINDS, PERSON_COLUMNS, Person, Stretch

USAGE_WINDOW_DAYS, _SEEN_DAYS = 30, 365
# What is said and written of somebody, and calls that only say who it is: no use of anything.
NO_USAGE = (
    *CONTACT_KINDS,
    *("note", "promise", "promise_kept", "survey_answered", "identify", "group", "alias"),
    *("newsletter_opened", "newsletter_clicked", "signed_up", "Signed Up", "trial_started"),
    *("Trial Started", "Account Created", "account_created"),
)
DEPTH_COLUMNS = ("usage_days", "depth_score")
_SAMPLE, _PLACES, _WHOLE = 4_000, 40, 10_000
_AT = {name: place for place, name in enumerate(PERSON_COLUMNS)}


def count_usage(*, stretch: Stretch, as_of: date) -> dict[int, int]:
    """Give on how many of the last thirty days each customer used something; who was not seen for
    a year is left out: nothing is known.
    """
    end = datetime.combine(as_of + timedelta(days=1), time(), UTC)
    recent = end - timedelta(days=USAGE_WINDOW_DAYS)
    # Days as text: both databases cut a moment short quicker than they compute with it.
    day = Substr(Cast("occurred_at", CharField()), 1, 10)
    rows = (
        Event.objects.filter(
            stretch.where("record__customer_id"),
            occurred_at__gte=end - timedelta(days=_SEEN_DAYS),
            occurred_at__lt=end,
        )
        .exclude(kind__in=NO_USAGE)
        .values("record__customer_id")
        .annotate(days=Count(day, distinct=True, filter=Q(occurred_at__gte=recent)))
    )
    return dict(rows.order_by().values_list("record__customer_id", "days"))


def score_person(
    person: Person,
    *,
    order_count: int,
    usage_days: int | None,
    has_need: bool,
    need_confidence: float | None,
) -> int:
    """Score a row of `read_people` with what its orders and events say."""
    reaches = tuple(str(person[_AT[f"{channel}_reach"]]) for channel in ("email", "sms", "zalo"))
    return score_of(
        parts_of(
            has_name=bool(person[_AT["full_name"]]),
            has_place=bool(person[_AT["city"]]),
            birth_date=person[_AT["birth_date"]],
            is_company=person[_AT["is_company"]],
            reaches=reaches,
            order_count=order_count,
            usage_days=usage_days,
            has_need=has_need,
            need_confidence=need_confidence,
        )
    )


def measure_segment(
    *, tree: segments.Tree, count: int, frame: segments.Frame
) -> dict[str, float | int]:
    """Measure how well the people of a rule are known; of very many, an even sample of them."""
    if count > _WHOLE:
        people = segments.to_query(tree, frame=frame).filter(pk__in=_everywhere())
    else:
        people = CustomerSummary.objects.filter(
            pk__in=_even(segments.list_ids(tree, frame=frame), _SAMPLE)
        )
    found: dict[str, Any] = people.order_by().aggregate(
        people=Count("pk"),
        score=Avg("depth_score"),
        trial=Count("pk", filter=Q(order_count=0)),
        seen=Count("pk", filter=Q(usage_days__isnull=False)),
    )
    number = found["people"]
    return {
        "people": number,
        "score": round(found["score"] or 0),
        "trial_rate": found["trial"] / number if number else 0.0,
        "seen_rate": found["seen"] / number if number else 0.0,
    }


def _even(keys: Sequence[int], most: int) -> list[int]:
    step = max(1, -(-len(keys) // most))
    return list(keys[::step])


def _everywhere() -> list[int]:
    """Give some customers from many places of the table, the same ones each time."""
    ends = CustomerSummary.objects.aggregate(low=Min("pk"), high=Max("pk"))
    if ends["low"] is None:
        return []
    step = (ends["high"] - ends["low"]) // _PLACES
    found: set[int] = set()
    for place in range(_PLACES):
        rows = CustomerSummary.objects.filter(pk__gte=ends["low"] + place * step).order_by("pk")
        found |= set(rows.values_list("pk", flat=True)[: _SAMPLE // _PLACES])
    return sorted(found)
