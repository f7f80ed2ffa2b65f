"""Keeps rows of an import unseen until it is published: the manager everybody reads through.

`objects` shows what counts; `everything` also shows staged rows and belongs to the import's own
services, to the sweep after a crash and to undo.
"""

from __future__ import annotations

from typing import TypeVar

from django.db import models
from django.db.models import Q

M = TypeVar("M", bound=models.Model)

# The code of ImportState.PUBLISHED, which cannot be imported here: records point at imports.
_PUBLISHED = "published"


class PublishedManager(models.Manager[M]):
    """Leaves out rows whose `import_run` is not published (yet, or never)."""

    def get_queryset(self) -> models.QuerySet[M]:
        """Give the rows that count: those of no import, and those of a published one."""
        is_visible = Q(import_run=None) | Q(import_run__state=_PUBLISHED)
        return super().get_queryset().filter(is_visible)
