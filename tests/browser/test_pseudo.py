"""Every page in a language two fifths longer: nothing scrolls sideways, nothing is cut off."""

from __future__ import annotations

from collections.abc import Iterator
from gettext import GNUTranslations
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser import pseudo
from tests.browser.axe import WIDTHS
from tests.browser.house import House, SampleHouse
from tests.browser.pages import list_pages, log_in

pytestmark = pytest.mark.browser

# What holds words; a cell that scrolls by itself is meant to.
CUT_OFF = """async () => {
  // Bars to scroll with change the width once more after the page is there.
  const frame = () => new Promise((ready) => requestAnimationFrame(ready));
  await document.fonts.ready;
  for (let i = 0; i < 3; i++) await frame();
  const names = "button, .btn, h1, h2, h3, .badge, .state, th, td, dt, dd, summary, label," +
    " legend, nav a, .thumbs span, .menu a, .chip";
  const isCutOff = (box) => {
    const hides = getComputedStyle(box).overflowY !== "visible";
    const isTall = hides && box.scrollHeight > box.clientHeight + 3;
    return box.scrollWidth > box.clientWidth + 1 || isTall;
  };
  // Smaller than four pixels is for screen readers alone.
  const shown = [...document.querySelectorAll(names)].filter((box) =>
    box.checkVisibility() && box.clientWidth > 3 && !box.closest(".sr, dialog:not([open])") &&
    !(box.closest("thead")?.offsetWidth < 4));
  const found = shown.filter(isCutOff).map((box) =>
    `${box.tagName}.${box.className}: ${box.textContent.trim().slice(0, 60)}`);
  const root = document.documentElement;
  return root.scrollWidth > root.clientWidth ? [...found, "scrolls sideways"] : found;
}"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, sample_house: SampleHouse) -> Iterator[House]:
    """Give the sample shop, loaded, in the language that nobody speaks."""
    folder = tmp_path_factory.mktemp("pseudo")
    pseudo.build(folder / "locale")
    more = {
        "IDIC_TEST_LOCALE": str(folder / "locale"),
        "DJANGO_SETTINGS_MODULE": "tests.browser.pseudo_settings",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    with sample_house("en", more=more) as house:
        yield house


def test_the_language_is_longer_and_keeps_what_is_no_language(tmp_path: Path) -> None:
    said = pseudo.pseudo("%(count)s customers in <b>“{name}”</b>")
    pseudo.build(tmp_path)
    with (tmp_path / "en" / "LC_MESSAGES" / "django.mo").open("rb") as file:
        held = GNUTranslations(file)

    assert said.startswith("%(count)s cữšťộmễřš ịñ <b>")
    assert "<b>“{name}”</b>" in said
    assert len(pseudo.pseudo("Whom to call today")) >= 1.3 * len("Whom to call today")
    assert held.gettext("Customers") == pseudo.pseudo("Customers")


def test_no_page_breaks_in_a_longer_language(page: Page, shop: House) -> None:
    log_in(page, shop)
    pages = list_pages(page, shop)

    wrong = {}
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        for path in pages:
            page.goto(shop.address + path)
            if found := page.evaluate(CUT_OFF):
                wrong[f"{path} {width}"] = found

    assert pseudo.pseudo("Settings") in page.inner_text("#menu")
    assert wrong == {}
