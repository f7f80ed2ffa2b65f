"""Lets a campaign have happened in the past: for a made-up business whose effect is known because
it was planted. Nothing is ever handed to a real channel from here.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction

from idic.core.jobs import queue
from idic.core.models import Job
from idic.interact.models import Campaign, CampaignState, Message, MessageState
from idic.interact.services.audience import freeze
from idic.interact.services.launching import approve

# Keeps the background job that approval starts from running before it is cancelled here.
_LATER = timedelta(hours=1)


def replay_campaign(*, campaign: Campaign, as_of: date, at: datetime, now: datetime) -> None:
    """Approve a demo campaign as of a past moment, freeze its audience then, and leave its messages
    in the practice outbox with that moment's date.
    """
    if not campaign.is_demo:
        raise ValueError("only a demo campaign may be put into the past")
    Campaign.objects.filter(id=campaign.id).update(send_at=now + _LATER)
    campaign.refresh_from_db()
    approve(campaign=campaign, staff=None, now=at)
    for job in Job.objects.filter(unique_key=f"interact.freeze:{campaign.id}"):
        queue.cancel(job_id=job.id, now=now)
    freeze(campaign_id=campaign.id, as_of=as_of, now=at)
    with transaction.atomic():
        Message.objects.filter(campaign=campaign, state=MessageState.QUEUED).update(
            state=MessageState.PRACTICE, sent_at=at
        )
        Campaign.objects.filter(id=campaign.id).update(
            state=CampaignState.SENT, finished_at=at, send_at=at
        )
    campaign.refresh_from_db()
