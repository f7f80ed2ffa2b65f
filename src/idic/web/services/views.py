"""Saves, changes and removes saved views of the customer list."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.utils.translation import gettext as _

from idic.core.models import Staff
from idic.web.models import SavedView

LONGEST_NAME = 80
LONGEST_QUERY = 2_000
MOST_VIEWS = 60


class WrongView(ValueError):
    """Raised when a view cannot be saved; the text says why."""

    is_for_people = True


def save_view(*, name: str, query: str, staff: Staff, is_shared: bool) -> SavedView:
    """Save a view under a name, shared with everybody or one person's own."""
    name = _clean_name(name)
    if len(query) > LONGEST_QUERY:
        raise WrongView(_("This view has too many filters to be saved. Make a segment of it."))
    owner = None if is_shared else staff
    with transaction.atomic():
        views = SavedView.objects.filter(owner=owner)
        if views.count() >= MOST_VIEWS:
            raise WrongView(_("There are enough views. Remove one first."))
        last = views.aggregate(last=Max("position"))["last"] or 0
        return SavedView.objects.create(name=name, query=query, owner=owner, position=last + 1)


def rename_view(*, view_id: int, name: str, staff: Staff) -> bool:
    """Give a view another name; False when it is somebody else's or gone."""
    name = _clean_name(name)
    return bool(_reachable(view_id, staff).update(name=name))


def change_view(*, view_id: int, query: str, staff: Staff) -> bool:
    """Let a view show another query; False when it is somebody else's or gone."""
    if len(query) > LONGEST_QUERY:
        raise WrongView(_("This view has too many filters to be saved. Make a segment of it."))
    return bool(_reachable(view_id, staff).update(query=query))


def remove_view(*, view_id: int, staff: Staff) -> dict[str, Any] | None:
    """Remove a view and give it as `restore_view` takes it; None when it is somebody else's or
    gone.
    """
    view = _reachable(view_id, staff).first()
    if view is None:
        return None
    kept = {
        "id": view.id,
        "name": view.name,
        "query": view.query,
        "is_shared": view.owner_id is None,
        "position": view.position,
    }
    view.delete()
    return kept


def restore_view(*, kept: dict[str, Any], staff: Staff) -> SavedView:
    """Bring a removed view back to its place."""
    values = {key: kept[key] for key in ("name", "query", "position")}
    owner = None if kept["is_shared"] else staff
    return SavedView.objects.get_or_create(id=kept["id"], defaults=values | {"owner": owner})[0]


def _reachable(view_id: int, staff: Staff) -> QuerySet[SavedView]:
    """Give a view if it is shared or the person's own."""
    return SavedView.objects.filter(Q(owner=None) | Q(owner=staff), id=view_id)


def _clean_name(name: str) -> str:
    name = " ".join("".join(c for c in name if c.isprintable()).split())
    if not name:
        raise WrongView(_("Give the view a name."))
    return name[:LONGEST_NAME]
