"""A table of records as what is compared: each field's distinct values with their hashes and words.

Everything here is done once for each distinct value, never for each pair; the same functions serve
a million records and a single one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from idic.engine.matching import addresses, contacts, dates, names
from idic.engine.matching.schema import Field, Kind, Schema
from idic.engine.matching.texts import fold, hash_text, plain
from idic.engine.table import Array, Source, Table

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
# The most words of a value that are compared one by one.
WORDS = 8
_LETTER_PLACES = {letter: at for at, letter in enumerate("abcdefghijklmnopqrstuvwxyz0123456789 ")}
_LETTERS = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class Values:
    """The distinct values of a field; place 0 is "missing" and holds zeros.

    `text` is compared by its letters; `key` is equal where two values are the same; `part` is what
    kinds see beside it (name: with its marks; email: before the @; date: the year; address: its
    numbers; postcode: its area) and `rest` what is left of it (email: digits and signs; address:
    its street); `words` are the words' hashes, 0 where there are no more, and
    `initials` the first letters, negative where the word is one letter; `letters` has a bit for
    each letter and digit of the text, which tells cheaply what cannot be alike.
    """

    text: Array
    letters: Ints
    key: Ints
    part: Ints
    rest: Ints
    words: Ints
    initials: Ints
    key_rate: Floats = field(default_factory=lambda: np.zeros(0))
    part_rate: Floats = field(default_factory=lambda: np.zeros(0))
    rest_rate: Floats = field(default_factory=lambda: np.zeros(0))
    word_rate: Floats = field(default_factory=lambda: np.zeros((0, WORDS)))


@dataclass(frozen=True)
class Column:
    """One field of every record: `codes[row]` is the place of the row's value, 0 when missing."""

    field: Field
    codes: Ints
    values: Values

    @property
    def is_empty(self) -> bool:
        """Whether no row has a value."""
        return len(self.values.key) == 1

    @property
    def key(self) -> Ints:
        """The identity of each row's value, 0 when missing."""
        return self.values.key[self.codes]

    @property
    def part(self) -> Ints:
        """What each row's kind sees beside its key, 0 when missing."""
        return self.values.part[self.codes]

    @property
    def words(self) -> Ints:
        """The hashes of each row's words, shape (rows, WORDS)."""
        return self.values.words[self.codes]


@dataclass(frozen=True)
class Records:
    """The records to match, column by column."""

    schema: Schema
    columns: Mapping[str, Column]
    count: int

    def with_values(self, values: Mapping[str, Values]) -> Records:
        """Return the same rows over other values, as when rates have been looked up."""
        columns = {name: replace(c, values=values[name]) for name, c in self.columns.items()}
        return replace(self, columns=columns)


def clean(schema: Schema, source: Source) -> Table:
    """Bring every field to one text column in its comparable spelling, None where there is none.

    In: the columns the schema names, as text. Out: a column a field. `read` takes it.

    >>> schema = Schema((Field("name", "name", ("first", "last")), Field("tel", "phone", ("tel",))))
    >>> table = {"first": ["AN", None], "last": ["Lê", None], "tel": ["+84 943 435 240", "1"]}
    >>> clean(schema, table).rows()
    [('an lê', '943435240'), (None, None)]
    """
    table = Table.read(source)
    return Table({held.name: _clean_field(held, table) for held in schema.fields})


def read(schema: Schema, cleaned: Source) -> Records:
    """Cut and hash cleaned columns, each distinct value once."""
    table = Table.read(cleaned)
    columns = {held.name: _column(held, table[held.name]) for held in schema.fields}
    return Records(schema, columns, len(table))


def clean_text(kind: Kind, text: str) -> str | None:
    """Bring one text to the comparable spelling of its kind, as `clean` does a column's."""
    return _CLEANERS[kind](text) or None


def _clean_field(held: Field, table: Table) -> Array:
    texts = _joined([table[name] for name in held.columns])
    known = {text: clean_text(held.kind, text) for text in set(texts) if text}
    cells = np.empty(len(texts), dtype=object)
    cells[:] = [known.get(text) if text else None for text in texts]
    return cells


def _joined(columns: Sequence[Array]) -> list[str | None]:
    lists = [[_text(cell) for cell in column.tolist()] for column in columns]
    if len(lists) == 1:
        return lists[0]
    return [" ".join(cell for cell in cells if cell) for cells in zip(*lists, strict=True)]


def _text(cell: object) -> str | None:
    if cell is None or isinstance(cell, str):
        return cell
    # A number read as a float has lost nothing but its look: 2119.0 is the postcode 2119.
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def _column(held: Field, cells: Array) -> Column:
    listed = cells.tolist()
    distinct = [None, *sorted(text for text in set(listed) if text)]
    places = {text: place for place, text in enumerate(distinct)}
    places[""] = 0
    codes = np.fromiter(map(places.__getitem__, listed), dtype=np.int64, count=len(listed))
    if len(distinct) == 1:
        return Column(held, codes, _no_values(held.kind))
    texts = ["", *(text for text in distinct if text)]
    return Column(held, codes, _VALUES[held.kind](texts))


