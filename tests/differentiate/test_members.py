"""Who is in a segment: listed once, followed as customers change, and why they came or went."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from idic.core.jobs.events import registry
from idic.differentiate import handlers, membership, segments
from idic.differentiate.models import (
    CustomerSummary,
    Segment,
    SegmentMove,
    SegmentSize,
    SegmentSlice,
)
from idic.differentiate.segments import tree as t
from idic.differentiate.segments.together import Everybody, ask_together
from idic.differentiate.services import members
from idic.differentiate.services.segments import refresh_segments
from idic.identify.events import EventsStored
from idic.identify.models import Customer, Event, Order, Source, SourceRecord
from tests.examples import examples

from . import oracle
from .shop import AS_OF, FRAME, NOW, Shop, build_shop
from .trees import trees

pytestmark = pytest.mark.django_db
SLOW = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
BUYERS = t.All((t.Orders("at_least", 2, t.Window(last_days=90)), t.Flag("is_company", False)))


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A random shop, looked at on its day."""
    monkeypatch.setattr(segments, "current_frame", lambda **_more: FRAME)
    monkeypatch.setattr(handlers, "current_frame", lambda **_more: FRAME)
    return build_shop(seed=5)


def make(tree: t.Tree, name: str = "Rule") -> Segment:
    return Segment.objects.create(name=name, tree=segments.dump(tree), created_at=NOW)


def held(segment: Segment) -> set[int]:
    parts = SegmentSlice.objects.filter(segment=segment).exclude(number=members.MARK)
    return {int(i) for part in parts for i in membership.unpack(part.members)}


def moves(segment: Segment) -> list[tuple[int, bool, str]]:
    rows = SegmentMove.objects.filter(segment=segment).order_by("id")
    return list(rows.values_list("customer_id", "has_entered", "cause"))


def sell(customer_id: int, *, times: int = 1) -> None:
    record = SourceRecord.objects.filter(customer_id=customer_id).first()
    for place in range(times):
        Order.objects.create(
            order_number=f"new-{customer_id}-{place}-{Order.objects.count()}",
            source=Source.objects.get(key="till"),
            record=record,
            ordered_at=NOW - timedelta(hours=place + 1),
            currency="VND",
            net_amount=100,
            line_count=0,
        )


@given(st.sets(st.integers(0, 2**62), max_size=300))
def test_members_come_back_from_their_parts_as_they_went_in(chosen: set[int]) -> None:
    parts = dict(membership.divide(np.array(sorted(chosen), dtype=np.int64)))

    back = [membership.unpack(membership.pack(part)) for part in parts.values()]

    assert sorted(int(i) for part in back for i in part) == sorted(chosen)
    assert all(membership.slice_of(int(i)) == number for number in parts for i in parts[number])
    assert all(membership.pack(p)[:4] == membership.digest_of(p) for p in parts.values())


@given(st.dictionaries(st.integers(0, 2**62), st.booleans(), max_size=300))
def test_everybody_is_divided_as_members_are(drawn: dict[int, bool]) -> None:
    people = np.array(sorted(drawn), dtype=np.int64)
    chosen = np.array([drawn[int(i)] for i in people], dtype=bool)

    parts = {n: part.tolist() for n, part in Everybody(people, {}).divide(chosen)}

    assert parts == {n: part.tolist() for n, part in membership.divide(people[chosen])}


@pytest.mark.req("R046")
@examples(60, without=SLOW)
@given(data=st.data())
def test_rules_asked_together_select_whom_each_selects_alone(shop: Shop, data: Any) -> None:
    rules = {place: data.draw(trees(shop)) for place in range(data.draw(st.integers(1, 5)))}

    together = ask_together(rules, frame=FRAME)

    for place, rule in rules.items():
        people = together.everybody.people[together.mask(place)]
        assert set(people.tolist()) == oracle.select(rule, shop)


def test_more_conditions_than_one_number_has_bits_are_told_apart(shop: Shop) -> None:
    rules = {n: t.Amount("worth_amount", "at_least", n * 60) for n in range(130)}

    together = ask_together(rules, frame=FRAME)

    for number, rule in rules.items():
        assert int(together.mask(number).sum()) == segments.count(rule, frame=FRAME)


@examples(60, without=SLOW)
@given(data=st.data())
def test_a_few_customers_are_asked_alone_with_the_same_answer(shop: Shop, data: Any) -> None:
    tree = data.draw(trees(shop))
    everybody = sorted(c["customer_id"] for c in shop.customers)
    only = data.draw(st.lists(st.sampled_from(everybody), min_size=1, max_size=4, unique=True))

    condition = segments.to_condition(tree, frame=FRAME, only=only)

    found = CustomerSummary.objects.filter(condition, pk__in=only).values_list("pk", flat=True)
    assert set(found) == oracle.select(tree, shop) & set(only)


@pytest.mark.req("R046")
def test_who_is_there_at_first_has_not_entered_and_who_buys_later_has(shop: Shop) -> None:
    segment = make(BUYERS)
    refresh_segments(as_of=AS_OF, now=NOW)
    first = oracle.select(BUYERS, shop)
    assert held(segment) == first
    assert moves(segment) == []

    person = next(
        c["customer_id"]
        for c in shop.customers
        if c["customer_id"] not in first and not c["is_company"]
    )
    sell(person, times=2)
    assert members.follow(customer_ids=[person], frame=FRAME) == 1

    assert held(segment) == {*first, person}
    assert moves(segment) == [(person, True, "change")]
    [move] = SegmentMove.objects.filter(segment=segment)
    assert [segments.say_condition(segments.parse(c), frame=FRAME) for c in move.clauses] == [
        "at least 2 orders in the last 90 days",
        "a personal account",
    ]
    segment.refresh_from_db()
    assert segment.customer_count == len(first) + 1
    day = SegmentSize.objects.get(segment=segment, on_date=AS_OF)
    assert (day.entered_count, day.left_count) == (1, 0)
    assert members.follow(customer_ids=[person], frame=FRAME) == 0


