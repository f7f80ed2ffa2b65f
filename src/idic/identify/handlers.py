"""What Identify does when something happened: its table of event → functions."""

from __future__ import annotations

from idic.core.jobs import Handlers
from idic.identify.events import ImportPublished
from idic.identify.services.imports.indexing import index_import


def index_published_import(event: ImportPublished) -> None:
    """Let the search find the people of an import."""
    index_import(run_id=event.run_id)


HANDLERS: Handlers = {ImportPublished: (index_published_import,)}
