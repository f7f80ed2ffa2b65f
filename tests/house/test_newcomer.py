"""What the newcomer's walk counts, and the page it writes, from a walk made up."""

from __future__ import annotations

from datetime import date

import pytest

from tools.newcomer.person import Step, count_words, seconds_of
from tools.newcomer.report import Walk, write

STEPS = [
    Step("Log in", clicks=1, words=100, wait=2.0, pages=[("today", 100)]),
    Step("Measure", clicks=2, typed=9, words=300, wait=1.0, pages=[("effects", 300)]),
]


@pytest.mark.parametrize(
    ("language", "texts", "words"),
    [
        ("vi", ["Khách quý đang rời đi", "–", "1.423"], 5),
        ("en", ["It can be stopped at any moment.", "20%"], 7),
        ("zh-hans", ["160 位客户", "Excel 文件"], 7),
    ],
)
def test_words_are_counted_as_the_language_writes_them(
    language: str, texts: list[str], words: int
) -> None:
    assert count_words(texts, language=language) == words


def test_a_step_takes_reading_clicks_typing_and_waiting() -> None:
    # 300 words at 200 a minute, two clicks, nine letters, and the wait
    assert seconds_of(STEPS[1], language="vi") == 90 + 4 + 3 + 1
    assert seconds_of(STEPS[1], language="zh-hans") == 60 + 4 + 3 + 1


def test_the_page_says_how_long_it_took_and_what_lies_beyond_the_mark() -> None:
    slow = Step("Review", words=2_000, pages=[("review", 2_000)])
    walks = [
        Walk("Vietnamese, 1280 wide", "vi", "3,817 receipts.", STEPS, 41.2),
        Walk("English, 1280 wide", "en", "20,000 lines.", [slow], 60.0),
    ]

    text = write(walks, today=date(2026, 11, 3), commit="abc1234")

    assert "on 3 November 2026 at commit abc1234" in text
    assert "has all its figures, 41 to 60 s after the start" in text
    assert "| Measure | 2 | 9 | 300 | 1.0 | 98 |" in text
    assert "| **In all** | **3** | **9** | **400** | **3** | **132 = 2.2 min** |" in text
    assert "- Vietnamese, 1280 wide: 2.2 minutes\n" in text
    assert "- English, 1280 wide: 10.0 minutes\n" in text
    assert "The page with the most words is “review” (2000)." in text
