"""The menu: the loop in the model's order, with the place one is at."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from idic.web.menu import MENU, build_menu, find_address, find_station, find_tabs
from tests.cast import browser_of, open_shop

STATIONS = ["Identify", "Differentiate", "Interact", "Customize", "Measure"]


def names(path: str = "/") -> list[str]:
    with translation.override("en"):
        return [line["label"] for line in build_menu(path=path)]


@pytest.mark.req("R133", "R145")
def test_the_stations_stand_in_the_models_order() -> None:
    with translation.override("en"):
        numbered = [(e.number, str(e.label)) for e in MENU if e.number]

    assert numbered == list(enumerate(STATIONS, start=1))
    assert [name for name in names() if name in STATIONS] == [
        name for name in STATIONS if name in names()
    ]


def test_a_page_that_is_not_built_is_not_offered() -> None:
    assert find_address("no:such_page") == ""
    for line in build_menu(path="/"):
        assert line["url"]
        assert all(child["url"] for child in line["children"])


@pytest.mark.parametrize(
    ("path", "station", "current"),
    [
        ("/home/", None, "Home"),
        ("/look/", None, "First look"),
        ("/customers/", 1, "Customers"),
        ("/customers/cus_0000000000001/", 1, "Customers"),
        ("/segments/", 2, "Segments"),
        ("/mailboxes/new/", 1, "Sources"),
        ("/look-back/", 1, "Imports"),
        ("/orders/unlinked/", 1, "What we know"),
        ("/offers/new/", 4, "Offers"),
        ("/products/", 4, "Products"),
        ("/effects/", 5, "Effects"),
        ("/retention/", 5, "Retention and revenue"),
    ],
)
def test_exactly_the_page_one_is_on_is_marked(path: str, station: int | None, current: str) -> None:
    with translation.override("en"):
        menu = build_menu(path=path)

    lines = [line for entry in menu for line in [entry, *entry["children"]]]
    assert [line["label"] for line in lines if line["current"]] == [current]
    assert find_station(menu) == station
    assert [entry["number"] for entry in menu if entry["open"]] == ([station] if station else [])


def test_pages_beside_each_other_are_tabs_and_one_line_of_the_menu() -> None:
    with translation.override("en"):
        menu = build_menu(path="/quality/")
        tabs = find_tabs(menu, path="/quality/")

    assert [tab["label"] for tab in tabs] == [
        *("What we know", "Data quality", "Questions", "Requests about data")
    ]
    assert [tab["label"] for tab in tabs if tab["current"]] == ["Data quality"]
    identify = next(line for line in menu if line["number"] == 1)
    assert [line["label"] for line in identify["children"] if line["current"]] == ["What we know"]
    assert find_tabs(menu, path="/quality/name_salutation/") == []
    assert find_tabs(menu, path="/customers/") == []


def test_each_group_is_named_once() -> None:
    with translation.override("en"):
        groups = [line["group"] for line in build_menu(path="/") if line["group"]]

    assert groups == ["Analyse", "Act"]


@pytest.mark.django_db
def test_the_start_leads_to_the_first_look() -> None:
    open_shop()

    assert browser_of("Bob").get("/")["Location"] == reverse("web:first_look")


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["vi", "zh-hans"])
def test_every_entry_has_a_name_in_every_language(language: str) -> None:
    with translation.override("en"):
        english = {str(e.label) for entry in MENU for e in (entry, *entry.pages)}
    with translation.override(language):
        said = {str(e.label) for entry in MENU for e in (entry, *entry.pages)}

    assert not said & english


@pytest.mark.parametrize(
    ("role", "own"), [("owner", "Campaigns"), ("care", "Task"), ("read_only", "Effects")]
)
def test_the_thumb_reaches_home_and_what_a_role_opens_most(
    as_role: Callable[[str], Client], role: str, own: str
) -> None:
    page = as_role(role).get("/home/").content.decode()

    bar = page[page.index('class="thumbs"') :]
    bar = bar[: bar.index("</nav>")]
    assert re.findall(r"<span>([^<]+)</span>", bar) == ["Today", "Home", "Customers", own, "More"]
    assert re.findall(r'href="([^"]+)" aria-current', bar) == ["/home/"]
