"""A shop with many customers for `pages.py`: written by bulk SQL into SQLite, seeded, kept between
runs; `shop.py` adds the rest. Names, phones and spending have the skew of real ones.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from idic.core import text

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
FIRST_ID = 1 << 50
BUSY = FIRST_ID  # the customer with ten thousand events
BUSY_EVENTS, BUSY_ORDERS = 10_000, 1_000
_SLICE = 20_000

FAMILY_VI = "Nguyễn Trần Lê Phạm Hoàng Huỳnh Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý".split()
FAMILY_VI_P = [0.38, 0.12, 0.095, 0.07, 0.06, 0.05, 0.045, 0.04, 0.03, 0.03, 0.02, 0.02, 0.015]
MIDDLE_VI = "Văn Thị Hữu Đức Minh Ngọc Thanh Quốc Gia Xuân Hoài Kim".split()
GIVEN_VI = (
    "An Anh Bình Châu Chi Cường Dung Dũng Đạt Giang Hà Hải Hạnh Hiếu Hoa Hòa Hồng Hùng Hương "
    "Khánh Lan Linh Long Mai Minh Nam Nga Ngọc Nhung Phong Phúc Phương Quân Quang Sơn Tâm Thảo "
    "Thu Thúy Trang Trung Tú Tuấn Uyên Vân Việt Vinh Xuân Yến"
).split()
FAMILY_ZH = "王李张刘陈杨赵黄周吴徐孙马朱胡郭何高林罗"
GIVEN_ZH = "明伟芳娜敏静丽强磊军洋勇艳杰娟涛超霞平刚桂英华玉兰建国小晓文"
FAMILY_EN = (
    "Smith Jones Taylor Brown Williams Wilson Johnson Davies Patel Wright Walker White Thompson "
    "Hughes Edwards Green Lewis Lee Leech Wood Harris Martin Jackson Clarke O'Brien"
).split()
GIVEN_EN = (
    "Oliver Amelia George Isla Harry Ava Noah Emily Jack Sophia Leo Grace Oscar Mia Charlie Lily "
    "Jacob Ella Alfie Freya Ann Annabel Lena Leonie Hoa"
).split()
CITIES = ["Hà Nội", "TP. Hồ Chí Minh", "Đà Nẵng", "上海", "北京", "London", "Leeds", ""]
TIERS = ["vvip", "vip", "loyal", "potential", "new", "at_risk", "dormant", ""]


def build(path: Path, *, customers: int, seed: int = 7) -> None:
    """Fill the migrated, empty database at `path`."""
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA synchronous=OFF")
    random = np.random.default_rng(seed)
    source = FIRST_ID - 1
    moment = NOW.strftime("%Y-%m-%d %H:%M:%S")
    insert(
        database,
        "core_business",
        "id name language country currency time_zone postal_address is_demo created_at",
        iter([(1, "Bench", "vi", "VN", "VND", "Asia/Ho_Chi_Minh", "", 0, moment)]),
    )
    insert(
        database,
        "identify_source",
        "id key name kind rank is_demo created_at",
        iter([(source, "till", "Till", "till", 50, 0, moment)]),
    )
    groups = [(FIRST_ID + n, f"Need {n}", 0, n, "[]", "", 1, moment) for n in range(5)]
    insert(
        database,
        "differentiate_needgroup",
        "id name is_named_by_staff position stands_out plan is_current created_at",
        iter(groups),
    )
    for start in range(0, customers, _SLICE):
        _slice(database, random, start, min(customers, start + _SLICE), source, moment)
    _busy(database, source)
    # As `core.planning.learn_spread` does after a refresh: to know more would flatter the figures.
    database.execute("PRAGMA analysis_limit = 100000")
    database.execute("ANALYZE differentiate_customersummary")
    database.close()


def insert(
    database: sqlite3.Connection, table: str, columns: str, rows: Iterator[tuple[Any, ...]]
) -> None:
    """Write rows of a table in one transaction."""
    names = columns.split()
    places = ", ".join("?" * len(names))
    database.execute("BEGIN")
    database.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places})", rows)
    database.execute("COMMIT")


def _slice(
    database: sqlite3.Connection,
    random: np.random.Generator,
    start: int,
    end: int,
    source: int,
    moment: str,
) -> None:
    count = end - start
    names = _names(random, count)
    phones = random.integers(100_000_000, 999_999_999, count)
    has_phone, has_mail = random.random(count) < 0.85, random.random(count) < 0.6
    spent = np.exp(random.normal(13.5, 1.6, count)).astype(np.int64)
    orders = random.geometric(0.45, count)
    spent[orders == 0] = 0
    last = random.geometric(1 / 180, count)
    city = random.integers(0, len(CITIES), count)
    tier = random.integers(0, len(TIERS), count)
    need = random.integers(0, 6, count)
    ids = range(FIRST_ID + start, FIRST_ID + end)

    def mail(i: int) -> str:
        return f"{'.'.join(text.words(names[i]))}{start + i}@{'gmail.com' if i % 3 else 'shop.vn'}"

    insert(
        database,
        "identify_customer",
        "id full_name salutation is_company lifecycle_stage email phone city country gender "
        "language is_demo is_staged created_at",
        (
            (c, names[i], "", 0, "customer", mail(i) if has_mail[i] else "",
             f"+84{phones[i]}" if has_phone[i] else "", CITIES[city[i]], "", "", "", 0, 0, moment)
            for i, c in enumerate(ids)
        ),
    )  # fmt: skip
    insert(
        database,
        "identify_sourcerecord",
        "id source_id source_key kind customer_id display_name created_at",
        ((c, source, f"KH{c}", "person", c, names[i], moment) for i, c in enumerate(ids)),
    )
    identifiers = "id record_id type value as_given is_placeholder created_at"
    insert(
        database,
        "identify_identifier",
        identifiers,
        (
            (3 * c, c, "phone", f"+84{phones[i]}", f"0{phones[i]}", 0, moment)
            for i, c in enumerate(ids)
            if has_phone[i]
        ),
    )
    insert(
        database,
        "identify_identifier",
        identifiers,
        (
            (3 * c + 1, c, "email", mail(i), mail(i), 0, moment)
            for i, c in enumerate(ids)
            if has_mail[i]
        ),
    )
    insert(
        database,
        "identify_order",
        "id merchant order_number source_id record_id ordered_at currency net_amount line_count "
        "is_return store revision fingerprint",
        (
            (c * 16 + n, "main", f"HD{c * 16 + n}", source, c,
             str(NOW - timedelta(days=int(last[i]) + 30 * n))[:19], "VND",
             int(spent[i] // min(int(orders[i]), 16)), 1, 0, "", c * 16 + n, "")
            for i, c in enumerate(ids)
            for n in range(min(int(orders[i]), 16))
        ),
    )  # fmt: skip
    _summaries(database, ids, names, spent, orders, last, city, tier, need, moment)


def _summaries(
    database: sqlite3.Connection,
    ids: range,
    names: list[str],
    spent: Any,
    orders: Any,
    last: Any,
    city: Any,
    tier: Any,
    need: Any,
    moment: str,
) -> None:
    columns = {
        row[1]: row for row in database.execute("PRAGMA table_info(differentiate_customersummary)")
    }

    def row(i: int, c: int) -> dict[str, Any]:
        day = TODAY - timedelta(days=int(last[i]))
        year = int(spent[i]) // 2
        overdue = int(last[i]) - 60
        return {
            "customer_id": c,
            "full_name": names[i],
            "sort_name": text.fold(names[i]),
            "name_key": text.fold(names[i]),
            "city": CITIES[city[i]],
            "city_key": text.fold(CITIES[city[i]]),
            "lifecycle_stage": "customer",
            "first_order_date": str(day),
            "last_order_date": str(day),
            "order_count": int(orders[i]),
            "net_amount": int(spent[i]),
            "last_year_amount": year,
            "last_year_order_count": int(orders[i]),
            "mean_order_amount": int(spent[i]) // max(1, int(orders[i])),
            "recency_score": int(c % 5) + 1,
            "overdue_days": overdue,
            "is_overdue": int(overdue > 0),
            "expected_amount": year,
            "expected_low_amount": year // 2,
            "expected_high_amount": year * 2,
            "churn_risk": min(1.0, int(last[i]) / 400),
            "worth_amount": 2 * year,
            "stake_amount": max(0, year // 2),
            "winback_amount": max(0, year // 4),
            "tier": TIERS[tier[i]],
            "tier_reason": "{}",
            "need_group_id": FIRST_ID + int(need[i]) if need[i] < 5 else None,
            "email_reach": "allowed" if i % 2 else "no_address",
            "sms_reach": "unknown",
            "zalo_reach": "no_address",
            "source_count": 1,
            "as_of_date": str(TODAY),
            "refreshed_at": moment,
        }

    first = row(0, ids[0])
    rest = {
        name: 0 if "INT" in column[2].upper() or "BOOL" in column[2].upper() else ""
        for name, column in columns.items()
        if column[3] and name not in first
    }
    names_of = [n for n in [*first, *rest] if n in columns]
    insert(
        database,
        "differentiate_customersummary",
        " ".join(names_of),
        (
            tuple((values | rest)[n] for n in names_of)
            for i, c in enumerate(ids)
            if (values := row(i, c))
        ),
    )


def _names(random: np.random.Generator, count: int) -> list[str]:
    kind = random.random(count)
    weights = np.array(FAMILY_VI_P + [0.01] * (len(FAMILY_VI) - len(FAMILY_VI_P)))
    family = random.choice(len(FAMILY_VI), count, p=weights / weights.sum())
    pick = random.integers(0, 1 << 30, (count, 3))
    return [_name(kind[i], int(family[i]), *(int(p) for p in pick[i])) for i in range(count)]


def _name(kind: float, family: int, a: int, b: int, c: int) -> str:
    if kind < 0.55:
        return " ".join(
            [FAMILY_VI[family], MIDDLE_VI[a % len(MIDDLE_VI)], GIVEN_VI[b % len(GIVEN_VI)]]
        )
    if kind < 0.8:
        given = GIVEN_ZH[a % len(GIVEN_ZH)] + (GIVEN_ZH[b % len(GIVEN_ZH)] if c % 4 else "")
        return FAMILY_ZH[(a + b + c) % len(FAMILY_ZH)] + given
    return f"{GIVEN_EN[a % len(GIVEN_EN)]} {FAMILY_EN[b % len(FAMILY_EN)]}"


def _busy(database: sqlite3.Connection, source: int) -> None:
    """Give the first customer a long history."""
    base = 1 << 55

    def when(n: int) -> str:
        return str(NOW - timedelta(hours=n))[:19]

    insert(
        database,
        "identify_event",
        "id source_id message_id record_id kind occurred_at received_at detail",
        (
            (base + n, source, f"b{n}", BUSY, "page_viewed" if n % 50 else "note", when(n),
             when(n), '{"text": "Khách hỏi cá hồi"}')
            for n in range(BUSY_EVENTS)
        ),
    )  # fmt: skip
    insert(
        database,
        "identify_order",
        "id merchant order_number source_id record_id ordered_at currency net_amount line_count "
        "is_return store revision fingerprint",
        (
            (base + n, "main", f"BZ{n}", source, BUSY, when(24 * n), "VND", 50_000, 3, 0, "",
             base + n, "")
            for n in range(BUSY_ORDERS)
        ),
    )  # fmt: skip
    insert(
        database,
        "identify_orderline",
        "id order_id line_number product_code product_name category quantity unit_price net_amount",
        (
            (base + 3 * n + k, base + n, k + 1, f"P{k}", f"Cá hồi {k}", "Cá", 1, 16_666, 16_666)
            for n in range(BUSY_ORDERS)
            for k in range(3)
        ),
    )
