"""Rows about people who are known elsewhere: whom each is about, by number, e-mail or phone. What
files of consents, events and sent messages have in common; nobody becomes a customer by them.
"""

from __future__ import annotations

from collections.abc import Sequence

from . import parties, shapes
from .readers import Workspace
from .reading import PLACEHOLDER, Decisions
from .terms import Terms

# Rows like these are refused in every such file.
NOBODY = (
    "CASE WHEN is_nobody THEN 'walk_in' "
    "WHEN (phone_or_mail IS NOT NULL AND party IS NULL) THEN 'placeholder' "
    "WHEN party IS NULL THEN 'missing_customer' "
    f"WHEN length(party) > {shapes.LONGEST['customer_key']} THEN 'too_long' END"
)


def address_rows(
    workspace: Workspace, terms: Terms, decisions: Decisions, fields: Sequence[str]
) -> None:
    """Make the table `addressed` from `typed`: every row with its party; an address of either sort
    stands where it belongs.
    """
    shapes.complete(workspace, terms, decisions, fields)
    shapes.make_rejected(workspace)
    is_mail = "contains(contact, '@')"
    workspace.run(
        f"""
        CREATE TABLE whose AS SELECT * EXCLUDE (email, phone, email_given, phone_given),
            CAST(NULL AS VARCHAR) AS full_name,
            coalesce(email, CASE WHEN {is_mail} THEN contact END) AS email,
            coalesce(phone, CASE WHEN NOT {is_mail} THEN contact END) AS phone,
            coalesce(email_given, CASE WHEN {is_mail} THEN contact END) AS email_given,
            coalesce(phone_given, CASE WHEN NOT {is_mail} THEN contact END) AS phone_given,
            coalesce(email, phone, contact) AS phone_or_mail
        FROM complete
        """  # noqa: S608 - our own names
    )
    workspace.run(
        f"""
        CREATE TABLE keyed AS SELECT *, {parties.PARTY} AS party,
            {parties.IS_NOBODY} AS is_nobody, {parties.PARTY_KIND} AS party_kind FROM whose
        """  # noqa: S608 - our own names
    )
    workspace.run("DROP TABLE whose")
    parties.make_aliases(workspace, rows="keyed")
    workspace.run(
        "CREATE TABLE addressed AS SELECT keyed.* EXCLUDE (party), "
        "coalesce(alias.is_party, keyed.party) AS party "
        "FROM keyed LEFT JOIN alias ON alias.party = keyed.party"
    )
    workspace.run("DROP TABLE keyed")


def judge_rows(workspace: Workspace, *, reason: str, detail: str, moment: str) -> None:
    """Make `taken` of the rows that `reason` (SQL) finds nothing wrong with; `moment` is when what
    they say was so.
    """
    workspace.run(
        f"CREATE TABLE judged AS SELECT *, {moment} AS observed_at, {reason} AS reason, "  # noqa: S608
        f"coalesce({detail}, '') AS detail_of_reason FROM addressed"
    )
    workspace.run(
        "INSERT INTO rejected SELECT row_number, reason, detail_of_reason, NULL FROM judged "
        "WHERE reason IS NOT NULL"
    )
    workspace.run(
        "CREATE VIEW taken AS SELECT * EXCLUDE (reason, detail_of_reason) FROM judged "
        "WHERE reason IS NULL"
    )
    workspace.run("DROP TABLE addressed")


def make_parties(workspace: Workspace, terms: Terms) -> None:
    """Make the tables about people: nothing but whom the rows are about."""
    parties.make_parties(workspace, terms, rows="taken", fields=())


def is_real(column: str) -> str:
    """Give SQL: does it hold an address that can be somebody's."""
    return f"({column} IS NOT NULL AND NOT starts_with({column}, '{PLACEHOLDER}'))"
