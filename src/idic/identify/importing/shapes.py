"""The tables an import leaves in its workspace for the services to compare and write, and the
first step towards them: one row a file row with every field present.
"""

from __future__ import annotations

from collections.abc import Sequence

from .columns import FIELDS, Kind
from .readers import Workspace
from .reading import Decisions, readers
from .terms import Terms

# Longest texts the system of record takes, by field.
LONGEST = {
    "order_number": 100,
    "customer_key": 160,
    "account_number": 100,
    "product_code": 80,
    "product_name": 300,
    "category": 120,
    "store": 120,
    "full_name": 200,
    "email": 254,
    "phone": 32,
    "city": 120,
    "country": 60,
    "salutation": 20,
}
_LONGEST_TRAIT = 500

# A written nothing is as good as an empty cell when a value is missed.
_GIVEN = "nullif(nullif(nullif(trim({column}), ''), 'NULL'), '-')"


def complete(
    workspace: Workspace, terms: Terms, decisions: Decisions, fields: Sequence[str]
) -> None:
    """Make the view `complete` over `typed`: every field of the kind, NULL where none is mapped."""
    kinds = {name: reader.kind for name, reader in readers(terms, decisions).items()}
    parts = ["row_number"]
    for field in FIELDS[Kind(terms.kind)]:
        name = field.name
        if name in fields:
            given = _GIVEN.format(column=f"{name}_given")
            parts += [_fitted(name), f"{given} AS {name}_given"]
        else:
            parts += [
                f"CAST(NULL AS {kinds.get(name, 'VARCHAR')}) AS {name}",
                f"CAST(NULL AS VARCHAR) AS {name}_given",
            ]
    workspace.run(f"CREATE VIEW complete AS SELECT {', '.join(parts)} FROM typed")  # noqa: S608


def _fitted(name: str) -> str:
    """Cut texts that only describe to what fits; codes that identify are refused instead."""
    if name in {"product_name", "category", "store", "full_name", "city", "country", "salutation"}:
        return f"left({name}, {LONGEST[name]}) AS {name}"
    if name in {"address", "province", "company", "tags", "notes", "given_name", "family_name"}:
        return f"left({name}, {_LONGEST_TRAIT}) AS {name}"
    return name


def make_rejected(workspace: Workspace) -> None:
    """Make the table of refused rows, beginning with those that could not even be split."""
    workspace.run(
        "CREATE TABLE rejected AS SELECT row_number, reason, CAST('' AS VARCHAR) AS detail, "
        "CAST(NULL AS BIGINT) AS line_number FROM misread"
    )
