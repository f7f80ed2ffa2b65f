"""What each customer is proposed, why, and what must never be proposed."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from idic.customize.models import Product, Recommendation, RejectedProduct
from idic.customize.selectors import list_proposals
from idic.customize.services.catalogue import set_available, set_sellable
from idic.customize.services.recommendations import (
    refresh,
    reject_product,
    take_back_rejection,
)
from tests.cast import TODAY, Shop, open_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    """Who buys tea buys milk, but for Ann, who has tea every ten days; three buy hats; Zoe bought
    postage only.
    """
    shop = open_shop()
    shop.add("Ann", "Ben", "Cid", "Dan", "Eva", "Fay", "Gus", "Hal", "Zoe")
    for day in ("2026-10-01", "2026-10-11", "2026-10-21", "2026-11-02"):
        shop.sell("Ann", day, "Tea 5", "Postage 3")
    for name in ("Ben", "Cid", "Dan", "Eva"):
        shop.sell(name, "2026-11-05", "Tea 5", "Milk 2")
    shop.sell("Fay", "2026-11-06", "Hat 20")
    shop.sell("Gus", "2026-11-06", "Hat 20")
    shop.sell("Hal", "2026-11-06", "Hat 20")
    shop.sell("Zoe", "2026-11-07", "Postage 3")
    shop.sell("Ann", "2026-12-24", "Cake 9")
    shop.flush()
    return shop


def listed(shop: Shop, name: str) -> list[tuple[str, str, int]]:
    rows = Recommendation.objects.filter(customer=shop.people[name]).order_by("kind", "rank")
    return [(row.kind, row.product.name, row.rank) for row in rows]


def reason(shop: Shop, name: str, product: str) -> dict[str, object]:
    row = Recommendation.objects.get(customer=shop.people[name], product__name=product)
    given: dict[str, object] = row.reason
    return given


@pytest.mark.req("R109", "R119")
def test_lists_hold_what_to_buy_again_and_what_is_new_with_the_facts_behind(
    shop: Shop, now: datetime
) -> None:
    report = refresh(as_of=TODAY, now=now)

    assert listed(shop, "Ann") == [
        ("buy_again", "Tea", 1),
        ("discover", "Milk", 1),
        ("popular", "Hat", 2),
    ]
    assert reason(shop, "Ann", "Tea") == {
        "times_bought": 4,
        "last_bought_date": "2026-11-02",
        "usual_gap_days": 10,
        "because_product_id": None,
        "support": 5,
        "lift": None,
    }
    tea = Product.objects.get(name="Tea")
    assert reason(shop, "Ann", "Milk") == {
        "times_bought": 0,
        "last_bought_date": None,
        "usual_gap_days": None,
        "because_product_id": str(tea.id),
        "support": 4,
        "lift": 1.6,
    }
    assert report.product_count == 4
    assert report.customer_count == 8
    assert report.recommendation_count == Recommendation.objects.count()


@pytest.mark.req("R119")
def test_nobody_is_proposed_anything_they_gave_no_reason_for(shop: Shop, now: datetime) -> None:
    refresh(as_of=TODAY, now=now)

    for row in Recommendation.objects.select_related("product"):
        facts = row.reason
        assert facts["support"] > 0
        assert (facts["times_bought"] > 0) == (row.kind == "buy_again")
        assert bool(facts["because_product_id"]) == (row.kind == "discover")


def test_what_is_no_goods_is_never_recommended_and_makes_no_list(shop: Shop, now: datetime) -> None:
    refresh(as_of=TODAY, now=now)

    assert not Recommendation.objects.filter(product__name="Postage").exists()
    assert listed(shop, "Zoe") == []


def test_the_future_is_not_known(shop: Shop, now: datetime) -> None:
    refresh(as_of=TODAY, now=now)

    assert not Product.objects.filter(name="Cake").exists()


def test_what_is_sold_out_is_recommended_to_nobody(shop: Shop, now: datetime) -> None:
    refresh(as_of=TODAY, now=now)
    set_available(product=Product.objects.get(name="Milk"), is_available=False)

    refresh(as_of=TODAY, now=now)

    assert not Recommendation.objects.filter(product__name="Milk").exists()
    assert listed(shop, "Ann") == [("buy_again", "Tea", 1), ("popular", "Hat", 1)]


@pytest.mark.req("R118")
def test_not_for_me_works_at_once_and_lasts(shop: Shop, now: datetime) -> None:
    refresh(as_of=TODAY, now=now)
    ann, milk = shop.people["Ann"], Product.objects.get(name="Milk")

    reject_product(customer=ann, product=milk, now=now)
    reject_product(customer=ann, product=milk, now=now)

    assert [row[1] for row in listed(shop, "Ann")] == ["Tea", "Hat"]
    assert RejectedProduct.objects.count() == 1
    refresh(as_of=TODAY, now=now)
    assert [row[1] for row in listed(shop, "Ann")] == ["Tea", "Hat"]
    assert Recommendation.objects.filter(product=milk).count() == 4 + 3

    take_back_rejection(customer=ann, product=milk)
    refresh(as_of=TODAY, now=now)
    assert [row[1] for row in listed(shop, "Ann")] == ["Tea", "Milk", "Hat"]


def test_a_product_long_unsold_is_left_out(shop: Shop, now: datetime) -> None:
    refresh(as_of=TODAY + timedelta(days=121 - 18), now=now)

    assert not Recommendation.objects.filter(product__name="Milk").exists()


def test_again_gives_the_same_lists_and_no_doubles(shop: Shop, now: datetime) -> None:
    columns = ("customer_id", "product_id", "kind", "rank", "score", "reason")
    refresh(as_of=TODAY, now=now)
    first = list(Recommendation.objects.order_by("customer_id", "kind", "rank").values(*columns))
    ids = set(Recommendation.objects.values_list("id", flat=True))

    report = refresh(as_of=TODAY, now=now)

    again = list(Recommendation.objects.order_by("customer_id", "kind", "rank").values(*columns))
    assert again == first
    assert report.recommendation_count == len(first)
    assert ids.isdisjoint(Recommendation.objects.values_list("id", flat=True))


def test_many_old_rows_go_in_slices(shop: Shop, now: datetime) -> None:
    refresh(as_of=TODAY, now=now)
    count = Recommendation.objects.count()
    ann, tea = shop.people["Ann"], Product.objects.get(name="Tea")
    Recommendation.objects.bulk_create(
        Recommendation(customer=ann, product=tea, kind="popular", rank=9, score=0)
        for _ in range(1_201)
    )

    refresh(as_of=TODAY, now=now)

    assert Recommendation.objects.count() == count


def test_without_orders_there_is_nothing_and_old_lists_go(now: datetime) -> None:
    shop = open_shop()
    (ann,) = shop.add("Ann")
    tea = Product.objects.create(code="T", name="Tea")
    Recommendation.objects.create(customer=ann, product=tea, kind="popular", rank=1, score=1)
    shop.flush()

    report = refresh(as_of=date(2026, 11, 23), now=now)

    assert (report.product_count, report.customer_count, report.recommendation_count) == (1, 0, 0)
    assert not Recommendation.objects.exists()


def test_progress_never_goes_back(shop: Shop, now: datetime) -> None:
    heard: list[tuple[int, int, str]] = []

    refresh(as_of=TODAY, now=now, progress=lambda *step: heard.append(step))

    assert heard[0] == (0, 3, "catalogue")
    assert heard[-1] == (3, 3, "recommendations")
    assert [step[0] for step in heard] == sorted(step[0] for step in heard)


@pytest.mark.req("R118")
def test_a_switch_takes_a_product_off_every_list_at_once(shop: Shop, now: datetime) -> None:
    refresh(as_of=TODAY, now=now)
    ann = shop.people["Ann"].id
    assert [p.product.name for p in list_proposals([ann], limit=1)[ann]] == ["Tea"]

    set_sellable(product=Product.objects.get(name="Tea"), is_sellable=False)

    assert [p.product.name for p in list_proposals([ann], limit=1)[ann]] == ["Milk"]
