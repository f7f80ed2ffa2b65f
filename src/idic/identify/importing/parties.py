"""Who the rows of a file are about: the key each person goes by in it, and what it says of them.

Leaves the tables `party` (one row a person), `party_trait`, `party_identifier` and
`party_consent`.
"""

from __future__ import annotations

from collections.abc import Sequence

from .columns import BRINGS_PEOPLE, CHANNELS, FIELDS, Kind
from .readers import Workspace
from .reading import PLACEHOLDER
from .terms import Terms

# Field of a file → name of the trait it becomes.
TRAITS = {"full_name": "name", "notes": "note"}

# Fields that may be unreadable, and what an unreadable one must hold to be worth keeping.
_READABLE = {"phone": "[0-9]{3}", "email": "[@＠]|[(]at[)]", "birth_date": "[0-9]{2}|月"}

# SQL over one row of `complete`: is it about nobody, and which key does the person go by.
IS_NOBODY = (
    f"(coalesce(starts_with(full_name, '{PLACEHOLDER}'), false) "
    f"OR coalesce(starts_with(customer_key, '{PLACEHOLDER}'), false))"
)
_REAL_PHONE = f"(phone IS NOT NULL AND NOT starts_with(phone, '{PLACEHOLDER}'))"
_REAL_EMAIL = f"(email IS NOT NULL AND NOT starts_with(email, '{PLACEHOLDER}'))"
PARTY = (
    f"CASE WHEN {IS_NOBODY} THEN NULL WHEN customer_key IS NOT NULL THEN customer_key "
    f"WHEN {_REAL_PHONE} THEN 'phone:' || phone WHEN {_REAL_EMAIL} THEN 'email:' || email END"
)
PARTY_KIND = (
    "CASE WHEN customer_key IS NOT NULL THEN 'key' "
    f"WHEN {_REAL_PHONE} THEN 'phone' WHEN {_REAL_EMAIL} THEN 'email' END"
)


def make_aliases(workspace: Workspace, *, rows: str) -> None:
    """Make the table `alias`: a person known here by phone or e-mail alone, whose phone or e-mail
    belongs to exactly one better-keyed person of the same file, is that person.
    """
    workspace.run("CREATE TABLE alias (party VARCHAR, is_party VARCHAR)")
    for kind, real in (("phone", _REAL_PHONE), ("email", _REAL_EMAIL)):
        better = "('key')" if kind == "phone" else "('key', 'phone')"
        workspace.run(
            f"""
            INSERT INTO alias
            SELECT '{kind}:' || {kind}, min(coalesce(alias.is_party, rows.party))
            FROM {rows} AS rows LEFT JOIN alias ON alias.party = rows.party
            WHERE {real} AND party_kind IN {better} AND rows.party IS NOT NULL
              AND '{kind}:' || {kind} IN (SELECT party FROM {rows} WHERE party_kind = '{kind}')
            GROUP BY {kind} HAVING count(DISTINCT coalesce(alias.is_party, rows.party)) = 1
            """  # noqa: S608 - our own names
        )


def make_parties(workspace: Workspace, terms: Terms, *, rows: str, fields: Sequence[str]) -> None:
    """Make the tables about people from rows that hold `party`, `observed_at` and the fields."""
    _make_identifiers(workspace, rows, fields)
    _make_traits(workspace, terms, rows, fields)
    _make_consents(workspace, terms, rows, fields)
    workspace.run(
        f"""
        CREATE TABLE party AS
        SELECT party, min(row_number) AS first_row, min(observed_at) AS first_at,
            max(observed_at) AS last_at,
            CASE WHEN starts_with(party, 'phone:') OR starts_with(party, 'email:')
                 THEN 'contact' ELSE 'key' END AS kind,
            {terms.kind in BRINGS_PEOPLE} AS is_bringing
        FROM {rows} WHERE party IS NOT NULL GROUP BY party ORDER BY first_row
        """  # noqa: S608 - our own names
    )


def _make_identifiers(workspace: Workspace, rows: str, fields: Sequence[str]) -> None:
    selects = [
        f"""
        SELECT party, '{kind}' AS type, ltrim({kind}, '{PLACEHOLDER}') AS value,
            left(min({kind}_given), 254) AS as_given,
            starts_with({kind}, '{PLACEHOLDER}') AS is_placeholder
        FROM {rows} WHERE party IS NOT NULL AND {kind} IS NOT NULL GROUP BY party, {kind}
        """  # noqa: S608 - our own names
        for kind in ("email", "phone")
    ]
    if "card_number" in fields:
        selects.append(
            f"""
            SELECT party, 'card', card_number, min(card_number), false FROM {rows}
            WHERE party IS NOT NULL AND card_number IS NOT NULL GROUP BY party, card_number
            """  # noqa: S608 - our own names
        )
    selects.append(
        f"""
        SELECT DISTINCT party, 'customer_number', party, party, false FROM {rows}
        WHERE party IS NOT NULL AND NOT starts_with(party, 'phone:')
          AND NOT starts_with(party, 'email:')
        """  # noqa: S608 - our own names
    )
    workspace.run(f"CREATE TABLE party_identifier AS {' UNION ALL '.join(selects)}")


