"""The sample shop against its truth: figures follow from the tables as they stand."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from idic.differentiate.models import CustomerSummary, NeedGroup
from idic.identify.models import Customer, Source, SourceKind, SourceRecord
from idic.measure.sample_shop import find_verdict
from idic.measure.truth import TruePerson, Truth, find_truth, save_truth
from tests.cast import NOW, TODAY, hire, open_shop

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def state(tmp_path: Path, settings: Settings) -> Path:
    """Give a state directory of the test's own."""
    settings.IDIC_FILES = tmp_path / "files"
    return tmp_path


def person(number: int, need: str, leaves_on: date) -> TruePerson:
    return TruePerson(number=number, need=need, channel="email", leaves_on=leaves_on)


def stand_up() -> None:
    """Four records of three people, taken for three customers: one join is right, one is missed,
    and nobody is joined wrongly.
    """
    till = Source.objects.create(
        key="demo-till", name="Till", kind=SourceKind.TILL, is_demo=True, created_at=NOW
    )
    group, other = (NeedGroup.objects.create(name=name, created_at=NOW) for name in ("A", "B"))
    people = [
        (["1", "2"], 0.9, group),  # who has left
        (["3"], 0.2, other),
        (["4"], 0.6, other),  # the first person again
    ]
    for keys, risk, found in people:
        customer = Customer.objects.create(full_name="Ann", is_demo=True, created_at=NOW)
        CustomerSummary.objects.create(
            customer=customer,
            is_demo=True,
            churn_risk=risk,
            last_year_order_count=2,
            need_group=found,
            as_of_date=TODAY,
            refreshed_at=NOW,
        )
        for key in keys:
            SourceRecord.objects.create(
                source=till, source_key=key, customer=customer, created_at=NOW
            )
    yesterday, later = TODAY - timedelta(days=1), TODAY + timedelta(days=1)
    save_truth(
        Truth(
            trade="shop",
            people=[person(1, "meals", yesterday), person(2, "home", later)],
            records={"Till": {"1": 1, "2": 1, "3": 2, "4": 1}},
        )
    )


def test_the_verdict_follows_from_the_tables() -> None:
    open_shop()
    stand_up()

    verdict = find_verdict()

    assert verdict is not None
    assert (verdict.records, verdict.people, verdict.customers) == (4, 2, 3)
    assert (verdict.pairs.precision, verdict.pairs.recall) == (1.0, pytest.approx(1 / 3))
    assert verdict.ranked == 3
    assert verdict.left_rate == pytest.approx(2 / 3)
    assert verdict.churn_auc == 1.0
    assert verdict.left_in_top_tenth == 1.0
    assert verdict.needs_right == pytest.approx(2 / 3)
    assert verdict.campaigns == []


def test_a_wrong_join_costs_precision() -> None:
    open_shop()
    stand_up()
    first, *others = Customer.objects.order_by("id")
    SourceRecord.objects.filter(source__is_demo=True).update(customer=first)

    verdict = find_verdict()

    assert verdict is not None
    assert (verdict.pairs.found, verdict.pairs.both) == (6, 3)
    assert verdict.pairs.recall == 1.0


def test_without_a_sample_shop_there_is_nothing_to_hold_against(client: Client) -> None:
    open_shop()
    client.force_login(hire("Alice"))

    assert find_truth() is None
    assert find_verdict() is None
    assert b"sample-shop" not in client.get(reverse("measure:effect_list")).content
    assert client.get(reverse("measure:sample_shop")).status_code == 302


@pytest.mark.parametrize("language", ["en", "vi", "zh-hans"])
def test_the_page_tells_the_figures(client: Client, language: str) -> None:
    open_shop(language=language)
    stand_up()
    client.force_login(hire("Alice"))
    client.cookies["idic_language"] = language

    effects = client.get(reverse("measure:effect_list")).content.decode()
    page = client.get(reverse("measure:sample_shop")).content.decode()

    assert reverse("measure:sample_shop") in effects
    assert {"en": "0 of 1 joins are wrong", "vi": "0 trong 1 cặp", "zh-hans": "1 对合并里有 0 对"}[
        language
    ] in page


def test_a_truth_that_cannot_be_read_is_none(state: Path) -> None:
    folder = state / "files" / "demo"
    folder.mkdir(parents=True)
    (folder / "truth.json").write_text("{")

    assert find_truth() is None
