"""Rules over customers: they mean what a second reading says they mean, read back, survive JSON,
and never put a user's byte into the text of a statement.
"""

from __future__ import annotations

import json
import string
from typing import Any

import pytest
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from idic.core.keyset import Key
from idic.differentiate import segments
from idic.differentiate.models import CustomerSummary, Segment
from idic.differentiate.regions import region_of
from idic.differentiate.segments import tree as t
from idic.differentiate.segments.fields import FIELDS
from idic.differentiate.views.segments import _read_place
from tests.examples import examples

from . import oracle
from .shop import FRAME, NOW, Shop, build_shop
from .trees import HOSTILE, trees

pytestmark = pytest.mark.django_db
SLOW = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
often = examples(80, without=SLOW)


@pytest.fixture(params=[1, 2])
def shop(request: pytest.FixtureRequest) -> Shop:
    """A random shop."""
    return build_shop(seed=request.param)


@pytest.mark.req("R046", "R049", "R047", "R048", "R050")
@often
@given(data=st.data())
def test_sql_and_a_second_reading_select_the_same_people(shop: Shop, data: Any) -> None:
    tree = data.draw(trees(shop))

    assert set(segments.list_ids(tree, frame=FRAME)) == oracle.select(tree, shop)


@often
@given(data=st.data())
def test_a_rule_survives_json(shop: Shop, data: Any) -> None:
    tree = data.draw(trees(shop))

    assert segments.parse(json.dumps(segments.dump(tree))) == tree
    assert segments.parse(segments.dump(tree)) == tree


@pytest.mark.parametrize("language", ["en", "vi", "zh-hans"])
@examples(30, without=SLOW)
@given(data=st.data())
def test_every_rule_can_be_read_back(shop: Shop, language: str, data: Any) -> None:
    tree = data.draw(trees(shop))

    with translation.override(language):
        sentence = segments.say(tree, frame=FRAME)

    assert len(sentence) > 5
    assert "%(" not in sentence.replace("%s %(x)s {}", "")


def _leaves_replaced(plain: Any, hostile: str) -> list[Any]:
    """Give a copy of a rule for each place in it, with that place's value made hostile."""
    copies: list[Any] = []

    def walk(node: Any, put: Any) -> None:
        if isinstance(node, dict):
            for key in list(node):
                walk(node[key], lambda value, key=key: put({**node, key: value}))
                renamed = {hostile if k == key else k: v for k, v in node.items()}
                copies.append(put(renamed))
        elif isinstance(node, list):
            for i, part in enumerate(node):
                walk(part, lambda value, i=i: put([*node[:i], value, *node[i + 1 :]]))
        else:
            copies.append(put(hostile))

    walk(plain, lambda value: value)
    return copies


# A marker no statement of ours contains, in the middle of everything that ever broke a filter.
MARK = "zqx7"


@examples(25, without=SLOW)
@given(data=st.data(), hostile=st.sampled_from(HOSTILE) | st.text(string.punctuation, max_size=6))
def test_no_byte_of_a_user_reaches_the_statement(shop: Shop, data: Any, hostile: str) -> None:
    """Any leaf, field name, operator, kind or key of the tree may be hostile."""
    plain = segments.dump(data.draw(trees(shop)))

    for copy in _leaves_replaced(plain, f"{MARK}{hostile}{MARK}"):
        try:
            tree = segments.parse(copy)
        except segments.WrongTree:
            continue
        try:
            query = segments.to_query(tree, frame=FRAME)
            sql, _parameters = query.query.sql_with_params()
        except EmptyResultSet:  # holds for nobody, so nothing is asked
            continue
        assert MARK not in sql
        assert query.count() <= len(shop.customers)  # and the database takes it


