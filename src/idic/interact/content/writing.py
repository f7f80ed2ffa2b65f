"""Turns the blocks of a message into plain text and into HTML. Every word is escaped; nothing a
person's data holds can become a tag.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from html import escape
from typing import TypeAlias

from .markup import Block, Bold, Button, Inline, Link, Paragraph, Points, Text

# Where a link really goes: the tracked address of a message, or the target itself.
Address: TypeAlias = Callable[[str], str]


def _as_is(url: str) -> str:
    return url


def to_text(blocks: Iterable[Block], *, address: Address = _as_is) -> str:
    """Write plain text: links as “label: address”."""
    return "\n\n".join(_text_block(block, address) for block in blocks)


def _text_block(block: Block, address: Address) -> str:
    match block:
        case Button(of, url):
            return f"{_words(of)}: {address(url)}"
        case Points(items):
            return "\n".join(f"- {_text_line(item, address)}" for item in items)
        case Paragraph(lines):
            return "\n".join(_text_line(line, address) for line in lines)


def _text_line(line: Iterable[Inline], address: Address) -> str:
    return "".join(_text_inline(inline, address) for inline in line)


def _text_inline(inline: Inline, address: Address) -> str:
    match inline:
        case Link(of, url):
            return f"{_words(of)}: {address(url)}"
        case Bold(of):
            return _words(of)
        case Text(words):
            return words


def _words(of: Iterable[Text]) -> str:
    return "".join(text.words for text in of)


def to_html(
    blocks: Iterable[Block],
    *,
    address: Address = _as_is,
    is_marked: bool = False,
    button_class: str = "button",
) -> str:
    """Write HTML; `is_marked` wraps what came from the person's data in <mark>."""
    writer = _HtmlWriter(address, is_marked, button_class)
    return "\n".join(writer.block(block) for block in blocks)


class _HtmlWriter:
    def __init__(self, address: Address, is_marked: bool, button_class: str) -> None:
        self._address = address
        self._is_marked = is_marked
        self._button_class = button_class

    def block(self, block: Block) -> str:
        match block:
            case Button(of, url):
                link = self._link(of, url, f' class="{escape(self._button_class)}"')
                return f"<p>{link}</p>"
            case Points(items):
                points = "".join(f"<li>{self._line(item)}</li>" for item in items)
                return f"<ul>{points}</ul>"
            case Paragraph(lines):
                return f"<p>{'<br>'.join(self._line(line) for line in lines)}</p>"

    def _line(self, line: Iterable[Inline]) -> str:
        return "".join(self._inline(inline) for inline in line)

    def _inline(self, inline: Inline) -> str:
        match inline:
            case Link(of, url):
                return self._link(of, url, "")
            case Bold(of):
                return f"<b>{self._texts(of)}</b>"
            case Text():
                return self._texts([inline])

    def _link(self, of: Iterable[Text], url: str, attributes: str) -> str:
        return f'<a href="{escape(self._address(url))}"{attributes}>{self._texts(of)}</a>'

    def _texts(self, of: Iterable[Text]) -> str:
        return "".join(
            f"<mark>{escape(text.words)}</mark>"
            if text.is_personal and self._is_marked
            else escape(text.words)
            for text in of
        )
