"""What Differentiate tells: frozen facts in the past tense, ids and plain values."""

from __future__ import annotations

from dataclasses import dataclass

from idic.core.jobs import Event


@dataclass(frozen=True)
class SegmentChanged(Event):
    """A segment was made, or its rule changed, or it was brought back: who is in it is to be found
    anew.
    """

    segment_id: int
