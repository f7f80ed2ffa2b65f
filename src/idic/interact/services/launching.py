"""Approves, pauses, resumes and cancels campaigns. Freezing the audience is `audience`."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from idic.core.models import Staff
from idic.core.services import audit
from idic.experiments.assignment import split
from idic.experiments.services import experiments
from idic.interact.models import Campaign, CampaignState
from idic.interact.services.campaigns import WrongCampaign, check_message
from idic.interact.tasks import freeze_audience, skip_cancelled

_STARTED = (CampaignState.SCHEDULED, CampaignState.SENDING, CampaignState.PAUSED)


def approve(
    *,
    campaign: Campaign,
    staff: Staff | None,
    now: datetime,
    base_rate: float | None = None,
    detectable_rate: float | None = None,
) -> bool:
    """Approve a draft: its audience is frozen at its moment, or now, in the background. True for
    the call that did it; a second press changes nothing.
    """
    if campaign.segment_id is None:
        raise WrongCampaign("segment", _("Choose a segment."))
    check_message(subject=campaign.subject, body=campaign.body)
    with transaction.atomic():
        drafts = Campaign.objects.filter(id=campaign.id, state=CampaignState.DRAFT)
        approved = drafts.update(
            state=CampaignState.SCHEDULED,
            approved_at=now,
            base_rate=base_rate,
            detectable_rate=detectable_rate,
        )
        if not approved:
            return False
        experiment = experiments.create(
            name=campaign.name,
            arms=split(control_rate=campaign.control_rate),
            kind="campaign",
            now=now,
        )
        Campaign.objects.filter(id=campaign.id).update(experiment=experiment)
        freeze_audience.using(
            unique_key=f"interact.freeze:{campaign.id}", run_after=campaign.send_at or now
        ).enqueue(campaign_id=campaign.id)
        _audit(campaign, "campaign.approved", staff, now)
    campaign.refresh_from_db()
    return True


def pause(*, campaign: Campaign, staff: Staff | None, now: datetime) -> bool:
    """Hold a campaign; a message whose last byte is not sent yet does not go out."""
    return _move(
        campaign, (CampaignState.SENDING,), CampaignState.PAUSED, "campaign.paused", staff, now
    )


def resume(*, campaign: Campaign, staff: Staff | None, now: datetime) -> bool:
    """Let a paused campaign go on."""
    return _move(
        campaign, (CampaignState.PAUSED,), CampaignState.SENDING, "campaign.resumed", staff, now
    )


def cancel(*, campaign: Campaign, staff: Staff | None, now: datetime) -> bool:
    """Stop a campaign for good. Nothing goes out from this moment; what waits in the outbox is
    marked in the background.
    """
    done = _move(campaign, _STARTED, CampaignState.CANCELLED, "campaign.cancelled", staff, now)
    if done:
        Campaign.objects.filter(id=campaign.id).update(finished_at=now)
        skip_cancelled.enqueue(campaign_id=campaign.id)
    return done


def _move(
    campaign: Campaign,
    sources: tuple[CampaignState, ...],
    target: CampaignState,
    action: str,
    staff: Staff | None,
    now: datetime,
) -> bool:
    with transaction.atomic():
        moved = Campaign.objects.filter(id=campaign.id, state__in=sources).update(state=target)
        if moved:
            _audit(campaign, action, staff, now)
    campaign.refresh_from_db()
    return bool(moved)


def _audit(campaign: Campaign, action: str, staff: Staff | None, now: datetime) -> None:
    audit.record(
        at=now,
        actor=staff.email if staff else "system:campaigns",
        action=action,
        subject_type="campaign",
        subject_id=campaign.id,
    )
