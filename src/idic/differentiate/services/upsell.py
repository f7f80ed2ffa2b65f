"""Watches segments whose people use so much that there is more to offer them, and keeps who is in
one now and since when. Today lists them; the threshold is the segment's own rule.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from django.db import transaction

from idic.core import bulk
from idic.core.models import Staff
from idic.core.services import audit
from idic.differentiate import segments
from idic.differentiate.models import Segment, UpsellAlert, UpsellWatch

COLUMNS = ("customer_id", "segment_id", "since_date", "usage_days")
_PORTION = 2_000


def watch_segment(*, segment: Segment, staff: Staff | None, now: datetime) -> UpsellWatch:
    """Begin to watch a segment; who is in it stands on Today from the next refresh on."""
    with transaction.atomic():
        watch, is_new = UpsellWatch.objects.get_or_create(
            segment=segment, defaults={"began_at": now}
        )
        if is_new:
            _record("upsell.watched", segment, staff, now)
    return watch


def stop_watching(*, segment: Segment, staff: Staff, now: datetime) -> bool:
    """Stop watching a segment; its people leave Today. False where nobody watched it."""
    with transaction.atomic():
        is_gone = bool(UpsellWatch.objects.filter(segment=segment).delete()[0])
        if is_gone:
            _record("upsell.stopped", segment, staff, now)
    bulk.delete_rows(UpsellAlert.objects.filter(segment=segment))
    return is_gone


def refresh_alerts(
    *, as_of: date, now: datetime, customer_ids: Collection[int] | None = None
) -> int:
    """Ask the watched segments who is in them, of all or of a few customers; give how many alerts
    stand. Who was in one before keeps the day; who is in several stands under the first watched.
    """
    frame = segments.current_frame(as_of=as_of, now=now)
    standing = UpsellAlert.objects.all()
    if customer_ids is not None:
        standing = standing.filter(customer_id__in=list(customer_ids))
    held = {row.customer_id: row for row in standing}
    found: dict[int, tuple[int, int | None]] = {}
    watches = UpsellWatch.objects.filter(segment__archived_at=None).order_by("began_at")
    for watch in watches.select_related("segment"):
        try:
            people = segments.to_query(segments.InSegment(watch.segment_id), frame=frame)
        except segments.WrongTree:
            continue
        if customer_ids is not None:
            people = people.filter(pk__in=list(customer_ids))
        for number, days in people.order_by("pk").values_list("pk", "usage_days"):
            found.setdefault(number, (watch.segment_id, days))
    gone = sorted(set(held) - set(found))
    for start in range(0, len(gone), _PORTION):
        bulk.delete_rows(UpsellAlert.objects.filter(pk__in=gone[start : start + _PORTION]))
    rows = [
        (number, segment_id, held[number].since_date if number in held else as_of, days)
        for number, (segment_id, days) in sorted(found.items())
    ]
    changed = [row for row in rows if row[0] in held and _differs(held[row[0]], row)]
    bulk.update_rows(UpsellAlert, COLUMNS, changed, key="customer_id")
    new = [row for row in rows if row[0] not in held]
    bulk.insert_rows(UpsellAlert, COLUMNS, new)
    return len(rows)


def _differs(held: UpsellAlert, row: tuple[int, int, date, int | None]) -> bool:
    return (held.segment_id, held.usage_days) != (row[1], row[3])


def _record(action: str, segment: Segment, staff: Staff | None, now: datetime) -> None:
    audit.record(
        at=now,
        actor=staff.email if staff else "system:upsell",
        action=action,
        subject_type="segment",
        subject_id=segment.id,
        detail={"name": segment.name},
    )
