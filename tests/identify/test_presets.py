"""Exports of known systems: recognised by their headings, and taken in right. The files of
`presets/` have the genuine headings, as far as they are known, and invented rows.
"""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from idic.core.models import Role
from idic.identify.importing.presets import PRESETS, find_preset, map_columns, recognise
from idic.identify.importing.values.cells import read_refusal
from idic.identify.importing.values.statuses import OrderStatus, OwnWords, read_own_status
from idic.identify.models import Consent, Customer, ImportRun, Order, Source
from idic.identify.reports import list_sentences
from idic.identify.views.imports import address
from tests.identify.importing import make_business, run_import
from tests.interact import cast

FILES = Path(__file__).parent / "presets"
KEYS = sorted(preset.key for preset in PRESETS)

# What each file brings: orders with amount, unlinked, cancelled, new customers, rejected rows.
ORDERS = {
    "kiotviet-invoices": (3, 190_000, 1, 1, 1, 0),
    "sapo-orders": (2, 190_000, 0, 1, 1, 0),
    "haravan-orders": (2, 500_000, 0, 1, 1, 0),
    "shopee-orders": (3, 90_000, 0, 2, 2, 0),
    "shopee-orders-en": (1, 30, 0, 0, 1, 0),
    "tiktok-orders": (3, 100_000, 0, 2, 2, 0),
    "douyin-orders": (3, 44, 1, 1, 1, 0),
    "youzan-orders": (2, 100, 0, 1, 1, 0),
    "shopify-orders": (3, 43, 0, 1, 2, 0),
    "woocommerce-orders": (2, 20, 0, 1, 2, 0),
    "woocommerce-order-items": (1, 22, 0, 0, 1, 0),
}
# Names shown, and refused rows.
PEOPLE = {
    "kiotviet-customers": (["Công ty Mẫu", "Nguyễn Thị Thử"], 0),
    "sapo-customers": (["Trần Văn Mẫu"], 0),
    "haravan-customers": (["Lê Lan", "Phạm Hùng"], 0),
    "youzan-customers": (["张三"], 2),
    "shopify-customers": (["Ann Smith", "Bob Jones"], 0),
    "woocommerce-customers": (["Ann Smith"], 0),
    "zoho-contacts": (["Jo Lee", "Sam Roe"], 0),
    "zoho-leads": (["Kim Doe"], 0),
    "zoho-accounts": (["Ridge Ltd"], 0),
    "hubspot-contacts": (["Claire Durand", "Gaëlle Perrin"], 0),
    "mautic-contacts": (["Ann Smith", "Bob Jones", "Cy Ng"], 0),
    "fxiaoke-companies": (["样品科技有限公司", "示例贸易公司"], 0),
    "fxiaoke-contacts": (["王小明"], 0),
    "bizfly-contacts": (["Vũ Thị Mẫu"], 0),
    "slimcrm-customers": (["Đỗ Văn Thử"], 0),
    "hubspot-companies": (["Durand SARL", "Fromagerie Perrin"], 0),
}
# Of files about people known elsewhere: what they say, and refused rows.
STATEMENTS = {
    "mautic-do-not-contact": (2, 1),
    "mautic-sends": (2, 0),
    "zoho-sends": (2, 0),
}


def headings(key: str) -> list[str]:
    with (FILES / f"{key}.csv").open(encoding="utf-8", newline="") as file:
        return next(csv.reader(file))


def language_of(key: str) -> str:
    system = key.split("-")[0]
    return {
        **dict.fromkeys(("kiotviet", "sapo", "haravan", "bizfly", "slimcrm", "tiktok"), "vi"),
        **dict.fromkeys(("douyin", "youzan", "fxiaoke"), "zh-hans"),
    }.get(system, "en")


def setup_business(key: str) -> None:
    language = language_of(key)
    money = {"vi": "VND", "zh-hans": "CNY"}.get(
        language, "VND" if key == "shopee-orders" else "GBP"
    )
    country = {"vi": "VN", "zh-hans": "CN"}.get(language, "GB")
    make_business(language=language, currency=money, country=country)


