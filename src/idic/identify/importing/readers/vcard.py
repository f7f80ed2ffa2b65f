"""Reads address books: vCards of version 2.1, 3.0 and 4.0, one or many in a file, as rows of text
cells, one a card. A card that is broken costs itself a value, never its neighbours.
"""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from idic.core.text import is_han

HEADERS = (
    *("Name", "Given name", "Family name", "Salutation", "Company", "Phone", "Other phones"),
    *("E-mail", "Other addresses", "Address", "City", "Province", "Country", "Birth date"),
    *("Gender", "Language", "Tags", "Notes"),
)
_BEGIN, _END = re.compile(r"begin\s*:\s*vcard", re.I), re.compile(r"end\s*:\s*vcard", re.I)
_BEGIN_BYTES = re.compile(rb"\s*b\0?e\0?g\0?i\0?n\0?\s*:\0?\s*v\0?c\0?a\0?r\0?d", re.I)
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_ESCAPE = re.compile(r"\\(.)", re.S)
_PARTS = re.compile(r"(?<!\\);")
_LISTED = re.compile(r"(?<!\\),")
_VIETNAMESE = re.compile("[ăâđêôơưĂÂĐÊÔƠƯ\u1ea0-\u1ef9]")
_DAY = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})")
_SCHEME = re.compile(r"^(?:tel|mailto|sip|xmpp):", re.I)
# A photo is not read, however long; no value we keep is longer.
_LONGEST = 4_000
_READ = frozenset(
    {"FN", "N", "ORG", "TEL", "EMAIL", "ADR", "BDAY", "GENDER", "LANG", "CATEGORIES", "NOTE"}
)
_GENDERS = {"M": "male", "F": "female"}


def is_vcard(start: bytes) -> bool:
    """Tell an address book by the first bytes of the file, in any encoding."""
    for mark in _MARKS:
        start = start.removeprefix(mark)
    return bool(_BEGIN_BYTES.match(start.lstrip(b"\0")))


def read_rows(path: Path, *, encoding: str) -> Iterator[list[str]]:
    """Give a row for every card, its cells under `HEADERS`."""
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        for card in _cards(_unfolded(file)):
            yield _row(card)


def count_cards(path: Path, *, encoding: str) -> int:
    """Count the cards without reading them."""
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        return sum(bool(_BEGIN.match(line.strip("\ufeff\0 \t\r\n"))) for line in file)


@dataclass(slots=True)
class _Property:
    """One line of a card: its value with everything that was folded or encoded undone."""

    name: str
    value: str
    types: frozenset[str]


@dataclass(slots=True)
class _Card:
    properties: list[_Property] = field(default_factory=list)

    def all(self, name: str) -> list[_Property]:
        """Give the properties of a name, the preferred ones first, then mobile phones."""
        found = [one for one in self.properties if one.name == name and one.value.strip()]
        return sorted(found, key=lambda one: ("PREF" not in one.types, "CELL" not in one.types))

    def first(self, name: str) -> str:
        """Give the value of the first property of a name, unescaped."""
        return _plain(self.first_raw(name))

    def first_raw(self, name: str) -> str:
        """Give that value with its escapes, to be taken apart."""
        return next((one.value for one in self.all(name)), "")


def _unfolded(lines: Iterable[str]) -> Iterator[str]:
    """Put lines together that were broken: those that go on after a space, and those of
    quoted-printable that end in “=”.
    """
    held = ""
    for raw in lines:
        line = raw.rstrip("\r\n").replace("\0", "")
        goes_on = held.endswith("=") and "QUOTED-PRINTABLE" in held.partition(":")[0].upper()
        if goes_on:
            held = held[:-1] + line.lstrip(" \t") if len(held) < _LONGEST * 3 else held
        elif line[:1] in {" ", "\t"} and held:
            held = held + line[1:] if len(held) < _LONGEST else held
        else:
            if held:
                yield held
            held = line.lstrip("\ufeff")
    if held:
        yield held


def _cards(lines: Iterable[str]) -> Iterator[_Card]:
    """Give each card; one that is never closed ends where the next begins."""
    card: _Card | None = None
    for line in lines:
        if _BEGIN.match(line.strip()):
            if card is not None:
                yield card
            card = _Card()
        elif card is not None and _END.match(line.strip()):
            yield card
            card = None
        elif card is not None and (found := _property(line)) is not None:
            card.properties.append(found)
    if card is not None:
        yield card


