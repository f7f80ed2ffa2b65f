"""Keeps who is in each rule's segment, and writes down who enters and leaves, when and why: of a
few customers as something about them changes, of everybody when the figures are computed anew.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
import numpy as np
from django.db import transaction
from django.db.models import BigIntegerField, Case, F, Q, Value, When

from idic.core import bulk
from idic.core.exclusive import exclusively
from idic.differentiate import segments
from idic.differentiate.membership import Numbers, digest_of, pack, slice_of, unpack
from idic.differentiate.models import (
    CustomerSummary,
    MoveCause,
    Segment,
    SegmentMove,
    SegmentSize,
    SegmentSlice,
)
from idic.differentiate.segments.masks import opened
from idic.differentiate.segments.together import Together
from idic.identify.models import Customer, SourceRecord

# The part that says that a segment's members are known, and of which rule: no members in it.
MARK = -1
MOST_NOTED = 10_000  # moves of one segment in one go that are written down one by one
KEPT_MOVES = timedelta(days=400)
_AT_ONCE = 50  # segments asked in one question
_MOST_CLAUSES = 5
_MOST_KEYS = 10_000  # named in one statement
_MOST_BOUND = 20_000  # values in one statement; SQLite takes some more, PostgreSQL three times that
_MOVE = ("segment_id", "customer_id", "has_entered", "cause", "clauses", "at")
_SLICE = ("segment_id", "number", "member_count", "members")
_EMPTY = np.zeros(0, dtype=np.int64)


def find_owners(record_ids: Collection[int]) -> list[int]:
    """Give the customers of records, each once."""
    owners: set[int] = set()
    wanted = list(record_ids)
    for start in range(0, len(wanted), _MOST_KEYS):
        rows = SourceRecord.objects.filter(id__in=wanted[start : start + _MOST_KEYS])
        found = rows.filter(customer__isnull=False).values_list("customer_id", flat=True)
        owners.update(int(key) for key in found if key is not None)
    return sorted(owners)


def follow(
    *,
    customer_ids: Collection[int],
    frame: segments.Frame,
    kinds: Collection[str] | None = None,
) -> int:
    """Look again which segments a few customers are in, and note who entered or left; give how many
    moves that were. With `kinds` only segments that ask for such events are looked at. Segments
    whose members were never listed are left to the next refresh.
    """
    asked = sorted(set(customer_ids))
    listed = _listed()
    if kinds is not None:
        chosen = frozenset(kinds)
        listed = {key: one for key, one in listed.items() if _asks_events(one, chosen, frame)}
    if not asked or not listed:
        return 0
    known = tuple(listed.values())
    frame = replace(frame, known=(*known, *frame.known))
    with exclusively(name="segment-members"):
        held = _held(list(listed), {slice_of(number) for number in asked})
        moves = 0
        for some in _portions(known, len(asked)):
            moves += _follow(some, asked, held, frame)
    return moves


def rebuild(
    *,
    segment: Segment,
    together: Together,
    frame: segments.Frame,
    since: datetime | None = None,
) -> tuple[int, int]:
    """List who is in a segment, from rules asked together, and note who came and went; give how
    many entered and left. Whoever moved after `since` has been looked at later than `together`.
    """
    inside = together.mask(segment.id)
    found = together.everybody.people[inside]
    with exclusively(name="segment-members"):
        marks = SegmentSlice.objects.filter(segment=segment, number=MARK)
        mark = marks.values_list("members", flat=True).first()
        rule = _digest(segment)
        held = dict(
            SegmentSlice.objects.filter(segment=segment)
            .exclude(number=MARK)
            .values_list("number", "members")
        )
        parts = dict(together.everybody.divide(inside))
        entered, left = _write_slices(segment, parts, held, since)
        if mark is None or bytes(mark) != rule:
            SegmentSlice.objects.update_or_create(
                segment=segment,
                number=MARK,
                defaults={"member_count": len(found), "members": rule},
            )
        if mark is None:  # listed for the first time: nobody came, they were there
            return 0, 0
        cause = MoveCause.TIME if bytes(mark) == rule else MoveCause.RULE
        _note_many(segment, entered, left, cause, together, frame)
    return len(entered), len(left)


def forget_old_moves(*, now: datetime) -> int:
    """Delete moves that are older than a year and a bit."""
    return bulk.delete_rows(SegmentMove.objects.filter(at__lt=now - KEPT_MOVES))


def add_to_day(*, segment_id: int, on: date, entered: int, left: int) -> None:
    """Add moves to what is counted of a segment's day."""
    if not entered and not left:
        return
    day = SegmentSize.objects.filter(segment_id=segment_id, on_date=on)
    for name, number in (("entered_count", entered), ("left_count", left)):
        total = Case(When(**{f"{name}__isnull": True}, then=Value(0)), default=F(name))
        day.update(**{name: total + number})


def _listed() -> dict[int, Segment]:
    """Give the rules' segments in use whose members are listed by the rule as it stands."""
    marks = dict(SegmentSlice.objects.filter(number=MARK).values_list("segment_id", "members"))
    live = Segment.objects.filter(archived_at=None, is_static=False).order_by("id")
    return {one.id: one for one in live if one.id in marks and bytes(marks[one.id]) == _digest(one)}


