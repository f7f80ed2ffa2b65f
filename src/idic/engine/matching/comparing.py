"""How far two values agree, by kind: an agreement level for each pair, and the rate of what they
agree on where that matters. No weights here: these are learned.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA, JaroWinkler

from idic.engine.matching.columns import Column, Floats, Ints, Values
from idic.engine.matching.schema import Kind
from idic.engine.table import Array

Levels = NDArray[np.int8]
Bools = NDArray[np.bool_]
MISSING, DIFFERENT = 0, 1
# The names of each kind's levels from MISSING on; the last agree most. Codes are the places.
LEVELS: Mapping[Kind, tuple[str, ...]] = {
    "name": ("missing", "different", "different_word", "similar", "some_words", "close",
             "one_word", "initials", "contained", "same_but_marks", "same", "same_with_marks"),
    "phone": ("missing", "different", "close", "same"),
    "code": ("missing", "different", "close", "same"),
    "email": ("missing", "different", "close", "same_local_part", "same"),
    "date": ("missing", "different", "same_year", "two_parts", "close", "same"),
    "address": ("missing", "different", "near", "same_street", "same_numbers", "close", "same"),
    "place": ("missing", "different", "some_words", "close", "same"),
    "postcode": ("missing", "different", "same_area", "close", "same"),
    "text": ("missing", "different", "some_words", "similar", "close", "same"),
}  # fmt: skip


@dataclass(frozen=True)
class Agreement:
    """One field's levels over pairs, and the log2 rate of what is agreed (0 where it has none).

    A level "has a rate" when chance agreement on it depends on the value: everybody is called
    Nguyen, few are called Rocha. The rate is that of the value a random record would have to hold.
    """

    levels: Levels
    log_rates: NDArray[np.float32]


def compare(column: Column, left: Ints, right: Ints) -> Agreement:
    """Compare one field of the records in rows `left` with those in rows `right`, in pairs."""
    one, other = column.codes[left], column.codes[right]
    count = len(column.values.key)
    if count * count * 4 <= len(one):
        # Few values, many pairs: compare each two values once.
        each = np.arange(count)
        table = _compare_values(column, np.repeat(each, count), np.tile(each, count))
        places = one * count + other
        return Agreement(table.levels[places], table.log_rates[places])
    return _compare_values(column, one, other)


def _compare_values(column: Column, one: Ints, other: Ints) -> Agreement:
    values = column.values
    levels = np.full(len(one), DIFFERENT, dtype=np.int8)
    levels[(one == 0) | (other == 0)] = MISSING
    rates = np.ones(len(one))
    is_same = (values.key[one] == values.key[other]) & (levels != MISSING)
    _COMPARERS[column.field.kind](values, one, other, is_same, levels, rates)
    return Agreement(levels, np.log2(rates).astype(np.float32))


def has_rate(kind: Kind) -> NDArray[np.bool_]:
    """Tell for each level of a kind whether its chance agreement depends on the value."""
    names = LEVELS[kind]
    return np.array([name not in _PLAIN_LEVELS for name in names])


# Names of more words are compared apart from the others.
_FEW_WORDS = 4
# Letters that two similar texts may not share; edits that are told apart.
_ALIKE_LETTERS, _MOST_SLIPS = 6, 2
_PLAIN_LEVELS = frozenset(
    {"missing", "different", "different_word", "similar", "same_year", "two_parts", "near"}
)


def _compare_names(
    values: Values, one: Ints, other: Ints, is_same: Bools, levels: Levels, rates: Floats
) -> None:
    level = LEVELS["name"].index
    _same_names(values, one, other, is_same, levels, rates)
    rest = np.flatnonzero((levels == DIFFERENT) & ~is_same)
    a, b = one[rest], other[rest]
    shared, count_a, count_b, product, with_initials = _shared_words(values, a, b, initials=True)
    fewer = np.minimum(count_a, count_b)
    # What a random record would have to be called: the shorter of the two, or rarer than its words.
    shorter = np.where(count_a <= count_b, values.key_rate[a], values.key_rate[b])
    chance = np.maximum(shorter, product / 4)
    found = np.full(len(rest), DIFFERENT, dtype=np.int8)
    rate = np.ones(len(rest))
    found[(shared == 0) & (fewer == 1)] = level("different_word")
    found[shared > 0] = level("some_words")
    rate[shared > 0] = product[shared > 0]
    is_whole = (with_initials == fewer) & (shared >= 1)
    for name, mask in (
        ("one_word", (shared == 1) & (fewer == 1)),
        ("initials", is_whole & (shared < fewer)),
        ("contained", (shared == fewer) & (fewer >= 2)),
    ):
        found[mask] = level(name)
        rate[mask] = chance[mask]
    left = np.flatnonzero(found <= level("some_words"))
    similarity = _similarity(values, a[left], b[left])
    slips = _slips(values, a[left], b[left])
    is_close = (similarity >= 0.94) | ((slips <= 1) & (similarity > 0.8))
    is_similar = (similarity >= 0.85) & (found[left] < level("similar"))
    found[left[is_similar]] = level("similar")
    close = left[is_close]
    found[close] = level("close")
    rate[close] = np.maximum(values.key_rate[a[close]], values.key_rate[b[close]])
    levels[rest], rates[rest] = found, rate


def _same_names(
    values: Values, one: Ints, other: Ints, is_same: Bools, levels: Levels, rates: Floats
) -> None:
    level = LEVELS["name"].index
    marked_a, marked_b = values.part[one], values.part[other]
    both = is_same & (marked_a != 0) & (marked_b != 0)
    levels[is_same] = level("same")
    levels[both] = level("same_but_marks")
    rates[is_same] = values.key_rate[one[is_same]]
    alike = both & (marked_a == marked_b)
    levels[alike] = level("same_with_marks")
    rates[alike] = values.part_rate[one[alike]]


def _shared_words(
    values: Values, a: Ints, b: Ints, *, initials: bool = False
) -> tuple[Ints, Ints, Ints, Floats, Ints]:
    """Count shared words, each side's words, the shared words' joint rate, and, where `initials`
    count, the words with them.
    """
    lengths = (values.words != 0).sum(axis=1)
    count_a, count_b = lengths[a], lengths[b]
    shared, with_initials = np.zeros(len(a), dtype=np.int64), np.zeros(len(a), dtype=np.int64)
    product = np.ones(len(a))
    longest = np.maximum(count_a, count_b)
    # Long ones apart: the work grows with the square of the words.
    for low, high in ((0, _FEW_WORDS), (_FEW_WORDS, values.words.shape[1])):
        rows = np.flatnonzero((longest > low) & (longest <= high))
        if len(rows):
            width = int(longest[rows].max())
            found = _share(values, a[rows], b[rows], width=width, initials=initials)
            shared[rows], product[rows], with_initials[rows] = found
    return shared, count_a, count_b, product, with_initials


def _share(
    values: Values, a: Ints, b: Ints, *, width: int, initials: bool
) -> tuple[Ints, Floats, Ints]:
    words_a, words_b = values.words[a, :width], values.words[b, :width]
    shared, product = np.zeros(len(a), dtype=np.int64), np.ones(len(a))
    is_used_a = np.zeros((len(a), width), dtype=bool)
    is_used_b = np.zeros((len(a), width), dtype=bool)
    for i in range(width):
        alike = (words_b == words_a[:, i, None]) & (words_a[:, i, None] != 0)
        rows, places = np.nonzero(alike)
        np.add.at(shared, rows, 1)
        is_used_a[rows, i] = is_used_b[rows, places] = True
        np.multiply.at(product, rows, values.word_rate[a[rows], i])
    if initials:
        return shared, product, shared + _initials(values, a, b, is_used_a, is_used_b)
    return shared, product, shared


def _initials(values: Values, a: Ints, b: Ints, is_used_a: Bools, is_used_b: Bools) -> Ints:
    """Count the words that an initial on the other side stands for."""
    width = is_used_a.shape[1]
    found = np.zeros(len(a), dtype=np.int64)
    has_initial = np.any(values.initials < 0, axis=1)
    rows = np.flatnonzero(has_initial[a] | has_initial[b])
    if not len(rows):
        return found
    one, other = values.initials[a[rows], :width], values.initials[b[rows], :width]
    for i in range(width):
        for j in range(width):
            alike = np.asarray(np.abs(one[:, i]) == np.abs(other[:, j])) & (one[:, i] != 0)
            alike &= (one[:, i] < 0) | (other[:, j] < 0)
            alike &= ~is_used_a[rows, i] & ~is_used_b[rows, j]
            is_used_a[rows[alike], i] = True
            is_used_b[rows[alike], j] = True
            found[rows] += alike
    return found


def _compare_identifiers(
    values: Values, one: Ints, other: Ints, is_same: Bools, levels: Levels, rates: Floats
) -> None:
    _mark_same(values.key_rate, one, is_same, levels, rates, 3)
    rest = np.flatnonzero(levels == DIFFERENT)
    slips = _slips(values, one[rest], other[rest])
    close = rest[slips <= 1]
    levels[close] = 2
    rates[close] = np.maximum(values.key_rate[one[close]], values.key_rate[other[close]])


def _compare_emails(
    values: Values, one: Ints, other: Ints, is_same: Bools, levels: Levels, rates: Floats
) -> None:
    _mark_same(values.key_rate, one, is_same, levels, rates, 4)
    alike = (levels == DIFFERENT) & (values.part[one] == values.part[other])
    levels[alike] = 3
    rates[alike] = values.part_rate[one[alike]]
    rest = np.flatnonzero(levels == DIFFERENT)
    slips = _slips(values, one[rest], other[rest])
    # Names make addresses: an.le and an_le, an80 and an81 are two people's. A slip is in a letter.
    close = rest[(slips <= 1) & (values.rest[one[rest]] == values.rest[other[rest]])]
    levels[close] = 2
    rates[close] = np.maximum(values.key_rate[one[close]], values.key_rate[other[close]])


def _compare_dates(
    values: Values, one: Ints, other: Ints, is_same: Bools, levels: Levels, rates: Floats
) -> None:
    _mark_same(values.key_rate, one, is_same, levels, rates, 5)
    rest = np.flatnonzero(levels == DIFFERENT)
    digits = _digits(values.text)
    a, b = digits[one[rest]], digits[other[rest]]
    parts = [
        (a[:, part] == b[:, part]).all(axis=1) for part in (slice(0, 4), slice(4, 6), slice(6, 8))
    ]
    is_swapped = (
        parts[0] & (a[:, 4:6] == b[:, 6:8]).all(axis=1) & (a[:, 6:8] == b[:, 4:6]).all(axis=1)
    )
    slips = _slips(values, one[rest], other[rest])
    found = np.full(len(rest), DIFFERENT, dtype=np.int8)
    found[parts[0]] = 2
    found[parts[0].astype(int) + parts[1] + parts[2] == 2] = 3
    close = (slips <= 1) | is_swapped
    found[close] = 4
    levels[rest] = found
    rates[rest[close]] = np.maximum(
        values.key_rate[one[rest[close]]], values.key_rate[other[rest[close]]]
    )


def _digits(texts: Array) -> NDArray[np.uint8]:
    joined = "".join(f"{text:8.8}" for text in texts.tolist())
    return np.frombuffer(joined.encode("ascii", "replace"), dtype=np.uint8).reshape(-1, 8)


def _compare_addresses(
    values: Values, one: Ints, other: Ints, is_same: Bools, levels: Levels, rates: Floats
) -> None:
    _mark_same(values.key_rate, one, is_same, levels, rates, 6)
    rest = np.flatnonzero(levels == DIFFERENT)
    a, b = one[rest], other[rest]
    similarity = _similarity(values, a, b)
    shared, count_a, count_b, _, _ = _shared_words(values, a, b)
    found = np.full(len(rest), DIFFERENT, dtype=np.int8)
    rate = np.ones(len(rest))
    is_some = (shared > 0) & (2 * shared >= np.minimum(count_a, count_b))
    is_all = (values.rest[a] == values.rest[b]) & (values.rest[a] != 0)
    same_numbers = (values.part[a] == values.part[b]) & (values.part[a] != 0)
    close = (_slips(values, a, b) <= 2) & (similarity >= 0.9)
    found[is_some] = 2
    found[is_all], rate[is_all] = 3, values.rest_rate[a[is_all]]
    found[same_numbers], rate[same_numbers] = 4, values.part_rate[a[same_numbers]]
    found[close] = 5
    rate[close] = np.maximum(values.key_rate[a[close]], values.key_rate[b[close]])
    levels[rest], rates[rest] = found, rate


def _compare_places(
    values: Values, one: Ints, other: Ints, is_same: Bools, levels: Levels, rates: Floats
) -> None:
    _mark_same(values.key_rate, one, is_same, levels, rates, 4)
    _compare_words(values, one, other, levels, rates, close=(3, 0.9), similar=None)


def _compare_texts(
    values: Values, one: Ints, other: Ints, is_same: Bools, levels: Levels, rates: Floats
) -> None:
    _mark_same(values.key_rate, one, is_same, levels, rates, 5)
    _compare_words(values, one, other, levels, rates, close=(4, 0.92), similar=(3, 0.8))


def _compare_words(
    values: Values, one: Ints, other: Ints, levels: Levels, rates: Floats,
    *, close: tuple[int, float], similar: tuple[int, float] | None,
) -> None:  # fmt: skip
    rest = np.flatnonzero(levels == DIFFERENT)
    a, b = one[rest], other[rest]
    shared, _, _, product, _ = _shared_words(values, a, b)
    similarity = _similarity(values, a, b)
    found = np.full(len(rest), DIFFERENT, dtype=np.int8)
    rate = np.ones(len(rest))
    found[shared > 0], rate[shared > 0] = 2, product[shared > 0]
    if similar:
        mask = (similarity >= similar[1]) & (shared == 0)
        found[mask] = similar[0]
    mask = (similarity >= close[1]) | (_slips(values, a, b) <= 1)
    found[mask] = close[0]
    rate[mask] = np.maximum(values.key_rate[a[mask]], values.key_rate[b[mask]])
    levels[rest], rates[rest] = found, rate


def _compare_postcodes(
    values: Values, one: Ints, other: Ints, is_same: Bools, levels: Levels, rates: Floats
) -> None:
    _mark_same(values.key_rate, one, is_same, levels, rates, 4)
    rest = np.flatnonzero(levels == DIFFERENT)
    a, b = one[rest], other[rest]
    found = np.full(len(rest), DIFFERENT, dtype=np.int8)
    rate = np.ones(len(rest))
    area = (values.part[a] == values.part[b]) & (values.part[a] != 0)
    found[area], rate[area] = 2, values.part_rate[a[area]]
    close = _slips(values, a, b) <= 1
    found[close] = 3
    rate[close] = np.maximum(values.key_rate[a[close]], values.key_rate[b[close]])
    levels[rest], rates[rest] = found, rate


def _mark_same(
    key_rate: Floats, one: Ints, is_same: Bools, levels: Levels, rates: Floats, level: int
) -> None:
    levels[is_same] = level
    rates[is_same] = key_rate[one[is_same]]


def _similarity(values: Values, a: Ints, b: Ints) -> Floats:
    """Jaro–Winkler similarity of texts in pairs (Winkler 1990); 0 where the letters differ much."""
    found = np.zeros(len(a))
    rows = np.flatnonzero(_letters_apart(values, a, b) <= _ALIKE_LETTERS)
    if len(rows):
        found[rows] = process.cpdist(
            values.text[a[rows]],
            values.text[b[rows]],
            scorer=JaroWinkler.normalized_similarity,
            dtype=np.float32,
            workers=1,
        )
    return found


def _slips(values: Values, a: Ints, b: Ints) -> Ints:
    """Count edits: a letter more, less or other, or two neighbors swapped; 3 is three or more."""
    found = np.full(len(a), _MOST_SLIPS + 1, dtype=np.int64)
    # One edit changes at most two letters of the text's set of letters.
    rows = np.flatnonzero(_letters_apart(values, a, b) <= 2 * _MOST_SLIPS)
    if len(rows):
        found[rows] = process.cpdist(
            values.text[a[rows]],
            values.text[b[rows]],
            scorer=OSA.distance,
            score_cutoff=_MOST_SLIPS,
            dtype=np.int32,
            workers=1,
        )
    return found


def _letters_apart(values: Values, a: Ints, b: Ints) -> NDArray[np.uint8]:
    apart: NDArray[np.uint8] = np.bitwise_count(values.letters[a] ^ values.letters[b])
    return apart


_COMPARERS: Mapping[Kind, Callable[[Values, Ints, Ints, Bools, Levels, Floats], None]] = {
    "name": _compare_names,
    "phone": _compare_identifiers,
    "code": _compare_identifiers,
    "email": _compare_emails,
    "date": _compare_dates,
    "address": _compare_addresses,
    "place": _compare_places,
    "postcode": _compare_postcodes,
    "text": _compare_texts,
}
