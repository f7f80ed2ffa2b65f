"""The message for one person, to say on the phone or send by chat: short, in their language, with
the proper way of address. One text a reason and language, kept as files beside this module.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from idic.core.formatting import base_language

from .address import Spoken
from .markup import unfence
from .rendering import MissingValue, Renderer

_FOLDER = Path(__file__).parent / "direct"
_KNOWN = frozenset({"greeting", "name", "you", "shop", "promise", "buy_again", "new_product"})


def write_direct(
    *, reason: str, language: str, spoken: Spoken, shop: str, facts: Mapping[str, str]
) -> str:
    """Write one person's message; empty when there is none for this reason, or a fact is missing.
    `facts` may hold promise, buy_again and new_product.
    """
    source = _find_text(reason, base_language(language))
    if not source:
        return ""
    values = {"greeting": spoken.greeting, "name": spoken.name, "you": spoken.you, "shop": shop}
    try:
        rendered = _renderer(source).render({**values, **facts})
    except MissingValue:
        return ""
    return " ".join(unfence(rendered.body).split())


@cache
def _find_text(reason: str, language: str) -> str:
    path = _FOLDER / f"{reason}.{language}.txt"
    return path.read_text(encoding="utf-8").strip() if path.exists() else ""


def _renderer(source: str) -> Renderer:
    return Renderer(subject="", body=source, known=_KNOWN)
