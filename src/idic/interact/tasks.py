"""Background entry points of Interact."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext as _

from idic.core import clock
from idic.core.jobs import Schedule, progress, task
from idic.core.selectors import get_as_of, get_business
from idic.interact.services.audience import freeze
from idic.interact.services.outbox import skip_waiting
from idic.interact.services.policy import refresh_top_tenth


@task(queue_name="long", priority=10)
def freeze_audience(*, campaign_id: int) -> None:
    """Freeze the audience of an approved campaign and fill the outbox."""
    freeze(
        campaign_id=campaign_id,
        as_of=get_as_of(get_business()),
        now=clock.now(),
        progress=lambda done, total: progress(
            done=done, total=total, label=_("Preparing the messages")
        ),
    )


@task(priority=10)
def skip_cancelled(*, campaign_id: int) -> None:
    """Stop what still waits of a cancelled campaign."""
    skip_waiting(campaign_id=campaign_id)


@task
def refresh_large_orders() -> None:
    """Keep what counts as a large order up to date, so that no message waits for it."""
    refresh_top_tenth(currency=get_business().currency, now=clock.now())


SCHEDULES = [
    Schedule(name="interact.large_orders", task=refresh_large_orders, every=timedelta(days=1)),
]
