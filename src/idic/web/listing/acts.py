"""How the acts on many customers read."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Words:
    """How an act reads: its name in the list, what it does, its button."""

    name: str | Promise
    what: str | Promise


ACT_WORDS = {
    "silence": Words(
        _("Do not contact"),
        _("Nothing is sent to them and nobody is told to call them until you end this."),
    ),
    "speak": Words(
        _("May be contacted again"),
        _("Ends “do not contact”. What they agreed to themselves stays as it is."),
    ),
    "no_offers": Words(
        _("No offers for now"),
        _("They get no offers; messages that serve them still go out."),
    ),
    "offers": Words(
        _("Offers again"),
        _("Ends “no offers for now”. An open complaint still keeps offers back."),
    ),
}