def _asks_events(segment: Segment, kinds: frozenset[str], frame: segments.Frame) -> bool:
    """Tell whether a segment's rule, or one inside it, asks for events of these kinds."""
    try:
        waiting = [opened(segments.parse(segment.tree), frame=frame, inside=(segment.id,))]
    except segments.WrongTree:
        return False
    while waiting:
        node = waiting.pop()
        match node:
            case segments.Happened(kind=kind) if kind in kinds:
                return True
            case segments.Sequence(first=first, then=then) if {first.kind, then.kind} & kinds:
                return True
        waiting += segments.children(node)
    return False


def _digest(segment: Segment) -> bytes:
    plain = msgspec.json.encode(segment.tree, order="deterministic")
    return hashlib.sha256(plain).digest()


def _held(segment_ids: list[int], numbers: set[int]) -> dict[tuple[int, int], Numbers]:
    rows = SegmentSlice.objects.filter(segment_id__in=segment_ids, number__in=numbers)
    return {
        (segment_id, number): unpack(members)
        for segment_id, number, members in rows.values_list("segment_id", "number", "members")
    }


def _portions(listed: Sequence[Segment], asked: int) -> Iterator[Sequence[Segment]]:
    """Divide segments so that one question holds them: each condition on facts names everybody."""
    portion: list[Segment] = []
    bound = 0
    for segment in listed:
        needed = asked * str(segment.tree).count("'type'")
        if portion and (len(portion) == _AT_ONCE or bound + needed > _MOST_BOUND):
            yield portion
            portion, bound = [], 0
        portion.append(segment)
        bound += needed
    if portion:
        yield portion


def _follow(
    some: Sequence[Segment],
    asked: Sequence[int],
    held: Mapping[tuple[int, int], Numbers],
    frame: segments.Frame,
) -> int:
    holding, rules = _ask(some, asked, frame)
    rows: list[tuple[int, int, bool]] = []
    slices: dict[tuple[int, int], Numbers] = {}
    counted: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    living = set(Customer.objects.filter(id__in=asked).values_list("id", flat=True))
    for segment in some:
        if segment.id not in rules:
            continue
        for customer_id in asked:
            key = (segment.id, slice_of(customer_id))
            members = slices.get(key, held.get(key, _EMPTY))
            was = _has(members, customer_id)
            if (customer_id in holding[segment.id]) == was:
                continue
            slices[key] = _without(members, customer_id) if was else _with(members, customer_id)
            counted[segment.id][was] += 1
            if customer_id in living:  # of who is gone altogether nothing is kept
                rows.append((segment.id, customer_id, not was))
    if not slices:
        return 0
    with transaction.atomic():
        for (segment_id, number), members in slices.items():
            _keep(segment_id, number, members)
        bulk.insert_rows(SegmentMove, _MOVE, _explained(rows, rules, frame))
        for segment_id, (entered, left) in counted.items():
            Segment.objects.filter(id=segment_id, customer_count__isnull=False).update(
                customer_count=F("customer_count") + entered - left
            )
            add_to_day(segment_id=segment_id, on=frame.as_of, entered=entered, left=left)
    return sum(entered + left for entered, left in counted.values())


def _ask(
    some: Sequence[Segment], asked: Sequence[int], frame: segments.Frame
) -> tuple[dict[int, set[int]], dict[int, segments.Tree]]:
    """Tell for each segment who of those asked about it holds, all in one question."""
    rules: dict[int, segments.Tree] = {}
    bits: Any = Value(0, BigIntegerField())
    for place, segment in enumerate(some):
        try:
            rule = segments.parse(segment.tree)
            condition = segments.to_condition(rule, frame=frame, inside=(segment.id,), only=asked)
        except segments.WrongTree:
            continue
        rules[segment.id] = rule
        bits = bits + _bit(condition, place)
    rows = CustomerSummary.objects.filter(pk__in=asked).annotate(bits=bits)
    holding: dict[int, set[int]] = {segment.id: set() for segment in some}
    for customer_id, held in rows.values_list("customer_id", "bits"):
        for place, segment in enumerate(some):
            if held >> place & 1:
                holding[segment.id].add(customer_id)
    return holding, rules


def _bit(condition: Q, place: int) -> Any:
    whole = BigIntegerField()
    holds = When(condition, then=Value(1 << place, whole))
    return Case(holds, default=Value(0, whole), output_field=whole)


def _explained(
    rows: Sequence[tuple[int, int, bool]],
    rules: Mapping[int, segments.Tree],
    frame: segments.Frame,
) -> list[tuple[Any, ...]]:
    """Give the rows of the log, each with the parts of the rule that made it so."""
    people = sorted({customer_id for _segment, customer_id, _entered in rows})
    held: dict[segments.Tree, set[int]] = {}
    for clause in {clause for one in {row[0] for row in rows} for clause in clauses_of(rules[one])}:
        condition = segments.to_condition(clause, frame=frame, only=people)
        holders = CustomerSummary.objects.filter(condition, pk__in=people)
        held[clause] = set(holders.values_list("customer_id", flat=True))
    return [
        (
            segment_id,
            customer_id,
            entered,
            MoveCause.CHANGE,
            _told(
                [c for c in clauses_of(rules[segment_id]) if (customer_id in held[c]) == entered]
            ),
            frame.now,
        )
        for segment_id, customer_id, entered in rows
    ]


