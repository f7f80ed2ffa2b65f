"""Files written in the Vietnamese fonts from before Unicode come in as what was meant."""

from __future__ import annotations

import codecs
import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idic.identify.importing.readers import load, open_workspace
from idic.identify.importing.readers.encodings import choose_encoding
from idic.identify.importing.readers.inspection import inspect_file
from idic.identify.importing.readers.vietnamese import is_syllable

MEANT = "Cộng hòa xã hội chủ nghĩa Việt Nam"
TCVN3 = "Céng hßa x· héi chñ nghÜa ViÖt Nam"
VNI = "Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam"


def old(text: str) -> bytes:
    """Give the bytes that the old fonts showed so, as they look without the font."""
    return text.encode("latin-1")


@pytest.mark.parametrize(("name", "written"), [("tcvn3", TCVN3), ("vni", VNI)])
def test_a_known_sentence_is_read_as_meant(name: str, written: str) -> None:
    assert old(written).decode(name) == MEANT


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Nguyeãn Thò Ñaøo", "Nguyễn Thị Đào"),
        ("Traàn Quoác Thöôûng", "Trần Quốc Thưởng"),
        ("LEÂ VAÊN HUØNG", "LÊ VĂN HÙNG"),
        ("Phaïm Myõ Haèng, Bình Dương".replace("Dương", "Döông"), "Phạm Mỹ Hằng, Bình Dương"),
        ("Quyønh Lyù Kyû Thuïy Vî", "Quỳnh Lý Kỷ Thụy Vỵ"),
        ("ôû ñöôøng Ñieän Bieân Phuû", "ở đường Điện Biên Phủ"),
    ],
)
def test_letters_of_vni_take_what_stands_behind_them(written: str, meant: str) -> None:
    assert old(written).decode("vni") == meant


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("tcvn3", "M· KH,Tªn kh¸ch,§Þa chØ\n1,NguyÔn V¨n §Æng,Hµ Néi\n2,TrÇn ThÞ H»ng,§µ N½ng\n"),
        (
            "vni",
            "Maõ KH,Teân khaùch,Ñòa chæ\n1,Nguyeãn Vaên Ñaëng,Haø Noäi\n"
            "2,Traàn Thò Haèng,Ñaø Naüng\n",
        ),
    ],
)
def test_a_customer_sheet_is_recognised_by_its_words(tmp_path: Path, name: str, rows: str) -> None:
    path = tmp_path / "khach.csv"
    path.write_bytes(old(rows))

    shape = inspect_file(path)
    with open_workspace() as workspace:
        load(workspace, path, shape)
        found = [row[1:] for row in workspace.rows("FROM raw ORDER BY 1")]

    assert shape.encoding == name
    assert shape.headers == ("Mã KH", "Tên khách", "Địa chỉ")
    assert found == [("1", "Nguyễn Văn Đặng", "Hà Nội"), ("2", "Trần Thị Hằng", "Đà Nẵng")]


@pytest.mark.parametrize(
    "text",
    [
        "id,name\n1,Zoë Müller\n2,André Lefèvre\n3,François Noël\n",
        "id,name\n1,João Gonçalves\n2,Núñez Peña\n3,Ramón Ibáñez\n",
        "id,name\n1,Jürgen Groß\n2,Jörg Schröder\n3,Käthe Weiß\n",
        "id,price\n1,£12\n2,€9\n",
    ],
)
def test_names_of_western_europe_are_not_taken_for_vietnamese(tmp_path: Path, text: str) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(text.encode("cp1252"))

    assert choose_encoding(path) == "cp1252"


@given(content=st.binary(max_size=60), cut=st.integers(0, 60))
def test_any_bytes_are_read_alike_whole_and_in_pieces(content: bytes, cut: int) -> None:
    for name in ("tcvn3", "vni"):
        decoder = codecs.getincrementaldecoder(name)("replace")
        pieces = decoder.decode(content[:cut]) + decoder.decode(content[cut:], final=True)
        assert pieces == content.decode(name, errors="replace")


def test_a_syllable_has_one_tone_and_the_letters_of_the_language() -> None:
    yes = "Nguyễn Thị Khuyên nghiêng Đắk ươn quyền giường Lê ý oằn"
    no = "Müller Café ngtễ Nguyễễn Zoë strasse ngh João"

    assert all(is_syllable(word) for word in yes.split())
    assert not any(is_syllable(word) for word in no.split())


def test_an_export_in_an_old_font_comes_back_the_same(tmp_path: Path) -> None:
    """Python's own reader takes the encoding by name, as the error file and the wizard do."""
    path = tmp_path / "a.csv"
    path.write_bytes(old(f"ten,so\n{VNI},1\n"))

    with path.open(encoding="vni", newline="") as file:
        assert list(csv.reader(file)) == [["ten", "so"], [MEANT, "1"]]
