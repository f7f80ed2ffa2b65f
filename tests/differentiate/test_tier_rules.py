"""Which tier each customer has: in memory as in the database, easing, flapping, default rules."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from idic.differentiate.models import Tier
from idic.differentiate.segments import WrongTree
from idic.differentiate.segments import tree as t
from idic.differentiate.segments.vector import _VECTOR_FIELDS, check_vector, columns_of, holds
from idic.differentiate.tier_rules import (
    TierRule,
    assign,
    default_rules,
    ease,
    read_rules,
    readable,
    values_of,
    write_rules,
)
from tests.examples import examples

from . import oracle
from .shop import AS_OF, Shop
from .trees import dates, days_back, ends, figures, rates

FLOATS = {"usual_gap_days", "expected_order_count", "churn_risk"}
DAYS = {"first_order_date", "last_order_date"}
WHOLE = _VECTOR_FIELDS - FLOATS - DAYS - {"is_overdue", "rfm_cell"}


def _own(names: Any) -> st.SearchStrategy[str]:
    return st.sampled_from([name for name in get_args(names) if name in _VECTOR_FIELDS])


leaves = (
    st.builds(
        lambda field, operator, pair: t.Number(field, operator, *pair),
        _own(t.NumberField),
        st.sampled_from(get_args(t.NumberOperator)),
        ends(rates),
    )
    | st.builds(
        lambda field, operator, pair: t.Amount(field, operator, *pair),
        _own(t.MoneyField),
        st.sampled_from(get_args(t.NumberOperator)),
        ends(figures),
    )
    | st.builds(
        lambda field, operator, pair, days: t.Day(field, operator, *pair, days),
        _own(t.DayField),
        st.sampled_from(get_args(t.DayOperator)),
        st.tuples(dates, dates).map(lambda pair: (min(pair), max(pair))),
        days_back,
    )
    | st.builds(t.Flag, _own(t.FlagField), st.booleans())
    | st.builds(
        t.Choice,
        st.just("rfm_cell"),
        st.sampled_from(get_args(t.ChoiceOperator)),
        st.sampled_from([("555",), ("111", "")]),
    )
)


def _groups(inner: st.SearchStrategy[t.Tree]) -> st.SearchStrategy[t.Tree]:
    inside = st.lists(inner, min_size=1, max_size=3).map(tuple)
    return st.builds(t.All, inside) | st.builds(t.Any, inside) | st.builds(t.Not, inner)


rules = st.recursive(leaves, _groups, max_leaves=6)

maybe_figure = st.none() | figures
people = st.lists(
    st.fixed_dictionaries(
        {
            **dict.fromkeys(
                _VECTOR_FIELDS - FLOATS - DAYS - {"is_overdue", "rfm_cell"}, maybe_figure
            ),
            **{name: st.none() | st.sampled_from([0.0, 0.25, 1.5, 30.5]) for name in FLOATS},
            **{name: st.none() | dates for name in DAYS},
            "is_overdue": st.booleans(),
            "rfm_cell": st.sampled_from(["555", "111", ""]),
        }
    ),
    min_size=1,
    max_size=8,
)


def columns(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Put rows into columns as the engine's tables hold them."""

    def column(name: str) -> Any:
        cells = [row[name] for row in rows]
        if name in DAYS:
            return np.array(cells, dtype="datetime64[D]")
        if name in FLOATS:
            return np.array([np.nan if c is None else c for c in cells])
        if name in ("is_overdue", "rfm_cell"):
            return np.array(cells)
        missing = [c is None for c in cells]
        return np.ma.MaskedArray([0 if c is None else c for c in cells], mask=missing)

    return {name: column(name) for name in rows[0]}


@examples(300)
@given(rule=rules, rows=people)
def test_memory_and_a_second_reading_agree(rule: t.Tree, rows: list[dict[str, Any]]) -> None:
    found = holds(rule, columns(rows), as_of=AS_OF)

    assert found.tolist() == [oracle.holds(rule, row, Shop()) for row in rows]


@examples(300)
@given(rule=rules, rows=people)
def test_an_eased_rule_never_loses_anybody(rule: t.Tree, rows: list[dict[str, Any]]) -> None:
    held = columns(rows)

    strict = holds(rule, held, as_of=AS_OF)
    eased = holds(ease(rule), held, as_of=AS_OF)

    # An exact value has no direction to ease in, nor has its absence: those stay as they are.
    assert (eased | ~strict).all()


