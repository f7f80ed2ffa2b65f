"""Whom the people of a file are, compared with those we know: by their key in the same source, by
the numbers of another source, or by a phone or e-mail that belongs to exactly one customer.

Leaves the table `match` in the workspace: party, record_id, customer_id, how. Only reads.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from idic.identify.importing.columns import Kind
from idic.identify.importing.readers import Workspace
from idic.identify.models import Customer, Identifier, RecordKind, Source, SourceRecord
from idic.identify.services.owners import find_keyed, find_owners

from .known_companies import find_companies
from .slices import slices


def match_parties(
    workspace: Workspace,
    *,
    source: Source | None,
    numbers_of: Source | None,
    kind: Kind,
    is_demo: bool = False,
) -> None:
    """Find the record and the customer of every party that is known already. Nobody real is ever
    taken for somebody of the sample shop, nor the other way round.
    """
    workspace.run(
        "CREATE TABLE match (party VARCHAR, record_id BIGINT, customer_id BIGINT, how VARCHAR)"
    )
    if source is not None:
        _insert(workspace, _by_record(workspace, source, how="known"))
        if kind in {Kind.CUSTOMERS, Kind.COMPANIES}:
            find_companies(workspace, source=source)
    if numbers_of is not None and numbers_of != source:
        found = _by_record(workspace, numbers_of, how="number")
        _insert(workspace, ((party, None, owner, how) for party, _id, owner, how in found))
    if Identifier.objects.exists():
        _insert(workspace, _by_identifier(workspace, source, is_demo))


def _insert(workspace: Workspace, rows: Iterator[tuple[str, int | None, int | None, str]]) -> None:
    # Ids travel as text: a column of them may hold empty cells.
    columns = ["party", "record_id", "customer_id", "how"]
    workspace.insert("match", columns, (tuple(map(_as_text, row)) for row in rows))


def _as_text(value: str | int | None) -> str | None:
    return None if value is None else str(value)


def _unmatched(workspace: Workspace, *, is_keyed: bool = False) -> Iterator[str]:
    condition = "AND kind <> 'contact'" if is_keyed else ""
    rows = workspace.rows(
        "SELECT party FROM party WHERE party NOT IN (SELECT party FROM match) "  # noqa: S608
        f"{condition} ORDER BY first_row"
    )
    return (row[0] for row in rows)


def _by_record(
    workspace: Workspace, source: Source, *, how: str
) -> Iterator[tuple[str, int | None, int | None, str]]:
    records = SourceRecord.objects.filter(source=source)
    if not records.exists():
        return
    for keys in slices(list(_unmatched(workspace))):
        found = records.filter(source_key__in=keys)
        for key, record_id, customer_id in found.values_list("source_key", "id", "customer_id"):
            if customer_id is not None or how == "known":
                yield key, record_id, customer_id, how


def _by_identifier(
    workspace: Workspace, source: Source | None, is_demo: bool
) -> Iterator[tuple[str, int | None, int | None, str]]:
    """Match by values that point at one customer only, and never two keys of a file to one."""
    owners: dict[str, set[int]] = defaultdict(set)
    for batch in slices(_values(workspace)):
        parties: dict[tuple[str, str], list[str]] = defaultdict(list)
        for party, kind, value in batch:
            parties[kind, value].append(party)
        for pair, customers in find_owners(addresses=parties, is_demo=is_demo).items():
            if len(customers) == 1:
                for party in parties[pair]:
                    owners[party] |= customers
    sure = {party: next(iter(found)) for party, found in owners.items() if len(found) == 1}
    taken = find_keyed(source=source, customer_ids=sure.values())
    sure = _of_one_sort(workspace, sure)
    keyed = set(_unmatched(workspace, is_keyed=True))
    claims: dict[int, int] = defaultdict(int)
    for party, customer_id in sure.items():
        claims[customer_id] += party in keyed
    for party, customer_id in sure.items():
        is_contested = party in keyed and (customer_id in taken or claims[customer_id] > 1)
        if not is_contested:
            yield party, None, customer_id, "contact"


def _of_one_sort(workspace: Workspace, sure: dict[str, int]) -> dict[str, int]:
    """Leave out companies taken for persons and persons for companies: a contact's phone is often
    the switchboard.
    """
    parties = {row[0] for row in workspace.rows("SELECT party FROM party WHERE kind = 'company'")}
    companies: set[int] = set()
    for chunk in slices(set(sure.values())):
        records = SourceRecord.objects.filter(customer_id__in=chunk, kind=RecordKind.COMPANY)
        named = records.filter(source_key__startswith="company")
        companies |= {key for key in named.values_list("customer_id", flat=True) if key}
        if parties:
            legal = Customer.objects.filter(id__in=chunk, is_company=True)
            companies |= set(legal.values_list("id", flat=True))
    return {
        party: owner for party, owner in sure.items() if (party in parties) == (owner in companies)
    }


def _values(workspace: Workspace) -> Iterator[tuple[str, str, str]]:
    return workspace.rows(
        "SELECT party, type, value FROM party_identifier WHERE NOT is_placeholder "
        "AND type <> 'customer_number' AND party NOT IN (SELECT party FROM match) "
        "ORDER BY type, value, party"
    )