@lru_cache
def _no_values(kind: Kind) -> Values:
    return _VALUES[kind]([""])


def _values(
    texts: Sequence[str],
    *,
    keys: Iterable[str],
    parts: Iterable[str] | None = None,
    rests: Iterable[str] | None = None,
    words: Iterable[tuple[str, ...]] = (),
) -> Values:
    held = np.empty(len(texts), dtype=object)
    held[:] = list(texts)
    hashes, initials = _word_arrays(list(words), count=len(texts))
    return Values(
        text=held,
        letters=np.fromiter(map(_letter_bits, texts), dtype=np.int64, count=len(texts)),
        key=_hashed(keys, len(texts)),
        part=_hashed(parts, len(texts)),
        rest=_hashed(rests, len(texts)),
        words=hashes,
        initials=initials,
    )


def _hashed(texts: Iterable[str] | None, count: int) -> Ints:
    if texts is None:
        return np.zeros(count, dtype=np.int64)
    listed = list(texts)
    known = {text: hash_text(text) for text in set(listed)}
    return np.fromiter(map(known.__getitem__, listed), dtype=np.int64, count=count)


@lru_cache(maxsize=100_000)
def _letter_bits(text: str) -> int:
    bits = 0
    for letter in set(text):
        # Letters and digits fall into 37 places, Han is spread over the others by its number.
        place = _LETTER_PLACES.get(letter)
        bits |= 1 << (37 + ord(letter) % 25 if place is None else place)
    return bits


def _word_arrays(words: list[tuple[str, ...]], *, count: int) -> tuple[Ints, Ints]:
    distinct = {word for held in words for word in held}
    hashes = {word: hash_text(word) for word in distinct}
    # A single letter is an initial; of a Han character that cannot be said.
    letters = {w: -ord(w) if len(w) == 1 and w.isascii() else ord(w[0]) for w in distinct}
    hashed = np.zeros((count, WORDS), dtype=np.int64)
    first = np.zeros((count, WORDS), dtype=np.int64)
    lengths = np.fromiter(
        (min(len(held), WORDS) for held in words), dtype=np.int64, count=len(words)
    )
    if not lengths.any():
        return hashed, first
    rows = np.repeat(np.arange(len(words)), lengths)
    places = np.arange(len(rows)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    flat = [word for held in words for word in held[:WORDS]]
    hashed[rows, places] = [hashes[word] for word in flat]
    first[rows, places] = [letters[word] for word in flat]
    return hashed, first


def _name_values(texts: Sequence[str]) -> Values:
    cut = [names.split_name(text) for text in texts]
    joined = [" ".join(name.words) for name in cut]
    return _values(
        joined, keys=joined, parts=(name.marked for name in cut), words=(name.words for name in cut)
    )


def _email_values(texts: Sequence[str]) -> Values:
    locals_ = (text.partition("@")[0] for text in texts)
    signs = (_LETTERS.sub("", text) for text in texts)
    return _values(texts, keys=texts, parts=locals_, rests=signs)


def _date_values(texts: Sequence[str]) -> Values:
    return _values(texts, keys=texts, parts=(text[:4] for text in texts))


def _address_values(texts: Sequence[str]) -> Values:
    cut = [addresses.split_address(text) for text in texts]
    numbers = (" ".join(address.numbers) for address in cut)
    streets = (" ".join(address.words) for address in cut)
    words = (address.words for address in cut)
    return _values(texts, keys=texts, parts=numbers, rests=streets, words=words)


def _postcode_values(texts: Sequence[str]) -> Values:
    areas = (text.split(" ")[0] if " " in text else text[:-1] for text in texts)
    return _values(texts, keys=texts, parts=areas)


def _plain_values(texts: Sequence[str]) -> Values:
    return _values(texts, keys=texts)


def _text_values(texts: Sequence[str]) -> Values:
    return _values(texts, keys=texts, words=(tuple(sorted(set(text.split()))) for text in texts))


def _clean_text(text: str) -> str:
    return fold(plain(text))


_CLEANERS: Mapping[Kind, Callable[[str], str]] = {
    "name": names.clean_name,
    "phone": contacts.clean_phone,
    "email": contacts.clean_email,
    "date": dates.clean_date,
    "address": addresses.clean_address,
    "place": addresses.clean_place,
    "postcode": addresses.clean_postcode,
    "code": contacts.clean_code,
    "text": _clean_text,
}
_VALUES: Mapping[Kind, Callable[[Sequence[str]], Values]] = {
    "name": _name_values,
    "phone": _plain_values,
    "email": _email_values,
    "date": _date_values,
    "address": _address_values,
    "place": _text_values,
    "postcode": _postcode_values,
    "code": _plain_values,
    "text": _text_values,
}
