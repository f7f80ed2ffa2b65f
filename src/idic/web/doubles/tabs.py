"""The pages about possible doubles, one beside the other."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext


def list_tabs(current: str) -> list[dict[str, Any]]:
    """Give the tabs, the current one marked."""
    names = {
        "doubles": _("One by one"),
        "doubles_many": _("Many at once"),
        "doubles_decided": pgettext("pairs", "Decided"),
        "doubles_conflicts": _("Contradictions"),
        "doubles_why": _("Why two are one"),
    }
    return [
        {"label": label, "url": reverse(f"web:{name}"), "current": name == current, "count": None}
        for name, label in names.items()
    ]
