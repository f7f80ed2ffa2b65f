"""Chromium, and what each story asks of a page: no script error, no breach of the content policy,
no request to anybody else.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, expect, sync_playwright

from tests.browser.house import House, SampleHouse, running_house

CHROMIUM = os.environ.get("IDIC_CHROMIUM") or shutil.which("chromium") or ""
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# The stories run beside the rest of the suite on a machine that may be slow.
expect.set_options(timeout=20_000)
_WATCH = """
window.__breaches = [];
addEventListener("securitypolicyviolation", (e) =>
  window.__breaches.push(e.violatedDirective + " " + e.blockedURI));
"""


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Give one browser for all stories; skip with a line where there is none."""
    if not CHROMIUM:
        pytest.skip("Chromium is not on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def sample_house(tmp_path_factory: pytest.TempPathFactory) -> SampleHouse:
    """Open the sample shop in a language, each time as it was just loaded: it is loaded once and
    put aside. Who asks first goes on in that house, everybody after in one over a copy.
    """
    aside: dict[str, Path] = {}

    @contextmanager
    def open_house(language: str, *, more: Mapping[str, str] | None = None) -> Iterator[House]:
        home = tmp_path_factory.mktemp(f"sample-{language}") / "home"
        is_first = language not in aside
        if not is_first:
            shutil.copytree(aside[language], home)
        with running_house(home=home, language=language, demo=True, more=more) as house:
            if is_first:
                house.wait_until_quiet()
                aside[language] = house.copy_state(home.with_name("aside"))
            yield house

    return open_house


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """Give a fresh page that keeps what went wrong: a story fails when anything did, be it a style
    sheet that did not come.
    """
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="vi-VN")
    context.set_default_timeout(60_000)
    page = context.new_page()
    wrong: list[str] = []
    page.add_init_script(_WATCH)
    page.on("pageerror", lambda error: wrong.append(f"script: {error}"))
    page.on(
        "request", lambda request: wrong.append(request.url) if _is_abroad(request.url) else None
    )
    page.on(
        "response",
        lambda answer: (
            wrong.append(f"{answer.status} {answer.url}") if answer.status >= 400 else None
        ),
    )
    page.on("requestfailed", lambda request: wrong.extend(_failure(request)))
    page.on("framenavigated", lambda frame: wrong.extend(frame.evaluate("window.__breaches || []")))
    yield page
    wrong += page.evaluate("window.__breaches || []")
    context.close()
    assert wrong == []


def _failure(request: Request) -> list[str]:
    # What a page left behind when it was left is broken off, not broken.
    is_left = request.failure is None or "ERR_ABORTED" in request.failure
    return [] if is_left else [f"{request.failure} {request.url}"]


def _is_abroad(url: str) -> bool:
    return not url.startswith(("http://127.0.0.1:", "data:", "blob:", "about:"))
