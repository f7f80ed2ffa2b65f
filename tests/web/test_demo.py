"""The sample shop: loads whole in three languages, is known to be made up, and the effect of its
campaign is measured to the order.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pytest_django import Settings

from idic.core.models import Business
from idic.customize.models import Product, Recommendation
from idic.differentiate.models import BusinessFigures, CustomerSummary, Segment
from idic.engine import effects
from idic.identify.models import Customer, ImportRun, Order, OrderLine, Source, SourceRecord
from idic.interact.models import AudienceMember, Campaign, CampaignState, Fate, Message
from idic.lake.models import LakeFile
from idic.measure.models import CampaignResult
from idic.measure.selectors import list_effects
from idic.web.demo import files
from idic.web.demo.people import Person, make_people
from idic.web.demo.shopping import Line, Shop
from idic.web.demo.words import WORDS
from idic.web.selectors import count_everything
from idic.web.selectors.first_look import find_first_look
from idic.web.services import demo as loader
from tests.cast import NOW, TODAY, open_shop

pytestmark = pytest.mark.django_db
PEOPLE = 150
SEED = 5
CAMPAIGN_DAY = TODAY - timedelta(days=loader.CAMPAIGN_DAYS_AGO)


def load(*, progress: loader.Progress | None = None, today: date = TODAY) -> None:
    loader.load_demo(now=NOW, today=today, seed=SEED, people=PEOPLE, progress=progress)


@pytest.fixture
def state(tmp_path: Path, settings: Settings) -> Path:
    """Give a state directory of the test's own."""
    settings.IDIC_HOME = tmp_path
    settings.IDIC_LAKE = tmp_path / "lake"
    settings.IDIC_FILES = tmp_path / "files"
    return tmp_path


def begin(language: str) -> None:
    open_shop(language=language)
    Source.objects.all().delete()
    Business.objects.update(as_of_date=None)


def counts() -> dict[str, Any]:
    return count_everything() | {
        "campaigns": Campaign.objects.count(),
        "results": CampaignResult.objects.count(),
        "sources": Source.objects.count(),
        "runs": ImportRun.objects.count(),
        "products": Product.objects.count(),
    }


def made_again(language: str) -> tuple[Shop, list[Person], list[list[Line]]]:
    """Make the same people and the receipts up to the campaign from the same seed."""
    words = WORDS[language]
    shop = Shop(words=words, seed=SEED)
    people = make_people(
        words=words, count=PEOPLE, until=TODAY, days=loader.HISTORY_DAYS, rng=shop.rng
    )
    start = TODAY - timedelta(days=loader.HISTORY_DAYS)
    return shop, people, list(shop.receipts(people, start=start, end=CAMPAIGN_DAY))


def made_after(shop: Shop, people: list[Person], treated: set[str]) -> list[list[Line]]:
    """Make the receipts after the campaign, with the visits it brought."""
    after = list(shop.receipts(people, start=CAMPAIGN_DAY, end=TODAY))
    chosen = [person for person in people if files.card_of(person) in treated]
    return after + list(
        shop.extra_receipts(
            chosen,
            start=CAMPAIGN_DAY,
            days=loader.MEASURE_DAYS,
            chance=loader.PLANTED_CHANCE,
        )
    )


def cards_of(fate: Fate) -> set[str]:
    members = AudienceMember.objects.filter(fate=fate)
    return set(members.values_list("customer__records__source_key", flat=True))


def check_the_campaign_is_measured_to_the_order(
    language: str, people: list[Person], receipts: list[list[Line]]
) -> None:
    zone = ZoneInfo(Business.objects.get().time_zone)
    start = datetime.combine(CAMPAIGN_DAY, time(2, 0), tzinfo=UTC)
    end = start + timedelta(days=loader.MEASURE_DAYS)
    (line,) = list_effects().effects
    assert line.effect is not None
    assert line.result is not None
    assert (line.result.window_from, line.result.window_to) == (start, end)
    assert line.result.is_final
    unit = 1 if language == "vi" else 100
    for fate, arm in ((Fate.TREATED, line.effect.treatment), (Fate.CONTROL, line.effect.control)):
        cards = cards_of(fate) & {files.card_of(person) for person in people}
        spent = 0
        buyers = set()
        for receipt in receipts:
            first = receipt[0]
            moment = first.ordered_at.replace(tzinfo=zone)
            if first.person is None or files.card_of(first.person) not in cards:
                continue
            if start <= moment < end:
                spent += sum(round(item.goods.price * unit) * item.quantity for item in receipt)
                if first.quantity > 0:
                    buyers.add(first.person.number)
        assert (arm.customers, arm.converted, arm.amount) == (len(cards), len(buyers), spent)


