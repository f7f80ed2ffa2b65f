"""The menu: the loop in the model's order. A page stands here once it is finished."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


@dataclass(frozen=True)
class Entry:
    """One line of the menu. `url_name` empty means a station that only holds children; `beside`
    are the pages that stand beside its own as tabs, `below` where else its pages' addresses begin.
    """

    label: Text
    url_name: str = ""
    icon: str = ""
    key: str = ""  # what follows `g` to come here
    number: int | None = None
    group: Text | None = None
    children: tuple[Entry, ...] = field(default=())
    beside: tuple[Entry, ...] = field(default=())
    below: tuple[str, ...] = ()

    @property
    def pages(self) -> tuple[Entry, ...]:
        """The pages of this line, those of its children and those beside them."""
        own = (self,) if self.url_name else ()
        return own + self.beside + tuple(page for child in self.children for page in child.pages)


MENU: tuple[Entry, ...] = (
    Entry(_("Today"), "web:today", icon="today", key="t"),
    Entry(_("Home"), "web:loop", icon="home", key="h"),
    Entry(_("First look"), "web:first_look", icon="eye", key="l"),
    Entry(
        _("Identify"),
        number=1,
        group=_("Analyse"),
        children=(
            Entry(_("Customers"), "web:customer_list", key="c"),
            Entry(_("Who is this?"), "web:recognise", key="k"),
            Entry(_("Possible doubles"), "web:doubles", key="d"),
            Entry(
                _("Sources"),
                "identify:source_list",
                key="u",
                below=("/mailboxes/", "/values/"),
            ),
            Entry(_("Imports"), "identify:import_list", key="i", below=("/look-back/",)),
            Entry(_("Forms"), "identify:form_list", key="f"),
            Entry(
                _("What we know"),
                "web:audit",
                key="w",
                beside=(
                    Entry(_("Data quality"), "web:quality", key="q"),
                    Entry(_("Questions"), "identify:question_list", key="a"),
                    Entry(_("Requests about data"), "web:request_list", key="y"),
                ),
                below=("/orders/unlinked/",),
            ),
        ),
    ),
    Entry(
        _("Differentiate"),
        number=2,
        group=_("Analyse"),
        children=(
            Entry(_("Value × needs"), "differentiate:matrix", key="v", below=("/budget/",)),
            Entry(_("Segments"), "differentiate:segment_list", key="g"),
            Entry(
                _("Tiers"),
                "differentiate:tier_list",
                key="x",
                beside=(
                    Entry(_("Near the next tier"), "differentiate:near_list"),
                    Entry(_("Care and its cost"), "differentiate:care"),
                    Entry(_("Need groups"), "differentiate:need_list"),
                    Entry(_("Recency × frequency"), "differentiate:rfm"),
                    Entry(_("Customer equity"), "differentiate:equity"),
                ),
            ),
            Entry(_("Ready to buy"), "differentiate:readiness", key="j"),
        ),
    ),
    Entry(
        _("Interact"),
        number=3,
        group=_("Act"),
        children=(
            Entry(_("Campaigns"), "interact:campaign_list", key="m"),
            Entry(_("Practice outbox"), "interact:outbox", key="b"),
            Entry(_("Contact rules"), "interact:policy", key="r"),
        ),
    ),
    Entry(
        _("Customize"),
        number=4,
        group=_("Act"),
        children=(
            Entry(_("Offers"), "customize:offer_list", key="o"),
            Entry(_("Products"), "customize:product_list", key="p"),
        ),
    ),
    Entry(
        _("Measure"),
        number=5,
        children=(
            Entry(_("Effects"), "measure:effect_list", key="e"),
            Entry(_("Retention and revenue"), "measure:retention", key="n"),
        ),
    ),
    Entry(_("Settings"), "web:settings", icon="gear", key="s"),
)


def build_menu(*, path: str) -> list[dict[str, Any]]:
    """Give the menu as the base template reads it, with the current place marked."""
    lines = []
    shown_groups: set[str] = set()
    for entry in MENU:
        line = _line(entry, path)
        if line is None:
            continue
        group = str(entry.group) if entry.group else ""
        line["group"] = "" if group in shown_groups else group
        shown_groups.add(group)
        lines.append(line)
    return lines


def _line(entry: Entry, path: str) -> dict[str, Any] | None:
    children = [line for child in entry.children if (line := _line(child, path))]
    beside = [line for other in entry.beside if (line := _line(other, path))]
    url = (
        find_address(entry.url_name) if entry.url_name else (children[0]["url"] if children else "")
    )
    if not url:
        return None
    is_open = any(child["current"] for child in children)
    is_own = bool(entry.url_name) and (path == url or (url != "/" and path.startswith(url)))
    is_below = bool(entry.below) and path.startswith(entry.below)
    is_current = is_own or is_below or any(other["current"] for other in beside)
    return {
        "label": str(entry.label),
        "url": url,
        "icon": entry.icon,
        "key": entry.key,
        "number": entry.number,
        "group": "",
        "current": is_current,
        "open": is_open,
        "count": None,
        "children": children,
        "beside": beside,
    }


def find_tabs(menu: list[dict[str, Any]], *, path: str) -> list[dict[str, Any]]:
    """Give the pages that stand beside the current one, itself among them; none on pages below."""
    for line in menu:
        for child in line["children"]:
            tabs = [child, *child["beside"]]
            if child["beside"] and path in {tab["url"] for tab in tabs}:
                return [
                    {"label": tab["label"], "url": tab["url"], "current": tab["url"] == path}
                    for tab in tabs
                ]
    return []


def find_address(url_name: str) -> str:
    """Give a page's address, or nothing while its room is not built."""
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return ""


def find_station(menu: list[dict[str, Any]]) -> int | None:
    """Give the number of the station the current page stands in."""
    return next((line["number"] for line in menu if line["open"] and line["number"]), None)
