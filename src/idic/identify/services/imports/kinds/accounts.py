"""Files of accounts: what stood on each account on which day, on the record of its owner. What the
same source said of the same account and day before is outweighed, not overwritten.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date
from typing import Any

from idic.identify.importing import accounts
from idic.identify.importing.readers import Workspace
from idic.identify.importing.reading import Decisions
from idic.identify.models import AccountBalance, ImportRun
from idic.identify.services.imports.slices import slices

from .kind import About, Insert, KindOfFile

_TOLD = ["account_number", "as_of_date", "record_id", "product", "currency"]
_TOLD += ["balance_amount", "fee_amount", "margin_amount"]
_COLUMNS = ["source_id", *_TOLD, "import_run_id", "recorded_at"]


class Accounts(KindOfFile):
    """Who holds which account, with how much on it."""

    def build(
        self, workspace: Workspace, about: About, decisions: Decisions, fields: Sequence[str]
    ) -> None:
        """Make one balance an account and day."""
        accounts.build_accounts(
            workspace,
            about.terms,
            decisions,
            fields=fields,
            observed_at=about.now.astimezone(UTC),
        )

    def find_news(self, workspace: Workspace, about: About) -> None:
        """Find what the source has not said yet, or said otherwise."""
        workspace.run(
            "CREATE TABLE known_balance (account_number VARCHAR, as_of_date DATE, "
            "record_id BIGINT, product VARCHAR, currency VARCHAR, balance_amount BIGINT, "
            "fee_amount BIGINT, margin_amount BIGINT, place BIGINT)"
        )
        workspace.insert("known_balance", [*_TOLD, "place"], _known(workspace, about))
        told = "record_id, product, currency, balance_amount, fee_amount, margin_amount"
        workspace.run(
            f"""
            CREATE TABLE new_balance AS
            SELECT t.*, k.account_number IS NOT NULL AS is_change
            FROM (SELECT b.row_number, account_number, as_of_date, p.record_id, product, currency,
                    balance_amount, fees_amount AS fee_amount, margin_amount
                  FROM balance b JOIN person p USING (party)) t
            LEFT JOIN (SELECT * FROM known_balance QUALIFY row_number() OVER
                    (PARTITION BY account_number, as_of_date ORDER BY place DESC) = 1) k
                USING (account_number, as_of_date)
            WHERE k.account_number IS NULL OR ({_of("t", told)}) IS DISTINCT FROM ({_of("k", told)})
            ORDER BY t.as_of_date, t.row_number
            """  # noqa: S608 - our own names
        )

    def count(self, workspace: Workspace, about: About) -> dict[str, Any]:
        """Count accounts and balances, and add up what stood there on the latest day."""
        first, last = _days(workspace)
        told = workspace.count("SELECT count(*) FROM balance")
        new = workspace.count("SELECT count(*) FROM new_balance")
        changed = workspace.count("SELECT count(*) FROM new_balance WHERE is_change")
        latest = "(SELECT currency, arg_max(balance_amount, as_of_date) AS amount FROM balance "
        latest += "GROUP BY account_number, currency)"
        return {
            "accounts": workspace.count("SELECT count(DISTINCT account_number) FROM balance"),
            "balances": told,
            "new_balances": new - changed,
            "updated_balances": changed,
            "unchanged_balances": told - new,
            "assets": workspace.counts(
                f"SELECT currency, CAST(sum(amount) AS BIGINT) FROM {latest} GROUP BY 1 ORDER BY 1"  # noqa: S608
            ),
            "first_at": first.isoformat() if first else "",
            "last_at": last.isoformat() if last else "",
        }

    def weigh(self, workspace: Workspace) -> int:
        """Count new balances."""
        return workspace.count("SELECT count(*) FROM new_balance")

    def stage(self, workspace: Workspace, run: ImportRun, about: About, insert: Insert) -> None:
        """Write new balances."""
        rows = workspace.rows(f"SELECT {', '.join(_TOLD)} FROM new_balance")  # noqa: S608
        insert(AccountBalance, _COLUMNS, ((run.source_id, *row, run.id, about.now) for row in rows))


def _of(table: str, names: str) -> str:
    return ", ".join(f"{table}.{name}" for name in names.split(", "))


def _days(workspace: Workspace) -> tuple[date | None, date | None]:
    [(first, last)] = workspace.rows("SELECT min(as_of_date), max(as_of_date) FROM balance")
    return first, last


def _known(workspace: Workspace, about: About) -> Iterator[tuple[Any, ...]]:
    """Give what the source said of the file's accounts between its first and last day."""
    known = AccountBalance.objects.filter(source=about.source)
    first, last = _days(workspace)
    if about.source is None or first is None or not known.exists():
        return
    known = known.filter(as_of_date__gte=first, as_of_date__lte=last)
    numbers = (row[0] for row in workspace.rows("SELECT DISTINCT account_number FROM balance"))
    for chunk in slices(numbers):
        for row in known.filter(account_number__in=chunk).values_list(*_TOLD, "id"):
            # Numbers travel as text: a column of them may hold empty cells.
            yield tuple(None if cell is None else str(cell) for cell in row)