def check_nobody_was_or_can_be_mailed() -> None:
    campaign = Campaign.objects.get()
    assert (campaign.state, campaign.is_live, campaign.is_demo) == (CampaignState.SENT, False, True)
    assert set(Message.objects.values_list("state", "is_practice", "is_demo")) == {
        ("practice", True, True)
    }
    assert Message.objects.count() == AudienceMember.objects.filter(fate=Fate.TREATED).count()
    addresses = Customer.objects.exclude(email="").values_list("email", flat=True)
    assert addresses
    assert all(address.endswith("@example.com") for address in addresses)


def check_walk_ins_are_nobodys() -> None:
    assert not SourceRecord.objects.filter(customer=None, orders__isnull=False).exists()
    assert Order.objects.filter(record=None).count() > 50
    assert not Customer.objects.filter(full_name="").exists()


@pytest.mark.parametrize("language", ["vi", "zh-hans", "en"])
def test_the_sample_shop_loads_whole_and_a_second_time_changes_nothing(
    state: Path, language: str
) -> None:
    begin(language)
    assert loader.is_needed()
    heard: list[tuple[int, int, str]] = []

    load(progress=lambda *step: heard.append(step))

    shop, people, before = made_again(language)
    receipts = before + made_after(shop, people, cards_of(Fate.TREATED))
    bought = {line.person.number for receipt in receipts for line in receipt if line.person}
    own = sum(receipt[0].person is None for receipt in receipts)
    found = counts()
    assert found["orders"] == len(receipts)
    assert found["order_lines"] == sum(len(receipt) for receipt in receipts)
    assert found["unlinked_orders"] == own > 0
    assert found["customers"] == PEOPLE
    assert (found["rejected"], found["segments"], found["campaigns"]) == (0, 1, 1)
    assert (found["results"], found["sources"], found["runs"]) == (1, 2, 5)
    assert found["products"] == len({line.code for receipt in receipts for line in receipt})

    # Everything the pages show is there.
    assert CustomerSummary.objects.count() == PEOPLE
    assert CustomerSummary.objects.filter(order_count__gt=0).count() <= len(bought)
    assert Recommendation.objects.exists()
    look = find_first_look(now=NOW)
    assert look is not None
    assert look.as_of == TODAY
    assert look.unlinked_orders == own

    # Everybody is made up, and known to be.
    assert not Customer.objects.filter(is_demo=False).exists()
    assert not Source.objects.filter(is_demo=False).exists()
    assert not CustomerSummary.objects.filter(is_demo=False).exists()
    assert not Segment.objects.filter(is_demo=False).exists()
    assert not Message.objects.filter(is_demo=False).exists()

    check_walk_ins_are_nobodys()
    check_nobody_was_or_can_be_mailed()
    check_the_campaign_is_measured_to_the_order(language, people, receipts)

    # The bar only ever moves on.
    assert heard[0][0] == 1
    assert heard[-1] == (100, 100, "demo")
    assert [step[0] for step in heard] == sorted(step[0] for step in heard)
    assert {step[1] for step in heard} == {100}

    assert not loader.is_needed()
    files_before = set(LakeFile.objects.filter(dataset="order").values_list("id", flat=True))
    load()
    assert counts() == found | {"lake_files": counts()["lake_files"]}
    assert set(LakeFile.objects.filter(dataset="order").values_list("id", flat=True)) == (
        files_before
    )


class Stopped(Exception):
    """Stands for a crash."""


