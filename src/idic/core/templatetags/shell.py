"""Template filters and tags of the frame around every page: how it looks, the blocks of its menu,
the way back of a toast, the query of the page one is on.
"""

from __future__ import annotations

from typing import Any

from django import template
from django.http import HttpRequest
from django.template.context import Context

register = template.Library()

APPEARANCE = {"theme": ("light", "dark"), "density": ("compact",), "keys": ("off",)}


@register.simple_tag(takes_context=True)
def appearance(context: Context, name: str) -> str:
    """`{% appearance "theme" %}` → what the viewer chose (kept in a cookie, so that the page
    arrives in its colours without a flash), or nothing for "as the machine does".
    """
    request: HttpRequest | None = context.get("request")
    chosen = request.COOKIES.get(f"idic_{name}", "") if request else ""
    return chosen if chosen in APPEARANCE[name] else ""


@register.filter
def menu_blocks(menu: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Cut the menu where a group begins and where the numbered stations 1 to 4 end: the shell draws
    a heading before the one and a line before the other.
    """
    blocks: list[dict[str, Any]] = []
    for line in menu or []:
        grouped = line.get("number") in (1, 2, 3, 4)
        if line.get("group") or not blocks or (blocks[-1]["grouped"] and not grouped):
            blocks.append(
                {
                    "heading": line.get("group") or "",
                    "apart": bool(blocks) and not line.get("group"),
                    "grouped": grouped,
                    "lines": [],
                }
            )
        blocks[-1]["lines"].append(line)
    return blocks


@register.filter
def undo_url(message: object) -> str:
    """`{{ message|undo_url }}` → where a toast's Undo posts to, if `notify` gave one."""
    for tag in str(getattr(message, "extra_tags", "") or "").split():
        if tag.startswith("undo:/") and not tag.startswith("undo://"):
            return tag.removeprefix("undo:")
    return ""


@register.simple_tag(takes_context=True)
def query_with(context: Context, **changes: Any) -> str:
    """`href="{% query_with page=None tier=4 %}"`: the present query with some values changed;
    None or an empty value removes one.
    """
    request: HttpRequest | None = context.get("request")
    query = request.GET.copy() if request else None
    if query is None:
        return "?"
    for key, value in changes.items():
        if value is None or value == "":
            query.pop(key, None)
        else:
            query[key] = str(value)
    return f"?{query.urlencode()}"
