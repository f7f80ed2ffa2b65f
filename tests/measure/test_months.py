"""Revenue by month and who came back, against a count by hand in Python."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import translation

from idic.differentiate.models import BusinessFigures
from idic.differentiate.selectors.months import count_months
from idic.identify.models import Order
from idic.measure.findings import Months, describe_months
from idic.measure.selectors import MonthlyFigures, get_monthly_figures
from tests.cast import NOW, TODAY, Shop, open_shop

pytestmark = pytest.mark.django_db


def month_of(day: date) -> date:
    return day.replace(day=1)


def months_between(first: date, last: date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month


@pytest.fixture
def shop() -> Shop:
    """30 people with 200 receipts over 15 months, returns and walk-ins among them."""
    shop = open_shop()
    names = [f"P{number}" for number in range(30)]
    shop.add(*names)
    chance = random.Random(7)
    for _ in range(200):
        day = date(2025, 9, 1) + timedelta(days=chance.randrange(448))
        who = chance.choice([*names, *names, None])
        sign = "-1" if chance.random() < 0.1 else "1"
        shop.sell(who, day.isoformat(), f"Tea {chance.randrange(1, 40)} {sign}")
    shop.sell("P1", "2026-12-25", "Tea 9")
    shop.flush()
    return shop


def rows_of(shop: Shop) -> list[tuple[int | None, date, int]]:
    owners = {record.id: record.customer_id for record in shop.records.values()}
    return [
        (owners[record] if record else None, at.date(), amount)
        for record, at, amount in Order.objects.values_list("record_id", "ordered_at", "net_amount")
        if at.date() <= TODAY
    ]


@pytest.mark.parametrize("as_of", [TODAY, date(2026, 10, 31)])
def test_each_month_adds_up(shop: Shop, as_of: date) -> None:
    money: dict[date, int] = defaultdict(int)
    orders: dict[date, int] = defaultdict(int)
    buyers: dict[date, set[int]] = defaultdict(set)
    first: dict[int, date] = {}
    for owner, day, amount in sorted(rows_of(shop), key=lambda row: row[1]):
        if day > as_of:
            continue
        money[month_of(day)] += amount
        orders[month_of(day)] += amount > 0
        if owner is not None and amount > 0:
            buyers[month_of(day)].add(owner)
            first.setdefault(owner, month_of(day))

    told = describe_months(get_monthly_figures(as_of=as_of), currency="GBP").rows

    assert [row.month for row in told] == sorted(money)
    for row in told:
        assert row.net_amount == money[row.month]
        assert row.order_count == orders[row.month]
        assert row.customer_count == len(buyers[row.month])
        assert row.new_customer_count == list(first.values()).count(row.month)
    assert [row.is_complete for row in told[:-1]] == [True] * (len(told) - 1)
    assert told[-1].is_complete == (as_of == date(2026, 10, 31))


def test_who_came_back_is_counted_month_by_month(shop: Shop) -> None:
    bought: dict[int, set[date]] = defaultdict(set)
    for owner, day, amount in rows_of(shop):
        if owner is not None and amount > 0:
            bought[owner].add(month_of(day))
    began: dict[date, list[set[date]]] = defaultdict(list)
    for months in bought.values():
        began[min(months)].append(months)

    rows = get_monthly_figures(as_of=TODAY).cohort_rows

    assert [(row.month, row.customers) for row in rows] == [
        (month, len(began[month])) for month in sorted(began)
    ]
    for row in rows:
        whole = months_between(row.month, month_of(TODAY)) - 1  # November is not over
        assert len(row.rates) == min(whole + 1, 12)
        for later, rate in enumerate(row.rates, start=1):
            back = [
                months
                for months in began[row.month]
                if any(months_between(row.month, month) == later for month in months)
            ]
            assert rate == (len(back) / row.customers if later <= whole else None)


def test_without_orders_there_is_nothing_to_tell(db: None) -> None:
    open_shop()

    figures = get_monthly_figures(as_of=TODAY)

    assert figures.cohort_rows == ()
    assert describe_months(figures, currency="GBP") == Months(finding="", rows=())


def finding(shop: Shop, *, language: str = "en", as_of: date = TODAY) -> str:
    shop.flush()
    figures: MonthlyFigures = get_monthly_figures(as_of=as_of)
    with translation.override(language):
        return describe_months(figures, currency="GBP").finding.replace("\xa0", " ")


@pytest.mark.parametrize(
    ("before", "language", "sentence"),
    [
        (None, "en", "The last whole month brought £150"),
        (100, "en", "The last whole month brought £150, 50% more than a year ago"),
        (150, "en", "The last whole month brought £150, as much as a year ago"),
        (200, "en", "The last whole month brought £150, 25% less than a year ago"),
        (200, "vi", "Tháng trọn gần nhất thu 150 £, giảm 25 % so với cùng kỳ năm trước"),
        (200, "zh-hans", "最近一个完整月销售 £150，比去年同期少 25%"),
    ],
)
def test_a_month_is_held_against_the_same_month_of_the_year_before(
    db: None, before: int | None, language: str, sentence: str
) -> None:
    shop = open_shop()
    shop.add("Ann")
    if before:
        shop.sell("Ann", "2025-10-05", f"Tea {Decimal(before)}")
    shop.sell("Ann", "2026-10-05", "Tea 150")
    shop.sell("Ann", "2026-11-05", "Tea 1")

    assert finding(shop, language=language) == sentence


def test_a_first_month_that_is_not_over_is_not_judged(db: None) -> None:
    shop = open_shop()
    shop.add("Ann")
    shop.sell("Ann", "2026-11-05", "Tea 1")

    assert finding(shop) == "The first month is not over yet"


def test_what_the_refresh_counted_is_read_instead_of_counting_again(shop: Shop) -> None:
    fresh = get_monthly_figures(as_of=date(2026, 10, 31))
    BusinessFigures.objects.create(
        as_of_date=date(2026, 10, 31),
        figures=count_months(as_of=date(2026, 10, 31)),
        computed_at=NOW,
    )
    shop.sell("P1", "2026-10-30", "Tea 9")
    shop.flush()

    kept = get_monthly_figures(as_of=TODAY)

    assert kept.as_of == date(2026, 10, 31)
    assert kept.months.rows() == fresh.months.rows()
    assert kept.cohort_rows == fresh.cohort_rows
