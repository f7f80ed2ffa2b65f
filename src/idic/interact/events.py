"""What Interact tells the rooms above."""

from __future__ import annotations

from dataclasses import dataclass

from idic.core.jobs import Event


@dataclass(frozen=True)
class CampaignLaunched(Event):
    """A campaign's audience is frozen and its messages wait in the outbox."""

    campaign_id: int


@dataclass(frozen=True)
class CampaignFinished(Event):
    """Every message of a campaign has gone out, failed or been stopped."""

    campaign_id: int
