"""`make pages`: measures every page of the menu on the sample shop and writes the table
docs/reference/pages.md: breaches of accessibility, weight, requests, queries, server time and,
where it can be fetched, Lighthouse on a phone. With `--no-lighthouse` those columns stay empty,
with `--quick` they are filled for the menu and a customer's page alone.
"""

from __future__ import annotations

import gzip
import itertools
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from playwright.sync_api import Page, Response

from tests.browser.axe import breaches_everywhere
from tests.browser.house import House
from tests.browser.pages import PLAIN, list_pages, log_in
from tools.assets import ROOT
from tools.lighthouse import scores
from tools.lighthouse.scores import CATEGORIES
from tools.sample import has_chromium, open_page, sample_shop

TABLE = ROOT / "docs" / "reference" / "pages.md"
LANGUAGE = "vi"
RUNS = 5
AFTER_MENU = PLAIN["web:search"]  # the first address that no entry of the menu has
# From SCREENS: the most a page may weigh and ask, the least it must reach.
MARKS = {"axe": 0, "script": 45.0, "style": 20.0, "requests": 12, "abroad": 0, "queries": 10}
MARK_SERVER_MS, MARK_LIGHTHOUSE = 100, 95


@dataclass
class Figures:
    """What was measured of one page."""

    path: str
    axe: int = 0
    script: float = 0.0
    style: float = 0.0
    requests: int = 0
    abroad: int = 0
    queries: int = 0
    server: float = 0.0
    lighthouse: dict[str, int] = field(default_factory=dict)

    def misses(self) -> list[str]:
        """Name what lies beyond its mark."""
        own = asdict(self)
        found = [name for name, most in MARKS.items() if own[name] > most]
        if self.server > MARK_SERVER_MS:
            found.append("server")
        low = [name for name, score in self.lighthouse.items() if score < MARK_LIGHTHOUSE]
        return [*found, *low]


Chooser = Callable[[Figures], bool]


def measure(*, is_lit: Chooser) -> list[Figures]:
    """Start the sample shop and measure its pages, in the order of the menu."""
    with tempfile.TemporaryDirectory(prefix="idic-pages-") as folder:
        with sample_shop(home=Path(folder) / "home", language=LANGUAGE) as house:
            return _measure(house, is_lit)


def _measure(house: House, is_lit: Chooser) -> list[Figures]:
    with open_page() as page:
        log_in(page, house)
        found = [Figures(path) for path in list_pages(page, house)]
        for figures in found:
            _weigh(page, house, figures)
            _check(page, house, figures)
            print(
                f"{figures.path}: {figures.axe} breaches, {figures.requests} requests", flush=True
            )
    _ask(house, found)
    if lit := list(filter(is_lit, found)):
        _light(house, lit)
    return found


def _light(house: House, found: Sequence[Figures]) -> None:
    with scores.open_browser(house) as port:
        for figures in found:
            address = house.address + figures.path
            # On a busy machine one run in twenty does not end; the second does.
            for _attempt in range(2):
                figures.lighthouse = figures.lighthouse or scores.score(address, port=port)
            print(f"{figures.path}: {figures.lighthouse}", flush=True)


def _is_everyday(figures: Figures) -> bool:
    """Tell whether a page is of the menu, or a customer's."""
    in_menu = itertools.takewhile(lambda path: path != AFTER_MENU, PLAIN.values())
    return figures.path in set(in_menu) or _plain(figures.path) == "/customers/…/"


def choose(arguments: Sequence[str]) -> Chooser:
    """Choose which pages Lighthouse looks at."""
    if "--no-lighthouse" in arguments or not scores.install():
        return lambda _figures: False
    return _is_everyday if "--quick" in arguments else lambda _figures: True


def _weigh(page: Page, house: House, figures: Figures) -> None:
    """Open the page as somebody who was never here, and weigh what comes."""
    answers: list[Response] = []
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.setCacheDisabled", {"cacheDisabled": True})

    def keep(answer: Response) -> None:
        answers.append(answer)

    page.on("response", keep)
    page.goto(house.address + figures.path)
    page.wait_for_load_state("networkidle")
    page.remove_listener("response", keep)
    devtools.detach()
    figures.requests = len(answers)
    ingest = f"http://127.0.0.1:{house.environment['IDIC_INGEST_PORT']}"
    own = (house.address, ingest, "data:")
    figures.abroad = sum(not answer.url.startswith(own) for answer in answers)
    figures.script = _kilobytes(answers, "script")
    figures.style = _kilobytes(answers, "stylesheet")


