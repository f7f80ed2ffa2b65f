"""How far a rule or a segment shares its people with other segments: a part of their pages, and a
page by itself where there is no script.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from idic.core import ids
from idic.differentiate import segments
from idic.differentiate.selectors.segment_members import Overlap, list_overlaps
from idic.differentiate.views.segments import get_segment


@require_GET
def segment_overlap(request: HttpRequest) -> HttpResponse:
    """Show the overlaps of `?segment=`, or of a `?rule=` that is being built."""
    public_id = request.GET.get("segment", "")
    segment = get_segment(public_id) if public_id else None
    found: list[Overlap] = []
    try:
        plain = request.GET.get("rule", "")
        tree = segments.InSegment(segment.id) if segment else segments.parse(plain)
        found = list_overlaps(
            tree, frame=segments.current_frame(), without=segment.id if segment else None
        )
        problem = ""
    except segments.WrongTree as error:
        problem = str(error)
    context = {
        "segment": segment,
        "problem": problem,
        "overlaps": [
            {
                "overlap": one,
                "url": reverse(
                    "differentiate:segment_detail", args=[ids.encode("segment", one.segment.id)]
                ),
            }
            for one in found
        ],
    }
    part = "#overlaps" if request.headers.get("HX-Request") else ""
    return render(request, f"differentiate/segment_overlap.html{part}", context)
