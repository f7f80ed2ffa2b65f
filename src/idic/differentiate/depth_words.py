"""How well somebody is known, in words: the parts, and what to warn of before a segment is used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from idic.core.templatetags import ui
from idic.differentiate.depth import PARTS, find_warnings

PART_WORDS: dict[str, str | Promise] = {
    "identity": gettext_lazy("Who they are"),
    "contact": pgettext_lazy("depth", "How to reach them"),
    "history": gettext_lazy("What they bought"),
    "behaviour": pgettext_lazy("depth", "What they look at and use"),
    "needs": pgettext_lazy("depth", "What they need"),
}
_MISSING: dict[str, str | Promise] = {
    "identity": gettext_lazy("name, place or birth date is missing"),
    "contact": gettext_lazy("no address, or nobody asked whether we may write"),
    "history": gettext_lazy("fewer than three orders"),
    "behaviour": gettext_lazy("no visit and no use was heard of"),
    "needs": gettext_lazy("no clear need yet"),
}


@dataclass(frozen=True)
class Part:
    """One part: its words, its share, what is missing."""

    label: str
    rate: float
    missing: str


def say_parts(parts: Mapping[str, float]) -> list[Part]:
    """Say how much of each part is known."""
    return [
        Part(str(PART_WORDS[name]), parts[name], str(_MISSING[name]) if parts[name] < 1 else "")
        for name in PARTS
    ]


def say_warnings(depth: Mapping[str, Any]) -> list[str]:
    """Say what to mind before a segment is used, of what was measured when it was counted."""
    said = []
    for warning in find_warnings(figures=depth):
        if warning == "unseen":
            text = _(
                "You know they signed up, not whether they use it: of %(share)s of these people "
                "no visit and no use was ever heard of. Let your website or app send what they do."
            )
            said.append(text % {"share": ui.percent(1 - depth["seen_rate"])})
        else:
            text = _(
                "Little is known of these people: %(score)s of 100 points. What you decide by it "
                "may miss many of them."
            )
            said.append(text % {"score": ui.number(depth["score"])})
    return said
