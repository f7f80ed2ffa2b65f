"""Companies: those a file of companies is about, and those its contacts are of. A company goes by
its number, else its tax number, else its name; its keys never meet those of persons.

Besides the tables of every file it leaves `mention` (party, company, title): whose contact somebody
is.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from . import parties, shapes
from .readers import Workspace
from .reading import Decisions
from .terms import Terms

BY_KEY, BY_TAX, BY_NAME = "company:", "company-tax:", "company-name:"
# What identifies a company beside its key.
_TAX = "upper(regexp_replace(tax_number, '[^0-9A-Za-z]', '', 'g'))"


def folded(name: str) -> str:
    """Give SQL that writes a company's name so that ways of writing it are one."""
    return (
        f"trim(regexp_replace(lower(replace(strip_accents({name}), 'đ', 'd')), "
        "'[\\s.,;]+', ' ', 'g'))"
    )


def _party(*, key: str, name: str, tax: str = "NULL") -> str:
    longest = shapes.LONGEST["customer_key"] - len(BY_NAME)
    return (
        f"CASE WHEN ({key}) IS NOT NULL THEN '{BY_KEY}' || ({key}) "
        f"WHEN length({tax}) > 5 THEN '{BY_TAX}' || {tax} "
        f"WHEN {name} IS NOT NULL THEN '{BY_NAME}' || left({folded(name)}, {longest}) END"
    )


def build_companies(
    workspace: Workspace,
    terms: Terms,
    decisions: Decisions,
    *,
    fields: Sequence[str],
    observed_at: datetime,
) -> None:
    """Make all tables from `typed`, one party a company."""
    shapes.complete(workspace, terms, decisions, fields)
    shapes.make_rejected(workspace)
    party = _party(key="customer_key", name="company", tax=_TAX)
    workspace.run(
        f"""
        CREATE TABLE judged AS
        SELECT *, {party} AS party, TIMESTAMP '{observed_at:%Y-%m-%d %H:%M:%S}' AS observed_at,
            CASE WHEN company IS NULL AND customer_key IS NULL THEN 'missing_company'
                WHEN length({party}) > {shapes.LONGEST["customer_key"]} THEN 'too_long'
            END AS reason
        FROM complete
        """  # noqa: S608 - our own names
    )
    workspace.run(
        "INSERT INTO rejected SELECT row_number, reason, '', NULL FROM judged "
        "WHERE reason IS NOT NULL"
    )
    workspace.run("CREATE VIEW taken AS SELECT * EXCLUDE (reason) FROM judged WHERE reason IS NULL")
    parties.make_parties(workspace, terms, rows="taken", fields=fields)
    workspace.run("UPDATE party SET kind = 'company'")
    if "tax_number" in fields:
        workspace.run(
            f"""
            INSERT INTO party_identifier
            SELECT DISTINCT party, 'tax_number', {_TAX}, left(tax_number, 254), false FROM taken
            WHERE length({_TAX}) > 5
            """  # noqa: S608 - our own names
        )
    _number_by_key(workspace)


def mention_companies(workspace: Workspace, *, fields: Sequence[str]) -> None:
    """Add the companies that the persons of a file are contacts of, and note who is whose."""
    workspace.run("CREATE TABLE mention (party VARCHAR, company VARCHAR, title VARCHAR)")
    names = [name for name in ("full_name", "given_name", "family_name") if name in fields]
    if "company" not in fields or not names:
        return
    key = "CAST(NULL AS VARCHAR)"
    if "company_key" in fields:  # what is too long for a number is none: then the name tells
        longest = shapes.LONGEST["customer_key"]
        key = f"CASE WHEN length(company_key) <= {longest} THEN company_key END"
    title = "job_title" if "job_title" in fields else "CAST(NULL AS VARCHAR)"
    is_person = " OR ".join(f"{name} IS NOT NULL" for name in names)
    workspace.run(
        f"""
        CREATE TABLE mentioned AS
        SELECT party, {_party(key=key, name="company")} AS company_party, company,
            coalesce({title}, '') AS title, row_number, observed_at
        FROM taken WHERE company IS NOT NULL AND ({is_person})
        """  # noqa: S608 - our own names
    )
    workspace.run(
        "INSERT INTO mention SELECT party, arg_max(company_party, row_number), "
        "left(arg_max(title, row_number), 120) FROM mentioned GROUP BY party"
    )
    # A name beside a person's is no customer yet; a number, or several of its people, make it one.
    workspace.run(
        f"""
        INSERT INTO party
        SELECT company_party, min(row_number), min(observed_at), max(observed_at), 'company',
            starts_with(company_party, '{BY_KEY}') OR count(DISTINCT party) > 1
        FROM mentioned WHERE company_party IN (SELECT company FROM mention) GROUP BY company_party
        """  # noqa: S608 - our own words
    )
    workspace.run(
        "INSERT INTO party_trait SELECT company_party, 'company', arg_max(company, row_number), "
        "max(observed_at) FROM mentioned "
        "WHERE company_party IN (SELECT company FROM mention) GROUP BY company_party"
    )
    workspace.run("DROP TABLE mentioned")
    workspace.run(
        f"INSERT INTO party_identifier SELECT party, 'customer_number', party, party, false "  # noqa: S608
        f"FROM party WHERE kind = 'company' AND starts_with(party, '{BY_KEY}')"
    )
    _number_by_key(workspace)


def _number_by_key(workspace: Workspace) -> None:
    """Let a company's number be the number its system gave, and nothing where it gave none."""
    workspace.run(
        f"DELETE FROM party_identifier WHERE type = 'customer_number' "  # noqa: S608
        f"AND (starts_with(party, '{BY_TAX}') OR starts_with(party, '{BY_NAME}'))"
    )
    workspace.run(
        f"UPDATE party_identifier SET value = substr(value, {len(BY_KEY) + 1}), "  # noqa: S608
        f"as_given = substr(as_given, {len(BY_KEY) + 1}) "
        f"WHERE type = 'customer_number' AND starts_with(party, '{BY_KEY}')"
    )
