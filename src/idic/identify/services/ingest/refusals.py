"""What the door turned away, as it stands in the accept log: counted in the ledger, some kept to be
looked at.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import msgspec

from idic.identify.ingest.frames import Frame
from idic.identify.models import IngestProblem, IngestProblemState, Source

from .ledger import Tally


class _Refusals(msgspec.Struct):
    counts: list[tuple[int, str, int]]  # source or 0, reason, how many
    samples: list[tuple[int, str, str]]  # source or 0, reason, beginning of the body


def read_refusals(*, frame: Frame, received_at: datetime, tally: Tally) -> list[IngestProblem]:
    """Count what was turned away and give the rows of those that were kept."""
    found = msgspec.json.decode(frame.body, type=_Refusals)
    named = {source for source, *_rest in (*found.counts, *found.samples)}
    known = set(Source.objects.filter(id__in=named).values_list("id", flat=True))
    for source, _reason, count in found.counts:
        tally.add(
            source_id=_known(source, known), day=received_at.date(), column="refused", count=count
        )
    return [
        IngestProblem(
            source_id=_known(source, known),
            state=IngestProblemState.REFUSED,
            reason=reason[:40],
            body=body.replace("\x00", "�"),
            received_at=received_at,
        )
        for source, reason, body in found.samples
    ]


def _known(source_id: int, known: Collection[int]) -> int | None:
    return source_id if source_id in known else None