VIP = TierRule(Tier.VIP, t.Amount("worth_amount", "at_least", 1000))
QUIET = TierRule(Tier.DORMANT, t.Number("order_count", "at_least", 1))


def _worth(*amounts: int) -> dict[str, Any]:
    return {"worth_amount": np.array(amounts), "order_count": np.ones(len(amounts), dtype=int)}


@pytest.mark.req("R055")
def test_who_has_a_tier_keeps_it_a_tenth_below_the_line() -> None:
    people = _worth(1000, 900, 899, 950)
    current = np.array(["vip", "vip", "vip", "dormant"], dtype=object)

    found = assign([VIP, QUIET], people, as_of=AS_OF, current=current)

    assert found.tiers.tolist() == ["vip", "vip", "dormant", "dormant"]
    assert found.is_kept.tolist() == [False, True, False, False]


def test_a_customer_swinging_around_the_line_moves_once() -> None:
    current = np.array(["dormant"], dtype=object)
    seen = []

    for worth in (990, 1010, 990, 1010, 910, 1010, 899, 950):
        current = assign([VIP, QUIET], _worth(worth), as_of=AS_OF, current=current).tiers
        seen.append(current[0])

    assert seen == ["dormant", "vip", "vip", "vip", "vip", "vip", "dormant", "dormant"]


@pytest.mark.req("R055")
@examples(200)
@given(
    wobble=st.lists(st.floats(-0.09, 0.09), min_size=2, max_size=40),
    line=st.integers(1_000, 10_000_000),
)
def test_a_figure_that_wobbles_around_the_line_moves_somebody_once(
    wobble: list[float], line: int
) -> None:
    """Given a line and any history within nine percent of it, nobody moves more than once."""
    rules = [TierRule(Tier.VIP, t.Amount("worth_amount", "at_least", line)), QUIET]
    current = np.array(["dormant"], dtype=object)
    seen = ["dormant"]

    for share in wobble:
        worth = round(line * (1 + share))
        current = assign(rules, _worth(worth), as_of=AS_OF, current=current).tiers
        seen.append(current[0])

    moves = sum(before != after for before, after in pairwise(seen))
    reached = any(round(line * (1 + share)) >= line for share in wobble)
    assert moves == int(reached)


def test_the_first_rule_that_holds_wins_and_who_never_bought_has_no_tier() -> None:
    people = {"worth_amount": np.array([5000, 0, 0]), "order_count": np.array([3, 1, 0])}

    assert assign([VIP, QUIET], people, as_of=AS_OF).tiers.tolist() == ["vip", "dormant", ""]


HERE = t.Number("churn_risk", "at_most", 0.8)


