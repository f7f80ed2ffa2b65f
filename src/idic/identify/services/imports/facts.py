"""Which of a file's statements about people are news: traits, identifiers and consents we do not
hold yet. Leaves `new_trait`, `new_identifier` and `new_consent` in the workspace. Only reads.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from idic.identify.importing.columns import CHANNELS
from idic.identify.importing.readers import Workspace
from idic.identify.importing.terms import ConsentTerms, Terms
from idic.identify.models import Consent, Identifier, Purpose, Trait
from idic.identify.services.cleaning.reading import find_cleaned

from .rules import apply_rules
from .slices import slices


def find_news(workspace: Workspace, *, terms: Terms, now: datetime, file_name: str) -> None:
    """Make the three tables, from `person` and what the file says of each party."""
    known = [
        row[0] for row in workspace.rows("SELECT record_id FROM person WHERE NOT is_new_record")
    ]
    _find_new_traits(workspace, known)
    _find_new_identifiers(workspace, known)
    apply_rules(workspace, terms=terms)
    _find_new_consents(workspace, terms, now, file_name)


def _find_new_traits(workspace: Workspace, known: list[int]) -> None:
    """A value is news when nobody gave it for this record, or when it is newer than the one that
    has replaced it since: the same file again says nothing new.
    """
    workspace.run(
        "CREATE TABLE known_trait (record_id BIGINT, name VARCHAR, value VARCHAR, "
        "observed_at TIMESTAMP)"
    )
    columns = ["record_id", "name", "value", "observed_at"]
    workspace.insert("known_trait", columns, _known_traits(known))
    workspace.run(
        """
        CREATE TABLE new_trait AS
        SELECT p.record_id, t.name, t.value, t.observed_at, p.customer_id, p.is_new_customer
        FROM party_trait t JOIN person p USING (party)
        LEFT JOIN (SELECT record_id, name, arg_max(value, observed_at) AS latest,
                     max(observed_at) AS latest_at FROM known_trait GROUP BY record_id, name) k
          ON k.record_id = p.record_id AND k.name = t.name
        WHERE k.record_id IS NULL
          OR NOT EXISTS (SELECT 1 FROM known_trait s WHERE s.record_id = p.record_id
                AND s.name = t.name AND s.value = left(t.value, 500))
          OR (k.latest <> left(t.value, 500) AND t.observed_at > k.latest_at)
        """
    )


def _known_traits(records: list[int]) -> Iterator[tuple[str, str, str, str]]:
    for chunk in slices(records):
        rows = Trait.objects.filter(record_id__in=chunk)
        # What cleaning made of a value is not what the source said: it would look like news.
        cleaned = find_cleaned(record_ids=chunk)
        for key, record_id, name, value, at in rows.values_list(
            "id", "record_id", "name", "value", "observed_at"
        ):
            if key in cleaned:
                continue
            yield str(record_id), name, value, f"{at:%Y-%m-%d %H:%M:%S}"


def _find_new_identifiers(workspace: Workspace, known: list[int]) -> None:
    workspace.run("CREATE TABLE known_identifier (record_id BIGINT, type VARCHAR, value VARCHAR)")
    workspace.insert("known_identifier", ["record_id", "type", "value"], _known_identifiers(known))
    workspace.run(
        """
        CREATE TABLE new_identifier AS
        SELECT p.record_id, i.type, i.value, coalesce(any_value(i.as_given), '') AS as_given,
            bool_or(i.is_placeholder) AS is_placeholder,
            any_value(p.customer_id) AS customer_id, any_value(p.is_new_customer) AS is_new_customer
        FROM party_identifier i JOIN person p USING (party)
        WHERE NOT EXISTS (SELECT 1 FROM known_identifier k WHERE k.record_id = p.record_id
            AND k.type = i.type AND k.value = i.value)
        GROUP BY p.record_id, i.type, i.value
        """
    )


def _known_identifiers(records: list[int]) -> Iterator[tuple[str, str, str]]:
    for chunk in slices(records):
        rows = Identifier.objects.filter(record_id__in=chunk)
        for record_id, kind, value in rows.values_list("record_id", "type", "value"):
            yield str(record_id), kind, value


def _find_new_consents(workspace: Workspace, terms: Terms, now: datetime, file_name: str) -> None:
    """The ledger takes what it does not hold; a refusal is never overruled by a file unless the
    file's agreement is younger than it.
    """
    workspace.run(
        "CREATE TABLE consent_terms (channel VARCHAR, is_from_column BOOLEAN, status VARCHAR, "
        "basis VARCHAR, proof VARCHAR, given_at VARCHAR)"
    )
    workspace.insert(
        "consent_terms",
        ["channel", "is_from_column", "status", "basis", "proof", "given_at"],
        _consent_terms(terms, now, file_name),
    )
    workspace.run(
        "CREATE TABLE known_consent (address VARCHAR, channel VARCHAR, status VARCHAR, "
        "given_at TIMESTAMP)"
    )
    columns = ["address", "channel", "status", "given_at"]
    workspace.insert("known_consent", columns, _known_consents(workspace))
    workspace.run(
        f"""
        CREATE TABLE new_consent AS
        SELECT p.record_id, c.address, c.channel, c.status, t.basis,
            left(concat_ws(' · ', c.reason, t.proof), 300) AS proof,
            CAST(t.given_at AS TIMESTAMP) AS given_at,
            '{Purpose.MARKETING.value}' AS purpose, '' AS wording
        FROM party_consent c JOIN person p USING (party)
        JOIN consent_terms t ON t.channel = c.channel AND t.status = c.status
          AND t.is_from_column = c.is_from_column
        LEFT JOIN (SELECT address, channel, arg_max(status, given_at) AS latest,
                max(given_at) AS latest_at FROM known_consent GROUP BY address, channel) k
          ON k.address = c.address AND k.channel = c.channel
        WHERE k.address IS NULL
          OR (k.latest <> c.status AND c.status <> 'unknown'
              AND (c.status = 'denied' OR k.latest <> 'denied'
                   OR CAST(t.given_at AS TIMESTAMP) > k.latest_at))
        """  # noqa: S608 - our own code
    )


def _consent_terms(
    terms: Terms, now: datetime, file_name: str
) -> Iterator[tuple[str, str, str, str, str, str]]:
    for channel in CHANNELS:
        declared = terms.consents.get(channel, ConsentTerms())
        day = _moment(declared, terms, now)
        proof = declared.proof or _("file %(name)s") % {"name": file_name}
        yield channel, "false", declared.status, declared.basis, proof[:300], day
        for answer in ("granted", "denied"):
            basis = declared.basis if declared.basis != "unknown" else "consent"
            yield channel, "true", answer, basis, proof[:300], day


def _moment(declared: ConsentTerms, terms: Terms, now: datetime) -> str:
    if declared.given_on is None:
        return f"{now.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
    local = datetime.combine(declared.given_on, time(), tzinfo=ZoneInfo(terms.time_zone))
    return f"{local.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def _known_consents(workspace: Workspace) -> Iterator[tuple[Any, ...]]:
    if not Consent.objects.exists():
        return
    addresses = (row[0] for row in workspace.rows("SELECT DISTINCT address FROM party_consent"))
    for chunk in slices(addresses):
        rows = Consent.objects.filter(address__in=chunk, purpose=Purpose.MARKETING)
        for address, channel, status, at in rows.values_list(
            "address", "channel", "status", "given_at"
        ):
            yield address, channel, status, f"{at:%Y-%m-%d %H:%M:%S}"
