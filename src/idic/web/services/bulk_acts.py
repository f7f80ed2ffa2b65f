"""Acts on many customers of a list at once: may they be contacted, do they get offers. Each has its
opposite, and each is taken back whole.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from idic.core.jobs import queue
from idic.core.models import Job
from idic.core.services import audit
from idic.identify.models import StateKind
from idic.identify.services import many_states

# Up to so many somebody waits for; more go on in the background.
MOST_AT_ONCE = 500


@dataclass(frozen=True)
class BulkAct:
    """An act: the state it sets or ends."""

    key: str
    kind: StateKind
    sets: bool


ACTS = {
    act.key: act
    for act in (
        BulkAct("silence", StateKind.DO_NOT_CONTACT, sets=True),
        BulkAct("speak", StateKind.DO_NOT_CONTACT, sets=False),
        BulkAct("no_offers", StateKind.DO_NOT_OFFER, sets=True),
        BulkAct("offers", StateKind.DO_NOT_OFFER, sets=False),
    )
}


def run(
    *,
    act: BulkAct,
    customer_ids: Sequence[int],
    actor: str,
    now: datetime,
    progress: Callable[[int], None] | None = None,
) -> int:
    """Do an act; give for how many customers it changed something."""
    change = many_states.set_for_many if act.sets else many_states.clear_for_many
    changed = change(kind=act.kind, customer_ids=customer_ids, now=now, progress=progress)
    audit.record(
        at=now,
        actor=actor,
        action=f"customers.{act.key}",
        detail={"people": len(customer_ids), "changed": changed},
    )
    return changed


def take_back(*, act: BulkAct, moment: datetime, actor: str, now: datetime) -> int:
    """Take an act back; give for how many customers."""
    changed = many_states.take_back(kind=act.kind, moment=moment, was_set=act.sets)
    audit.record(
        at=now, actor=actor, action=f"customers.{act.key}_undone", detail={"changed": changed}
    )
    return changed


def stop(*, task: str, moment: datetime, now: datetime) -> timedelta:
    """Stop the background work of an act; give how long it may still take to hear of it."""
    waiting = Job.objects.filter(task=task, state__in=(Job.State.WAITING, Job.State.RUNNING))
    is_running = False
    for job in waiting:
        if job.kwargs.get("moment") == moment.isoformat():
            is_running |= job.state == Job.State.RUNNING
            queue.cancel(job_id=job.id, now=now)
    return timedelta(seconds=10 if is_running else 0)
