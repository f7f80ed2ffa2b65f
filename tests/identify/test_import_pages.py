"""The wizard of imports as a browser walks it: upload, columns, choices, trying out, publishing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import translation

from idic.core.jobs.worker import drain
from idic.core.models import Business, Staff
from idic.identify.models import Customer, Identifier, ImportRun, ImportState, Order, Source
from idic.identify.services.sources import kept_source, shown_source

from .importing import make_business

HEAD = "Mã đơn;Ngày;SĐT;Tên khách;Mã hàng;SL;Đơn giá"
ROWS = (
    "HD1;05/11/2026;0912 345 678;Nguyễn Thị Hương;SP1;2;38.000",
    "HD1;05/11/2026;0912 345 678;Nguyễn Thị Hương;SP2;1;1.245.000",
    "HD2;17/11/2026;0987654321;Trần Văn Dũng;SP1;3;38.000",
)
BAD = (
    "HD3;32/13/2026;0987654321;Trần Văn Dũng;SP1;3;38.000",
    "HD4;18/11/2026;0987654321;Trần Văn Dũng;SP1;;38.000",
)
UNKNOWN_HEAD = "a;b;c;d;e;f;g"
MOST_QUERIES = 10

NOW = datetime(2026, 11, 23, tzinfo=UTC)

Queries = Callable[..., Any]


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Any) -> None:
    settings.IDIC_FILES = settings.IDIC_HOME / "files"


@pytest.fixture
def business(db: None) -> Business:
    return make_business(currency="VND")


@pytest.fixture
def as_role(business: Business) -> Callable[[str], Client]:
    def as_role(role: str) -> Client:
        staff = Staff.objects.create(
            email=f"{role}@shop.vn",
            display_name=role.title(),
            role=role,
            password=make_password(None),
        )
        client = Client()
        client.force_login(staff)
        return client

    return as_role


@pytest.fixture
def owner(as_role: Callable[[str], Client]) -> Client:
    return as_role("owner")


def table(*rows: str, head: str = HEAD) -> bytes:
    return "\r\n".join([head, *rows, ""]).encode("utf-8-sig")


def upload(client: Client, content: bytes, *, kind: str = "orders", name: str = "don.csv") -> Any:
    file = SimpleUploadedFile(name, content)
    return client.post("/imports/new/", {"kind": kind, "file": file})


def begin(client: Client, content: bytes, *, kind: str = "orders") -> str:
    """Upload a file and give the address of its pages."""
    answer = upload(client, content, kind=kind)
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"]).removesuffix("columns/")


def columns(*fields: str) -> dict[str, str]:
    return {f"column_{place}": name for place, name in enumerate(fields)}


FIELDS = columns(
    "order_number",
    "ordered_at",
    "phone",
    "full_name",
    "product_code",
    "quantity",
    "unit_price",
)
CHOICES = {
    "source": "Máy tính tiền",
    "country": "VN",
    "currency": "VND",
    "sms_agreement": "unknown",
    "zalo_agreement": "unknown",
}


def walk(client: Client, content: bytes) -> str:
    """Go all the way; give the address of the import."""
    base = begin(client, content)
    assert client.post(f"{base}columns/", FIELDS).status_code == 302
    assert client.post(f"{base}choices/", CHOICES)["Location"] == f"{base}check/"
    assert client.get(f"{base}check/").status_code == 200
    assert client.post(f"{base}start/")["Location"] == base
    drain(queues=("long",))
    return base


@pytest.mark.django_db(transaction=True)
def test_a_file_comes_in_by_the_wizard_and_its_report_says_what_became_of_it(
    owner: Client,
) -> None:
    base = walk(owner, table(*ROWS))

    run = ImportRun.objects.get()
    assert run.state == ImportState.PUBLISHED
    assert Order.objects.count() == 2
    assert set(Order.objects.values_list("net_amount", flat=True)) == {1_321_000, 114_000}
    assert Customer.objects.count() == 2
    assert set(Identifier.objects.filter(type="phone").values_list("value", flat=True)) == {
        "+84912345678",
        "+84987654321",
    }
    assert "3 rows are 2 people" in owner.get(base).content.decode()


@pytest.mark.django_db(transaction=True)
def test_the_same_file_again_changes_nothing(owner: Client) -> None:
    walk(owner, table(*ROWS))
    base = walk(owner, table(*ROWS))

    assert Order.objects.count() == 2
    assert Customer.objects.count() == 2
    assert "This file is in already" in owner.get(base).content.decode()


@pytest.mark.django_db(transaction=True)
def test_refused_rows_are_named_before_and_after_and_can_be_fetched(owner: Client) -> None:
    base = begin(owner, table(*ROWS, *BAD))
    owner.post(f"{base}columns/", FIELDS)
    owner.post(f"{base}choices/", CHOICES)
    tried = owner.get(f"{base}check/").content.decode()

    assert "2 rows are refused" in tried
    assert "not a date: 32/13/2026" in tried
    assert "no quantity" in tried
    assert "Bring in 3 rows" in tried
    assert Order.objects.count() == 0

    owner.post(f"{base}start/")
    drain(queues=("long",))
    assert f"{base}errors.csv" in owner.get(base).content.decode()
    refused = b"".join(owner.get(f"{base}errors.csv").streaming_content)  # type: ignore[attr-defined]
    lines = refused.decode("utf-8-sig").splitlines()
    assert len(lines) == 3
    assert lines[1].endswith("5,not a date: 32/13/2026")
    assert lines[2].endswith("6,no quantity")


def test_what_is_still_needed_is_named_until_it_is_chosen(owner: Client) -> None:
    base = begin(owner, table(*ROWS, head=UNKNOWN_HEAD))

    page = owner.get(f"{base}columns/").content.decode()
    assert "Still needed:" in page
    assert "Unit price or Line total or Order total" in page

    answer = owner.post(f"{base}columns/", columns("order_number", "ordered_at"))
    assert answer.status_code == 422
    assert "No column was recognised as: Unit price" in answer.content.decode()

    assert owner.post(f"{base}columns/", FIELDS)["Location"] == f"{base}choices/"


@pytest.mark.django_db(transaction=True)
def test_orders_of_nobody_are_warned_of_before_they_come_in(owner: Client) -> None:
    base = begin(owner, table(*ROWS))
    left_out = FIELDS | {"column_2": "", "column_3": ""}
    owner.post(f"{base}columns/", left_out)
    owner.post(f"{base}choices/", CHOICES)
    nobody = owner.get(f"{base}check/").content.decode()
    owner.post(f"{base}columns/", FIELDS)
    somebody = owner.get(f"{base}check/").content.decode()

    assert "No row says who bought." in nobody
    assert f'href="{base}columns/">To the columns' in nobody
    assert "No row says who bought." not in somebody


def test_two_columns_cannot_feed_one_field(owner: Client) -> None:
    base = begin(owner, table(*ROWS))
    answer = owner.post(f"{base}columns/", FIELDS | {"column_4": "order_number"})
    assert answer.status_code == 422
    assert "Two columns are read as “Order number”: Mã đơn and Mã hàng." in (
        answer.content.decode().replace("&quot;", '"')
    )


PEOPLE = table(
    "KH1;Nguyễn Thị Hương;0912345678;Có",
    "KH2;Trần Văn Dũng;0987654321;Không",
    head="Mã KH;Họ tên;SĐT;Đồng ý nhận SMS",
)


@pytest.mark.parametrize(
    ("content", "given", "fits"),
    [(PEOPLE, "orders", "customers"), (table(*ROWS), "customers", "orders")],
)
def test_a_file_given_for_the_wrong_kind_is_noticed_and_turned(
    content: bytes, given: str, fits: str, owner: Client
) -> None:
    base = begin(owner, content, kind=given)
    assert f"Read it as {fits}" in owner.get(f"{base}columns/").content.decode()

    owner.post(f"{base}columns/", {"kind": fits})

    assert ImportRun.objects.get().kind == fits
    page = owner.get(f"{base}columns/").content.decode()
    assert "Read it as" not in page
    assert "Still needed:" not in page


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "The submitted file is empty."),
        (table(), "The file has headings but no rows below them."),
        (b"%PDF-1.4 \x00", "This is a PDF file."),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_at_once(
    content: bytes, said: str, owner: Client
) -> None:
    answer = upload(owner, content)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert ImportRun.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_the_first_file_says_where_the_shop_is_and_in_what_it_counts(owner: Client) -> None:
    make_business(country="GB", currency="GBP", time_zone="Europe/London")
    base = begin(owner, table(*ROWS))
    owner.post(f"{base}columns/", FIELDS)
    page = owner.get(f"{base}choices/").content.decode()
    assert '<option value="VN" selected>' in page
    assert '<option value="VND" selected>' in page

    owner.post(f"{base}choices/", CHOICES)
    assert "₫1,435,000 in 3 lines, from 5 Nov 2026 to 17 Nov 2026." in (
        owner.get(f"{base}check/").content.decode().replace("\xa0", " ")
    )
    owner.post(f"{base}start/")
    drain(queues=("long",))

    business = Business.objects.get()
    assert (business.country, business.currency) == ("VN", "VND")
    assert business.time_zone == "Asia/Ho_Chi_Minh"
    assert Identifier.objects.filter(type="phone", value="+84912345678").exists()


@pytest.mark.django_db(transaction=True)
def test_later_files_are_not_asked_where_the_shop_is(owner: Client) -> None:
    walk(owner, table(*ROWS))
    base = begin(owner, table("HD9;20/11/2026;0912345678;Hương;SP1;1;38.000"))
    owner.post(f"{base}columns/", FIELDS)
    page = owner.get(f"{base}choices/").content.decode()
    assert 'name="country"' not in page
    assert 'name="rate"' in page


def test_a_dropped_draft_leaves_no_file(owner: Client, settings: Any) -> None:
    base = begin(owner, table(*ROWS))
    run = ImportRun.objects.get()
    kept = settings.IDIC_HOME / run.file_path
    assert kept.is_file()

    assert owner.post(f"{base}discard/")["Location"] == "/imports/"
    assert not kept.exists()
    assert "don.csv" not in owner.get("/imports/").content.decode()


@pytest.mark.parametrize("role", ["sales", "care"])
def test_who_may_not_import_sees_the_list_and_no_wizard(
    role: str, as_role: Callable[[str], Client]
) -> None:
    client = as_role(role)
    listed = client.get("/imports/")
    assert listed.status_code == 200
    assert "Your role may not bring in files." in listed.content.decode()
    assert client.get("/imports/new/").status_code == 403
    assert upload(client, table(*ROWS)).status_code == 403
    assert ImportRun.objects.count() == 0


def test_each_page_of_the_wizard_asks_little(
    owner: Client, django_assert_max_num_queries: Queries
) -> None:
    base = begin(owner, table(*ROWS))
    owner.post(f"{base}columns/", FIELDS)
    owner.post(f"{base}choices/", CHOICES)
    owner.get(f"{base}check/")
    pages = ("/imports/", "/imports/new/", "/sources/", f"{base}columns/", f"{base}choices/")
    for page in (*pages, f"{base}check/"):
        with django_assert_max_num_queries(MOST_QUERIES):
            assert owner.get(page).status_code == 200


def test_the_source_of_plain_files_has_one_name_in_each_language(owner: Client) -> None:
    Source.objects.create(key="files", name="Files", kind="file", created_at=NOW)
    base = begin(owner, table(*ROWS))
    owner.post(f"{base}columns/", FIELDS)
    owner.cookies["idic_language"] = "vi"

    page = owner.get(f"{base}choices/").content.decode()

    assert 'value="Tệp"' in page
    assert "Files" not in page
    with translation.override("zh-hans"):
        assert (shown_source("Files"), kept_source("文件")) == ("文件", "Files")
        assert (shown_source("门店"), kept_source("门店")) == ("门店", "门店")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("vi", ("Nhận ra 7 trên 7 cột", "Tiếp tục", "Mã đơn hàng")),
        ("zh-hans", ("已识别 7 列，共 7 列", "继续", "客户姓名")),
    ],
)
def test_the_columns_speak_the_language(
    language: str, words: tuple[str, ...], owner: Client
) -> None:
    base = begin(owner, table(*ROWS))
    owner.cookies["idic_language"] = language
    page = owner.get(f"{base}columns/").content.decode()
    for word in words:
        assert word in page