@pytest.mark.parametrize(
    "place",
    ["field", "operator", "type", "state", "by"],
)
@pytest.mark.parametrize("hostile", HOSTILE)
def test_names_of_fields_and_operators_come_from_a_closed_list(place: str, hostile: str) -> None:
    rules: dict[str, dict[str, Any]] = {
        "field": {"type": "text", "field": hostile, "operator": "is", "values": ["x"]},
        "operator": {"type": "text", "field": "city", "operator": hostile, "values": ["x"]},
        "type": {"type": hostile},
        "state": {"type": "state", "state": hostile},
        "by": {"type": "bought", "by": hostile, "value": "x"},
    }

    with pytest.raises(segments.WrongTree) as caught:
        segments.parse(rules[place])

    assert hostile not in str(caught.value)


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ({"type": "any"}, "This group is empty. Add a condition or remove it."),
        ({"type": "text", "field": "city", "operator": "is"}, "Say which text to look for."),
        ({"type": "number", "field": "order_count", "operator": "at_least"}, "Say how many."),
        ({"type": "money", "field": "net_amount", "operator": "at_most"}, "Say how much."),
        (
            {"type": "number", "field": "age", "operator": "between", "value": 9, "to": 3},
            "The first value must not be larger than the second.",
        ),
        ({"type": "date", "field": "birth_date", "operator": "on_or_after"}, "Choose a day."),
        (
            {"type": "orders", "operator": "at_least", "count": 1, "window": {"last_days": 0}},
            "Say how many days: a whole number up to 36500.",
        ),
        (
            {"type": "choice", "field": "tier", "operator": "one_of", "values": ["gold"]},
            "One of the choices does not exist any more. Choose again.",
        ),
        (
            {"type": "text", "field": "city", "operator": "is", "values": ["a\x00b"]},
            "Leave out control characters.",
        ),
        ({"type": "bought", "by": "code", "value": " "}, "Say which product or category."),
        ("{", "This rule cannot be read. Build it again."),
        ([1], "This rule cannot be read. Build it again."),
    ],
)
def test_a_wrong_rule_is_refused_in_words(rule: Any, sentence: str) -> None:
    with pytest.raises(segments.WrongTree) as caught:
        segments.parse(rule)

    assert str(caught.value) == sentence


def test_a_rule_too_deep_or_too_large_is_refused() -> None:
    deep: t.Tree = t.Flag("is_demo")
    for _ in range(9):
        deep = t.Not(deep)
    wide = t.All(tuple(t.Flag("is_demo") for _ in range(200)))

    for tree in (deep, wide):
        with pytest.raises(segments.WrongTree, match="too large"):
            segments.parse(segments.dump(tree))


def test_numbers_beyond_a_column_are_answered_not_raised(shop: Shop) -> None:
    everyone = len(shop.customers)
    huge = 2**61

    assert segments.count(t.Number("recency_score", "at_least", huge), frame=FRAME) == 0
    assert segments.count(t.Number("order_count", "at_most", huge), frame=FRAME) == everyone
    assert segments.count(t.Number("age", "at_least", huge), frame=FRAME) == 0
    assert segments.count(t.Number("age", "at_most", -huge), frame=FRAME) == 0
    assert segments.count(t.Amount("net_amount", "at_least", -huge), frame=FRAME) == everyone


def test_a_segment_can_use_another_and_counts_its_people(shop: Shop) -> None:
    inner = t.Choice("tier", "one_of", ("vip", "loyal"))
    kept = Segment.objects.create(name="Best", tree=segments.dump(inner), created_at=NOW)
    outer = t.All((t.InSegment(kept.id), t.Flag("is_demo", False)))

    expected = oracle.select(t.All((inner, t.Flag("is_demo", False))), shop)

    assert set(segments.list_ids(outer, frame=FRAME)) == expected


def test_a_circle_of_segments_is_refused(shop: Shop) -> None:
    first = Segment.objects.create(name="A", created_at=NOW)
    second = Segment.objects.create(
        name="B", tree=segments.dump(t.InSegment(first.id)), created_at=NOW
    )
    first.tree = segments.dump(t.InSegment(second.id))
    first.save()

    with pytest.raises(segments.WrongTree, match="cannot contain itself"):
        segments.count(t.InSegment(first.id), frame=FRAME)


def test_a_segment_that_is_gone_is_named_as_the_problem() -> None:
    with pytest.raises(segments.WrongTree, match="does not exist any more"):
        segments.count(t.InSegment(5), frame=FRAME)


def test_everybody_is_the_empty_rule(shop: Shop) -> None:
    assert segments.count(segments.parse({}), frame=FRAME) == len(shop.customers)
    assert segments.say(segments.EVERYBODY, frame=FRAME) == "All customers."


def test_counting_stops_at_the_most_asked_for(shop: Shop) -> None:
    assert segments.find_count(segments.EVERYBODY, most=5, frame=FRAME) is None
    assert segments.find_count(segments.EVERYBODY, most=30, frame=FRAME) == 30


def test_the_sample_shows_those_worth_most_first(shop: Shop) -> None:
    look = segments.look_at(segments.EVERYBODY, limit=3, frame=FRAME)

    assert [row.customer_id for row in look.people] == _by_worth(shop)[:3]
    assert look.count == len(shop.customers)


def _by_worth(shop: Shop) -> list[int]:
    ranked = sorted(shop.customers, key=lambda c: (-c["worth_amount"], c["customer_id"]))
    return [c["customer_id"] for c in ranked]


