"""Files of every sort become one shape, and files that cannot be read say why in one sentence."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import duckdb
import pytest

from idic.identify.importing.problems import ImportProblem
from idic.identify.importing.readers import FileShape, inspect_file, load, open_workspace

VIETNAMESE = "Mã đơn;Khách hàng;Số tiền\nHD1;Đặng Thị Hoa;120000\nHD2;Vũ Quốc Ánh;95000\n"
CHINESE = "订单号,客户,金额\nA1,王小明,120\nA2,欧阳娜娜,95\n"


def write(tmp_path: Path, content: bytes | str, name: str = "orders.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(path: Path, **how: str) -> tuple[FileShape, list[tuple[object, ...]]]:
    shape = inspect_file(path, **how)
    with open_workspace() as workspace:
        load(workspace, path, shape)
        return shape, list(workspace.rows("SELECT * FROM raw ORDER BY row_number"))


def write_xlsx(path: Path, rows: Sequence[Sequence[object]]) -> Path:
    """Write a workbook of one sheet: text and numbers, as little as Excel accepts."""
    body = io.StringIO()
    for row in rows:
        cells = "".join(
            f"<c><v>{cell}</v></c>"
            if isinstance(cell, int | float)
            else f'<c t="inlineStr"><is><t>{escape(str(cell))}</t></is></c>'
            for cell in row
        )
        body.write(f"<row>{cells}</row>")
    office = "http://schemas.openxmlformats.org"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{office}/package/2006/content-types">'
        '<Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/xl/workbook.xml" ContentType='
        '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
        '<Override PartName="/xl/worksheets/sheet1.xml" ContentType='
        '"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{office}/package/2006/relationships">'
        f'<Relationship Id="a" Type="{office}/officeDocument/2006/relationships/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{office}/spreadsheetml/2006/main" '
        f'xmlns:r="{office}/officeDocument/2006/relationships"><sheets>'
        '<sheet name="Orders" sheetId="1" r:id="a"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{office}/package/2006/relationships">'
        f'<Relationship Id="a" Type="{office}/officeDocument/2006/relationships/worksheet" '
        'Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{office}/spreadsheetml/2006/main">'
        f"<sheetData>{body.getvalue()}</sheetData></worksheet>",
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return path


@pytest.mark.parametrize(
    ("text", "codec", "shown", "delimiter"),
    [
        (VIETNAMESE, "utf-8", "utf-8", ";"),
        (VIETNAMESE, "utf-8-sig", "utf-8-sig", ";"),
        (VIETNAMESE, "utf-16", "utf-16", ";"),
        (VIETNAMESE.replace(";", "\t"), "utf-16-le", "utf-16-le", "\t"),
        (CHINESE, "gbk", "gb18030", ","),
        (CHINESE.replace(",", "|"), "gb18030", "gb18030", "|"),
        ("Order,Name,Total\n1,Zoë Müller,12\n2,André,9\n", "cp1252", "cp1252", ","),
    ],
)
def test_encoding_and_delimiter_are_recognised(
    tmp_path: Path, text: str, codec: str, shown: str, delimiter: str
) -> None:
    shape, rows = read(write(tmp_path, text.encode(codec)))

    lines = [line.split(delimiter) for line in text.strip().split("\n")]
    assert (shape.encoding, shape.delimiter) == (shown, delimiter)
    assert shape.headers == tuple(lines[0])
    assert rows == [(number, *line) for number, line in enumerate(lines[1:], start=2)]


def test_windows_1258_is_told_from_1252(tmp_path: Path) -> None:
    combined = VIETNAMESE.encode("cp1258", errors="ignore")
    # cp1258 writes a vowel and its mark apart: Hoàng is Hoa + grave + ng.
    name = "Đă\u0323ng Thi\u0323 Ho\u0300a, Lê Ngo\u0323c, Nguyê\u0303n"
    path = write(tmp_path, combined + f"HD3;{name};1\n".encode("cp1258"))

    shape, rows = read(path)

    assert shape.encoding == "cp1258"
    assert rows[-1][2] == name


def test_quoted_cells_keep_delimiters_and_lines(tmp_path: Path) -> None:
    path = write(tmp_path, 'order,note\r\n1,"a, b"\r\n2,"two\nlines"\r\n3,"say ""hi"""\r\n')

    assert read(path)[1] == [(2, "1", "a, b"), (3, "2", "two\nlines"), (4, "3", 'say "hi"')]


def test_short_rows_are_filled_and_long_ones_set_aside_with_their_number(tmp_path: Path) -> None:
    path = write(tmp_path, "order,name,total\n1,Ann\n\n2,Bob,9,extra\n3,Cleo,5,\n")

    shape = inspect_file(path)
    with open_workspace() as workspace:
        load(workspace, path, shape)

        assert list(workspace.rows("FROM raw ORDER BY 1")) == [
            (2, "1", "Ann", None),
            (5, "3", "Cleo", "5"),
        ]
        assert list(workspace.rows("FROM misread")) == [(4, "too_many_cells", "2,Bob,9,extra")]


