"""The model card's page: what was forecast and came, in plain words, and what it is worth."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from idic.core.models import Business
from idic.differentiate.models import BusinessFigures, ValueModel
from idic.differentiate.selectors.value_outlook import read_terms
from idic.engine.replay import Decile, MethodScore, ReplayReport, TotalTried
from tests.interact import cast

from .corner_shop import AS_OF, NOW

pytestmark = pytest.mark.django_db


def score(method: str, **cells: float) -> MethodScore:
    return MethodScore(**{
        "method": method, "mae_amount": 900.0, "rmse_amount": 2000.0, "rank_correlation": 0.41,
        "total_error_rate": -0.06, "total_miss_rate": 0.08, "top_tenth_capture_rate": 0.78,
        "interval_coverage_rate": 0.81, "loss_difference": 0.0, "paired_standard_error": 0.0,
        "point_mae_amount": 1100.0, "gini": 0.7, "top_tenth_hit_rate": 0.81,
        "is_naive": method == "own_rate", **cells,
    })  # type: ignore[arg-type] # fmt: skip


def report(**cells: object) -> ReplayReport:
    return ReplayReport(**{
        "is_possible": True, "reason_code": "", "holdout_days": 90,
        "origins": (date(2026, 8, 25),), "customer_count": 480, "actual_amount": 100_000_00,
        "chosen_method": "blend", "best_method": "blend",
        "scores": (score("own_rate", rmse_amount=2600.0, gini=0.6), score("blend")),
        "totals": (TotalTried(date(2026, 8, 25), 94_000_00, 80_000_00, 110_000_00, 100_000_00),),
        "deciles": tuple(Decile(1000.0 - 100 * n, 950.0 - 90 * n) for n in range(10)),
        "rank_counts": (48,) * 10, "rfm_gini": 0.61, "rfm_top_tenth_capture_rate": 0.66,
        "unseen_method": "own_rate", "unseen_score": score("own_rate"), **cells,
    })  # type: ignore[arg-type] # fmt: skip


def keep(found: ReplayReport, *, buyers: int = 480) -> None:
    cast.open_shop(now=NOW)
    ValueModel.objects.create(
        as_of_date=AS_OF,
        horizon_days=365,
        method=found.chosen_method or "shared_rate",
        parameters={},
        replay=json.loads(found.to_json()),
        outlook=[
            {"days": 182, "low_amount": 0.4, "expected_amount": 0.5, "high_amount": 0.6},
            {"days": 365, "low_amount": 0.8, "expected_amount": 1.0, "high_amount": 1.2},
        ],
        customer_count=buyers,
        fitted_at=NOW,
    )
    BusinessFigures.objects.create(
        as_of_date=AS_OF, figures={"expected_amount": 200_000_00}, computed_at=NOW
    )


def page(client: Client, query: str = "") -> str:
    client.force_login(cast.hire())
    text = client.get(reverse("differentiate:forecast") + query).content.decode()
    return text.replace("<b>", "").replace("</b>", "")


@pytest.mark.req("R040")
def test_the_card_says_in_plain_words_how_right_the_forecast_was(client: Client) -> None:
    keep(report())

    text = page(client)

    for said in [
        "In the last 90 days the forecast was 6% too low",
        "Of ten of your best customers it had named 8.",
        "81% of customers ended inside the range told for them; 80% are meant to.",
        "the middle of two forecasts: by pace and silence, and corrected by others",
        "on 480 customers",
    ]:
        assert said in text, said


@pytest.mark.req("R062")
def test_the_card_measures_what_the_forecast_adds_to_rfm(client: Client) -> None:
    keep(report())

    text = page(client)

    assert "paid 78% of what the best tenth paid" in text
    assert "sorting by last visit, frequency and amount finds 66%" in text
    assert "The forecast sorts the money better than RFM scores: 0.70 against 0.61" in text


def test_each_chart_for_analysts_says_what_it_shows_and_has_its_numbers(client: Client) -> None:
    keep(report())

    text = page(client)
    analysts = text[text.index("For analysts") :]

    for title in [
        "1 of 1 totals fell inside the range told for them",
        "The tenth named first brought 17% of the money",
        "“Blend of model and trees” misses least",
        "81% of customers ended inside their range; 80% are meant to",
    ]:
        assert title in text, title
    assert analysts.count("<figure") == analysts.count("Show the numbers") == 5


def test_a_simpler_method_in_use_says_why(client: Client) -> None:
    keep(report(chosen_method="own_rate"))

    assert "“Own pace” is used: “Blend of model and trees” is not clearly better" in page(client)


def test_without_a_try_the_card_says_so_and_what_is_assumed(client: Client) -> None:
    keep(ReplayReport(is_possible=False, reason_code="too_few_customers", holdout_days=30))

    text = page(client)

    assert "could not be tried on the past: fewer than 30 customers had bought by then" in text
    assert "one more purchase a year is assumed" in text
    assert "For analysts" not in text


def test_before_anybody_bought_the_page_leads_to_the_import(client: Client) -> None:
    cast.open_shop(now=NOW)

    assert "Nobody has bought anything yet" in page(client)


@pytest.mark.req("R052")
def test_horizon_discount_and_margin_are_seen_and_can_be_changed(client: Client) -> None:
    keep(report())

    plain = page(client, "?months=12&discount=0&margin=")
    half = page(client, "?months=6&discount=0&margin=")
    margin = page(client, "?months=12&discount=0&margin=40")

    assert "Revenue, in money of today: the cost of goods is not known" in plain
    assert "Expected margin" not in plain
    figures = [text[text.index('<dl class="stats">') :][:400] for text in (plain, half, margin)]
    for text, said in zip(figures, ("200k", "100k", "80k"), strict=True):
        assert said in text
    assert "between" in figures[0]
    assert "160k" in figures[0]
    assert "240k" in figures[0]
    assert "Expected margin" in margin
    discounted = page(client, "?discount=10")
    assert "190.8k" in discounted[discounted.index('<dl class="stats">') :][:400]


def test_the_margin_of_the_business_is_the_one_shown_first(client: Client) -> None:
    keep(report())
    Business.objects.update(margin_rate=Decimal("0.4"))

    text = page(client)

    assert 'value="40.0"' in text
    assert "Margin, in money of today" in text


@pytest.mark.parametrize("typed", ["-5", "101", "NaN", "Infinity", "ten", "1e9"])
def test_what_is_no_percentage_leaves_the_usual_terms(typed: str) -> None:
    terms = read_terms({"discount": typed, "months": "7", "margin": typed}, margin_rate=None)

    assert (terms.months, terms.discount_percent, terms.margin_percent) == (12, Decimal(10), None)
    assert read_terms({"discount": "7,5 %"}, margin_rate=None).discount_percent == Decimal("7.5")


def test_fits_of_before_still_have_their_card(client: Client) -> None:
    keep(report())
    row = ValueModel.objects.get()
    old = {"holdout_days": 90, "is_possible": True, "reason_code": "", "origins": ["2026-08-25"],
           "customer_count": 9, "chosen_method": "own_rate", "best_method": "own_rate"}  # fmt: skip
    held = json.loads(report().to_json())["scores"][0]
    new = {"point_mae_amount", "gini", "top_tenth_hit_rate", "total_coverage_rate", "is_naive"}
    row.replay = {**old, "scores": [{k: v for k, v in held.items() if k not in new}]}
    row.method, row.outlook = "own_rate", []
    row.save()

    text = page(client)

    assert "each customer goes on buying at their own pace" in text
