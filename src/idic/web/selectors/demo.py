"""What the pages say about the sample shop: whether it is here, and whether it is leaving."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Exists, QuerySet

from idic.core.access import may
from idic.core.models import Job, Staff
from idic.identify.models import ImportRun, ImportState, Source

REMOVAL_KEY = "web.demo_removal"


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
