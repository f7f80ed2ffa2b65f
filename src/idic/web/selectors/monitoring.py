"""What monitors watch and `idic status` prints."""

from __future__ import annotations

from idic.core.models import Job
from idic.differentiate.models import Segment
from idic.identify.models import (
    Customer,
    Event,
    ImportRejection,
    IngestDay,
    Order,
    OrderLine,
    SourceRecord,
)
from idic.identify.services.ingest.ledger import sum_days
from idic.interact.models import Message
from idic.lake.models import LakeFile


def count_everything() -> dict[str, int]:
    """Count what monitors watch."""
    ingested = sum_days(days=IngestDay.objects.all())
    return {
        "customers": Customer.objects.filter(merged_into=None, is_staged=False).count(),
        "source_records": SourceRecord.objects.count(),
        "events": Event.everything.count(),
        "orders": Order.objects.count(),
        "order_lines": OrderLine.objects.count(),
        "unlinked_orders": Order.objects.filter(record=None).count(),
        "segments": Segment.objects.filter(archived_at=None).count(),
        "messages": Message.objects.count(),
        "rejected": ImportRejection.objects.count() + ingested["rejected"],
        "quarantined": ingested["quarantined"],
        **{f"ingest_{name}": count for name, count in ingested.items()},
        "jobs_waiting": Job.objects.filter(state__in=["waiting", "running"]).count(),
        "lake_files": LakeFile.objects.filter(retired_at=None).count(),
    }
