"""The people of a segment as a file for a spreadsheet; whoever takes one is written down."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_GET

from idic.core import clock, ids
from idic.core.access import needs, staff_of
from idic.core.models import Staff
from idic.core.services import audit
from idic.differentiate import segments
from idic.differentiate.models import CustomerSummary, Segment

from .segments import get_segment

# A file a person opens in a spreadsheet: these columns, one line a customer.
EXPORT_COLUMNS = (
    *("full_name", "city", "country", "tier", "order_count", "net_amount"),
    *("last_year_amount", "expected_amount", "last_order_date", "churn_risk"),
    *("email_reach", "sms_reach", "zalo_reach"),
)


@require_GET
@needs("customers.export")
def segment_export(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Hand the people of a segment out as a file for a spreadsheet."""
    segment = get_segment(public_id)
    frame = segments.current_frame()
    people = segments.to_query(segments.InSegment(segment.id), frame=frame)
    _record_export(segment, staff_of(request), people.count())
    response = StreamingHttpResponse(_csv_lines(people), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{public_id}.csv"'
    return response


def _record_export(segment: Segment, staff: Staff, count: int) -> None:
    audit.record(
        at=clock.now(),
        actor=staff.email,
        action="segment.exported",
        subject_type="segment",
        subject_id=segment.id,
        detail={"customers": count},
    )


class _Echo:
    """Gives back what a CSV writer writes, so that it can be streamed."""

    def write(self, line: str) -> str:
        return line


def _csv_lines(people: QuerySet[CustomerSummary]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    # Spreadsheets take a file for UTF-8 only when it begins with this mark.
    yield "\ufeff"
    yield writer.writerow(["customer", *EXPORT_COLUMNS])
    rows = people.order_by("customer_id").values_list("customer_id", *EXPORT_COLUMNS)
    for row in rows.iterator(chunk_size=2000):
        cells = [ids.encode("customer", row[0]), *map(harmless, row[1:])]
        yield writer.writerow(cells)


def harmless(value: object) -> object:
    """Keep a spreadsheet from taking a customer's text for a formula."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return value
