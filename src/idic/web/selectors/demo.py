"""What the pages say about the sample shop: whether it is here, and whether it is leaving."""

from __future__ import annotations

from dataclasses import dataclass

from idic.core.access import may
from idic.core.models import Job, Staff
from idic.identify.models import ImportRun, ImportState
from idic.identify.selectors import has_demo

REMOVAL_KEY = "web.demo_removal"


@dataclass(frozen=True, slots=True)
class DemoNotice:
    """What the notice says: the owner's data stands beside it, it is going, and who may say so."""

    is_beside_own: bool
    is_leaving: bool
    may_remove: bool


def find_demo_notice(*, staff: Staff) -> DemoNotice | None:
    """Tell of the sample shop; None where there is none."""
    if not has_demo():
        return None
    own = ImportRun.objects.filter(state=ImportState.PUBLISHED, source__is_demo=False)
    return DemoNotice(
        is_beside_own=own.exists(),
        is_leaving=is_leaving(),
        may_remove=may(staff, "demo.remove"),
    )


def is_leaving() -> bool:
    """Tell whether the removal runs or is about to."""
    jobs = Job.objects.filter(unique_key=REMOVAL_KEY)
    return jobs.filter(state__in=[Job.State.WAITING, Job.State.RUNNING]).exists()
