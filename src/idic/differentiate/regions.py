"""The province or region somebody lives in, as it is called today: from the province they gave, or
from their city where that names one. Pure; nothing is asked of any table.
"""

from __future__ import annotations

from functools import lru_cache

from idic.core.text import fold, is_han
from idic.identify.cleaning.places import read_chinese
from idic.identify.cleaning.places.provinces import find_province, new_province

_VIETNAM = frozenset({"", "vn", "vnm", "viet nam", "vietnam"})


@lru_cache(maxsize=20_000)
def region_of(*, province: str, city: str, country: str) -> str:
    """Give the region; empty where nothing known names one. “Bình Dương” is “TP. Hồ Chí Minh”
    since July 2025, “广东” is “广东省”; elsewhere the province stays as it was written.
    """
    for given in (province.strip(), city.strip()):
        if not given:
            continue
        if is_han(given[0]):
            found = read_chinese(given).province
        elif fold(country).strip() in _VIETNAM:
            found = new_province(find_province(given))
        else:
            found = ""
        if found:
            return found[:120]
    return " ".join(province.split())[:120]
