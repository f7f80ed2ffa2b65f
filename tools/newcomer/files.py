"""The own files a newcomer brings, one shop a language: receipts and contacts, invented but for the
English receipts, which are the first lines of the public UCI “Online Retail” file.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path

import duckdb

from tests.browser import corner_shop
from tests.conftest import DATA

UCI = DATA / "uci_online_retail.parquet"
_LINES = 20_000
_GOODS = (
    ("手工曲奇礼盒", "曲奇001", 68.0),
    ("龙井茶250g", "茶002", 188.0),
    ("桂花糕", "糕003", 32.5),
    ("儿童保温杯", "杯004", 99.0),
    ("洗护套装", "洗005", 129.9),
)
_SURNAMES, _GIVEN = "王李张刘陈杨赵黄周吴", "小明 丽华 伟 芳 秀英 静 磊 婷 强 雨欣".split()
_FIRST = "Emma Jack Olivia Harry Amelia George Isla Noah Ava Leo".split()
_LAST = "Smith Jones Taylor Brown Evans Wilson Walker Hall".split()
_YOUZAN = (
    "订单号 订单创建时间 订单状态 收货人/提货人 收货人手机号/提货人手机号 "
    "全部商品名称 规格编码 商品单价 商品数量 商品实际成交金额"
).split()


@dataclass(frozen=True)
class Shop:
    """What a newcomer has: a name, two files, and how they are said in the report."""

    name: str
    orders: Path
    people: Path
    said: str


def has_files(language: str) -> bool:
    """Tell whether the files of a language can be made on this machine."""
    return language != "en" or UCI.exists()


def write_files(language: str, *, folder: Path, until: date) -> Shop:
    """Write both files of a language's shop."""
    writers = {"vi": _vietnamese, "zh-hans": _chinese, "en": _english}
    return writers[language](folder, until)


def _vietnamese(folder: Path, until: date) -> Shop:
    orders = corner_shop.write_receipts(folder / "đơn hàng.csv", until=until)
    people = corner_shop.write_people(folder / "khách.csv")
    said = (
        f"{_count(orders):,} receipts of {corner_shop.PEOPLE} people "
        "(`tests/browser/corner_shop.py`) and their contacts; semicolons, UTF-8."
    )
    return Shop("Tạp hóa Cô Hương", orders, people, said)


def _chinese(folder: Path, until: date) -> Shop:
    draw = random.Random(5)
    rows: list[Sequence[object]] = []
    people = []
    for person in range(150):
        name = draw.choice(_SURNAMES) + draw.choice(_GIVEN)
        phone = f"138{10_000_000 + person * 7_919:08d}"
        people.append((name, phone))
        for day in corner_shop.visits(draw, person, until):
            at = datetime.combine(day, time(draw.randint(9, 21), draw.randint(0, 59)))
            rows.extend(_youzan_lines(draw, number=len(rows), at=at, name=name, phone=phone))
    orders = _write(folder / "有赞订单.csv", _YOUZAN, sorted(rows, key=lambda row: str(row[1])))
    contacts = _write(
        folder / "会员.csv",
        ("姓名", "手机号", "邮箱", "生日", "所在城市", "是否同意接收邮件"),
        _chinese_contacts(draw, people),
    )
    said = f"{len(rows):,} lines of {len(people)} people under the headings of Youzan, GBK, and "
    return Shop("小林百货", orders, contacts, said + "their contacts.")


def _youzan_lines(
    draw: random.Random, *, number: int, at: datetime, name: str, phone: str
) -> Iterator[Sequence[object]]:
    order = f"E{at:%Y%m%d%H%M%S}{number:010d}"
    state = "交易完成" if draw.random() > 0.03 else "交易关闭"
    for goods, code, price in draw.sample(_GOODS, k=draw.randint(1, 3)):
        many = draw.randint(1, 3)
        money = (f"{price:.2f}", many, f"{price * many:.2f}")
        yield (order, f"{at:%Y-%m-%d %H:%M:%S}", state, name, phone, goods, code, *money)


def _chinese_contacts(
    draw: random.Random, people: Sequence[tuple[str, str]]
) -> Iterator[Sequence[object]]:
    for place, (name, phone) in enumerate(people):
        has_mail = place % 8 != 0
        mail, agreed = (f"kehu{place}@example.com", "是") if has_mail else ("", "")
        born = f"19{70 + place % 30}-0{1 + place % 9}-1{place % 9}"
        yield name, phone, mail, born, draw.choice(("杭州市", "上海市", "苏州市")), agreed


def _english(folder: Path, until: date) -> Shop:
    orders, contacts = folder / "sales.csv", folder / "contacts.csv"
    rows = duckdb.execute(
        """SELECT invoice AS "Invoice No", stock_code AS "Stock Code",
                  description AS "Description", quantity AS "Quantity",
                  strftime(invoice_ts, '%d/%m/%Y %H:%M') AS "Invoice Date",
                  unit_price AS "Price", customer_id AS "Customer ID"
           FROM read_parquet(?) WHERE country = 'United Kingdom' AND customer_id % 16 = 3
           ORDER BY invoice_ts LIMIT ?""",
        [str(UCI), _LINES],
    ).fetchall()
    heading = "Invoice No,Stock Code,Description,Quantity,Invoice Date,Price,Customer ID".split(",")
    _write(orders, heading, rows, encoding="utf-8")
    draw = random.Random(3)
    customers = sorted({row[-1] for row in rows})
    with_mail = [
        (number, *_english_contact(draw, place, number)) for place, number in enumerate(customers)
    ]
    heading = "Customer ID,First name,Last name,Email,Mobile,Email opt-in".split(",")
    _write(contacts, heading, with_mail, encoding="utf-8")
    said = (
        f"The first {_LINES:,} lines of {len(customers)} customers of the public UCI “Online "
        "Retail” file, and invented contacts."
    )
    return Shop("Bell & Daughter", orders, contacts, said)


def _english_contact(draw: random.Random, place: int, number: int) -> tuple[str, ...]:
    mail = f"person{number}@example.com" if place % 9 else ""
    phone = f"07700 900{number % 1000:03d}"
    return draw.choice(_FIRST), draw.choice(_LAST), mail, phone, "yes" if mail else ""


def _write(
    path: Path,
    heading: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    encoding: str = "gb18030",
) -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file)
        writer.writerow(heading)
        writer.writerows(rows)
    return path


def _count(path: Path) -> int:
    with path.open(encoding="utf-8-sig") as file:
        return sum(1 for _line in file) - 1
