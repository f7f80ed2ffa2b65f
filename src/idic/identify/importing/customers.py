"""From rows of a customer file to people: who each row is about and what it says of them. Rows that
name nobody are set aside.

Leaves the tables `party`, `party_trait`, `party_identifier`, `party_consent` and `rejected`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from . import parties, shapes
from .readers import Workspace
from .reading import Decisions
from .terms import Terms


def build_customers(
    workspace: Workspace,
    terms: Terms,
    decisions: Decisions,
    *,
    fields: Sequence[str],
    observed_at: datetime,
) -> None:
    """Make all tables from `typed`. What the file says was observed at `observed_at` (UTC)."""
    shapes.complete(workspace, terms, decisions, fields)
    shapes.make_rejected(workspace)
    moment = f"TIMESTAMP '{observed_at:%Y-%m-%d %H:%M:%S}'"
    workspace.run(
        f"CREATE TABLE keyed AS SELECT *, {parties.PARTY} AS party, "  # noqa: S608 - our own names
        f"{parties.IS_NOBODY} AS is_nobody, {parties.PARTY_KIND} AS party_kind, "
        f"{moment} AS observed_at FROM complete"
    )
    parties.make_aliases(workspace, rows="keyed")
    workspace.run(
        f"""
        CREATE TABLE judged AS
        SELECT keyed.* EXCLUDE (party), coalesce(alias.is_party, keyed.party) AS party,
            CASE WHEN is_nobody THEN 'walk_in'
                WHEN keyed.party IS NULL THEN 'missing_customer'
                WHEN length(keyed.party) > {shapes.LONGEST["customer_key"]} THEN 'too_long'
            END AS reason
        FROM keyed LEFT JOIN alias ON alias.party = keyed.party
        """  # noqa: S608 - our own names
    )
    workspace.run(
        "INSERT INTO rejected SELECT row_number, reason, '', NULL FROM judged "
        "WHERE reason IS NOT NULL"
    )
    workspace.run("CREATE VIEW taken AS SELECT * EXCLUDE (reason) FROM judged WHERE reason IS NULL")
    workspace.run("DROP TABLE keyed")
    parties.make_parties(workspace, terms, rows="taken", fields=fields)


def count_unreadable(workspace: Workspace, *, fields: Sequence[str]) -> dict[str, int]:
    """Count values that could not be read and were left out, by field; their rows were taken."""
    checked = [name for name in ("email", "phone", "birth_date") if name in fields]
    return {
        name: count
        for name in checked
        if (
            count := int(
                workspace.value(
                    f"SELECT count(*) FROM taken WHERE {name} IS NULL "  # noqa: S608 - our names
                    f"AND {name}_given IS NOT NULL"
                )
            )
        )
    }
