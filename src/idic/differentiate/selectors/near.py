"""Who is near the next tier and what they lack, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from idic.core import formatting
from idic.differentiate import segments
from idic.differentiate.models import CustomerSummary, Tier
from idic.differentiate.tier_gaps import CLIMBERS, LADDER, widen
from idic.differentiate.tier_rules import TierRule

_MOST = 200
_AMOUNTS = ("net_amount", "last_year_amount", "worth_amount")


@dataclass(frozen=True)
class Near:
    """Somebody near a tier, with what is missing in words."""

    summary: CustomerSummary
    missing: str


@dataclass(frozen=True)
class Rung:
    """A tier and who is near it, the most valuable first. `is_whole` is false when there are more
    than were looked at.
    """

    tier: Tier
    people: list[Near]
    is_whole: bool


def list_near(rules: Sequence[TierRule], *, frame: segments.Frame, most: int = _MOST) -> list[Rung]:
    """Give for each tier one climbs to who is near it; a query a tier, by the wider rule, and what
    was found when the tier was last looked at.
    """
    rungs = []
    for rule in rules:
        if rule.tier not in LADDER:
            continue
        rows = list(
            CustomerSummary.objects.filter(
                segments.to_condition(widen(rule.when), frame=frame), tier__in=CLIMBERS
            )
            .exclude(tier=rule.tier)
            .order_by("-worth_amount", "customer_id")[:most]
        )
        people = [Near(row, say_next(row, currency=frame.currency)) for row in rows]
        mine = [near for near in people if _next_of(near.summary).get("tier") == rule.tier]
        rungs.append(Rung(Tier(rule.tier), mine, is_whole=len(rows) < most))
    return rungs


def _next_of(summary: CustomerSummary) -> dict[str, Any]:
    found: dict[str, Any] = (summary.tier_reason or {}).get("next") or {}
    return found


def find_next_tier(summary: CustomerSummary) -> Tier | None:
    """Give the tier somebody is near, if any."""
    code = _next_of(summary).get("tier", "")
    return Tier(code) if code in Tier.values else None


def say_next(summary: CustomerSummary, *, currency: str) -> str:
    """Say what is missing for the next tier: “1 more order and 450,000 ₫”; empty when not near."""
    ways = [
        formatting.listed(
            (_say_gap(field, missing, currency) for field, missing in way),
            language=get_language() or "en",
        )
        for way in _next_of(summary).get("ways", [])
    ]
    if len(ways) > 1:
        return _("%(one)s, or %(other)s") % {"one": ways[0], "other": ways[1]}
    return ways[0] if ways else ""


def _say_gap(field: str, missing: int, currency: str) -> str:
    language = get_language() or "en"
    if field in _AMOUNTS:
        return _("%(amount)s more") % {
            "amount": formatting.amount(missing, currency=currency, language=language)
        }
    return ngettext("%(shown)s more order", "%(shown)s more orders", missing) % {
        "shown": formatting.number(missing, language=language)
    }
