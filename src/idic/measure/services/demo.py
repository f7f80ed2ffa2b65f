"""Removes what was measured of the sample shop's campaigns."""

from __future__ import annotations

from idic.measure.models import CampaignResult


def forget_results() -> None:
    """Delete the results of campaigns that only made-up people were in."""
    CampaignResult.objects.filter(campaign__is_demo=True).delete()
