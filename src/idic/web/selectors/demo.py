"""What the pages say about the sample shop: whether it is here, and whether it is leaving; and
whether one is to be set up, which each start asks: nothing large is read in for it.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Exists, QuerySet

from idic.core.access import may
from idic.core.models import AuditEntry, Job, Staff
from idic.identify.models import ImportRun, ImportState, Source
from idic.identify.selectors import has_demo, has_own_data
from idic.identify.services.demo_loading import REMOVED, is_asked_to_stop

REMOVAL_KEY = "web.demo_removal"
LOADED = "demo.loaded"  # the act in the trail


@dataclass(frozen=True, slots=True)
class DemoNotice:
    """What the notice says: the owner's data stands beside it, it is going, and what the reader
    may do about it."""

    is_beside_own: bool
    is_leaving: bool
    may_remove: bool
    may_import: bool


def find_demo_notice(*, staff: Staff) -> DemoNotice | None:
    """Tell of the sample shop; None where there is none. One query: every page asks."""
    own = ImportRun.objects.filter(state=ImportState.PUBLISHED, source__is_demo=False)
    found = (
        Source.objects.filter(is_demo=True)
        .values(is_beside_own=Exists(own), is_leaving=Exists(_removals()))
        .first()
    )
    if not found:
        return None
    return DemoNotice(
        **found, may_remove=may(staff, "demo.remove"), may_import=may(staff, "imports.run")
    )


def _removals() -> QuerySet[Job]:
    return Job.objects.filter(
        unique_key=REMOVAL_KEY, state__in=[Job.State.WAITING, Job.State.RUNNING]
    )


def is_needed() -> bool:
    """Tell whether an empty house is to be filled. One that a crash cut short may go on; one that
    somebody removed does not come back by itself.
    """
    return is_possible() and not _is_unwanted()


def is_possible() -> bool:
    """Tell whether there is nothing of the owner's here: a demo never lies beside real data."""
    return not has_own_data() and not _is_whole()


def _is_unwanted() -> bool:
    was_removed = AuditEntry.objects.filter(action=REMOVED).exists()
    return is_asked_to_stop() or (was_removed and not has_demo())


def _is_whole() -> bool:
    """Tell whether a sample business stands here to its last row."""
    acts = AuditEntry.objects.filter(action__in=[LOADED, REMOVED]).order_by("-id")
    return has_demo() and acts.values_list("action", flat=True).first() == LOADED
