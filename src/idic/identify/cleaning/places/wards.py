"""The wards of Vietnam before and after 1 July 2025: 10,043 became 3,321. The map comes with the
package vietnam-address-converter (Apache-2.0); what it does not know stays as it is.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from functools import cache, lru_cache

from idic.core.text import fold

from .provinces import find_province

_PACKAGE = "vietnam_address_converter"
_TYPES = ("phuong", "xa", "thi tran", "quan", "huyen", "thi xa", "thanh pho", "tp", "dac khu")

# (old province, district, ward) without their types → (type of ward, new ward, new province) each
_Map = dict[tuple[str, str, str], tuple[tuple[str, str, str], ...]]


def find_new_wards(*, ward: str, district: str, province: str) -> list[tuple[str, str]]:
    """Give the (ward, province) of today that an old ward became; several where it was divided,
    none where the map does not know it.
    """
    key = (find_province(province), unit_key(district), unit_key(ward))
    found = _wards().get(key, ())
    kind = unit_type(ward)
    typed = [one for one in found if one[0] == kind] if kind else []
    return sorted({(new, where) for _kind, new, where in typed or found})


def is_new_ward(*, ward: str, province: str) -> bool:
    """Tell whether a province of today has a ward of that name."""
    return (find_province(province), unit_key(ward)) in _new_wards()


@lru_cache(maxsize=20_000)
def unit_type(name: str) -> str:
    """Give what a unit is called before its name: phuong, xa, quan … or nothing."""
    folded = fold(name).strip()
    return next((kind for kind in _TYPES if folded.startswith(f"{kind} ")), "")


@lru_cache(maxsize=20_000)
def unit_key(name: str) -> str:
    """Give a unit's name for comparing: "Phường 03" → 3, "Quận Bình Thạnh" → binhthanh."""
    folded = " ".join(fold(name).replace(".", " ").split())
    bare = folded.removeprefix(unit_type(name)).strip() if unit_type(name) else folded
    joined = "".join(c for c in bare if c.isalnum())
    return joined.lstrip("0") if joined.isdecimal() else joined


@cache
def _wards() -> _Map:
    found: dict[tuple[str, str, str], set[tuple[str, str, str]]] = defaultdict(set)
    for row in _rows():
        old, new = row["old"], row["new"]
        key = (
            find_province(old["province_name"]),
            unit_key(old["district_name"]),
            unit_key(old["ward_name"]),
        )
        where = find_province(new["province_name"])
        found[key].add((unit_type(old["ward_name"]), new["ward_name"], where))
    return {key: tuple(sorted(values)) for key, values in found.items()}


@cache
def _new_wards() -> frozenset[tuple[str, str]]:
    return frozenset(
        (where, unit_key(ward)) for values in _wards().values() for _kind, ward, where in values
    )


def _rows() -> list[dict[str, dict[str, str]]]:
    from vietnam_address_converter.data import DEFAULT_DATA

    rows: list[dict[str, dict[str, str]]] = DEFAULT_DATA["mapping"]["rows"]
    # Its tables fill some 50 MB; what we keep of them, a few.
    for name in [name for name in sys.modules if name.startswith(_PACKAGE)]:
        del sys.modules[name]
    return rows
