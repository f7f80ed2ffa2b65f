"""From rows of a consent list to what its people said: per address, channel and purpose, with day,
proof and wording. A list without answers is one of people who must not be written to.

Leaves the table `told_consent` beside those about people.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from .addressed import NOBODY, address_rows, is_real, judge_rows, make_parties
from .readers import Workspace
from .reading import Decisions
from .terms import Terms
from .values import ledger


def build_consents(
    workspace: Workspace,
    terms: Terms,
    decisions: Decisions,
    *,
    fields: Sequence[str],
    observed_at: datetime,
) -> None:
    """Make all tables from `typed`. What has no day was said by `observed_at` (UTC)."""
    address_rows(workspace, terms, decisions, fields)
    now = f"TIMESTAMP '{observed_at:%Y-%m-%d %H:%M:%S}'"
    reason = f"""
        CASE WHEN given_at IS NULL AND given_at_given IS NOT NULL THEN 'wrong_date'
            WHEN given_at > {now} + INTERVAL 1 DAY THEN 'future_date'
            WHEN channel = '{ledger.OTHER}' THEN 'wrong_channel'
            WHEN {_has_no_answer(fields)} THEN 'missing_answer'
            WHEN NOT {is_real("email")} AND NOT {is_real("phone")} AND party IS NOT NULL
                THEN 'missing_address'
            ELSE {NOBODY} END
    """
    detail = "CASE WHEN given_at IS NULL THEN given_at_given ELSE '' END"
    judge_rows(workspace, reason=reason, detail=detail, moment=f"coalesce(given_at, {now})")
    make_parties(workspace, terms)
    _make_told(workspace, fields)


def _has_no_answer(fields: Sequence[str]) -> str:
    """Give SQL: does the row say neither yes nor no, in a file that has answers."""
    if "answer" not in fields and "refusal" not in fields:
        return "false"
    return "answer IS NULL AND refusal IS NULL"


def _make_told(workspace: Workspace, fields: Sequence[str]) -> None:
    """One row an address, channel, purpose and moment; of two answers at once refusal wins. Where
    no channel is named, an address speaks for all channels it can be reached by.
    """
    is_list = "answer" not in fields and "refusal" not in fields
    status = (
        "'denied'"
        if is_list
        else "CASE WHEN refusal IS NOT NULL THEN 'denied' ELSE coalesce(answer, 'denied') END"
    )
    parts = " UNION ALL ".join(
        f"SELECT *, '{channel}' AS through, {address} AS address FROM taken "  # noqa: S608
        f"WHERE {is_real(address)} AND coalesce(channel, 'all') IN ('all', '{channel}')"
        for channel, address in (("email", "email"), ("sms", "phone"), ("zalo", "phone"))
    )
    workspace.run(
        f"""
        CREATE TABLE told_consent AS
        SELECT party, through AS channel, address, coalesce(purpose, 'marketing') AS purpose,
            observed_at AS given_at, bool_or(given_at IS NOT NULL) AS is_dated,
            CASE WHEN bool_or({status} = 'denied') THEN 'denied'
                WHEN bool_or({status} = 'granted') THEN 'granted' ELSE 'unknown' END AS status,
            left(coalesce(arg_max(concat_ws(' · ', refusal, proof), row_number), ''), 300) AS proof,
            left(coalesce(arg_max(wording, row_number), ''), 40) AS wording,
            min(row_number) AS row_number
        FROM ({parts}) GROUP BY ALL
        """  # noqa: S608 - our own names
    )
    # An address none of whose channels was named says nothing: a phone on a list for e-mail.
    workspace.run(
        "INSERT INTO rejected SELECT row_number, 'other_channel', '', NULL FROM taken "
        "WHERE party IS NOT NULL AND NOT EXISTS (SELECT 1 FROM told_consent t "
        "WHERE t.party = taken.party AND t.given_at = taken.observed_at)"
    )
