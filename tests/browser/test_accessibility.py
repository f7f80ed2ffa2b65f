"""Every page in three languages, light and dark, wide and on a phone: no breach of WCAG 2.2 AA,
no sideways scroll.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.axe import breaches_everywhere
from tests.browser.house import SampleHouse
from tests.browser.pages import list_pages, log_in

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("language", ["vi", "zh-hans", "en"])
def test_every_page_is_open_to_everybody(
    page: Page, sample_house: SampleHouse, language: str
) -> None:
    with sample_house(language) as shop:
        log_in(page, shop)
        pages = list_pages(page, shop)

        wrong = {}
        for path in pages:
            page.set_viewport_size({"width": 1280, "height": 900})
            answer = page.goto(shop.address + path)
            assert answer is not None
            assert answer.status == 200, path
            if found := breaches_everywhere(page):
                wrong[path] = found
        assert page.evaluate("document.documentElement.lang").lower() == language
        page.goto("about:blank")  # or a page that follows what comes asks a house that is closed

    assert wrong == {}