def _business() -> dict[str, Any]:
    """100 buyers worth 100, 200 … 10,000, the best came last; every tenth is overdue; one more
    never bought.
    """
    worth = np.array([*range(100, 10_001, 100), 0])
    ago = np.array([2 * (99 - i) for i in range(100)] + [0])
    days = np.datetime64(AS_OF) - ago
    days[-1] = np.datetime64("NaT")
    return {
        "worth_amount": worth,
        "order_count": np.array([2] * 100 + [0]),
        "last_year_order_count": np.array([i // 10 for i in range(100)] + [0]),
        "is_overdue": np.array([i % 10 == 9 for i in range(100)] + [False]),
        "churn_risk": np.array([0.3] * 100 + [np.nan]),
        "first_order_date": np.where(np.isnat(days), days, days - 100),
        "last_order_date": days,
    }


@pytest.mark.req("R054", "R055")
def test_default_rules_come_from_the_shops_own_figures() -> None:
    found, basis = default_rules(_business(), active_days=80)

    by_tier = {rule.tier: rule.when for rule in found}
    assert list(by_tier) == ["at_risk", "vvip", "vip", "new", "loyal", "potential", "dormant"]
    assert by_tier["vvip"] == t.All((t.Amount("worth_amount", "at_least", 9900), HERE))
    assert by_tier["vip"] == t.All((t.Amount("worth_amount", "at_least", 9500), HERE))
    assert by_tier["at_risk"] == t.All(
        (t.Amount("worth_amount", "at_least", 7000), t.Flag("is_overdue"), HERE)
    )
    assert by_tier["loyal"] == t.All(
        (
            t.Number("last_year_order_count", "at_least", 7),
            t.Amount("worth_amount", "at_least", 5000),
            HERE,
        )
    )
    assert basis["buyers"] == 100
    assert basis["active_days"] == 80


def test_default_rules_give_everybody_who_bought_one_tier() -> None:
    people = _business()
    found, _basis = default_rules(people, active_days=80)

    tiers = assign(found, people, as_of=AS_OF).tiers.tolist()

    counts = {tier: tiers.count(tier) for tier in set(tiers)}
    # Overdue and worth 7,000 or more: 7,000, 8,000, 9,000 and 10,000. The last would be VIP, too.
    assert counts == {
        **{"at_risk": 4, "vvip": 1, "vip": 4, "loyal": 22, "potential": 9, "dormant": 60},
        "": 1,
    }


def test_of_fewer_than_a_hundred_nobody_is_a_vvip() -> None:
    people = {name: values[1:] for name, values in _business().items()}

    found, _basis = default_rules(people, active_days=80)

    assert [rule.tier for rule in found][:2] == ["at_risk", "vip"]


@pytest.mark.req("R055")
def test_who_is_long_gone_is_dormant_whatever_they_once_brought() -> None:
    people = _business()
    found, _basis = default_rules(people, active_days=80)
    people["last_order_date"] = people["last_order_date"] - 365
    before = assign(found, people, as_of=AS_OF).tiers
    # Worth 10,000 and overdue; worth 9,900; worth 7,500, seven orders a year.
    chosen = [99, 98, 74]
    assert before[chosen].tolist() == ["at_risk", "vvip", "loyal"]

    people["churn_risk"][chosen] = [0.8, 0.81, 0.81]
    after = assign(found, people, as_of=AS_OF).tiers

    assert after[chosen].tolist() == ["at_risk", "dormant", "dormant"]
    assert (np.delete(after, chosen) == np.delete(before, chosen)).all()


def test_default_rules_survive_storing() -> None:
    found, _basis = default_rules(_business(), active_days=80)

    assert read_rules(write_rules(found)) == found


@pytest.mark.parametrize(
    "wrong",
    [
        [{"tier": "gold", "when": {"type": "all"}}],
        [{"tier": "vip", "when": {"type": "orders", "operator": "at_least", "count": 1}}],
        [{"tier": "vip", "when": {"type": "text", "field": "city", "operator": "known"}}],
        [{"tier": "vip", "when": {"type": "any"}}],
        [{"tier": "vip", "when": {"type": "all"}}] * 2,
        [],
    ],
)
def test_rules_that_cannot_rank_are_refused(wrong: Any) -> None:
    with pytest.raises(WrongTree):
        read_rules(wrong)


def test_the_reason_holds_the_figures_the_rule_looked_at() -> None:
    rule = TierRule(
        Tier.NEW,
        t.All((t.Day("first_order_date", "last_days", days=60), t.Number("order_count", "is", 1))),
    )
    people = {
        "first_order_date": np.array([date(2026, 11, 1)], dtype="datetime64[D]"),
        "order_count": np.array([1]),
    }

    assert columns_of(rule.when) == ["first_order_date", "order_count"]
    assert values_of(rule, people) == [{"first_order_date": "2026-11-01", "order_count": 1}]


def test_easing_moves_windows_too() -> None:
    assert ease(t.Day("first_order_date", "last_days", days=60)).days == 66  # type: ignore[union-attr]
    assert ease(t.Day("last_order_date", "more_than_days_ago", days=100)).days == 90  # type: ignore[union-attr]
    assert ease(t.Not(t.Number("order_count", "at_least", 10))) == t.Not(
        t.Number("order_count", "at_least", 11)
    )


@pytest.mark.parametrize(
    ("exact", "said"), [(3742, 3700), (0.2, 1), (99, 99), (1_234_567, 1_200_000)]
)
def test_thresholds_can_be_said_aloud(exact: float, said: int) -> None:
    assert readable(exact) == said


def test_a_tier_rule_may_not_look_at_other_tables() -> None:
    with pytest.raises(WrongTree, match="A tier can only ask"):
        check_vector(t.All((t.InSegment(1),)))


def test_new_means_within_sixty_days() -> None:
    first = np.array([AS_OF - timedelta(days=59), AS_OF - timedelta(days=60)], "datetime64[D]")

    found = holds(
        t.Day("first_order_date", "last_days", days=60), {"first_order_date": first}, as_of=AS_OF
    )

    assert found.tolist() == [True, False]
