"""What the shell does when something happens below."""

from __future__ import annotations

from idic.core.jobs import Handlers
from idic.identify.events import ImportPublished
from idic.web.tasks import run_loop


def refresh_after_import(event: ImportPublished) -> None:
    """New facts are visible: compute everything anew, once however many files came in."""
    run_loop.enqueue()


HANDLERS: Handlers = {ImportPublished: [refresh_after_import]}