def _kilobytes(answers: Sequence[Response], kind: str) -> float:
    bodies = [a.body() for a in answers if a.request.resource_type == kind]
    return sum(len(gzip.compress(body, 9)) for body in bodies) / 1_000


def _check(page: Page, house: House, figures: Figures) -> None:
    page.goto(house.address + figures.path)
    figures.axe = sum(len(said) for said in breaches_everywhere(page).values())
    page.set_viewport_size({"width": 1280, "height": 900})


def _ask(house: House, found: Sequence[Figures]) -> None:
    """Let a process of its own ask the pages of this shop through Django's whole stack."""
    done = subprocess.run(
        [sys.executable, "-m", "tools.pages", "--ask", *(f.path for f in found)],
        cwd=ROOT,
        env=house.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    for figures, (queries, server) in zip(found, json.loads(done.stdout), strict=True):
        figures.queries, figures.server = queries, server


def ask(paths: Sequence[str]) -> Iterator[tuple[int, float]]:
    """Give queries and milliseconds (median) of pages, for their owner. CPU time: a shared machine
    still tells what a page takes.
    """
    import django

    django.setup()
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from idic.core.models import Staff

    client = Client()
    client.force_login(Staff.objects.filter(role="owner").order_by("id")[0])
    for path in paths:
        client.get(path)
        with CaptureQueriesContext(connection) as caught:
            client.get(path)
        queries = len(caught)  # the next request forgets them
        times = []
        for _run in range(RUNS):
            began = time.process_time()
            client.get(path)
            times.append((time.process_time() - began) * 1_000)
        yield queries, statistics.median(times)


def write(found: Sequence[Figures]) -> str:
    """Draw the table."""
    lines = [
        "# Every page, measured",
        "",
        "Written by `make pages`; change nothing here by hand. The pages of the menu and those "
        "behind them, on the sample shop in Vietnamese, in the order of the menu.",
        "",
        "- **axe**: breaches of WCAG 2.2 AA and best practice, light and dark, 1280 and 390 wide "
        "(mark: 0)",
        "- **script**, **style**: kB after gzip (45, 20); **requests** with an empty cache (12), "
        "to **others** (0)",
        "- **queries** (10) and **server** time (CPU, the median of five) through Django's whole "
        "stack (100 ms)",
        "- **Lighthouse** on its phone preset: performance / accessibility / best practice (95)",
        "",
        "| Page | axe | script | style | requests | others | queries | server | Lighthouse |",
        "|---|--:|--:|--:|--:|--:|--:|--:|:-:|",
        *(_line(figures) for figures in found),
        "",
    ]
    beyond = {f.path: f.misses() for f in found if f.misses()}
    said = [f"- `{_plain(path)}`: {', '.join(names)}" for path, names in beyond.items()]
    lines += ["Beyond a mark:", "", *said] if said else ["Every page keeps every mark."]
    return "\n".join(lines) + "\n"


def _line(f: Figures) -> str:
    light = " / ".join(str(f.lighthouse[name]) for name in CATEGORIES) if f.lighthouse else "–"
    return (
        f"| `{_plain(f.path)}` | {f.axe} | {f.script:.1f} | {f.style:.1f} | {f.requests} | "
        f"{f.abroad} | {f.queries} | {f.server:.0f} ms | {light} |"
    )


def _plain(path: str) -> str:
    """Write ids, which are others each time, as a dot."""
    is_id = re.compile(r"\d+|.*_.*").fullmatch
    return "/".join("…" if is_id(part) else part for part in path.split("/"))


def main(arguments: list[str]) -> int:
    """Measure and write; or, asked by itself, ask the pages."""
    if arguments[:1] == ["--ask"]:
        print(json.dumps(list(ask(arguments[1:]))))
        return 0
    if not has_chromium():
        return 1
    found = measure(is_lit=choose(arguments))
    TABLE.parent.mkdir(parents=True, exist_ok=True)
    TABLE.write_text(write(found), encoding="utf-8")
    print(TABLE.read_text(encoding="utf-8"))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
