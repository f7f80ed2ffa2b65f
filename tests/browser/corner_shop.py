"""The two files a Vietnamese corner shop brings on its first day: the receipts of fourteen months,
and the sheet of those who left an address. Drawn from a seed.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path

PEOPLE = 160
# Every eighth person left no address: the preflight has to say so.
WITHOUT_ADDRESS = PEOPLE // 8
_SURNAMES = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi")
_MIDDLES = ("Thị", "Văn", "Minh", "Ngọc")
_GIVEN = ("Hương", "Lan", "Dũng", "Ánh", "Thủy", "Quang", "Yến", "Đức", "Bảo", "Mỹ")
_GOODS = (
    ("SUA01", "Sữa tươi 1 lít", 36_000),
    ("TA02", "Tã dán size M", 265_000),
    ("MI03", "Mì gói thùng 30", 112_000),
    ("CAFE4", "Cà phê rang xay 500 g", 145_000),
    ("RAU05", "Rau sạch giỏ tuần", 89_000),
    ("NUOC6", "Nước giặt 3,6 lít", 178_000),
)


def write_receipts(path: Path, *, until: date) -> Path:
    """Write one row a line: half the people come on, a quarter came once, a quarter fell silent."""
    draw = random.Random(20261123)
    rows: list[Sequence[object]] = []
    number = 0
    for person in range(PEOPLE):
        for day in visits(draw, person, until):
            number += 1
            for code, name, price in draw.sample(_GOODS, k=draw.randint(1, 3)):
                rows.append(
                    (
                        f"HD{number:05d}",
                        day.strftime("%d/%m/%Y"),
                        _key(person),
                        code,
                        name,
                        draw.randint(1, 3),
                        f"{price:,}".replace(",", "."),
                    )
                )
    header = ("Mã đơn", "Ngày", "Mã khách hàng", "Mã hàng", "Tên hàng", "Số lượng", "Đơn giá")
    return _write(path, header, rows)


def write_people(path: Path) -> Path:
    """Write one row a person, with what they said to e-mail."""
    draw = random.Random(7)
    rows = []
    for person in range(PEOPLE):
        name = " ".join((draw.choice(_SURNAMES), draw.choice(_MIDDLES), draw.choice(_GIVEN)))
        mail = "" if person % 8 == 0 else f"khach{person}@example.com"
        rows.append((_key(person), name, f"09{person:08d}", mail, "có" if mail else ""))
    header = ("Mã khách hàng", "Họ tên", "Điện thoại", "Email", "Đồng ý nhận email")
    return _write(path, header, rows)


def visits(draw: random.Random, person: int, until: date) -> Iterable[date]:
    begins = until - timedelta(days=draw.randint(200, 420))
    if person % 4 == 3:
        return [begins]
    ends = until - timedelta(days=draw.randint(90, 150)) if person % 4 == 2 else until
    gap = draw.randint(9, 30)
    days = []
    while begins <= ends:
        days.append(begins)
        begins += timedelta(days=max(2, round(draw.gauss(gap, gap / 4))))
    return days


def _key(person: int) -> str:
    return f"KH{person:04d}"


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(header)
        writer.writerows(rows)
    return path