def test_a_look_at_too_many_does_not_count_them(shop: Shop) -> None:
    look = segments.look_at(segments.EVERYBODY, limit=3, most=5, frame=FRAME)

    assert len(look.people) == 3
    assert look.count is None


def test_a_look_at_a_rule_on_orders_counts_everybody_in_the_same_question(shop: Shop) -> None:
    rule = t.All((t.Orders("at_least", 1),))
    with CaptureQueriesContext(connection) as asked:
        look = segments.look_at(rule, limit=3, most=1, frame=FRAME)

    buyers = set(segments.list_ids(rule, frame=FRAME))
    assert look.count == len(buyers) > 3
    assert [row.customer_id for row in look.people] == [
        number for number in _by_worth(shop) if number in buyers
    ][:3]
    # Is the shop so large that its orders are in memory? Who, and how many? What is shown of them?
    assert ["identify_sourcerecord" in one["sql"] for one in asked] == [False, True, False]


def test_a_look_at_a_rule_on_orders_that_fits_nobody_is_empty(shop: Shop) -> None:
    rule = t.All((t.Orders("at_least", 10_000),))

    assert segments.look_at(rule, frame=FRAME) == segments.Look([], 0)


@pytest.mark.parametrize("rule", [segments.EVERYBODY, t.All((t.Orders("at_least", 1),))])
def test_paging_through_a_rule_meets_everybody_once_with_what_is_shown_of_them(
    shop: Shop, rule: t.Tree
) -> None:
    page = segments.page_through(rule, limit=4, frame=FRAME)
    met = list(page.rows)
    while page.has_next:
        place = Key(met[-1].worth_amount, met[-1].customer_id)
        page = segments.page_through(rule, limit=4, after=place, frame=FRAME)
        met += page.rows

    wanted = set(segments.list_ids(rule, frame=FRAME))
    assert [row.customer_id for row in met] == [n for n in _by_worth(shop) if n in wanted]
    with CaptureQueriesContext(connection) as asked:
        assert all(row.customer.id == row.customer_id for row in met)
        assert all(row.need_group is None or row.need_group.name for row in met)
    assert len(asked) == 0


def test_every_field_of_the_tree_has_words_and_a_column() -> None:
    columns = {f.name for f in CustomerSummary._meta.get_fields()}
    kinds: list[Any] = [t.TextField, t.NumberField, t.MoneyField, t.DayField, t.ChoiceField]
    named = {name for kind in [*kinds, t.FlagField] for name in kind.__args__}

    assert named == set(segments.FIELDS)
    assert {field.column for field in segments.FIELDS.values()} <= columns


SENTENCES = [
    (t.Orders("at_least", 2, t.Window(last_days=90)), "at least 2 orders in the last 90 days"),
    (t.Not(t.Orders("at_least", 1)), "no orders"),
    (t.Text("city", "is", ("Hà Nội", "Huế")), "city “Hà Nội” or “Huế”"),
    (
        t.Amount("last_year_amount", "at_least", 1_200_000),
        "at least ₫1,200,000 spent in 12 months",
    ),
    (
        t.Day("last_order_date", "more_than_days_ago", days=60),
        "the last order more than 60 days ago",
    ),
    (t.Choice("tier", "one_of", ("vip", "loyal")), "tier VIP or Loyal"),
    (t.Not(t.Flag("has_open_case")), "no open complaint"),
    (t.Number("churn_risk", "at_least", 0.5), "a risk of leaving of at least 50%"),
    (t.Bought("category", "Tea", "at_least", 1), "at least 1 order from category “Tea”"),
]


@pytest.mark.parametrize(("tree", "sentence"), SENTENCES)
def test_a_condition_reads_back_in_plain_words(tree: t.Tree, sentence: str) -> None:
    assert segments.say(tree, frame=FRAME) == f"Customers with {sentence}."


def test_a_count_reads_back_before_what_it_counts() -> None:
    said = {count: t.Number("order_count", "at_least", count) for count in (1, 13)}

    assert segments.say(said[1], frame=FRAME) == "Customers with at least 1 order so far."
    assert segments.say(said[13], frame=FRAME) == "Customers with at least 13 orders so far."
    with translation.override("vi"):
        assert segments.say(said[13], frame=FRAME) == "Khách: ít nhất 13 đơn tính đến nay."
    with translation.override("zh-hans"):
        assert "累计订单不少于13个" in segments.say(said[13], frame=FRAME)


def test_every_field_of_a_figure_or_a_day_has_words_of_its_own() -> None:
    told = {"number", "rate", "score", "days", "money", "date"}
    assert [
        name for name, field in FIELDS.items() if (field.kind in told) != bool(field.said)
    ] == []


