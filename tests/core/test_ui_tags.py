"""Numbers, money and days read as a shopkeeper of each language writes them; icons, states and the
frame come out as the style sheet expects.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.contrib.messages import SUCCESS, get_messages
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

import idic
from idic.core import formatting
from idic.core.money import Money
from idic.core.services.setup import set_up
from idic.core.templatetags import shell, ui
from idic.core.toasts import notify

NBSP = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"


def _plain(text: str) -> str:
    return text.replace(NBSP, " ").replace(MINUS, "-")


@pytest.mark.parametrize(
    ("language", "currency", "minor", "full", "short"),
    [
        ("vi", "VND", 1_245_000, "1.245.000 ₫", "1,2 tr ₫"),
        ("vi", "VND", 845_000, "845.000 ₫", "845 nghìn ₫"),
        ("vi", "VND", 22_400_000, "22.400.000 ₫", "22,4 tr ₫"),
        ("vi", "VND", 5_020_000_000, "5.020.000.000 ₫", "5,02 tỷ ₫"),
        ("vi", "VND", 8_000_000, "8.000.000 ₫", "8 tr ₫"),
        ("zh-hans", "CNY", 28_150, "¥281.50", "¥282"),
        ("zh-hans", "CNY", 12_300_000, "¥123,000", "¥12.3万"),
        ("zh-hans", "CNY", 746_000, "¥7,460", "¥7,460"),
        ("en", "GBP", 124_500, "£1,245", "£1.2k"),
        ("en", "GBP", 124_550, "£1,245.50", "£1.2k"),
        ("en", "GBP", -30_000, "-£300", "-£300"),
        ("en", "VND", 1_245_000, "₫1,245,000", "₫1.2m"),
    ],
)
def test_money_reads_as_the_language_writes_it(
    language: str, currency: str, minor: int, full: str, short: str
) -> None:
    assert _plain(formatting.amount(minor, currency=currency, language=language)) == full
    assert _plain(formatting.amount_short(minor, currency=currency, language=language)) == short


def test_a_currency_is_never_cut_from_its_amount_at_a_line_end() -> None:
    assert formatting.amount(1_245_000, currency="VND", language="vi") == f"1.245.000{NBSP}₫"
    assert (
        formatting.amount_short(1_245_000, currency="VND", language="vi") == f"1,2{NBSP}tr{NBSP}₫"
    )


def test_an_amount_that_rounds_up_takes_the_next_unit() -> None:
    assert formatting.amount_short(99_996_000, currency="GBP", language="en") == "£1m"
    assert (
        formatting.amount_short(999_960_000, currency="VND", language="vi") == f"1{NBSP}tỷ{NBSP}₫"
    )
    assert (
        formatting.amount_short(950_000, currency="VND", language="vi") == f"950{NBSP}nghìn{NBSP}₫"
    )
    assert formatting.amount_short(9_999_996_000, currency="CNY", language="zh") == "¥1亿"


def test_a_change_carries_its_sign_and_nothing_carries_none() -> None:
    with translation.override("vi"):
        assert _plain(ui.money_change(6_100_000, "VND")) == "+6,1 tr ₫"
        assert _plain(ui.money_change(-300_000, "VND")) == "-300 nghìn ₫"
        assert _plain(ui.money_change(0, "VND")) == "0 ₫"
        assert _plain(ui.signed(-2.3, 1)) == "-2,3"
        assert ui.signed(0.01, 1) == "0,0"
        assert ui.signed(-0.01, 1) == "0,0"


def test_the_ends_of_an_interval_use_the_unit_of_its_estimate() -> None:
    vietnamese = formatting.amounts_between(
        17_900_000, 26_800_000, like=22_400_000, currency="VND", language="vi"
    )
    english = formatting.amounts_between(
        85_200, 195_600, like=140_400, currency="GBP", language="en"
    )
    unsure = formatting.amounts_between(
        -2_300_000, 17_500_000, like=7_600_000, currency="VND", language="vi"
    )

    assert vietnamese == ("17,9", "26,8")
    assert english == ("852", "2k")
    assert unsure == (f"{MINUS}2,3", "17,5")


def test_an_interval_larger_than_its_estimate_says_its_unit() -> None:
    vietnamese, english = (
        formatting.amounts_between(0, high, like=like, currency=currency, language=language)
        for high, like, currency, language in [
            (10_200_000, 978_624, "VND", "vi"),
            (1_200_000_00, 150_978_00, "GBP", "en"),
        ]
    )

    assert vietnamese == ("0", f"10,2{NBSP}tr")
    assert english == ("0m", "1.2m")


@pytest.mark.parametrize(
    ("language", "currency", "low", "high", "ends"),
    [
        ("vi", "VND", 978_624, 10_200_000, ("0,98", f"10,2{NBSP}tr{NBSP}₫")),
        ("vi", "VND", 61_000, 86_000, ("61", f"86{NBSP}nghìn{NBSP}₫")),
        ("vi", "VND", -978_624, 10_200_000, (f"{MINUS}0,98", f"10,2{NBSP}tr{NBSP}₫")),
        ("vi", "VND", -23_570, 23_536_185, (f"{MINUS}0,02", f"23,5{NBSP}tr{NBSP}₫")),
        ("zh-hans", "CNY", 8_700_00, 123_000_00, ("¥0.87万", "¥12.3万")),
        ("zh-hans", "CNY", 705_00, 12_300_00, ("¥705", "¥1.2万")),
        ("en", "GBP", 852_00, 1_956_00, ("£852", "£2k")),
        ("en", "GBP", 1_400_00, 10_200_00, ("£1.4k", "£10.2k")),
        ("en", "GBP", -852_00, -10, (f"{MINUS}£852", "£0")),
    ],
)
def test_a_range_is_written_in_one_unit_or_each_end_as_short_as_it_is(
    language: str, currency: str, low: int, high: int, ends: tuple[str, str]
) -> None:
    assert formatting.amount_ends(low, high, currency=currency, language=language) == ends
    with translation.override(language):
        assert ui.money_range(low, high, currency) == " – ".join(ends)
        assert ui.money_range(None, high, currency) == ""
        write = ui.money_writer(low, high, currency=currency)
        assert write(high) == ends[1]
        assert write(low).startswith(ends[0])


def test_money_brings_its_own_currency_and_nothing_stays_empty() -> None:
    with translation.override("zh-hans"):
        assert ui.money(Money(28_150, "CNY")) == "¥281.50"
        assert [ui.money(None, "CNY"), ui.money_short("", "CNY"), ui.number(None)] == ["", "", ""]
        assert ui.percent(float("nan")) == ""


@pytest.mark.parametrize(
    ("language", "listed", "said", "sized"),
    [
        ("vi", "Sữa, trứng, cá", "Sữa, trứng, cá", "Cỡ: 40"),
        ("zh-hans", "Sữa、trứng、cá", "Sữa，trứng，cá", "Cỡ：40"),
        ("en", "Sữa, trứng, cá", "Sữa, trứng, cá", "Cỡ: 40"),
    ],
)
def test_words_and_clauses_are_joined_as_the_language_does(
    language: str, listed: str, said: str, sized: str
) -> None:
    words = ["Sữa", "", "trứng", "cá"]

    with translation.override(language):
        assert ui.listed(words) == listed
        assert ui.clauses(words) == said
        assert ui.labelled("Cỡ", 40) == sized
        assert f"Sữa{ui.comma()}trứng" in listed
        assert f"Cỡ{ui.colon()}40" == sized


def test_no_room_joins_words_for_people_by_a_latin_comma() -> None:
    rooms = Path(idic.__file__).parent
    texts = {path: path.read_text() for path in rooms.rglob("*.html")}

    assert [p.name for p, text in texts.items() if 'join:", "' in text] == []
    assert [p.name for p, text in texts.items() if "forloop.last %}, {%" in text] == []


def test_rates_and_counts_follow_the_language() -> None:
    for language, rate, count in [
        ("vi", f"61,2{NBSP}%", "12.482"),
        ("zh-hans", "61.2%", "12,482"),
        ("en", "61.2%", "12,482"),
    ]:
        with translation.override(language):
            assert (ui.percent(0.612, 1), ui.number(12_482)) == (rate, count)


@pytest.mark.parametrize(
    ("language", "day", "month", "weekday"),
    [
        ("vi", "23/11/2026", "Tháng 11/2026", "Thứ Hai, 23/11/2026"),
        ("zh-hans", "2026年11月23日", "2026年11月", "2026年11月23日 星期一"),
        ("en", "23 Nov 2026", "November 2026", "Monday, 23 Nov 2026"),
    ],
)
def test_days_follow_the_language(language: str, day: str, month: str, weekday: str) -> None:
    with translation.override(language):
        moment = date(2026, 11, 23)
        assert (ui.day(moment), ui.month(moment), ui.weekday_day(moment)) == (day, month, weekday)


def test_a_moment_is_shown_in_the_viewers_zone() -> None:
    late = datetime(2026, 11, 22, 18, 12, tzinfo=UTC)

    with translation.override("vi"), timezone.override("Asia/Ho_Chi_Minh"):
        assert _plain(ui.moment(late)) == "23/11/2026 01:12"
        assert (ui.day(late), ui.hour(late)) == ("23/11/2026", "01:12")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("vi", ["hôm nay", "hôm qua", "ngày mai", "19 ngày trước", "3 ngày nữa", "4 tháng trước"]),
        ("zh", ["今天", "昨天", "明天", "19天前", "3天后", "4个月前"]),
        ("en", ["today", "yesterday", "tomorrow", "19 days ago", "in 3 days", "4 months ago"]),
    ],
)
def test_distances_are_said_in_words(language: str, words: list[str]) -> None:
    today = date(2026, 11, 23)
    days = [
        today,
        date(2026, 11, 22),
        date(2026, 11, 24),
        date(2026, 11, 4),
        date(2026, 11, 26),
        date(2026, 8, 1),
    ]

    said = [formatting.relative_days(day, today=today, language=language) for day in days]

    assert said == words


@given(st.integers(min_value=-(10**15), max_value=10**15), st.sampled_from(["vi", "zh", "en"]))
def test_a_short_amount_stays_within_a_twentieth_of_the_truth(minor: int, language: str) -> None:
    shown = formatting.amount_short(minor, currency="VND", language=language)
    units = {
        "tỷ": 10**9,
        "tr": 10**6,
        "nghìn": 10**3,
        "亿": 10**8,
        "万": 10**4,
        "bn": 10**9,
        "m": 10**6,
        "k": 10**3,
    }
    unit = next((size for word, size in units.items() if word in shown), 1)
    point, group = (",", ".") if language == "vi" else (".", ",")
    digits = "".join(c for c in shown if c.isdigit() or c in {point, group})
    value = float(digits.replace(group, "").replace(point, ".")) * unit

    assert abs(value - abs(minor)) <= max(0.5, abs(minor) * 0.05)
    assert shown.startswith(MINUS) == (minor < 0 and value > 0)


@pytest.mark.parametrize(
    ("language", "name", "letter"),
    [
        ("vi", "Nguyễn Thị Hương", "H"),
        ("vi", "王丽华", "王"),
        ("en", "amelia hughes", "A"),
        ("en", "", "?"),
    ],
)
def test_the_monogram_takes_the_letter_people_go_by(language: str, name: str, letter: str) -> None:
    with translation.override(language):
        assert ui.monogram(name) == letter


def test_names_in_tags_are_escaped() -> None:
    page = Template(
        '{% state "bad" word %}{% badge word %}{% tier 2 word %}{% icon "x" label=word %}'
    )

    shown = page.render(Context({"word": '<b onclick="x">'}))

    assert "<b onclick" not in shown
    assert shown.count("&lt;b onclick=&quot;x&quot;&gt;") == 4


def test_the_loop_mark_fills_the_station_one_stands_in() -> None:
    assert ui.loop_mark(3).count('class="on"') == 1
    assert ui.loop_mark(None).count('class="on"') == 5


def test_the_menu_is_cut_where_groups_begin_and_the_stations_end() -> None:
    line: dict[str, Any] = {"label": "x", "icon": "", "number": None, "group": ""}
    menu = [
        line | {"icon": "home"},
        line | {"number": 1, "group": "Analyse"},
        line | {"number": 2},
        line | {"number": 3, "group": "Act"},
        line | {"number": 4},
        line | {"number": 5},
        line | {"icon": "gear"},
    ]

    blocks = shell.menu_blocks(menu)

    assert [(block["heading"], block["apart"], len(block["lines"])) for block in blocks] == [
        ("", False, 1),
        ("Analyse", False, 2),
        ("Act", False, 2),
        ("", True, 2),
    ]


def test_a_query_keeps_what_is_not_changed() -> None:
    request = RequestFactory().get("/customers/?tier=4&q=le&page=2")

    shown = Template("{% query_with page=None tier=3 %}").render(Context({"request": request}))

    assert shown == "?tier=3&amp;q=le"


def test_a_toast_undoes_only_within_the_house() -> None:
    request = RequestFactory().get("/")
    request.session = SessionStore()
    request._messages = FallbackStorage(request)  # type: ignore[attr-defined]

    notify(request, text="Saved", undo_url="/notes/1/undo/")
    notify(request, text="Saved", undo_url="//elsewhere.example/")
    notify(request, text="Saved")

    assert [shell.undo_url(message) for message in get_messages(request)] == [
        "/notes/1/undo/",
        "",
        "",
    ]
    assert all(message.level == SUCCESS for message in get_messages(request))


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["vi", "zh-hans", "en"])
def test_the_sheet_shows_every_component_in_each_language(language: str, now: datetime) -> None:
    _business, owner = set_up(language="vi", now=now)[:2]
    client = Client()
    client.force_login(owner)
    client.cookies["idic_language"] = language

    page = client.get("/components/").content.decode()

    assert page.count("<h1>") == 1
    assert page.count('<figure class="chart">') == 8
    assert "<c-" not in page
    assert " style=" not in page
    assert "<script>" not in page
    assert f'<html lang="{language}">' in page


@pytest.mark.django_db
def test_chosen_colours_arrive_with_the_page(now: datetime) -> None:
    set_up(language="en", now=now)
    client = Client()

    answer = client.post("/appearance/", {"theme": "dark", "next": "/login/"})
    page = client.get("/login/").content.decode()

    assert (answer.status_code, answer["Location"]) == (302, "/login/")
    assert 'data-theme="dark"' in page


@pytest.mark.django_db
def test_unknown_colours_and_foreign_addresses_are_refused(now: datetime) -> None:
    set_up(language="en", now=now)
    client = Client()
    client.cookies["idic_theme"] = '"><script>'

    answer = client.post("/appearance/", {"density": "huge", "next": "https://elsewhere.example/"})
    page = client.get("/login/").content.decode()

    assert answer["Location"] == "/"
    assert "data-theme" not in page
    assert "data-density" not in page


@pytest.mark.django_db
@pytest.mark.parametrize("status", [400, 403, 404, 500])
def test_error_pages_need_no_request_context(status: int) -> None:
    from django.template.loader import render_to_string

    page = render_to_string(f"core/error_{status}.html")

    assert page.count("<h1>") == 1
    assert 'href="/"' in page
