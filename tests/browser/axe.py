"""Asks axe about a page as it stands, and about every width and theme of it without opening it
again.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

SOURCE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What colours can break: all that a theme changes.
COLOUR_RULES = ["color-contrast", "link-in-text-block"]
WIDTHS = (1280, 390)
THEMES = ("light", "dark")
_IS_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
# All that axe has to say of a page is megabytes: only what is wrong leaves the browser.
_ASK = """async (runOnly) => {
  // A letter stands in a frame without scripts: axe waits half a second for its answer.
  const more = {iframes: false, resultTypes: ["violations"]};
  const found = await axe.run(document, {runOnly, ...more});
  return found.violations.map((v) => `${v.id}: ${v.nodes[0].html.slice(0, 160)}`);
}"""
_SETTLE = "() => new Promise((ready) => requestAnimationFrame(() => setTimeout(ready)))"


def breaches(page: Page) -> list[str]:
    """Name what breaks WCAG 2.2 AA or good practice, and whether the page scrolls sideways."""
    return _run(page, {"type": "tag", "values": TAGS})


def breaches_everywhere(page: Page) -> dict[str, list[str]]:
    """Look at the open page in light and dark, wide and as a phone shows it: everything in the
    light, colours in the dark. Gives only where something was found.
    """
    page.emulate_media(reduced_motion="reduce")
    found: dict[str, list[str]] = {}
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        for theme in THEMES:
            page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
            page.evaluate(_SETTLE)
            is_first = theme == THEMES[0]
            said = breaches(page) if is_first else _run(page, _rules(COLOUR_RULES))
            if said:
                found[f"{theme} {width}"] = said
    return found


def _rules(names: Sequence[str]) -> dict[str, Any]:
    return {"type": "rule", "values": list(names)}


def _run(page: Page, only: dict[str, Any]) -> list[str]:
    if not page.evaluate("'axe' in window"):
        page.evaluate(SOURCE.read_text(encoding="utf-8"))
    said: list[str] = page.evaluate(_ASK, only)
    return [*said, *(["scrolls sideways"] if page.evaluate(_IS_WIDE) else [])]
