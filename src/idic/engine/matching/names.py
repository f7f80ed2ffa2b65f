"""A person's name for comparison: order-free words without ways of address, Han read as pinyin.

Written for Vietnamese, Chinese and English names, mixed in one column.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from idic.engine.matching.texts import fold, has_han, plain, words

# The most words of a name that are compared one by one; the rest is dropped from the end.
MAX_WORDS = 8
_TITLES = frozenset(
    "mr mrs ms miss mx dr prof mister madam sir mme anh chi em co chu bac ong ba thay".split()
)
# Ways of address that are given names, too: taken off only before one of these family names.
_VIETNAMESE_TITLES = frozenset("anh chi em co chu bac ong ba thay".split())
_VIETNAMESE_FAMILIES = frozenset(
    "nguyen tran le pham phan hoang huynh vu vo truong bui do dang ngo ho duong dinh ly dao doan "
    "lam mai trinh to cao luu luong ta ha chau tong quach thai la kieu nghiem vuong tang tu".split()
)
_HAN_TITLE = re.compile(r"(先生|女士|小姐|太太|老师|同学|经理|老板|阿姨|叔叔)$")
_COMPOUND = frozenset(
    "欧阳 司马 上官 诸葛 东方 皇甫 尉迟 公孙 慕容 令狐 宇文 长孙 司徒 司空 夏侯 端木 "
    "轩辕 南宫 独孤".split()
)
_NOT_HAN = re.compile(r"[^\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")


class Name(NamedTuple):
    """A name cut for comparison.

    `words`: folded, sorted, each once; `marked`: the words with their marks, or the Han, sorted and
    joined; empty where the name was written without any.
    """

    words: tuple[str, ...]
    marked: str


def clean_name(text: str) -> str:
    """Lower a name and take ways of address and punctuation off; marks, Han and order stay.

    >>> clean_name("Mr Nguyễn Thị  MAI"), clean_name("Anh Dương Ngọc Nam"), clean_name("Anh Vũ")
    ('nguyễn thị mai', 'dương ngọc nam', 'anh vũ')
    >>> clean_name("Smith, Glenn"), clean_name("O'Brien, J."), clean_name("万桂 香女士")
    ('smith glenn', 'obrien j', '万桂香')
    """
    low = plain(text)
    if has_han(low):
        return _HAN_TITLE.sub("", _NOT_HAN.sub("", low)) or low
    parts = words(low.replace("'", "").replace("’", ""))
    while len(parts) > 1 and _is_title(parts):
        parts = parts[1:]
    return " ".join(parts)


def _is_title(parts: list[str]) -> bool:
    first = fold(parts[0])
    if first in _VIETNAMESE_TITLES:
        return len(parts) > 2 and fold(parts[1]) in _VIETNAMESE_FAMILIES
    return first in _TITLES


def split_name(cleaned: str) -> Name:
    """Cut a cleaned name into what is compared.

    >>> split_name("nguyễn đức an")
    Name(words=('an', 'duc', 'nguyen'), marked='an nguyễn đức')
    >>> split_name("欧阳小明"), split_name("xiaoming ouyang").words
    (Name(words=('ouyang', 'xiaoming'), marked='欧阳小明'), ('ouyang', 'xiaoming'))
    """
    if has_han(cleaned):
        return Name(_read_han(cleaned), cleaned)
    parts = cleaned.split()
    folded = tuple(sorted({fold(part) for part in parts[:MAX_WORDS]}))
    return Name(folded, "" if cleaned.isascii() else " ".join(sorted(parts)))


def _read_han(name: str) -> tuple[str, ...]:
    """Read a Chinese name as family name and given name, as people write them in pinyin."""
    family = name[:2] if name[:2] in _COMPOUND and len(name) > 2 else name[:1]
    given = name[len(family) :]
    read = {_pinyin(family), _pinyin(given)} - {""}
    return tuple(sorted(read))


def _pinyin(text: str) -> str:
    return "".join(_syllable(character) for character in text)


@lru_cache(maxsize=30_000)
def _syllable(character: str) -> str:
    from pypinyin import lazy_pinyin  # its dictionary: a fifth of a second, for Han only

    return fold(lazy_pinyin(character)[0])
