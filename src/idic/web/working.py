"""What runs in the background right now, as the slim bar under the top bar tells it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from idic.core.models import Job

# The codes tasks report as their label. A label that is not here is shown as it is.
WORDS = {
    "": gettext_noop("Working …"),
    "demo": gettext_noop("Setting up the sample shop"),
    "demo_removal": gettext_noop("Removing the sample shop"),
    "lake": gettext_noop("Sorting the orders"),
    "facts": gettext_noop("Reading the orders"),
    "rfm": gettext_noop("Adding up each customer"),
    "rhythm": gettext_noop("Learning how often each comes"),
    "value": gettext_noop("Working out who is worth what"),
    "replay": gettext_noop("Trying the forecast on the past"),
    "scores": gettext_noop("Working out who is worth what"),
    "customers": gettext_noop("Writing down each customer"),
    "needs": gettext_noop("Finding out who needs what"),
    "tiers": gettext_noop("Ranking customers"),
    "catalogue": gettext_noop("Reading the catalogue"),
    "recommendations": gettext_noop("Working out what each is likely to want"),
    "reading": gettext_noop("Reading the file"),
    "import": gettext_noop("Bringing in the rows"),
    "cleaning": gettext_noop("Looking through the values"),
    "values": gettext_noop("Working out which value wins"),
    "erasing": gettext_noop("Erasing a person"),
    "bulk": gettext_noop("Marking customers"),
    "segment": gettext_noop("Filling the segment"),
    "matching": gettext_noop("Finding out who is who"),
    "mails": gettext_noop("Reading new mails"),
}


def find_working(*, now: datetime) -> dict[str, Any] | None:
    """Give the longest-running long job as the bar shows it, or one that should begin any moment;
    None when all is quiet.
    """
    is_due = Q(state=Job.State.WAITING, run_after__lte=now)
    job = (
        Job.objects.filter(Q(state=Job.State.RUNNING) | is_due, queue="long")
        .order_by("state", "started_at", "id")  # "running" stands before "waiting"
        .values("progress_done", "progress_total", "progress_label")
        .first()
    )
    if job is None:
        return None
    label = WORDS.get(job["progress_label"], job["progress_label"])
    return {
        "label": _(label) if label else "",
        "done": job["progress_done"],
        "total": job["progress_total"],
        "url": reverse("web:progress"),
    }
