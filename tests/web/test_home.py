"""Home: what is proven, the five stations with what comes next, the set-up and the score."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from html import unescape
from math import hypot
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from idic.channels.models import ChannelSetting
from idic.core import clock
from idic.core.models import Business
from idic.core.selectors import get_business
from idic.customize.models import Offer
from idic.differentiate.models import (
    BusinessFigures,
    MatrixCell,
    NeedGroup,
    TierChange,
)
from idic.differentiate.services.refresh import refresh_all
from idic.engine.effects import Arm, Difference, Effect
from idic.identify.models import ImportRun, ImportState
from idic.interact.models import Campaign, CampaignState, Case, Goal, Message, MessageEvent
from idic.measure.models import CampaignResult
from idic.measure.services.effects import NO_CONTROL, UNEVEN
from idic.web.home.page import Home, build_home
from idic.web.home.stations import Need, Station
from tests.cast import NOW, TODAY, Shop, browser_of, hire, open_shop

pytestmark = pytest.mark.django_db
PAGE = "/home/"
FIGURES: dict[str, Any] = {
    "buyers": 40,
    "customers": 50,
    "orders": 200,
    "unlinked_orders": 40,
    "incomplete": 10,
    "late": {"count": 3},
    "week": {
        "first_buyers": 4,
        "buyers": 20,
        "moves_since": "2026-11-16",
        "moved_up": 5,
        "moved_down": 2,
    },
}


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def shop() -> Shop:
    return open_shop()


@pytest.fixture
def figures(shop: Shop) -> Callable[..., None]:
    """Write what a refresh would have found: 40 buyers, the need of 30 of them clear."""

    def figures(**changes: Any) -> None:
        BusinessFigures.objects.update_or_create(
            as_of_date=TODAY, defaults={"figures": FIGURES | changes, "computed_at": NOW}
        )
        group = NeedGroup.objects.create(name="Baby", created_at=NOW)
        for need, people in ((group, 30), (None, 10)):
            MatrixCell.objects.create(
                tier="loyal",
                need_group=need,
                customer_count=people,
                last_year_amount=0,
                expected_amount=0,
                overdue_count=0,
                stake_amount=0,
            )

    return figures


def an_effect(middle: int, *, half: int, points: float = 0.05, point_half: float = 0.1) -> Effect:
    """Give an effect in minor units with the half of its interval; 100 of 1,000 treated bought."""
    money = Difference(middle / 1_000, (middle - half) / 1_000, (middle + half) / 1_000, "no", 0)  # type: ignore[arg-type]
    rate = Difference(points, points - point_half, points + point_half, "no", 0)  # type: ignore[arg-type]
    return Effect(
        treatment=Arm(1_000, 100, 500_000),
        control=Arm(1_000, 50, 400_000),
        conversion=rate,
        amount=money,
        incremental_amount=middle,
        incremental_amount_low=middle - half,
        incremental_amount_high=middle + half,
        incremental_conversions=1_000 * points,
        variance_reduction=0.0,
        confidence=0.95,
        primary="conversion",
    )


def send(
    found: Effect | None = None, *, problem: str = "", is_final: bool = True, **changes: Any
) -> Campaign:
    """Send a campaign three weeks ago; with an effect or a problem it was measured."""
    values: dict[str, Any] = {
        "name": "Spring",
        "goal": Goal.WIN_BACK,
        "state": CampaignState.SENT,
        "is_live": True,
        "launched_at": NOW - timedelta(days=21),
        "created_at": NOW - timedelta(days=22),
    }
    campaign = Campaign.objects.create(**(values | changes))
    if found or problem:
        CampaignResult.objects.create(
            campaign=campaign,
            effect=asdict(found) if found else {},
            problem=problem,
            window_from=campaign.launched_at,
            window_to=NOW - timedelta(days=4) if is_final else NOW + timedelta(days=3),
            is_final=is_final,
            measured_at=NOW,
        )
    return campaign


def home(name: str = "Alice", language: str = "en") -> Home:
    with translation.override(language):
        return build_home(business=get_business(), staff=hire(name), now=NOW)


def station(number: int, name: str = "Alice") -> Station:
    return home(name).stops[number - 1].station


def words(text: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", "", text)).split())


def shown(client: Client) -> str:
    page: str = client.get(PAGE).content.decode()
    return words(page[page.index("<main") : page.index("</main>")])


# The headline.


@pytest.mark.req("R148")
def test_money_that_is_proven_is_the_headline_with_its_ends(figures: Callable[..., None]) -> None:
    figures()
    send(an_effect(300_000, half=30_000))
    send(an_effect(100_000, half=40_000))

    said = home().headline

    # The error of a sum of two independent answers is the root of 300² + 400² = 500 pounds.
    assert said.title == "Looking after the right people brought about £4k more in sales"
    assert said.lead.startswith("Very likely between £3.5k and £4.5k")
    assert home().stops[4].amount == "+£4k"
    assert home().stops[4].is_proven


def test_buyers_are_told_when_money_is_not_proven(figures: Callable[..., None]) -> None:
    figures()
    send(an_effect(100_000, half=150_000, points=0.05, point_half=0.02))

    said = home().headline

    assert said.title == "Looking after the right people made about 50 more people buy"
    assert said.lead.startswith("Very likely 30 to 70. In sales not proven yet")
    assert not home().stops[4].is_proven


def test_a_loss_is_told_as_plainly_as_a_gain(figures: Callable[..., None]) -> None:
    figures()
    send(an_effect(-200_000, half=50_000))

    said = home().headline

    assert said.title == "Campaigns cost about £2k in sales: change or stop them"
    assert said.lead.startswith("Very likely between £1.5k and £2.5k")


@pytest.mark.parametrize(
    ("campaigns", "lead"),
    [
        ([], "No campaign has gone out in the last 12 months. Send one"),
        ([{"control_rate": 0}], "Nobody was held back"),
        ([{"problem": NO_CONTROL}], "Nobody was held back"),
        ([{"problem": UNEVEN}], "No campaign can be read yet"),
        (
            [{"found": an_effect(900_000, half=1_000), "is_final": False}],
            "The first answer comes on 26 Nov 2026",
        ),
        ([{"found": an_effect(100_000, half=150_000)}], "So far −£500 to £2.5k"),
    ],
)
def test_without_proof_the_page_says_so_and_what_to_do(
    figures: Callable[..., None], campaigns: list[dict[str, Any]], lead: str
) -> None:
    figures()
    for campaign in campaigns:
        send(**campaign)

    said = home().headline

    assert said.title == "No effect is proven yet"
    assert said.lead.startswith(lead)


def test_what_was_cancelled_or_went_out_longer_ago_does_not_count(
    figures: Callable[..., None],
) -> None:
    figures()
    send(an_effect(900_000, half=1_000), state=CampaignState.CANCELLED)
    send(an_effect(900_000, half=1_000), launched_at=NOW - timedelta(days=366))

    assert home().known.launches == []


# The rail.


@pytest.mark.req("R133", "R148")
def test_five_stations_stand_in_the_models_order_each_with_a_sentence_and_an_act(
    shop: Shop, figures: Callable[..., None]
) -> None:
    figures()
    stops = home().stops

    assert [(stop.station.number, stop.station.name) for stop in stops] == [
        (1, "Identify"),
        (2, "Differentiate"),
        (3, "Interact"),
        (4, "Customize"),
        (5, "Measure"),
    ]
    assert [words(stop.station.sentence) for stop in stops] == [
        "Buyer known for 80% of orders. 4 new customers in 7 days.",
        "Need clear for 30 of 40 buyers. Since 16 Nov: 5 up a rank, 2 down.",
        "No message in 7 days.",
        "No offer is open.",
        "No campaign has gone out in the last 12 months.",
    ]
    assert all(stop.station.act.label and stop.station.act.url for stop in stops)


def test_every_act_leads_to_a_page_that_opens(figures: Callable[..., None]) -> None:
    figures()
    send(an_effect(1_000, half=10))
    alice = browser_of("Alice")
    page = home()
    acts = [stop.station.act for stop in page.stops]
    acts += [part.act for part in page.maturity.parts]
    acts += [step.act for step in page.set_up.steps if step.act]

    assert [act.url for act in acts if alice.get(act.url).status_code != 200] == []


@pytest.mark.parametrize(
    ("figure", "need"),
    [(40, Need.FINE), (100, Need.OPEN), (160, Need.STUCK)],
)
def test_identify_is_as_healthy_as_orders_are_linked(
    figures: Callable[..., None], figure: int, need: Need
) -> None:
    figures(unlinked_orders=figure)

    assert station(1).need is need


def test_only_the_neediest_station_is_amber_and_holds_the_one_primary_button(
    shop: Shop, figures: Callable[..., None]
) -> None:
    figures()
    (ann,) = shop.add("Ann")
    Case.objects.create(customer=ann, text="Late", opened_at=NOW, due_at=NOW - timedelta(hours=1))

    page = browser_of("Alice").get(PAGE).content.decode()

    assert [stop.station.number for stop in home().stops if stop.station.is_now] == [3]
    assert words(station(3).sentence).startswith("1 complaint or request waits beyond its day.")
    assert page.count("btn primary") == 1
    assert 'class="now "' in page
    assert words(page[page.index("btn primary") - 10 :]).split(">")[-1].startswith("Answer 1")


def test_when_all_is_well_nothing_is_amber(shop: Shop, figures: Callable[..., None]) -> None:
    figures()
    send(an_effect(300_000, half=30_000))
    send(an_effect(300_000, half=30_000), goal=Goal.BUY_AGAIN)
    Offer.objects.create(name="Tea", kind="gift", created_at=NOW)
    write(shop, send())

    assert [stop.station.need for stop in home().stops] == [Need.FINE] * 5
    assert not any(stop.station.is_now for stop in home().stops)
    assert "btn primary" not in browser_of("Alice").get(PAGE).content.decode()


def write(shop: Shop, campaign: Campaign, *, name: str = "Ann", days_ago: int = 1) -> Message:
    (person,) = shop.add(name)
    return Message.objects.create(
        campaign=campaign,
        customer=person,
        channel="email",
        purpose="marketing",
        address="a@example.com",
        message_id_header=f"{campaign.id}-{name}",
        token=f"{campaign.id}-{name}",
        state="practice",
        send_after=NOW,
        created_at=NOW - timedelta(days=days_ago),
    )


def test_the_week_counts_messages_answers_and_what_was_made_for_the_person(
    shop: Shop, figures: Callable[..., None]
) -> None:
    figures()
    plain, own = send(), send(goal=Goal.DISCOVER)
    answered = write(shop, plain, name="Ann")
    write(shop, own, name="Ben")
    write(shop, plain, name="Old", days_ago=8)
    for kind, actor in (("click", "human"), ("click", "scanner"), ("open", "human")):
        MessageEvent.objects.create(
            message=answered, kind=kind, actor=actor, occurred_at=NOW - timedelta(hours=1)
        )

    assert words(station(3).sentence) == ("2 messages in 7 days. One click or reply came back.")
    assert words(station(4).sentence) == (
        "No offer is open. 50% of the messages in 7 days were made for the person."
    )


def test_campaigns_with_an_offer_or_picked_goods_count_for_customize_the_others_for_interact(
    figures: Callable[..., None],
) -> None:
    figures()
    offer = Offer.objects.create(name="Tea", kind="gift", created_at=NOW)
    send(an_effect(100_000, half=30_000))
    send(an_effect(200_000, half=40_000), offer=offer)
    send(an_effect(400_000, half=0), goal=Goal.BUY_AGAIN)

    worths = [stop.station.worth for stop in home().stops]

    assert [worth.money.value if worth else None for worth in worths] == [
        None,
        None,
        100_000,
        600_000,
        700_000,
    ]
    whole = worths[4]
    assert whole is not None
    assert whole.money.low == pytest.approx(700_000 - hypot(30_000, 40_000))
    assert "Of 2,000 with an offer or goods picked for them 200 bought." in words(
        station(4).sentence
    )


def test_an_unproven_effect_is_hollow_and_says_so(figures: Callable[..., None]) -> None:
    figures()
    send(an_effect(100_000, half=150_000))

    page = browser_of("Alice").get(PAGE).content.decode()

    assert page.count('class="est ci unsure"') == 2  # the station, and the whole loop
    assert page.count("not proven yet") == 2


def test_a_campaign_without_control_group_holds_measure_up(figures: Callable[..., None]) -> None:
    figures()
    send(an_effect(100_000, half=10_000))
    send(control_rate=0)

    assert station(5).need is Need.STUCK
    assert words(station(5).sentence).startswith("1 of 2 campaigns had a control group.")


# Roles.


def test_who_may_only_read_is_sent_to_pages_they_may_open(figures: Callable[..., None]) -> None:
    figures()
    charlie = browser_of("Charlie")
    page = home("Charlie")
    urls = [stop.station.act.url for stop in page.stops]

    assert [url for url in urls if charlie.get(url).status_code != 200] == []
    assert [step.act for step in page.set_up.steps] == [None] * 5
    assert charlie.get(PAGE).status_code == 200


def test_strangers_are_sent_to_the_login(shop: Shop) -> None:
    assert "/login/" in Client().get(PAGE)["Location"]


# The set-up.


@pytest.mark.req("R148")
def test_the_set_up_follows_what_is_there_and_leaves_when_it_is_done(
    figures: Callable[..., None],
) -> None:
    figures()
    assert [step.is_done for step in home().set_up.steps] == [False] * 5
    assert "Set-up: 0 of 5 steps done" in shown(browser_of("Alice"))

    Business.objects.update(postal_address="1 High Street")
    ImportRun.objects.create(
        kind="orders", file_name="o.csv", state=ImportState.PUBLISHED, created_at=NOW
    )
    ChannelSetting.objects.create(key="email", is_live=True)
    Offer.objects.create(name="Tea", kind="gift", created_at=NOW)
    assert [step.is_done for step in home().set_up.steps] == [True, True, True, True, False]

    send(an_effect(100, half=10))
    assert "Set-up" not in shown(browser_of("Alice"))


def test_what_the_sample_shop_brought_along_is_no_step_taken(figures: Callable[..., None]) -> None:
    figures()
    send(an_effect(100, half=10), is_demo=True)
    send(goal=Goal.DISCOVER, is_demo=True)
    Offer.objects.create(name="Tea", kind="gift", is_demo=True, created_at=NOW)

    assert home().set_up.done_count == 0
    assert home().known.offers == 1


# The score.


@pytest.mark.req("R148")
def test_the_score_is_the_mean_of_the_shares_and_each_opens_its_rows(
    figures: Callable[..., None],
) -> None:
    figures()
    send(an_effect(100, half=10))
    send(control_rate=0)

    found = home().maturity

    # 160 of 200 orders, 40 of 50 contacts, 30 of 40 needs, 1 of 2 campaigns.
    assert [part.rate for part in found.parts] == [0.8, 0.8, 0.75, 0.5]
    assert found.score == 71
    assert home().maturity.title == (
        "71 of 100: most is to be gained from measuring campaigns against a control group"
    )


def test_what_has_not_begun_counts_as_nothing(figures: Callable[..., None]) -> None:
    figures()

    assert home().maturity.parts[3].rate is None
    assert home().maturity.score == round(100 * (0.8 + 0.8 + 0.75) / 4)


def test_the_rows_behind_a_share_are_as_many_as_it_says(shop: Shop) -> None:
    """A refresh counts who lacks something by the very rule the list opens."""
    known = {"city": "Leeds", "phone": "+447700900001"}
    shop.add("Ann", **known)
    shop.add("Ben", city="Leeds")
    shop.add("Cid")
    for name in ("Ann", "Ben"):
        shop.sell(name, "2026-11-20", "Tea 5")
    shop.sell(None, "2026-11-20", "Tea 5")
    shop.flush()
    refresh_all(as_of=TODAY, now=NOW)

    page = home()
    rows = browser_of("Alice").get(page.maturity.parts[1].act.url).content.decode()

    missing = page.known.figures["incomplete"]
    listed = [name for name in ("Ann", "Ben", "Cid") if f">{name}<" in rows]
    assert len(listed) == missing
    assert {"Ben", "Cid"} <= set(listed)
    assert page.known.orders == 3
    assert page.known.linked_rate == pytest.approx(2 / 3)
    assert page.known.figures["week"]["first_buyers"] == 2


def test_moves_count_since_the_last_look_that_is_a_week_old(shop: Shop) -> None:
    (ann,) = shop.add("Ann")
    shop.sell("Ann", "2026-11-20", "Tea 5")
    shop.flush()
    for days in (30, 8, 2):
        BusinessFigures.objects.create(as_of_date=TODAY - timedelta(days=days), computed_at=NOW)
    moves = [(9, "vip", "dormant"), (7, "dormant", "new"), (1, "vip", "loyal"), (0, "new", "vip")]
    for days, before, after in moves:
        TierChange.objects.create(
            customer=ann,
            from_tier=before,
            to_tier=after,
            on_date=TODAY - timedelta(days=days),
        )

    week = refresh_all(as_of=TODAY, now=NOW).figures["week"]

    assert week["moves_since"] == str(TODAY - timedelta(days=8))
    assert (week["moved_up"], week["moved_down"]) == (2, 1)


# The page.


@pytest.mark.req("R148")
def test_before_any_data_the_page_leads_to_the_import(shop: Shop) -> None:
    page = browser_of("Alice").get(PAGE).content.decode()

    assert "Five steps that begin with one file" in page
    assert page.count("btn primary") == 1
    assert reverse("identify:import_new") in page
    assert "Set-up: 0 of 5 steps done" in words(page)
    assert 'class="loop"' not in page


def queries() -> int:
    alice = browser_of("Alice")
    alice.get(PAGE)
    with CaptureQueriesContext(connection) as caught:
        alice.get(PAGE)
    return len(caught)


def test_the_page_takes_ten_queries_at_most_and_no_more_for_more_data(
    shop: Shop, figures: Callable[..., None]
) -> None:
    figures()
    offer = Offer.objects.create(name="Tea", kind="gift", created_at=NOW)
    send(an_effect(100_000, half=10_000), offer=offer)
    few = queries()
    for place in range(12):
        campaign = send(an_effect(100_000, half=10_000), offer=offer)
        write(shop, campaign, name=f"Person {place}")
        Offer.objects.create(name="Jam", kind="gift", created_at=NOW)

    assert queries() == few
    assert few <= 10


def all_said(language: str) -> list[str]:
    """Give every word of the page."""
    found = home(language=language)
    with translation.override(language):
        stations = [stop.station for stop in found.stops]
        said = [found.headline.title, found.headline.lead]
        said += [text for one in stations for text in (one.name, one.word, one.sentence)]
        said += [one.act.label for one in stations]
        said += [text for part in found.maturity.parts for text in (part.said, part.missing)]
        said += [found.maturity.title, *(part.act.label for part in found.maturity.parts)]
        said += [text for step in found.set_up.steps for text in (step.name, step.said)]
    return [str(text) for text in said]


@pytest.mark.parametrize("language", ["vi", "zh-hans"])
def test_the_whole_page_is_said_in_every_language(
    shop: Shop, figures: Callable[..., None], language: str
) -> None:
    figures()
    send(an_effect(100_000, half=10_000))
    english, said = all_said("en"), all_said(language)

    assert len(said) == len(english) == 45
    assert [text for text in said if text in english] == []


def test_chinese_sentences_stand_without_a_space_between_them(
    figures: Callable[..., None],
) -> None:
    figures()

    with translation.override("zh-hans"):
        sentence = words(home(language="zh-hans").stops[1].station.sentence)

    assert "。 " not in sentence
    assert sentence.count("。") == 2
