"""Every page, light and dark, wide and on a phone: no breach of WCAG 2.2 AA, no sideways scroll."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import AXE
from tests.browser.house import House, running_house
from tests.browser.pages import list_pages

pytestmark = pytest.mark.browser

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDTHS = (1280, 390)
THEMES = ("light", "dark")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Give the sample shop, loaded."""
    home = tmp_path_factory.mktemp("axe") / "home"
    with running_house(home=home, language="vi", demo=True) as house:
        house.wait_until_quiet()
        yield house


def log_in(page: Page, shop: House) -> None:
    page.goto(shop.login_link())
    page.click("main button")
    page.wait_for_load_state()


def breaches(page: Page) -> list[str]:
    """Run axe on the page as it stands and name what it found."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("tags => axe.run(document, {runOnly: tags})", TAGS)
    said = [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in found["violations"]]
    is_wide = page.evaluate(
        "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    )
    return [*said, *(["scrolls sideways"] if is_wide else [])]


def test_every_page_is_open_to_everybody(page: Page, shop: House) -> None:
    log_in(page, shop)
    pages = list_pages(page, shop)
    in_menu = pages[: pages.index("/settings/") + 1]

    wrong = {}
    for theme in THEMES:
        page.context.add_cookies([{"name": "idic_theme", "value": theme, "url": shop.address}])
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            # What lies behind the menu is looked at wide and light, small and dark: half the time.
            is_half = (theme == "light") is (width == WIDTHS[0])
            for path in pages if is_half else in_menu:
                answer = page.goto(shop.address + path)
                assert answer is not None
                assert answer.status == 200, path
                if found := breaches(page):
                    wrong[f"{path} {theme} {width}"] = found

    assert wrong == {}


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_reads_in_the_other_languages(page: Page, shop: House, language: str) -> None:
    log_in(page, shop)
    pages = list_pages(page, shop)
    page.context.add_cookies([{"name": "idic_language", "value": language, "url": shop.address}])

    wrong = {}
    for path in pages:
        page.goto(shop.address + path)
        if found := breaches(page):
            wrong[path] = found

    assert wrong == {}
    assert page.evaluate("document.documentElement.lang").lower() == language
