"""How urgent somebody's need looks from what they did, and what follows from likeness and urgency.
Plain sums, so that everybody can check them; no database here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from idic.differentiate.models import Verdict

# What somebody did → points while it is fresh. Asking and putting into the basket say most;
# opening a letter says little. Kinds are compared in lower case, words joined by “_”.
_ASKED = (
    *("quote_requested", "price_asked", "demo_requested", "form_submitted", "enquiry"),
    *("message_received", "reply", "call", "visit", "meeting", "chat", "contact_requested"),
)
_WANTS = ("product_added", "checkout_started", "cart_updated", "added_to_cart", "wishlist_added")
_TRIES = ("signed_up", "trial_started", "account_created")
_LOOKS = ("product_viewed", "page_viewed", "page", "product_list_viewed", "pricing_viewed")
_OPENS = ("newsletter_clicked", "newsletter_opened", "email_opened", "email_link_clicked")
POINTS: Mapping[str, tuple[tuple[str, ...], int, int]] = {
    # group: kinds, points for one, points at most
    "asked": (_ASKED, 40, 60),
    "wants": (_WANTS, 30, 45),
    "tries": (_TRIES, 20, 20),
    "looks": (_LOOKS, 5, 20),
    "opens": (_OPENS, 4, 12),
}
# A sign is worth all its points for a week, less later, nothing after three months.
FRESHNESS = ((7, 1.0), (30, 0.6), (90, 0.25))
SEEN_DAYS = FRESHNESS[-1][0]
# Using it on so many of thirty days is as much as asking.
_USAGE_DAYS, _USAGE_POINTS = 10, 40
READY_URGENCY, READY_LIKENESS = 40, 40
STOP_LIKENESS = 25
_GROUP_OF = {kind: group for group, (kinds, _one, _most) in POINTS.items() for kind in kinds}
KINDS = tuple(_GROUP_OF)


@dataclass(frozen=True)
class Sign:
    """Something somebody did: its kind, how often in three months, when last."""

    kind: str
    times: int
    last_at: datetime


@dataclass(frozen=True)
class Judged:
    """Urgency and likeness, 0–100, what follows, and why: reasons as plain values."""

    likeness: int
    urgency: int
    score: int
    verdict: Verdict
    reasons: list[dict[str, Any]]


def group_of(kind: str) -> str:
    """Give which group a kind of event belongs to; empty for none."""
    return _GROUP_OF.get(kind.strip().lower().replace(" ", "_"), "")


def judge(
    *,
    likeness: int,
    like_reasons: Sequence[Mapping[str, Any]],
    signs: Sequence[Sign],
    usage_days: int | None,
    is_reachable: bool,
    is_silenced: bool,
    as_of: date,
) -> Judged:
    """Judge somebody who has not bought yet.

    Ready: a need that looks urgent, enough like the customers we want, and a way to reach them. Do
    not spend: asked to be left alone, or hardly alike and without any sign of life for three
    months, or nothing of both and no way to reach them.
    """
    urgency, reasons = measure_urgency(signs=signs, usage_days=usage_days, as_of=as_of)
    reasons += [dict(reason) for reason in like_reasons]
    verdict = Verdict.NURTURE
    if is_silenced:
        verdict = Verdict.STOP
        reasons.insert(0, {"code": "silenced"})
    elif not is_reachable:
        verdict = Verdict.NURTURE if urgency else Verdict.STOP
        reasons.insert(0, {"code": "unreachable"})
    elif urgency >= READY_URGENCY and likeness >= READY_LIKENESS:
        verdict = Verdict.READY
    elif not urgency and likeness <= STOP_LIKENESS:
        verdict = Verdict.STOP
    if not urgency:
        reasons.append({"code": "no_sign", "days": SEEN_DAYS})
    score = 0 if is_silenced else round((likeness + urgency) / 2)
    return Judged(likeness, urgency, score, verdict, reasons)


def measure_urgency(
    *, signs: Sequence[Sign], usage_days: int | None, as_of: date
) -> tuple[int, list[dict[str, Any]]]:
    """Add up the points of what somebody did, the heaviest first; 100 at most."""
    points: dict[str, float] = {}
    told: dict[str, dict[str, Any]] = {}
    for sign in signs:
        group = group_of(sign.kind)
        days = (as_of - sign.last_at.date()).days
        fresh = next((rate for within, rate in FRESHNESS if 0 <= days <= within), 0.0)
        if not group or not fresh:
            continue
        _kinds, one, most = POINTS[group]
        points[group] = min(points.get(group, 0.0) + one * sign.times * fresh, most * fresh)
        known = told.setdefault(group, {"code": group, "times": 0, "days": days})
        known["times"] += sign.times
        known["days"] = min(known["days"], days)
    if usage_days:
        points["uses"] = _USAGE_POINTS * min(usage_days / _USAGE_DAYS, 1.0)
        told["uses"] = {"code": "uses", "times": usage_days, "days": 0}
    for group, value in points.items():
        told[group]["points"] = round(value)
    reasons = sorted(told.values(), key=lambda reason: (-reason["points"], reason["code"]))
    return min(round(sum(points.values())), 100), reasons
