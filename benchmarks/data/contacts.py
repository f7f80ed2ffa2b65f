"""A messy list of contacts made from a seed: three languages, phones and days in every spelling,
placeholders, walk-ins, broken addresses, every fifth person twice. Nobody in it exists.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from pathlib import Path

SEED = 281
HEAD = (
    "id",
    "Full name",
    "Email",
    "Mobile",
    "City",
    "Birthday",
    "Gender",
    "Company",
    "Tags",
    "Notes",
)

_VI = "Nguyễn Trần Lê Phạm Hoàng Phan Vũ Đặng Bùi Đỗ Hồ Ngô Dương Lý".split()
_VI_MIDDLE = "Thị Văn Hữu Đức Minh Ngọc Thanh Quang Thu Kim".split()
_VI_GIVEN = (
    "An Bình Chi Dung Giang Hà Hương Khánh Lan Linh Mai Nam Oanh Phúc Quân Sơn Trang Uyên".split()
)
_EN = "Smith Jones Taylor Brown Williams Wilson Johnson Davies Patel Wright Walker White".split()
_EN_GIVEN = (
    "Ann Bob Claire David Emma Frank Grace Harry Isla Jack Kate Liam Mia Noah Olivia".split()
)
_ZH = "王李张刘陈杨赵黄周吴徐孙"
_ZH_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平"
_CITIES = "Hà Nội|TP. Hồ Chí Minh|Đà Nẵng|Cần Thơ|London|Leeds|北京|上海|hn|HCM|".split("|")
_HOSTS = "gmail.com|yahoo.com|outlook.com|gmial.com|example.vn|qq.com|163.com".split("|")
_NOBODY = ("0000000000", "0123456789", "09xxxxxxxx", "-", "")


def write(path: Path, *, rows: int, seed: int = SEED) -> None:
    """Write that many rows; the same seed gives the same file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEAD)
        writer.writerows(_rows(rows, random.Random(seed)))


def _rows(count: int, dice: random.Random) -> Iterator[list[str]]:
    known: list[tuple[str, str, str]] = []
    for number in range(count):
        if known and dice.random() < 0.2:
            name, phone, mail = dice.choice(known)
            name = name.upper() if dice.random() < 0.3 else name
        else:
            name, phone, mail = _person(dice)
            if len(known) < 200_000:
                known.append((name, phone, mail))
        yield [
            str(100_000 + number),
            "Khách lẻ" if dice.random() < 0.004 else _spaced(name, dice),
            _mail(mail, dice),
            _phone(phone, dice),
            dice.choice(_CITIES),
            _day(dice),
            dice.choice(("Nam", "Nữ", "F", "male", "女", "", "")),
            dice.choice(("", "", "", "", f"Công ty {dice.randint(1, 4000)}")),
            dice.choice(("VIP", "VIP,Mẹ và bé", "", "")),
            dice.choice(("", "", "", "gọi sau 5h", "Chị Lan Q7")),
        ]


def _person(dice: random.Random) -> tuple[str, str, str]:
    which = dice.random()
    if which < 0.6:
        name = f"{dice.choice(_VI)} {dice.choice(_VI_MIDDLE)} {dice.choice(_VI_GIVEN)}"
        phone = f"0{dice.choice('35789')}{dice.randint(0, 10**8 - 1):08d}"
    elif which < 0.85:
        name = f"{dice.choice(_EN_GIVEN)} {dice.choice(_EN)}"
        phone = f"+447{dice.randint(4 * 10**8, 10**9 - 1):09d}"
    else:
        name = dice.choice(_ZH) + "".join(dice.sample(_ZH_GIVEN, dice.randint(1, 2)))
        phone = f"+861{dice.choice('3578')}{dice.randint(0, 10**9 - 1):09d}"
    return name, phone, f"{dice.randint(0, 16**9):x}@{dice.choice(_HOSTS)}"


def _spaced(name: str, dice: random.Random) -> str:
    return f"  {name.replace(' ', '  ')} " if dice.random() < 0.1 else name


def _mail(mail: str, dice: random.Random) -> str:
    way = dice.random()
    if way < 0.35:
        return ""
    if way < 0.4:
        return mail.replace("@", " at ")
    return mail.upper() if way < 0.45 else mail


def _phone(phone: str, dice: random.Random) -> str:
    way = dice.random()
    if way < 0.05:
        return dice.choice(_NOBODY)
    if way < 0.25:
        return f"{phone[:4]} {phone[4:7]}.{phone[7:]}"
    if way < 0.35:
        return phone.replace("0", "+84", 1) if phone.startswith("0") else phone
    return f"({phone[:3]}) {phone[3:]}" if way < 0.4 else phone


def _day(dice: random.Random) -> str:
    if dice.random() < 0.5:
        return ""
    year, month, day = dice.randint(1945, 2010), dice.randint(1, 12), dice.randint(1, 28)
    shapes = (
        f"{day:02d}/{month:02d}/{year}",
        f"{year}-{month:02d}-{day:02d}",
        f"{day}.{month}.{year}",
    )
    return dice.choice(shapes)
