"""Address books of phones and mail programs as customer files: three versions of vCard, folded and
quoted, in the encodings phones write, and never a card lost for its broken neighbour.
"""

from __future__ import annotations

import tempfile
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idic.identify.importing.problems import ImportProblem
from idic.identify.importing.readers import inspect_file
from idic.identify.importing.readers.vcard import HEADERS, count_cards, read_rows
from idic.identify.models import Customer, Trait
from tests.identify.importing import make_business, run_import

pytestmark = pytest.mark.req("R018")

OLD = """BEGIN:VCARD\r
VERSION:2.1\r
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=4E=67=75=79=E1=BB=85=6E;=41=6E;=\r
=54=68=E1=BB=8B;;\r
TEL;HOME:02435551234\r
TEL;CELL;PREF:0912345678\r
EMAIL;INTERNET:an@example.com\r
ORG;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=43=C3=B4=6E=67=20=74=79=20=4D=E1=BA=ABu\r
END:VCARD\r
"""
NEW = """BEGIN:VCARD
VERSION:4.0
FN:Ann Smith\\, Dr
N:Smith;Ann;;Dr;
item1.TEL;VALUE=uri;TYPE="voice,cell";PREF=1:tel:+44-7911-123456
EMAIL;TYPE=work:ann@
 example.com
ADR;TYPE=home:;;1 High Street;Leeds;Yorkshire;LS1 1AA;GB
BDAY:19900105
GENDER:F
CATEGORIES:vip,tea
NOTE:Likes tea\\;\\ncalls on Monday
PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQ
 SkZJRg
END:VCARD
"""
CHINESE = """BEGIN:VCARD
VERSION:3.0
N:王;小明;;;
FN:王小明
TEL;TYPE=CELL:13800001111
ORG:样品科技有限公司;销售部
BDAY:--0808
END:VCARD
"""


def cards(tmp_path: Path, content: bytes) -> list[dict[str, str]]:
    path = tmp_path / "contacts.vcf"
    path.write_bytes(content)
    shape = inspect_file(path)
    assert (shape.format, shape.headers) == ("vcard", HEADERS)
    return [
        {name: cell for name, cell in zip(HEADERS, row, strict=True) if cell}
        for row in read_rows(path, encoding=shape.encoding)
    ]


def test_an_old_phone_s_quoted_card_is_read(tmp_path: Path) -> None:
    assert cards(tmp_path, OLD.encode()) == [
        {
            "Name": "Nguyễn Thị An",
            "Given name": "An",
            "Family name": "Nguyễn",
            "Phone": "0912345678",
            "Other phones": "02435551234",
            "E-mail": "an@example.com",
            "Company": "Công ty Mẫu",
        }
    ]


def test_a_card_of_version_4_is_read(tmp_path: Path) -> None:
    assert cards(tmp_path, NEW.encode()) == [
        {
            "Name": "Ann Smith, Dr",
            "Given name": "Ann",
            "Family name": "Smith",
            "Salutation": "Dr",
            "Phone": "+44-7911-123456",
            "E-mail": "ann@example.com",
            "Address": "1 High Street",
            "City": "Leeds",
            "Province": "Yorkshire",
            "Country": "GB",
            "Birth date": "1990-01-05",
            "Gender": "female",
            "Tags": "vip, tea",
            "Notes": "Likes tea; calls on Monday",
        }
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gb18030"])
def test_chinese_cards_are_read_in_every_encoding_of_phones(tmp_path: Path, encoding: str) -> None:
    found = cards(tmp_path, (CHINESE * 3).encode(encoding))

    assert len(found) == 3
    assert found[0]["Name"] == "王小明"
    assert found[0]["Company"] == "样品科技有限公司 销售部"
    assert "Birth date" not in found[0]


def test_quoted_gbk_is_read_by_its_charset(tmp_path: Path) -> None:
    quoted = "".join(f"={byte:02X}" for byte in "王;小明".encode("gbk")).replace("=3B", ";")
    content = (
        "BEGIN:VCARD\nVERSION:2.1\n"
        f"N;ENCODING=QUOTED-PRINTABLE;CHARSET=GBK:{quoted}\nTEL:13800001111\nEND:VCARD\n"
    )

    assert cards(tmp_path, content.encode())[0]["Name"] == "王小明"


def test_a_broken_card_costs_no_other(tmp_path: Path) -> None:
    broken = "BEGIN:VCARD\nFN:Lost\nTEL 123\n;;;\n" + NEW + "BEGIN:VCARD\nFN:Last"

    found = cards(tmp_path, broken.encode())

    assert [card["Name"] for card in found] == ["Lost", "Ann Smith, Dr", "Last"]


@pytest.mark.django_db
def test_an_address_book_comes_in_as_customers(tmp_path: Path, now: datetime) -> None:
    make_business(language="vi")
    path = tmp_path / "contacts.vcf"
    path.write_bytes((OLD + NEW + CHINESE + "BEGIN:VCARD\nFN:Nobody\nEND:VCARD\n").encode())

    report = run_import(path, now=now, kind="customers", source="Phone")
    again = run_import(path, now=now, kind="customers", source="Phone")

    shown = Customer.objects.order_by("full_name").values_list("full_name", "phone", "is_company")
    assert list(shown) == [
        ("Ann Smith, Dr", "+447911123456", False),
        ("Nguyễn Thị An", "+84912345678", False),
        ("王小明", "+8613800001111", False),
    ]
    assert Customer.objects.get(email="ann@example.com").birth_date == date(1990, 1, 5)
    assert (
        Trait.objects.get(record__kind="person", name="company", value__startswith="Công").value
        == "Công ty Mẫu"
    )
    assert (report.counts["rows"], report.counts["rejected"]) == (4, 1)
    assert report.rejected == [(4, "missing_customer", "")]
    assert again.is_repeat


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.sampled_from([OLD, NEW, CHINESE, "BEGIN:VCARD\n", "END:VCARD\n", "N;", "=\n", " "]),
            st.text(max_size=40),
        ),
        max_size=8,
    ),
    st.sampled_from(["utf-8", "utf-16", "gb18030"]),
)
def test_any_text_after_a_beginning_gives_rows_or_a_sentence(
    parts: list[str], encoding: str
) -> None:
    content = ("BEGIN:VCARD\n" + "".join(parts)).encode(encoding, errors="replace")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "any.vcf"
        path.write_bytes(content)
        try:
            shape = inspect_file(path)
            rows = list(read_rows(path, encoding=shape.encoding))
            count_cards(path, encoding=shape.encoding)
        except ImportProblem:
            return
    assert shape.format == "vcard"
    assert all(len(row) == len(HEADERS) for row in rows)
