"""What the latest day, week and month brought, held against the same days of the year before."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from idic.measure.selectors import Period, find_latest_sales, get_monthly_figures
from tests.cast import open_shop

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 25)  # a Wednesday


def test_the_latest_days_are_held_against_the_same_days_a_year_before() -> None:
    shop = open_shop()
    shop.add("An")
    for day, goods in {
        "2025-11-01": "Tea 1",
        "2025-11-05": "Tea 2",
        "2025-11-23": "Tea 4",  # a Sunday
        "2025-11-24": "Tea 8",
        "2025-11-25": "Tea 16",  # the Tuesday of that week
        "2025-11-30": "Tea 32",
        "2026-11-05": "Tea 64",
        "2026-11-22": "Tea 128",  # Sunday
        "2026-11-23": "Tea 256",
        "2026-11-24": "Tea 512",
        "2026-11-25": "Tea 1024",  # the day that has only begun
    }.items():
        shop.sell("An", day, goods)
    shop.sell(None, "2026-11-24", "Tea 10 -1")  # a return of nobody's
    shop.flush()

    found = find_latest_sales(as_of=TODAY)

    assert found is not None
    yesterday = TODAY - timedelta(days=1)
    assert found.day == Period(yesterday, yesterday, 50_200, 1_600)
    assert found.week == Period(date(2026, 11, 23), yesterday, 75_800, 2_400)
    # By dates, not by weekdays: up to 24 November of last year.
    assert found.month == Period(date(2026, 11, 1), yesterday, 95_000, 1_500)


def test_they_end_on_the_latest_day_anything_is_known_of() -> None:
    shop = open_shop()
    shop.add("An")
    for day in ("2026-10-02", "2026-10-30"):
        shop.sell("An", day, "Tea 5")
    shop.flush()

    found = find_latest_sales(as_of=TODAY)

    assert found is not None
    last = date(2026, 10, 30)
    assert found.day == Period(last, last, 500, None)
    assert found.week == Period(date(2026, 10, 26), last, 500, None)
    assert found.month == Period(date(2026, 10, 1), last, 1_000, None)
    assert find_latest_sales(as_of=date(2026, 10, 2)) is None


def test_a_month_brought_what_the_page_of_revenue_says() -> None:
    shop = open_shop()
    shop.add("An", "Binh")
    for number, day in enumerate(("2026-11-02", "2026-11-11", "2026-11-29")):
        shop.sell("An" if number % 2 else None, day, f"Tea {number + 3}.5")
    shop.sell("Binh", "2026-11-12", "Tea 2 -1")
    shop.flush()
    months = get_monthly_figures(as_of=date(2026, 11, 30)).months

    found = find_latest_sales(as_of=date(2026, 11, 30))

    assert found is not None
    assert found.month.net_amount == months.select("net_amount").rows()[-1][0]


def test_the_last_of_february_is_held_against_the_day_before_it() -> None:
    shop = open_shop()
    shop.add("An")
    for day, goods in {"2023-02-01": "Tea 1", "2023-02-28": "Tea 2", "2024-02-29": "Tea 4"}.items():
        shop.sell("An", day, goods)
    shop.flush()

    found = find_latest_sales(as_of=date(2024, 3, 1))

    assert found is not None
    assert found.month == Period(date(2024, 2, 1), date(2024, 2, 29), 400, 300)
