"""A person at a page, counted: what is clicked, typed, read and waited for. What a step is, and
where it leads, stands in `path`.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Locator, Page

SECONDS_A_CLICK, SECONDS_A_LETTER = 2.0, 1 / 3
WORDS_A_MINUTE, CHARACTERS_A_MINUTE = 200, 300
CLICKS_A_FILE, CLICKS_A_CHOICE = 3, 2
_PATIENCE_MS = 120_000
# What of the main part a person reads: texts above the lower edge of the first screen, or of the
# button to be pressed; of rows the first; nothing hidden, folded, or there to look things up in.
_READ = r"""
([button, skipped]) => {
  const main = document.querySelector("main") || document.body;
  const reached = button && document.querySelector(button);
  const edge = reached ? reached.getBoundingClientRect().bottom + scrollY : 0;
  const limit = Math.max(innerHeight, edge);
  const walker = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
  const said = [];
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim();
    const at = walker.currentNode.parentElement;
    if (!text || !at || at.closest(skipped)) continue;
    if (!at.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true })) continue;
    const row = at.closest("tbody tr, ul.care-list > li");
    if (row && [...row.parentElement.children].indexOf(row) >= 1) continue;
    const range = document.createRange();
    range.selectNodeContents(walker.currentNode);
    const box = range.getBoundingClientRect();
    if (box.width >= 2 && box.top + scrollY <= limit) said.push(text);
  }
  return said;
}
"""
_SKIPPED = (
    "option,select,script,style,textarea,.sr,.kicker,.way,nav,.tabs,dl,.why-note,"
    ".message-fields,.toast"
)
_SEEN_MESSAGE = ",#example,.phone"
_ONLY_SIGNS = re.compile(r"[\W\d_]+")
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_LATIN = re.compile(r"[A-Za-z0-9][\w.,:%/-]*")
_WORD = re.compile(r"\w[\w.,:%/’'-]*")


@dataclass
class Step:
    """What one step took."""

    name: str
    clicks: int = 0
    typed: int = 0
    words: int = 0
    wait: float = 0.0
    pages: list[tuple[str, int]] = field(default_factory=list)


@dataclass
class Person:
    """Somebody who reads a language and looks at a page."""

    page: Page
    language: str
    pictures: Path | None = None
    steps: list[Step] = field(default_factory=list)
    _known: set[str] = field(default_factory=set)

    @property
    def step(self) -> Step:
        """Give the step under way."""
        return self.steps[-1]

    def begin(self, name: str) -> None:
        """Begin a step."""
        self.steps.append(Step(name))

    def read(self, name: str, *, button: str | None = None, knows_message: bool = False) -> None:
        """Read what is new on the page."""
        skipped = _SKIPPED + (_SEEN_MESSAGE if knows_message else "")
        said: list[str] = self.page.evaluate(_READ, [button, skipped])
        fresh = [text for text in said if text not in self._known]
        self._known.update(said)
        words = count_words(fresh, language=self.language)
        self.step.words += words
        self.step.pages.append((name, words))
        self._keep(name, fresh)

    def click(self, target: str | Locator, *, ready: str | None = None) -> None:
        """Press something and wait for what comes; `ready` is an address or a selector."""
        spot = self.page.locator(target).first if isinstance(target, str) else target
        self.step.clicks += 1
        self.await_page(spot.click, ready=ready)

    def await_page(self, act: Callable[[], object], *, ready: str | None = None) -> None:
        """Do something and count the time until the page stands."""
        began = time.monotonic()
        act()
        if ready and ready.startswith(("**", "/")):
            pattern = ready if ready.startswith("**") else re.compile(ready.strip("/"))
            self.page.wait_for_url(pattern, timeout=_PATIENCE_MS)
        elif ready:
            self.page.wait_for_selector(ready, timeout=_PATIENCE_MS)
        self.page.wait_for_load_state()
        self.step.wait += time.monotonic() - began

    def fill(self, field_name: str, text: str) -> None:
        """Type into a field."""
        self.page.fill(field_name, text)
        self.step.clicks += 1
        self.step.typed += len(text)

    def choose(self, field_name: str, value: str) -> None:
        """Choose from a list, having read it."""
        offered = self.page.locator(f"{field_name} option").all_inner_texts()
        self.step.words += count_words(offered, language=self.language)
        self.page.select_option(field_name, value=value)
        self.step.clicks += CLICKS_A_CHOICE

    def choose_file(self, field_name: str, file: Path) -> None:
        """Choose a file in the dialog of the system."""
        self.page.set_input_files(field_name, file)
        self.step.clicks += CLICKS_A_FILE

    def open_from_menu(self, path: str) -> None:
        """Follow the menu, opened first where it is folded."""
        link = self.page.locator(f"nav a[href='{path}']:visible")
        if not link.count():
            opener = "nav button[commandfor=menu]:visible, nav button[popovertarget=menu]:visible"
            for button in self.page.locator(opener).all()[-1:]:
                self._unfold(button)
        if not link.count():
            inside = self.page.locator(f"#menu a[href='{path}']").first
            self._unfold(inside.locator("xpath=ancestor::details/summary"))
        self.click(link.first, ready=f"**{path}")

    def _unfold(self, spot: Locator) -> None:
        spot.click()
        self.step.clicks += 1
        self.page.wait_for_timeout(300)

    def _keep(self, name: str, fresh: Sequence[str]) -> None:
        if not self.pictures:
            return
        file = self.pictures / f"{len(self.steps)}-{len(self.step.pages)}-{name}"
        self.page.screenshot(path=file.with_suffix(".png"), full_page=True)
        file.with_suffix(".txt").write_text("\n".join(fresh) + "\n", encoding="utf-8")


def seconds_of(step: Step, *, language: str) -> float:
    """Give the time a step takes."""
    return (
        seconds_of_reading(step, language=language)
        + step.clicks * SECONDS_A_CLICK
        + step.typed * SECONDS_A_LETTER
        + step.wait
    )


def seconds_of_reading(step: Step, *, language: str) -> float:
    """Give the time a step's words take."""
    rate = CHARACTERS_A_MINUTE if language.startswith("zh") else WORDS_A_MINUTE
    return step.words / rate * 60


def count_words(texts: Sequence[str], *, language: str) -> int:
    """Count words, in Chinese characters; a text of signs and figures alone is none."""
    text = " ".join(one for one in texts if not _ONLY_SIGNS.fullmatch(one))
    if language.startswith("zh"):
        return len(_CHINESE.findall(text)) + len(_LATIN.findall(text))
    return len(_WORD.findall(text))
