"""The page of value × needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from idic.core import charts, formatting
from idic.core.access import may, staff_of
from idic.core.selectors import get_as_of, get_business
from idic.differentiate import segments
from idic.differentiate.links import address_of, customer_address
from idic.differentiate.models import BusinessFigures, CustomerSummary, Tier
from idic.differentiate.selectors import (
    Matrix,
    Spot,
    find_figures,
    find_value_model,
    list_findings,
    list_matrix,
    list_people,
    say_rules,
)
from idic.differentiate.selectors.matrix import find_spot
from idic.differentiate.services.tiers import find_policy
from idic.differentiate.tier_rules import read_rules
from idic.identify.names import list_names

HIGH_RISK, MEDIUM_RISK = 0.6, 0.35


@require_GET
def matrix(request: HttpRequest) -> HttpResponse:
    """Show who matters and what they need: findings, the matrix, the people of one cell."""
    business = get_business()
    picture = list_matrix(unclear_label=_("Not clear yet"), total_label=_("All"))
    spot = read_spot(request.GET, picture)
    people, after = list_people(spot, after=request.GET.get("after", ""))
    words = spot_words(spot, picture)
    context = {
        "picture": picture,
        "findings": list_findings(picture),
        "spot": spot,
        "cell": picture.find(spot),
        "people": show_people(people),
        "after": after,
        "as_of": get_as_of(business),
        "words": words,
        "people_url": address_of("web:customer_list", **_query_of(spot)),
        "segment_url": address_of("differentiate:segment_create", rule=rule_of(spot), called=words),
        "campaign_url": campaign_address(spot, words),
        "budget_url": address_of("web:budget") if picture.grand.overdue_count else "",
        "may_campaign": may(staff_of(request), "campaigns.edit"),
        "may_segment": may(staff_of(request), "segments.edit"),
        "may_tiers": may(staff_of(request), "tiers.edit"),
        "unclear_need": 0,
    }
    if request.htmx and request.GET.get("after"):  # type: ignore[attr-defined]
        return render(request, "differentiate/matrix.html#people_rows", context)
    context |= _for_analysts(business.currency)
    return render(request, "differentiate/matrix.html", context)


def read_spot(values: Any, picture: Matrix) -> Spot:
    """Read which cell is asked for; without one, choose whose people to show."""
    tier, need = values.get("tier", ""), values.get("need", "")
    known = {str(column.need): column.need for column in picture.columns}
    chosen = Spot(tier if tier in Tier.values else None, known.get(need))
    has_asked = bool(chosen.tier) or chosen.need is not None or values.get("all") == "1"
    return chosen if has_asked else find_spot(picture)


def rule_of(spot: Spot) -> str:
    """Write a spot's rule for an address."""
    return msgspec.json.encode(segments.dump(spot.tree)).decode()


def campaign_address(spot: Spot, words: str) -> str:
    """Give where a campaign to a spot's people begins; empty where there are no campaigns."""
    return address_of("interact:campaign_create", rule=rule_of(spot), called=words)


def _query_of(spot: Spot) -> dict[str, str]:
    query = {"tier": spot.tier, "need": None if spot.need is None else str(spot.need)}
    if spot.tier == Tier.AT_RISK:
        query |= {"overdue": "1", "sort": "stake"}
    return {key: value for key, value in query.items() if value is not None}


def spot_words(spot: Spot, picture: Matrix) -> str:
    """Say whose people are shown: “VIP · Tea, coffee”."""
    parts = []
    if spot.tier:
        parts.append(str(Tier(spot.tier).label))
    if spot.need is not None:
        parts += [column.name for column in picture.columns if column.need == spot.need]
    return " · ".join(parts) or _("Everybody who bought")


def show_people(people: Sequence[CustomerSummary]) -> list[dict[str, Any]]:
    """Put each person's line together: who it is, how long away, how likely to leave."""
    names = list_names({row.customer_id: row.full_name for row in people})
    return [
        {
            "summary": row,
            "name": names[row.customer_id],
            "url": customer_address(row.customer_id),
            "days_since_last": _days_since(row),
            "risk": risk_of(row.churn_risk, is_late=row.is_overdue),
        }
        for row in people
    ]


def _days_since(row: CustomerSummary) -> int | None:
    return (row.as_of_date - row.last_order_date).days if row.last_order_date else None


def risk_of(churn_risk: float | None, *, is_late: bool = False) -> tuple[str, str]:
    """Say a risk in a word and a tone. Of somebody who is late it is never called low."""
    if churn_risk is None:
        return "", _("Not known")
    if churn_risk >= HIGH_RISK:
        return "bad", _("High")
    if churn_risk >= MEDIUM_RISK:
        return "warn", _("Medium")
    return ("warn", pgettext("risk", "Rising")) if is_late else ("good", _("Low"))


def _for_analysts(currency: str) -> dict[str, Any]:
    policy = find_policy()
    card = find_value_model()
    frame = segments.current_frame()
    figures = find_figures(as_of=card.as_of) if card else None
    return {
        "card": card,
        "policy": policy,
        "rules": say_rules(read_rules(policy.rules), frame=frame) if policy else [],
        "figures": figures.figures if figures else {},
        "rfm_chart": draw_rfm(figures) if figures else "",
    }


def draw_rfm(row: BusinessFigures) -> SafeString:
    """Draw how many people stand at each recency and frequency score."""
    language = get_language() or "en"
    cells = {(r, f): people for r, f, people, _money in row.figures["rfm"]}
    best = cells.get((5, 5), 0)
    words = {
        "people": formatting.number(best, language=language),
        "share": formatting.percent(best / max(sum(cells.values()), 1), language=language),
    }
    return charts.heat_grid(
        title=_("%(people)s customers came lately and come often: %(share)s of all") % words,
        corner=_("Came lately ↓ · comes often →"),
        columns=[str(f) for f in range(1, 6)],
        rows=[
            (str(r), [float(cells.get((r, f), 0)) for f in range(1, 6)]) for r in range(5, 0, -1)
        ],
        write=lambda value: formatting.number(value, language=language),
    )
