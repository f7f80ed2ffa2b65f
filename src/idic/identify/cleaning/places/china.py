"""Chinese addresses, 省市区街道: taken apart by the words that end each level. What does not follow
them stays free text.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_MUNICIPALITIES = ("北京", "上海", "天津", "重庆")
_PROVINCES = (
    "河北 山西 辽宁 吉林 黑龙江 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 海南 四川 贵州 "
    "云南 陕西 甘肃 青海 台湾"
).split()
_REGIONS = {
    "内蒙古": "内蒙古自治区",
    "广西": "广西壮族自治区",
    "西藏": "西藏自治区",
    "宁夏": "宁夏回族自治区",
    "新疆": "新疆维吾尔自治区",
    "香港": "香港特别行政区",
    "澳门": "澳门特别行政区",
}
_FULL = (
    {f"{name}省": f"{name}省" for name in _PROVINCES}
    | {full: full for full in _REGIONS.values()}
    | {f"{name}市": f"{name}市" for name in _MUNICIPALITIES}
    | {name: f"{name}省" for name in _PROVINCES}
    | _REGIONS
    | {name: f"{name}市" for name in _MUNICIPALITIES}
)
_BY_LENGTH = sorted(_FULL, key=len, reverse=True)
_HAN = "\u4e00-\u9fff"
_CITY = re.compile(rf"(?P<city>[{_HAN}]{{2,8}}?(?:市|自治州|地区|盟))")
_DISTRICT = re.compile(rf"(?P<district>[{_HAN}]{{1,8}}?(?:自治县|自治旗|新区|林区|区|县|旗|市))")
_STREET = re.compile(rf"(?P<street>[{_HAN}]{{1,10}}?(?:街道|镇|乡|苏木))")


@dataclass(frozen=True, slots=True)
class ChineseAddress:
    """The levels of an address; what was not said is empty, `rest` is what follows them."""

    province: str = ""
    city: str = ""
    district: str = ""
    street: str = ""
    rest: str = ""


def read_chinese(text: str) -> ChineseAddress:
    """Take an address apart."""
    plain = "".join(unicodedata.normalize("NFKC", text).split()).removeprefix("中国")
    province, plain = _province(plain)
    is_municipality = province[:-1] in _MUNICIPALITIES
    city, plain = (province, plain) if is_municipality else _take(_CITY, plain)
    if is_municipality:
        plain = plain.removeprefix("市辖区").removeprefix(city)
    district, plain = _take(_DISTRICT, plain)
    street, plain = _take(_STREET, plain)
    return ChineseAddress(province, city, district, street, plain)


def _province(plain: str) -> tuple[str, str]:
    for name in _BY_LENGTH:
        if plain.startswith(name):
            rest = plain[len(name) :]
            # 吉林市 is a city of 吉林省; 海南区 a district.
            is_other = name == _FULL[name][:-1] and rest[:1] in ("市", "区", "县")
            return ("", plain) if is_other and name not in _MUNICIPALITIES else (_FULL[name], rest)
    return "", plain


def _take(pattern: re.Pattern[str], plain: str) -> tuple[str, str]:
    found = pattern.match(plain)
    return (found[1], plain[found.end() :]) if found else ("", plain)
