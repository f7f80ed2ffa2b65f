"""The command palette and the list of keys: one table of commands, drawn for the script and,
without one, on the search page.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from idic.core import ids
from idic.identify.models import Customer
from idic.web.commands import Kind, list_commands, list_groups, list_keys
from idic.web.menu import MENU

TEMPLATES = Path(__file__).parents[2] / "src" / "idic"
PALETTE = {"HX-Request": "true", "HX-Target": "palette-found"}
NAMES = {"Start something", "Go to", "How it looks"}


def labels(role: str, query: str = "", language: str = "en") -> list[str]:
    with translation.override(language):
        return [i["label"] for g in list_groups(role=role, query=query) for i in g["items"]]


@pytest.mark.req("R142")
def test_every_command_has_an_id_of_its_own_a_name_and_a_place() -> None:
    commands = list_commands()

    assert len({c.id for c in commands}) == len(commands)
    assert all(str(c.label) and c.context for c in commands)
    assert {c.id for c in commands if c.kind == Kind.START} == {
        "new.import",
        "new.customer",
        "new.segment",
        "new.campaign",
        "new.offer",
        "new.task",
    }


def test_no_two_commands_of_one_place_share_a_key() -> None:
    for context in {c.context for c in list_commands()}:
        keys = [c.keys for c in list_commands() if c.context == context and c.keys]
        assert len(set(keys)) == len(keys), context


def test_every_line_of_the_menu_is_reached_by_g_and_a_letter() -> None:
    lines = [line for entry in MENU for line in (entry, *entry.children) if line.url_name]
    tabs = [tab for line in lines for tab in line.beside if tab.key]  # there are 26 letters

    keys = [line.key for line in (*lines, *tabs)]

    assert len(set(keys)) == len(keys)
    assert all(re.fullmatch("[a-z]", key) for key in keys)


def test_a_key_on_a_page_stands_in_the_list_of_keys() -> None:
    listed = {c.keys for c in list_commands()}
    held = {
        key
        for path in TEMPLATES.glob("*/templates/**/*.html")
        for key in re.findall(r'data-keys="(\w+)"', path.read_text(encoding="utf-8"))
    }

    assert held >= {"e", "j", "k", "n"}
    assert held - {"off"} <= listed


def test_only_what_a_role_may_do_is_offered() -> None:
    assert "Plan a campaign" in labels("marketer")
    assert "Plan a campaign" not in labels("care")
    assert "Add a customer" in labels("care")
    assert "Add a customer" not in labels("read_only")


@pytest.mark.parametrize(
    ("query", "language", "found"),
    [
        ("camp", "en", ["Plan a campaign", "Campaigns"]),
        ("lan", "en", ["Việt", "中文", "English"]),
        ("upload", "en", ["Bring in a file"]),
        ("chien dich", "vi", ["Lên chiến dịch", "Chiến dịch"]),
        ("退出", "zh-hans", ["退出登录"]),
        ("qzx", "en", []),
    ],
)
def test_commands_are_found_by_the_beginning_of_their_words(
    query: str, language: str, found: list[str]
) -> None:
    assert labels("owner", query, language) == found


@pytest.mark.parametrize("language", ["vi", "zh-hans"])
def test_every_command_and_key_has_its_words_in_every_language(language: str) -> None:
    with translation.override("en"):
        english = {str(c.label) for c in list_commands()}
    with translation.override(language):
        said = {str(c.label) for c in list_commands()}
        groups = {group["label"] for group in list_keys()}

    assert english & said <= {"Việt", "中文", "English"}
    assert not groups & NAMES


def test_the_page_brings_the_palette_and_the_keys(owner: Client, business: Any) -> None:
    page = owner.get("/settings/").content.decode()

    assert 'id="command-go.web:customer_list"' in page
    assert 'data-press="/appearance/" data-name="theme" data-value="dark"' in page
    assert "Next customer of the list" in page


def test_whom_one_opened_last_comes_without_typing(
    owner: Client, add: Callable[..., Customer]
) -> None:
    lan, minh = add("Trần Lan"), add("Lê Minh")
    for person in (lan, minh, lan):
        owner.get(f"/customers/{ids.encode('customer', person.id)}/")

    page = owner.get("/search/")
    said = owner.get("/search/", headers=PALETTE).content.decode()

    (group,) = page.context["groups"]
    assert (group["label"], [i["label"] for i in group["items"]]) == (
        "Opened last",
        ["Trần Lan", "Lê Minh"],
    )
    assert said.index("Trần Lan") < said.index("Lê Minh")


def test_the_next_person_at_the_same_computer_sees_nobody(
    owner: Client, staff: Callable[[str], Any], add: Callable[..., Customer]
) -> None:
    owner.get(f"/customers/{ids.encode('customer', add('Trần Lan').id)}/")

    owner.force_login(staff("care"))

    assert owner.get("/search/").context["groups"] == []


def test_logging_out_forgets_whom_one_opened(owner: Client, add: Callable[..., Customer]) -> None:
    owner.get(f"/customers/{ids.encode('customer', add('Trần Lan').id)}/")

    owner.post("/logout/")

    assert owner.cookies["idic_recent"].value == ""


def test_a_forged_cookie_shows_nobody(owner: Client, business: Any) -> None:
    owner.cookies["idic_recent"] = "stf_nobody.cus_zzz.%00.cus_0000000000001"

    assert owner.get("/search/").context["groups"] == []


def test_without_a_script_the_search_page_is_the_palette(owner: Client, business: Any) -> None:
    page = owner.get("/search/", {"q": "dark"}).content.decode()
    everything = owner.get("/search/")

    assert '<form method="post" action="/appearance/">' in page
    assert '<button name="theme" value="dark">' in page
    assert {group["label"] for group in everything.context["commands"]} == NAMES


def test_the_commands_of_a_page_cost_no_query(owner: Client, business: Any) -> None:
    owner.get("/search/")

    with CaptureQueriesContext(connection) as caught:
        owner.get("/search/")

    assert len(caught) <= 5


def test_single_keys_are_switched_off_in_the_settings(owner: Client, business: Any) -> None:
    owner.post("/appearance/", {"keys": "off", "next": "/settings/"})

    page = owner.get("/settings/").content.decode()

    assert re.search(r'<html[^>]* data-keys="off"', page)
    assert '<button name="keys" value="off" aria-pressed="true">' in page
