"""Columns are recognised by their headings in three languages and by what stands in them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from idic.identify.importing.columns import (
    FIELDS,
    Kind,
    apply_overrides,
    check_mapping,
    guess_columns,
)
from idic.identify.importing.columns.guessing import heading_score
from idic.identify.importing.columns.words import HEADINGS
from idic.identify.importing.problems import ImportProblem


def mapped(kind: Kind, columns: dict[str, Sequence[str]], *, country: str = "VN") -> dict[str, str]:
    guesses = guess_columns(kind=kind, headers=list(columns), samples=columns, country=country)
    return {guess.field: guess.header for guess in guesses if guess.field}


def test_the_uci_headings_are_recognised() -> None:
    columns = {
        "InvoiceNo": ["536365", "C536379"],
        "StockCode": ["85123A", "71053"],
        "Description": ["WHITE HANGING HEART T-LIGHT HOLDER", "WHITE METAL LANTERN"],
        "Quantity": ["6", "-1"],
        "InvoiceDate": ["12/1/2010 8:26", "12/1/2010 9:41"],
        "UnitPrice": ["2.55", "27.5"],
        "CustomerID": ["17850", "14527"],
        "Country": ["United Kingdom", "France"],
    }

    assert mapped(Kind.ORDERS, columns, country="GB") == {
        "order_number": "InvoiceNo",
        "product_code": "StockCode",
        "product_name": "Description",
        "quantity": "Quantity",
        "ordered_at": "InvoiceDate",
        "unit_price": "UnitPrice",
        "customer_key": "CustomerID",
        "country": "Country",
    }


def test_a_vietnamese_till_export_is_recognised() -> None:
    columns = {
        "Chi nhánh": ["Quận 7"],
        "Mã hóa đơn": ["HD000123"],
        "Thời gian": ["05/01/2026 14:30"],
        "Mã khách hàng": ["KH000045"],
        "Tên khách hàng": ["Đặng Thị Hoa"],
        "Email": ["hoa@example.com"],
        "Điện thoại": ["0912345678"],
        "Người nhận": ["Vũ Quốc Ánh"],
        "Điện thoại (Người nhận)": ["0987654321"],
        "Tổng tiền hàng": ["350.000"],
        "Trạng thái": ["Hoàn thành"],
        "Mã hàng": ["SP0001"],
        "Tên hàng": ["Sữa tươi"],
        "Nhóm hàng": ["Sữa"],
        "Số lượng": ["2"],
        "Đơn giá (VNĐ)": ["35.000"],
        "Giảm giá": ["0"],
        "Thành tiền": ["70.000"],
    }

    assert mapped(Kind.ORDERS, columns) == {
        "store": "Chi nhánh",
        "order_number": "Mã hóa đơn",
        "ordered_at": "Thời gian",
        "customer_key": "Mã khách hàng",
        "full_name": "Tên khách hàng",
        "email": "Email",
        "phone": "Điện thoại",
        "order_total": "Tổng tiền hàng",
        "status": "Trạng thái",
        "product_code": "Mã hàng",
        "product_name": "Tên hàng",
        "category": "Nhóm hàng",
        "quantity": "Số lượng",
        "unit_price": "Đơn giá (VNĐ)",
        "discount": "Giảm giá",
        "line_total": "Thành tiền",
    }


def test_a_chinese_shop_export_is_recognised() -> None:
    columns = {
        "订单号": ["E2026010500012"],
        "下单时间": ["2026年1月5日 14:30"],
        "会员号": ["M10023"],
        "客户姓名": ["王小明"],
        "手机号": ["13812345678"],
        "商品编码": ["6901234567892"],
        "商品名称": ["纯牛奶"],
        "商品类目": ["乳品"],
        "数量": ["2"],
        "单价(元)": ["35.50"],
        "实付金额": ["71.00"],
        "订单状态": ["交易成功"],
        "门店": ["徐汇店"],
    }

    assert mapped(Kind.ORDERS, columns, country="CN") == {
        "order_number": "订单号",
        "ordered_at": "下单时间",
        "customer_key": "会员号",
        "full_name": "客户姓名",
        "phone": "手机号",
        "product_code": "商品编码",
        "product_name": "商品名称",
        "category": "商品类目",
        "quantity": "数量",
        "unit_price": "单价(元)",
        "line_total": "实付金额",
        "status": "订单状态",
        "store": "门店",
    }


def test_customer_files_are_recognised_in_three_languages() -> None:
    english = {
        "Customer ID": ["17850"],
        "First Name": ["Ann"],
        "Last Name": ["Lee"],
        "Email Address": ["ann@example.com"],
        "Mobile": ["020 7946 0958"],
        "Birthday": ["1990-05-01"],
        "Accepts Email Marketing": ["yes"],
        "Accepts SMS Marketing": ["no"],
    }
    vietnamese = {
        "Mã khách hàng": ["KH1"],
        "Họ và tên": ["Đặng Thị Hoa"],
        "SĐT": ["0912345678"],
        "Tỉnh/Thành": ["Hà Nội"],
        "Giới tính": ["Nữ"],
        "Ngày sinh": ["01/05/1990"],
        "Nhóm khách hàng": ["VIP"],
        "Ghi chú": ["thích trà"],
        "Đồng ý nhận Zalo": ["có"],
    }
    chinese = {
        "会员号": ["M1"],
        "姓名": ["王小明"],
        "手机": ["13812345678"],
        "城市": ["上海"],
        "生日": ["1990-05-01"],
    }

    assert mapped(Kind.CUSTOMERS, english, country="GB") == {
        "customer_key": "Customer ID",
        "given_name": "First Name",
        "family_name": "Last Name",
        "email": "Email Address",
        "phone": "Mobile",
        "birth_date": "Birthday",
        "consent_email": "Accepts Email Marketing",
        "consent_sms": "Accepts SMS Marketing",
    }
    assert mapped(Kind.CUSTOMERS, vietnamese) == {
        "customer_key": "Mã khách hàng",
        "full_name": "Họ và tên",
        "phone": "SĐT",
        "province": "Tỉnh/Thành",
        "gender": "Giới tính",
        "birth_date": "Ngày sinh",
        "tags": "Nhóm khách hàng",
        "notes": "Ghi chú",
        "consent_zalo": "Đồng ý nhận Zalo",
    }
    assert mapped(Kind.CUSTOMERS, chinese, country="CN") == {
        "customer_key": "会员号",
        "full_name": "姓名",
        "phone": "手机",
        "city": "城市",
        "birth_date": "生日",
    }


def test_values_overrule_a_heading_that_misleads() -> None:
    shopify = {
        "Name": ["#1001", "#1002"],
        "Email": ["ann@example.com"],
        "Created at": ["2026-01-05 14:30:00 +0700"],
        "Lineitem quantity": ["1"],
        "Lineitem name": ["Tea"],
        "Lineitem price": ["35.50"],
        "Lineitem sku": ["T-1"],
        "Billing Name": ["Ann Lee"],
        "Customer": ["Ann Lee"],
    }

    found = mapped(Kind.ORDERS, shopify, country="GB")

    assert found["order_number"] == "Name"
    assert found["full_name"] in {"Billing Name", "Customer"}
    assert "customer_key" not in found
    assert found["unit_price"] == "Lineitem price"


def test_values_alone_propose_an_address_but_not_surely() -> None:
    guesses = guess_columns(
        kind=Kind.CUSTOMERS,
        headers=["Column 1", "Column 2"],
        samples={"Column 1": ["ann@example.com", "bob@example.com"], "Column 2": ["x", "y"]},
        country="GB",
    )

    assert [(guess.field, guess.is_sure) for guess in guesses] == [("email", False), ("", False)]


def test_every_field_is_recognised_by_its_plainest_heading_alone() -> None:
    for kind, fields in FIELDS.items():
        for field in fields:
            scores = {
                other.name: heading_score(other.name, _plainest(field.name)) for other in fields
            }
            assert max(scores, key=lambda name: scores[name]) == field.name, (kind, field.name)


def _plainest(field: str) -> str:
    return HEADINGS[field].strip().split("|")[0].strip()


def test_a_person_overrules_the_guess() -> None:
    guesses = guess_columns(
        kind=Kind.ORDERS, headers=["No", "Date", "Total"], samples={}, country="GB"
    )
    headers = ["No", "Date", "Total"]

    mapping = apply_overrides(
        kind=Kind.ORDERS,
        headers=headers,
        guesses=guesses,
        overrides={"order_number": "no", "line_total": "Total", "ordered_at": ""},
    )

    assert mapping == {"order_number": "No", "line_total": "Total"}


def test_wrong_overrides_name_what_there_is() -> None:
    def override(overrides: dict[str, str]) -> None:
        apply_overrides(kind=Kind.ORDERS, headers=["No", "Date"], guesses=[], overrides=overrides)

    with pytest.raises(ImportProblem, match="no column “Nr”"):
        override({"order_number": "Nr"})
    with pytest.raises(ImportProblem, match="no field “ordernumber”"):
        override({"ordernumber": "No"})


def test_a_missing_column_is_named_with_the_remedy() -> None:
    with pytest.raises(ImportProblem) as caught:
        check_mapping(kind=Kind.ORDERS, headers=["No", "When"], mapping={"order_number": "No"})

    assert caught.value.code == "missing_column"
    assert str(caught.value) == (
        "No column was recognised as: Order date. The file has: No, When. "
        'Say which one it is, for example --map ordered_at="No".'
    )


def test_a_heading_that_names_two_things_is_recognised_by_one_of_them() -> None:
    columns = {
        "订单号": ["E2025"],
        "订单创建时间": ["2025-09-28 11:31:08"],
        "收货人/提货人": ["黄强", "王丽华"],
        "收货人手机号/提货人手机号": ["13811053227"],
        "商品实际成交金额": ["198.00"],
    }

    found = mapped(Kind.ORDERS, columns, country="CN")

    assert found["full_name"] == "收货人/提货人"
    assert found["phone"] == "收货人手机号/提货人手机号"


def test_a_heading_that_says_little_does_not_hide_a_column_of_phones() -> None:
    columns = {"买家预留的手机联络方式一览": ["13811053227", "13911053228"]}

    assert mapped(Kind.CUSTOMERS, columns, country="CN") == {"phone": "买家预留的手机联络方式一览"}
