"""The pages of Measure: effects, revenue and retention."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from idic.core import ids
from idic.interact.models import AudienceMember, Campaign, CampaignState, Fate
from idic.measure import tasks
from idic.measure.models import CampaignResult
from idic.measure.services.effects import measure_due
from tests.cast import Shop, browser_of, open_shop
from tests.measure.town import END, LAUNCH, Town, hold

pytestmark = pytest.mark.django_db
EFFECTS = "measure:effect_list"


@pytest.fixture
def shop() -> Shop:
    return open_shop()


@pytest.fixture
def bob(shop: Shop) -> Client:
    return browser_of("Bob")


@pytest.fixture
def town(shop: Shop) -> Town:
    """30 treated of whom 20 bought, 30 held back of whom 2 did, and orders after the window."""
    town = hold(shop)
    town.invite(Fate.TREATED, 30)
    town.invite(Fate.CONTROL, 30)
    for number in range(20):
        town.buy(f"treated {number}", LAUNCH + timedelta(days=1), "Tea 10")
    for number in range(2):
        town.buy(f"control {number}", LAUNCH + timedelta(days=1), "Tea 10")
    town.buy("control 9", END, "Tea 10")
    shop.flush()
    return town


def refresh_url(campaign: Campaign) -> str:
    return reverse("measure:effect_refresh", args=[ids.encode("campaign", campaign.id)])


def test_an_effect_is_told_with_its_figures(bob: Client, town: Town) -> None:
    measure_due(now=END + timedelta(days=1))

    page = bob.get(reverse(EFFECTS)).content.decode()

    assert "60 more of every 100 bought because of it" in page
    assert "30 got it and 66.7% of them bought; of the 30 held back it was 6.7%." in page
    assert "<svg" in page
    assert "Sent on 1 Nov 2026" in page
    assert "final" in page
    assert "Newcombe" in page.partition("For analysts")[2]
    assert "Newcombe" not in page.partition("For analysts")[0]


def test_twenty_campaigns_take_as_many_queries_as_two(bob: Client, shop: Shop) -> None:
    def queries(count: int) -> int:
        AudienceMember.objects.all().delete()
        Campaign.objects.all().delete()
        people = shop.add(f"buyer of {count}")
        for number in range(count):
            campaign = hold(shop, name=f"{count} {number}").campaign
            AudienceMember.objects.create(campaign=campaign, customer=people[0], fate=Fate.TREATED)
        measure_due(now=END)
        bob.get(reverse(EFFECTS))
        with CaptureQueriesContext(connection) as captured:
            assert bob.get(reverse(EFFECTS)).status_code == 200
        return len(captured)

    assert queries(2) == queries(20) <= 10


def test_older_campaigns_stand_on_the_next_page(bob: Client, shop: Shop) -> None:
    for number in range(21):
        hold(shop, control=None, name=f"Campaign {number}.")

    first = bob.get(reverse(EFFECTS)).content.decode()
    link = re.search(r'rel="next" href="([^"]+)"', first)
    assert link is not None
    second = bob.get(reverse(EFFECTS) + link[1]).content.decode()

    assert first.count("<h2>Campaign") == 20
    assert "21 campaigns, the newest first" in first
    assert "Campaign 0." not in first
    assert second.count("<h2>Campaign") == 1
    assert "Campaign 0." in second
    assert 'rel="next"' not in second
    assert bob.get(reverse(EFFECTS), {"after": "cmp_wrong"}).status_code == 200


def test_measuring_again_needs_the_right_and_changes_nothing_without(
    bob: Client, town: Town
) -> None:
    charlie = browser_of("Charlie")

    assert charlie.post(refresh_url(town.campaign)).status_code == 403
    assert not CampaignResult.objects.exists()
    assert refresh_url(town.campaign) not in charlie.get(reverse(EFFECTS)).content.decode()

    assert refresh_url(town.campaign) in bob.get(reverse(EFFECTS)).content.decode()
    answer = bob.post(refresh_url(town.campaign), follow=True)
    assert CampaignResult.objects.filter(campaign=town.campaign).count() == 1
    assert "“Spring” is measured anew." in answer.content.decode()


def test_what_was_not_sent_or_was_cancelled_cannot_be_measured(bob: Client, town: Town) -> None:
    url = refresh_url(town.campaign)
    assert bob.get(url).status_code == 405
    assert bob.post(reverse("measure:effect_refresh", args=["cmp_x"])).status_code == 404
    assert (
        bob.post(reverse("measure:effect_refresh", args=["cus_0000000000001"])).status_code == 404
    )

    Campaign.objects.update(state=CampaignState.CANCELLED)
    assert bob.post(url).status_code == 404
    assert url not in bob.get(reverse(EFFECTS)).content.decode()
    Campaign.objects.update(state=CampaignState.DRAFT, launched_at=None)
    assert bob.post(url).status_code == 404
    assert "Nothing to measure yet" in bob.get(reverse(EFFECTS)).content.decode()
    assert not CampaignResult.objects.exists()


def test_a_campaign_in_practice_leads_on_to_a_real_channel(bob: Client, town: Town) -> None:
    Campaign.objects.update(is_live=False)

    page = bob.get(reverse(EFFECTS)).content.decode()

    assert "it was sent in practice, and nobody got it" in page
    assert f'href="{reverse("channels:setting_list")}"' in page
    assert refresh_url(town.campaign) not in page
    assert bob.post(refresh_url(town.campaign)).status_code == 404


def test_the_hourly_task_brings_the_newest_orders_and_measures(town: Town) -> None:
    tasks.measure_campaigns.call()

    result = CampaignResult.objects.get(campaign=town.campaign)
    assert result.effect["treatment"]["converted"] == 20


@pytest.mark.parametrize("language", ["en", "vi", "zh-hans"])
def test_revenue_and_retention_stand_in_every_language(
    bob: Client, town: Town, language: str
) -> None:
    bob.cookies["idic_language"] = language

    page = bob.get(reverse("measure:retention"))

    assert page.status_code == 200
    text = page.content.decode()
    assert f'lang="{language}"' in text
    assert text.count("<svg") >= 2
    assert ("Revenue" in text) == (language == "en")


def test_retention_takes_no_more_queries_with_more_orders(bob: Client, shop: Shop) -> None:
    def queries() -> int:
        shop.flush()
        with CaptureQueriesContext(connection) as captured:
            bob.get(reverse("measure:retention"))
        return len(captured)

    shop.add("Ann")
    shop.sell("Ann", "2026-10-01", "Tea 5")
    queries()
    few = queries()
    for day in range(1, 21):
        shop.sell("Ann", f"2026-09-{day:02d}", "Tea 5")

    assert queries() == few <= 10


def test_strangers_see_nothing(shop: Shop) -> None:
    for name in (EFFECTS, "measure:retention"):
        assert Client().get(reverse(name)).status_code == 302
