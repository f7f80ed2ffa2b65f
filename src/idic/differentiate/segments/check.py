"""Reads a rule from JSON and says, in words for people, what is wrong with it. Nothing that passed
here can fail in the database, and nothing in it becomes the text of a statement.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from collections.abc import Mapping
from typing import Any as Anything

import msgspec
from django.utils.translation import gettext as _

from . import tree as t
from .fields import choices_of

MAX_DEPTH = 8
MAX_NODES = 200
MAX_VALUES = 500
MAX_LENGTH = 200
MAX_WHOLE = 2**62
MAX_DAYS = 36_500
MAX_PROPERTIES = 5
# So short that a database's own number holds it; ASCII digits only.
PLAIN_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?")

Path = tuple[int, ...]


class WrongTree(ValueError):
    """Raised when a rule cannot be used. `problems` holds (place in the tree, sentence)."""

    is_for_people = True

    def __init__(self, problems: list[tuple[Path, str]]) -> None:
        super().__init__(" ".join(dict.fromkeys(text for _place, text in problems)))
        self.problems = problems


def parse(data: str | bytes | Mapping[str, Anything]) -> t.Tree:
    """Read a rule from JSON text or its decoded form. Raises WrongTree, with sentences."""
    try:
        found: t.Tree = (
            msgspec.json.decode(data, type=t.Tree)
            if isinstance(data, (str, bytes))
            else msgspec.convert(data or {"type": "all"}, type=t.Tree)
        )
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise WrongTree([((), _("This rule cannot be read. Build it again."))]) from error
    check(found)
    return found


def dump(tree: t.Tree) -> dict[str, Anything]:
    """Give the rule as plain values for a JSON column; `parse` gives an equal tree back."""
    plain: dict[str, Anything] = msgspec.json.decode(msgspec.json.encode(tree))
    return plain


def check(tree: t.Tree) -> None:
    """Raise WrongTree when a rule is incomplete, contradictory or too large."""
    problems: list[tuple[Path, str]] = []
    nodes = 0
    waiting: list[tuple[t.Tree, Path]] = [(tree, ())]
    while waiting:
        node, place = waiting.pop()
        nodes += 1
        if len(place) > MAX_DEPTH or nodes > MAX_NODES:
            raise WrongTree([((), _("This rule is too large. Split it into several segments."))])
        problems += [(place, problem) for problem in _problems(node, is_root=not place)]
        waiting += [(child, (*place, i)) for i, child in enumerate(children(node))]
    if problems:
        raise WrongTree(sorted(problems))


def children(node: t.Tree) -> tuple[t.Tree, ...]:
    """Give what stands inside a group; nothing for a condition."""
    if isinstance(node, t.Not):
        return (node.of,)
    return node.of if isinstance(node, (t.All, t.Any)) else ()


def _problems(node: t.Tree, *, is_root: bool) -> list[str]:
    match node:
        case t.All(of=of) | t.Any(of=of):
            is_empty = not of and not (is_root and isinstance(node, t.All))
            return [_("This group is empty. Add a condition or remove it.")] if is_empty else []
        case t.Text():
            return _check_texts(node.operator, node.values)
        case t.Number() | t.Amount():
            return _check_number(node)
        case t.Day():
            return _check_day(node)
        case t.Choice():
            return _check_choice(node)
        case t.InNeedGroup():
            return _check_ids(node.group_ids)
        case t.Orders() | t.Bought() | t.Happened():
            return [*_check_event(node), *_check_window(node.window)]
        case t.Spent():
            return [*_whole(node.amount, low=-MAX_WHOLE), *_check_window(node.window)]
        case t.Sequence():
            return _check_sequence(node)
        case t.HasTrait():
            return _check_trait(node)
        case t.InSegment():
            return _check_ids((node.segment_id,))
    return []


def _check_texts(operator: str, values: tuple[str, ...]) -> list[str]:
    if operator in ("known", "unknown"):
        return []
    if not values or not any(value.strip() for value in values):
        return [_("Say which text to look for.")]
    return _plain_texts(values)


def _plain_texts(values: tuple[str, ...]) -> list[str]:
    if len(values) > MAX_VALUES:
        return [_("Give at most %(count)s values.") % {"count": MAX_VALUES}]
    if any(len(value) > MAX_LENGTH for value in values):
        return [_("Give at most %(count)s characters.") % {"count": MAX_LENGTH}]
    # PostgreSQL takes neither; and nobody means them.
    if any(unicodedata.category(c) in ("Cc", "Cs") for value in values for c in value):
        return [_("Leave out control characters.")]
    return []


def _check_number(node: t.Number | t.Amount) -> list[str]:
    if node.operator in ("known", "unknown"):
        return []
    ends = [node.value, node.to] if node.operator == "between" else [node.value]
    if any(end is None for end in ends):
        return [_("Say how many.") if isinstance(node, t.Number) else _("Say how much.")]
    given = [end for end in ends if end is not None]
    if any(not math.isfinite(end) or abs(end) > MAX_WHOLE for end in given):
        return [_("This number is too large.")]
    if len(given) == 2 and given[0] > given[1]:
        return [_("The first value must not be larger than the second.")]
    return []


def _check_day(node: t.Day) -> list[str]:
    if node.operator in ("known", "unknown"):
        return []
    if node.operator in ("last_days", "more_than_days_ago"):
        return _days(node.days)
    ends = [node.day, node.to] if node.operator == "between" else [node.day]
    if any(end is None for end in ends):
        return [_("Choose a day.")]
    return _check_span(node.day, node.to if node.operator == "between" else None)


def _check_span(first: dt.date | None, last: dt.date | None) -> list[str]:
    if any(day and not 1850 <= day.year <= 2200 for day in (first, last)):
        return [_("Choose a day between 1850 and 2200.")]
    if first and last and first > last:
        return [_("The first day must not come after the second.")]
    return []


def _days(days: int | None) -> list[str]:
    if days is None or not 0 <= days <= MAX_DAYS:
        return [_("Say how many days: a whole number up to %(most)s.") % {"most": MAX_DAYS}]
    return []


def _check_choice(node: t.Choice) -> list[str]:
    if not node.values:
        return [_("Choose at least one.")]
    known = {code for code, _label in choices_of(node.field)}
    if known and not set(node.values) <= known:
        return [_("One of the choices does not exist any more. Choose again.")]
    return _plain_texts(node.values)


def _check_ids(ids: tuple[int, ...]) -> list[str]:
    if not ids:
        return [_("Choose at least one.")]
    if len(ids) > MAX_VALUES or any(not 0 <= number < 2**63 for number in ids):
        return [_("One of the choices does not exist any more. Choose again.")]
    return []


def _check_event(node: t.Orders | t.Bought | t.Happened) -> list[str]:
    problems = _whole(node.count, low=0, high=1_000_000)
    if isinstance(node, t.Bought) and not node.value.strip():
        return [*problems, _("Say which product or category.")]
    if isinstance(node, t.Happened) and not node.kind.strip():
        return [*problems, _("Say which event.")]
    word = getattr(node, "value", "") or getattr(node, "kind", "")
    return [*problems, *_plain_texts((word,)), *_check_properties(getattr(node, "where", ()))]


def _check_sequence(node: t.Sequence) -> list[str]:
    if not 1 <= node.within_days <= MAX_DAYS:
        return _days(None)
    steps = (node.first, node.then)
    problems = [problem for step in steps for problem in _check_properties(step.where)]
    if any(step.where and not step.kind for step in steps):
        problems.append(_("Say which event."))
    return [*problems, *_plain_texts(tuple(s.kind for s in steps)), *_check_window(node.window)]


def _check_properties(where: tuple[t.Property, ...]) -> list[str]:
    if len(where) > MAX_PROPERTIES:
        return [_("Give at most %(count)s values.") % {"count": MAX_PROPERTIES}]
    return [problem for one in where for problem in _check_property(one)]


def _check_property(node: t.Property) -> list[str]:
    if not node.name.strip():
        return [_("Say which property.")]
    if node.operator in ("at_least", "at_most"):
        return _check_figure(node.value)
    if node.operator != "known" and not node.value.strip():
        return [_("Say which text to look for.")]
    return _plain_texts((node.name, node.value))


def _check_figure(text: str) -> list[str]:
    """Say what is wrong with a number given as text; nothing if `read_figure` reads it."""
    return [] if read_figure(text) is not None else [_("Give a plain number.")]


def read_figure(text: str) -> float | None:
    """Read a plain number (“-12.50”); None for anything else. What both databases take for one."""
    found = PLAIN_NUMBER.fullmatch(text.strip(" "))
    return float(found.group()) if found else None


def _check_window(window: t.Window) -> list[str]:
    if window.last_days is not None:
        if window.from_date or window.to_date:
            return [_("Choose either the last days or two days, not both.")]
        return _days(window.last_days) if window.last_days else _days(None)
    return _check_span(window.from_date, window.to_date)


def _check_trait(node: t.HasTrait) -> list[str]:
    if not node.name.strip():
        return [_("Say which question.")]
    if not 0 <= node.confidence <= 1:
        return [_("Say how sure: between 0 and 1.")]
    if node.operator in ("at_least", "at_most"):
        return [*_check_figure(node.value), *_plain_texts((node.name,))]
    if node.operator != "known" and not node.value.strip():
        return [_("Say which text to look for.")]
    return _plain_texts((node.name, node.value))


def _whole(value: int, *, low: int, high: int = MAX_WHOLE) -> list[str]:
    return [] if low <= value <= high else [_("This number is too large or too small.")]
