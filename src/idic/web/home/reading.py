"""Everything Home knows, in five queries: sums other rooms have written down, and short counts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import models as db
from django.db.models import Count, Exists, IntegerField, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from idic.channels.models import ChannelSetting
from idic.core import ids
from idic.core.models import Business
from idic.customize.models import Offer
from idic.differentiate.models import BusinessFigures, MatrixCell
from idic.identify.matches import open_pairs
from idic.identify.models import Asking, AskingWay, ImportRun, ImportState
from idic.interact.models import (
    Actor,
    Campaign,
    CampaignState,
    Case,
    EventKind,
    Goal,
    Message,
    MessageEvent,
    MessageState,
)
from idic.measure.selectors import CampaignEffect, find_effect
from idic.measure.services.effects import NO_CONTROL

WEEK = timedelta(days=7)
YEAR = timedelta(days=365)
# More messages of a week are not counted: the page says "10,000 or more".
MOST_COUNTED = 10_000
# More campaigns of a year nobody runs by hand; the oldest of them would be left out.
MOST_CAMPAIGNS = 500
_OUT = (MessageState.SENT, MessageState.PRACTICE)
# What each person is likely to want, or an offer, makes the message.
_PERSONAL = (Goal.BUY_AGAIN, Goal.DISCOVER)


@dataclass(frozen=True, slots=True)
class Launch:
    """A campaign of the last twelve months, with what it brought."""

    line: CampaignEffect

    @property
    def campaign(self) -> Campaign:
        """The campaign itself."""
        return self.line.campaign

    @property
    def is_personal(self) -> bool:
        """Whether it carried an offer, or goods chosen for each person."""
        return self.campaign.offer_id is not None or self.campaign.goal in _PERSONAL

    @property
    def has_control(self) -> bool:
        """Whether some were held back on purpose."""
        result = self.line.result
        return self.campaign.control_rate > 0 and not (result and result.problem == NO_CONTROL)

    @property
    def is_final(self) -> bool:
        """Whether its answer stands. Before that nothing is proven, however it looks."""
        return bool(self.line.result and self.line.result.is_final and self.line.effect)

    @property
    def is_unreadable(self) -> bool:
        """Whether its window is over and its answer cannot be read."""
        result = self.line.result
        return bool(result and result.is_final and result.problem)


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What Home is made of. Counts of the last seven days end on the day looked at."""

    as_of: date
    now: datetime
    currency: str
    figures: dict[str, Any]
    buyers: int
    with_need: int
    launches: list[Launch]
    messages: int
    personal_messages: int
    answers: int
    late_cases: int
    offers: int
    has_own_data: bool
    has_own_offers: bool
    is_live: bool
    week: dict[str, Any] = field(default_factory=dict)
    asked: int = 0  # questions put to customers in a year, and those whose answer was known
    asked_twice: int = 0
    doubles: int = 0  # pairs that wait for somebody

    @property
    def own_launches(self) -> list[Launch]:
        """The campaigns the sample shop did not bring."""
        return [launch for launch in self.launches if not launch.campaign.is_demo]

    @property
    def has_data(self) -> bool:
        """Whether there is anybody or anything to speak of."""
        return bool(self.figures.get("buyers") or self.figures.get("customers"))

    @property
    def orders(self) -> int:
        """All orders."""
        return int(self.figures.get("orders") or 0)

    @property
    def linked_rate(self) -> float | None:
        """The share of orders whose owner is known; None without orders."""
        unlinked = int(self.figures.get("unlinked_orders") or 0)
        return (self.orders - unlinked) / self.orders if self.orders else None

    @property
    def need_rate(self) -> float | None:
        """The share of buyers whose need is clear."""
        return self.with_need / self.buyers if self.buyers else None

    @property
    def known_rate(self) -> float | None:
        """The share of customers with name, town and a way to reach them."""
        customers = int(self.figures.get("customers") or 0)
        if not customers or "incomplete" not in self.figures:
            return None
        return 1 - int(self.figures["incomplete"]) / customers

    @property
    def fresh_rate(self) -> float | None:
        """The share of questions asked once only; None before anybody was asked."""
        return 1 - self.asked_twice / self.asked if self.asked else None

    @property
    def control_rate(self) -> float | None:
        """The share of campaigns with a control group."""
        if not self.launches:
            return None
        return sum(launch.has_control for launch in self.launches) / len(self.launches)


