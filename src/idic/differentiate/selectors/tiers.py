"""Tier rules in words, what a new version would move, and why somebody has a tier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, CharField, Count, F, QuerySet, Sum, Value, When
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from idic.core import formatting
from idic.differentiate import segments
from idic.differentiate.models import CustomerSummary, MatrixCell, Tier, TierChange, TierPolicy
from idic.differentiate.segments.fields import FIELDS
from idic.differentiate.tier_rules import TierRule

# So many movers are named for each way, from so many of the most valuable.
_MOST_NAMED, _MOST_LOOKED_AT = 5, 400


@dataclass(frozen=True)
class Move:
    """So many customers would go from one tier to another (empty: none)."""

    from_tier: str
    to_tier: str
    count: int
    # Some of them, the most valuable first: (customer id, name).
    people: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True)
class SaidRule:
    """A tier with its rule in words."""

    tier: Tier
    sentence: str
    tree: segments.Tree


def find_draft() -> TierPolicy | None:
    """Give the version being worked on, if there is one."""
    return TierPolicy.objects.filter(published_at=None).order_by("-version").first()


def say_rules(rules: Sequence[TierRule], *, frame: segments.Frame) -> list[SaidRule]:
    """Say each rule in the viewer's language, in the order they are asked."""
    return [
        SaidRule(Tier(rule.tier), segments.say_condition(rule.when, frame=frame), rule.when)
        for rule in rules
    ]


def preview_moves(rules: Sequence[TierRule], *, frame: segments.Frame) -> list[Move]:
    """Count who would move between which tiers if these rules were in force, and name the most
    valuable of them. Two queries.
    """
    counted = (
        _placed(rules, frame)
        .order_by()
        .values("tier", "placed")
        .annotate(people=Count("pk"))
        .values_list("tier", "placed", "people")
    )
    sizes = {(old, new): people for old, new, people in counted if old != new}
    named = _name_movers(rules, frame) if sizes else {}
    moves = [Move(*way, people, tuple(named.get(way, ()))) for way, people in sizes.items()]
    return sorted(moves, key=lambda move: (-move.count, move.from_tier, move.to_tier))


def _placed(rules: Sequence[TierRule], frame: segments.Frame) -> QuerySet[Any]:
    placed = Case(
        *(
            When(segments.to_condition(rule.when, frame=frame), then=Value(rule.tier))
            for rule in rules
        ),
        default=Value(""),
        output_field=CharField(),
    )
    return CustomerSummary.objects.filter(order_count__gt=0).annotate(placed=placed)


def _name_movers(
    rules: Sequence[TierRule], frame: segments.Frame
) -> dict[tuple[str, str], list[tuple[int, str]]]:
    """Give the most valuable of who would move, by where from and where to."""
    rows = (
        _placed(rules, frame)
        .exclude(placed=F("tier"))
        .order_by("-worth_amount", "customer_id")
        .values_list("tier", "placed", "customer_id", "full_name")[:_MOST_LOOKED_AT]
    )
    found: dict[tuple[str, str], list[tuple[int, str]]] = {}
    for old, new, number, name in rows:
        mine = found.setdefault((old, new), [])
        if len(mine) < _MOST_NAMED:
            mine.append((number, name))
    return found


def list_versions(*, most: int = 10) -> list[TierPolicy]:
    """Give the published versions, the newest first."""
    published = TierPolicy.objects.exclude(published_at=None).select_related("published_by")
    return list(published.order_by("-version")[:most])


def count_tiers() -> dict[str, int]:
    """Count the people of each tier, from the sums of the last refresh. One query."""
    cells = MatrixCell.objects.exclude(tier="").order_by().values_list("tier")
    return dict(cells.annotate(people=Sum("customer_count")))


def list_moves(*, since: date) -> list[Move]:
    """Count the moves between tiers since a day, most first."""
    counted = (
        TierChange.objects.filter(on_date__gte=since)
        .order_by()
        .values("from_tier", "to_tier")
        .annotate(people=Count("id"))
        .values_list("from_tier", "to_tier", "people")
    )
    return sorted((Move(*row) for row in counted), key=lambda m: (-m.count, m.to_tier))


def tier_reason(summary: CustomerSummary, *, currency: str) -> str:
    """Say why a customer has their tier: the figures its rule looked at, in words."""
    values: Mapping[str, Any] = (summary.tier_reason or {}).get("values", {})
    said = [_figure(name, value, currency=currency) for name, value in values.items()]
    text = formatting.listed((part for part in said if part), language=get_language() or "en")
    if text and (summary.tier_reason or {}).get("is_kept"):
        return _("%(figures)s; close below the line, so nothing changes yet") % {"figures": text}
    return text


def _figure(column: str, value: Any, *, currency: str) -> str:
    field = next((f for f in FIELDS.values() if f.column == column), None)
    if field is None or value is None:
        return ""
    if field.kind == "flag":
        return str(field.yes if value else field.no)
    return _("%(name)s %(value)s") % {
        "name": field.label,
        "value": _written(field.kind, value, currency),
    }


def _written(kind: str, value: Any, currency: str) -> str:
    language = get_language() or "en"
    match kind:
        case "money":
            return formatting.amount(int(value), currency=currency, language=language)
        case "date":
            return formatting.day(date.fromisoformat(value), language=language)
        case "rate":
            return formatting.percent(value, language=language)
    return formatting.number(round(value, 1), language=language)
