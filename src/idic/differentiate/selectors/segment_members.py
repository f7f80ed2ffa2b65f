"""Reads of who is in segments: who came and went and why, and how far segments overlap."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.db.models import F
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from idic.core import formatting
from idic.differentiate import segments
from idic.differentiate.membership import SLICES, Numbers, unpack
from idic.differentiate.models import (
    CustomerSummary,
    MoveCause,
    Segment,
    SegmentMember,
    SegmentMove,
    SegmentSlice,
)

# Of more members than this an even part is compared, and the figures are said to be about so.
MOST_COMPARED = 50_000
_PART = SLICES // 16
SHOWN = 8


@dataclass(frozen=True)
class Move:
    """Somebody who entered or left, and why in the viewer's words."""

    customer_id: int
    name: str
    has_entered: bool
    at: datetime
    why: str


@dataclass(frozen=True)
class Overlap:
    """How many are in another segment too; shares of this one and of the other."""

    segment: Segment
    count: int
    share: float
    share_of_other: float
    is_about: bool


def list_moves(segment: Segment, *, frame: segments.Frame, limit: int = 10) -> list[Move]:
    """Give who entered or left last, the newest first."""
    rows = segment.moves.select_related("customer").order_by("-at", "-id")[:limit]
    said: dict[str, str] = {}
    return [
        Move(
            row.customer_id,
            row.customer.full_name,
            row.has_entered,
            row.at,
            _why(row, frame, said),
        )
        for row in rows
    ]


def _why(move: SegmentMove, frame: segments.Frame, said: dict[str, str]) -> str:
    cause = _cause(move.cause)
    clauses = [_clause(plain, frame, said) for plain in move.clauses]
    if not clauses:
        return cause
    joined = formatting.clauses(clauses, language=get_language() or "en")
    if move.has_entered:
        return _("%(cause)s; now: %(clauses)s") % {"cause": cause, "clauses": joined}
    return _("%(cause)s; no longer: %(clauses)s") % {"cause": cause, "clauses": joined}


def _cause(code: str) -> str:
    # The refresh sees that somebody moved, not whether a day passed or an order came in.
    if code == MoveCause.TIME:
        return _("Seen on looking at everybody again")
    return str(MoveCause(code).label)


def _clause(plain: dict[str, object], frame: segments.Frame, said: dict[str, str]) -> str:
    key = repr(plain)
    if key not in said:
        try:
            said[key] = segments.say_condition(segments.parse(plain), frame=frame)
        except segments.WrongTree:
            said[key] = "…"
    return said[key]


def list_overlaps(
    tree: segments.Tree, *, frame: segments.Frame, without: int | None = None
) -> list[Overlap]:
    """Give the other segments in use that share people with a rule, the most shared first. Raises
    WrongTree. Of large segments an even part of the customers is compared.
    """
    listed = {one.id: one for one in Segment.objects.filter(archived_at=None)}
    most = CustomerSummary.objects.order_by()[MOST_COMPARED : MOST_COMPARED + 1].exists()
    parts = range(_PART) if most else range(SLICES)
    own = _members_of_rule(tree, frame, parts if most else None)
    if not len(own):
        return []
    found = []
    for segment_id, members in _members_of(set(listed) - {without}, parts, is_part=most).items():
        shared = len(np.intersect1d(own, members, assume_unique=True))
        if shared:
            factor = SLICES // _PART if most else 1
            found.append(
                Overlap(
                    segment=listed[segment_id],
                    count=shared * factor,
                    share=shared / len(own),
                    share_of_other=shared / len(members),
                    is_about=most,
                )
            )
    return sorted(found, key=lambda one: (-one.share, one.segment.name))[:SHOWN]


def _members_of_rule(
    tree: segments.Tree, frame: segments.Frame, parts: Collection[int] | None
) -> Numbers:
    if parts is None:
        return np.array(segments.list_ids(tree, frame=frame), dtype=np.int64)
    chosen = segments.find_chosen(tree, frame=frame)
    if chosen is not None:
        few: Numbers = chosen[chosen % SLICES < len(parts)]
        return few
    rows = segments.to_query(tree, frame=frame).annotate(part=F("customer_id") % SLICES)
    keys = rows.filter(part__lt=len(parts)).order_by("customer_id")
    return np.array(list(keys.values_list("customer_id", flat=True)), dtype=np.int64)


def _members_of(
    segment_ids: set[int], parts: Collection[int], *, is_part: bool
) -> dict[int, Numbers]:
    """Give the members of segments: of rules as they were last looked at, of lists as they are."""
    found: dict[int, list[Numbers]] = {}
    rows = SegmentSlice.objects.filter(segment_id__in=segment_ids, number__in=list(parts))
    for segment_id, members in rows.values_list("segment_id", "members"):
        found.setdefault(segment_id, []).append(unpack(members))
    picked = SegmentMember.objects.filter(segment_id__in=segment_ids)
    if is_part:
        picked = picked.annotate(part=F("customer_id") % SLICES).filter(part__lt=len(parts))
    by_hand: dict[int, list[int]] = {}
    for segment_id, customer_id in picked.values_list("segment_id", "customer_id"):
        by_hand.setdefault(segment_id, []).append(customer_id)
    for segment_id, keys in by_hand.items():
        found.setdefault(segment_id, []).append(np.array(sorted(keys), dtype=np.int64))
    return {key: np.concatenate(members) for key, members in found.items()}