@pytest.mark.parametrize("place", [8, 45, 76])
def test_after_a_crash_it_goes_on_to_the_same_shop(state: Path, place: int) -> None:
    begin("en")

    def stop(done: int, total: int, label: str) -> None:
        if done >= place:
            raise Stopped

    with pytest.raises(Stopped):
        load(progress=stop)

    assert not Customer.objects.filter(is_demo=False).exists()
    assert not Source.objects.filter(is_demo=False).exists()
    assert loader.is_needed()

    load(today=TODAY + timedelta(days=1))  # it may be past midnight by now

    found = counts()
    shop, people, before = made_again("en")
    receipts = before + made_after(shop, people, cards_of(Fate.TREATED))
    assert (found["orders"], found["customers"], found["runs"]) == (len(receipts), PEOPLE, 5)
    assert (found["segments"], found["campaigns"], found["results"]) == (1, 1, 1)
    assert (
        BusinessFigures.objects.order_by("-as_of_date").values_list("as_of_date", flat=True)[0]
        == TODAY
    )
    assert not loader.is_needed()


def test_a_crash_between_two_imports_leaves_a_shop_that_goes_on(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin("en")

    def crash(*given: object, **named: object) -> None:
        raise Stopped

    with monkeypatch.context() as patch:
        patch.setattr(loader, "_import_receipts", crash)
        with pytest.raises(Stopped):
            load()

    assert Customer.objects.count() == PEOPLE
    assert not Customer.objects.filter(is_demo=False).exists()  # known from the first row on
    assert loader.is_needed()
    load()
    assert not Customer.objects.filter(is_demo=False).exists()


def test_a_demo_never_comes_beside_own_data() -> None:
    shop = open_shop()
    assert loader.is_needed()

    order = shop.sell(None, "2026-11-01", "Tea 5")
    assert not loader.is_needed()

    OrderLine.objects.all().delete()
    order.delete()
    assert loader.is_needed()
    (ann,) = shop.add("Ann")
    assert not loader.is_needed()

    SourceRecord.objects.all().delete()
    assert not loader.is_needed()
    ann.delete()
    assert loader.is_needed()


def compare_once(seed: int) -> tuple[bool, bool]:
    """Run the planted campaign of one seed; tell whether each truth lies in its interval."""
    words = WORDS["vi"]
    shop = Shop(words=words, seed=seed)
    people = [
        person
        for person in make_people(
            words=words, count=2_000, until=TODAY, days=loader.HISTORY_DAYS, rng=shop.rng
        )
        if person.begins < CAMPAIGN_DAY
    ]
    is_treated = shop.rng.random(len(people)) < float(loader.CONTROL_RATE)
    treated = {person.number for person, is_in in zip(people, is_treated, strict=True) if is_in}
    end = CAMPAIGN_DAY + timedelta(days=loader.MEASURE_DAYS)
    plain = _sums(shop.receipts(people, start=CAMPAIGN_DAY, end=end))
    extra = _sums(
        shop.extra_receipts(
            [person for person in people if person.number in treated],
            start=CAMPAIGN_DAY,
            days=loader.MEASURE_DAYS,
            chance=loader.PLANTED_CHANCE,
        )
    )
    numbers = [person.number for person in people]
    effect = effects.compare(
        {
            "customer_id": numbers,
            "arm": ["treatment" if n in treated else "control" for n in numbers],
            "converted": [n in plain or n in extra for n in numbers],
            "amount": [plain.get(n, 0) + extra.get(n, 0) for n in numbers],
        }
    )
    true_rate = len(extra.keys() - plain.keys()) / len(treated)
    true_amount = sum(extra.values())
    return (
        effect.conversion.low <= true_rate <= effect.conversion.high,
        effect.incremental_amount_low <= true_amount <= effect.incremental_amount_high,
    )


def _sums(receipts: Iterator[list[Line]]) -> dict[int, int]:
    sums: dict[int, int] = {}
    for receipt in receipts:
        if receipt[0].person is not None:
            number = receipt[0].person.number
            amount = sum(round(line.goods.price) * line.quantity for line in receipt)
            sums[number] = sums.get(number, 0) + amount
    return sums


@pytest.mark.long
def test_the_planted_effect_lies_in_its_interval_as_often_as_promised() -> None:
    found = [compare_once(seed) for seed in range(200)]

    assert sum(rate for rate, _amount in found) >= 186
    assert sum(amount for _rate, amount in found) >= 186


def test_the_planted_effect_of_one_seed_lies_in_its_interval() -> None:
    assert compare_once(20261123) == (True, True)
