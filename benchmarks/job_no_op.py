"""The task that the benchmark of jobs enqueues."""

from idic.core.jobs import task


@task
def no_op() -> None:
    """Do nothing."""
