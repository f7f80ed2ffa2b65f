"""Files of consents and do-not-contact lists: rows for the ledger. Nothing there is overwritten: by
its day a word counts or is history, and an agreement without a day never outweighs a refusal.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC
from typing import Any

from django.utils.translation import gettext as _

from idic.identify.importing import consents
from idic.identify.importing.readers import Workspace
from idic.identify.importing.reading import Decisions
from idic.identify.models import Consent, ConsentBasis
from idic.identify.services.imports.slices import slices

from .kind import About, KindOfFile


class Consents(KindOfFile):
    """Who agreed to hear from the shop, and who refused."""

    def build(
        self, workspace: Workspace, about: About, decisions: Decisions, fields: Sequence[str]
    ) -> None:
        """Make one row an address, channel, purpose and moment."""
        consents.build_consents(
            workspace,
            about.terms,
            decisions,
            fields=fields,
            observed_at=about.now.astimezone(UTC),
        )

    def find_news(self, workspace: Workspace, about: About) -> None:
        """Add to `new_consent` what the ledger does not hold."""
        workspace.run(
            "CREATE TABLE known_word (address VARCHAR, channel VARCHAR, purpose VARCHAR, "
            "status VARCHAR, given_at TIMESTAMP)"
        )
        columns = ["address", "channel", "purpose", "status", "given_at"]
        workspace.insert("known_word", columns, _known(workspace))
        proof = _("file %(name)s") % {"name": about.request.name}
        workspace.run(
            f"""
            INSERT INTO new_consent
            SELECT p.record_id, t.address, t.channel, t.status,
                CASE t.status WHEN 'unknown' THEN '{ConsentBasis.UNKNOWN.value}'
                    ELSE '{ConsentBasis.CONSENT.value}' END AS basis,
                left(concat_ws(' · ', nullif(t.proof, ''), ?), 300) AS proof, t.given_at,
                t.purpose, t.wording
            FROM told_consent t JOIN person p USING (party)
            LEFT JOIN (SELECT address, channel, purpose, arg_max(status, given_at) AS latest,
                    max(given_at) AS latest_at,
                    list((status, date_trunc('second', given_at))) AS words
                FROM known_word GROUP BY address, channel, purpose) k
              USING (address, channel, purpose)
            WHERE k.address IS NULL
              OR (t.is_dated AND NOT list_contains(k.words, (t.status, t.given_at)))
              OR (NOT t.is_dated AND t.status <> k.latest AND t.status <> 'unknown'
                  AND k.latest <> 'denied')
            """,  # noqa: S608 - our own codes
            [proof],
        )

    def count(self, workspace: Workspace, about: About) -> dict[str, Any]:
        """Count what is new, what was known, and agreements that a refusal outlives."""
        told = workspace.count("SELECT count(*) FROM told_consent")
        new = workspace.count("SELECT count(*) FROM new_consent")
        return {
            "told": told,
            "known_words": told - new,
            "outweighed": workspace.count(_OUTWEIGHED),
            "nobody_yet": workspace.count("SELECT count(*) FROM person WHERE customer_id IS NULL"),
        }


_OUTWEIGHED = """
    SELECT count(*) FROM told_consent t
    JOIN (SELECT address, channel, purpose, arg_max(status, given_at) AS latest,
            max(given_at) AS latest_at FROM known_word GROUP BY ALL) k
      USING (address, channel, purpose)
    WHERE t.status = 'granted' AND k.latest = 'denied'
      AND (NOT t.is_dated OR t.given_at <= k.latest_at)
"""


def _known(workspace: Workspace) -> Iterator[tuple[Any, ...]]:
    if not Consent.objects.exists():
        return
    addresses = (row[0] for row in workspace.rows("SELECT DISTINCT address FROM told_consent"))
    for chunk in slices(addresses):
        rows = Consent.objects.filter(address__in=chunk)
        for *said, at in rows.values_list("address", "channel", "purpose", "status", "given_at"):
            yield *said, f"{at:%Y-%m-%d %H:%M:%S}"
