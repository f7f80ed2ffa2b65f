"""The sample businesses: the same from the same seed, whole in three languages, known to be made
up, and every campaign measured to the order.
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
from idic.differentiate.models import BusinessFigures, CustomerSummary, Segment, UpsellAlert
from idic.engine import effects
from idic.identify.importing.values.contacts import parse_phone
from idic.identify.models import (
    Asking,
    Customer,
    Event,
    ImportRun,
    Order,
    OrderLine,
    Source,
    SourceRecord,
)
from idic.interact.models import AudienceMember, Campaign, CampaignState, Case, Fate, Message
from idic.lake.models import LakeFile
from idic.measure.models import CampaignResult
from idic.measure.selectors import find_effect
from idic.measure.truth import find_truth
from idic.web.demo.making import MEASURE_DAYS, Making, make
from idic.web.demo.shopping import Receipts
from idic.web.demo.words import LANGUAGES, TRADES, get_cast, get_trade
from idic.web.people import shown_phone, zalo_url
from idic.web.selectors import count_everything
from idic.web.selectors.first_look import find_first_look
from idic.web.services import demo as loader
from tests.cast import NOW, TODAY, open_shop

pytestmark = pytest.mark.django_db
PEOPLE = 120
SEED = 5


def load(
    *, trade: str = "shop", progress: loader.Progress | None = None, today: date = TODAY
) -> None:
    loader.load_demo(now=NOW, today=today, trade=trade, seed=SEED, people=PEOPLE, progress=progress)


def made(language: str, trade: str = "shop", seed: int = SEED, people: int = PEOPLE) -> Making:
    return make(trade=trade, language=language, today=TODAY, seed=seed, people=people)


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
        "cases": Case.objects.count(),
    }


def people_of(fate: Fate, campaign: Campaign) -> dict[tuple[str, str], int]:
    """Give the records of those of one side: (source, key) → customer."""
    members = AudienceMember.objects.filter(fate=fate, campaign=campaign)
    records = SourceRecord.objects.filter(
        customer__in=members.values("customer_id"), source__is_demo=True
    )
    rows = records.values_list("source__name", "source_key", "customer_id")
    return {(source, key): customer for source, key, customer in rows if customer is not None}


def all_receipts(making: Making) -> Iterator[tuple[str, str, list[Any]]]:
    """Ring everything up as it came in: what was lost is missing, what was brought is there."""
    lost: set[int] = set()
    brought: list[Receipts] = []
    names = making.trade.sources
    numbers = {
        (names[source], record.key): record.person
        for source, records in making.records.items()
        for record in records
    }
    for plan in making.trade.plans:
        campaign = Campaign.objects.get(name=plan.name)
        day = making.today - timedelta(days=plan.days_ago)
        places = {numbers[pair] - 1 for pair in people_of(Fate.TREATED, campaign)}
        more = {"at": day, "days": MEASURE_DAYS, "treated": places}
        lost |= set(making.shop.lost(plan, **more))
        brought.append(making.shop.brought(plan, **more))
    base = making.shop.between(making.start, making.today, without=lost)
    for receipts in [base, *brought]:
        sides = making.sides(receipts)
        for side, lines in zip(sides, making.shop.lines(receipts), strict=True):
            yield names[side.source], side.key, lines


def check_campaigns_are_measured_to_the_order(language: str, making: Making) -> None:
    zone = ZoneInfo(Business.objects.get().time_zone)
    unit = 1 if language == "vi" else 100
    receipts = list(all_receipts(making))
    lines = {one.name: find_effect(one) for one in Campaign.objects.all()}
    assert set(lines) == {plan.name for plan in making.trade.plans}
    for plan in making.trade.plans:
        day = making.today - timedelta(days=plan.days_ago)
        start = datetime.combine(day, time(2, 0), tzinfo=UTC)
        end = start + timedelta(days=MEASURE_DAYS)
        line = lines[plan.name]
        assert line.result is not None
        assert (line.result.window_from, line.result.window_to) == (start, end)
        assert line.result.is_final
        if line.effect is None:  # chance dealt so few people uneven hands
            continue
        for fate, arm in (
            (Fate.TREATED, line.effect.treatment),
            (Fate.CONTROL, line.effect.control),
        ):
            owners = people_of(fate, line.campaign)
            spent, buyers = 0, set()
            for source, key, goods in receipts:
                moment = goods[0].ordered_at.replace(tzinfo=zone)
                if (source, key) in owners and start <= moment < end:
                    spent += sum(round(one.goods.price * unit) * one.quantity for one in goods)
                    if goods[0].quantity > 0:
                        buyers.add(owners[source, key])
            assert (arm.converted, arm.amount) == (len(buyers), spent)


def check_nobody_was_or_can_be_mailed() -> None:
    for campaign in Campaign.objects.all():
        told = (campaign.state, campaign.is_live, campaign.is_demo)
        assert told == (CampaignState.SENT, False, True)
    assert set(Message.objects.values_list("state", "is_practice", "is_demo")) == {
        ("practice", True, True)
    }
    assert Message.objects.count() == AudienceMember.objects.filter(fate=Fate.TREATED).count()
    addresses = Customer.objects.exclude(email="").values_list("email", flat=True)
    assert addresses
    hosts = {address.rpartition("@")[2] for address in addresses}
    assert hosts <= {"example.com", "example.net", "example.org"}


def check_nobody_was_asked_twice() -> None:
    """What the page of questions shows of the sample: some were asked, nobody what was known."""
    asked = Asking.objects.filter(record__source__is_demo=True)
    assert asked.filter(state="answered").count() > 5
    assert not asked.filter(is_repeat=True).exists()
    assert asked.values("record__customer", "question").distinct().count() == asked.count()


def check_walk_ins_are_nobodys(making: Making) -> None:
    assert not SourceRecord.objects.filter(customer=None, orders__isnull=False).exists()
    assert not Customer.objects.filter(full_name__iexact=making.trade.walk_in).exists()
    assert not SourceRecord.objects.filter(display_name__iexact=making.trade.walk_in).exists()


@pytest.mark.req("R073")
@pytest.mark.parametrize(
    ("language", "trade"),
    [
        ("vi", "supermarket"),
        pytest.param("zh-hans", "shop", marks=pytest.mark.one_database),
        pytest.param("en", "saas", marks=pytest.mark.one_database),
    ],
)
def test_a_sample_business_loads_whole(state: Path, language: str, trade: str) -> None:
    begin(language)
    assert loader.is_needed()
    heard: list[tuple[int, int, str]] = []

    load(trade=trade, progress=lambda *step: heard.append(step))

    making = made(language, trade)
    receipts = list(all_receipts(making))
    own = sum(key == "" for _source, key, _lines in receipts)
    found = counts()
    assert found["orders"] == len(receipts)
    assert found["order_lines"] == sum(len(lines) for _source, _key, lines in receipts)
    assert found["unlinked_orders"] == own
    assert (own > 0) == (trade != "saas")
    assert found["source_records"] >= len(
        {(name, one.key) for name, listed in making.records.items() for one in listed}
    )
    assert 0.8 * PEOPLE < found["customers"] < 1.5 * PEOPLE
    assert (found["rejected"], found["quarantined"]) == (0, 0)
    plans = making.trade.plans
    assert (found["campaigns"], found["results"]) == (len(plans), len(plans))
    watched = "upsell" in making.trade.says
    assert (UpsellAlert.objects.count() > 0) == watched
    assert found["segments"] == len({plan.rule for plan in plans}) + watched
    assert found["sources"] in (len(making.records), len(making.records) + 1)  # notes: the CRM's
    assert found["products"] == len({one.goods.code for *_who, lines in receipts for one in lines})
    told = list(making.diary.happenings(making.sides(making.shop.base)))
    assert Event.objects.exclude(source__kind="crm").count() == len(told) > 100
    assert found["cases"] > 0
    assert Case.objects.filter(closed_at=None).exists()

    # Everything the pages show is there.
    assert CustomerSummary.objects.count() == found["customers"]
    assert Recommendation.objects.exists()
    look = find_first_look(now=NOW)
    assert look is not None
    assert look.as_of == TODAY
    assert look.unlinked_orders == own

    # Everybody is made up, and known to be.
    assert not Customer.objects.filter(is_demo=False).exists()
    assert not Source.objects.filter(is_demo=False).exclude(kind="crm").exists()
    assert not CustomerSummary.objects.filter(is_demo=False).exists()
    assert not Segment.objects.filter(is_demo=False).exists()
    assert not Message.objects.filter(is_demo=False).exists()

    check_nobody_was_asked_twice()
    check_walk_ins_are_nobodys(making)
    check_nobody_was_or_can_be_mailed()
    check_campaigns_are_measured_to_the_order(language, making)

    # The bar only ever moves on.
    assert heard[0][0] == 1
    assert heard[-1] == (100, 100, "demo")
    assert [step[0] for step in heard] == sorted(step[0] for step in heard)
    assert {step[1] for step in heard} == {100}

    assert not loader.is_needed()
    assert loader.find_trade() == trade


@pytest.mark.one_database
def test_a_second_loading_changes_nothing(state: Path) -> None:
    begin("en")
    load(trade="saas")
    found = counts()
    files = list_order_files()

    load(trade="saas")

    assert counts() == found | {"lake_files": counts()["lake_files"]}
    assert list_order_files() == files


def list_order_files() -> set[int]:
    return set(LakeFile.objects.filter(dataset="order").values_list("id", flat=True))


class Stopped(Exception):
    """Stands for a crash."""


@pytest.mark.parametrize(
    "place",
    [45, pytest.param(8, marks=pytest.mark.long), pytest.param(76, marks=pytest.mark.long)],
)
def test_after_a_crash_it_goes_on_to_the_same_business(state: Path, place: int) -> None:
    begin("en")

    def stop(done: int, total: int, label: str) -> None:
        if done >= place:
            raise Stopped

    with pytest.raises(Stopped):
        load(progress=stop)

    assert not Customer.objects.filter(is_demo=False).exists()
    assert not Source.objects.filter(is_demo=False).exclude(kind="crm").exists()
    assert loader.is_needed()

    # It may be past midnight by now, and a worker does not know which trade was asked for.
    load(trade="", today=TODAY + timedelta(days=1))

    making = made("en")
    found = counts()
    assert found["orders"] == len(list(all_receipts(making)))
    assert (found["campaigns"], found["results"]) == (2, 2)
    assert found["cases"] == len(making.diary.complaints())
    assert (
        BusinessFigures.objects.order_by("-as_of_date").values_list("as_of_date", flat=True)[0]
        == TODAY
    )
    truth = find_truth()
    assert truth is not None
    assert len(truth.effects) == 2
    assert not loader.is_needed()


def test_a_crash_within_an_import_leaves_a_business_that_goes_on(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin("en")

    def crash(**_given: object) -> None:
        raise Stopped

    monkeypatch.setattr(loader, "run_loop", crash)
    with pytest.raises(Stopped):
        load()
    monkeypatch.undo()

    assert Order.objects.exists()
    assert not Customer.objects.filter(is_demo=False).exists()
    assert loader.is_needed()
    load()
    assert not loader.is_needed()


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


@pytest.mark.one_database
def test_another_business_takes_the_place_of_the_first(state: Path) -> None:
    begin("en")
    load()
    assert loader.find_trade() == "shop"

    loader.load_anew(now=NOW, today=TODAY, trade="saas", people=40)

    assert loader.find_trade() == "saas"
    names = set(Source.objects.filter(is_demo=True).values_list("name", flat=True))
    assert names == set(get_trade("saas", "en").sources.values())
    assert Customer.objects.count() < 70


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("trade", TRADES)
def test_the_same_seed_makes_the_same_business(trade: str, language: str) -> None:
    first, again = made(language, trade), made(language, trade)
    other = made(language, trade, seed=6)

    assert first.people == again.people != other.people
    assert first.records == again.records
    told = [list(one.shop.lines(one.shop.base)) for one in (first, again, other)]
    assert told[0] == told[1] != told[2]
    happened = [
        list(one.diary.happenings(one.sides(one.shop.base))) for one in (first, again, other)
    ]
    assert happened[0] == happened[1] != happened[2]


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_of_every_trade_are_whole(language: str) -> None:
    for name in TRADES:
        trade, english = get_trade(name, language), get_trade(name, "en")
        assert {goods.need for goods in trade.goods} - {""} == set(trade.needs)
        assert len({goods.code for goods in trade.goods}) == len(trade.goods)
        assert len({goods.name for goods in trade.goods}) == len(trade.goods)
        assert [plan.key for plan in trade.plans] == [plan.key for plan in english.plans]
        assert set(trade.sources) == set(trade.known) - {"again"}
        assert all(trade.says[kind] for kind in ("call", "letter", "complaint", "promise"))
        for goods in trade.goods:
            assert goods.name == goods.name.strip()
            assert "�" not in goods.name


def test_a_whole_supermarket_is_of_the_promised_size() -> None:
    making = make(trade="supermarket", language="vi", today=TODAY, seed=SEED)
    sides = making.sides(making.shop.base)
    events = sum(1 for _one in making.diary.happenings(sides))

    records = sum(len(listed) for listed in making.records.values())
    assert 18_000 < records < 21_000
    assert 420_000 < events + len(making.shop.base.article) < 580_000
    phones = [one.phone for one in making.people if one.phone]
    assert 0.05 < 1 - len(set(phones)) / len(phones) < 0.15  # families on one phone
    assert all(phone.startswith("0594") or phone.startswith("0595") for phone in phones)
    shares = dict.fromkeys(making.trade.needs, 0.0)
    for one in making.people:
        shares[one.need] += 1 / len(making.people)
    assert shares == pytest.approx(making.trade.needs, abs=0.02)


@pytest.mark.parametrize(
    ("language", "country", "code"),
    [("vi", "VN", "+84"), ("zh-hans", "CN", "+86"), ("en", "GB", "+44")],
)
def test_every_made_up_number_is_read_dialled_and_written_as_one_of_its_country(
    language: str, country: str, code: str
) -> None:
    phone = get_cast(language).phone

    for block in phone["blocks"]:
        told = block + "24680"[: phone["digits"]]
        found = parse_phone(told, country=country)
        assert found is not None
        assert not found.is_placeholder
        assert found.value.startswith(code)
        shown = shown_phone(found.value, country=country)
        assert "".join(c for c in shown if c.isdigit()) == told
        assert bool(zalo_url(found.value)) is (language == "vi")


def test_new_year_is_busy_before_and_still_on_its_days() -> None:
    making = make(trade="supermarket", language="vi", today=TODAY, seed=SEED, people=1500)
    base = making.shop.base
    by_day = {making.start + timedelta(days=day): 0 for day in range(730)}
    for day in base.day.tolist():
        by_day[making.start + timedelta(days=day)] += 1
    tet = date(2026, 2, 17)
    before = [by_day[tet - timedelta(days=day)] for day in range(2, 22)]
    usual = [by_day[tet - timedelta(days=day)] for day in range(40, 80)]
    assert sum(before) / 20 > 1.4 * sum(usual) / 40
    assert sum(by_day[tet + timedelta(days=day)] for day in range(-1, 3)) < sum(usual) / 40
    season = {at for at, goods in enumerate(making.trade.goods) if goods.season == "tet"}
    sold = {int(base.day[at]) for at in range(len(base)) if base.article[base.first[at]] in season}
    days = {making.start + timedelta(days=day) for day in sold}
    assert days
    feasts = (date(2025, 1, 29), tet)
    assert all(any(0 < (feast - day).days <= 21 for feast in feasts) for day in days)


def compare_once(seed: int) -> tuple[bool, bool]:
    """Run the campaign that brings visits with one seed; tell whether each truth lies in its
    interval.
    """
    making = made("vi", "supermarket", seed=seed, people=2_000)
    shop, plan = making.shop, making.trade.plans[0]
    day = TODAY - timedelta(days=plan.days_ago)
    people = [place for place, person in enumerate(making.people) if person.begins < day]
    dealt = shop.rng(99).random(len(people)) < 0.5
    treated = {place for place, is_in in zip(people, dealt, strict=True) if is_in}
    end = day + timedelta(days=MEASURE_DAYS)
    plain = _sums(making, shop.between(day, end))
    brought = shop.brought(plan, at=day, days=MEASURE_DAYS, treated=treated)
    extra = _sums(making, brought)
    effect = effects.compare(
        {
            "customer_id": people,
            "arm": ["treatment" if n in treated else "control" for n in people],
            "converted": [n in plain or n in extra for n in people],
            "amount": [plain.get(n, 0) + extra.get(n, 0) for n in people],
        }
    )
    true_rate = len(extra.keys() - plain.keys()) / len(treated)
    true_amount = sum(extra.values())
    return (
        effect.conversion.low <= true_rate <= effect.conversion.high,
        effect.incremental_amount_low <= true_amount <= effect.incremental_amount_high,
    )


def _sums(making: Making, receipts: Receipts) -> dict[int, int]:
    sums: dict[int, int] = {}
    amounts = making.shop.amounts(receipts, digits=0).tolist()
    for who, amount in zip(receipts.person.tolist(), amounts, strict=True):
        if who >= 0:
            sums[who] = sums.get(who, 0) + amount
    return sums


@pytest.mark.long
def test_the_planted_effect_lies_in_its_interval_as_often_as_promised() -> None:
    found = [compare_once(seed) for seed in range(200)]

    assert sum(rate for rate, _amount in found) >= 186
    assert sum(amount for _rate, amount in found) >= 186


def test_the_planted_effect_of_one_seed_lies_in_its_interval() -> None:
    assert compare_once(SEED) == (True, True)
