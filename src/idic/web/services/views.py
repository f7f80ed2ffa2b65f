"""Saves, changes and removes saved views of the customer list."""

from __future__ import annotations

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


def remove_view(*, view_id: int, staff: Staff) -> bool:
    """Remove a view; False when it is somebody else's or gone."""
    count, _models = _reachable(view_id, staff).delete()
    return bool(count)


def _reachable(view_id: int, staff: Staff) -> QuerySet[SavedView]:
    """Give a view if it is shared or the person's own."""
    return SavedView.objects.filter(Q(owner=None) | Q(owner=staff), id=view_id)


def _clean_name(name: str) -> str:
    name = " ".join("".join(c for c in name if c.isprintable()).split())
    if not name:
        raise WrongView(_("Give the view a name."))
    return name[:LONGEST_NAME]
