"""Puts the people of a list into a static segment, new or old."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from idic.core.models import Staff
from idic.differentiate.models import Segment
from idic.differentiate.segments import Frame, list_ids
from idic.differentiate.services.segments import add_members, create_static_segment
from idic.web.listing import ListQuery

LONGEST_NAME = 120


class WrongSegment(ValueError):
    """Raised when there is no segment to put anybody into, or nobody to put; the text says it."""

    is_for_people = True


def put(
    *,
    query: ListQuery,
    chosen: Sequence[int] | None,
    segment_id: int | None,
    name: str,
    staff: Staff,
    frame: Frame,
) -> tuple[Segment, int]:
    """Put those chosen (None: all of the list) into a segment; give it and how many are new."""
    people = list(chosen) if chosen is not None else list_ids(query.tree, frame=frame)
    if not people:
        raise WrongSegment(_("There is nobody to put into a segment. Choose people first."))
    if segment_id is None:
        return _put_into_new(name, people, staff, frame)
    segment = Segment.objects.filter(id=segment_id, is_static=True, archived_at=None).first()
    if segment is None:
        raise WrongSegment(_("This segment is not there any more. Choose another."))
    return segment, add_members(segment=segment, customer_ids=people, now=frame.now)


def _put_into_new(
    name: str, people: Sequence[int], staff: Staff, frame: Frame
) -> tuple[Segment, int]:
    name = " ".join(name.split())[:LONGEST_NAME]
    if not name:
        raise WrongSegment(_("Choose a segment, or give a new one its name."))
    segment = create_static_segment(name=name, customer_ids=people, staff=staff, now=frame.now)
    return segment, len(people)
