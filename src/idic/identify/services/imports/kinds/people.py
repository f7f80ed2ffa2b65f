"""Files of persons and of companies, and whose contact a person is. A contact who changes company
gets another relation; the earlier one stays and ends where the later begins.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

from idic.identify.importing import companies, customers
from idic.identify.importing.readers import Workspace
from idic.identify.importing.reading import Decisions
from idic.identify.models import ImportRun, Relation
from idic.identify.services.imports.slices import slices

from .kind import About, Insert, KindOfFile

CONTACT = "contact"
_COLUMNS = ["subject_id", "object_id", "role", "title", "from_date", "import_run_id"]


class Customers(KindOfFile):
    """Persons: names, phones, addresses, and the companies they are contacts of."""

    def build(
        self, workspace: Workspace, about: About, decisions: Decisions, fields: Sequence[str]
    ) -> None:
        """Make a party of each person, and of each company they are of."""
        customers.build_customers(
            workspace,
            about.terms,
            decisions,
            fields=fields,
            observed_at=about.now.astimezone(UTC),
        )
        companies.mention_companies(workspace, fields=fields)

    def compare(self, workspace: Workspace, about: About) -> None:
        """Let a company that is only mentioned keep the name it goes by."""
        workspace.run(
            "DELETE FROM party_trait WHERE party IN (SELECT company FROM mention) "
            "AND party IN (SELECT party FROM match WHERE record_id IS NOT NULL)"
        )

    def find_news(self, workspace: Workspace, about: About) -> None:
        """Find who is a contact of a company they were not a contact of last."""
        workspace.run(
            "CREATE TABLE known_relation (record_id BIGINT, object_id BIGINT, title VARCHAR)"
        )
        known = workspace.rows(
            "SELECT record_id FROM person JOIN mention USING (party) WHERE NOT is_new_record"
        )
        columns = ["record_id", "object_id", "title"]
        workspace.insert("known_relation", columns, _last_relations([int(r[0]) for r in known]))
        workspace.run(
            """
            CREATE TABLE new_relation AS
            SELECT p.record_id, o.record_id AS object_id, m.title,
                k.record_id IS NOT NULL AS is_change
            FROM mention m JOIN person p USING (party) JOIN person o ON o.party = m.company
            LEFT JOIN known_relation k ON k.record_id = p.record_id
            WHERE k.record_id IS NULL OR k.object_id <> o.record_id
               OR (m.title <> '' AND m.title <> k.title)
            ORDER BY p.record_id
            """
        )

    def count(self, workspace: Workspace, about: About) -> dict[str, Any]:
        """Count companies and who is new there."""
        return {
            "companies": workspace.count(
                "SELECT count(DISTINCT customer_id) FROM person WHERE kind = 'company'",
            ),
            "new_contacts": workspace.count("SELECT count(*) FROM new_relation"),
            "moved_contacts": workspace.count("SELECT count(*) FROM new_relation WHERE is_change"),
        }

    def weigh(self, workspace: Workspace) -> int:
        """Count new relations."""
        return workspace.count("SELECT count(*) FROM new_relation")

    def stage(self, workspace: Workspace, run: ImportRun, about: About, insert: Insert) -> None:
        """Write new relations. Since when somebody was there before we knew is not known."""
        day = about.now.astimezone(ZoneInfo(about.terms.time_zone)).date()
        rows = workspace.rows("SELECT record_id, object_id, title, is_change FROM new_relation")
        insert(
            Relation,
            _COLUMNS,
            (
                (subject, company, CONTACT, title, day if is_change else None, run.id)
                for subject, company, title, is_change in rows
            ),
        )


class Companies(KindOfFile):
    """Companies: names, tax numbers, addresses, industries."""

    def build(
        self, workspace: Workspace, about: About, decisions: Decisions, fields: Sequence[str]
    ) -> None:
        """Make a party of each company."""
        companies.build_companies(
            workspace,
            about.terms,
            decisions,
            fields=fields,
            observed_at=about.now.astimezone(UTC),
        )

    def count(self, workspace: Workspace, about: About) -> dict[str, Any]:
        """Count companies."""
        return {"companies": workspace.count("SELECT count(DISTINCT customer_id) FROM person")}


def _last_relations(record_ids: list[int]) -> Iterator[tuple[str, str, str]]:
    for chunk in slices(record_ids):
        rows = Relation.objects.filter(subject_id__in=chunk, role=CONTACT).order_by("id")
        last = {row[0]: row for row in rows.values_list("subject_id", "object_id", "title")}
        for subject, company, title in last.values():
            yield str(subject), str(company), title
