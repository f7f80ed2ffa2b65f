"""Reading amounts and quantities: the decimal mark is decided once a column, from its values;
"1tr2", "350k" and "3万" are read as people write them. Exact decimals throughout.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

_SIGNS = re.compile(
    r"(?:vnd|vnđ|đồng|dong|cny|rmb|usd|gbp|eur|hkd|twd|jpy|us\$|hk\$|nt\$|元|圆|块|円|[₫đ¥￥$£€])",
    re.IGNORECASE,
)
_SPACES = re.compile(r"[\s'’_]+")
_SHAPE = re.compile(r"\d[\d.,]*")
_WITH_UNIT = re.compile(
    r"(?P<number>\d[\d.,]*)(?P<unit>triệu|trieu|tr|nghìn|nghin|ngàn|ngan|tỷ|tỉ|ty|ti|k|m|bn|万|萬|千|百|亿|億)(?P<rest>\d{1,3})?"
)
_UNITS = {
    "k": 10**3,
    "nghìn": 10**3,
    "nghin": 10**3,
    "ngàn": 10**3,
    "ngan": 10**3,
    "千": 10**3,
    "百": 10**2,
    "tr": 10**6,
    "triệu": 10**6,
    "trieu": 10**6,
    "m": 10**6,
    "tỷ": 10**9,
    "tỉ": 10**9,
    "ty": 10**9,
    "ti": 10**9,
    "bn": 10**9,
    "万": 10**4,
    "萬": 10**4,
    "亿": 10**8,
    "億": 10**8,
}
_QUANTITY = re.compile(r"(?P<number>-?\(?\d[\d.,\s]*\)?)\s*[^\d.,]*")


def decide_decimal_mark(values: Iterable[str], *, has_cents: bool = True) -> str:
    """Decide between "." and "," from the values of a column. `has_cents` says whether its
    currency has decimals: "350.000" alone is 350 thousand in ₫ and 350 in £.
    """
    votes = {".": 0, ",": 0}
    doubtful = {".": 0, ",": 0}
    for value in values:
        found = _SHAPE.search(_strip(value))
        if found:
            _vote(found.group().rstrip(".,"), votes, doubtful)
    if votes["."] != votes[","]:
        return max(votes, key=lambda mark: votes[mark])
    if doubtful["."] and not has_cents:
        return ","
    return "."


def _vote(shape: str, votes: dict[str, int], doubtful: dict[str, int]) -> None:
    dots, commas = shape.count("."), shape.count(",")
    if dots and commas:
        votes[max(".,", key=shape.rfind)] += 1
    elif dots > 1 or commas > 1:
        votes["," if dots else "."] += 1
    elif dots or commas:
        mark = "." if dots else ","
        whole, _, after = shape.partition(mark)
        if len(after) != 3 or whole in {"", "0"} or len(whole) > 3:
            votes[mark] += 1
        else:
            doubtful[mark] += 1


def parse_amount(text: str, *, mark: str) -> Decimal | None:
    """Read an amount of money; None when it is none. Brackets and a minus on either end negate."""
    plain = _strip(text)
    negative, plain = _sign(plain)
    if not plain:
        return None
    unit = _WITH_UNIT.fullmatch(plain)
    value = _with_unit(unit, mark) if unit else _plain(plain, mark)
    if value is None:
        return None
    return -value if negative else value


def parse_quantity(text: str, *, mark: str) -> Decimal | None:
    """Read a quantity; a unit after it ("2 kg", "3 cái") is left aside."""
    found = _QUANTITY.fullmatch(unicodedata.normalize("NFKC", text).strip().replace("−", "-"))
    return parse_amount(found["number"], mark=mark) if found else None


def parse_percent(text: str, *, mark: str) -> Decimal | None:
    """Read "10%" as 0.10; None when there is no percent sign."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if not plain.endswith("%"):
        return None
    value = parse_amount(plain[:-1], mark=mark)
    return None if value is None else value / 100


def _strip(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).lower().replace("−", "-")
    return _SPACES.sub("", _SIGNS.sub("", plain))


def _sign(plain: str) -> tuple[bool, str]:
    if plain.startswith("(") and plain.endswith(")"):
        return True, plain[1:-1]
    if plain.startswith("-") or plain.endswith("-"):
        return True, plain.strip("-")
    return False, plain.removeprefix("+")


def _with_unit(found: re.Match[str], mark: str) -> Decimal | None:
    """Read 1tr2 (1.2 million), 1.5tr, 350k. Before a unit a single mark is a decimal one."""
    number, rest = found["number"], found["rest"]
    if re.fullmatch(r"\d+[.,]\d{1,2}", number):
        mark = "," if "," in number else "."
    value = _plain(number, mark)
    if value is None:
        return None
    size = _UNITS[found["unit"]]
    return value * size + (Decimal(f"0.{rest}") * size if rest else 0)


def _plain(text: str, mark: str) -> Decimal | None:
    thousands = "," if mark == "." else "."
    whole, _, fraction = text.partition(mark)
    if not _is_grouped(whole, thousands):
        return None
    try:
        return Decimal(f"{whole.replace(thousands, '') or '0'}.{fraction or '0'}").normalize() + 0
    except InvalidOperation:
        return None


def _is_grouped(whole: str, thousands: str) -> bool:
    groups = whole.split(thousands)
    if not all(group.isdigit() for group in groups if group or len(groups) > 1):
        return False
    # Groups of three; of two as well, as in India's 1,00,000.
    return all(len(group) in (2, 3) for group in groups[1:]) and (
        len(groups) == 1 or len(groups[-1]) == 3
    )
