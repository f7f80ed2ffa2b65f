"""Says who is who: joins customers, parts them again exactly, binds and divides records. Each act
is one transaction, stands in the identity log and replays from it; nothing here guesses.
"""

from .dividing import reassign, split
from .joining import merge
from .joining_many import JoinPlan, join_planned, plan_joins
from .linking import cannot_link, lift, must_link
from .log import record_matches
from .many import Group, Joined, merge_groups
from .parting import unmerge
from .refusals import (
    AlreadyUndone,
    CannotDivide,
    CannotLink,
    CannotMerge,
    ChangedMeanwhile,
    IdentityRefused,
    KeptApart,
    NothingLeft,
)
from .replaying import Replayed, replay
from .settling import settle

__all__ = [
    "AlreadyUndone",
    "CannotDivide",
    "CannotLink",
    "CannotMerge",
    "ChangedMeanwhile",
    "Group",
    "IdentityRefused",
    "JoinPlan",
    "Joined",
    "KeptApart",
    "NothingLeft",
    "Replayed",
    "cannot_link",
    "join_planned",
    "lift",
    "merge",
    "merge_groups",
    "must_link",
    "plan_joins",
    "reassign",
    "record_matches",
    "replay",
    "settle",
    "split",
    "unmerge",
]
