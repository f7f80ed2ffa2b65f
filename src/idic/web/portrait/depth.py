"""How well somebody is known, part by part, and what would make it more."""

from __future__ import annotations

from dataclasses import dataclass

from idic.differentiate.depth import parts_of
from idic.differentiate.depth_words import Part, say_parts
from idic.differentiate.models import CustomerSummary


@dataclass(frozen=True)
class Depth:
    """The score of 100, its five parts, and on how many of the last 30 days they used something."""

    score: int
    parts: list[Part]
    usage_days: int | None


def draw_depth(summary: CustomerSummary | None) -> Depth | None:
    """Say how well somebody is known; None before anything was computed."""
    if summary is None:
        return None
    parts = parts_of(
        has_name=bool(summary.full_name),
        has_place=bool(summary.city),
        birth_date=summary.birth_date,
        is_company=summary.is_company,
        reaches=(summary.email_reach, summary.sms_reach, summary.zalo_reach),
        order_count=summary.order_count,
        usage_days=summary.usage_days,
        has_need=summary.need_group_id is not None,
        need_confidence=summary.need_confidence,
    )
    return Depth(summary.depth_score, say_parts(parts), summary.usage_days)
