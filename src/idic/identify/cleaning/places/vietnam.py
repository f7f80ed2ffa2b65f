"""Vietnamese addresses: three levels (ward, district, province) until 30 June 2025, two since.
Taken apart by commas and by the words before each unit; the street stays as it was written.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from idic.core.text import fold

from .provinces import find_province, new_province
from .wards import find_new_wards, is_new_ward

_WARD = r"(?:ph[ưu][ờo]ng|x[ãa]|th[ịi]\s*tr[ấa]n|đ[ặa]c\s*khu|p\.?|tt\.|x\.)"
_DISTRICT = r"(?:qu[ậa]n|huy[ệe]n|th[ịi]\s*x[ãa]|th[àa]nh\s*ph[ốo]|tp\.?|tx\.?|q\.?|h\.)"
_IS_WARD = re.compile(rf"{_WARD}\s*(?=\S)", re.IGNORECASE)
_IS_DISTRICT = re.compile(rf"{_DISTRICT}\s*(?=\S)", re.IGNORECASE)
# "P14 Q11" and "Phường 14 Quận 11", with no comma between.
_TOGETHER = re.compile(
    r"(?<=[\s,])((?:p|ph[ưu][ờo]ng)\.?\s*\d{1,2})\s+((?:q|qu[ậa]n)\.?\s*\d{1,2})\b", re.IGNORECASE
)
_COUNTRY = frozenset({"viet nam", "vietnam", "vn"})
_ABBREVIATED = (
    (re.compile(r"^p\.?\s*(?=\d|[^\W\d_]{2})", re.IGNORECASE), "Phường "),
    (re.compile(r"^tt\.\s*", re.IGNORECASE), "Thị trấn "),
    (re.compile(r"^x\.\s*", re.IGNORECASE), "Xã "),
    (re.compile(r"^q\.?\s*(?=\d|[^\W\d_]{2})", re.IGNORECASE), "Quận "),
    (re.compile(r"^h\.\s*", re.IGNORECASE), "Huyện "),
    (re.compile(r"^tx\.?\s*", re.IGNORECASE), "Thị xã "),
    (re.compile(r"^tp\.?\s*", re.IGNORECASE), "Thành phố "),
)
_SPELLED = re.compile(
    r"^(?:phường|phuong|xã|xa|thị trấn|thi tran|quận|quan|huyện|huyen|thị xã|thi xa|thành phố|"
    r"thanh pho|tỉnh|tinh|đặc khu|dac khu)\b",
    re.IGNORECASE,
)
# Districts that were joined to Thủ Đức at the end of 2020 and are written still.
_LATER_DISTRICT = {"quan 2": "Thủ Đức", "quan 9": "Thủ Đức", "quan thu duc": "Thủ Đức"}


@dataclass(frozen=True, slots=True)
class VietnameseAddress:
    """The levels of an address; what was not said is empty. `is_old`: it has a district."""

    street: str = ""
    ward: str = ""
    district: str = ""
    province: str = ""

    @property
    def is_old(self) -> bool:
        """Tell whether it is written the way of before July 2025."""
        return bool(self.district)


def read_vietnamese(text: str, *, place: str = "") -> VietnameseAddress:
    """Take an address apart from its end; `place` is the province known besides."""
    plain = _TOGETHER.sub(r"\1, \2", f" {unicodedata.normalize('NFC', text)}").strip()
    parts = [part for raw in re.split(r"[,;]|\s-\s", plain) if (part := raw.strip(" ."))]
    if parts and fold(parts[-1]) in _COUNTRY:
        parts.pop()
    province = find_province(parts[-1]) if len(parts) > 1 else ""
    if province:
        parts.pop()
    province = province or find_province(place)
    district = _spell(parts.pop()) if len(parts) > 1 and _is(_IS_DISTRICT, parts[-1]) else ""
    ward = _spell(parts.pop()) if len(parts) > 1 and _is(_IS_WARD, parts[-1]) else ""
    if not ward and district and fold(district).startswith("thanh pho") and len(parts) == 0:
        district = ""
    return VietnameseAddress(", ".join(parts), ward, district, province)


def _is(pattern: re.Pattern[str], part: str) -> bool:
    """Tell whether a part begins with a unit's word: "Phú Nhuận" begins with a p, and is none."""
    found = pattern.match(part)
    if not found:
        return False
    word, rest = found.group().strip(), part[found.end() :]
    is_letter = word.lower() in {"p", "q", "tp", "tx"}
    return not is_letter or rest[:1].isdigit() or part[len(word) : len(word) + 1] in {" ", "."}


def _spell(part: str) -> str:
    """Write P.14 as Phường 14."""
    plain = " ".join(part.split())
    if _SPELLED.match(plain):
        return plain
    for pattern, word in _ABBREVIATED:
        if pattern.match(plain):
            return pattern.sub(word, plain, count=1)
    return plain


def to_two_levels(address: VietnameseAddress) -> list[str]:
    """Write an old address the way of today: one text, several where its ward was divided, none
    where the map does not know it or it is new already.
    """
    if not (address.is_old and address.ward and address.province):
        return []
    district = _LATER_DISTRICT.get(fold(address.district)) or address.district
    found = find_new_wards(ward=address.ward, district=district, province=address.province)
    return [
        ", ".join(part for part in (address.street, ward, new_province(where)) if part)
        for ward, where in found
    ]


def is_today(address: VietnameseAddress) -> bool:
    """Tell whether ward and province are units of today."""
    province = new_province(address.province)
    return not address.is_old and is_new_ward(ward=address.ward, province=province)
