"""How any text becomes comparable: folded, cut into words, hashed to 64 bits. One value at a time.

What only a name, a phone number, an address or a date needs is in the modules beside this one.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from hashlib import blake2b

_MARKS = re.compile(r"[\u0300-\u036f]")
_WORD = re.compile(r"[^\W_]+")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
# What no decomposition takes apart.
_LETTERS = str.maketrans(
    {"đ": "d", "ð": "d", "ø": "o", "ł": "l", "ı": "i", "ħ": "h", "æ": "ae", "œ": "oe", "þ": "th"}
)
# The commonest traditional characters of names, streets and places.
_SIMPLIFIED = str.maketrans(
    "號東張陳劉黃楊趙吳孫馬葉蘇盧鍾譚陸鄭謝許鄧馮蕭潘蔣賈韋閻龍賀顧龔萬錢湯鄒湖樓棟樹華麗國強偉軍濤傑鵬飛"
    "燕蘭紅鳳霞雲曉藝瑩賢學會義儀區縣鄉鎮園廣臺灣門開關陽陰雙慶寶貴財業長豐營",
    "号东张陈刘黄杨赵吴孙马叶苏卢钟谭陆郑谢许邓冯萧潘蒋贾韦阎龙贺顾龚万钱汤邹湖楼栋树华丽国强伟军涛杰鹏飞"
    "燕兰红凤霞云晓艺莹贤学会义仪区县乡镇园广台湾门开关阳阴双庆宝贵财业长丰营",
)


def plain(text: str) -> str:
    """Lower a text and its widths, and put traditional Han into simplified; marks stay.

    >>> plain("  ＮGUYỄN  Đức ")
    'nguyễn đức'
    >>> plain("北京路149號")
    '北京路149号'
    """
    lowered = unicodedata.normalize("NFKC", text).casefold()
    if lowered.isascii():
        return " ".join(lowered.split())
    return " ".join(lowered.translate(_SIMPLIFIED).split())


def fold(text: str) -> str:
    """Take the marks off a plain text, đ as d.

    >>> fold("nguyễn đức")
    'nguyen duc'
    """
    if text.isascii():
        return text
    bare = _MARKS.sub("", unicodedata.normalize("NFD", text))
    return unicodedata.normalize("NFC", bare).translate(_LETTERS)


def words(text: str) -> list[str]:
    """Cut a plain text into runs of letters and digits.

    >>> words("flat 24, 215 high st.")
    ['flat', '24', '215', 'high', 'st']
    """
    return _WORD.findall(text)


def has_han(text: str) -> bool:
    """Tell whether a text holds a Chinese character."""
    return not text.isascii() and _HAN.search(text) is not None


@lru_cache(maxsize=50_000)
def hash_text(text: str) -> int:
    """Give a text's 64 bits as a signed whole number, the same on every machine; 0 for no text.

    Signed, because the databases that keep blocking keys have no unsigned integers.

    >>> hash_text("")
    0
    >>> hash_text("nguyen duc") == hash_text("nguyen duc") != hash_text("duc nguyen")
    True
    """
    if not text:
        return 0
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little", signed=True)
