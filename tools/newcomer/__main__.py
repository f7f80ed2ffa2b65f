"""`make newcomer`: walks through the sample shop and own files in three languages, in Chinese also
on a phone, and writes docs/reference/newcomer.md. `--only vi` walks one language and writes
nothing; `--homes FOLDER` keeps the loaded sample shops there for the next time; `--pictures FOLDER`
keeps every page that was read, and the words on it.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from idic.core.clock import today
from tools.assets import ROOT
from tools.newcomer import files, path, report
from tools.newcomer.person import Person, Step
from tools.sample import copied_shop, has_chromium, open_page, sample_shop

PAGE = ROOT / "docs" / "reference" / "newcomer.md"
_PATIENCE_MS = 20_000


@dataclass(frozen=True)
class Kind:
    """Who walks, and on which screen."""

    title: str
    language: str
    width: int = 1280
    height: int = 900


KINDS = (
    Kind("Vietnamese, 1280 wide", "vi"),
    Kind("Chinese, 1280 wide", "zh-hans"),
    Kind("Chinese, 390 wide, by thumb", "zh-hans", 390, 844),
    Kind("English, 1280 wide", "en"),
)


def main(arguments: Sequence[str]) -> int:
    """Walk every kind and write, or say what is missing."""
    wanted = _parse(arguments)
    if not has_chromium():
        return 1
    walks = []
    with _folder(wanted.homes) as homes:
        for kind in KINDS:
            if wanted.only and kind.language != wanted.only:
                continue
            if not files.has_files(kind.language):
                print(f"{kind.title}: left out, {files.UCI.name} is not here")
                continue
            walks.append(_walk(kind, homes=homes, pictures=wanted.pictures))
            _say(walks[-1])
    if not wanted.only:
        PAGE.write_text(report.write(walks, today=today(), commit=_commit()), encoding="utf-8")
    return 0


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.newcomer")
    parser.add_argument("--only", choices=sorted({kind.language for kind in KINDS}))
    parser.add_argument("--homes", type=Path)
    parser.add_argument("--pictures", type=Path)
    return parser.parse_args(arguments)


@contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    if kept:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept
    else:
        with tempfile.TemporaryDirectory(prefix="idic-newcomer-") as folder:
            yield Path(folder)


def _walk(kind: Kind, *, homes: Path, pictures: Path | None) -> report.Walk:
    loaded = homes / kind.language / "home"
    ready = _load(loaded, kind.language)
    with tempfile.TemporaryDirectory(prefix="idic-walk-") as own:
        shop = files.write_files(kind.language, folder=Path(own), until=today() - timedelta(days=1))
        copy = copied_shop(loaded=loaded, home=Path(own) / "home", language=kind.language)
        with copy as house, open_page(width=kind.width, height=kind.height) as page:
            page.set_default_timeout(_PATIENCE_MS)
            person = Person(page, kind.language, pictures=_picture_folder(pictures, kind))
            path.walk(person, link=house.login_link(), shop=shop)
    return report.Walk(kind.title, kind.language, shop.said, person.steps, ready)


def _load(home: Path, language: str) -> float:
    """Load the sample shop unless it is there; give the seconds that took, kept beside it."""
    note = home.parent / "seconds"
    if not note.exists():
        shutil.rmtree(home.parent, ignore_errors=True)
        home.parent.mkdir(parents=True)
        began = time.monotonic()
        with sample_shop(home=home, language=language, people=report.PEOPLE):
            note.write_text(f"{time.monotonic() - began:.1f}")
    return float(note.read_text())


def _picture_folder(pictures: Path | None, kind: Kind) -> Path | None:
    if not pictures:
        return None
    folder = pictures / f"{kind.language}-{kind.width}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _say(walk: report.Walk) -> None:
    print(f"{walk.title}: {walk.minutes} minutes")
    for step in walk.steps:
        print(f"  {_words(step)}", flush=True)


def _words(step: Step) -> str:
    pages = ", ".join(f"{name} {words}" for name, words in step.pages)
    return f"{step.words:4} words, {step.clicks:2} clicks, {step.wait:4.1f} s  {pages}"


def _commit() -> str:
    asked = ["git", "rev-parse", "--short", "HEAD"]
    return subprocess.run(asked, cwd=ROOT, capture_output=True, text=True).stdout.strip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
