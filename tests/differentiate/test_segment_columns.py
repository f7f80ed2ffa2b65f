"""Rules asked of the columns in memory: the same people as the database gives, whatever changed."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from idic.core import ids
from idic.core.keyset import Key
from idic.differentiate import segments
from idic.differentiate.models import CustomerSummary, Segment
from idic.differentiate.segments import columns, masks, people
from idic.differentiate.segments import tree as t
from idic.differentiate.segments.memo import Memo
from idic.identify.models import ImportRun, ImportState, Order, OrderLine, SourceRecord
from tests.examples import examples

from .shop import FRAME, NOW, Shop, build_shop
from .trees import trees, windows

pytestmark = pytest.mark.django_db
SLOW = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
RULES: list[t.Tree] = [
    t.Orders("at_least", 2, t.Window(last_days=90)),
    t.Orders("at_most", 0, t.Window(last_days=30)),
    t.Spent("at_least", 0),
    t.Spent("at_most", -1, t.Window(last_days=90)),
    t.Not(t.Bought("code", "A1", "exactly", 1)),
    t.All((t.Orders("exactly", 1), t.Choice("tier", "none_of", ("vip",)))),
]


@pytest.fixture
def shop() -> Shop:
    return build_shop(seed=3)


def by_database(tree: t.Tree) -> list[int]:
    found = segments.to_query(tree, frame=FRAME).values_list("customer_id", flat=True)
    return sorted(found)


def by_columns(tree: t.Tree, held: columns.Columns) -> list[int]:
    mask = masks.mask_of(masks.opened(tree, frame=FRAME), held, frame=FRAME)
    return [int(key) for key in held.people[mask]]


@pytest.mark.req("R046", "R049")
@examples(60, without=SLOW)
@given(data=st.data())
def test_the_columns_and_the_database_select_the_same_people(shop: Shop, data: Any) -> None:
    ordered = st.one_of(
        st.builds(t.Orders, st.sampled_from(["at_least", "at_most"]), st.integers(0, 3), windows),
        st.builds(t.Spent, st.sampled_from(["at_least", "at_most"]), st.integers(-9, 900), windows),
        st.builds(t.Bought, st.just("code"), st.sampled_from(["A1", "B2"]), window=windows),
    )
    group = data.draw(st.sampled_from([t.All, t.Any]))
    tree = group((data.draw(trees(shop)), data.draw(ordered)))

    found = by_database(tree)
    assert by_columns(tree, columns.read_all()) == found
    assert segments.count(tree, frame=FRAME) == len(found)


def _new_order(dice: random.Random) -> None:
    old = dice.choice(list(Order.objects.all()))
    moment = NOW - timedelta(days=dice.randrange(100), microseconds=1)
    order = Order.objects.create(
        **{name: getattr(old, name) for name in ("source_id", "record_id", "currency")},
        order_number=str(ids.new_id()),
        ordered_at=moment,
        net_amount=dice.choice([100, -50, 700]),
        line_count=1,
    )
    OrderLine.objects.create(
        order=order, line_number=1, product_code="A1", quantity=1, unit_price=1, net_amount=1
    )


def _changed_order(dice: random.Random) -> None:
    order = dice.choice(list(Order.objects.all()))
    order.net_amount, order.revision = -order.net_amount, ids.new_id()
    order.save()


def _lost_order(dice: random.Random) -> None:
    order = dice.choice(list(Order.objects.all()))
    OrderLine.objects.filter(order=order).delete()
    order.delete()


def _merge(dice: random.Random) -> None:
    one, other = dice.sample(list(SourceRecord.objects.exclude(customer=None)), 2)
    one.customer_id, other.customer_id = other.customer_id, one.customer_id
    SourceRecord.objects.bulk_update([one, other], ["customer"])


def _unlink(dice: random.Random) -> None:
    record = dice.choice(list(SourceRecord.objects.all()))
    SourceRecord.objects.filter(id=record.id).update(customer=None)


def _lost_summary(dice: random.Random) -> None:
    CustomerSummary.objects.filter(pk=dice.choice(list(CustomerSummary.objects.all())).pk).delete()


def _import(dice: random.Random) -> None:
    """An import whose rows nobody sees yet."""
    run = ImportRun.objects.create(
        kind="orders", file_name="a.csv", state=ImportState.RUNNING, created_at=NOW
    )
    for order in dice.sample(list(Order.objects.all()), 3):
        order.import_run, order.revision = run, ids.new_id()
        order.save()


def _publish(dice: random.Random) -> None:
    ImportRun.objects.filter(state=ImportState.RUNNING).update(state=ImportState.PUBLISHED)


def _undo(dice: random.Random) -> None:
    """Some orders go with their import, one stays and is nobody's: without a new revision."""
    for run in ImportRun.objects.filter(state=ImportState.PUBLISHED)[:1]:
        ImportRun.objects.filter(id=run.id).update(state=ImportState.UNDONE)
        kept = Order.everything.filter(import_run=run).first()
        Order.everything.filter(Q(id=kept and kept.id)).update(import_run=None)


