"""Takes events in bulk onto records that are known: what happened, when, with which properties.
(source, message_id) is an event's identity: the same again changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from idic.core import bulk
from idic.identify.models import Event, Source, SourceRecord

_COLUMNS = ["source_id", "message_id", "record_id", "kind", "occurred_at", "received_at", "detail"]


class Told(NamedTuple):
    """An event as its source tells it; `key` is whose it is there."""

    message_id: str
    key: str
    kind: str
    occurred_at: datetime
    detail: dict[str, Any]


def record_events(
    *,
    source: Source,
    events: Iterable[Told],
    now: datetime,
    progress: bulk.Progress | None = None,
) -> int:
    """Write the events of a source and give how many are new. What is about nobody the source
    knows is left out.
    """
    records = dict(SourceRecord.objects.filter(source=source).values_list("source_key", "id"))
    rows = (
        (source.id, one.message_id, records[one.key], one.kind, one.occurred_at, now, one.detail)
        for one in events
        if one.key in records
    )
    return bulk.insert_rows(Event, _COLUMNS, rows, ignore_conflicts=True, progress=progress)
