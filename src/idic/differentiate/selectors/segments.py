"""Segments with their size, trend and uses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Count
from django.db.models.fields.reverse_related import ManyToOneRel
from django.utils.translation import get_language, ngettext

from idic.core import formatting
from idic.differentiate import segments
from idic.differentiate.models import Segment, SegmentSize

TREND_POINTS = 30


@dataclass(frozen=True)
class SegmentUse:
    """Where a segment is used: by how many rows of which model."""

    model: str
    count: int

    @property
    def words(self) -> str:
        """Say it in the viewer's language: “2 campaigns”."""
        said = {
            "interact.campaign": ngettext("%(count)s campaign", "%(count)s campaigns", self.count),
            "differentiate.segment": ngettext(
                "%(count)s segment", "%(count)s segments", self.count
            ),
        }.get(self.model, ngettext("%(count)s place", "%(count)s places", self.count))
        return said % {"count": formatting.number(self.count, language=get_language() or "en")}


@dataclass
class ListedSegment:
    """A segment as the list shows it."""

    segment: Segment
    sentence: str
    sizes: list[int] = field(default_factory=list)
    uses: list[SegmentUse] = field(default_factory=list)

    @property
    def change(self) -> int | None:
        """How many more people than at the start of the trend."""
        return self.sizes[-1] - self.sizes[0] if len(self.sizes) > 1 else None


def list_segments(*, frame: segments.Frame, with_archived: bool = False) -> list[ListedSegment]:
    """Give the segments, newest first, each read back in words. A fixed number of queries, but for
    names of segments inside segments.
    """
    rows = Segment.objects.filter(archived_at__isnull=not with_archived).order_by(
        "-created_at", "-id"
    )
    listed = [ListedSegment(row, say_segment(row, frame=frame)) for row in rows]
    found = {item.segment.id: item for item in listed}
    for segment_id, sizes in _sizes(found).items():
        found[segment_id].sizes = sizes
    for segment_id, uses in list_uses(found).items():
        found[segment_id].uses = uses
    return listed


def say_segment(segment: Segment, *, frame: segments.Frame) -> str:
    """Read a segment back; a static one or a broken rule has no sentence."""
    if segment.is_static:
        return ""
    try:
        return segments.say(segments.parse(segment.tree), frame=frame)
    except segments.WrongTree as error:
        return str(error)


def _sizes(segment_ids: Iterable[int]) -> dict[int, list[int]]:
    sizes: dict[int, list[int]] = defaultdict(list)
    rows = SegmentSize.objects.filter(segment_id__in=list(segment_ids)).order_by("on_date")
    for segment_id, count in rows.values_list("segment_id", "customer_count"):
        sizes[segment_id].append(count)
    return {segment_id: counts[-TREND_POINTS:] for segment_id, counts in sizes.items()}


def list_known() -> tuple[Segment, ...]:
    """Give the segments in use: what a rule may name, and where a segment may be used."""
    return tuple(Segment.objects.filter(archived_at=None))


def list_uses(
    segment_ids: Iterable[int], *, known: Iterable[Segment] | None = None
) -> dict[int, list[SegmentUse]]:
    """Count where segments are used: by rows of rooms above that point at them, and inside other
    segments (`known`, or else they are read).
    """
    wanted = list(segment_ids)
    uses: dict[int, list[SegmentUse]] = defaultdict(list)
    for relation in Segment._meta.related_objects:
        model = relation.related_model
        if not isinstance(relation, ManyToOneRel) or not isinstance(model, type):
            continue
        if model._meta.app_label == Segment._meta.app_label:
            continue
        name = relation.field.name
        counted = (
            model._default_manager.filter(**{f"{name}__in": wanted})
            .order_by()
            .values(name)
            .annotate(uses=Count("pk"))
            .values_list(name, "uses")
        )
        for segment_id, count in counted:
            uses[segment_id].append(SegmentUse(model._meta.label_lower, count))
    for segment_id, count in _inside(wanted, list_known() if known is None else known).items():
        uses[segment_id].append(SegmentUse(Segment._meta.label_lower, count))
    return uses


def _inside(wanted: list[int], known: Iterable[Segment]) -> dict[int, int]:
    """Count in how many other segments each is used."""
    counts: dict[int, int] = defaultdict(int)
    for segment in known:
        if not segment.is_static:
            for segment_id in _named(segment.tree) & set(wanted):
                counts[segment_id] += 1
    return counts


def _named(plain: object) -> set[int]:
    """Give the segments a stored rule names."""
    if isinstance(plain, list):
        return set().union(*(_named(part) for part in plain)) if plain else set()
    if not isinstance(plain, dict):
        return set()
    if plain.get("type") == "segment":
        return {int(plain.get("segment_id") or 0)}
    return _named(plain.get("of"))


def sparkline(sizes: list[int], *, width: int = 72, height: int = 20) -> str:
    """Give the points of a small line of sizes, for an SVG polyline; zero is the bottom."""
    if len(sizes) < 2:
        return ""
    most = max(*sizes, 1)
    step = width / (len(sizes) - 1)
    return " ".join(
        f"{i * step:.1f},{height - 1 - (height - 2) * size / most:.1f}"
        for i, size in enumerate(sizes)
    )