ACTS = [
    *(_new_order, _changed_order, _lost_order, _merge, _unlink, _lost_summary),
    *(_import, _publish, _undo),
]


@pytest.mark.parametrize("seed", range(4))
def test_columns_brought_up_to_date_say_what_the_database_says(shop: Shop, seed: int) -> None:
    dice = random.Random(seed)
    held = columns.read_all()
    for act in dice.choices(ACTS, k=12):
        act(dice)

        held = columns.renew(held) or columns.read_all()

        assert [by_columns(rule, held) for rule in RULES] == [by_database(rule) for rule in RULES]


def test_what_has_not_changed_is_not_read_again(shop: Shop) -> None:
    held = columns.read_all()

    assert columns.renew(held) is held
    _lost_order(random.Random(1))
    assert columns.renew(held) is None


def test_a_rule_asked_again_of_the_same_columns_reads_no_lines_again(shop: Shop) -> None:
    held = columns.read_all()
    rule = t.Bought("code", "A1", window=t.Window(last_days=60))
    first = by_columns(rule, held)

    with CaptureQueriesContext(connection) as asked:
        again = by_columns(rule, held)

    assert again == first == by_database(rule)
    assert len(asked) == 0


def test_only_the_masks_asked_for_last_are_kept() -> None:
    memo, made = Memo(most=2), []

    def make(key: str) -> np.ndarray[Any, Any]:
        return memo.get(key, lambda: (made.append(key), np.ones(2, dtype=bool))[1])

    for key in ("a", "b", "a", "c", "a", "b"):
        make(key)

    assert made == ["a", "b", "c", "b"]
    assert not make("a").flags.writeable


def test_an_order_that_comes_while_others_are_read_is_met_the_next_time(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    dice, read = random.Random(1), columns._orders
    held = columns.read_all()
    _new_order(dice)

    def read_slowly(rows: Any) -> Any:
        found = read(rows)
        _new_order(dice)
        return found

    with monkeypatch.context() as slow:
        slow.setattr(columns, "_orders", read_slowly)
        first = columns.renew(held)
    assert first is not None
    second = columns.renew(first)
    assert second is not None

    assert len(second.order_ids) == len(first.order_ids) + 1 == Order.objects.count()
    assert [by_columns(rule, second) for rule in RULES] == [by_database(rule) for rule in RULES]


@pytest.mark.req("R046")
def test_a_large_shop_is_counted_and_looked_at_by_the_columns(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = Segment.objects.create(
        name="Came", tree=segments.dump(t.Orders("at_least", 1)), created_at=NOW
    )
    tree = t.All((t.InSegment(inner.id), t.Not(t.Choice("tier", "one_of", ("vip",)))))
    by_sql = segments.look_at(tree, limit=3, frame=FRAME)
    by_sql_all = segments.page_through(tree, limit=100, frame=FRAME).rows
    found = by_database(tree)
    held = columns.read_all()
    monkeypatch.setattr(columns, "current", lambda: held)
    for few in (0, 1_000):
        monkeypatch.setattr(people, "_FEW", few)
        look = segments.look_at(tree, limit=3, frame=FRAME)
        assert [row.pk for row in look.people] == [row.pk for row in by_sql.people]
        assert look.count == by_sql.count == len(found) > 3

        met = page = segments.page_through(tree, limit=2, frame=FRAME)
        rows = list(met.rows)
        while page.has_next:
            key = Key(page.rows[-1].worth_amount, page.rows[-1].pk)
            page = segments.page_through(tree, limit=2, after=key, frame=FRAME)
            rows += page.rows
        assert [row.pk for row in rows] == [row.pk for row in by_sql_all]
        assert (met.has_previous, page.has_previous) == (False, True)

    assert segments.count(tree, frame=FRAME) == len(found)
    assert segments.list_ids(tree, frame=FRAME) == found
    assert segments.find_count(tree, frame=FRAME) == len(found)
    assert segments.find_count(tree, most=2, frame=FRAME) is None


def test_a_segment_in_a_circle_is_refused_by_the_columns_too(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    segment = Segment.objects.create(name="Round", tree={"type": "all", "of": []}, created_at=NOW)
    Segment.objects.filter(id=segment.id).update(tree=segments.dump(t.InSegment(segment.id)))
    held = columns.read_all()
    monkeypatch.setattr(columns, "current", lambda: held)

    with pytest.raises(segments.WrongTree):
        segments.count(t.All((t.InSegment(segment.id), t.Orders("at_least", 1))), frame=FRAME)


def test_a_small_shop_asks_the_database(shop: Shop) -> None:
    assert columns.current() is None


@pytest.mark.django_db(transaction=True)
def test_the_columns_are_read_beside_the_request(monkeypatch: pytest.MonkeyPatch) -> None:
    build_shop(seed=3)
    monkeypatch.setattr(columns, "LEAST_ORDERS", 0)
    keeper = columns.Keeper()

    assert keeper.current() is None
    assert keeper.reader is not None
    keeper.reader.join(30)
    held = keeper.current()

    assert held is not None
    assert [by_columns(rule, held) for rule in RULES] == [by_database(rule) for rule in RULES]
