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
from .deciding import CannotDecide, decide, undo_decision

__all__ = [
    "CannotAccept",
    "CannotDecide",
    "accept_above",
    "begin_accepting",
    "decide",
    "draw_sample",
    "judge_sample",
    "undo_accepting",
    "undo_decision",
]