def _make_traits(workspace: Workspace, terms: Terms, rows: str, fields: Sequence[str]) -> None:
    """Keep of each field its latest value a person."""
    workspace.run(
        "CREATE TABLE party_trait "
        "(party VARCHAR, name VARCHAR, value VARCHAR, observed_at TIMESTAMP)"
    )
    mapped = [f.name for f in FIELDS[Kind(terms.kind)] if f.is_trait and f.name in fields]
    for field in mapped:
        value = f"CAST({field} AS VARCHAR)"
        workspace.run(
            f"""
            INSERT INTO party_trait
            SELECT party, '{TRAITS.get(field, field)}',
                arg_max({value}, (observed_at, row_number)), max(observed_at)
            FROM {rows} WHERE party IS NOT NULL AND {field} IS NOT NULL
              AND NOT starts_with({value}, '{PLACEHOLDER}')
            GROUP BY party
            """  # noqa: S608 - our own names
        )
    for field in (name for name in _READABLE if name in fields):
        _keep_unread(workspace, rows, field)
    if "full_name" not in fields and {"given_name", "family_name"} & set(fields):
        _join_names(workspace, terms)


def _keep_unread(workspace: Workspace, rows: str, field: str) -> None:
    """Keep what a file wrote where a value should be and could not be read as one: cleaning may
    find it in there.
    """
    workspace.run(
        f"""
        INSERT INTO party_trait
        SELECT party, 'unread_{field}', left(arg_max({field}_given, row_number), 500),
            max(observed_at)
        FROM {rows} WHERE party IS NOT NULL AND {field} IS NULL
          AND regexp_matches({field}_given, '{_READABLE[field]}')
        GROUP BY party
        """  # noqa: S608 - our own names
    )


def _join_names(workspace: Workspace, terms: Terms) -> None:
    """Put given and family names together in the order their bearers say them."""
    is_family_first = terms.language.startswith(("vi", "zh"))
    parts = ("family, given") if is_family_first else ("given, family")
    workspace.run(
        f"""
        INSERT INTO party_trait
        SELECT party, 'name',
            CASE WHEN regexp_matches(coalesce(family, '') || coalesce(given, ''), '[一-鿿]')
                 THEN coalesce(family, '') || coalesce(given, '')
                 ELSE left(concat_ws(' ', {parts}), 200) END, observed_at
        FROM (SELECT party, max(observed_at) AS observed_at,
                any_value(value) FILTER (name = 'given_name') AS given,
                any_value(value) FILTER (name = 'family_name') AS family
              FROM party_trait WHERE name IN ('given_name', 'family_name') GROUP BY party)
        """  # noqa: S608 - our own names
    )


def _make_consents(workspace: Workspace, terms: Terms, rows: str, fields: Sequence[str]) -> None:
    """Say for each address of each channel whether its owner agreed: as a column of the file has
    it, else as the terms of the import declare.
    """
    workspace.run(
        "CREATE TABLE party_consent (party VARCHAR, channel VARCHAR, address VARCHAR, "
        "status VARCHAR, is_from_column BOOLEAN, reason VARCHAR)"
    )
    for channel in CHANNELS:
        address, column = "email" if channel == "email" else "phone", f"consent_{channel}"
        is_asked, refusal = column in fields, f"refusal_{channel}"
        has_refusals = refusal in fields
        if address not in fields or not (is_asked or has_refusals or channel in terms.consents):
            continue
        declared = terms.consents[channel].status if channel in terms.consents else "unknown"
        answer = column if is_asked else "CAST(NULL AS BOOLEAN)"
        reason = refusal if has_refusals else "CAST(NULL AS VARCHAR)"
        workspace.run(
            f"""
            INSERT INTO party_consent
            SELECT party, '{channel}', {address},
                CASE WHEN reason IS NOT NULL THEN 'denied' WHEN answer THEN 'granted'
                    WHEN NOT answer THEN 'denied' ELSE ? END,
                answer IS NOT NULL OR reason IS NOT NULL, reason
            FROM (SELECT party, {address}, arg_max({answer}, row_number) AS answer,
                    arg_max({reason}, row_number) AS reason FROM {rows}
                  WHERE party IS NOT NULL AND {address} IS NOT NULL
                    AND NOT starts_with({address}, '{PLACEHOLDER}') GROUP BY party, {address})
            """,  # noqa: S608 - our own names
            [declared],
        )
