"""How a person is spoken to: by what is recorded, never by a guess."""

from __future__ import annotations

import pytest

from idic.interact.content.address import Spoken, speak_to

CASES = [
    # Vietnamese: the given name is the last word.
    ("vi", "Nguyễn Thị Hương", "chị", "", False, "Chào chị Hương", "chị Hương", "chị"),
    ("vi", "Nguyễn Thị Hương", "", "Nữ", False, "Chào chị Hương", "chị Hương", "chị"),
    ("vi", "Trần Văn Minh", "", "male", False, "Chào anh Minh", "anh Minh", "anh"),
    ("vi", "Nguyễn Thị Hương", "", "", False, "Chào anh/chị Hương", "anh/chị Hương", "anh/chị"),
    ("vi", "", "", "", False, "Kính chào Quý khách", "Quý khách", "Quý khách"),
    ("vi", "Hoa Sen", "", "", True, "Kính gửi Hoa Sen", "Hoa Sen", "Quý công ty"),
    # Chinese: the family name is the first character, or two.
    ("zh-hans", "王小明", "先生", "", False, "王先生，您好", "王先生", "您"),
    ("zh-hans", "欧阳娜", "", "女", False, "欧阳女士，您好", "欧阳女士", "您"),
    ("zh-hans", "王小明", "", "", False, "王小明，您好", "王小明", "您"),
    ("zh-hans", "", "", "女", False, "您好", "您", "您"),
    ("zh-hans", "Anna Lee", "", "f", False, "Anna Lee，您好", "Anna Lee", "您"),
    # English.
    ("en", "Jane Smith", "Ms", "", False, "Dear Ms Smith", "Ms Smith", "you"),
    ("en", "Jane Smith", "", "f", False, "Hello Jane", "Jane", "you"),
    ("en", "Nguyễn Thị Hương", "", "", False, "Hello Nguyễn Thị Hương", "Nguyễn Thị Hương", "you"),
    ("en", "", "", "", False, "Hello", "you", "you"),
]  # fmt: skip


@pytest.mark.req("R100")
@pytest.mark.parametrize(
    ("language", "full_name", "salutation", "gender", "is_company", "greeting", "name", "you"),
    CASES,
)
def test_a_person_is_addressed_properly(
    language: str,
    full_name: str,
    salutation: str,
    gender: str,
    is_company: bool,
    greeting: str,
    name: str,
    you: str,
) -> None:
    spoken = speak_to(
        full_name=full_name,
        salutation=salutation,
        gender=gender,
        is_company=is_company,
        language=language,
    )

    assert spoken == Spoken(greeting, name, you)
