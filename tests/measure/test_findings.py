"""What a page says of an effect: proven or not, what is missing, in three languages."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import translation

from idic.engine.effects import Arm, Difference, Effect, Verdict
from idic.interact.models import Campaign, CampaignState
from idic.measure.findings import SaidEffect, say_effect
from idic.measure.models import CampaignResult
from idic.measure.selectors import CampaignEffect
from tests.measure.town import END, LAUNCH

LANGUAGES = ["en", "vi", "zh-hans"]


def effect(verdict: Verdict, *, estimate: float = 0.075, needed: int | None = 0) -> Effect:
    conversion = Difference(estimate, estimate - 0.05, estimate + 0.05, verdict, needed)
    amount = Difference(500.0, 100.0, 900.0, verdict, needed)
    return Effect(
        treatment=Arm(1_200, 480, 2_000_000),
        control=Arm(1_180, 325, 1_500_000),
        conversion=conversion,
        amount=amount,
        incremental_amount=600_000,
        incremental_amount_low=120_000,
        incremental_amount_high=1_080_000,
        incremental_conversions=150.0,
        variance_reduction=0.3,
        confidence=0.95,
        primary="conversion",
    )


def said(
    found: Effect | None,
    *,
    language: str = "en",
    problem: str = "",
    state: str = CampaignState.SENT,
    is_measured: bool = True,
    **result: Any,
) -> SaidEffect:
    campaign = Campaign(id=1, name="Spring", state=state, launched_at=LAUNCH, is_live=True)
    given = {"is_final": True, "measured_at": END + timedelta(days=1)} | result
    row = CampaignResult(
        campaign=campaign, problem=problem, window_from=LAUNCH, window_to=END, **given
    )
    line = CampaignEffect(campaign, row if is_measured else None, found)
    with translation.override(language):
        return say_effect(line, currency="GBP")


@pytest.mark.parametrize(
    ("language", "headline"),
    [
        ("en", "7.5 more of every 100 bought because of it"),
        ("vi", "Nhờ tin này, cứ 100 người thêm 7,5 người mua"),
        ("zh-hans", "每 100 人因此多了 7.5 人购买"),
    ],
)
def test_a_proven_gain_is_said_in_people(language: str, headline: str) -> None:
    told = said(effect("proven_gain"), language=language)

    assert (told.headline, told.tone, told.is_proven) == (headline, "good", True)


@pytest.mark.parametrize(
    ("language", "headline"),
    [
        ("en", "7.5 fewer of every 100 bought because of it"),
        ("vi", "Vì tin này, cứ 100 người bớt 7,5 người mua"),
        ("zh-hans", "每 100 人因此少了 7.5 人购买"),
    ],
)
def test_a_proven_loss_is_said_as_openly(language: str, headline: str) -> None:
    told = said(effect("proven_loss", estimate=-0.075), language=language)

    assert (told.headline, told.tone, told.is_proven) == (headline, "bad", True)


@pytest.mark.parametrize(
    ("language", "headline"),
    [
        ("en", "No proof yet: about 4,321 more customers are needed"),
        ("vi", "Chưa đủ chứng cứ: cần thêm khoảng 4.321 khách"),
        ("zh-hans", "证据还不够：大约还需要 4,321 位客户"),
    ],
)
def test_what_is_not_proven_says_what_would_prove_it(language: str, headline: str) -> None:
    told = said(effect("not_proven", needed=4_321), language=language)

    assert (told.headline, told.tone, told.is_proven) == (headline, "", False)


def test_one_customer_is_not_told_of_in_the_plural() -> None:
    assert said(effect("not_proven", needed=1)).headline == (
        "No proof yet: about 1 more customer is needed"
    )
    assert said(effect("not_proven", needed=None)).headline == "No proof yet"


@pytest.mark.parametrize(
    ("language", "headline"),
    [
        ("en", "Too few people to tell"),
        ("vi", "Quá ít người để kết luận"),
        ("zh-hans", "人数太少，无法判断"),
    ],
)
def test_too_few_people_say_nothing(language: str, headline: str) -> None:
    told = said(effect("too_small", needed=None), language=language)

    assert (told.headline, told.tone, told.is_proven) == (headline, "", False)


def test_the_explanation_gives_both_groups_and_the_range() -> None:
    assert said(effect("proven_gain")).explanation == (
        "1,200 got it and 40.0% of them bought; of the 1,180 held back it was 27.5%. Over all who "
        "got it: £6k, very likely between £1.2k and £10.8k."
    )


def test_nothing_is_called_proven_while_it_still_counts() -> None:
    told = said(effect("proven_gain"), is_final=False, measured_at=LAUNCH + timedelta(days=3))

    assert told.headline == "Still counting: the answer comes on 15 Nov 2026"
    assert (told.tone, told.is_proven) == ("", False)
    assert told.chart is not None


def test_without_the_last_orders_they_are_asked_for() -> None:
    told = said(effect("proven_loss"), is_final=False)

    assert told.headline == ("Waiting for your orders up to 15 Nov 2026: bring in the newest file")
    assert not told.is_proven


@pytest.mark.parametrize(
    ("given", "headline"),
    [
        ({"is_measured": False}, "Not measured yet: the first reading comes within the hour."),
        (
            {"problem": "no_control"},
            "Cannot be measured: nobody was held back as a control group.",
        ),
        (
            {"problem": "uneven"},
            "Cannot be read: the two groups are not of the sizes chance would make.",
        ),
        ({"problem": "nobody"}, "Cannot be measured: nobody got it."),
        ({"problem": ""}, "Nothing to compare yet."),
        ({"state": CampaignState.CANCELLED}, "Not measured: it was cancelled halfway."),
    ],
)
def test_what_cannot_be_measured_says_why(given: dict[str, Any], headline: str) -> None:
    told = said(None, **given)

    assert (told.headline, told.explanation, told.tone) == (headline, "", "")
    assert told.chart is None
    for language in ("vi", "zh-hans"):
        assert said(None, language=language, **given).headline not in {"", headline}


def test_two_answers_never_contradict_each_other() -> None:
    seen, unseen = effect("proven_gain"), effect("not_proven", needed=364)

    hint = said(replace(unseen, amount=seen.amount)).explanation
    unsure = said(replace(seen, amount=unseen.amount)).explanation

    assert hint.endswith("The money is a hint: it is judged by how many bought.")
    assert unsure.endswith("How much money that is cannot be told yet.")
    assert said(seen).explanation.endswith("very likely between £1.2k and £10.8k.")
    assert said(unseen).explanation.endswith("very likely between £1.2k and £10.8k.")


def test_a_campaign_sent_in_practice_is_not_measured_and_cannot_be() -> None:
    campaign = Campaign(id=1, name="Spring", state=CampaignState.SENT, launched_at=LAUNCH)

    said = say_effect(CampaignEffect(campaign, None, None), currency="GBP")

    assert said.headline == "Not measured: it was sent in practice, and nobody got it."
    assert not said.is_measurable
