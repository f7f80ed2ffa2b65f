"""What somebody lacks for the next tier."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from idic.differentiate.models import Tier
from idic.differentiate.segments import tree as t
from idic.differentiate.tier_gaps import Gap, find_lack, lacks_of, widen
from idic.differentiate.tier_rules import TierRule

AS_OF = dt.date(2026, 11, 23)
HERE = t.Number("churn_risk", "at_most", 0.8)
WORTH, ORDERS = "worth_amount", "last_year_order_count"


def at_least(worth: int) -> t.Tree:
    return t.Amount(WORTH, "at_least", worth)


RULES = [
    TierRule(Tier.VVIP, t.All((at_least(10_000_000), HERE))),
    TierRule(Tier.VIP, t.All((at_least(2_000_000), HERE))),
    TierRule(Tier.NEW, t.Day("first_order_date", "last_days", days=60)),
    TierRule(Tier.LOYAL, t.All((t.Number(ORDERS, "at_least", 4), at_least(500_000), HERE))),
    TierRule(Tier.POTENTIAL, t.Day("last_order_date", "last_days", days=90)),
    TierRule(Tier.DORMANT, t.Number("order_count", "at_least", 1)),
]


def person(**values: Any) -> dict[str, Any]:
    return {
        "worth_amount": 450_000,
        "last_year_order_count": 3,
        "order_count": 3,
        "churn_risk": 0.1,
        "first_order_date": dt.date(2025, 1, 1),
        "last_order_date": dt.date(2026, 11, 1),
        **values,
    }


def lack(tier: str, **values: Any) -> Any:
    return find_lack(RULES, tier=tier, values=person(**values), as_of=AS_OF)


@pytest.mark.req("R055")
def test_what_is_missing_is_said_in_orders_and_money() -> None:
    found = lack("potential")

    assert found.tier == "loyal"
    assert found.nearest == (Gap(ORDERS, 1, 4.0), Gap(WORTH, 50_000, 500_000.0))


@pytest.mark.req("R055")
def test_one_order_is_near_and_a_fifth_of_the_money_is() -> None:
    assert lack("loyal", worth_amount=1_600_000).nearest == (Gap(WORTH, 400_000, 2_000_000.0),)
    assert lack("loyal", worth_amount=1_599_999) is None
    assert lack("potential", last_year_order_count=2, worth_amount=500_000) is None


def test_the_next_tier_is_the_one_just_above() -> None:
    assert lack("vip", worth_amount=9_000_000).tier == "vvip"
    assert lack("vvip", worth_amount=10_000_000) is None


def test_nobody_climbs_by_money_who_is_likely_gone_or_quiet() -> None:
    assert lack("potential", churn_risk=0.9) is None
    assert lack("dormant") is None
    assert lack("at_risk") is None


def test_who_is_new_is_not_told_of_a_tier_whose_rule_is_asked_later() -> None:
    assert lack("new", first_order_date=dt.date(2026, 11, 1)) is None
    assert lack("new", worth_amount=1_900_000).tier == "vip"


def test_one_of_two_ways_is_enough() -> None:
    either = t.Any((t.Number(ORDERS, "at_least", 4), at_least(500_000)))

    ways = lacks_of(either, person(), as_of=AS_OF)

    assert ways == [(Gap(ORDERS, 1, 4.0),), (Gap(WORTH, 50_000, 500_000.0),)]


def test_what_is_not_known_and_what_no_purchase_moves_has_no_gap() -> None:
    values = person(worth_amount=None, first_order_date=None, churn_risk=None)

    assert lacks_of(at_least(5), values, as_of=AS_OF) == []
    assert lacks_of(HERE, values, as_of=AS_OF) == []
    assert lacks_of(t.Flag("is_overdue"), person(is_overdue=False), as_of=AS_OF) == []
    never = t.Day("first_order_date", "last_days", days=60)
    assert lacks_of(never, values, as_of=AS_OF) == []


def test_a_wider_rule_finds_everybody_who_is_near() -> None:
    assert widen(RULES[3].when) == t.All((t.Number(ORDERS, "at_least", 3), at_least(400_000), HERE))