def clauses_of(rule: segments.Tree) -> tuple[segments.Tree, ...]:
    """Give the parts of a rule that are told as reasons: what stands side by side at its root."""
    return rule.of if isinstance(rule, (segments.All, segments.Any)) else (rule,)


def _told(clauses: Sequence[segments.Tree]) -> list[dict[str, Any]]:
    return [segments.dump(clause) for clause in clauses[:_MOST_CLAUSES]]


def _has(members: Numbers, customer_id: int) -> bool:
    place = int(np.searchsorted(members, customer_id))
    return place < len(members) and int(members[place]) == customer_id


def _with(members: Numbers, customer_id: int) -> Numbers:
    grown: Numbers = np.insert(members, np.searchsorted(members, customer_id), customer_id)
    return grown


def _without(members: Numbers, customer_id: int) -> Numbers:
    rest: Numbers = members[members != customer_id]
    return rest


def _keep(segment_id: int, number: int, members: Numbers) -> None:
    if not len(members):
        SegmentSlice.objects.filter(segment_id=segment_id, number=number).delete()
        return
    SegmentSlice.objects.update_or_create(
        segment_id=segment_id,
        number=number,
        defaults={"member_count": len(members), "members": pack(members)},
    )


def _write_slices(
    segment: Segment, parts: dict[int, Numbers], held: dict[int, Any], since: datetime | None
) -> tuple[Numbers, Numbers]:
    """Write the parts that changed; give who is in now and was not, and the other way round."""
    entered, left, changed, gone = [], [], [], []
    later = _moved_since(segment, since)
    for number in sorted({*parts, *held}):
        members = parts.get(number, _EMPTY)
        before = held.get(number)
        if before is not None and bytes(before[:4]) == digest_of(members):
            continue
        old = unpack(before) if before is not None else _EMPTY
        came = np.setdiff1d(members, old, assume_unique=True)
        went = np.setdiff1d(old, members, assume_unique=True)
        if len(later):
            came, went = came[~np.isin(came, later)], went[~np.isin(went, later)]
            members = np.union1d(np.setdiff1d(old, went, assume_unique=True), came)
        if not len(came) and not len(went):
            continue
        entered.append(came)
        left.append(went)
        if len(members):
            changed.append((segment.id, number, len(members), pack(members)))
        else:
            gone.append(number)
    rewritten = [row[1] for row in changed if row[1] in held] + gone
    # One transaction: in between a part would be missing. A quarter of a thousand rows at most.
    with transaction.atomic():
        SegmentSlice.objects.filter(segment=segment, number__in=rewritten).delete()
        bulk.insert_rows(SegmentSlice, _SLICE, changed)
    return _one(entered), _one(left)


def _moved_since(segment: Segment, since: datetime | None) -> Numbers:
    if since is None:
        return _EMPTY
    moved = SegmentMove.objects.filter(segment=segment, at__gte=since, cause=MoveCause.CHANGE)
    return np.array(sorted(set(moved.values_list("customer_id", flat=True))), dtype=np.int64)


def _one(parts: list[Numbers]) -> Numbers:
    return np.concatenate(parts) if parts else _EMPTY


def _note_many(
    segment: Segment,
    entered: Numbers,
    left: Numbers,
    cause: MoveCause,
    together: Together,
    frame: segments.Frame,
) -> None:
    """Write down the moves, up to a limit; how many they were is kept with the day."""
    rule = segments.parse(segment.tree)
    people = together.everybody.people
    clauses = clauses_of(rule)
    masks = [together.mask_of(opened(clause, frame=frame)) for clause in clauses]
    rows = []
    for has_entered, movers in ((True, entered), (False, left)):
        some = movers[:MOST_NOTED]
        places = np.searchsorted(people, some)
        for customer_id, place in zip(some.tolist(), places.tolist(), strict=True):
            is_there = place < len(people) and int(people[place]) == customer_id
            why = [
                clause
                for clause, mask in zip(clauses, masks, strict=True)
                if is_there and bool(mask[place]) == has_entered
            ]
            rows.append((segment.id, customer_id, has_entered, cause, _told(why), frame.now))
    gone = _gone([row[1] for row in rows])
    bulk.insert_rows(SegmentMove, _MOVE, [row for row in rows if row[1] not in gone])


def _gone(customer_ids: list[int]) -> set[int]:
    """Give those of whom not even the customer is there any more."""
    there: set[int] = set()
    for start in range(0, len(customer_ids), _MOST_KEYS):
        some = customer_ids[start : start + _MOST_KEYS]
        there |= set(Customer.objects.filter(id__in=some).values_list("id", flat=True))
    return set(customer_ids) - there
