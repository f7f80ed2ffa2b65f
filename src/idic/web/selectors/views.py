"""Reads of the views of the customer list: those of the product, the shared ones, one's own."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from idic.core.models import Staff
from idic.web.listing import BUILT_IN
from idic.web.models import SavedView


@dataclass(frozen=True)
class ListView:
    """A view as the list shows it; `id` only for saved ones."""

    key: str
    label: str
    query: str
    id: int | None = None
    is_shared: bool = True


def list_views(staff: Staff) -> list[ListView]:
    """Give every view this person may choose, the product's first."""
    saved = SavedView.objects.filter(Q(owner=None) | Q(owner=staff)).order_by(
        "owner_id", "position", "id"
    )
    return [
        *(ListView(view.key, str(view.label), view.query) for view in BUILT_IN),
        *(ListView(str(v.id), v.name, v.query, v.id, v.owner_id is None) for v in saved),
    ]