def test_who_leaves_is_told_by_the_part_that_no_longer_holds(shop: Shop) -> None:
    segment = make(BUYERS)
    refresh_segments(as_of=AS_OF, now=NOW)
    person = next(iter(sorted(held(segment))))
    CustomerSummary.objects.filter(pk=person).update(is_company=True)

    members.follow(customer_ids=[person], frame=FRAME)

    assert moves(segment) == [(person, False, "change")]
    [move] = SegmentMove.objects.filter(segment=segment)
    assert move.clauses == [segments.dump(t.Flag("is_company", False))]
    assert person not in held(segment)


def test_time_makes_people_leave_and_the_refresh_says_so(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    segment = make(BUYERS)
    refresh_segments(as_of=AS_OF, now=NOW)
    before = held(segment)
    later = AS_OF + timedelta(days=95)
    frame = replace(FRAME, as_of=later, now=NOW + timedelta(days=95))
    monkeypatch.setattr(segments, "current_frame", lambda **_more: frame)

    refresh_segments(as_of=later, now=frame.now)

    assert held(segment) == set()
    assert sorted(moves(segment)) == sorted((person, False, "time") for person in before)
    day = SegmentSize.objects.get(segment=segment, on_date=later)
    assert (day.customer_count, day.entered_count, day.left_count) == (0, 0, len(before))


def test_another_rule_is_named_as_the_cause(shop: Shop) -> None:
    segment = make(t.Flag("is_company", True))
    refresh_segments(as_of=AS_OF, now=NOW)
    before = held(segment)
    segment.tree = segments.dump(t.Flag("is_company", False))
    segment.save()

    assert members.follow(customer_ids=list(before), frame=FRAME) == 0  # not listed yet
    refresh_segments(as_of=AS_OF, now=NOW, segment_ids=[segment.id])

    after = held(segment)
    assert after == {c["customer_id"] for c in shop.customers} - before
    assert {(who, entered) for who, entered, cause in moves(segment) if cause == "rule"} == {
        *((who, True) for who in after),
        *((who, False) for who in before),
    }


def test_who_was_looked_at_during_a_refresh_is_not_put_back(shop: Shop) -> None:
    segment = make(BUYERS)
    refresh_segments(as_of=AS_OF, now=NOW)
    together = ask_together({segment.id: BUYERS}, frame=FRAME)
    person = next(c["customer_id"] for c in shop.customers if c["customer_id"] not in held(segment))
    CustomerSummary.objects.filter(pk=person).update(is_company=False)
    sell(person, times=2)
    members.follow(customer_ids=[person], frame=replace(FRAME, now=NOW + timedelta(seconds=5)))

    members.rebuild(segment=segment, together=together, frame=FRAME, since=NOW)

    assert person in held(segment)
    assert moves(segment) == [(person, True, "change")]


def test_who_is_gone_leaves_without_a_word_kept_of_them(shop: Shop) -> None:
    segment = make(t.All())
    refresh_segments(as_of=AS_OF, now=NOW)
    person = shop.customers[0]["customer_id"]
    CustomerSummary.objects.filter(pk=person).delete()
    Customer.objects.filter(pk=person).update(is_staged=True)

    members.follow(customer_ids=[person, 5], frame=FRAME)

    assert person not in held(segment)
    assert moves(segment) == [(person, False, "change")]


def test_a_circular_segment_stops_nobody_else(shop: Shop) -> None:
    wrong = make(t.All(), "Wrong")
    wrong.tree = segments.dump(t.InSegment(wrong.id))
    wrong.save()
    right = make(t.Flag("is_company"), "Right")

    assert refresh_segments(as_of=AS_OF, now=NOW) == 2  # the list picked by hand, too

    right.refresh_from_db()
    assert right.customer_count == sum(c["is_company"] for c in shop.customers)


def test_changes_of_customers_and_rules_are_followed_by_the_usual_events() -> None:
    handled = {
        event.rpartition(".")[2]: [name.rpartition(".")[2] for name in functions]
        for event, functions in registry().items()
    }

    assert "refresh_changed" in " ".join(handled["CustomersChanged"])
    assert "list_members" in " ".join(handled["SegmentChanged"])


@pytest.mark.req("R049")
def test_an_event_moves_whom_a_segment_asks_for_it_and_leaves_others_alone(shop: Shop) -> None:
    pages = make(t.Happened("page", "at_least", 50), "Pages")
    inner = make(t.All((t.InSegment(pages.id), t.Flag("is_demo", False))), "Around")
    after = make(t.Sequence(t.Step("page"), t.Step("call"), 3), "After")
    buyers = make(t.Orders("at_least", 90), "Buyers")
    refresh_segments(as_of=AS_OF, now=NOW)
    person = next(c["customer_id"] for c in shop.customers if not c["is_demo"])
    record = SourceRecord.objects.filter(customer_id=person).first()
    assert record is not None
    for number in range(50):
        Event.objects.create(
            source=record.source,
            message_id=f"p{number}",
            record=record,
            kind="page",
            occurred_at=NOW - timedelta(minutes=number),
            received_at=NOW,
        )
    sell(person, times=90)
    frame = segments.current_frame()

    assert members.follow(customer_ids=[person], frame=frame, kinds=["search"]) == 0
    handlers.follow_events(EventsStored(record_ids=(record.id, 7), kinds=("page",)))

    assert moves(pages) == moves(inner) == [(person, True, "change")]
    assert moves(after) == moves(buyers) == []
