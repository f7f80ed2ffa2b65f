"""A campaign is counted to the order: who bought, how much, in the window and before it."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from idic.engine.effects import Effect, rate_difference_interval
from idic.identify.models import ExchangeRate, ImportRun, Order
from idic.identify.services.identity import merge
from idic.interact.models import Campaign, CampaignState, Fate
from idic.measure.models import CampaignResult
from idic.measure.selectors import find_effect, list_effects
from idic.measure.services.effects import (
    NO_CONTROL,
    NOBODY,
    PATIENCE_DAYS,
    UNEVEN,
    measure_campaign,
    measure_due,
)
from tests.cast import Shop, open_shop
from tests.measure.town import END, LAUNCH, Town, hold

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
LATER = END + timedelta(days=3)


@pytest.fixture
def town() -> Town:
    """40 treated and 40 held back; nobody has bought anything."""
    town = hold(open_shop())
    town.invite(Fate.TREATED, 40)
    town.invite(Fate.CONTROL, 40)
    town.invite(Fate.LEFT_OUT, 5)
    return town


def measured(town: Town, *, now: datetime = LATER) -> CampaignResult:
    town.shop.flush()
    return measure_campaign(campaign=town.campaign, now=now)


def effect_of(town: Town, *, now: datetime = LATER) -> Effect:
    measured(town, now=now)
    effect = find_effect(Campaign.objects.get(id=town.campaign.id)).effect
    assert effect is not None
    return effect


def test_every_order_of_the_window_counts_and_none_beside_it(town: Town) -> None:
    town.buy("treated 0", LAUNCH, "Tea 10")
    town.buy("treated 0", END - SECOND, "Tea 20")
    town.buy("treated 1", LAUNCH - SECOND, "Tea 1000")
    town.buy("treated 2", END, "Tea 1000")
    town.buy("control 0", LAUNCH + SECOND, "Tea 7")
    town.buy("left_out 0", LAUNCH + SECOND, "Tea 1000")
    town.shop.sell(None, LAUNCH + SECOND, "Tea 1000")

    effect = effect_of(town)

    arm = effect.treatment
    assert (arm.customers, arm.converted, arm.amount) == (40, 1, 3_000)
    arm = effect.control
    assert (arm.customers, arm.converted, arm.amount) == (40, 1, 700)
    assert effect.conversion.estimate == 0
    assert effect.verdict == "too_small"


def test_the_interval_is_the_published_one(town: Town) -> None:
    for number in range(20):
        town.buy(f"treated {number}", LAUNCH + timedelta(days=1), "Tea 10")
    for number in range(5):
        town.buy(f"control {number}", LAUNCH + timedelta(days=1), "Tea 10")

    effect = effect_of(town)

    assert effect.conversion.estimate == 0.375
    assert (effect.conversion.low, effect.conversion.high) == rate_difference_interval(
        treated=40, treated_converted=20, control=40, control_converted=5, confidence=0.95
    )
    assert effect.verdict == "proven_gain"
    assert effect.incremental_amount == 40 * (20 - 5) * 1_000 // 40
    assert effect.incremental_conversions == 15


def test_a_return_nets_out_and_is_no_purchase(town: Town) -> None:
    town.buy("treated 0", LAUNCH + SECOND, "Tea 30")
    town.buy("treated 0", LAUNCH + 2 * SECOND, "Tea 30 -1")
    town.buy("treated 1", LAUNCH + SECOND, "Tea 12 -1")

    effect = effect_of(town)

    assert (effect.treatment.converted, effect.treatment.amount) == (1, -1_200)


def test_a_customer_of_several_records_is_counted_once_with_all_orders(town: Town) -> None:
    second = town.shop.add_record(town.shop.people["treated 0"], key="web")
    town.buy("treated 0", LAUNCH + SECOND, "Tea 10")
    town.shop.sell(second, LAUNCH + SECOND, "Tea 5")

    effect = effect_of(town)

    arm = effect.treatment
    assert (arm.customers, arm.converted, arm.amount) == (40, 1, 1_500)


@pytest.mark.req("R003")
def test_who_was_joined_since_counts_in_the_arm_and_with_the_records_of_then(town: Town) -> None:
    treated, held = town.shop.people["treated 0"], town.shop.people["control 0"]
    town.buy("treated 0", LAUNCH + SECOND, "Tea 10")
    town.buy("control 0", LAUNCH + SECOND, "Tea 5")
    alone = effect_of(town)

    merge(customer_ids={treated.id, held.id}, by="person", actor="a@example.com", now=END + SECOND)

    joined = effect_of(town)
    assert joined.treatment == alone.treatment
    assert (joined.treatment.amount, joined.control.amount) == (1_000, 500)


def test_the_year_before_sharpens_the_amount(town: Town) -> None:
    for number in range(40):
        for side in ("treated", "control"):
            price = 10 * (number + 1)
            town.buy(f"{side} {number}", LAUNCH - timedelta(days=100), f"Tea {price}")
            town.buy(f"{side} {number}", LAUNCH + SECOND, f"Tea {price}")
    town.buy("treated 0", LAUNCH - timedelta(days=366), "Tea 100000")

    effect = effect_of(town)

    assert effect.variance_reduction == pytest.approx(1)
    assert effect.incremental_amount == 0


def test_money_of_another_country_counts_at_the_rate_of_its_day(town: Town) -> None:
    ExchangeRate.objects.create(currency="VND", from_date=LAUNCH.date(), rate=Decimal("0.00003"))
    town.buy("treated 0", LAUNCH + SECOND, "Tea 1")
    Order.objects.update(currency="VND", net_amount=1_000_000)

    assert effect_of(town).treatment.amount == 3_000


def test_rows_of_an_import_not_yet_published_are_not_seen(town: Town) -> None:
    town.buy("treated 0", LAUNCH + SECOND, "Tea 10")
    run = ImportRun.objects.create(kind="orders", file_name="x", state="running", created_at=LAUNCH)
    Order.objects.update(import_run=run)

    assert effect_of(town).treatment.converted == 0


def test_groups_that_chance_did_not_make_are_not_read() -> None:
    town = hold(open_shop())
    town.invite(Fate.TREATED, 60)
    town.invite(Fate.CONTROL, 20)

    result = measured(town)

    assert (result.problem, result.effect) == (UNEVEN, {})
    assert result.sample_ratio_p is not None
    assert result.sample_ratio_p < 0.001
    assert find_effect(Campaign.objects.get(id=town.campaign.id)).effect is None


@pytest.mark.parametrize("control", [None, "0.5"])
def test_without_a_control_group_nothing_is_claimed(control: str | None) -> None:
    town = hold(open_shop(), control=control)
    town.invite(Fate.TREATED, 40)
    town.buy("treated 0", LAUNCH + SECOND, "Tea 10")

    result = measured(town)

    assert (result.problem, result.effect, result.sample_ratio_p) == (NO_CONTROL, {}, None)


def test_a_campaign_nobody_got_has_nothing_to_compare() -> None:
    town = hold(open_shop())
    town.invite(Fate.CONTROL, 3)

    assert measured(town).problem == NOBODY


def test_before_the_window_is_over_only_what_is_known_counts(town: Town) -> None:
    town.buy("treated 0", LAUNCH + timedelta(days=2), "Tea 10")
    town.buy("treated 1", LAUNCH + timedelta(days=9), "Tea 10")
    now = LAUNCH + timedelta(days=5)

    effect = effect_of(town, now=now)

    assert effect.treatment.converted == 1
    result = CampaignResult.objects.get()
    assert (result.window_from, result.window_to) == (LAUNCH, END)
    assert (result.is_final, result.measured_at) == (False, now)


def test_an_answer_is_final_once_orders_from_after_the_window_are_in(town: Town) -> None:
    town.buy("treated 0", END - SECOND, "Tea 10")
    assert not measured(town, now=END).is_final
    assert not measured(town, now=LATER).is_final

    town.shop.sell(None, END, "Tea 1")

    assert not measured(town, now=END - SECOND).is_final
    assert measured(town, now=END).is_final


def test_an_answer_does_not_wait_for_ever(town: Town) -> None:
    patience = timedelta(days=PATIENCE_DAYS)

    assert not measured(town, now=END + patience - SECOND).is_final
    assert measured(town, now=END + patience).is_final


def test_late_orders_change_an_answer_that_is_not_final(town: Town) -> None:
    assert effect_of(town).treatment.converted == 0
    town.buy("treated 0", LAUNCH + SECOND, "Tea 10")
    town.shop.flush()

    assert measure_due(now=LATER) == 1
    line = find_effect(Campaign.objects.get(id=town.campaign.id))
    assert line.effect is not None
    assert line.effect.treatment.converted == 1


def another(shop: Shop, name: str, **changes: object) -> Campaign:
    campaign = hold(shop, name=name).campaign
    Campaign.objects.filter(id=campaign.id).update(**changes)
    return campaign


def test_all_launched_campaigns_are_measured_until_final(town: Town) -> None:
    town.buy("treated 0", LAUNCH + SECOND, "Tea 10")
    town.buy("control 0", END + SECOND, "Tea 10")
    paused = another(town.shop, "paused", state=CampaignState.PAUSED)
    sending = another(town.shop, "sending", state=CampaignState.SENDING)
    another(town.shop, "draft", state=CampaignState.DRAFT, launched_at=None)
    another(town.shop, "cancelled", state=CampaignState.CANCELLED)
    another(town.shop, "practice", is_live=False)
    town.shop.flush()

    assert measure_due(now=END - SECOND) == 3
    assert measure_due(now=LATER) == 3
    assert measure_due(now=LATER) == 0

    measured_ids = set(CampaignResult.objects.values_list("campaign_id", flat=True))
    assert measured_ids == {town.campaign.id, paused.id, sending.id}
    names = [line.campaign.name for line in list_effects().effects]
    assert sorted(names) == ["Spring", "cancelled", "paused", "practice", "sending"]


@pytest.mark.django_db
def test_effects_are_paged_by_launch_and_none_is_lost() -> None:
    shop = open_shop()
    # Two of five were launched at the same moment.
    for number, hours in enumerate([1, 3, 3, 2, 5]):
        another(shop, f"{number}", launched_at=LAUNCH + timedelta(hours=hours))
    another(shop, "draft", state=CampaignState.DRAFT, launched_at=None)
    seen, after = [], None

    for _page in range(3):
        page = list_effects(after=after, limit=2)
        seen.append([line.campaign.name for line in page.effects])
        after = page.next_after

    assert seen == [["4", "2"], ["1", "3"], ["0"]]
    assert (after, page.campaign_count) == (None, 5)
    assert len(list_effects(after=1).effects) == 5


def test_a_draft_cannot_be_measured(town: Town) -> None:
    draft = another(town.shop, "draft", launched_at=None)
    draft.refresh_from_db()

    with pytest.raises(ValueError, match="not launched"):
        measure_campaign(campaign=draft, now=LATER)
    assert not CampaignResult.objects.exists()