def test_every_preset_has_a_file_and_expectations() -> None:
    assert (
        sorted([*ORDERS, *PEOPLE, *STATEMENTS])
        == KEYS
        == sorted(path.stem for path in FILES.glob("*.csv"))
    )


@pytest.mark.req("R144", "R146", "R147", "R148")
@pytest.mark.parametrize("key", KEYS)
def test_an_export_is_recognised_also_with_columns_missing_added_and_moved(key: str) -> None:
    preset = find_preset(key)
    assert preset is not None
    genuine = headings(key)
    fewer = [h for place, h in enumerate(genuine) if place % 3 != 2]

    for changed in (genuine, genuine[::-1], [*genuine, "Own field 1", "Own field 2"], fewer):
        found = recognise(changed)
        assert found is not None
        assert found.preset.key == key
        assert found.sureness >= 0.5


@pytest.mark.parametrize(
    "plain",
    [
        ["Order", "Date", "Customer ID", "SKU", "Product", "Qty", "Price"],
        ["Mã khách hàng", "Tên khách hàng", "Số điện thoại", "Email", "Địa chỉ"],
        ["客户编号", "客户名称", "手机", "备注"],
        ["Name", "Email", "Phone"],
        [],
        ["", ""],
    ],
)
def test_a_sheet_kept_by_hand_is_nobodys_export(plain: list[str]) -> None:
    assert recognise(plain) is None


@pytest.mark.django_db
@pytest.mark.req("R018")
@pytest.mark.parametrize("key", ORDERS)
def test_an_order_export_comes_in_exactly(key: str, now: datetime, tmp_path: Path) -> None:
    orders, amount, unlinked, cancelled, people, rejected = ORDERS[key]
    setup_business(key)
    path = tmp_path / f"{key}.csv"
    path.write_bytes((FILES / f"{key}.csv").read_bytes())

    report = run_import(path, now=now, source="")

    counts = report.counts
    minor = 1 if report.currency == "VND" else 100
    exact = {"shopee-orders-en": 3000, "douyin-orders": 4390}.get(key, amount * minor)
    assert sum(counts["amounts"].values()) == exact
    assert (counts["orders"], counts["unlinked_orders"]) == (orders, unlinked)
    assert (counts["cancelled"], counts["new_customers"]) == (cancelled, people)
    assert (counts["rejected"], counts["returns"]) == (rejected, 0)
    assert Order.objects.count() == orders
    assert Source.objects.get().name == find_preset(key).system  # type: ignore[union-attr]


@pytest.mark.django_db
@pytest.mark.req("R144", "R146", "R147", "R148")
@pytest.mark.parametrize("key", PEOPLE)
def test_a_customer_export_comes_in_exactly(key: str, now: datetime, tmp_path: Path) -> None:
    names, rejected = PEOPLE[key]
    setup_business(key)
    path = tmp_path / f"{key}.csv"
    path.write_bytes((FILES / f"{key}.csv").read_bytes())

    is_company = key in {"zoho-accounts", "fxiaoke-companies", "hubspot-companies"}

    report = run_import(path, now=now, kind="companies" if is_company else "customers", source="")

    assert sorted(Customer.objects.values_list("full_name", flat=True)) == sorted(names)
    assert (report.counts["rejected"], report.counts["new_customers"]) == (rejected, len(names))
    assert set(
        Customer.objects.exclude(full_name="Công ty Mẫu").values_list("is_company", flat=True)
    ) == {is_company}


@pytest.mark.django_db
@pytest.mark.req("R147")
@pytest.mark.parametrize("key", STATEMENTS)
def test_a_log_or_list_of_a_known_system_comes_in_exactly(
    key: str, now: datetime, tmp_path: Path
) -> None:
    told, rejected = STATEMENTS[key]
    setup_business(key)
    path = tmp_path / f"{key}.csv"
    path.write_bytes((FILES / f"{key}.csv").read_bytes())
    kind = "sends" if key.endswith("sends") else "consents"

    report = run_import(path, now=now, kind=kind, source="")

    counts = report.counts
    assert counts["rejected"] == rejected
    assert counts.get("new_happenings", sum(counts["consents"].values())) == told
    assert not Customer.objects.exists()


