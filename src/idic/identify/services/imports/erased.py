"""Leaves people out of a file who were erased: their rows are refused, and nothing of them is kept,
neither in the report nor in the file of refused rows. Only reads the database.
"""

from __future__ import annotations

from collections import defaultdict

from idic.identify.importing.readers import Workspace
from idic.identify.importing.reading import PLACEHOLDER
from idic.identify.models import Source
from idic.identify.services.owners import CONTACT_KEYS
from idic.identify.services.tombstones import (
    Names,
    find_tombstones,
    has_tombstones,
    name_of_key,
)

ERASED = "erased"
_CONTACTS = ("email", "phone")
_ROW = "row:"
_PARTY = f"coalesce(party, '{_ROW}' || row_number)"


def leave_out_erased(
    workspace: Workspace, *, source: Source | None, numbers_of: Source | None
) -> None:
    """Take the rows of erased people out of the workspace, refused ones of theirs included. Called
    once every row has its party, before anybody is compared with those we know.
    """
    if not has_tombstones():
        return
    names = _list_names(workspace, [one for one in (source, numbers_of) if one is not None])
    found = find_tombstones(names=names)
    parties = {party for name in found for party in names[name]}
    if parties:
        _take_out(workspace, parties)


def _list_names(workspace: Workspace, sources: list[Source]) -> dict[Names, set[str]]:
    """Give how the file names each party. Rows that were refused name theirs too; a row without a
    party goes by its place.
    """
    names: dict[Names, set[str]] = defaultdict(set)
    has = _columns(workspace, "judged")
    contacts = [kind for kind in _CONTACTS if kind in has]
    rows = workspace.rows(
        f"SELECT DISTINCT {', '.join([f'{_PARTY} AS party', *contacts])} FROM judged"  # noqa: S608
    )
    for party, *addresses in rows:
        for kind, address in zip(contacts, addresses, strict=True):
            if address and not address.startswith(PLACEHOLDER):
                names[kind, address].add(party)
        _add_key(names, party, sources)
    others = workspace.rows(
        "SELECT party, type, value FROM party_identifier "
        "WHERE NOT is_placeholder AND type <> 'customer_number'"
    )
    for party, kind, value in others:
        names[kind, value].add(party)
    return names


def _add_key(names: dict[Names, set[str]], party: str, sources: list[Source]) -> None:
    if party.startswith(_ROW):
        return
    for source in sources:
        names[name_of_key(source_id=source.id, key=party)].add(party)
    if party.startswith(CONTACT_KEYS):
        kind, _separator, address = party.partition(":")
        names[kind, address].add(party)


def _take_out(workspace: Workspace, parties: set[str]) -> None:
    workspace.run("CREATE TABLE erased (party VARCHAR)")
    workspace.insert("erased", ["party"], ((party,) for party in sorted(parties)))
    position = "position" if "position" in _columns(workspace, "judged") else "NULL"
    workspace.run(
        f"CREATE TABLE erased_row AS SELECT row_number, {position} AS line_number "  # noqa: S608
        f"FROM judged WHERE {_PARTY} IN (SELECT party FROM erased)"
    )
    workspace.run("DELETE FROM rejected WHERE row_number IN (SELECT row_number FROM erased_row)")
    workspace.run(
        f"INSERT INTO rejected SELECT row_number, '{ERASED}', '', line_number FROM erased_row"  # noqa: S608
    )
    if "order_number" in _columns(workspace, "lines"):
        gone = "SELECT order_number FROM orders WHERE party IN (SELECT party FROM erased)"
        workspace.run(f"DELETE FROM lines WHERE order_number IN ({gone})")  # noqa: S608
    for table in _tables_with_party(workspace):
        workspace.run(f"DELETE FROM {table} WHERE party IN (SELECT party FROM erased)")  # noqa: S608
    workspace.run("DELETE FROM judged WHERE row_number IN (SELECT row_number FROM erased_row)")


def _tables_with_party(workspace: Workspace) -> list[str]:
    rows = workspace.rows(
        "SELECT table_name FROM duckdb_columns() JOIN duckdb_tables() "
        "USING (table_oid, table_name) WHERE column_name = 'party'"
    )
    return [name for (name,) in rows if name not in {"erased", "judged"}]


def _columns(workspace: Workspace, table: str) -> set[str]:
    rows = workspace.rows("SELECT column_name FROM duckdb_columns() WHERE table_name = ?", [table])
    return {name for (name,) in rows}
