"""Background work of Differentiate: read the clock, call a service."""

from __future__ import annotations

from idic.core import clock
from idic.core.jobs import progress, task
from idic.core.selectors import get_as_of, get_business
from idic.differentiate.services import readiness, tiers, upsell


@task(queue_name="long", unique_key="differentiate.apply_tiers")
def apply_tiers() -> None:
    """Place every customer by the tier rules in force."""
    tiers.apply_policy(
        as_of=get_as_of(get_business()),
        progress=lambda done, total, label: progress(done=done, total=total, label=label),
    )


@task(queue_name="long", unique_key="differentiate.score_leads")
def score_leads() -> None:
    """Score who has not bought anew, and ask the watched segments."""
    as_of, now = get_as_of(get_business()), clock.now()
    readiness.refresh_readiness(as_of=as_of, now=now)
    upsell.refresh_alerts(as_of=as_of, now=now)
