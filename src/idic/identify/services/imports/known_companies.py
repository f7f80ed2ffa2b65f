"""Which companies of a file its source knows already under another key: by the number it gave them
since, or by a name that is one company's alone there. Only reads.
"""

from __future__ import annotations

from collections.abc import Iterator

from idic.identify.importing.companies import BY_KEY, BY_NAME, folded
from idic.identify.importing.readers import Workspace
from idic.identify.models import Identifier, IdentifierType, RecordKind, Source, SourceRecord


def find_companies(workspace: Workspace, *, source: Source) -> None:
    """Add to `match` the companies that are known by number or name."""
    waiting = "party.kind = 'company' AND party NOT IN (SELECT party FROM match)"
    if not workspace.value(f"SELECT count(*) FROM party WHERE {waiting}"):  # noqa: S608
        return
    workspace.run(
        "CREATE TABLE known_company (record_id VARCHAR, customer_id VARCHAR, source_key VARCHAR, "
        "number VARCHAR, name VARCHAR)"
    )
    columns = ["record_id", "customer_id", "source_key", "number", "name"]
    workspace.insert("known_company", columns, _known(source))
    workspace.run(
        f"""
        INSERT INTO match
        SELECT party, min(record_id), min(customer_id), 'known'
        FROM party JOIN known_company k ON k.number = substr(party, {len(BY_KEY) + 1})
            OR k.source_key = substr(party, {len(BY_KEY) + 1})
        WHERE starts_with(party, '{BY_KEY}') AND {waiting}
        GROUP BY party HAVING count(DISTINCT record_id) = 1
        """  # noqa: S608 - our own words
    )
    # A company with a number of its own is never taken for a namesake with another.
    workspace.run(
        f"""
        INSERT INTO match
        SELECT party, min(k.record_id), min(k.customer_id), 'known'
        FROM party JOIN (SELECT party, {folded("value")} AS name FROM party_trait
                         WHERE name = 'company') t USING (party)
        JOIN (SELECT *, {folded("name")} AS plain FROM known_company) k ON k.plain = t.name
        WHERE {waiting} AND (starts_with(party, '{BY_NAME}') OR k.number IS NULL)
        GROUP BY party HAVING count(DISTINCT k.record_id) = 1
        """  # noqa: S608 - our own words
    )


def _known(source: Source) -> Iterator[tuple[str, str | None, str, str | None, str]]:
    numbers = Identifier.objects.filter(
        record__source=source,
        record__kind=RecordKind.COMPANY,
        type=IdentifierType.CUSTOMER_NUMBER,
    )
    by_record = dict(numbers.values_list("record_id", "value"))
    records = SourceRecord.objects.filter(source=source, kind=RecordKind.COMPANY)
    for key, owner, source_key, name in records.values_list(
        "id", "customer_id", "source_key", "display_name"
    ):
        yield str(key), str(owner) if owner else None, source_key, by_record.get(key), name