def test_groups_read_back_with_their_own_brackets() -> None:
    tree = t.All(
        (
            t.Flag("is_overdue"),
            t.Any((t.Choice("tier", "one_of", ("vip",)), t.Orders("exactly", 1))),
        )
    )

    assert segments.say(tree, frame=FRAME) == (
        "Customers with an absence longer than usual and (tier VIP or exactly 1 order)."
    )


@pytest.mark.parametrize("hostile", [*HOSTILE, "../../etc/passwd", "UTC'; DROP TABLE x; --", ""])
def test_a_hostile_time_zone_is_refused_before_anything_is_asked(hostile: str) -> None:
    frame = segments.Frame(as_of=FRAME.as_of, now=NOW, time_zone=hostile, currency=hostile)
    rule = t.All((t.Orders("at_least", 1, t.Window(last_days=9)), t.Spent("at_least", 1)))

    with CaptureQueriesContext(connection) as asked, pytest.raises((KeyError, ValueError, OSError)):
        segments.count(rule, frame=frame)

    assert not any(hostile and hostile in one["sql"] for one in asked)


@pytest.mark.parametrize("place", [*HOSTILE, "1_2_3", "--1_2", "1e9_4", "９_１", "1" * 50 + "_1"])
def test_a_hostile_place_in_a_list_begins_it_anew(place: str) -> None:
    found = _read_place(place)

    assert found is None or (isinstance(found.value, int) and isinstance(found.id, int))


@pytest.mark.req("R048")
@pytest.mark.parametrize(
    ("province", "city", "country", "region"),
    [
        ("Bình Dương", "", "VN", "TP. Hồ Chí Minh"),
        ("", "tỉnh quảng nam", "Việt Nam", "Đà Nẵng"),
        ("", "TP HCM", "", "TP. Hồ Chí Minh"),
        ("广东", "", "CN", "广东省"),
        ("", "上海", "", "上海市"),
        ("Bavaria", "Munich", "DE", "Bavaria"),
        ("", "Paris", "FR", ""),
        ("", "Huế", "US", ""),
        ("", "", "", ""),
    ],
)
def test_a_region_is_called_as_it_is_today(
    province: str, city: str, country: str, region: str
) -> None:
    assert region_of(province=province, city=city, country=country) == region


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        (
            {"type": "event", "kind": "x", "where": [{"name": " "}]},
            "Say which property.",
        ),
        (
            {
                "type": "event",
                "kind": "x",
                "where": [{"name": "a", "operator": "at_least", "value": "1e9"}],
            },
            "Give a plain number.",
        ),
        (
            {"type": "sequence", "first": {}, "then": {"kind": "x"}, "within_days": 0},
            "Say how many days: a whole number up to 36500.",
        ),
        (
            {
                "type": "sequence",
                "first": {"where": [{"name": "a", "value": "b"}]},
                "then": {},
                "within_days": 1,
            },
            "Say which event.",
        ),
        (
            {"type": "trait", "name": "a", "operator": "at_most", "value": "ten"},
            "Give a plain number.",
        ),
        (
            {"type": "trait", "name": "a", "operator": "known", "confidence": 1.5},
            "Say how sure: between 0 and 1.",
        ),
        (
            {"type": "consent", "channel": "fax", "answer": "granted"},
            "This rule cannot be read. Build it again.",
        ),
    ],
)
def test_a_wrong_condition_of_a_newer_kind_is_refused_in_words(
    rule: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(segments.WrongTree) as caught:
        segments.parse(rule)

    assert str(caught.value) == sentence


NEWER = [
    (
        t.Sequence(t.Step("Cart Viewed"), t.Step(), 2, False, t.Window(last_days=30)),
        "the event “Cart Viewed” and, within 2 days, not a purchase in the last 30 days",
    ),
    (
        t.Happened("seen", "at_least", 3, where=(t.Property("price", "at_least", "9.5"),)),
        "event “seen” at least 3 times (price at least 9.5)",
    ),
    (t.HasConsent("sms", "denied"), "a refusal of “Marketing” by SMS"),
    (
        t.HasTrait("income", "at_least", "2000", 0.7),
        "an answer of at least 2000 to “income” (at least 70% sure)",
    ),
]


@pytest.mark.parametrize(("tree", "sentence"), NEWER)
def test_a_newer_condition_reads_back_in_plain_words(tree: t.Tree, sentence: str) -> None:
    assert segments.say(tree, frame=FRAME) == f"Customers with {sentence}."
