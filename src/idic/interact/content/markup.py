"""The markup of messages: paragraphs, lists, **bold**, [links](https://…); a link alone in its
paragraph is a button. What came from a person's data is fenced off before anything is parsed, so
that no name can become a link.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from .personal import is_field_target

OPEN, CLOSE = "\ue000", "\ue001"  # fence a personal value
_PLACE = 0xE100  # the first of the characters that stand for fenced values while parsing
_MOST_VALUES = 0x1000
_PRIVATE = re.compile(r"[\ue000-\uf8ff]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")
_FENCED = re.compile(f"{OPEN}([^{OPEN}{CLOSE}]*){CLOSE}")
_INLINE = re.compile(
    r"\*\*(?P<bold>[^*\n]+(?:\*[^*\n]+)*)\*\*|\[(?P<label>[^\[\]\n]+)\]\((?P<url>https?://[^\s()<>]+)\)"
)
# A message as it is written may name fields, in brackets too, in the label of a link.
_LABEL = r"\[(?:[^\[\]\n]|\[[^\[\]\n]*\])+\]"
_ANY_LINK = re.compile(rf"{_LABEL}\((?P<target>[^()\n]*)\)")
_WEB_LINK = re.compile(rf"{_LABEL}\((?P<url>https?://[^\s()<>]+)\)")
_TARGET = re.compile(r"https?://[^\s()<>{}]{1,990}")
_BUTTON = re.compile(r"\[(?P<label>[^\[\]\n]+)\]\((?P<url>https?://[^\s()<>]+)\)")


@dataclass(frozen=True, slots=True)
class Text:
    """Words; `is_personal` when they came from the person's data."""

    words: str
    is_personal: bool = False


@dataclass(frozen=True, slots=True)
class Bold:
    """Words that stand out."""

    of: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """Words that lead somewhere."""

    of: tuple[Text, ...]
    url: str


Inline: TypeAlias = Text | Bold | Link


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Lines of words."""

    lines: tuple[tuple[Inline, ...], ...]


@dataclass(frozen=True, slots=True)
class Points:
    """A list of points."""

    items: tuple[tuple[Inline, ...], ...]


@dataclass(frozen=True, slots=True)
class Button:
    """A link that stands alone."""

    of: tuple[Text, ...]
    url: str


Block: TypeAlias = Paragraph | Points | Button


def fence(value: str) -> str:
    """Mark a value as the person's own; it becomes one line of plain words whatever it holds."""
    return f"{OPEN}{_CONTROL.sub(' ', _PRIVATE.sub('', value)).strip()}{CLOSE}"


def unfence(body: str) -> str:
    """Give the words without their marks: for subjects, previews in lists and searches."""
    return _PRIVATE.sub("", body)


def parse(body: str) -> list[Block]:
    """Read a body into blocks."""
    values: list[str] = []

    def keep(match: re.Match[str]) -> str:
        if len(values) >= _MOST_VALUES:
            return match[1]
        values.append(match[1])
        return chr(_PLACE + len(values) - 1)

    flat = _FENCED.sub(keep, body.replace("\r\n", "\n"))
    parts = re.split(r"\n[ \t]*\n+", flat.strip("\n"))
    return [block for part in parts if part.strip() for block in _blocks(part, values)]


def _blocks(part: str, values: list[str]) -> Iterator[Block]:
    button = _BUTTON.fullmatch(part.strip())
    if button and not _PRIVATE.search(button["url"]):
        yield Button(tuple(_texts(button["label"], values)), button["url"])
        return
    lines = [line.strip() for line in part.split("\n") if line.strip()]
    if all(line.startswith("- ") for line in lines):
        yield Points(tuple(tuple(_inlines(line[2:], values)) for line in lines))
        return
    yield Paragraph(tuple(tuple(_inlines(line, values)) for line in lines))


def _inlines(line: str, values: list[str]) -> Iterator[Inline]:
    at = 0
    for match in _INLINE.finditer(line):
        yield from _texts(line[at : match.start()], values)
        at = match.end()
        if match["bold"]:
            yield Bold(tuple(_texts(match["bold"], values)))
        elif _PRIVATE.search(match["url"]):
            yield from _texts(match[0], values)
        else:
            yield Link(tuple(_texts(match["label"], values)), match["url"])
    yield from _texts(line[at:], values)


def _texts(words: str, values: list[str]) -> Iterator[Text]:
    plain = ""
    for character in words:
        number = ord(character) - _PLACE
        if 0 <= number < len(values):
            if plain:
                yield Text(plain)
            yield Text(values[number], is_personal=True)
            plain = ""
        elif not _PRIVATE.match(character):
            plain += character
    if plain:
        yield Text(plain)


def list_urls(source: str) -> list[str]:
    """Give every address a body links to, each once, in order."""
    return list(dict.fromkeys(match["url"] for match in _WEB_LINK.finditer(source)))


def find_wrong_link(source: str) -> str:
    """Give the first target of a link that cannot be one: not on the web, or not the same for
    everybody; empty when all are sound.
    """
    for match in _ANY_LINK.finditer(source):
        target = match["target"]
        if not _TARGET.fullmatch(target) and not is_field_target(target):
            return target
    return ""
