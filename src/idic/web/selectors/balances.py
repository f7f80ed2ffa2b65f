"""What stands on the accounts of a customer. Reads a part of the customer page's one statement."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from idic.identify.accounts import Account, Balance, gather

_MOST = 2_000  # words about accounts, the latest ones
_PUBLISHED = (
    "({row}.import_run_id IS NULL OR EXISTS (SELECT 1 FROM identify_importrun p "
    "WHERE p.id = {row}.import_run_id AND p.state = 'published'))"
)
# An account that has gone to somebody else since is not theirs any more.
STATEMENT = f"""
UNION ALL SELECT * FROM (SELECT 'balance', x.id, x.source_id AS source, x.account_number,
    x.product, x.recorded_at, x.currency, CAST(x.as_of_date AS text),
    COALESCE(CAST(x.fee_amount AS text), '') || ' ' || COALESCE(CAST(x.margin_amount AS text), ''),
    x.balance_amount * 1.0
    FROM identify_accountbalance x JOIN own ON own.id = x.record_id
    WHERE {_PUBLISHED.format(row="x")} AND NOT EXISTS (
        SELECT 1 FROM identify_accountbalance y WHERE y.source_id = x.source_id
        AND y.account_number = x.account_number AND {_PUBLISHED.format(row="y")}
        AND y.record_id NOT IN (SELECT id FROM own)
        AND (y.as_of_date > x.as_of_date OR (y.as_of_date = x.as_of_date AND y.id > x.id)))
    ORDER BY x.as_of_date DESC, x.id DESC LIMIT {_MOST}) balances
"""  # noqa: S608 - our own names


def read_accounts(rows: Iterable[tuple[Any, ...]]) -> list[Account]:
    """Give the accounts a customer holds, the fullest first."""
    return gather(balances=(_balance(row) for row in rows if row[0] == "balance"))


def _balance(row: tuple[Any, ...]) -> Balance:
    fee, _space, margin = row[8].partition(" ")
    return Balance(
        id=row[1],
        source_id=row[2],
        number=row[3],
        product=row[4],
        currency=row[6],
        as_of_date=date.fromisoformat(row[7]),
        amount=int(row[9]),
        fee_amount=int(fee) if fee else None,
        margin_amount=int(margin) if margin else None,
    )
