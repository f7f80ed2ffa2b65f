"""Fills the fields of a message for one person. A paragraph whose field is unknown is left out for
them; of the subject, the part up to the next comma or stop. Nothing is executed: one pass puts
words in the place of codes, fenced off as data.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from .catalogue import PART_OF, PERSONAL_FACTS, PROPER_NAMES
from .markup import fence
from .personal import TARGETS, put_behind_words, unbold, write_link

_GAP = re.compile(r"\n[ \t]*\n+")
# A part of a subject with the mark that ends it. Inside “1,5” and “a.m” there is no end.
_PART = re.compile(r".+?(?:[,:;!?.…–—|]+\s+|\s-\s+|[，：；！？。｜]+\s*|\Z)", re.DOTALL)
_LOOSE_END = " ,:;–—|-，：；｜"
_BEGINS = re.compile(r"(?:\A|\n|[.!?…]\s+|[。！？]\s*)(?:- )?[*\[(\"'“‘«\s]*\Z")


@dataclass(frozen=True, slots=True)
class _Piece:
    """What is written or left out as a whole: a paragraph, or a point of a list."""

    source: str
    codes: tuple[str, ...]
    paragraph: int


@dataclass(frozen=True, slots=True)
class Filled:
    """A body for one person, and the pieces left out, as they were written."""

    body: str
    dropped: tuple[str, ...]


def codes_in(source: str, *, known: frozenset[str]) -> list[str]:
    """Give the fields a text holds, each once, in order."""
    return list(dict.fromkeys(match["code"] for match in _fields(known).finditer(source)))


@cache
def _fields(known: frozenset[str]) -> re.Pattern[str]:
    """A word before “(” is the label of a link, not a field."""
    return re.compile(rf"\[(?P<code>{'|'.join(sorted(known, key=len, reverse=True))})\](?!\()")


class Filler:
    """A message's subject and body, read once and filled for many people."""

    def __init__(self, *, subject: str, body: str, known: frozenset[str]) -> None:
        self._known = known
        self._subject = tuple(
            (part, codes_in(part, known=known)) for part in _PART.findall(subject)
        )
        self._pieces = tuple(_pieces(body, known))

    def fill_subject(self, values: Mapping[str, str]) -> str:
        """Write the subject; where nothing of it is left, the name of the shop."""
        kept = [part for part, codes in self._subject if _is_whole(codes, values)]
        words = self._fill("".join(kept).strip(), values, has_links=False)
        if len(kept) == len(self._subject):
            return words
        if kept and kept[-1] != self._subject[-1][0]:
            words = words.rstrip(_LOOSE_END)
        return (words[:1].upper() + words[1:]) or values.get("shop", "")

    def fill_body(self, values: Mapping[str, str]) -> Filled | None:
        """Write the body; None when nothing is left of what it says of the person, or at all."""
        kept = [piece for piece in self._pieces if _is_whole(piece.codes, values)]
        if not kept or (
            any(map(_is_of_person, self._pieces)) and not any(map(_is_of_person, kept))
        ):
            return None
        dropped = tuple(piece.source for piece in self._pieces if piece not in kept)
        return Filled(self._join(kept, values), dropped)

    def _join(self, kept: list[_Piece], values: Mapping[str, str]) -> str:
        body = ""
        for before, piece in zip([None, *kept], kept, strict=False):
            if before is not None:
                body += "\n" if before.paragraph == piece.paragraph else "\n\n"
            body += unbold(self._fill(put_behind_words(piece.source), values))
        return body

    def _fill(self, source: str, values: Mapping[str, str], *, has_links: bool = True) -> str:
        def put(match: re.Match[str]) -> str:
            value = values.get(match["code"], "")
            if has_links and match["code"] in TARGETS:
                return write_link(code=match["code"], label=value)
            if match["code"] not in PROPER_NAMES and _BEGINS.search(source[: match.start()]):
                value = _begin(value)
            return fence(value) if value.strip() else ""

        return _fields(self._known).sub(put, source)


def _pieces(body: str, known: frozenset[str]) -> list[_Piece]:
    pieces = []
    for place, paragraph in enumerate(_GAP.split(body.replace("\r\n", "\n").strip())):
        lines = paragraph.split("\n")
        is_list = all(line.lstrip().startswith("- ") for line in lines)
        for source in lines if is_list else [paragraph]:
            pieces.append(_Piece(source.strip(), tuple(codes_in(source, known=known)), place))
    return pieces


def _is_of_person(piece: _Piece) -> bool:
    return not PERSONAL_FACTS.isdisjoint(piece.codes)


def _is_whole(codes: tuple[str, ...] | list[str], values: Mapping[str, str]) -> bool:
    return all(values.get(PART_OF.get(code, code), "").strip() for code in codes)


def _begin(value: str) -> str:
    """Begin a sentence: “chị Lan” becomes “Chị Lan”; “iPhone” stays as it is written."""
    first = value.partition(" ")[0]
    return value[:1].upper() + value[1:] if first.islower() else value
