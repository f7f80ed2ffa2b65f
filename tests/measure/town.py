"""A campaign made by hand: who was treated, who was held back, and what each bought when."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from idic.experiments.models import Arm, Experiment
from idic.identify.models import Customer
from idic.interact.models import AudienceMember, Campaign, CampaignState, Fate
from tests.cast import Shop

LAUNCH = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)
DAYS = 14
END = LAUNCH + timedelta(days=DAYS)


@dataclass
class Town:
    """One campaign with its audience."""

    shop: Shop
    campaign: Campaign
    members: dict[str, list[Customer]] = field(default_factory=dict)

    def invite(self, fate: Fate, count: int) -> list[Customer]:
        """Put `count` new customers into the audience."""
        names = [f"{fate.value} {number}" for number in range(count)]
        people = self.shop.add(*names)
        AudienceMember.objects.bulk_create(
            AudienceMember(campaign=self.campaign, customer=person, fate=fate) for person in people
        )
        self.members[fate.value] = people
        return people

    def buy(self, who: str, moment: datetime, *goods: str) -> None:
        """Let somebody buy at a moment."""
        self.shop.sell(who, moment, *goods)


def hold(shop: Shop, *, control: str | None = "0.5", name: str = "Spring") -> Town:
    """Launch a campaign on the 1st of November for two weeks; `control` None holds nobody back."""
    experiment = None
    if control is not None:
        experiment = Experiment.objects.create(name=name, salt=name, created_at=LAUNCH)
        Arm.objects.create(
            experiment=experiment, key="treatment", share=1 - Decimal(control), position=0
        )
        Arm.objects.create(
            experiment=experiment, key="control", share=control, is_control=True, position=1
        )
    campaign = Campaign.objects.create(
        is_live=True,
        name=name,
        state=CampaignState.SENT,
        launched_at=LAUNCH,
        measure_days=DAYS,
        experiment=experiment,
        created_at=LAUNCH,
    )
    return Town(shop=shop, campaign=campaign)
