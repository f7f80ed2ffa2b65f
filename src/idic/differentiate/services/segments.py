"""Makes, changes, archives and counts segments."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from idic.core import bulk
from idic.core.jobs import publish
from idic.core.models import Staff
from idic.core.selectors import get_business
from idic.core.services import audit
from idic.differentiate import segments
from idic.differentiate.events import SegmentChanged
from idic.differentiate.models import CustomerSummary, Segment, SegmentMember, SegmentSize
from idic.differentiate.segment_quality import Mask, judge
from idic.differentiate.segments import rollups
from idic.differentiate.segments.columns import Numbers, numbers_of
from idic.differentiate.segments.masks import marked
from idic.differentiate.segments.together import FIGURES, Everybody, ask_together
from idic.differentiate.services.depth import measure_segment
from idic.identify.models import Event

from . import members

# Sizes are kept this long: enough to see a year's trend.
KEPT_SIZES = 400
_MOST_KEYS = 10_000  # named in one statement
# What people do when they answer us.
RESPONSES = (
    *("reply", "message_received", "survey_answered", "contact_requested"),
    *("newsletter_clicked", "email_link_clicked", "Email Link Clicked"),
)
_MOST_EVENTS = 5_000_000


class WrongSegment(ValueError):
    """Raised when a segment cannot be saved as asked; the text says what to do."""

    is_for_people = True


def create_segment(
    *,
    name: str,
    staff: Staff | None,
    now: datetime,
    tree: Mapping[str, Any] | str | segments.Tree = segments.EVERYBODY,
    description: str = "",
    is_demo: bool = False,
) -> Segment:
    """Make a segment of a rule. Raises WrongTree or WrongSegment; then nothing is stored."""
    checked = _checked(tree, inside=())
    segment = Segment(
        name=_named(name),
        description=description.strip()[:300],
        tree=segments.dump(checked),
        created_by=staff,
        created_at=now,
        is_demo=is_demo,
    )
    with transaction.atomic():
        segment.save(force_insert=True)
        _record("segment.created", segment, staff, now)
        publish(event=SegmentChanged(segment_id=segment.id))
    return segment


def change_segment(
    *,
    segment: Segment,
    name: str,
    staff: Staff,
    now: datetime,
    tree: Mapping[str, Any] | str | segments.Tree | None = None,
    description: str = "",
) -> Segment:
    """Rename a segment and, unless it is static, give it another rule."""
    segment.name, segment.description = _named(name), description.strip()[:300]
    if tree is not None and not segment.is_static:
        segment.tree = segments.dump(_checked(tree, inside=(segment.id,)))
    with transaction.atomic():
        segment.save(update_fields=["name", "description", "tree"])
        _record("segment.changed", segment, staff, now)
        publish(event=SegmentChanged(segment_id=segment.id))
    return segment


def freeze_segment(
    *,
    name: str,
    tree: segments.Tree,
    staff: Staff,
    now: datetime,
    frame: segments.Frame | None = None,
) -> Segment:
    """Make a static segment of the people a rule holds for now; it changes by hand only."""
    return create_static_segment(
        name=name, customer_ids=segments.list_ids(tree, frame=frame), staff=staff, now=now
    )


def create_static_segment(
    *, name: str, customer_ids: Collection[int], staff: Staff | None, now: datetime
) -> Segment:
    """Make a static segment of these customers. It shows once all of them are in it."""
    segment = Segment(
        name=_named(name), is_static=True, created_by=staff, created_at=now, archived_at=now
    )
    segment.save(force_insert=True)
    add_members(segment=segment, customer_ids=customer_ids, now=now)
    with transaction.atomic():
        segment.archived_at = None
        segment.save(update_fields=["archived_at"])
        _record("segment.created", segment, staff, now)
        publish(event=SegmentChanged(segment_id=segment.id))
    return segment


def add_members(*, segment: Segment, customer_ids: Collection[int], now: datetime) -> int:
    """Put customers into a static segment; give how many were not in it yet."""
    wanted, added = list(customer_ids), 0
    for start in range(0, len(wanted), _MOST_KEYS):
        slice_ = wanted[start : start + _MOST_KEYS]
        known = CustomerSummary.objects.filter(customer_id__in=slice_)
        added += bulk.insert_rows(
            SegmentMember,
            ("segment_id", "customer_id", "added_at"),
            [(segment.id, i, now) for i in known.values_list("customer_id", flat=True)],
            ignore_conflicts=True,
        )
    return added


def remove_added(*, segment: Segment, added_at: datetime) -> int:
    """Take out again whom one act put into a static segment at that moment."""
    return bulk.delete_rows(SegmentMember.objects.filter(segment=segment, added_at=added_at))


def remove_members(*, segment: Segment, customer_ids: Collection[int]) -> int:
    """Take customers out of a static segment."""
    held = SegmentMember.objects.filter(segment=segment, customer_id__in=list(customer_ids))
    return held.delete()[0]


def archive_segment(*, segment: Segment, staff: Staff, now: datetime) -> None:
    """Put a segment away; where it is used it goes on holding for the same people."""
    _set_archived(segment, staff, now, at=now, action="segment.archived")


def restore_segment(*, segment: Segment, staff: Staff, now: datetime) -> None:
    """Bring an archived segment back."""
    _set_archived(segment, staff, now, at=None, action="segment.restored")


def count_segment(
    *, segment: Segment, as_of: date, now: datetime, frame: segments.Frame | None = None
) -> int | None:
    """Count a segment's people and keep the figure with its day; None when its rule cannot be
    asked any more.
    """
    frame = frame or segments.current_frame(as_of=as_of, now=now)
    try:
        count = segments.count(segments.InSegment(segment.id), frame=frame)
    except segments.WrongTree:
        return None
    depth = measure_segment(tree=segments.InSegment(segment.id), count=count, frame=frame)
    with transaction.atomic():
        held = Segment.objects.filter(id=segment.id)
        held.update(customer_count=count, counted_at=now, depth=depth)
        _keep_size(segment, on=as_of, count=count)
    segment.customer_count, segment.counted_at, segment.depth = count, now, depth
    return count


def count_all(*, as_of: date, now: datetime) -> int:
    """Count every segment in use; give how many were counted."""
    rollups.renew(zone=get_business().time_zone)
    return refresh_segments(as_of=as_of, now=now)


def refresh_segments(
    *,
    as_of: date,
    now: datetime,
    segment_ids: Collection[int] | None = None,
    beat: Callable[[], None] = lambda: None,
) -> int:
    """Find anew who is in every segment in use, or in these, all asked together: their number and
    how well they are known, what the criterion separates, who came and who went. Give how many
    segments could be asked.
    """
    frame = segments.current_frame(as_of=as_of, now=now)
    live = Segment.objects.filter(archived_at=None).order_by("id")
    known = tuple(live)
    frame = replace(frame, known=known)
    chosen = [one for one in known if segment_ids is None or one.id in segment_ids]
    if not chosen:
        return 0
    trees = {one.id: segments.InSegment(one.id) for one in chosen}
    together = ask_together(trees, frame=frame, figures=tuple(FIGURES), beat=beat)
    responded = find_responded(together.everybody.people, frame=frame)
    found = 0
    for segment in chosen:
        try:
            inside = together.mask(segment.id)
        except segments.WrongTree:
            continue
        moved: tuple[int, int] | None = None
        if not segment.is_static:
            moved = members.rebuild(segment=segment, together=together, frame=frame, since=now)
        _keep_figures(segment, inside, together.everybody, responded, frame, moved)
        found += 1
        beat()
    members.forget_old_moves(now=now)
    return found


def _keep_figures(
    segment: Segment,
    inside: Mask,
    everybody: Everybody,
    responded: Mask | None,
    frame: segments.Frame,
    moved: tuple[int, int] | None,
) -> None:
    figures = everybody.figures
    quality = judge(
        inside=inside,
        expected=figures["expected"],
        risk=figures["risk"],
        is_company=figures["company"] == 1,
        responded=responded,
    )
    count = int(inside.sum())
    with transaction.atomic():
        Segment.objects.filter(id=segment.id).update(
            customer_count=count,
            counted_at=frame.now,
            depth=_depth_of(inside, figures),
            quality=quality.as_plain() if quality else {},
        )
        _keep_size(segment, on=frame.as_of, count=count)
        if moved is not None:
            entered, left = moved
            members.add_to_day(segment_id=segment.id, on=frame.as_of, entered=entered, left=left)


def _keep_size(segment: Segment, *, on: date, count: int) -> None:
    SegmentSize.objects.update_or_create(
        segment=segment, on_date=on, defaults={"customer_count": count}
    )
    kept = segment.sizes.order_by("-on_date").values_list("on_date", flat=True)[:KEPT_SIZES]
    if len(kept) == KEPT_SIZES:
        segment.sizes.filter(on_date__lt=kept[KEPT_SIZES - 1]).delete()


def find_responded(people: Numbers, *, frame: segments.Frame) -> Mask | None:
    """Mark who answered within a year: wrote back, filled a survey, followed a link. None where
    nobody ever did, and where there are so many events that it would take too long.
    """
    if Event.everything.order_by()[_MOST_EVENTS : _MOST_EVENTS + 1].exists():
        return None
    since = frame.start_of(frame.days_ago(365))
    answers = Event.objects.filter(
        kind__in=RESPONSES, occurred_at__gte=since, occurred_at__lt=frame.end
    )
    owners = answers.filter(record__customer__isnull=False).order_by()
    found = numbers_of(owners.values_list("record__customer_id").distinct())
    return marked(people, found) if len(found) else None


def _depth_of(inside: Mask, figures: Mapping[str, Any]) -> dict[str, float | int]:
    """Give how well the people of a segment are known; the same as `depth.measure_segment`."""
    number = int(inside.sum())
    if not number:
        return {"people": 0, "score": 0, "trial_rate": 0.0, "seen_rate": 0.0}
    return {
        "people": number,
        "score": round(float(figures["depth"][inside].mean())),
        "trial_rate": float((figures["orders"][inside] == 0).mean()),
        "seen_rate": float((figures["usage"][inside] >= 0).mean()),
    }


def _checked(
    tree: Mapping[str, Any] | str | segments.Tree, *, inside: tuple[int, ...]
) -> segments.Tree:
    """Read a rule and follow the segments in it, so that no circle is ever stored."""
    plain = tree if isinstance(tree, (str, Mapping)) else segments.dump(tree)
    checked = segments.parse(plain)
    segments.to_condition(checked, inside=inside)
    return checked


def _named(name: str) -> str:
    name = " ".join(name.replace("\x00", "").split())
    if not name:
        raise WrongSegment(_("Give the segment a name."))
    if len(name) > 120:
        raise WrongSegment(_("Use at most %(count)d characters for the name.") % {"count": 120})
    return name


def _set_archived(
    segment: Segment, staff: Staff, now: datetime, *, at: datetime | None, action: str
) -> None:
    with transaction.atomic():
        is_new = Segment.objects.filter(id=segment.id, archived_at__isnull=at is not None)
        if is_new.update(archived_at=at):
            _record(action, segment, staff, now)
            if at is None:
                publish(event=SegmentChanged(segment_id=segment.id))
    segment.archived_at = at


def _record(action: str, segment: Segment, staff: Staff | None, now: datetime) -> None:
    audit.record(
        at=now,
        actor=staff.email if staff else "system:segments",
        action=action,
        subject_type="segment",
        subject_id=segment.id,
        detail={"name": segment.name},
    )
