"""What the shell does when something happens below."""

from __future__ import annotations

from idic.core.jobs import Handlers
from idic.differentiate.models import ValueModel
from idic.identify.events import (
    DemoRemoved,
    ImportPublished,
    ImportUndone,
    PeopleIdentified,
    ValuesLookedAt,
)
from idic.identify.models import ImportRun, Order
from idic.web.tasks import run_loop, weigh_missing


def refresh_after_import(event: ImportPublished) -> None:
    """New facts are visible: compute everything anew, once however many files came in. Whoever
    loads the sample shop computes it in the end.
    """
    if not ImportRun.objects.filter(id=event.run_id, source__is_demo=True).exists():
        run_loop.enqueue()


def refresh_after_undo(event: ImportUndone) -> None:
    """A file's facts are gone: compute everything without them."""
    run_loop.enqueue()


def refresh_without_demo(event: DemoRemoved) -> None:
    """The sample shop is gone: only what is the owner's counts."""
    run_loop.enqueue()


def begin_after_website(event: PeopleIdentified) -> None:
    """The first order came from a website: until everything was computed once, no single customer
    can be brought up to date.
    """
    if Order.objects.exists() and not ValueModel.objects.exists():
        run_loop.enqueue()


def weigh_after_look(event: ValuesLookedAt) -> None:
    """Other findings stand there now: say whose money is behind them."""
    weigh_missing.enqueue()


HANDLERS: Handlers = {
    ImportPublished: [refresh_after_import],
    ImportUndone: [refresh_after_undo],
    DemoRemoved: [refresh_without_demo],
    PeopleIdentified: [begin_after_website],
    ValuesLookedAt: [weigh_after_look],
}
