"""Counts what an import brings, for the dry run, the report and the page."""

from __future__ import annotations

from typing import Any

from idic.identify.importing.columns import Kind
from idic.identify.importing.customers import count_unreadable
from idic.identify.importing.readers import Workspace
from idic.identify.importing.terms import Terms

from .rules import count_effects


def count_everything(workspace: Workspace, *, terms: Terms) -> dict[str, Any]:
    """Give the counts as plain values. Rows are taken or rejected; people are new, matched (known
    from another source), updated or unchanged; orders likewise.
    """
    rejected = _groups(
        workspace, "SELECT reason, count(*) FROM rejected GROUP BY 1 ORDER BY 2 DESC"
    )
    counts = {
        "rows": _one(
            workspace, "SELECT (SELECT count(*) FROM raw) + (SELECT count(*) FROM misread)"
        ),
        "rejected": sum(rejected.values()),
        "reasons": rejected,
        **_people(workspace),
        "unreadable": count_unreadable(workspace, fields=list(terms.mapping)),
        **count_effects(workspace),
    }
    if terms.kind == Kind.ORDERS:
        counts |= _orders(workspace) | {"time_zone": terms.time_zone}
    return counts


def _people(workspace: Workspace) -> dict[str, Any]:
    changed = """
        SELECT customer_id FROM new_trait WHERE NOT is_new_customer
        UNION SELECT customer_id FROM new_identifier WHERE NOT is_new_customer
    """
    people = _one(workspace, "SELECT count(DISTINCT customer_id) FROM person")
    new = _one(workspace, "SELECT count(DISTINCT customer_id) FROM person WHERE is_new_customer")
    updated = _one(workspace, f"SELECT count(*) FROM ({changed})")  # noqa: S608 - our own words
    return {
        "customers": people,
        "new_customers": new,
        "matched_customers": _one(
            workspace,
            "SELECT count(DISTINCT customer_id) FROM match WHERE how IN ('number', 'contact')",
        ),
        "updated_customers": updated,
        "unchanged_customers": people - new - updated,
        "with_email": _addresses(workspace, "email"),
        "with_phone": _addresses(workspace, "phone"),
        "consents": _groups(
            workspace,
            "SELECT channel || ':' || status, count(*) FROM new_consent GROUP BY 1 ORDER BY 1",
        ),
    }


def _addresses(workspace: Workspace, kind: str) -> int:
    return _one(
        workspace,
        "SELECT count(DISTINCT party) FROM party_identifier WHERE type = ? AND NOT is_placeholder",
        kind,
    )


def _orders(workspace: Workspace) -> dict[str, Any]:
    actions = _groups(workspace, "SELECT action, count(*) FROM action GROUP BY 1")
    first, last = workspace.run("SELECT min(moment), max(moment) FROM orders").fetchone() or (
        "",
        "",
    )
    amounts = _groups(
        workspace, "SELECT currency, CAST(sum(net_amount) AS BIGINT) FROM orders GROUP BY 1"
    )
    return {
        "lines": _one(workspace, "SELECT count(*) FROM lines WHERE row_number > 0"),
        "orders": sum(actions.values()),
        "new_orders": actions.get("new", 0),
        "updated_orders": actions.get("updated", 0),
        "unchanged_orders": actions.get("unchanged", 0) + actions.get("kept", 0),
        "unlinked_orders": _one(workspace, "SELECT count(*) FROM orders WHERE party IS NULL"),
        "unlinked_lines": _one(
            workspace, "SELECT coalesce(sum(line_count), 0) FROM orders WHERE party IS NULL"
        ),
        "returns": _one(workspace, "SELECT count(*) FROM orders WHERE is_return"),
        "cancelled": _one(workspace, "SELECT count(*) FROM orders WHERE line_count = 0"),
        "shared_numbers": _one(
            workspace,
            "SELECT count(*) FROM orders WHERE is_shared AND contains(order_number, ' · ')",
        ),
        "amounts": amounts,
        "first_at": first.isoformat() if first else "",
        "last_at": last.isoformat() if last else "",
    }


def _one(workspace: Workspace, sql: str, *parameters: Any) -> int:
    return int(workspace.value(sql, parameters) or 0)


def _groups(workspace: Workspace, sql: str) -> dict[str, int]:
    return {str(name): int(count) for name, count in workspace.rows(sql)}