@pytest.mark.django_db
@pytest.mark.req("R147")
@pytest.mark.parametrize(
    ("key", "refused"),
    [
        (
            "mautic-contacts",
            [
                ("ann@example.com", "opted out"),
                ("bob@example.com", "bounced"),
                ("+447911123456", "manual"),
            ],
        ),
        ("zoho-contacts", [("jo@example.com", "opted out")]),
        ("hubspot-contacts", [("gaelle@example.com", "opted out")]),
    ],
)
def test_who_refused_elsewhere_has_refused_here_with_the_reason(
    key: str, refused: list[tuple[str, str]], now: datetime, tmp_path: Path
) -> None:
    setup_business(key)
    path = tmp_path / f"{key}.csv"
    path.write_bytes((FILES / f"{key}.csv").read_bytes())

    report = run_import(path, now=now, kind="customers")

    said = list_sentences(kind="customers", counts=report.counts)
    assert any(f"{len(refused)} address" in sentence for sentence in said)
    denied = Consent.objects.filter(status="denied")
    assert sorted((one.address, one.proof.split(" · ")[0]) for one in denied) == sorted(refused)
    assert not Consent.objects.filter(status="granted").exists()


@pytest.mark.django_db
def test_a_preset_can_be_left_aside(now: datetime, tmp_path: Path) -> None:
    setup_business("tiktok-orders")
    path = tmp_path / "orders.csv"
    path.write_bytes((FILES / "tiktok-orders.csv").read_bytes())

    report = run_import(path, now=now, preset="", is_dry_run=True)

    assert report.counts["rejected"] == 3  # the explanations, and rows without a price


def test_states_of_several_columns_are_read_together() -> None:
    own = OwnWords(done=("售后关闭",), cancelled=("已关闭",), returns_cancel=True)

    assert read_own_status("已完成 · 售后关闭", own=own) == OrderStatus.DONE
    assert read_own_status("已关闭 · 售后关闭", own=own) == OrderStatus.CANCELLED
    assert read_own_status("已完成 · 退款成功", own=own) == OrderStatus.CANCELLED


def test_a_doubtful_refusal_is_a_refusal() -> None:
    assert read_refusal("0") is None
    assert read_refusal("") is None
    assert read_refusal("true") == "opted out"
    assert read_refusal("perhaps") == "perhaps"


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.one_of(st.text(max_size=20), st.sampled_from(headings("shopee-orders"))), max_size=30
    )
)
def test_any_headings_are_somebodys_or_nobodys(given_headings: list[str]) -> None:
    found = recognise(given_headings)
    if found is not None:
        mapping = map_columns(preset=found.preset, headers=given_headings)
        assert set(mapping.values()) <= set(given_headings)
        assert len(set(mapping.values())) == len(mapping)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_some_state_and_some_answer(text: str) -> None:
    own = OwnWords(done=("x",), cancelled=("y",), returns_cancel=True)
    assert read_own_status(text, own=own) in OrderStatus
    assert len(read_refusal(text) or "") <= 80


@pytest.mark.django_db
def test_the_page_says_whose_file_it_is_and_lets_one_leave_it(now: datetime) -> None:
    setup_business("zoho-contacts")
    client = Client()
    client.force_login(cast.hire(Role.OWNER))
    file = SimpleUploadedFile("people.csv", (FILES / "zoho-contacts.csv").read_bytes())

    client.post(reverse("identify:import_new"), {"kind": "customers", "file": file})
    run = ImportRun.objects.get()
    columns = address("import_columns", run)
    page = client.get(columns).content.decode()
    client.post(columns, {"preset": ""})
    run.refresh_from_db()
    left = dict(run.options)
    client.post(columns, {"preset": "zoho-contacts"})
    run.refresh_from_db()

    assert "This is a contact export of Zoho CRM." in page
    assert (left["preset"], left["recognised"]) == ("", "zoho-contacts")
    assert run.options["preset"] == "zoho-contacts"
    assert run.options["mapping"]["refusal_email"] == "Email Opt Out"
