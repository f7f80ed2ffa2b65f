"""Why mails were left out, in words."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_REASONS: dict[str, str | Promise] = {
    "automatic": _("Automatic answers and mails of machines"),
    "list": _("Newsletters and mailing lists"),
    "own": _("From your own people"),
    "bounce": _("Mails of yours that came back"),
    "nobody": _("Without a sender"),
    "unreadable": _("Broken, not readable"),
}


def list_left_out(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Give each reason with how many mails it holds, the most frequent first."""
    found = [
        (str(_REASONS[reason]), count) for reason, count in counts.items() if reason in _REASONS
    ]
    return sorted(found, key=lambda one: -one[1])
