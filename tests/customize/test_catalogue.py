"""The catalogue follows the order lines; what staff say about a product stays."""

from __future__ import annotations

from datetime import date

import pytest

from idic.customize.models import Product
from idic.customize.selectors import list_products
from idic.customize.services.catalogue import (
    is_goods,
    refresh_catalogue,
    set_available,
    set_sellable,
)
from idic.identify.facts import open_facts
from tests.cast import TODAY, Shop, open_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    shop = open_shop()
    shop.add("Ann", "Ben")
    return shop


def refresh(shop: Shop, *, as_of: date = TODAY) -> dict[str, int]:
    shop.flush()
    with open_facts() as facts:
        return refresh_catalogue(facts=facts, as_of=as_of)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("POST", "POSTAGE"),
        ("DOT", "DOTCOM POSTAGE"),
        ("C2", "CARRIAGE"),
        ("23444", "Next Day Carriage"),
        ("M", "Manual"),
        ("D", "Discount"),
        ("S", "SAMPLES"),
        ("BANK CHARGES", "Bank Charges"),
        ("AMAZONFEE", "AMAZON FEE"),
        ("CRUK", "CRUK Commission"),
        ("B", "Adjust bad debt"),
        ("PS", "Phí ship"),
        ("VC", "PHÍ VẬN CHUYỂN"),
        ("GH", "Phụ thu giao hàng"),
        ("CK", "Chiết khấu hoá đơn"),
        ("GG", "Giảm giá"),
        ("YF", "运费"),
        ("YJ", "快递邮费"),
        ("ZK", "会员折扣"),
        ("YH", "优惠券抵扣"),
    ],
)
def test_what_is_no_goods_is_told_by_its_name(code: str, name: str) -> None:
    assert not is_goods(code=code, name=name)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("85123A", "WHITE HANGING HEART T-LIGHT HOLDER"),
        ("22423", "REGENCY CAKESTAND 3 TIER"),
        ("85168B", "BLACK BAROQUE CARRIAGE CLOCK"),
        ("G1", "Manual coffee grinder"),
        ("C1", "Coffee 250 g"),
        ("21", "TOFFEE APPLE"),
        ("101", "Thịt ba rọi 500 g"),
        ("102", "Phi lê cá hồi"),
        ("103", "Giao diện tủ bếp"),
        ("201", "三文鱼 300 克"),
        ("202", "运动饮料"),
    ],
)
def test_goods_are_taken_for_goods(code: str, name: str) -> None:
    assert is_goods(code=code, name=name)


def test_a_product_sums_up_its_lines(shop: Shop) -> None:
    shop.sell("Ann", "2026-11-01", "Tea 5 2", "Postage 4")
    shop.sell("Ben", "2026-11-03", "Tea 6")
    shop.sell("Ben", "2026-11-05", "Tea 6 -1")
    shop.sell(None, "2026-11-04", "Tea 7")
    shop.sell("Ann", "2026-12-24", "Tea 100")

    found = refresh(shop)

    assert set(found) == {"TEA", "POSTAGE"}
    tea = Product.objects.get(code="TEA")
    assert tea.id == found["TEA"]
    assert (tea.name, tea.name_key, tea.category) == ("Tea", "tea", "Shelf")
    assert tea.last_sold_date == date(2026, 11, 4)
    assert tea.customer_count == 2
    assert tea.net_amount == 1_000 + 600 - 600 + 700
    assert tea.typical_price == 600
    assert (tea.is_sellable, tea.is_available) == (True, True)
    assert not Product.objects.get(code="POSTAGE").is_sellable


def test_the_usual_spelling_names_a_product(shop: Shop) -> None:
    for number, name in enumerate(["Green tea", "GREEN TEA ", "Green tea"], start=1):
        line = shop.sell("Ann", f"2026-11-0{number}", "Tea").lines.get()
        line.product_name = name
        line.save()

    refresh(shop)

    assert Product.objects.get(code="TEA").name == "Green tea"


def test_a_refresh_keeps_what_staff_said_and_adds_no_doubles(shop: Shop) -> None:
    shop.sell("Ann", "2026-11-01", "Tea 5", "Postage 4")
    first = refresh(shop)
    set_sellable(product=Product.objects.get(code="POSTAGE"), is_sellable=True)
    set_sellable(product=Product.objects.get(code="TEA"), is_sellable=False)
    set_available(product=Product.objects.get(code="TEA"), is_available=False)
    shop.sell("Ben", "2026-11-02", "Tea 7")

    again = refresh(shop)

    assert again == first
    tea, postage = Product.objects.get(code="TEA"), Product.objects.get(code="POSTAGE")
    assert (tea.is_sellable, tea.is_available, postage.is_sellable) == (False, False, True)
    assert (tea.net_amount, tea.customer_count) == (1_200, 2)


def test_products_are_found_without_marks_and_case_and_by_code(shop: Shop) -> None:
    shop.sell("Ann", "2026-11-01", "Cá_hồi_Na_Uy 9", "Đậu_phụ 3", "三文鱼 4")
    refresh(shop)

    def found(text: str) -> list[str]:
        return [p.name for p in list_products(text=text, after="", limit=10).products]

    assert found("ca hoi") == ["Cá hồi Na Uy"]
    assert found("CÁ HỒI") == ["Cá hồi Na Uy"]
    assert found("dau") == ["Đậu phụ"]
    assert found("文鱼") == ["三文鱼"]
    assert found("đậu phụ".upper()) == ["Đậu phụ"]
    assert found("Na%Uy") == []


def test_pages_go_on_exactly_where_the_last_one_ended(shop: Shop) -> None:
    goods = [f"Thing{number:02d} {number // 2 + 1}" for number in range(11)]
    shop.sell("Ann", "2026-11-01", *goods)
    refresh(shop)

    seen: list[str] = []
    after = ""
    while True:
        page = list_products(text="", after=after, limit=3)
        assert (page.product_count, page.sellable_count) == (11, 11)
        seen += [product.code for product in page.products]
        after = page.next_after
        if not after:
            break

    expected = Product.objects.order_by("-net_amount", "id").values_list("code", flat=True)
    assert seen == list(expected)


@pytest.mark.parametrize(
    "after",
    ["x", "_", "1_", "²_1", "99999999999999999999_1", "9999999999999999999_1", "1_2_3", "-_1"],
)
def test_a_broken_place_begins_at_the_start(shop: Shop, after: str) -> None:
    shop.sell("Ann", "2026-11-01", "Tea 5")
    refresh(shop)

    assert len(list_products(text="", after=after, limit=3).products) == 1