def _property(line: str) -> _Property | None:
    head, colon, value = _divided(line)
    if not colon:
        return None
    name, *parameters = head.split(";")
    name = name.rpartition(".")[2].strip().upper()  # item1.EMAIL
    if name not in _READ:
        return None
    told = [part.partition("=") for part in parameters]
    # Version 2.1 writes types bare: TEL;CELL;PREF.
    types = {
        word.strip().upper()
        for key, equals, words in told
        for word in (words if equals else key).strip('"').split(",")
        if not equals or key.strip().upper() in {"TYPE", "PREF"}
    }
    if any(key.strip().upper() == "PREF" and equals for key, equals, _words in told):
        types.add("PREF")
    named = {key.strip().upper(): words.strip().strip('"') for key, equals, words in told if equals}
    encoding = named.get("ENCODING", "").upper()
    is_quoted = encoding == "QUOTED-PRINTABLE" or "QUOTED-PRINTABLE" in types
    if is_quoted:
        value = _unquoted(value, named.get("CHARSET", ""))
    return _Property(name, value[:_LONGEST], frozenset(types))


def _divided(line: str) -> tuple[str, str, str]:
    """Divide a line at the first colon that no quotation marks hold."""
    is_quoted = False
    for place, character in enumerate(line):
        if character == '"':
            is_quoted = not is_quoted
        elif character == ":" and not is_quoted:
            return line[:place], ":", line[place + 1 :]
    return line.partition(":")


def _unquoted(value: str, charset: str) -> str:
    content = quopri.decodestring(value.encode("utf-8", errors="replace"))
    for name in (charset, "utf-8", "gb18030"):
        try:
            return content.decode(name) if name else content.decode("utf-8")
        except (LookupError, UnicodeDecodeError):
            continue
    return content.decode("utf-8", errors="replace")


def _plain(text: str) -> str:
    """Undo the escapes; line breaks become spaces."""
    freed = _ESCAPE.sub(lambda m: " " if m[1] in "nN" else m[1], text)
    return " ".join(freed.split())


def _parts(text: str, count: int) -> list[str]:
    found = [_plain(part) for part in _PARTS.split(text)]
    return [*found, *([""] * count)][:count]


def _row(card: _Card) -> list[str]:
    family, given, more, prefix = _parts(card.first_raw("N"), 4)
    box, extra, street, city, province, _code, country = _parts(card.first_raw("ADR"), 7)
    phones, emails = _addresses(card, "TEL"), _addresses(card, "EMAIL")
    company = " ".join(part for part in _parts(card.first_raw("ORG"), 4) if part)
    cells = {
        "Name": card.first("FN") or _joined(family, given, more),
        "Given name": given,
        "Family name": family,
        "Salutation": prefix,
        "Company": company,
        "Phone": phones[0] if phones else "",
        "Other phones": ", ".join(phones[1:]),
        "E-mail": emails[0] if emails else "",
        "Other addresses": ", ".join(emails[1:]),
        "Address": " ".join(part for part in (box, extra, street) if part),
        "City": city,
        "Province": province,
        "Country": country,
        "Birth date": _day(card.first("BDAY")),
        "Gender": _GENDERS.get(card.first("GENDER")[:1].upper(), ""),
        "Language": card.first("LANG"),
        "Tags": ", ".join(map(_plain, _LISTED.split(card.first_raw("CATEGORIES")))),
        "Notes": card.first("NOTE"),
    }
    return [cells[header] for header in HEADERS]


def _addresses(card: _Card, name: str) -> list[str]:
    return [_SCHEME.sub("", _plain(one.value)).strip() for one in card.all(name)]


def _joined(family: str, given: str, more: str) -> str:
    """Put a name together in the order its bearer says it."""
    whole = f"{family}{more}{given}"
    if any(map(is_han, whole)):
        return whole
    parts = (family, more, given) if _VIETNAMESE.search(whole) else (given, more, family)
    return " ".join(part for part in parts if part)


def _day(text: str) -> str:
    """Write a birthday with its year as a date; “--0105” tells no year and is left."""
    found = _DAY.match(text)
    return "-".join(found.groups()) if found else ""
