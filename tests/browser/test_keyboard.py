"""The shell by keyboard alone: the palette, the single keys and how they are switched off, rows,
the people of a list one after the other, notes with their way back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import breaches
from tests.browser.house import House, SampleHouse
from tests.browser.pages import log_in

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def shop(sample_house: SampleHouse) -> Iterator[House]:
    """Give the sample shop, loaded."""
    with sample_house("en") as house:
        yield house


@pytest.fixture
def desk(page: Page, shop: House) -> Page:
    """Give a browser that is logged in, on the list of customers."""
    log_in(page, shop)
    page.goto(f"{shop.address}/customers/")
    return page


@pytest.mark.req("R142")
def test_the_palette_goes_anywhere_and_finds_anybody(desk: Page) -> None:
    name = desk.locator("a.name").first.inner_text()
    field = desk.locator("#palette input")

    desk.keyboard.press("Control+k")
    expect(field).to_be_focused()
    desk.keyboard.type("segm")
    chosen = desk.locator("#palette [role=option][aria-selected=true]")
    expect(chosen).to_contain_text("Make a segment")
    desk.keyboard.press("ArrowDown")
    expect(chosen).to_have_text(re.compile("Segments"))
    assert field.get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    assert breaches(desk) == []
    desk.keyboard.press("Enter")
    desk.wait_for_url("**/segments/")

    desk.keyboard.press("/")
    desk.keyboard.type(name)
    expect(desk.locator("#palette-found [role=option]").first).to_contain_text(name)
    desk.keyboard.press("Escape")
    expect(desk.locator("#palette")).to_be_hidden()


def test_the_palette_changes_the_colours_and_the_language(desk: Page) -> None:
    desk.keyboard.press("Control+k")
    desk.keyboard.type("dark")
    desk.keyboard.press("Enter")
    expect(desk.locator("html")).to_have_attribute("data-theme", "dark")

    desk.keyboard.press("Control+k")
    desk.keyboard.type("Việt")
    desk.keyboard.press("Enter")
    expect(desk.locator("html")).to_have_attribute("lang", "vi")


def test_the_palette_shows_whom_one_opened_last(desk: Page, shop: House) -> None:
    name = desk.locator("a.name").nth(2).inner_text()
    desk.locator("a.name").nth(2).click()
    desk.wait_for_url("**/customers/cus_**")
    desk.goto(f"{shop.address}/offers/")

    desk.keyboard.press("Control+k")

    expect(desk.locator("#palette-found [role=option]").first).to_contain_text(name)


def test_keys_walk_rows_open_them_and_step_through_the_list(desk: Page, shop: House) -> None:
    desk.goto(f"{shop.address}/customers/?tier=vip&sort=name")
    names = desk.locator("a.name").all_inner_texts()

    desk.keyboard.press("j")
    desk.keyboard.press("j")
    expect(desk.locator("a.name").nth(1)).to_be_focused()
    desk.keyboard.press("x")
    expect(desk.locator("input[name=chosen]").nth(1)).to_be_checked()
    desk.keyboard.press("k")
    desk.keyboard.press("Enter")
    desk.wait_for_url("**/customers/cus_**")
    expect(desk.locator("h1")).to_contain_text(names[0])

    for key, name in (("j", names[1]), ("j", names[2]), ("k", names[1])):
        desk.wait_for_load_state()  # the keys come with the script
        desk.keyboard.press(key)
        expect(desk.locator("h1")).to_contain_text(name)
    expect(desk.locator("nav.neighbours a").first).to_have_attribute(
        "href", re.compile("tier=vip&(amp;)?sort=name")
    )


def test_a_note_by_keys_and_its_way_back(desk: Page) -> None:
    desk.keyboard.press("j")
    desk.keyboard.press("Enter")
    desk.wait_for_url("**/customers/cus_**")

    desk.keyboard.press("n")
    expect(desk.locator("#note-text")).to_be_focused()
    desk.keyboard.type("Wants fish on Fridays, j and k stay letters here")
    desk.get_by_role("button", name="Save as a note").press("Enter")
    toast = desk.locator("idic-toast")
    expect(toast).to_contain_text("Written down.")
    expect(desk.locator("#announcer")).to_contain_text("Written down.")
    expect(desk.locator("#timeline")).to_contain_text("Wants fish on Fridays")
    toast.get_by_role("button", name="Undo").press("Enter")
    expect(desk.locator("#timeline")).not_to_contain_text("Wants fish on Fridays")


def test_the_list_of_keys_and_switching_them_off(desk: Page, shop: House) -> None:
    desk.keyboard.press("?")
    keys = desk.locator("#shortcuts")
    expect(keys).to_be_visible()
    expect(keys).to_contain_text("Next customer of the list")
    assert breaches(desk) == []
    keys.get_by_role("checkbox").press("Space")
    desk.keyboard.press("Escape")

    desk.reload()
    desk.keyboard.press("?")
    desk.keyboard.press("j")
    expect(keys).to_be_hidden()
    assert desk.evaluate("document.activeElement === document.body")
    desk.keyboard.press("Control+k")
    expect(desk.locator("#palette input")).to_be_focused()
    desk.keyboard.press("Escape")

    desk.goto(f"{shop.address}/settings/")
    desk.locator("button[name=keys][value='']").press("Enter")
    desk.wait_for_load_state()
    desk.keyboard.press("g")
    desk.keyboard.press("c")
    desk.wait_for_url("**/customers/")


def test_a_field_is_put_into_a_message_where_the_cursor_stood(desk: Page, shop: House) -> None:
    desk.goto(f"{shop.address}/campaigns/new/")
    desk.fill("#id_name", "Tea")
    desk.check("#id_goal_0")
    desk.click("main button.primary")
    desk.wait_for_url("**/message/")
    subject, chip = desk.locator("#id_subject"), desk.locator("#put-field-name")

    subject.fill("Hi, news")
    for _ in " news":
        desk.keyboard.press("ArrowLeft")
    chip.focus()
    desk.keyboard.press("Enter")

    expect(subject).to_be_focused()
    expect(subject).to_have_value("Hi, [name] news")
    name = chip.locator("span")
    expect(name).not_to_have_text("…")
    expect(desk.locator("#example .bubble b").first).to_have_text(f"Hi, {name.inner_text()} news")
    desk.keyboard.press("Control+z")
    expect(subject).to_have_value("Hi, news")


@pytest.mark.req("R028")
def test_possible_doubles_are_decided_and_taken_back_by_keys(desk: Page, shop: House) -> None:
    desk.goto(f"{shop.address}/doubles/")
    if desk.locator(".empty").count():
        desk.locator("form[action='/doubles/look/'] button").first.press("Enter")
        expect(desk.locator(".pair-acts")).to_be_visible(timeout=60_000)
    place = desk.locator(".pair-place span")
    first = desk.locator(".pair-acts form").first.get_attribute("action")
    expect(place).to_have_text(re.compile("^1 of "))
    assert breaches(desk) == []

    desk.keyboard.press("n")
    expect(place).to_have_text(re.compile("^2 of "))
    expect(desk.locator("idic-toast")).to_contain_text("Noted: they are two people.")
    expect(desk.locator("#announcer")).to_contain_text("Noted: they are two people.")
    assert desk.url.endswith("/doubles/")
    desk.keyboard.press("u")
    expect(place).to_have_text(re.compile("^1 of "))
    expect(desk.locator(".pair-acts form").first).to_have_attribute("action", first or "")

    desk.keyboard.press("m")
    expect(place).to_have_text(re.compile("^2 of "))
    desk.keyboard.press("u")
    expect(place).to_have_text(re.compile("^1 of "))
    desk.keyboard.press("j")
    expect(place).to_have_text(re.compile("^2 of "))
