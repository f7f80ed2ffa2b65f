"""A language that nobody speaks, for tests alone: English with marks on its letters and two fifths
longer. A page that bears it bears every language it will be said in.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from tools import messages

LONGER = 0.4
# What is no language: placeholders, tags, entities.
_KEPT = re.compile(r"%\(\w+\)[sd]|%%|%[sd]|\{\w+\}|<[^>]+>|&\w+;")
_MARKED = str.maketrans("aeiouyACEINOSUdnlrstz", "ảễịộữỵẢÇỄỊÑỘŜỮđñłřšťž")
_FILLING = "ốỗệ ẫữợng ẵẩự ẽịở"


def pseudo(text: str) -> str:
    """Say a text in it."""
    said, at, letters = [], 0, 0
    for kept in _KEPT.finditer(text):
        said += [text[at : kept.start()].translate(_MARKED), kept[0]]
        letters += kept.start() - at
        at = kept.end()
    said.append(text[at:].translate(_MARKED))
    letters += len(text) - at
    more = round(letters * LONGER)
    filling = (_FILLING * (more // len(_FILLING) + 1))[:more].strip()
    return "".join(said) + (f" {filling}" if filling and letters > 1 else "")


def build(folder: Path) -> None:
    """Write the language into a folder of locales, in the place of English."""
    catalog = Catalog(locale="en")
    for room in messages.rooms():
        for message in messages.extract(room):
            if message.id:
                catalog.add(message.id, _said(message.id), context=message.context)
    place = folder / "en" / "LC_MESSAGES"
    place.mkdir(parents=True, exist_ok=True)
    held = io.BytesIO()
    write_mo(held, catalog)
    (place / "django.mo").write_bytes(held.getvalue())


def _said(given: str | tuple[str, ...] | list[str]) -> str | tuple[str, ...]:
    return pseudo(given) if isinstance(given, str) else tuple(_each(given))


def _each(given: tuple[str, ...] | list[str]) -> Iterator[str]:
    for one in given:
        yield pseudo(one)
