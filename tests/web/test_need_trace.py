"""A need is traced to the purchases that show it and to what those brought."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from idic.web.portrait.need_trace import NeedTrace, trace_need
from idic.web.selectors.habits import Purchase

AT = datetime(2026, 11, 1, tzinfo=UTC)
STANDS_OUT = [
    {"kind": "category", "name": "Trà"},
    {"kind": "word", "name": "bánh quy"},
    {"kind": "product", "name": "Ấm sứ 1 lít"},
]


def bought(amount: int, *goods: tuple[str, str], currency: str = "VND") -> Purchase:
    return Purchase(at=AT, amount=amount, currency=currency, place="", goods=goods)


@pytest.mark.req("R044")
def test_a_need_leads_to_purchases_and_to_what_they_brought() -> None:
    purchases = [
        bought(50, ("Trà xanh", "TRÀ"), ("Nước mắm", "Gia vị")),
        bought(30, ("Hộp bánh quy bơ", "Bánh")),
        bought(20, ("Trà đen", "trà"), ("Ấm sứ 1 lít", "Đồ bếp")),
        bought(900, ("Nước mắm", "Gia vị")),
        bought(7, ("Trà đen", "trà"), currency="USD"),
    ]

    found = trace_need(purchases, stands_out=STANDS_OUT, currency="VND")

    assert found == NeedTrace(3, 4, 100, 1000, ("Trà", "bánh quy", "Ấm sứ 1 lít"))


@pytest.mark.req("R044")
def test_what_was_never_seen_is_not_claimed() -> None:
    purchases = [bought(50, ("Bánh quyết", "Bánh")), bought(5)]

    assert trace_need(purchases, stands_out=STANDS_OUT, currency="VND") is None
    assert trace_need([], stands_out=STANDS_OUT, currency="VND") is None
