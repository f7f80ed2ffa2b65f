"""The provinces of Vietnam before and after 1 July 2025 (Resolution 202/2025/QH15): 63 became 34,
so that an old name finds its new one and sums by region go on across the day.
"""

from __future__ import annotations

import re
from datetime import date
from functools import cache, lru_cache

from idic.core.text import fold

CHANGED_ON = date(2025, 7, 1)

# The new province, and the old ones it was made of.
_MADE_OF = {
    "An Giang": ("An Giang", "Kiên Giang"),
    "Bắc Ninh": ("Bắc Ninh", "Bắc Giang"),
    "Cà Mau": ("Cà Mau", "Bạc Liêu"),
    "Cao Bằng": ("Cao Bằng",),
    "Cần Thơ": ("Cần Thơ", "Hậu Giang", "Sóc Trăng"),
    "Đà Nẵng": ("Đà Nẵng", "Quảng Nam"),
    "Đắk Lắk": ("Đắk Lắk", "Phú Yên"),
    "Điện Biên": ("Điện Biên",),
    "Đồng Nai": ("Đồng Nai", "Bình Phước"),
    "Đồng Tháp": ("Đồng Tháp", "Tiền Giang"),
    "Gia Lai": ("Gia Lai", "Bình Định"),
    "Hà Nội": ("Hà Nội",),
    "Hà Tĩnh": ("Hà Tĩnh",),
    "Hải Phòng": ("Hải Phòng", "Hải Dương"),
    "Huế": ("Thừa Thiên Huế",),
    "Hưng Yên": ("Hưng Yên", "Thái Bình"),
    "Khánh Hòa": ("Khánh Hòa", "Ninh Thuận"),
    "Lai Châu": ("Lai Châu",),
    "Lạng Sơn": ("Lạng Sơn",),
    "Lào Cai": ("Lào Cai", "Yên Bái"),
    "Lâm Đồng": ("Lâm Đồng", "Bình Thuận", "Đắk Nông"),
    "Nghệ An": ("Nghệ An",),
    "Ninh Bình": ("Ninh Bình", "Hà Nam", "Nam Định"),
    "Phú Thọ": ("Phú Thọ", "Hòa Bình", "Vĩnh Phúc"),
    "Quảng Ngãi": ("Quảng Ngãi", "Kon Tum"),
    "Quảng Ninh": ("Quảng Ninh",),
    "Quảng Trị": ("Quảng Trị", "Quảng Bình"),
    "Sơn La": ("Sơn La",),
    "Tây Ninh": ("Tây Ninh", "Long An"),
    "Thái Nguyên": ("Thái Nguyên", "Bắc Kạn"),
    "Thanh Hóa": ("Thanh Hóa",),
    "TP. Hồ Chí Minh": ("TP. Hồ Chí Minh", "Bình Dương", "Bà Rịa - Vũng Tàu"),
    "Tuyên Quang": ("Tuyên Quang", "Hà Giang"),
    "Vĩnh Long": ("Vĩnh Long", "Bến Tre", "Trà Vinh"),
}
NEW_OF = {old: new for new, olds in _MADE_OF.items() for old in olds}
# Where a new province has a name no old one had.
_RENAMED = {"Huế": "Thừa Thiên Huế"}
_ALSO_WRITTEN = {
    "TP. Hồ Chí Minh": "hcm hcmc tphcm tphcmc saigon sg tpsg hochiminhcity saigoncity hochiminh "
    "thanhphohcm tphochiminh",
    "Hà Nội": "hn hanoicity tphn",
    "Đà Nẵng": "danangcity tpdn",
    "Cần Thơ": "canthocity tpct",
    "Hải Phòng": "haiphongcity tphp hp",
    "Thừa Thiên Huế": "tthue thuathienhue tth",
    "Bà Rịa - Vũng Tàu": "brvt bariavungtau",
    "Đắk Lắk": "daklak daclac darlac",
    "Đắk Nông": "daknong dacnong",
    "Kon Tum": "kontum",
    "Khánh Hòa": "khanhhoa",
}
_TYPE = re.compile(r"^(?:thanh pho|tinh|tp|t)\s*[.:]?\s+|^(?:tp|t)\.\s*")
_BARE_TYPE = re.compile(r"^(?:thanhpho|tinh|tp)(?=\w{3})")
_LETTERS = re.compile(r"[^a-z]+")


@lru_cache(maxsize=20_000)
def find_province(text: str) -> str:
    """Give the province a text names, as it stood before July 2025 (or its new name where that was
    none), or nothing. Marks, spaces and words such as "Tỉnh" do not matter.
    """
    folded = fold(text).strip()
    bare = _LETTERS.sub("", _TYPE.sub("", folded))
    whole = _LETTERS.sub("", folded)
    known = _known()
    return known.get(whole) or known.get(bare) or known.get(_BARE_TYPE.sub("", whole), "")


def new_province(name: str) -> str:
    """Give the province of today that a province of any day belongs to, or nothing."""
    old = name if name in NEW_OF else find_province(name)
    return NEW_OF.get(old) or (old if old in _MADE_OF else "")


def old_provinces(name: str) -> tuple[str, ...]:
    """Give the provinces of before July 2025 that one of today was made of."""
    return _MADE_OF.get(name, ())


def province_on(name: str, *, day: date) -> str:
    """Give the province a place of before July 2025 counts to on a day."""
    found = find_province(name)
    return (new_province(found) if day >= CHANGED_ON else found) if found else ""


@cache
def _known() -> dict[str, str]:
    known = {_LETTERS.sub("", fold(old)): old for old in NEW_OF}
    known |= {_LETTERS.sub("", fold(new)): new for new in _RENAMED}
    for name, spellings in _ALSO_WRITTEN.items():
        known |= dict.fromkeys(spellings.split(), name)
    return known
