"""A day at the sample shop by who works there: a care agent on a phone takes a complaint and offers
stop, an analyst takes a list along, the owner reads in the morning mail who slips away and gives
one of them to a colleague.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser.house import House, SampleHouse
from tests.browser.staff import come_in, hire
from tests.browser.test_story import open_from_menu

pytestmark = pytest.mark.browser

LANGUAGE = "zh-hans"
PHONE: ViewportSize = {"width": 390, "height": 844}
WHAT_HAPPENED = "送来的鸡蛋碎了一半"
PROMISED = "回电话说年货礼盒什么时候到"
BLOCKED = "有投诉未解决：解决之前不发优惠"


@pytest.fixture(scope="module")
def shop(sample_house: SampleHouse) -> Iterator[House]:
    """Give the sample shop in Chinese, loaded."""
    with sample_house(LANGUAGE) as house:
        yield house


@pytest.mark.req("R085", "R099")
def test_a_complaint_taken_on_the_phone_stops_the_offers(page: Page, shop: House) -> None:
    come_in_as_owner(page, shop)
    link = hire(page, shop, name="陈客服", email="care@shop.example", role="care")
    path = promise_somebody_a_call(page, shop, by="陈客服")
    come_in(page, link, language=LANGUAGE)
    page.set_viewport_size(PHONE)
    row = page.locator(".care", has_text=PROMISED)
    expect(row).not_to_contain_text(BLOCKED)
    row.locator("a.name").click()
    page.wait_for_url(f"**{path}")
    name = page.locator(".who h1").inner_text()
    expect(page.locator("main")).not_to_contain_text("有未解决的投诉")

    page.locator(".who").get_by_role("link", name="投诉").click()
    expect(page.locator("h1")).to_have_text("哪里出了问题？")
    page.fill("textarea[name=text]", WHAT_HAPPENED)
    page.get_by_role("button", name="记录").click()

    page.wait_for_url(f"**{path}")
    expect(page.locator("section.nba")).to_contain_text("有未解决的投诉：解决之前不发优惠。")
    expect(page.locator("#timeline")).to_contain_text(WHAT_HAPPENED)
    assert not page.evaluate(
        "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    )
    page.goto(f"{shop.address}/today/")
    row = page.locator(".care", has_text=PROMISED)
    expect(row).to_contain_text(name)
    expect(row).to_contain_text(BLOCKED)

    page.set_viewport_size({"width": 1280, "height": 900})
    come_in_as_owner(page, shop)
    left_out = open_those_left_out_of_a_campaign(page, shop)
    assert path in left_out


@pytest.mark.req("R053")
def test_an_analyst_takes_the_people_of_a_cell_along(page: Page, shop: House) -> None:
    come_in_as_owner(page, shop)
    link = hire(page, shop, name="李分析", email="figures@shop.example", role="analyst")
    come_in(page, link, language=LANGUAGE)

    open_from_menu(page, "/matrix/")
    page.get_by_text("供分析人员", exact=True).click()
    expect(page.get_by_role("table", name="各方法在同一段历史上的表现")).to_be_visible()
    cell = page.locator("table.matrix a.cell[href*='tier=loyal'][href*='need=']").first
    shown = int(cell.locator("b").inner_text())
    cell.click()
    page.get_by_role("link", name="在客户列表中打开").click()
    expect(page.locator("h1")).to_contain_text(re.compile(rf"\b{shown}\s*位"))
    with page.expect_download() as coming:
        page.get_by_role("button", name="导出 CSV").click()

    with coming.value.path().open(encoding="utf-8-sig", newline="") as file:
        head, *rows = csv.reader(file)
    assert len(rows) == shown
    assert {len(row) for row in rows} == {len(head)}
    exported = {value for row in rows for value in row}
    assert set(page.locator("a.name").all_inner_texts()) <= exported


@pytest.mark.req("R055")
def test_the_owner_gives_somebody_the_morning_mail_names_to_a_colleague(
    page: Page, shop: House
) -> None:
    come_in_as_owner(page, shop)
    link = hire(page, shop, name="王销售", email="sales@shop.example", role="sales")

    page.goto(f"{shop.address}/look/")
    first = page.locator("#call a.name").first
    name = first.inner_text()
    page.goto(f"{shop.address}/today/")
    page.get_by_role("link", name="看看邮件什么样").click()
    mail = page.frame_locator("iframe.digest-mail")
    expect(mail.get_by_role("heading", level=1)).to_contain_text("重要客户")
    person = mail.locator("td.line", has=mail.get_by_role("link", name=name, exact=True)).last
    person.get_by_role("link", name="处理或交给同事").click()
    page.wait_for_url("**/today/?as=owner&open=cus_*")
    row = page.locator(".care", has=page.get_by_role("link", name=name, exact=True))
    expect(row.locator("#give")).to_be_visible()
    row.locator("#give").select_option(label="王销售")
    row.get_by_role("button", name="交给").click()
    expect(page.locator("idic-toast")).to_contain_text("已交给王销售")

    come_in(page, link, language=LANGUAGE)
    planned = page.locator("section.care-group", has_text="今天约好的电话")
    expect(planned.get_by_role("link", name=name, exact=True)).to_be_visible()


def come_in_as_owner(page: Page, shop: House) -> None:
    come_in(page, shop.login_link(), language=LANGUAGE)


def promise_somebody_a_call(page: Page, shop: House, *, by: str) -> str:
    """Note for today a promise to somebody who agreed to mail and has nothing to complain of, and
    who is to keep it; give the path of the customer's page.
    """
    page.goto(f"{shop.address}/customers/?reach=email")
    for path in paths_of_customers(page):
        page.goto(shop.address + path)
        if "有未解决的投诉" not in page.locator("main").inner_text():
            break
    page.get_by_role("link", name="承诺或任务").click()
    page.check("input[name=kind][value=promise]")
    page.fill("#text", PROMISED)
    today = page.locator("idic-day").get_attribute("data-min") or ""
    page.fill("#due", "{}年{}月{}日".format(*map(int, today.split("-"))))
    page.select_option("#assignee", label=by)
    page.click("main button.primary")
    page.wait_for_url(f"**{path}")
    return path


def paths_of_customers(page: Page) -> list[str]:
    """Give the paths of the customers a page names."""
    found = page.locator("a.name[href^='/customers/cus_']")
    expect(found).not_to_have_count(0)
    return [str(path) for path in found.evaluate_all("all => all.map(a => a.pathname)")]


def open_those_left_out_of_a_campaign(page: Page, shop: House) -> list[str]:
    """Plan a campaign to all buyers, up to its review; give whom it leaves out for a complaint."""
    page.goto(f"{shop.address}/matrix/?all=1")
    page.locator("#people a[href*='/campaigns/']").click()
    page.fill("input[name=name]", "冬季优惠")
    page.click("main form button.primary")
    for step in ("message", "schedule"):
        page.wait_for_url(f"**/{step}/")
        page.click("main form button.primary")
    page.wait_for_url("**/review/")
    line = page.locator("table.reasons tr", has_text="有投诉未解决")
    line.locator("a.name").click()
    page.wait_for_url("**/left-out/open_case/")
    return paths_of_customers(page)
