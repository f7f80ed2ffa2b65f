"""From rows of events, or of messages another system sent, to happenings: about whom, when, what.

Leaves the table `happening` (party, message_id, kind, occurred_at, detail as JSON) beside those
about people.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from idic.identify.ingest.properties import clean_properties

from .addressed import NOBODY, address_rows, judge_rows, make_parties
from .readers import Workspace
from .reading import Decisions
from .terms import Terms

# The kinds of a message that went out through another system: any, and one with an offer in it.
SENT, OFFER_SENT = "message_sent", "offer_sent"
# Folded words by which an offer is told in a subject or campaign.
_OFFER = (
    "voucher|coupon|discount|% off|[0-9] ?%|\\bsale\\b|\\bdeal|promo|special offer|gift|free ship|"
    "khuyen mai|giam gia|uu dai|ma giam|qua tang|tang ban|tri an|freeship|"
    "优惠|券|折|满减|促销|特价|红包|秒杀|赠"
)
_LONGEST_KIND = 60
_DEEPEST_JSON = 20_000  # characters


def build_events(
    workspace: Workspace,
    terms: Terms,
    decisions: Decisions,
    *,
    fields: Sequence[str],
    observed_at: datetime,
) -> None:
    """Make all tables from `typed`: one happening a row."""
    missing = "WHEN event_name IS NULL THEN 'missing_event'"
    _judge(workspace, terms, decisions, fields, observed_at, missing=missing)
    kind = f"left(event_name, {_LONGEST_KIND})"
    _make_happenings(workspace, kind=kind, mark="file", detail=_event_detail)


def build_sends(
    workspace: Workspace,
    terms: Terms,
    decisions: Decisions,
    *,
    fields: Sequence[str],
    observed_at: datetime,
) -> None:
    """Make all tables from `typed`: one sent message a row."""
    _judge(workspace, terms, decisions, fields, observed_at, missing="")
    told = "replace(lower(strip_accents(concat_ws(' ', subject, campaign))), 'đ', 'd')"
    kind = f"CASE WHEN regexp_matches({told}, '{_OFFER}') THEN '{OFFER_SENT}' ELSE '{SENT}' END"
    _make_happenings(workspace, kind=kind, mark="sent", detail=_send_detail)


def _judge(
    workspace: Workspace,
    terms: Terms,
    decisions: Decisions,
    fields: Sequence[str],
    observed_at: datetime,
    *,
    missing: str,
) -> None:
    address_rows(workspace, terms, decisions, fields)
    now = f"TIMESTAMP '{observed_at:%Y-%m-%d %H:%M:%S}'"
    reason = f"""
        CASE WHEN occurred_at IS NULL AND occurred_at_given IS NOT NULL THEN 'wrong_date'
            WHEN occurred_at IS NULL THEN 'missing_date'
            WHEN occurred_at > {now} + INTERVAL 1 DAY THEN 'future_date'
            {missing} ELSE {NOBODY} END
    """
    detail = "CASE WHEN occurred_at IS NULL THEN occurred_at_given ELSE '' END"
    judge_rows(workspace, reason=reason, detail=detail, moment="occurred_at")
    make_parties(workspace, terms)


Detail = Callable[[dict[str, Any]], dict[str, Any]]


def _make_happenings(workspace: Workspace, *, kind: str, mark: str, detail: Detail) -> None:
    """Give every row its identity: the number its system gave, else what it says; the same said
    twice in one file are two.
    """
    workspace.run("CREATE TABLE happening_detail (row_number BIGINT, detail VARCHAR)")
    columns = ["row_number", "detail"]
    workspace.insert("happening_detail", columns, _details(workspace, detail))
    workspace.run(
        f"""
        CREATE TABLE happening AS
        SELECT row_number, party, kind, occurred_at, detail,
            CASE WHEN event_id IS NOT NULL THEN left('{mark}:' || event_id, 120)
                ELSE '{mark}:' || digest || '-' || row_number() OVER
                    (PARTITION BY digest ORDER BY row_number) END AS message_id
        FROM (SELECT t.row_number, party, {kind} AS kind, occurred_at, d.detail, event_id,
                md5(concat_ws('|', party, occurred_at, {kind}, d.detail)) AS digest
              FROM taken t JOIN happening_detail d USING (row_number))
        """  # noqa: S608 - our own names
    )
    # A number stands for one happening, however often the file has it: the last word counts.
    workspace.run(
        "DELETE FROM happening WHERE row_number NOT IN "
        "(SELECT max(row_number) FROM happening GROUP BY message_id)"
    )
    workspace.run("DROP TABLE happening_detail")


def _details(workspace: Workspace, make: Detail) -> Iterator[tuple[int, str]]:
    cursor = workspace.duck.cursor()
    cursor.execute("SELECT * FROM taken ORDER BY row_number")
    names = [column[0] for column in cursor.description or ()]
    while rows := cursor.fetchmany(5_000):
        for row in rows:
            told = dict(zip(names, row, strict=True))
            detail = clean_properties({k: v for k, v in make(told).items() if v})
            yield told["row_number"], json.dumps(detail, ensure_ascii=False, sort_keys=True)


def _event_detail(row: dict[str, Any]) -> dict[str, Any]:
    amount = row["amount"]
    plain = f"{amount:f}".rstrip("0").rstrip(".") if amount is not None else ""
    return _read_json(row["properties"]) | {
        "value": plain or ("0" if amount is not None else ""),
        "currency": row["currency"] or "",
        "name": row["detail"] or "",
    }


def _read_json(text: str | None) -> dict[str, Any]:
    """Read further details; what is no object of JSON is kept as it stands."""
    if not text:
        return {}
    try:
        read = json.loads(text) if len(text) <= _DEEPEST_JSON else None
    except (ValueError, RecursionError):
        read = None
    return read if isinstance(read, dict) else {"text": text}


def _send_detail(row: dict[str, Any]) -> dict[str, Any]:
    channel = row["channel"] or ("email" if row["email"] else "sms")
    return {
        "channel": channel if channel in {"email", "sms", "zalo"} else "",
        "subject": row["subject"] or "",
        "campaign": row["campaign"] or "",
        "status": row["delivery"] or "",
    }
