"""Files of orders: which are known, what they come to, and their rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from typing import Any

from idic.core import ids
from idic.identify.importing import orders
from idic.identify.importing.readers import Workspace
from idic.identify.importing.reading import Decisions
from idic.identify.models import ImportRun, Order, OrderLine
from idic.identify.services.imports import currencies, known_orders

from .kind import About, Insert, KindOfFile

# Exact decimals travel as text: neither side turns them into floats.
LINE_COLUMNS = ["order_id", "line_number", "product_code", "product_name", "category"]
LINE_COLUMNS += ["quantity", "unit_price", "net_amount"]
SELECT_LINES = (
    "SELECT o.id, l.line_number, product_code, product_name, category, "
    "CAST(l.quantity AS VARCHAR), CAST(l.unit_price AS VARCHAR), l.net_amount"
)
BY_ID = "ORDER BY o.id, l.line_number"
_COLUMNS = ["id", "merchant", "order_number", "source_id", "record_id", "ordered_at"]
_COLUMNS += ["currency", "net_amount", "line_count", "is_return", "store", "fingerprint"]


class Orders(KindOfFile):
    """Who bought what, when, for how much."""

    def build(
        self, workspace: Workspace, about: About, decisions: Decisions, fields: Sequence[str]
    ) -> None:
        """Make orders and their lines."""
        orders.build_orders(workspace, about.terms, decisions, fields=fields, file_mark=about.mark)

    def compare(self, workspace: Workspace, about: About) -> None:
        """Find the orders that are known, and refuse money nobody can count."""
        known_orders.compare_orders(workspace, source=about.source, is_demo=about.is_demo)
        currencies.check_rates(
            workspace, business=about.business, request=about.request, terms=about.terms
        )

    def count(self, workspace: Workspace, about: About) -> dict[str, Any]:
        """Count orders, lines and amounts."""
        return _count(workspace) | {"time_zone": about.terms.time_zone}

    def weigh(self, workspace: Workspace) -> int:
        """Count new orders with their lines."""
        return workspace.count(
            "SELECT count(*) + coalesce(sum(line_count), 0) FROM orders "
            "JOIN action USING (order_number) WHERE action = 'new'",
        )

    def stage(self, workspace: Workspace, run: ImportRun, about: About, insert: Insert) -> None:
        """Write new orders, then their lines: most of the work."""
        count = workspace.count("SELECT count(*) FROM action WHERE action = 'new'")
        first = ids.new_ids(count).start
        workspace.run(
            """
            CREATE TABLE new_order AS
            SELECT ? + row_number() OVER (ORDER BY moment, first_row) - 1 AS id, o.*
            FROM orders o JOIN action USING (order_number) WHERE action = 'new'
            """,
            [first],
        )
        merchant = known_orders.merchant_of(is_demo=about.is_demo)
        rows = workspace.rows(
            "SELECT id, order_number, record_id, moment, currency, net_amount, line_count, "
            "is_return, store, fingerprint FROM new_order LEFT JOIN person USING (party) "
            "ORDER BY id"
        )
        insert(
            Order,
            [*_COLUMNS, "import_run_id"],
            (
                (
                    r[0],
                    merchant,
                    r[1],
                    run.source_id,
                    r[2],
                    r[3].replace(tzinfo=UTC),
                    *r[4:],
                    run.id,
                )
                for r in rows
            ),
        )
        insert(
            OrderLine,
            LINE_COLUMNS,
            workspace.rows(
                f"{SELECT_LINES} FROM new_order o JOIN lines l USING (order_number) {BY_ID}"
            ),
        )


def _count(workspace: Workspace) -> dict[str, Any]:
    actions = workspace.counts("SELECT action, count(*) FROM action GROUP BY 1")
    first, last = workspace.run("SELECT min(moment), max(moment) FROM orders").fetchone() or (
        "",
        "",
    )
    amounts = workspace.counts(
        "SELECT currency, CAST(sum(net_amount) AS BIGINT) FROM orders GROUP BY 1"
    )
    return {
        "lines": workspace.count("SELECT count(*) FROM lines WHERE row_number > 0"),
        "orders": sum(actions.values()),
        "new_orders": actions.get("new", 0),
        "updated_orders": actions.get("updated", 0),
        "unchanged_orders": actions.get("unchanged", 0) + actions.get("kept", 0),
        "unlinked_orders": workspace.count("SELECT count(*) FROM orders WHERE party IS NULL"),
        "unlinked_lines": workspace.count(
            "SELECT coalesce(sum(line_count), 0) FROM orders WHERE party IS NULL"
        ),
        "returns": workspace.count("SELECT count(*) FROM orders WHERE is_return"),
        "cancelled": workspace.count("SELECT count(*) FROM orders WHERE line_count = 0"),
        "shared_numbers": workspace.count(
            "SELECT count(*) FROM orders WHERE is_shared AND contains(order_number, ' · ')",
        ),
        "amounts": amounts,
        "first_at": first.isoformat() if first else "",
        "last_at": last.isoformat() if last else "",
    }
