"""Names as the word index keeps them: folded words, words as written, pinyin. Pure functions.

Two marks set words apart: `=hoa` was written exactly so (it ranks first when typed so), `~giao`
stands in a note (it ranks last).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise

from idic.core import text

EXACT = "="
NOTE = "~"
_WORD = re.compile(r"[^\W_]+", re.UNICODE)


def name_tokens(name: str) -> set[str]:
    """Give every word under which a name may be found."""
    return {*text.words(name), *exact_tokens(name), *_pinyin_tokens(name)}


def exact_tokens(written: str) -> list[str]:
    """Give the words as written but for case; Han in overlapping pairs, so that order counts."""
    found = []
    for word in as_written(written):
        found += [EXACT + part for part in _pairs(word)]
    return found


def as_written(written: str) -> list[str]:
    """Split into lower-case words with their marks, each composed in the one usual way."""
    return _WORD.findall(
        unicodedata.normalize("NFC", unicodedata.normalize("NFKC", written).lower())
    )


def _pairs(word: str) -> Iterable[str]:
    if len(word) > 1 and any(text.is_han(c) for c in word):
        return (a + b for a, b in pairwise(word))
    return (word,)


def note_tokens(note: str) -> set[str]:
    """Give the words of a note."""
    return {NOTE + word for word in text.words(note)}


def _pinyin_tokens(name: str) -> set[str]:
    han = "".join(c for c in name if text.is_han(c))
    return set(_han_tokens(han)) if han else set()


@lru_cache(maxsize=50_000)
def _han_tokens(han: str) -> tuple[str, ...]:
    """Give the pinyin of a name for each reading its family name may have (曾: zeng, ceng)."""
    from pypinyin import Style, pinyin  # its dictionary: a fifth of a second, for Han only

    family, *given = (r for r in pinyin(han, style=Style.NORMAL, heteronym=True))
    syllables = text.pinyin(han)[: len(han)]
    rest = syllables[1:] if given else []
    found = set(text.pinyin(han)) | {"".join(rest)}
    for first in family:
        reading = [first, *rest]
        initials = "".join(s[0] for s in reading)
        found |= {first, "".join(reading), initials, first + initials[1:]}
    return tuple(text.fold(token) for token in found if token)
