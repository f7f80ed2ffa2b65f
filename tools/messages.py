"""Keeps the translations without gettext's programs: `python -m tools.messages update|check|compile
[room …]`. Strings come from Python and from templates; English is the source.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

SOURCE = Path(__file__).resolve().parent.parent / "src" / "idic"
LANGUAGES = {"vi": "vi", "zh_Hans": "zh_Hans_CN"}
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}

_IN_F_STRING = re.compile(r"\{(?:_|n?p?gettext)\(")


def rooms() -> list[str]:
    """Give the rooms that carry translations."""
    return sorted(path.parent.name for path in SOURCE.glob("*/locale"))


def extract(room: str) -> Catalog:
    """Collect a room's strings."""
    catalog = Catalog(project="IDIC", charset="utf-8")
    for path in sorted((SOURCE / room).rglob("*")):
        if path.suffix not in {".py", ".html", ".txt"} or "migrations" in path.parts:
            continue
        name = path.relative_to(SOURCE.parent.parent).as_posix()
        for _line, function, message, comments in _strings(path):
            context, text = _split(function, message)
            if text:
                catalog.add(text, None, [(name, 0)], auto_comments=comments, context=context)
    return catalog


def _strings(path: Path) -> Iterator[tuple[int, str, object, list[str]]]:
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        text = _templatize(text, path)
    yield from extract_python(
        io.BytesIO(text.encode()), list(KEYWORDS), ["Translators:"], {"encoding": "utf-8"}
    )


def _templatize(text: str, path: Path) -> str:
    from django.utils.translation.template import templatize

    # What is no string becomes rows of X, indented as the page is: Python would take offence.
    lines = templatize(text, origin=str(path)).splitlines()
    return "\n".join(line.lstrip() for line in lines)


def _split(function: str, message: object) -> tuple[str | None, str | tuple[str, ...]]:
    parts = message if isinstance(message, tuple) else (message,)
    strings = [part for part in parts if isinstance(part, str)]
    context = strings.pop(0) if function.startswith(("pgettext", "npgettext")) else None
    if not strings:
        return context, ""
    if function.startswith(("ngettext", "npgettext")):
        return context, (strings[0], strings[1])
    return context, strings[0]


def path_of(room: str, language: str) -> Path:
    """Give a room's catalogue file."""
    return SOURCE / room / "locale" / language / "LC_MESSAGES" / "django.po"


def load(room: str, language: str) -> Catalog:
    """Read a catalogue; an empty one when there is none yet."""
    path = path_of(room, language)
    locale = LANGUAGES[language]
    if not path.exists():
        return Catalog(locale=locale, project="IDIC", charset="utf-8", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=locale)


def update(room: str) -> None:
    """Bring new strings into the catalogues and drop those no longer used."""
    template = extract(room)
    for language in LANGUAGES:
        catalog = load(room, language)
        catalog.fuzzy = False
        catalog.update(template, no_fuzzy_matching=True)
        catalog.obsolete.clear()
        path = path_of(room, language)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(
                file, catalog, width=100, no_location=True, sort_output=True, omit_header=False
            )


def compile_room(room: str) -> None:
    """Write the compiled catalogues Django reads."""
    for language in LANGUAGES:
        with path_of(room, language).with_suffix(".mo").open("wb") as file:
            write_mo(file, load(room, language))


def check(room: str) -> list[str]:
    """Give every string that lacks a translation or loses a placeholder."""
    problems = list(_unseen(room))
    template = extract(room)
    for language in LANGUAGES:
        catalog = load(room, language)
        for message in template:
            if not message.id:
                continue
            found = catalog.get(message.id, context=message.context)
            if found is None or not _is_whole(found.string) or found.fuzzy:
                problems.append(f"{room}/{language}: no translation of {message.id!r}")
                continue
            problems += [
                f"{room}/{language}: {message.id!r}: {error}" for error in found.check(catalog)
            ]
    return problems


def _unseen(room: str) -> Iterator[str]:
    """Name the strings nobody extracts: before Python 3.12 the inside of an f-string is opaque."""
    for path in sorted((SOURCE / room).rglob("*.py")):
        for found in _IN_F_STRING.finditer(path.read_text(encoding="utf-8")):
            yield f"{path.relative_to(SOURCE)}: take {found[0]}…) out of its f-string"


def _is_whole(text: object) -> bool:
    return all(text) if isinstance(text, (list, tuple)) else bool(text)


def main(arguments: list[str]) -> int:
    """Run one verb over the rooms named, or all."""
    verb, *chosen = arguments or ["check"]
    problems: list[str] = []
    for room in chosen or rooms():
        if verb == "update":
            update(room)
        elif verb == "compile":
            compile_room(room)
        elif verb == "check":
            problems += check(room)
        else:
            print(f"unknown verb {verb!r}: update, compile or check")
            return 2
    print("\n".join(problems[:40]))
    if problems:
        print(f"{len(problems)} strings to translate")
    return 1 if problems else 0


if __name__ == "__main__":
    import django
    from django.conf import settings

    if not settings.configured:
        settings.configure(USE_I18N=True)
    django.setup()
    sys.exit(main(sys.argv[1:]))
