"""The usual questions every business asks, in its customers' languages: they are there from the
start and are asked like any other. Texts for customers, so none of them is translated elsewhere.
"""

from __future__ import annotations

from typing import NamedTuple

Texts = dict[str, str]


class Standard(NamedTuple):
    """One usual question."""

    trait: str
    kind: str
    label: Texts
    wording: Texts
    asked_of: str
    holds_for_days: int | None


def _texts(en: str, vi: str, zh: str) -> Texts:
    return {"en": en, "vi": vi, "zh-hans": zh}


_YEAR = 365
# An address changes, a birth date does not.
STANDARD: tuple[Standard, ...] = (
    Standard(
        "phone",
        "phone",
        _texts("Phone", "Điện thoại", "电话"),
        _texts(
            "What is your phone number?",
            "Số điện thoại của anh/chị là gì ạ?",
            "您的手机号码是多少？",
        ),
        "everybody",
        2 * _YEAR,
    ),
    Standard(
        "email",
        "email",
        _texts("E-mail", "Email", "邮箱"),
        _texts(
            "What is your e-mail address?",
            "Email của anh/chị là gì ạ?",
            "您的邮箱地址是什么？",
        ),
        "everybody",
        2 * _YEAR,
    ),
    Standard(
        "name",
        "text",
        _texts("Name", "Họ tên", "姓名"),
        _texts("What is your name?", "Anh/chị tên là gì ạ?", "请问您怎么称呼？"),
        "everybody",
        None,
    ),
    Standard(
        "birth_date",
        "date",
        _texts("Birth date", "Ngày sinh", "出生日期"),
        _texts("When is your birthday?", "Sinh nhật anh/chị là ngày nào ạ?", "您的生日是哪一天？"),
        "person",
        None,
    ),
    Standard(
        "city",
        "text",
        _texts("City", "Tỉnh / thành phố", "城市"),
        _texts("Which town do you live in?", "Anh/chị ở tỉnh, thành nào ạ?", "您住在哪个城市？"),
        "everybody",
        3 * _YEAR,
    ),
    Standard(
        "occupation",
        "text",
        _texts("Occupation", "Nghề nghiệp", "职业"),
        _texts("What do you do for a living?", "Anh/chị làm nghề gì ạ?", "您从事什么职业？"),
        "person",
        3 * _YEAR,
    ),
)
