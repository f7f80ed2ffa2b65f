"""Who works in a house: comes in by a one-time link, is added in the settings by the owner."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.house import House


def come_in(page: Page, link: str, *, language: str) -> None:
    """Use a one-time link, as nobody and on a device that knows nobody."""
    page.context.clear_cookies()
    page.goto(link)
    page.click("main button")
    page.wait_for_url("**/today/")
    expect(page.locator("html")).to_have_attribute("lang", re.compile(language, re.IGNORECASE))


def hire(page: Page, house: House, *, name: str, email: str, role: str) -> str:
    """Add a colleague in the settings and give the login link the page shows, this once."""
    page.goto(f"{house.address}/settings/")
    page.locator("details:has(#staff-display_name) > summary").click()
    page.fill("#staff-display_name", name)
    page.fill("#staff-email", email)
    page.select_option("#staff-role", role)
    page.locator("form:has(#staff-display_name) .form-end button").click()
    colleague = page.locator("#people tr", has_text=email)
    colleague.locator("form[action*='/link/'] button").click()
    return page.locator("#link").input_value()
