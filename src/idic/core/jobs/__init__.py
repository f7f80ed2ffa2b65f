"""Background work and domain events: the doors other rooms use.

`@task` functions are enqueued with `.enqueue(...)`, run at least once by a worker process, and
report with `progress(...)`. `publish(event=...)` hands a fact to the handlers of other rooms.
The table is `idic.core.models.jobs`; the SQL is in `queue`; nothing here knows a room by name.
"""

from .cron import Schedule
from .current import FinalError, JobCancelled, progress
from .events import Event, Handlers, publish
from .tasks import JobTask, task

__all__ = [
    "Event",
    "FinalError",
    "Handlers",
    "JobCancelled",
    "JobTask",
    "Schedule",
    "progress",
    "publish",
    "task",
]
