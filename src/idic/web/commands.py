"""Every command of the shell: its id, its name, its key, where it can be given. The palette, the
list of keys and the search page without a script are all drawn from here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from idic.core import text
from idic.core.access import RIGHTS
from idic.core.models import Staff
from idic.core.templatetags import ui
from idic.web.language import LANGUAGE_NAMES
from idic.web.menu import MENU, Entry, find_address

Text = str | Promise


class Context(StrEnum):
    """Where a command can be given."""

    EVERYWHERE = "everywhere"
    LIST = "list"
    CUSTOMER = "customer"
    DOUBLES = "doubles"


class Kind(StrEnum):
    """What a command does, as the palette groups them. Keys only move about a page."""

    START = "start"
    GO = "go"
    LOOK = "look"
    KEY = "key"


KIND_WORDS = {
    Kind.START: pgettext_lazy("commands", "Start something"),
    Kind.GO: _("Go to"),
    Kind.LOOK: _("How it looks"),
}
CONTEXT_WORDS = {
    Context.EVERYWHERE: _("Everywhere"),
    Context.LIST: _("In a list"),
    Context.CUSTOMER: _("On a customer's page"),
    Context.DOUBLES: _("Among possible doubles"),
}


@dataclass(frozen=True)
class Command:
    """One command. With `url_name` alone it opens a page; with `name` it presses the button of the
    form that posts there. `words` are others it is found by.
    """

    id: str
    label: Text
    keys: str = ""
    context: Context = Context.EVERYWHERE
    kind: Kind = Kind.KEY
    icon: str = "right"
    url_name: str = ""
    name: str = ""
    value: str = ""
    right: str = ""
    words: Text = ""


# Name, label, icon, page, right, other words it is found by.
_STARTS: tuple[tuple[str, Text, str, str, str, Text], ...] = (
    ("import", _("Bring in a file"), "upload",
     "identify:import_new", "imports.run", _("import upload Excel CSV")),
    ("customer", _("Add a customer"), "plus",
     "web:customer_create", "customers.edit", _("new create person")),
    ("segment", _("Make a segment"), "segment",
     "differentiate:segment_create", "segments.edit", _("new create group")),
    ("campaign", _("Plan a campaign"), "campaign",
     "interact:campaign_create", "campaigns.edit", _("new create mailing")),
    ("offer", _("Write an offer"), "offer",
     "customize:offer_create", "offers.edit", _("new create discount")),
    ("task", _("Note a task or a reminder"), "clock",
     "web:task_create", "customers.edit", _("new create to do")),
)  # fmt: skip
_LOOKS = (
    ("theme", "", _("Colours as the device has them"), "auto"),
    ("theme", "light", _("Light colours"), "sun"),
    ("theme", "dark", _("Dark colours"), "moon"),
    ("density", "", _("Roomy lines"), "comfy"),
    ("density", "compact", _("Compact lines"), "compact"),
)
_LOGOUT = Command(
    "log_out", _("Log out"), kind=Kind.LOOK, icon="logout", url_name="web:logout",
    name="*", words=_("sign out leave"),
)  # fmt: skip
_KEYS = (
    Command("palette", _("Search and commands"), "Ctrl+K"),
    Command("search", _("Search"), "/"),
    Command("keys", _("Show these keys"), "?"),
    Command("station", _("Go to a station of the loop"), "g 1…5"),
    Command("row.next", _("Next row"), "j", Context.LIST),
    Command("row.previous", _("Previous row"), "k", Context.LIST),
    Command("row.open", _("Open the row"), "Enter", Context.LIST),
    Command("row.choose", _("Choose the row"), "x", Context.LIST),
    Command("customer.next", _("Next customer of the list"), "j", Context.CUSTOMER),
    Command("customer.previous", _("Previous customer of the list"), "k", Context.CUSTOMER),
    Command("customer.edit", _("Correct the details"), "e", Context.CUSTOMER),
    Command("customer.note", _("Write a note"), "n", Context.CUSTOMER),
    Command("double.same", _("The same person"), "m", Context.DOUBLES),
    Command("double.different", _("Two people"), "n", Context.DOUBLES),
    Command("double.later", _("Later"), "j", Context.DOUBLES),
    Command("double.undo", _("Undo the last one"), "u", Context.DOUBLES),
)


_STATION_ICONS = {1: "people", 2: "grid", 3: "chat", 4: "offer", 5: "measure"}


def list_commands() -> list[Command]:
    """Give every command of the product whose page is built."""
    starts = [
        Command(
            f"new.{name}", label, kind=Kind.START, icon=icon,
            url_name=page, right=right, words=words,
        )
        for name, label, icon, page, right, words in _STARTS
    ]  # fmt: skip
    places = [c for entry in MENU for c in _places(entry)]
    looks = [
        Command(
            f"{name}.{value or 'usual'}", label, kind=Kind.LOOK, icon=icon,
            url_name="core:appearance", name=name, value=value,
        )
        for name, value, label, icon in _LOOKS
    ]  # fmt: skip
    languages = [
        Command(
            f"language.{code}", LANGUAGE_NAMES[code], kind=Kind.LOOK, icon="globe",
            url_name="web:language", name="language", value=code, words=f"language {name}",
        )
        for code, name in settings.LANGUAGES
    ]  # fmt: skip
    known = [*starts, *places, *looks, *languages, _LOGOUT, *_KEYS]
    return [c for c in known if not c.url_name or find_address(c.url_name)]


def _places(entry: Entry) -> Iterator[Command]:
    for place in entry.pages:
        yield Command(
            f"go.{place.url_name}",
            place.label,
            f"g {place.key}" if place.key else "",
            kind=Kind.GO,
            icon=entry.icon or _STATION_ICONS.get(entry.number or 0, "right"),
            url_name=place.url_name,
            words=entry.label,
        )


def list_groups(*, role: str, query: str = "") -> list[dict[str, Any]]:
    """Give what somebody of a role may ask for, grouped; only those that hold every word typed."""
    words = text.words(query)
    allowed = [
        c for c in list_commands() if (not c.right or role in RIGHTS[c.right]) and _fits(c, words)
    ]
    groups = []
    for kind, label in KIND_WORDS.items():
        items = [_item(c) for c in allowed if c.kind == kind]
        if items:
            groups.append({"label": str(label), "items": items})
    return groups


def _fits(command: Command, words: Iterable[str]) -> bool:
    known = f" {text.fold(f'{command.label} {command.words}')}"
    return all((word if text.is_han(word[0]) else f" {word}") in known for word in words)


def _item(command: Command) -> dict[str, Any]:
    return {
        "id": command.id,
        "label": str(command.label),
        "words": str(command.words),
        "icon": command.icon,
        "keys": command.keys,
        "url": find_address(command.url_name),
        "name": command.name.removesuffix("*"),
        "value": command.value,
        "is_press": bool(command.name),
    }


def list_keys() -> list[dict[str, Any]]:
    """Give the keys by where they work: moving about a page first, places last."""
    commands = list_commands()
    groups = [
        (str(label), [c for c in commands if c.kind == Kind.KEY and c.context == context])
        for context, label in CONTEXT_WORDS.items()
    ]
    groups.append((str(KIND_WORDS[Kind.GO]), [c for c in commands if c.kind == Kind.GO and c.keys]))
    return [
        {"label": label, "items": [(str(c.label), c.keys.split(" ")) for c in held]}
        for label, held in groups
    ]


def draw_commands(staff: Staff) -> dict[str, SafeString]:
    """Draw the palette's own lines and the list of keys: once a language and role, not a page."""
    language, sprite = get_language() or "", ui.asset("icons.svg")
    return {
        "commands": _draw_palette(staff.role, language, sprite),
        "keys": _draw_keys(language),
    }


@lru_cache(maxsize=64)
def _draw_palette(role: str, language: str, sprite: str) -> SafeString:
    return render_to_string("core/_commands.html", {"command_groups": list_groups(role=role)})


@lru_cache(maxsize=8)
def _draw_keys(language: str) -> SafeString:
    return render_to_string("core/_keys.html", {"key_groups": list_keys()})
