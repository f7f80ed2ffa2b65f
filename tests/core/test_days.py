"""Days as people type them, in three languages."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from pathlib import Path

import pytest
from django import forms
from django.utils import translation

from idic import core
from idic.core.days import DayField, MomentField, read_day, read_hour, read_moment, write_typed

DAY = date(2026, 11, 3)
MOMENT = datetime.combine(DAY, time(9, 30))


@pytest.mark.parametrize(
    "text",
    [
        *("03/11/2026", "3/11/2026", "3.11.2026", "3-11-2026", " 3 / 11 / 2026 "),
        *("2026-11-03", "2026/11/3", "2026年11月3日", "2026年11月3", "２０２６-１１-０３"),
        *("3 Nov 2026", "03 november 2026", "3 Nov. 2026"),
    ],
)
def test_a_day_is_read_as_people_write_it(text: str) -> None:
    assert read_day(text) == DAY


@pytest.mark.parametrize("text", ["", "31/02/2026", "3/13/2026", "2026", "3 Foo 2026", "3/11/26"])
def test_what_is_no_day_is_none(text: str) -> None:
    assert read_day(text) is None


@pytest.mark.parametrize(
    "text", ["03/11/2026 09:30", "2026-11-03T09:30", "2026年11月3日 9:30", "3 Nov 2026 09:30:00"]
)
def test_a_moment_is_a_day_and_its_hour(text: str) -> None:
    assert read_moment(text) == MOMENT
    assert read_moment("03/11/2026") is None
    assert read_moment("03/11/2026 25:00") is None


@pytest.mark.parametrize("text", ["9:30", "09:30", "9h30", "09:30:00", "９：30"])
def test_an_hour_is_read_as_people_write_it(text: str) -> None:
    assert read_hour(text) == time(9, 30)
    assert read_hour("9h") == time(9)
    assert read_hour("25:00") is read_hour("soon") is read_hour("") is None


@pytest.mark.parametrize(
    ("language", "day", "moment"),
    [
        ("vi", "03/11/2026", "03/11/2026 09:30"),
        ("zh-hans", "2026年11月3日", "2026年11月3日 09:30"),
        ("en", "3 Nov 2026", "3 Nov 2026 09:30"),
    ],
)
def test_what_is_written_is_read_again(language: str, day: str, moment: str) -> None:
    with translation.override(language):
        assert write_typed(DAY) == write_typed("2026-11-03") == day
        assert write_typed(MOMENT) == moment
        assert (read_day(day), read_moment(moment)) == (DAY, MOMENT)
        assert write_typed("next week") == "next week"


class Planning(forms.Form):
    day = DayField(required=False)
    moment = MomentField(required=False)


def test_a_form_shows_the_day_in_the_language_of_the_page() -> None:
    with translation.override("vi"):
        page = str(Planning(initial={"day": DAY, "moment": MOMENT}))

    assert 'type="text" name="day" value="03/11/2026"' in page
    assert 'name="moment" value="03/11/2026 09:30"' in page


def test_a_form_takes_what_is_typed_and_refuses_with_an_example() -> None:
    good = Planning({"day": "3/11/2026", "moment": ""})
    with translation.override("en"):
        bad = Planning({"day": "tomorrow", "moment": "3/11/2026"})
        assert bad.errors == {
            "day": ["Write it like this: 31 Dec 2026."],
            "moment": ["Write it like this: 31 Dec 2026 09:30."],
        }

    assert good.is_valid()
    assert good.cleaned_data == {"day": DAY, "moment": None}


def test_no_page_has_a_day_in_the_language_of_the_browser() -> None:
    rooms = Path(core.__file__).parent.parent
    own = re.compile(r'type="(?:date|time|datetime-local)"|forms\.Date(?:Time)?(?:Input|Field)\(')
    files = [*rooms.rglob("templates/**/*.html"), *rooms.rglob("forms.py")]

    assert files
    assert [path for path in files if own.search(path.read_text(encoding="utf-8"))] == []
