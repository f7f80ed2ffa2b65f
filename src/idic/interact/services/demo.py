"""Removes the sample shop's campaigns. Messages, cases and calls hang on its people and go with
them.
"""

from __future__ import annotations

from django.db import transaction

from idic.experiments.services.experiments import empty_experiment, remove_experiment
from idic.interact.models import AudienceMember, Campaign, Message


def mark_campaigns() -> None:
    """Mark campaigns that went to made-up people only, whoever drafted them: they go too."""
    for campaign in Campaign.objects.filter(is_demo=False):
        members = AudienceMember.objects.filter(campaign=campaign)
        if members.exists() and not members.filter(customer__is_demo=False).exists():
            Campaign.objects.filter(id=campaign.id).update(is_demo=True)
    told = Message.objects.filter(record__source__is_demo=True, customer__is_demo=False)
    told.update(record=None)


def remove_campaigns() -> None:
    """Delete the campaigns with their experiments, once nobody is in them any more."""
    for campaign in Campaign.objects.filter(is_demo=True).select_related("experiment"):
        experiment = campaign.experiment
        if experiment is not None:
            empty_experiment(experiment=experiment)
        with transaction.atomic():
            campaign.delete()
            if experiment is not None:
                remove_experiment(experiment=experiment)


def count_campaigns() -> dict[str, int]:
    """Count campaigns and messages of the sample shop."""
    return {
        "campaigns": Campaign.objects.filter(is_demo=True).count(),
        "messages": Message.objects.filter(is_demo=True).count(),
    }
