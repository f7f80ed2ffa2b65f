"""Lets the sample shop's campaigns happen on their days in the past, each against a control group,
and tells whom each reached.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal

from idic.core.selectors import get_business
from idic.differentiate import segments
from idic.differentiate.models import Segment
from idic.differentiate.services.segments import count_segment, create_segment
from idic.differentiate.services.upsell import refresh_alerts, watch_segment
from idic.identify.models import SourceRecord
from idic.interact.models import AudienceMember, Campaign, CampaignState, Fate
from idic.interact.services.campaigns import AudienceForm, create_campaign
from idic.interact.services.campaigns import change_audience as choose_audience
from idic.interact.services.replaying import replay_campaign
from idic.web.demo.making import MEASURE_DAYS
from idic.web.demo.words import Plan

# So few people show an effect only when half of them are held back; the product proposes the same.
CONTROL_RATE = Decimal("0.5")
_ROWS = 400

_OFTEN = segments.Number(field="order_count", operator="at_least", value=2)
RULES: Mapping[str, segments.All] = {
    "regulars": segments.All(
        of=(_OFTEN, segments.Day(field="last_order_date", operator="last_days", days=60))
    ),
    "quiet": segments.All(
        of=(_OFTEN, segments.Day(field="last_order_date", operator="more_than_days_ago", days=60))
    ),
    "some": segments.All(
        of=(
            segments.Number(field="order_count", operator="between", value=3, to=12),
            segments.Day(field="last_order_date", operator="last_days", days=120),
        )
    ),
    "many": segments.All(of=(segments.Number(field="order_count", operator="at_least", value=13),)),
}


def run_campaign(*, plan: Plan, day: date, now: datetime) -> Campaign:
    """Send a campaign on its day; one that was sent before a crash stays as it is."""
    at = datetime.combine(day, time(2, 0), tzinfo=UTC)
    campaign = Campaign.objects.filter(is_demo=True, name=plan.name).first()
    if campaign is None:
        campaign = create_campaign(
            name=plan.name,
            segment=_segment(plan, at=at),
            goal=plan.goal,
            language=get_business().language,
            staff=None,
            now=at,
            is_demo=True,
        )
    if campaign.state == CampaignState.DRAFT:
        form = AudienceForm(
            name=plan.name,
            segment_id=campaign.segment_id,
            control_rate=CONTROL_RATE,
            measure_days=MEASURE_DAYS,
        )
        campaign = choose_audience(campaign=campaign, form=form, staff=None, now=at)
    if campaign.state != CampaignState.SENT:
        replay_campaign(campaign=campaign, as_of=day, at=at, now=now)
    return campaign


def list_treated_records(*, campaign: Campaign) -> Iterable[tuple[str, str]]:
    """Give the source's name and the key of every record of those who got it."""
    treated = AudienceMember.objects.filter(campaign=campaign, fate=Fate.TREATED)
    records = SourceRecord.objects.filter(customer__in=treated.values("customer_id"))
    return records.values_list("source__name", "source_key").iterator(chunk_size=_ROWS)


def count_treated(*, campaign: Campaign) -> int:
    """Count who got it."""
    return AudienceMember.objects.filter(campaign=campaign, fate=Fate.TREATED).count()


def watch_for_upsell(*, name: str, days: int, as_of: date, now: datetime) -> Segment:
    """Watch for those who use it often and have not bought: who is ready is in this segment,
    counted anew each day. The threshold is its rule, for anybody to change.
    """
    found = Segment.objects.filter(is_demo=True, name=name).first()
    rule = segments.All(
        of=(
            segments.Number("order_count", "at_most", 0),
            segments.Number("usage_days", "at_least", days),
        )
    )
    made = found or create_segment(name=name, staff=None, now=now, tree=rule, is_demo=True)
    count_segment(segment=made, as_of=as_of, now=now)
    watch_segment(segment=made, staff=None, now=now)
    refresh_alerts(as_of=as_of, now=now)
    return made


def _segment(plan: Plan, *, at: datetime) -> Segment:
    found = Segment.objects.filter(is_demo=True, name=plan.rule_name).first()
    return found or create_segment(
        name=plan.rule_name, staff=None, now=at, tree=RULES[plan.rule], is_demo=True
    )
