"""What customers did and what was done with them, as sources reported it."""

from __future__ import annotations

from django.db import models

from idic.core import ids

from .imports import ImportRun
from .records import SourceRecord
from .sources import Source
from .staging import PublishedManager


class Event(models.Model):
    """Something that happened, on the record it came through: a page view, a call, a note, a
    message, a visit. (source, message_id) is its identity; `kind` is its name; `detail` holds
    allow-listed properties.
    """

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="events")
    message_id = models.CharField(max_length=120)
    record = models.ForeignKey(
        SourceRecord, null=True, on_delete=models.PROTECT, related_name="events"
    )
    kind = models.CharField(max_length=60)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    detail = models.JSONField(default=dict)
    # Hardly any event comes in by a file: the index holds those alone.
    import_run = models.ForeignKey(
        ImportRun, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    objects = PublishedManager["Event"]()
    everything = models.Manager["Event"]()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "message_id"], name="identify_event_message")
        ]
        indexes = [
            models.Index(fields=["record", "-occurred_at"], name="identify_event_record"),
            models.Index(fields=["source", "-id"], name="identify_event_source"),
            models.Index(
                fields=["import_run"],
                name="identify_event_run",
                condition=models.Q(import_run__isnull=False),
            ),
        ]
