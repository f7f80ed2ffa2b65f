"""What it would be worth to know more, worked out once when the loop runs: who is missing what,
what they are expected to spend, and who could be reached for the first time.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce

from idic.differentiate import segments
from idic.differentiate.known import WITHOUT_ADDRESS
from idic.differentiate.models import CustomerSummary, Reach
from idic.identify.models import CleaningProposal, ProposalState
from idic.identify.questions.worth import SECOND_WAY, SHARES
from idic.identify.services.cleaning.measuring import write_missing

_NO_ADDRESS = (Reach.NO_ADDRESS.value,)
GAPS: Mapping[str, segments.Tree] = {
    "phone": segments.Choice("sms_reach", "one_of", _NO_ADDRESS),
    "email": segments.Choice("email_reach", "one_of", _NO_ADDRESS),
    "name": segments.Text("name", "unknown"),
    "city": segments.Text("city", "unknown"),
    "birth_date": segments.Number("age", "unknown"),
}
_PEOPLE = 20


def refresh_missing(*, as_of: date, now: datetime) -> dict[str, Any]:
    """Work out and store what is missing and worth asking; the money behind each finding, too."""
    frame = segments.current_frame(as_of=as_of, now=now)
    missing = {
        "gaps": sorted(
            (_gap(name, tree, frame) for name, tree in GAPS.items()), key=lambda gap: -gap["gain"]
        ),
        "people": _people(frame),
        "stakes": _stakes(),
    }
    write_missing(missing=missing, now=now)
    return missing


def _gap(name: str, tree: segments.Tree, frame: segments.Frame) -> dict[str, Any]:
    silent = Q(
        email_reach=Reach.NO_ADDRESS, sms_reach=Reach.NO_ADDRESS, zalo_reach=Reach.NO_ADDRESS
    )
    found = (
        segments.to_query(tree, frame=frame)
        .order_by()
        .aggregate(
            people=Count("pk"),
            expected=Coalesce(Sum("expected_amount"), 0),
            silent=Count("pk", filter=silent),
            silent_expected=Coalesce(Sum("expected_amount", filter=silent), 0),
        )
    )
    if name in SHARES:
        gain = SHARES[name] * found["expected"]
    else:
        first = found["silent_expected"]
        gain = first + SECOND_WAY * (found["expected"] - first)
    return {"field": name, **found, "gain": int(gain)}


def _people(frame: segments.Frame) -> list[dict[str, Any]]:
    """Give those it is worth most to ask for a phone or an address."""
    either = segments.Any((GAPS["phone"], GAPS["email"]))
    found: dict[int, dict[str, Any]] = {}
    for tree in (WITHOUT_ADDRESS, either):
        rows = segments.to_query(tree, frame=frame).filter(expected_amount__gt=0)
        for row in rows.order_by("-expected_amount", "pk")[:_PEOPLE]:
            found[row.pk] = _person(row)
    return sorted(found.values(), key=lambda one: -one["gain"])[:_PEOPLE]


def _person(row: CustomerSummary) -> dict[str, Any]:
    missing = [
        name
        for name, reach in (("phone", row.sms_reach), ("email", row.email_reach))
        if reach == Reach.NO_ADDRESS
    ]
    is_silent = len(missing) == 2 and row.zalo_reach == Reach.NO_ADDRESS
    expected = row.expected_amount or 0
    return {
        "id": row.pk,
        "missing": missing,
        "expected": expected,
        "gain": expected if is_silent else int(SECOND_WAY * expected),
    }


def _stakes() -> dict[str, int]:
    """Add up what the customers behind each finding are expected to spend."""
    rows = (
        CleaningProposal.objects.filter(state=ProposalState.OPEN)
        .order_by()
        .values_list("reason")
        .annotate(expected=Sum("customer__summary__expected_amount"))
    )
    return {reason: int(expected or 0) for reason, expected in rows}
