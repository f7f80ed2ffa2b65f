"""The first look: what a small business is told about itself, on the page and in the terminal."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from rich.cells import cell_len

from idic.cli.program import run
from idic.core import ids
from idic.core.models import Business
from idic.customize.actions import ActionKind
from idic.customize.models import Product, Recommendation
from idic.differentiate.models import BusinessFigures, CustomerSummary, Tier, ValueModel
from idic.identify.models import StateKind
from idic.identify.selectors import count_orders
from idic.identify.services.states import set_state
from idic.web.findings import list_findings
from idic.web.selectors.first_look import FirstLook, find_first_look
from tests.cast import NOW, TODAY, Shop, browser_of, open_shop

pytestmark = pytest.mark.django_db
PAGE = "web:first_look"
FIGURES: dict[str, Any] = {
    "buyers": 40,
    "repeat_buyers": 30,
    "last_year_amount": 4_000_000,
    "top_fifth_rate": 0.62,
    "late": {
        "count": 3,
        "median_days": 17,
        "last_year_amount": 900_000,
        "stake_amount": 500_000,
    },
}
REPLAY = {
    "is_possible": True,
    "chosen_method": "bgnbd",
    "holdout_days": 90,
    "scores": [
        {
            "method": "bgnbd",
            "total_miss_rate": 0.08,
            "top_tenth_capture_rate": 0.71,
            "interval_coverage_rate": 0.93,
        }
    ],
}


@pytest.fixture
def shop() -> Shop:
    return open_shop()


@pytest.fixture
def bob(shop: Shop) -> Client:
    return browser_of("Bob")


@pytest.fixture
def look(shop: Shop) -> Callable[..., FirstLook]:
    """Write figures by hand and take the first look."""

    def look(**figures: Any) -> FirstLook:
        BusinessFigures.objects.update_or_create(
            as_of_date=TODAY,
            defaults={"figures": FIGURES | count_orders() | figures, "computed_at": NOW},
        )
        found = find_first_look(now=NOW)
        assert found is not None
        return found

    return look


def late(shop: Shop, count: int, **customer: Any) -> None:
    """Add valuable people who are overdue, the first with most at stake."""
    product, _is_new = Product.objects.get_or_create(code="TEA", defaults={"name": "Tea"})
    names = [f"Late {len(shop.people) + place:02d}" for place in range(count)]
    for place, person in enumerate(shop.add(*names, phone="+447700900001", **customer)):
        shop.summary(
            person.full_name,
            tier=Tier.AT_RISK,
            is_overdue=True,
            order_count=9,
            overdue_days=20,
            usual_gap_days=9.6,
            last_order_date=TODAY - timedelta(days=30),
            last_year_amount=20_000,
            stake_amount=10_000 - place,
            winback_amount=5_000 - place,
            expected_amount=20_000,
            churn_risk=0.5,
            email_reach="allowed",
        )
        Recommendation.objects.create(
            customer=person,
            product=product,
            kind="buy_again",
            rank=1,
            score=1,
            reason={"times_bought": 4, "last_bought_date": "2026-10-24", "usual_gap_days": 10},
        )


def plain(found: FirstLook, *, language: str = "en") -> list[str]:
    with translation.override(language):
        return [f.plain.replace("\xa0", " ") for f in list_findings(found, currency="GBP")]


def test_a_small_business_is_told_about_itself(shop: Shop, look: Callable[..., FirstLook]) -> None:
    shop.sell(None, "2026-11-01", "Tea 5", "Jam 2")
    shop.sell(None, "2026-11-02", "Tea 5")
    ValueModel.objects.create(
        method="bgnbd",
        as_of_date=TODAY,
        fitted_at=NOW,
        horizon_days=365,
        parameters={},
        customer_count=40,
        replay=REPLAY,
    )

    found = look()

    assert plain(found) == [
        "40 customers have bought, 75% of them again.",
        "The top fifth brings 62% of £40k in 12 months.",
        "3 valuable customers are overdue, half of them by more than 17 days; they "
        "brought £9k in 12 months.",
        "2 orders (3 lines) name nobody: counted as sales, not as people.",
        "Forecast tried on your last 90 days: sales missed by 8%; its best tenth paid 71% of what "
        "the real best tenth paid.",
    ]


def test_what_there_is_not_is_not_spoken_of(look: Callable[..., FirstLook]) -> None:
    found = look(
        top_fifth_rate=None,
        late={"count": 0, "median_days": None, "last_year_amount": 0, "stake_amount": 0},
    )

    assert plain(found) == ["40 customers have bought, 75% of them again."]


def test_one_of_each_is_told_in_the_singular(shop: Shop, look: Callable[..., FirstLook]) -> None:
    shop.sell(None, "2026-11-01", "Tea 5")

    found = look(
        late={"count": 1, "median_days": 17, "last_year_amount": 90_000, "stake_amount": 1}
    )

    assert plain(found)[2:] == [
        "1 valuable customer is overdue by 17 days and brought £900 in 12 months.",
        "1 order (1 line) names nobody: counted as sales, not as a person.",
    ]


def test_a_short_history_is_admitted(look: Callable[..., FirstLook]) -> None:
    ValueModel.objects.create(
        method="average",
        as_of_date=TODAY,
        fitted_at=NOW,
        horizon_days=365,
        parameters={},
        customer_count=40,
        replay={"is_possible": False, "reason_code": "too_short", "scores": []},
    )

    assert plain(look())[-1] == (
        "The history is too short to try the forecast: take expected amounts with care."
    )


@pytest.mark.parametrize("language", ["vi", "zh-hans"])
def test_every_finding_is_told_in_every_language(
    shop: Shop, look: Callable[..., FirstLook], language: str
) -> None:
    shop.sell(None, "2026-11-01", "Tea 5")
    ValueModel.objects.create(
        method="bgnbd",
        as_of_date=TODAY,
        fitted_at=NOW,
        horizon_days=365,
        parameters={},
        customer_count=40,
        replay=REPLAY,
    )
    found = look()

    told = plain(found, language=language)

    assert len(told) == 5
    assert not set(told) & set(plain(found))
    with translation.override(language):
        acts = [finding.act for finding in list_findings(found, currency="GBP")]
    with translation.override("en"):
        assert not set(acts) & {f.act for f in list_findings(found, currency="GBP")}


def test_before_any_data_there_is_nothing_to_look_at(shop: Shop) -> None:
    assert find_first_look(now=NOW) is None
    BusinessFigures.objects.create(
        as_of_date=TODAY, figures=FIGURES | {"buyers": 0}, computed_at=NOW
    )
    assert find_first_look(now=NOW) is None


def test_the_page_asks_for_a_file_when_there_is_nothing(bob: Client) -> None:
    page = bob.get(reverse(PAGE))

    assert page.status_code == 200
    text = page.content.decode()
    assert "Who are your customers?" in text
    assert "Import orders" in text
    assert text.count('class="btn primary') == 1


def test_the_twenty_with_most_at_stake_are_to_be_called_first(
    shop: Shop, look: Callable[..., FirstLook]
) -> None:
    late(shop, 25)

    found = look()

    assert [person.name for person in found.people] == [f"Late {n:02d}" for n in range(20)]
    first = found.people[0]
    assert (first.days_since, first.usual_gap_days) == (30, 10)
    assert first.proposal is not None
    assert (first.proposal.product.name, first.proposal.times_bought) == ("Tea", 4)
    assert first.action.chosen.kind is ActionKind.CALL
    assert found.stake_amount == 500_000  # of all who are overdue, as Today says it


def test_who_asked_for_silence_is_not_called_and_the_next_moves_up(
    shop: Shop, look: Callable[..., FirstLook]
) -> None:
    late(shop, 22)
    for name, until in (("Late 00", NOW + timedelta(days=9)), ("Late 01", None)):
        set_state(
            customer_id=shop.people[name].id, kind=StateKind.DO_NOT_CONTACT, now=NOW, until=until
        )
    set_state(
        customer_id=shop.people["Late 02"].id,
        kind=StateKind.DO_NOT_CONTACT,
        now=NOW - timedelta(days=9),
        until=NOW - timedelta(days=1),
    )

    names = [person.name for person in look().people]

    assert names == [f"Late {n:02d}" for n in range(2, 22)]


def test_a_phone_stands_beside_who_is_to_be_called(
    shop: Shop, bob: Client, look: Callable[..., FirstLook]
) -> None:
    late(shop, 3)
    set_state(customer_id=shop.people["Late 01"].id, kind=StateKind.OPEN_CASE, now=NOW)
    shop.people["Late 02"].summary.last_contact_at = NOW
    shop.people["Late 02"].summary.save()
    look()

    rows = bob.get(reverse(PAGE)).context["people"]

    assert [(row["action"], row["shown_phone"]) for row in rows] == [
        ("", "07700 900001"),
        ("Solve the open complaint first", "07700 900001"),
        ("We were in touch within the last week", ""),
    ]


def test_who_has_no_name_is_called_by_their_number(
    shop: Shop, look: Callable[..., FirstLook]
) -> None:
    late(shop, 1)
    person = shop.people["Late 00"]
    person.summary.full_name = ""
    person.summary.save()
    person.full_name = ""
    person.save()
    shop.add_record(person, key="web-9")

    with translation.override("en"):
        assert look().people[0].name == "Customer Late 00"


def test_the_page_leads_to_each_person(
    shop: Shop, bob: Client, look: Callable[..., FirstLook]
) -> None:
    late(shop, 2, email="x@example.com")
    look()

    text = bob.get(reverse(PAGE)).content.decode()

    assert "3 valuable customers are slipping away" in text
    for person in shop.people.values():
        assert f'href="/customers/{ids.encode("customer", person.id)}/"' in text
    assert "bought 4 times, last on 24 Oct 2026; usually every 10 days" in text


def test_twenty_people_take_as_many_queries_as_two(
    shop: Shop, bob: Client, look: Callable[..., FirstLook]
) -> None:
    def queries() -> int:
        look()
        bob.get(reverse(PAGE))
        with CaptureQueriesContext(connection) as captured:
            assert bob.get(reverse(PAGE)).status_code == 200
        return len(captured)

    late(shop, 2)
    few = queries()
    late(shop, 30)

    assert queries() == few <= 10


def test_a_small_shop_on_one_day_from_its_orders_to_its_first_look(shop: Shop) -> None:
    """The whole loop by hand: nine regulars, one who stopped, one who came once."""
    from idic.web.services.loop import run_loop

    regulars = [f"R{number}" for number in range(9)]
    shop.add(*regulars, "Gone", "Once")
    for week in range(31):
        day = (date(2026, 4, 20) + timedelta(weeks=week)).isoformat()
        for name in regulars:
            shop.sell(name, day, "Tea 10")
        if week < 25:
            shop.sell("Gone", day, "Tea 100")
    shop.sell("Once", "2026-11-01", "Tea 3")
    shop.sell(None, "2026-11-01", "Tea 3")
    shop.flush()

    run_loop(as_of=TODAY, now=NOW)

    found = find_first_look(now=NOW)
    assert found is not None
    assert found.as_of == TODAY
    assert (found.figures["buyers"], found.figures["repeat_buyers"]) == (11, 10)
    assert found.figures["last_year_amount"] == 9 * 31 * 1_000 + 25 * 10_000 + 300
    assert (found.unlinked_orders, found.unlinked_lines) == (1, 1)
    assert [person.name for person in found.people] == ["Gone"]
    assert found.people[0].days_since == (TODAY - date(2026, 10, 5)).days
    assert found.people[0].usual_gap_days == 7


def test_the_terminal_says_the_same(
    shop: Shop, look: Callable[..., FirstLook], capsys: pytest.CaptureFixture[str]
) -> None:
    late(shop, 2)
    look()

    assert run(["look"]) == 0

    told = capsys.readouterr().out
    assert "• 40 customers have bought, 75% of them again." in told
    assert "Late 00" in told
    assert "Tea" in told


@pytest.mark.parametrize("language", ["en", "vi", "zh-hans"])
def test_a_narrow_terminal_cuts_no_name_and_no_figure(
    shop: Shop,
    look: Callable[..., FirstLook],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    language: str,
) -> None:
    Business.objects.update(language=language)
    late(shop, 1)
    person = shop.people["Late 00"]
    CustomerSummary.objects.filter(customer=person).update(full_name="Trần Thị Minh Khai")
    Product.objects.update(name="A very long name of goods that no terminal of eighty has room for")
    look()
    monkeypatch.setattr("idic.cli.console.console._width", 80)

    assert run(["look"]) == 0

    (line,) = [row for row in capsys.readouterr().out.splitlines() if "Trần" in row]
    assert line.startswith("Trần Thị Minh Khai  ")
    assert len(line.split()) >= 8
    assert "…" in line
    assert line.index("…") > line.index("A very long")
    assert cell_len(line) <= 80


def test_the_terminal_gives_json(
    shop: Shop, look: Callable[..., FirstLook], capsys: pytest.CaptureFixture[str]
) -> None:
    late(shop, 2)
    look()

    assert run(["look", "--json"]) == 0

    told = json.loads(capsys.readouterr().out)
    assert told["as_of"] == "2026-11-23"
    assert (told["buyers"], told["late"]["count"]) == (40, 3)
    assert told["call_first"][0] == {
        "name": "Late 00",
        "days_since": 30,
        "usual_gap_days": 10,
        "stake_amount": 10_000,
        "wants": "Tea",
    }
    assert told["forecast"] is None


def test_the_terminal_speaks_the_language_of_the_shop(
    shop: Shop, look: Callable[..., FirstLook], capsys: pytest.CaptureFixture[str]
) -> None:
    Business.objects.update(language="vi")
    look()

    assert run(["look"]) == 0
    assert "40 khách" in capsys.readouterr().out


def test_the_terminal_says_what_to_do_before_any_data(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["look"]) == 1

    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.strip() == "There are no orders yet. Run “idic import orders FILE” first."


def test_those_who_slip_away_are_one_press_from_a_campaign(
    shop: Shop, bob: Client, look: Callable[..., FirstLook]
) -> None:
    late(shop, 3)
    look()

    page = bob.get(reverse(PAGE)).content.decode()

    address = page.partition('href="/campaigns/new/?')[2].partition('"')[0].replace("&amp;", "&")
    editor = bob.get(f"/campaigns/new/?{address}").content.decode()
    assert "A campaign to 3 customers" in editor
    assert "/campaigns/new/" not in browser_of("Charlie").get(reverse(PAGE)).content.decode()


QUIET = {"tiers": {"dormant": {"count": 12, "net_amount": 1_250_000}}}


def test_who_went_quiet_is_told_with_what_they_once_brought(
    bob: Client, look: Callable[..., FirstLook]
) -> None:
    told = plain(look(**QUIET))

    assert "12 customers have gone quiet and once brought £12.5k." in told
    page = bob.get(reverse(PAGE)).content.decode()
    assert '<a href="/customers/?tier=dormant"><b>12 customers</b></a>' in page
    assert "called=Quiet&amp;goal=win_back" in page  # and the act leads to a campaign