def read_home(*, business: Business, as_of: date, now: datetime) -> Knowledge:
    """Ask the rooms what Home says."""
    latest = BusinessFigures.objects.order_by("-computed_at").first()
    figures = latest.figures if latest else {}
    counts = _count_shortly(as_of=as_of, now=now)
    sent = _count_messages(since=now - WEEK)
    return Knowledge(
        as_of=latest.as_of_date if latest else as_of,
        now=now,
        currency=business.currency,
        figures=figures,
        launches=_list_launches(since=now - YEAR),
        messages=sent["all"] or 0,
        personal_messages=sent["personal"] or 0,
        week=figures.get("week") or {},
        **counts,
    )


def _list_launches(*, since: datetime) -> list[Launch]:
    launched = Campaign.objects.filter(launched_at__gte=since)
    whole = launched.exclude(state=CampaignState.CANCELLED).select_related("result")
    rows = whole.defer("body").order_by("-launched_at", "-id")[:MOST_CAMPAIGNS]
    return [Launch(find_effect(campaign)) for campaign in rows]


def _count_messages(*, since: datetime) -> dict[str, int]:
    is_personal = Q(campaign__offer__isnull=False) | Q(campaign__goal__in=_PERSONAL)
    sent = (
        Message.objects.filter(created_at__gt=since, state__in=_OUT)
        .annotate(
            own=db.Case(
                db.When(is_personal, then=Value(1)), default=Value(0), output_field=IntegerField()
            )
        )
        .order_by()[: MOST_COUNTED + 1]
    )
    found: dict[str, int] = sent.aggregate(all=Count("pk"), personal=Sum("own"))
    return found


def _count_shortly(*, as_of: date, now: datetime) -> dict[str, Any]:
    """Count everything that is few, in one question."""
    since = now - WEEK
    answers = MessageEvent.objects.filter(
        pk__gte=ids.first_id(at=since),  # an index; the moment it happened may lie further back
        occurred_at__gt=since,
        actor=Actor.HUMAN,
        kind__in=[EventKind.CLICKED, EventKind.REPLIED],
    )
    late = Case.objects.filter(closed_at=None, due_at__lt=now)
    open_offers = Offer.objects.filter(
        Q(from_date=None) | Q(from_date__lte=as_of),
        Q(to_date=None) | Q(to_date__gte=as_of),
        is_active=True,
    )
    own_files = ImportRun.objects.filter(state=ImportState.PUBLISHED).exclude(source__is_demo=True)
    cells = MatrixCell.objects.exclude(tier="")
    askings = Asking.objects.filter(asked_at__gt=now - YEAR).exclude(way=AskingWay.OWN_PAGE)
    found = (
        Business.objects.filter(id=1)
        .annotate(
            answers=_number(answers, Count("pk")),
            late_cases=_number(late, Count("pk")),
            offers=_number(open_offers, Count("pk")),
            buyers=_number(cells, Sum("customer_count")),
            with_need=_number(cells.exclude(need_group=None), Sum("customer_count")),
            has_own_data=Exists(own_files),
            has_own_offers=Exists(open_offers.filter(is_demo=False)),
            asked=_number(askings, Count("pk")),
            doubles=_number(open_pairs(), Count("pk")),
            asked_twice=_number(askings.filter(is_repeat=True), Count("pk")),
            is_live=Exists(ChannelSetting.objects.filter(is_live=True)),
        )
        .values(*_NOTHING)
        .first()
    )
    return found or dict(_NOTHING)


_NOTHING: dict[str, Any] = {
    "answers": 0,
    "late_cases": 0,
    "offers": 0,
    "buyers": 0,
    "with_need": 0,
    "has_own_data": False,
    "has_own_offers": False,
    "is_live": False,
    "asked": 0,
    "asked_twice": 0,
    "doubles": 0,
}


def _number(rows: QuerySet[Any, Any], what: Count | Sum) -> Coalesce:
    """Give one aggregate of other rows as a value of this query."""
    one = rows.order_by().annotate(one=Value(1)).values("one").annotate(n=what).values("n")
    return Coalesce(Subquery(one, output_field=IntegerField()), 0)
