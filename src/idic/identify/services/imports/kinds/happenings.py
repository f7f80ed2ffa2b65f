"""Files of events, and logs of messages another system sent: what happened, on the record of whom
it happened to. (source, message_id) is an event's identity: the same again changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from idic.identify.importing import happenings
from idic.identify.importing.readers import Workspace
from idic.identify.importing.reading import Decisions
from idic.identify.models import Event, ImportRun
from idic.identify.services.imports.slices import slices

from .kind import About, Insert, KindOfFile

_COLUMNS = ["source_id", "message_id", "record_id", "kind", "occurred_at", "received_at"]
_COLUMNS += ["detail", "import_run_id"]


class Happenings(KindOfFile):
    """Something that happened, a row each."""

    def __init__(self, make: Callable[..., None]) -> None:
        self._make = make

    def build(
        self, workspace: Workspace, about: About, decisions: Decisions, fields: Sequence[str]
    ) -> None:
        """Make one happening a row."""
        self._make(
            workspace,
            about.terms,
            decisions,
            fields=fields,
            observed_at=about.now.astimezone(UTC),
        )

    def find_news(self, workspace: Workspace, about: About) -> None:
        """Find what the source has not told yet."""
        workspace.run("CREATE TABLE known_message (message_id VARCHAR)")
        workspace.insert("known_message", ["message_id"], _known(workspace, about))
        workspace.run(
            """
            CREATE TABLE new_happening AS
            SELECT p.record_id, h.message_id, h.kind, h.occurred_at, h.detail
            FROM happening h JOIN person p USING (party)
            WHERE message_id NOT IN (SELECT message_id FROM known_message)
            ORDER BY h.occurred_at, h.row_number
            """
        )

    def count(self, workspace: Workspace, about: About) -> dict[str, Any]:
        """Count what is new, when it was, and what is about nobody known yet."""
        first, last = workspace.run(
            "SELECT min(occurred_at), max(occurred_at) FROM happening"
        ).fetchone() or ("", "")
        told = workspace.count("SELECT count(*) FROM happening")
        return {
            "happenings": told,
            "new_happenings": workspace.count("SELECT count(*) FROM new_happening"),
            "names": workspace.counts(
                "SELECT kind, count(*) FROM happening GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 5",
            ),
            "nobody_yet": workspace.count("SELECT count(*) FROM person WHERE customer_id IS NULL"),
            "first_at": first.isoformat() if first else "",
            "last_at": last.isoformat() if last else "",
            "time_zone": about.terms.time_zone,
        }

    def weigh(self, workspace: Workspace) -> int:
        """Count new happenings."""
        return workspace.count("SELECT count(*) FROM new_happening")

    def stage(self, workspace: Workspace, run: ImportRun, about: About, insert: Insert) -> None:
        """Write new happenings."""
        insert(Event, _COLUMNS, _rows(workspace, run, about.now))


def _rows(workspace: Workspace, run: ImportRun, now: datetime) -> Iterator[tuple[Any, ...]]:
    for record_id, message_id, kind, at, detail in workspace.rows("SELECT * FROM new_happening"):
        told = json.loads(detail)
        moment = at.replace(tzinfo=UTC)
        yield run.source_id, message_id, record_id, kind, moment, now, told, run.id


def _known(workspace: Workspace, about: About) -> Iterator[tuple[str]]:
    events = Event.everything.filter(source=about.source)
    if about.source is None or not events.exists():
        return
    wanted = (row[0] for row in workspace.rows("SELECT message_id FROM happening"))
    for chunk in slices(wanted):
        rows = events.filter(message_id__in=chunk).values_list("message_id")
        yield from rows


EVENTS = Happenings(happenings.build_events)
SENDS = Happenings(happenings.build_sends)
