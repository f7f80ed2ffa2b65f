"""How a campaign's people are asked for: the segment as a set of customers, and the rules as they
apply to this campaign now.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db.models import QuerySet

from idic.channels.adapters.registry import is_live
from idic.core.models import Business
from idic.core.selectors import get_business
from idic.differentiate import segments
from idic.differentiate.models import CustomerSummary
from idic.identify.models import Customer
from idic.interact.content.catalogue import NEEDS
from idic.interact.content.rendering import WrongTemplate, list_needed
from idic.interact.models import Campaign, ContactPolicy
from idic.interact.policy.parameters import PolicyParameters, build_parameters
from idic.interact.selectors.policy import get_policy, get_rules

# Of so many the best are found along the order of worth, not by sorting all of them.
MANY = 20_000


@dataclass(frozen=True, slots=True)
class Asking:
    """A campaign's people and the rules as they apply to it: read once, asked several times.
    `members` are their summaries; `are_many` by the last count of the segment.
    """

    people: QuerySet[Customer]
    members: QuerySet[CustomerSummary]
    are_many: bool
    parameters: PolicyParameters
    policy: ContactPolicy


def ask(
    *,
    campaign: Campaign,
    as_of: date,
    now: datetime,
    business: Business | None = None,
    rules: tuple[ContactPolicy, bool] | None = None,
) -> Asking:
    """Read what a campaign's people are asked for by; `rules` as `get_rules` gave them."""
    business = business or get_business()
    frame = segments.Frame(
        as_of=as_of, now=now, time_zone=business.time_zone, currency=business.currency
    )
    policy, live = rules or get_rules(channel=campaign.channel)
    members = _list_members(campaign=campaign, frame=frame)
    last_count = campaign.segment.customer_count if campaign.segment else None
    return Asking(
        people=Customer.objects.filter(id__in=members.order_by().values("customer_id")),
        members=members,
        are_many=(last_count or 0) > MANY,
        parameters=get_parameters(
            campaign=campaign, as_of=as_of, now=now, business=business, policy=policy, live=live
        ),
        policy=policy,
    )


def build_frame(*, as_of: date, now: datetime) -> segments.Frame:
    """Give the day and moment segments are read at."""
    return segments.current_frame(as_of=as_of, now=now)


def list_segment_customers(*, campaign: Campaign, frame: segments.Frame) -> QuerySet[Customer]:
    """Give the customers of the campaign's segment; nobody when none is chosen."""
    members = _list_members(campaign=campaign, frame=frame)
    return Customer.objects.filter(id__in=members.order_by().values("customer_id"))


def _list_members(*, campaign: Campaign, frame: segments.Frame) -> QuerySet[CustomerSummary]:
    if campaign.segment_id is None:
        return CustomerSummary.objects.none()
    frame = replace(frame, known=(campaign.segment,)) if campaign.segment else frame
    return segments.to_query(segments.InSegment(segment_id=campaign.segment_id), frame=frame)


def get_parameters(
    *,
    campaign: Campaign,
    as_of: date,
    now: datetime,
    counts_waiting: bool = True,
    business: Business | None = None,
    policy: ContactPolicy | None = None,
    live: bool | None = None,
) -> PolicyParameters:
    """Give the rules as they apply to this campaign now. `live` None: as its channel stands."""
    business = business or get_business()
    return build_parameters(
        policy=policy or get_policy(),
        business=business,
        channel=campaign.channel,
        purpose=campaign.purpose,
        now=now,
        as_of=as_of,
        is_live=is_live(channel=campaign.channel) if live is None else live,
        campaign_id=campaign.id,
        experiment_id=campaign.experiment_id,
        counts_waiting=counts_waiting,
        needed=list_campaign_needs(campaign),
    )


def list_campaign_needs(campaign: Campaign) -> tuple[tuple[str, ...], ...]:
    """Give what the campaign's message must know of a person; nothing while it does not parse."""
    try:
        return list_needed(subject=campaign.subject, body=campaign.body, needs=NEEDS)
    except WrongTemplate:
        return ()
