"""What a segment's criterion separates, in words: a finding, the figures behind it, and what a
budget spent on its people alike would miss.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from idic.core import formatting, money
from idic.core.templatetags import ui
from idic.differentiate.segment_quality import WEAK
from idic.identify.importing.values.numbers import parse_amount


@dataclass(frozen=True)
class Said:
    """The finding, the sentences under it, and whether it warns. `cut` is what to choose by
    instead, in minor units; none where the criterion is good.
    """

    title: str
    facts: list[str]
    is_warning: bool
    cut: int | None


def say_quality(
    quality: Mapping[str, Any], *, currency: str, cost: int | None = None
) -> Said | None:
    """Say what was measured when a segment was counted; None where nothing could be judged. `cost`
    is what it takes to reach one person, in minor units.
    """
    level = quality.get("level", "")
    if not level:
        return None
    is_good = level == "good"
    facts = [_shares(quality)]
    if not is_good and quality["wasted_count"]:
        facts += [_swapped(quality, currency), _spent(quality, currency, cost)]
    facts += [_stays(quality["retention"])] if quality.get("retention") else []
    facts += [_answers(quality["response"])] if quality.get("response") else []
    return Said(_title(quality), facts, not is_good, None if is_good else quality["cut_amount"])


def _title(quality: Mapping[str, Any]) -> str:
    if quality["level"] == "good":
        return _("This rule finds people who are worth more")
    if quality["level"] == "weak" and quality["separation"] < WEAK:
        return _("This rule says little about who is worth more")
    return _("This rule says nothing about who is worth more: chance would do as well")


def _shares(quality: Mapping[str, Any]) -> str:
    words = {
        "people": ui.percent(quality["people_share"]),
        "value": ui.percent(quality["value_share"]),
        "best": ui.percent(quality["best_share"]),
    }
    if quality["among"] == "companies":
        return (
            _(
                "They are %(people)s of your companies and hold %(value)s of what is expected in "
                "the next 12 months. As many at random would hold %(people)s, as many chosen by "
                "what is expected %(best)s."
            )
            % words
        )
    return (
        _(
            "They are %(people)s of your customers and hold %(value)s of what is expected in the "
            "next 12 months. As many at random would hold %(people)s, as many chosen by what is "
            "expected %(best)s."
        )
        % words
    )


def _swapped(quality: Mapping[str, Any], currency: str) -> str:
    return _(
        "%(missed)s who are left out are expected to bring %(more)s; %(wasted)s who are in it in "
        "their place only %(less)s."
    ) % {
        "missed": ui.number(quality["missed_count"]),
        "wasted": ui.number(quality["wasted_count"]),
        "more": _money(quality["missed_amount"], currency),
        "less": _money(quality["wasted_amount"], currency),
    }


def _spent(quality: Mapping[str, Any], currency: str, cost: int | None) -> str:
    if cost:
        return _(
            "Spending %(cost)s on each, %(all)s in all, %(wasted)s goes to people who are worth "
            "less than those left out."
        ) % {
            "cost": _money(cost, currency),
            "all": _money(cost * quality["people"], currency),
            "wasted": _money(cost * quality["wasted_count"], currency),
        }
    share = quality["wasted_count"] / quality["people"]
    return _(
        "Spending the same on each, %(share)s of it goes to people who are worth less than those "
        "left out."
    ) % {"share": ui.percent(share)}


def _stays(rate: Mapping[str, Any]) -> str:
    words = {"inside": ui.percent(rate["inside"]), "outside": ui.percent(rate["outside"])}
    if rate["is_apart"]:
        return _("%(inside)s of them are likely to stay, of the others %(outside)s.") % words
    return (
        _(
            "%(inside)s of them are likely to stay, of the others %(outside)s: no difference "
            "beyond chance."
        )
        % words
    )


def _answers(rate: Mapping[str, Any]) -> str:
    words = {"inside": ui.percent(rate["inside"]), "outside": ui.percent(rate["outside"])}
    if rate["is_apart"]:
        return _("%(inside)s of them answered within a year, of the others %(outside)s.") % words
    return (
        _(
            "%(inside)s of them answered within a year, of the others %(outside)s: no difference "
            "beyond chance."
        )
        % words
    )


def _money(minor: int, currency: str) -> str:
    return formatting.amount(minor, currency=currency, language=get_language() or "en")


def read_cost(typed: str, *, currency: str) -> int | None:
    """Read what reaching one person costs, in minor units; None for nothing one can spend."""
    mark = "," if formatting.base_language(get_language() or "en") == "vi" else "."
    found = parse_amount(typed[:20], mark=mark) if typed.strip() else None
    minor = money.to_minor(found, currency=currency) if found is not None else 0
    return minor if 0 < minor < 2**40 else None
