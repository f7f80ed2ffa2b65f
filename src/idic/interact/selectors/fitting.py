"""Whether the people chosen are those a goal speaks to: somebody who bought last week is not won
back.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from django.db.models import Count, Q

from idic.differentiate import segments
from idic.differentiate.models import Segment
from idic.interact.models import Campaign, Goal
from idic.interact.selectors.power import Reading

# One in ten may be on time: a segment is as of last night.
_TOLERATED = 0.1
_OVERDUE = segments.Flag(field="is_overdue")


@dataclass(frozen=True, slots=True)
class Misfit:
    """How many are chosen to be won back, how many of them are overdue, and the rule for those."""

    chosen: int
    overdue: int
    rule: str

    @property
    def rate(self) -> float:
        """The share that is not overdue."""
        return 1 - self.overdue / self.chosen


def find_misfit(*, campaign: Campaign, reading: Reading | None = None) -> Misfit | None:
    """Tell whether a campaign to win back goes to people who are not away; one query unless the
    segment has been read already.
    """
    segment = campaign.segment
    if campaign.goal != Goal.WIN_BACK or segment is None:
        return None
    chosen, overdue = (reading.chosen, reading.overdue) if reading else _count(_whole(segment))
    misfit = Misfit(chosen, overdue, _rule(segment))
    return misfit if misfit.chosen and misfit.rate > _TOLERATED else None


def suggest_goal(tree: segments.Tree) -> Goal:
    """Give the goal to begin with: to win back where most are overdue, else to remind of what
    they buy.
    """
    chosen, overdue = _count(tree)
    return Goal.WIN_BACK if overdue * 2 >= chosen else Goal.BUY_AGAIN


def _count(tree: segments.Tree) -> tuple[int, int]:
    people = segments.to_query(tree).order_by()
    found = people.aggregate(chosen=Count("pk"), overdue=Count("pk", filter=Q(is_overdue=True)))
    return found["chosen"], found["overdue"]


def _whole(segment: Segment) -> segments.Tree:
    return segments.InSegment(segment_id=segment.id)


def _rule(segment: Segment) -> str:
    """Give the rule of those of a segment who are overdue."""
    tree: segments.Tree = segments.InSegment(segment_id=segment.id)
    if not segment.is_static:
        try:
            tree = segments.parse(segment.tree)
        except segments.WrongTree:
            pass
    parts = tree.of if isinstance(tree, segments.All) else (tree,)
    return json.dumps(segments.dump(segments.All((*parts, _OVERDUE))))
