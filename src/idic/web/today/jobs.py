"""What waits for a marketer: campaigns to look over, results that are in, mail that failed,
segments that grew, addresses that died. Each leads to where it is dealt with.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, F, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from idic.core import ids
from idic.core.templatetags import ui
from idic.differentiate.models import SegmentSize
from idic.interact.models import (
    Campaign,
    CampaignState,
    Message,
    MessageState,
    UnusableAddress,
)

_RECENT_DAYS = 14
_FAILED_DAYS = 30
_GROWN_RATE = 0.1
_WEEK = 7


@dataclass(frozen=True, slots=True)
class Job:
    """Something to look after: what, why, and where."""

    title: str
    why: str
    sub: str
    act: str
    url: str


@dataclass(frozen=True, slots=True)
class JobGroup:
    """The jobs of one sort."""

    title: str
    jobs: tuple[Job, ...]


def list_jobs(*, today: date, now: datetime) -> list[JobGroup]:
    """Give what waits for a marketer; four queries."""
    campaigns = list(
        Campaign.objects.filter(
            Q(state=CampaignState.DRAFT) | Q(launched_at__gte=now - timedelta(days=120))
        ).order_by("-created_at", "-id")[:60]
    )
    groups = [
        JobGroup(_("Waiting to be looked over"), tuple(_drafts(campaigns))),
        JobGroup(_("Results are in"), tuple(_results(campaigns, now))),
        JobGroup(_("Did not arrive"), (*_failed(campaigns, now), *_dead_addresses(now))),
        JobGroup(_("Segments that grew"), tuple(_grown(today))),
    ]
    return [group for group in groups if group.jobs]


def _drafts(campaigns: list[Campaign]) -> list[Job]:
    return [
        Job(
            campaign.name,
            _("Draft: check whom it reaches and what it says, then launch it"),
            _("begun on %(day)s") % {"day": ui.day_short(campaign.created_at)},
            _("Look it over"),
            _campaign_url(campaign),
        )
        for campaign in campaigns
        if campaign.state == CampaignState.DRAFT and campaign.segment_id and campaign.body
    ]


def _results(campaigns: list[Campaign], now: datetime) -> list[Job]:
    found = []
    for campaign in campaigns:
        if campaign.launched_at is None or campaign.state == CampaignState.CANCELLED:
            continue
        ends = campaign.launched_at + timedelta(days=campaign.measure_days)
        if ends <= now < ends + timedelta(days=_RECENT_DAYS):
            why = _("The measuring is over: see what it brought against the control group")
            sub = _("since %(day)s") % {"day": ui.day_short(ends)}
            act = _("See the effect")
            found.append(Job(campaign.name, why, sub, act, reverse("measure:effect_list")))
    return found


def _failed(campaigns: list[Campaign], now: datetime) -> list[Job]:
    since = now - timedelta(days=_FAILED_DAYS)
    recent = [c for c in campaigns if c.launched_at and c.launched_at >= since]
    counts = dict(
        Message.objects.filter(campaign__in=recent, state=MessageState.FAILED)
        .order_by()
        .values_list("campaign_id")
        .annotate(Count("id"))
    )
    return [
        Job(
            campaign.name,
            ngettext(
                "%(count)s message did not arrive", "%(count)s messages did not arrive", failed
            )
            % {"count": ui.number(failed)},
            _("see why, and whether the addresses are right"),
            _("See which"),
            _campaign_url(campaign),
        )
        for campaign in recent
        if (failed := counts.get(campaign.id, 0))
    ]


def _dead_addresses(now: datetime) -> list[Job]:
    count = UnusableAddress.objects.filter(since__gte=now - timedelta(days=_WEEK)).count()
    if not count:
        return []
    why = ngettext(
        "%(count)s address became unusable within a week",
        "%(count)s addresses became unusable within a week",
        count,
    ) % {"count": ui.number(count)}
    url = f"{reverse('web:customer_list')}?reach=none"
    sub = _("ask for a new one at the next visit")
    return [Job(_("Unreachable now"), why, sub, _("See who"), url)]


def _grown(today: date) -> list[Job]:
    """Compare each segment's latest size with the one a week before."""
    sizes = (
        SegmentSize.objects.filter(
            on_date__gte=today - timedelta(days=2 * _WEEK), segment__archived_at=None
        )
        .annotate(name=F("segment__name"))
        .order_by("segment_id", "on_date")
    )
    first: dict[int, SegmentSize] = {}
    last: dict[int, SegmentSize] = {}
    for size in sizes:
        first.setdefault(size.segment_id, size)
        last[size.segment_id] = size
    return [
        _grown_job(first[key].customer_count, size)
        for key, size in last.items()
        if size.customer_count > first[key].customer_count * (1 + _GROWN_RATE)
    ]


def _grown_job(before: int, size: SegmentSize) -> Job:
    more = size.customer_count - before
    why = ngettext("%(count)s more person", "%(count)s more people", more) % {
        "count": ui.number(more)
    }
    sub = _("now %(count)s") % {"count": ui.number(size.customer_count)}
    url = reverse("differentiate:segment_detail", args=[ids.encode("segment", size.segment_id)])
    return Job(size.name, why, sub, _("See who"), url)  # type: ignore[attr-defined]


def _campaign_url(campaign: Campaign) -> str:
    return reverse("interact:campaign_detail", args=[ids.encode("campaign", campaign.id)])
