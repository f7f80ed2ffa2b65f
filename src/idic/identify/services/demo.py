"""Tells what kind of system each of the sample shop's sources is. That they and everybody they
bring are made up is known from the first row on (`get_or_create_source`, `ImportRequest.is_demo`).
"""

from __future__ import annotations

from collections.abc import Sequence

from idic.identify.models import Source, SourceKind


def mark_demo(*, source_names: Sequence[str], kinds: Sequence[SourceKind]) -> None:
    """Give the sample shop's sources their kinds; the earlier named knows better what is true."""
    for place, (name, kind) in enumerate(zip(source_names, kinds, strict=True)):
        Source.objects.filter(name=name, is_demo=True).update(kind=kind, rank=10 * (place + 1))
