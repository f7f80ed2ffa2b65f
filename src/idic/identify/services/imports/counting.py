"""Counts what an import brings, for the dry run, the report and the page."""

from __future__ import annotations

from typing import Any

from idic.identify.importing.customers import count_unreadable
from idic.identify.importing.readers import Workspace

from .kinds import About, KindOfFile
from .rules import count_effects


def count_everything(workspace: Workspace, *, about: About, kind: KindOfFile) -> dict[str, Any]:
    """Give the counts as plain values. Rows are taken or rejected; people are new, matched (known
    from another source), updated or unchanged; orders likewise.
    """
    rejected = workspace.counts("SELECT reason, count(*) FROM rejected GROUP BY 1 ORDER BY 2 DESC")
    return {
        "rows": workspace.count(
            "SELECT (SELECT count(*) FROM raw) + (SELECT count(*) FROM misread)"
        ),
        "rejected": sum(rejected.values()),
        "reasons": rejected,
        **_people(workspace),
        "unreadable": count_unreadable(workspace, fields=list(about.terms.mapping)),
        **count_effects(workspace),
        **kind.count(workspace, about),
    }


def _people(workspace: Workspace) -> dict[str, Any]:
    changed = """
        SELECT customer_id FROM new_trait WHERE NOT is_new_customer AND customer_id IS NOT NULL
        UNION SELECT customer_id FROM new_identifier
        WHERE NOT is_new_customer AND customer_id IS NOT NULL
    """
    people = workspace.count("SELECT count(DISTINCT customer_id) FROM person")
    new = workspace.count("SELECT count(DISTINCT customer_id) FROM person WHERE is_new_customer")
    updated = workspace.count(f"SELECT count(*) FROM ({changed})")  # noqa: S608 - our own words
    return {
        "customers": people,
        "new_customers": new,
        "matched_customers": workspace.count(
            "SELECT count(DISTINCT customer_id) FROM match WHERE how IN ('number', 'contact')",
        ),
        "updated_customers": updated,
        "unchanged_customers": people - new - updated,
        "with_email": _addresses(workspace, "email"),
        "with_phone": _addresses(workspace, "phone"),
        "consents": workspace.counts(
            "SELECT channel || ':' || status, count(*) FROM new_consent GROUP BY 1 ORDER BY 1",
        ),
    }


def _addresses(workspace: Workspace, kind: str) -> int:
    return workspace.count(
        "SELECT count(DISTINCT party) FROM party_identifier WHERE type = ? AND NOT is_placeholder",
        [kind],
    )
