"""Writes what is new of a file into the system of record, in short transactions and unseen: new
customers are staged, every other row carries its unpublished run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache, partial
from operator import itemgetter
from typing import Any

from idic.core import bulk, ids
from idic.identify.importing.columns import Kind
from idic.identify.importing.readers import Workspace
from idic.identify.importing.terms import Terms
from idic.identify.models import (
    Consent,
    Customer,
    Identifier,
    ImportRejection,
    ImportRun,
    LifecycleStage,
    OverruledTrait,
    RecordKind,
    SourceRecord,
    Trait,
)
from idic.identify.services import golden

from .kinds import About, KindOfFile

Progress = Callable[[int, int, str], None]

_KEPT_REJECTIONS = 1_000
_RECORD_COLUMNS = ["id", "source_id", "source_key", "kind", "customer_id", "display_name"]
_RECORD_COLUMNS += ["import_run_id", "created_at"]
_CONSENT_COLUMNS = ["record_id", "address", "channel", "purpose", "status", "basis", "proof"]
_CONSENT_COLUMNS += ["given_at", "wording_version", "import_run_id", "recorded_at"]


@dataclass(slots=True)
class _Counter:
    """Adds up rows over several tables for one progress bar."""

    total: int
    progress: Progress
    before: int = 0

    def note(self, done: int) -> None:
        """Hear how far the present table is."""
        self.progress(self.before + done, self.total, "import")


def number_people(workspace: Workspace) -> tuple[int, int]:
    """Give every party its record and customer ids, new ones where it is not known; whoever a file
    is only about, and nobody knows, stays without a customer. Give the first and last id of new
    customers (an empty span when there are none).
    """
    new_customers = int(
        workspace.value(
            "SELECT count(*) FROM party LEFT JOIN match USING (party) "
            "WHERE customer_id IS NULL AND is_bringing"
        )
    )
    new_records = int(
        workspace.value(
            "SELECT count(*) FROM party LEFT JOIN match USING (party) WHERE record_id IS NULL"
        )
    )
    customers, records = ids.new_ids(new_customers), ids.new_ids(new_records)
    workspace.run(
        """
        CREATE TABLE person AS
        SELECT party, first_row, first_at, last_at, party.kind,
            m.record_id IS NULL AS is_new_record,
            m.customer_id IS NULL AND is_bringing AS is_new_customer,
            coalesce(m.record_id, ? + row_number() OVER
                (PARTITION BY m.record_id IS NULL ORDER BY first_row) - 1) AS record_id,
            coalesce(m.customer_id, CASE WHEN is_bringing THEN ? + row_number() OVER
                (PARTITION BY m.customer_id IS NULL AND is_bringing ORDER BY first_row) - 1 END)
                AS customer_id
        FROM party LEFT JOIN match m USING (party) ORDER BY first_row
        """,
        [records.start, customers.start],
    )
    return customers.start, customers.stop - 1


def stage(
    workspace: Workspace, *, run: ImportRun, about: About, kind: KindOfFile, progress: Progress
) -> None:
    """Write all new rows. What the kind of file has beyond people comes last: most of the work."""
    counter = _Counter(_count(workspace) + kind.weigh(workspace), progress)
    _stage_people(workspace, run, about.terms, about.now, counter)
    _stage_facts(workspace, run, about.now, counter)
    _stage_overruled(workspace, run)
    kind.stage(workspace, run, about, partial(_insert, counter))
    _stage_rejections(workspace, run)


def _count(workspace: Workspace) -> int:
    tables = ["new_trait", "new_identifier", "new_consent"]
    total = sum(int(workspace.value(f"SELECT count(*) FROM {name}")) for name in tables)  # noqa: S608
    return total + int(
        workspace.value(
            "SELECT count(*) FILTER (is_new_record) + count(*) FILTER (is_new_customer) FROM person"
        )
    )


def _insert(
    counter: _Counter, model: Any, columns: Sequence[str], rows: Iterator[tuple[Any, ...]]
) -> None:
    written = 0

    def note(done: int) -> None:
        nonlocal written
        written = done
        counter.note(done)

    bulk.insert_rows(model, columns, rows, progress=note)
    counter.before += written


def _stage_people(
    workspace: Workspace, run: ImportRun, terms: Terms, now: datetime, counter: _Counter
) -> None:
    stage_of_life = (
        LifecycleStage.CUSTOMER
        if terms.kind in {Kind.ORDERS, Kind.ACCOUNTS}
        else LifecycleStage.PROSPECT
    )
    columns = ["is_company", *golden.COLUMNS]
    shown_as, is_demo = itemgetter(*columns), _is_demo(run)
    _insert(
        counter,
        Customer,
        ["id", "is_staged", "is_demo", "created_at", "lifecycle_stage", *columns],
        (
            (key, True, is_demo, now, stage_of_life, *shown_as(shown))
            for key, shown in _new_customers(workspace)
        ),
    )
    _insert(
        counter,
        SourceRecord,
        _RECORD_COLUMNS,
        (
            (record_id, run.source_id, party, kind, owner, name or "", run.id, now)
            for record_id, party, owner, name, kind in workspace.rows(
                f"""
                SELECT record_id, party, customer_id,
                    left(CASE WHEN kind = 'company' THEN c.value ELSE n.value END, 200),
                    CASE WHEN kind = 'company' OR (c.value IS NOT NULL AND n.value IS NULL)
                            THEN '{RecordKind.COMPANY.value}'
                        WHEN customer_id IS NULL AND kind = 'contact'
                            THEN '{RecordKind.ADDRESS.value}'
                        ELSE '{RecordKind.PERSON.value}' END
                FROM person
                LEFT JOIN (SELECT * FROM party_trait WHERE name = 'name') n USING (party)
                LEFT JOIN (SELECT * FROM party_trait WHERE name = 'company') c USING (party)
                WHERE is_new_record ORDER BY record_id
                """  # noqa: S608 - our own codes
            )
        ),
    )


def _is_demo(run: ImportRun) -> bool:
    return run.source is not None and run.source.is_demo


def _new_customers(workspace: Workspace) -> Iterator[tuple[int, dict[str, Any]]]:
    rows = workspace.rows(
        """
        SELECT customer_id, name, value FROM person LEFT JOIN party_trait USING (party)
        WHERE is_new_customer ORDER BY customer_id
        """
    )
    current: int | None = None
    values: dict[str, str] = {}
    for customer_id, name, value in rows:
        if customer_id != current:
            if current is not None:
                yield current, golden.columns_of(values)
            current, values = customer_id, {}
        if name is not None:
            values[name] = value
    if current is not None:
        yield current, golden.columns_of(values)


def _stage_facts(workspace: Workspace, run: ImportRun, now: datetime, counter: _Counter) -> None:
    _insert(
        counter,
        Identifier,
        ["record_id", "type", "value", "as_given", "is_placeholder", "import_run_id", "created_at"],
        (
            (*row, run.id, now)
            for row in workspace.rows(
                "SELECT record_id, type, left(value, 254), left(as_given, 254), is_placeholder "
                "FROM new_identifier ORDER BY record_id"
            )
        ),
    )
    _insert(
        counter,
        Trait,
        ["record_id", "name", "value", "observed_at", "import_run_id"],
        (
            (record_id, name, value, _utc(observed_at), run.id)
            for record_id, name, value, observed_at in workspace.rows(
                "SELECT record_id, name, left(value, 500), observed_at FROM new_trait "
                "ORDER BY record_id, name"
            )
        ),
    )
    _insert(
        counter,
        Consent,
        _CONSENT_COLUMNS,
        (
            (*row[:7], _utc(row[7]), row[8], run.id, now)
            for row in workspace.rows(
                "SELECT record_id, address, channel, purpose, status, basis, proof, given_at, "
                "wording FROM new_consent ORDER BY record_id, given_at"
            )
        ),
    )


def _stage_overruled(workspace: Workspace, run: ImportRun) -> None:
    rows = workspace.rows("SELECT DISTINCT trait_id FROM new_overruled ORDER BY 1")
    bulk.insert_rows(OverruledTrait, ["trait_id", "run_id"], ((row[0], run.id) for row in rows))


def _stage_rejections(workspace: Workspace, run: ImportRun) -> None:
    """Keep the first refusals to show; the error file has them all."""
    bulk.insert_rows(
        ImportRejection,
        ["run_id", "row_number", "reason", "detail"],
        (
            (run.id, *row)
            for row in workspace.rows(
                "SELECT row_number, reason, left(detail, 300) FROM rejected "
                "ORDER BY row_number LIMIT ?",
                [_KEPT_REJECTIONS],
            )
        ),
    )


@lru_cache(maxsize=1_024)  # rows of one file share their moments
def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC)
