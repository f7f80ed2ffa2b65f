"""Rules over the lake and over rollups: the same people as the database and the second reading."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from idic.core import clock
from idic.core.models import Business
from idic.differentiate import segments
from idic.differentiate.models import CustomerSummary
from idic.differentiate.segments import columns, lake, masks, rollups
from idic.differentiate.segments import tree as t
from idic.differentiate.segments.columns import numbers_of
from idic.differentiate.segments.together import ask_together
from idic.identify.models import Event, Source, SourceRecord
from idic.identify.services.flush import flush_to_lake
from idic.lake.models import LakeFile
from tests.examples import examples

from . import oracle
from .shop import AS_OF, FRAME, KINDS, NOW, ZONE, Shop, build_shop
from .trees import HOSTILE, leaves, windows

pytestmark = pytest.mark.django_db(transaction=True)
SLOW = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
LATER = timedelta(
    hours=1
)  # ids carry the real clock; what is minutes old has surely been committed


@pytest.fixture
def shop(settings: Any, tmp_path: Any) -> Shop:
    """A random shop whose facts are in the lake."""
    settings.IDIC_HOME, settings.IDIC_LAKE = tmp_path, tmp_path / "lake"
    Business.objects.create(id=1, name="Shop", time_zone=ZONE, currency="VND", as_of_date=AS_OF)
    shop = build_shop(seed=4)
    flush_to_lake(now=clock.now() + LATER)
    return shop


def everybody() -> Any:
    return np.sort(numbers_of(CustomerSummary.objects.values_list("customer_id")))


@pytest.mark.req("R049")
def test_the_lake_and_a_second_reading_select_the_same_people(shop: Shop) -> None:
    people = everybody()
    with lake.open_lake() as reader:

        @examples(240, without=SLOW)
        @given(leaf=leaves(shop).filter(lake.is_in_lake))
        def agree(leaf: t.Tree) -> None:
            found = lake.ask(leaf, reader, frame=FRAME, people=people)
            assert set(found.tolist()) == oracle.select(leaf, shop)

        agree()


MARK = "zqx7"


@given(
    hostile=st.sampled_from(HOSTILE) | st.text(max_size=8),
    by=st.sampled_from(["code", "category", "name"]),
    is_followed=st.booleans(),
)
def test_no_byte_of_a_user_reaches_a_statement_of_the_lake(
    hostile: str, by: Any, is_followed: bool
) -> None:
    word = f"{MARK}{hostile}{MARK}"
    for leaf in (
        t.Bought(by, word),
        t.Happened(word),
        t.Sequence(t.Step(word), t.Step(word), 3, is_followed),
    ):
        query = lake.to_lake(leaf, frame=FRAME)
        assert MARK not in query.sql
        assert word in query.parameters.values()


def test_a_lake_behind_the_database_says_so(shop: Shop) -> None:
    assert lake.is_current()

    record = SourceRecord.objects.first()
    moment: datetime = NOW
    Event.objects.create(
        source=Source.objects.get(key="till"),
        message_id="late",
        record=record,
        kind="page",
        occurred_at=moment,
        received_at=moment,
    )
    assert not lake.is_current()
    flush_to_lake(now=clock.now() + LATER)

    assert lake.is_current()


def page(person: int, *, key: str, days_ago: int = 0) -> None:
    """Let somebody look at a page."""
    Event.objects.create(
        source=Source.objects.get(key="till"),
        message_id=key,
        record=SourceRecord.objects.filter(customer_id=person).first(),
        kind="page",
        occurred_at=NOW - timedelta(days=days_ago),
        received_at=NOW,
    )


def told(rule: t.Happened) -> set[int]:
    """Ask the columns in memory and the rollup."""
    held = columns.read_all()
    mask = masks.mask_of(rule, held, frame=FRAME)
    return {int(key) for key in held.people[mask]}


@pytest.fixture
def rolled(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A random shop whose events are rolled up, in pieces of three."""
    monkeypatch.setattr(rollups, "EVERY", 3)
    monkeypatch.setattr(rollups, "TRUSTED_SECONDS", 0.0)
    monkeypatch.setattr(rollups, "keeper", rollups.Keeper())
    monkeypatch.setattr(columns, "LEAST_ORDERS", 0)
    assert not rollups.renew(zone=ZONE)  # so small that the database is quicker
    assert rollups.renew(zone=ZONE, least=1)
    return shop


@pytest.mark.req("R049")
def test_the_rollup_and_a_second_reading_select_the_same_people(rolled: Shop) -> None:
    held = columns.read_all()

    @examples(240, without=SLOW)
    @given(
        kind=st.sampled_from([*KINDS, *HOSTILE[:2]]),
        operator=st.sampled_from(["at_least", "at_most", "exactly"]),
        count=st.integers(0, 3),
        window=windows,
    )
    def agree(kind: str, operator: Any, count: int, window: t.Window) -> None:
        rule = t.Happened(kind, operator, count, window)
        assert masks.asks_orders(rule)
        found = held.people[masks.mask_of(rule, held, frame=FRAME)]
        assert set(found.tolist()) == oracle.select(rule, rolled)

    agree()


def test_events_younger_than_the_rollup_count_at_once(rolled: Shop) -> None:
    rule = t.Happened("page", "at_least", 3, t.Window(last_days=90))
    person = next(c["customer_id"] for c in rolled.customers if c["customer_id"] not in told(rule))

    for number in range(3):
        page(person, key=f"new-{number}", days_ago=number)
    assert person in told(rule)  # from the database

    flush_to_lake(now=clock.now() + LATER)
    assert person in told(rule)  # from the lake's newer file
    before = rollups.current(zone=ZONE)
    assert rollups.renew(zone=ZONE, least=1)
    after = rollups.current(zone=ZONE)
    assert before is not None
    assert after is not None
    assert after.name != before.name
    assert person in told(rule)
    assert told(rule) == set(segments.list_ids(rule, frame=FRAME))


def test_a_rollup_of_events_that_are_gone_is_not_used(rolled: Shop) -> None:
    assert rollups.current(zone=ZONE) is not None
    LakeFile.objects.filter(dataset="event").update(retired_at=NOW)

    assert rollups.current(zone=ZONE) is None


def test_another_time_zone_needs_another_rollup(rolled: Shop) -> None:
    assert rollups.current(zone="Europe/London") is None
    assert rollups.renew(zone="Europe/London", least=1)
    assert rollups.current(zone="Europe/London") is not None
    assert rollups.current(zone=ZONE) is None


def test_rules_asked_together_in_a_large_shop_ask_the_lake_and_say_the_same(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[t.Tree] = []
    ask = lake.ask

    def spy(leaf: t.Tree, *more: Any, **named: Any) -> Any:
        asked.append(leaf)
        return ask(leaf, *more, **named)

    monkeypatch.setattr(lake, "ask", spy)
    monkeypatch.setattr(columns, "LEAST_ORDERS", 0)
    monkeypatch.setattr(columns, "keeper", columns.Keeper())
    rules: dict[int, t.Tree] = {
        1: t.Bought("category", "Tea", "at_least", 1),
        2: t.Not(t.Sequence(t.Step("page"), t.Step(), 30)),
        3: t.All((t.Bought("name", "tea", "at_most", 0), t.Flag("is_company"))),
        4: t.Happened("page", where=(t.Property("color", "known"),)),
    }
    together = ask_together(rules, frame=FRAME)

    for key, rule in rules.items():
        people = together.everybody.people[together.mask(key)]
        assert set(people.tolist()) == oracle.select(rule, shop)
    assert len(asked) == 3  # the lake does not hold properties
