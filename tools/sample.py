"""The sample shop in a temporary home and a page of Chromium to look at it with: the ground of the
tools that measure what a person meets.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, ViewportSize, sync_playwright

from tests.browser.conftest import CHROMIUM, FLAGS
from tests.browser.house import House, running_house

_PATIENCE_SECONDS = 600


def has_chromium() -> bool:
    """Tell whether there is a browser; say so when there is none."""
    if not CHROMIUM:
        print("Chromium is not on this machine: install it, or name it in IDIC_CHROMIUM.")
    return bool(CHROMIUM)


@contextmanager
def sample_shop(*, home: Path, language: str, people: int = 300) -> Iterator[House]:
    """Run the sample shop, loaded and quiet."""
    more = {"IDIC_DEMO_PEOPLE": str(people)}
    with running_house(home=home, language=language, demo=True, more=more) as house:
        house.wait_until_quiet(seconds=_PATIENCE_SECONDS)
        yield house


@contextmanager
def copied_shop(*, loaded: Path, home: Path, language: str) -> Iterator[House]:
    """Run a copy of a loaded sample shop, so that each walk finds it as it was."""
    shutil.copytree(loaded, home)
    with running_house(home=home, language=language, demo=True) as house:
        house.wait_until_quiet(seconds=_PATIENCE_SECONDS)
        yield house


@contextmanager
def open_page(*, width: int = 1280, height: int = 900) -> Iterator[Page]:
    """Open a page in a browser of its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser.new_page(viewport=ViewportSize(width=width, height=height))
        browser.close()
