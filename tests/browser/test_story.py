"""A shop's first day, in Vietnamese: the owner logs in, brings in the receipts and the contacts
through the page and reads the first look; a marketer she adds opens the matrix, keeps a segment,
sends it a campaign with a control group in practice and finds it under Measure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from tests.browser import corner_shop
from tests.browser.house import House, running_house
from tests.browser.staff import come_in, hire

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Give an empty house in Vietnamese."""
    home = tmp_path_factory.mktemp("story") / "home"
    with running_house(home=home, language="vi", demo=False) as house:
        yield house


@pytest.mark.req("R001", "R064", "R101", "R124")
def test_the_first_day_of_a_corner_shop(page: Page, house: House, tmp_path: Path) -> None:
    now = datetime.now(tz=ZoneInfo("Asia/Ho_Chi_Minh"))
    yesterday = now.date() - timedelta(days=1)
    log_in(page, house)

    receipts = corner_shop.write_receipts(tmp_path / "đơn hàng.csv", until=yesterday)
    bring_in(page, receipts, kind="orders")
    expect(page.locator("h1")).to_contain_text(f"{corner_shop.PEOPLE} người")
    people = corner_shop.write_people(tmp_path / "khách.csv")
    bring_in(page, people, kind="customers")
    expect(page.locator("main")).to_contain_text("140 người có địa chỉ email")
    house.wait_until_quiet()

    read_the_first_look(page, house)
    link = hire(page, house, name="Chị Mai", email="mai@shop.example", role="marketer")
    come_in(page, link, language="vi")
    segment = keep_a_segment(page, house)
    send_a_campaign(page, segment)
    find_it_under_measure(page, house)


def log_in(page: Page, house: House) -> None:
    page.goto(house.login_link())
    page.click("main button")
    expect(page.locator("html")).to_have_attribute("lang", "vi")


def open_from_menu(page: Page, path: str) -> None:
    """Follow the menu; a folded station is opened first."""
    link = page.locator(f"#menu a[href='{path}']")
    if not link.is_visible():
        link.locator("xpath=ancestor::details/summary").click()
    link.click()
    page.wait_for_url(f"**{path}")


def bring_in(page: Page, file: Path, *, kind: str) -> None:
    """Walk one file through the five steps of the import."""
    open_from_menu(page, "/imports/")
    another = page.locator("main a[href^='/imports/new/']")
    if another.count():  # with nothing imported yet the list itself asks for the first file
        another.first.click()
    page.check(f"input[name=kind][value={kind}]")
    page.set_input_files("input[name=file]", file)
    page.click("main form button.primary")
    page.wait_for_url("**/columns/")
    expect(page.locator("h1")).to_contain_text("Nhận ra")
    page.click("main button.primary")
    page.wait_for_url("**/choices/")
    if kind == "customers":
        page.select_option("select[name=email_agreement]", "consent")
    page.click("main button.primary")
    page.wait_for_url("**/check/")
    page.get_by_role("button", name=re.compile(r"^Nhập [\d.]+ dòng")).click()
    page.wait_for_url(re.compile(r"/imports/imp_\w+/$"))
    expect(page.locator("main table").first).to_be_visible(timeout=60_000)


def read_the_first_look(page: Page, house: House) -> None:
    page.goto(f"{house.address}/look/")
    main = page.locator("main")
    expect(main).to_contain_text(f"{corner_shop.PEOPLE} khách đã mua")
    expect(main).to_contain_text("20 % khách đứng đầu")
    expect(main).to_contain_text("Thử dự báo trên 90 ngày qua")


def keep_a_segment(page: Page, house: House) -> str:
    """Open a place of the matrix and keep its people as a segment; give the segment's name."""
    open_from_menu(page, "/matrix/")
    page.get_by_role("link", name=re.compile("VIP")).first.click()
    page.get_by_role("link", name="Lưu thành nhóm").click()
    page.wait_for_url("**/segments/new/**")
    expect(page.locator("main")).to_contain_text("VIP")
    # Everybody who bought twice or more: enough people to hold some back.
    page.goto(f"{house.address}/segments/new/")
    page.fill("input[name=name]", "Khách mua lại")
    page.select_option("select[name='0.0-ask']", label="Tổng số đơn")
    page.fill("input[name='0.0-value']", "2")
    page.click("button[value=save]")
    page.wait_for_url(re.compile(r"/segments/seg_\w+/$"))
    expect(page.locator("main")).to_contain_text("Khách mua lại")
    return "Khách mua lại"


def send_a_campaign(page: Page, segment: str) -> None:
    """Write to the segment, with the control group the page proposes, into the practice outbox."""
    open_from_menu(page, "/campaigns/")
    page.click("main a[href='/campaigns/new/'] >> nth=0")
    page.fill("input[name=name]", "Mời khách quay lại")
    page.select_option("select[name=segment]", label=segment)
    page.click("main form button.primary")
    page.wait_for_url("**/message/")
    page.click("main form button.primary")
    page.wait_for_url("**/schedule/")
    page.click("main form button.primary")
    page.wait_for_url("**/review/")
    chosen, reachable = two_counts(page, r"Chọn (\d+) khách, gửi được cho (\d+) người")
    assert (chosen, reachable) == (120, 99)
    expect(page.locator("main")).to_contain_text("Không có địa chỉ email")
    expect(page.locator("main")).to_contain_text("Nhóm đối chứng, không gửi")
    page.get_by_role("button", name="Duyệt, đưa vào hộp gửi thử").click()
    page.wait_for_url(re.compile(r"/campaigns/cmp_\w+/$"))
    # The page tells by itself when all messages stand in the practice outbox.
    done = page.get_by_text(re.compile(r"^\d+ tin gửi thử, chưa ai nhận$"))
    expect(done).to_be_visible(timeout=60_000)
    sent = int(re.findall(r"\d+", done.inner_text())[0])
    assert 0 < sent < reachable  # the rest is the control group
    open_from_menu(page, "/outbox/")
    expect(page.locator("h1")).to_contain_text(f"{sent} tin gửi thử")


def two_counts(page: Page, pattern: str) -> tuple[int, int]:
    """Read two counts off a sentence of the page."""
    found = re.search(pattern, page.locator("main").inner_text())
    assert found is not None
    return int(found[1]), int(found[2])


def find_it_under_measure(page: Page, house: House) -> None:
    """Find the campaign waiting for its result: nothing is claimed before its window is over."""
    house.wait_until_quiet()
    open_from_menu(page, "/effects/")
    expect(page.locator("main")).to_contain_text("Mời khách quay lại")
    # Whether the hourly reading has come by yet or not: there is no answer to tell.
    expect(page.locator("main")).to_contain_text(re.compile("Chưa đo|Đang đếm"))
