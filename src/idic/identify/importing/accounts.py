"""From rows of a bank's list of accounts to balances: which account, whose, how much on which day.

Leaves the table `balance` (party, account_number, as_of_date, product, currency, amounts in minor
units) beside those about people.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from babel import Locale

from idic.core import money

from . import parties, shapes
from .readers import Workspace
from .reading import Decisions
from .terms import Terms

# More minor units than this are a slip of the pen, not money.
_LARGEST = 9 * 10**15
_AMOUNTS = ("balance", "fees", "margin")
_LONGEST_PRODUCT = 120


def build_accounts(
    workspace: Workspace,
    terms: Terms,
    decisions: Decisions,
    *,
    fields: Sequence[str],
    observed_at: datetime,
) -> None:
    """Make all tables from `typed`: one balance an account and day; of two the lower row counts."""
    shapes.complete(workspace, terms, decisions, fields)
    shapes.make_rejected(workspace)
    _find_parties(workspace)
    _judge(workspace, terms, observed_at)
    parties.make_parties(workspace, terms, rows="taken", fields=fields)
    workspace.run(
        f"""
        CREATE TABLE balance AS
        SELECT row_number, party, account_number, as_of_date, own_currency AS currency,
            left(coalesce(account_product, ''), {_LONGEST_PRODUCT}) AS product,
            {", ".join(f"{_minor(name)} AS {name}_amount" for name in _AMOUNTS)}
        FROM taken QUALIFY row_number() OVER
            (PARTITION BY account_number, as_of_date ORDER BY row_number DESC) = 1
        """  # noqa: S608 - our own names
    )


def _find_parties(workspace: Workspace) -> None:
    workspace.run(
        f"CREATE TABLE keyed AS SELECT *, {parties.PARTY} AS party, "  # noqa: S608 - our own names
        f"{parties.IS_NOBODY} AS is_nobody, {parties.PARTY_KIND} AS party_kind FROM complete"
    )
    parties.make_aliases(workspace, rows="keyed")
    workspace.run(
        "CREATE TABLE owned AS SELECT keyed.* EXCLUDE (party), "
        "coalesce(alias.is_party, keyed.party) AS party "
        "FROM keyed LEFT JOIN alias ON alias.party = keyed.party"
    )
    workspace.run("DROP TABLE keyed")


def _judge(workspace: Workspace, terms: Terms, observed_at: datetime) -> None:
    """Set rows aside that lack what a balance needs. An account has one owner a day: who is named
    first keeps it, as the ledger of the bank does with its first holder.
    """
    money_of = _currencies(workspace, terms)
    scale = " ".join(f"WHEN '{code}' THEN {10**digits}" for code, digits in money_of.items())
    codes = ", ".join(f"'{code}'" for code in money_of)
    wrong = " OR ".join(f"({name} IS NULL AND {name}_given IS NOT NULL)" for name in _AMOUNTS)
    large = " OR ".join(f"abs({name}) * scale > {_LARGEST}" for name in _AMOUNTS)
    workspace.run(
        f"""
        CREATE TABLE judged AS
        SELECT *, CAST(as_of_date AS TIMESTAMP) AS observed_at,
            CASE WHEN is_nobody THEN 'walk_in'
                WHEN account_number IS NULL THEN 'missing_account'
                WHEN party IS NULL THEN 'missing_customer'
                WHEN length(party) > {shapes.LONGEST["customer_key"]}
                    OR length(account_number) > {shapes.LONGEST["account_number"]} THEN 'too_long'
                WHEN as_of_date IS NULL AND as_of_date_given IS NOT NULL THEN 'wrong_date'
                WHEN as_of_date IS NULL THEN 'missing_date'
                WHEN as_of_date > DATE '{observed_at:%Y-%m-%d}' + 1 THEN 'future_date'
                WHEN {wrong} THEN 'wrong_amount'
                WHEN balance IS NULL THEN 'missing_balance'
                WHEN (currency IS NULL AND currency_given IS NOT NULL)
                    OR own_currency NOT IN ({codes}) THEN 'wrong_currency'
                WHEN {large} THEN 'too_large'
                WHEN party <> first_party THEN 'second_owner' END AS reason
        FROM (SELECT *, CASE own_currency {scale} ELSE 1 END AS scale,
                arg_min(party, row_number) FILTER (party IS NOT NULL) OVER
                    (PARTITION BY account_number, as_of_date) AS first_party
              FROM (SELECT *, coalesce(currency, '{terms.currency}') AS own_currency FROM owned))
        """  # noqa: S608 - our own names, and codes that were checked
    )
    detail = " ".join(
        f"WHEN 'wrong_amount' THEN coalesce({_first_wrong()}, '')"
        if reason == "wrong_amount"
        else f"WHEN '{reason}' THEN coalesce({given}, '')"
        for reason, given in (
            ("wrong_date", "as_of_date_given"),
            ("future_date", "CAST(as_of_date AS VARCHAR)"),
            ("wrong_amount", ""),
            ("wrong_currency", "coalesce(currency_given, currency)"),
            ("second_owner", "account_number"),
        )
    )
    workspace.run(
        f"INSERT INTO rejected SELECT row_number, reason, CASE reason {detail} ELSE '' END, NULL "  # noqa: S608
        "FROM judged WHERE reason IS NOT NULL"
    )
    workspace.run("CREATE VIEW taken AS SELECT * EXCLUDE (reason) FROM judged WHERE reason IS NULL")
    workspace.run("DROP TABLE owned")


def _first_wrong() -> str:
    cases = " ".join(f"WHEN {name} IS NULL THEN {name}_given" for name in _AMOUNTS)
    return f"CASE {cases} END"


def _currencies(workspace: Workspace, terms: Terms) -> dict[str, int]:
    """Give the real currencies of the file, each with its decimals."""
    found = workspace.rows("SELECT DISTINCT currency FROM owned WHERE currency IS NOT NULL")
    known = Locale("en").currencies
    codes = {terms.currency, *(code for (code,) in found if code in known)}
    return {code: money.exponent(code) for code in sorted(codes)}


def _minor(name: str) -> str:
    return f"CAST(round_even(CAST({name} AS DECIMAL(38,6)) * scale, 0) AS BIGINT)"
