"""Cleaning of one name in Vietnamese, Chinese or a Latin script: ways of address taken off and
kept, notes and numbers set beside, capitals. Gender is never guessed. How a name is shown is
`identify.names`' work.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from idic.core.text import fold, is_han, pinyin, words
from idic.identify.importing.values.cells import clean, is_walk_in

from .findings import Cleaned, Problem
from .writing import tidy

COMPOUND_SURNAMES = frozenset(
    "欧阳 歐陽 上官 司马 司馬 诸葛 諸葛 司徒 东方 東方 皇甫 尉迟 尉遲 公孙 公孫 令狐 慕容 夏侯 "
    "独孤 南宫 长孙 宇文 端木 轩辕 东郭 西门 百里 呼延 申屠 太史 闻人 澹台 公冶 钟离 濮阳 淳于 "
    "单于 赫连 拓跋 万俟 仲孙 亓官 司寇 子车 颛孙 巫马 公西 漆雕 乐正 壤驷 公良 夹谷 宰父 谷梁 "
    "段干 东门 南门 左丘 梁丘 第五".split()
)
_SURNAMES = frozenset(
    "王李张劉刘陈陳杨楊黄黃赵趙吴吳周徐孙孫马馬朱胡郭何高林罗羅郑鄭梁谢謝宋唐许許韩韓冯馮邓鄧曹彭曾肖"
    "萧蕭田董袁潘于蒋蔣蔡余杜叶葉程苏蘇魏吕呂丁任沈姚卢盧姜崔钟鍾谭譚陆陸汪范金石廖贾賈夏韦韋付方白邹鄒"
    "孟熊秦邱江尹薛闫阎閻段雷侯龙龍史陶黎贺賀顾顧毛郝龚龔邵万萬钱錢严嚴覃武戴莫孔向汤湯温溫康施文牛樊葛"
    "邢安齐齊易乔喬伍庞龐颜顏倪庄莊聂聶章鲁魯岳翟殷詹申欧歐耿关關兰蘭焦俞左柳甘祝包宁寧尚符舒阮柯纪紀梅"
    "童凌毕畢单單季裴霍涂成苗谷盛曲翁冉骆駱蓝藍路游辛靳欧管柴蒙鲍鮑华華喻祁蒲房滕屈饶饒解牟艾尤阳時时穆"
    "农司卓古吉缪繆简簡车車项項连連芦蘆麦麥褚娄婁窦竇戚岑景党宫宮费費卜冷晏席卫衛米柏宗瞿桂全佟应應臧闵"
    "苟邬鄔边邊卞姬师師和仇栾欒隋商刁沙荣榮巫寇桑郎甄丛叢仲虞敖巩鞏明佘池查麻苑迟遲邝鄺"
)
_FAMILY_NAMES = frozenset(
    "nguyen tran le pham hoang huynh phan vu vo dang bui do ho ngo duong ly dinh trinh mai dao cao "
    "doan lam truong luu ha ton quach tang thai chau kieu vuong nghiem la luong to ta".split()
)

# Before a name, folded and without dots → as it is written. "anh/chị" says no gender either.
_BEFORE = {
    "anh/chi": "anh/chị",
    "a/c": "anh/chị",
    "anh chi": "anh/chị",
    "chi": "chị",
    "anh": "anh",
    "co": "cô",
    "chu": "chú",
    "bac": "bác",
    "ong": "ông",
    "ba": "bà",
    "em": "em",
    "cu": "cụ",
    "di": "dì",
    "cau": "cậu",
    "thay": "thầy",
    "quy khach": "quý khách",
    "mr": "Mr",
    "mrs": "Mrs",
    "ms": "Ms",
    "miss": "Miss",
    "mx": "Mx",
    "dr": "Dr",
    "prof": "Prof",
    "bs": "BS",
    "ths": "ThS",
    "gs": "GS",
    "pgs": "PGS",
}
# Written without its marks these are ordinary names too ("Ba", "Co", "Di", "Thay", "Em").
_MARKED_ONLY = frozenset({"co", "ba", "di", "cu", "cau", "chu", "bac", "thay", "ong"})
_CUSTOMER_WORDS = ("khach hang", "khach", "kh", "k/h", "customer", "cust", "客户")
_CUSTOMER_LETTERS = frozenset("kKcC客")
_AFTER_LONG = tuple(
    "先生 女士 小姐 太太 老师 老師 经理 經理 老板 师傅 師傅 "
    "医生 醫生 教授 主任 阿姨 叔叔 同学 律师 律師".split()
)
_AFTER_SHORT = ("总", "總", "姐", "哥", "董", "工")

_BRACKETS = re.compile(r"\s*[(\[（【][^()\[\]（）【】]*[)\]）】]\s*")
_NUMBER = re.compile(r"\+?\d[\d\s.-]{7,}\d")
_CODE = re.compile(r"^(?:[A-Z]{2}\d{3,}|\d{4,})\s*[-_:]\s*")
_EDGES = ' \t,.;:-_/\\|*#~+="“”‘’`'
_COMMA = re.compile(
    r"(?P<family>[^\W\d_]+(?:[-' ][^\W\d_]+)?)\s*,\s*(?P<given>[^\W\d_]+(?:[-' ][^\W\d_]+)*)"
)


def clean_name(text: str) -> Cleaned:
    """Clean a name. A way of address that was taken off is in `also`."""
    given = _tidy(text)
    if not given:
        return Cleaned(value="")
    if is_walk_in(given):
        return Cleaned(value="", problem=Problem.NAME_WALK_IN)
    name, steps, also = given, list[tuple[Problem, float]](), dict[str, str]()
    while True:  # "Chị Lan (Q7) 0912…": what stands behind one thing may be another
        before = name
        name = _take_notes(name, steps)
        name = _take_salutation(name, steps, also)
        name = _turn_round(name, steps)
        name = _set_capitals(name, steps)
        if name == before:
            break
    if name == given:
        is_untidy = given != clean(text)
        return Cleaned(value=given, problem=Problem.NAME_WRITTEN if is_untidy else None)
    confidence = min(sure for _problem, sure in steps)
    return Cleaned(
        value=given, problem=steps[0][0], proposal=name, confidence=confidence, also=also
    )


def _tidy(text: str) -> str:
    return tidy(text, edges=_EDGES, is_compatible=False)


def _take_notes(name: str, steps: list[tuple[Problem, float]]) -> str:
    bare = _CODE.sub("", name)
    bare = _BRACKETS.sub(" ", bare)
    bare = _NUMBER.sub(" ", bare)
    return _accept(name, bare, Problem.NAME_NOTE, 0.8, steps)


def _take_salutation(name: str, steps: list[tuple[Problem, float]], also: dict[str, str]) -> str:
    rest, said, sure = split_salutation(name)
    if name.isupper() and rest != name and " " not in rest and not is_han(rest[0]):
        rest = _capital(rest)  # CHỊ TÚ: alone, TÚ might be an abbreviation
    kept = _accept(name, rest, Problem.NAME_SALUTATION, sure, steps)
    if kept != name and said:
        also.setdefault("salutation", said)
    return kept


def _accept(
    name: str, bare: str, problem: Problem, sure: float, steps: list[tuple[Problem, float]]
) -> str:
    """Take the barer name, unless nothing that could be one is left."""
    bare = _tidy(bare)
    if bare == name or not any(c.isalpha() for c in bare) or is_walk_in(bare):
        return name
    steps.append((problem, sure))
    return bare


def split_salutation(name: str) -> tuple[str, str, float]:
    """Give a name without its way of address, that way of address, and how sure that is."""
    if name and is_han(name[0]):
        return _split_chinese(name)
    rest = _without_customer_word(name)
    for count in (2, 1):
        parts = rest.split(maxsplit=count)
        if len(parts) <= count:
            continue
        head = " ".join(parts[:count]).rstrip(".:")
        key = _key_of(head)
        if key in _BEFORE and _is_salutation(head, key, parts[count]):
            return parts[count], _BEFORE[key], _sureness(head, key, parts[count])
    return rest, "", 0.8


@lru_cache(maxsize=20_000)  # names begin with few words
def _key_of(head: str) -> str:
    return fold(head).replace(".", "")


def _is_salutation(head: str, key: str, rest: str) -> bool:
    if key in _MARKED_ONLY and head.isascii():
        return False
    if fold(head) == "ba" and unicodedata.normalize("NFC", head).lower() != "bà":
        return False  # Bá is a name
    return not (key in {"anh", "chi"} and head.isascii() and _ends_in_family(rest))


def _ends_in_family(rest: str) -> bool:
    """Tell whether what follows "Anh" or "Chi" makes it a given name, of somebody who writes the
    family name last: "Anh Nguyễn", "Anh Thị Đặng"; "Anh Đặng Minh" is no such name.
    """
    words = fold(rest).split()
    begins_in_family = len(words) > 1 and words[0] in _FAMILY_NAMES
    return words[-1] in _FAMILY_NAMES and not begins_in_family


def _sureness(head: str, key: str, rest: str) -> float:
    if key == "anh" and (" " not in rest or fold(rest.split()[-1]) in _FAMILY_NAMES):
        return 0.6  # Anh Thư may be a given name and nothing else, Anh An Mai family name last
    return 0.9 if head.lower() == _BEFORE[key].lower() else 0.7


def _without_customer_word(name: str) -> str:
    if name[:1] not in _CUSTOMER_LETTERS:
        return name
    folded = fold(name)
    for word in _CUSTOMER_WORDS:
        if len(folded) == len(name) and folded.startswith((f"{word} ", f"{word}:", f"{word}.")):
            return name[len(word) + 1 :].strip(_EDGES)
    return name


def _split_chinese(name: str) -> tuple[str, str, float]:
    for title in _AFTER_LONG:
        rest = name.removesuffix(title).strip()
        if rest != name and 1 <= len(rest) <= 4 and all(is_han(c) for c in rest):
            return rest, title, 0.9
    for title in _AFTER_SHORT:
        rest = name.removesuffix(title).strip()
        if rest != name and is_surname(rest):
            return rest, title, 0.9 if title in "总總" else 0.7
    return name, "", 0.9


def is_surname(text: str) -> bool:
    """Tell whether Han text is a family name and nothing else."""
    return text in COMPOUND_SURNAMES or (len(text) == 1 and text in _SURNAMES)


def _turn_round(name: str, steps: list[tuple[Problem, float]]) -> str:
    """Turn "Williams, Candice" round; a Vietnamese or Chinese name is written family first."""
    found = _COMMA.fullmatch(name)
    if not found:
        return name
    family_first = fold(found["family"]) in _FAMILY_NAMES or not name.isascii()
    first, last = ("family", "given") if family_first else ("given", "family")
    return _accept(name, f"{found[first]} {found[last]}", Problem.NAME_ORDER, 0.8, steps)


def _set_capitals(name: str, steps: list[tuple[Problem, float]]) -> str:
    """Write "NGUYỄN VĂN AN" and "nguyễn văn an" as a name; a single word may be an abbreviation."""
    letters = [c for c in name if c.isalpha() and not is_han(c)]
    parts = name.split()
    is_one_case = name.upper() == name or name.lower() == name
    if len(letters) < 4 or len(parts) < 2 or not is_one_case or any(c.isdigit() for c in name):
        return name
    if not all(part.replace("-", "").replace("'", "").isalpha() for part in parts):
        return name
    written = " ".join(_capital(part) for part in parts)
    return _accept(name, written, Problem.NAME_CAPITALS, 0.9, steps)


def _capital(word: str) -> str:
    # str.title() would write Đ'or; names join with a hyphen only.
    return "-".join(part[:1].upper() + part[1:].lower() for part in word.split("-"))


def name_tokens(text: str) -> frozenset[str]:
    """Give the words of a name by which two ways of writing it compare: folded, in no order,
    without a way of address; Han with its pinyin beside.
    """
    name = clean_name(text).best
    found = set(words(name))
    if han := "".join(c for c in name if is_han(c)):
        found |= {han, *(fold(syllable) for syllable in pinyin(han)[: len(han)])}
    return frozenset(found)


def split_chinese_name(name: str) -> tuple[str, str]:
    """Split a Chinese name into family and given name; two characters may be the family's."""
    plain = "".join(name.split())
    for size in (2, 1):
        family = plain[:size]
        if len(plain) > size and is_surname(family):
            return family, plain[size:]
    return (plain, "") if is_surname(plain) else ("", plain)


def call_name(*, full_name: str, salutation: str = "") -> str:
    """Say how somebody is called: "chị Hương", 王总, "Mr Brown". Without a recorded way of address
    the name stands alone: none is guessed.
    """
    name, said, _sure = split_salutation(_tidy(full_name))
    title = salutation.strip() or said
    if not name:
        return title
    if not title:
        return name
    if is_han(name[0]):
        family, _given = split_chinese_name(name)
        return f"{family or name}{title}"
    return f"{title} {name.split()[-1]}"
