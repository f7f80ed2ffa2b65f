"""Puts the people of a list into a static segment, new or old."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from idic.core.models import Staff
from idic.differentiate.models import Segment
from idic.differentiate.segments import Frame, list_ids
from idic.differentiate.services.segments import add_members, create_static_segment
from idic.web.listing import ListQuery
from idic.web.services.bulk_acts import MOST_AT_ONCE

LONGEST_NAME = 120


class WrongSegment(ValueError):
    """Raised when there is no segment to put anybody into, or nobody to put; the text says it."""

    is_for_people = True


@dataclass(frozen=True)
class Put:
    """What came of it: the segment and how many are new in it; None while it is under way."""

    segment: Segment | None
    added: int | None
    is_new: bool


def put(
    *,
    query: ListQuery,
    chosen: Sequence[int] | None,
    segment_id: int | None,
    name: str,
    staff: Staff,
    frame: Frame,
    later: Callable[[], object],
) -> Put:
    """Put those chosen (None: all of the list) into a segment. More than some hundred are left to
    `later`.
    """
    people = list(chosen) if chosen is not None else list_ids(query.tree, frame=frame)
    if not people:
        raise WrongSegment(_("There is nobody to put into a segment. Choose people first."))
    name = _checked(segment_id, name)
    if chosen is None and len(people) > MOST_AT_ONCE:
        later()
        return Put(_find(segment_id), None, is_new=segment_id is None)
    segment, added = fill(
        customer_ids=people, segment_id=segment_id, name=name, staff=staff, now=frame.now
    )
    return Put(segment, added, is_new=segment_id is None)


def fill(
    *,
    customer_ids: Sequence[int],
    segment_id: int | None,
    name: str,
    staff: Staff,
    now: datetime,
) -> tuple[Segment, int]:
    """Put customers into a segment, or into a new one; give it and how many are new in it."""
    segment = _find(segment_id)
    if segment is not None:
        return segment, add_members(segment=segment, customer_ids=customer_ids, now=now)
    name = _checked(None, name)
    made = create_static_segment(name=name, customer_ids=customer_ids, staff=staff, now=now)
    return made, len(customer_ids)


def _find(segment_id: int | None) -> Segment | None:
    if segment_id is None:
        return None
    return Segment.objects.filter(id=segment_id, is_static=True, archived_at=None).first()


def _checked(segment_id: int | None, name: str) -> str:
    if segment_id is not None and _find(segment_id) is None:
        raise WrongSegment(_("This segment is not there any more. Choose another."))
    name = " ".join(name.split())[:LONGEST_NAME]
    if segment_id is None and not name:
        raise WrongSegment(_("Choose a segment, or give a new one its name."))
    return name
