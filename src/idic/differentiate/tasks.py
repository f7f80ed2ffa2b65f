"""Background work of Differentiate: read the clock, call a service."""

from __future__ import annotations

from idic.core.jobs import progress, task
from idic.core.selectors import get_as_of, get_business
from idic.differentiate.services import tiers


@task(queue_name="long", unique_key="differentiate.apply_tiers")
def apply_tiers() -> None:
    """Place every customer by the tier rules in force."""
    tiers.apply_policy(
        as_of=get_as_of(get_business()),
        progress=lambda done, total, label: progress(done=done, total=total, label=label),
    )
