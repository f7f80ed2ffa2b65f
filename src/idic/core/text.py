"""Text as people search it: folded, without marks, Han with its pinyin beside it."""

from __future__ import annotations

import re
import unicodedata

_D = str.maketrans({"đ": "d", "Đ": "d", "ð": "d"})
_WORD = re.compile(r"[^\W_]+", re.UNICODE)


def fold(text: str) -> str:
    """Fold for comparison: NFKC, lower case, no marks, đ as d. `fold("Đặng")` → `dang`."""
    lowered = unicodedata.normalize("NFKC", text).casefold().translate(_D)
    decomposed = unicodedata.normalize("NFD", lowered)
    return unicodedata.normalize("NFC", "".join(c for c in decomposed if not _is_mark(c)))


def _is_mark(character: str) -> bool:
    return unicodedata.category(character) == "Mn"


def is_han(character: str) -> bool:
    """Tell whether a character is Chinese script."""
    return "\u4e00" <= character <= "\u9fff" or "\u3400" <= character <= "\u4dbf"


def words(text: str) -> list[str]:
    """Split folded text into words, each Han character a word of its own."""
    found: list[str] = []
    for word in _WORD.findall(fold(text)):
        found.extend(_split_han(word))
    return found


def _split_han(word: str) -> list[str]:
    parts: list[str] = []
    run = ""
    for character in word:
        if is_han(character):
            if run:
                parts.append(run)
            parts.append(character)
            run = ""
        else:
            run += character
    return [*parts, run] if run else parts


def pinyin(text: str) -> list[str]:
    """Give what people type for Han: `王小明` → wang, xiao, ming, wangxiaoming, wxm, wangxm."""
    han = "".join(c for c in text if is_han(c))
    if not han:
        return []
    from pypinyin import lazy_pinyin  # its dictionary: a fifth of a second, for Han only

    syllables = lazy_pinyin(han)
    initials = "".join(s[0] for s in syllables)
    first_full = syllables[0] + initials[1:]
    return [*syllables, "".join(syllables), initials, first_full]


def digits(text: str) -> str:
    """Keep the digits of a phone or a card."""
    return "".join(c for c in text if c.isdecimal())
