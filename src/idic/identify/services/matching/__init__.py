"""Finds out which records are one person and carries it out: fits the matcher to this shop, joins
what is sure, asks a person about the rest, weighs each new record as it comes.
"""

from .accepting import (
    CannotAccept,
    accept_above,
    begin_accepting,
    draw_sample,
    judge_sample,
    undo_accepting,
)
from .after_import import match_import, match_people
from .deciding import CannotDecide, decide, undo_decision
from .resolving import Resolved, resolve_record
from .running import MatchReport, fit_and_match
from .storing import forget, forget_demo, forget_vanished

__all__ = [
    "CannotAccept",
    "CannotDecide",
    "MatchReport",
    "Resolved",
    "accept_above",
    "begin_accepting",
    "decide",
    "draw_sample",
    "fit_and_match",
    "forget",
    "forget_demo",
    "forget_vanished",
    "judge_sample",
    "match_import",
    "match_people",
    "resolve_record",
    "undo_accepting",
    "undo_decision",
]
