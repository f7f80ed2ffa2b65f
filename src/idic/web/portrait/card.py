"""The membership card: its number, level, points, balance, and until when it holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from idic.core.templatetags import ui
from idic.identify.models import IdentifierType
from idic.web.selectors.customer import Fact, Facts

CARD_TRAITS = ("card_tier", "card_points", "card_balance", "card_expires")


@dataclass(frozen=True)
class Card:
    """What is known of a card; lines are (label, value, source)."""

    lines: list[tuple[str, str, str]]
    is_expired: bool


def draw_card(facts: Facts, as_of: date) -> Card | None:
    """Say what a card holds, the latest word of each; None for no card."""
    numbers = [one for one in facts.identifiers if one.name == IdentifierType.CARD]
    latest: dict[str, Fact] = {}
    for fact in facts.traits:
        if fact.name in CARD_TRAITS and fact.value:
            latest.setdefault(fact.name, fact)
    lines = [(_("Card number"), one.value, one.source.shown) for one in numbers]
    words = {
        "card_tier": _("Level"),
        "card_points": _("Points"),
        "card_balance": _("Balance"),
        "card_expires": _("Valid until"),
    }
    until = _day(latest["card_expires"].value) if "card_expires" in latest else None
    for name, word in words.items():
        if name in latest:
            fact = latest[name]
            value = ui.day(until) if name == "card_expires" and until else fact.value
            lines.append((word, value, fact.source.shown))
    return Card(lines, until is not None and until < as_of) if lines else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