def test_headings_are_found_below_report_titles(tmp_path: Path) -> None:
    path = write_xlsx(
        tmp_path / "report.xlsx",
        [
            ["BÁO CÁO BÁN HÀNG"],
            [],
            ["Mã hóa đơn", "Thời gian", "Thành tiền"],
            ["HD1", 46027.5, 1245000],
            ["HD2", "05/01/2026", 350000.5],
        ],
    )

    shape, rows = read(path)

    assert (shape.format, shape.sheet, shape.header_row) == ("xlsx", "Orders", 3)
    assert shape.headers == ("Mã hóa đơn", "Thời gian", "Thành tiền")
    assert rows == [(4, "HD1", "46027.5", "1245000"), (5, "HD2", "05/01/2026", "350000.5")]


def test_a_file_without_headings_gets_numbered_columns(tmp_path: Path) -> None:
    shape, rows = read(write(tmp_path, "1,2026-01-05,12.5\n2,2026-01-06,9\n"))

    assert (shape.header_row, shape.headers) == (0, ("Column 1", "Column 2", "Column 3"))
    assert rows == [(1, "1", "2026-01-05", "12.5"), (2, "2", "2026-01-06", "9")]


def test_parquet_comes_in_as_text_exactly(tmp_path: Path) -> None:
    path = tmp_path / "orders.parquet"
    duckdb.sql(
        "SELECT '536365' AS invoice, 17850.0::DOUBLE AS customer, 2.55::DOUBLE AS price, "
        "TIMESTAMP '2010-12-01 08:26:00' AS moment, NULL::INTEGER AS nothing, 0.001::DOUBLE AS s"
    ).write_parquet(str(path))

    assert read(path)[1] == [(2, "536365", "17850", "2.55", "2010-12-01 08:26:00", None, "0.001")]


def test_repeated_and_empty_headings_become_names_of_their_own(tmp_path: Path) -> None:
    shape = inspect_file(write(tmp_path, "Order,Price,Price,\nA,x,y,z\n"))

    assert shape.headers == ("Order", "Price", "Price (2)", "Column 4")


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "a.csv", "empty"),
        (b"\n\n \n", "a.csv", "empty"),
        (b"order,total\n", "a.csv", "no_rows"),
        (bytes(range(256)) * 40, "a.csv", "binary"),
        (b"%PDF-1.7 ...", "a.csv", "binary"),
        (b"\x1f\x8b\x08rest", "a.csv.gz", "binary"),
        (b"PK\x03\x04 no workbook", "a.xlsx", "unreadable_spreadsheet"),
        (b"PAR1 cut off", "a.parquet", "unreadable_parquet"),
        (b"just a few words\nand a line\n", "a.txt", "not_a_table"),
        (b'order,note\n1,"open' + b"\nx" * 300, "a.csv", "broken_quotes"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_sentence(
    tmp_path: Path, content: bytes, name: str, code: str
) -> None:
    with pytest.raises(ImportProblem) as caught:
        read(write(tmp_path, content, name))

    assert caught.value.code == code
    assert str(caught.value).endswith(".")


def test_a_file_of_two_encodings_names_the_row(tmp_path: Path) -> None:
    mixed = VIETNAMESE.encode() * 3 + "HD9;Zoë;1\n".encode("cp1252")

    with pytest.raises(ImportProblem, match="Row 10 is not UTF-8") as caught:
        inspect_file(write(tmp_path, mixed))

    assert caught.value.code == "mixed_encoding"


def test_a_wrong_byte_far_into_the_file_names_the_row(tmp_path: Path) -> None:
    lines = [f"HD{n};Đặng Thị Hoa;1" for n in range(60_000)]
    content = "\n".join(["a;b;c", *lines]).encode() + b"\nHD;\xff\xfe;1\n"

    with pytest.raises(ImportProblem, match="Row 60002 is not UTF-8"):
        inspect_file(write(tmp_path, content))


def test_an_encoding_that_was_named_wrongly_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, CHINESE.encode("gbk"))

    with pytest.raises(ImportProblem, match="Row 1 is not UTF-8"):
        inspect_file(path, encoding="utf-8")
    with pytest.raises(ImportProblem, match="“klingon” is not known"):
        inspect_file(path, encoding="klingon")


def test_a_full_disk_is_said_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, VIETNAMESE.encode("utf-16"))
    real = Path.open

    def full(self: Path, mode: str = "r", **how: object) -> object:
        if "w" in mode:
            raise OSError(28, "No space left on device")
        return real(self, mode, **how)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(ImportProblem, match="The disk is full") as caught:
        read(path)

    assert caught.value.code == "disk_full"


@pytest.mark.parametrize("name", ["a [1].csv", "b*?.csv"])
def test_a_file_name_is_a_name_and_no_pattern(tmp_path: Path, name: str) -> None:
    write(tmp_path, "x,y\nwrong,file\n", "a 1.csv")

    assert read(write(tmp_path, "x,y\na,b\n", name))[1] == [(2, "a", "b")]


def test_a_parquet_file_may_have_brackets_in_its_name(tmp_path: Path) -> None:
    path = tmp_path / "a [1].parquet"
    duckdb.sql("SELECT 1 AS a, 2 AS b").write_parquet(str(path))

    assert read(path)[1] == [(2, "1", "2")]
