"""What people say of a possible double: the same, two people, later; each can be taken back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from django.db import transaction
from django.utils.translation import gettext as _

from idic.identify.models import IdentityAct, IdentityLink, IdentityLogEntry, MatchPair, PairState
from idic.identify.services import identity
from idic.identify.services.identity import IdentityRefused

Verdict = Literal["same", "different", "later"]


class CannotDecide(IdentityRefused):
    """The pair cannot be decided as things are; the text is for people."""


def decide(*, pair_id: int, verdict: Verdict, actor: str, now: datetime) -> MatchPair:
    """Join the two, keep them apart for good, or put the pair off. Deciding again changes the
    decision: what the first one led to is taken back.

    Raises IdentityRefused (CannotDecide, KeptApart, ChangedMeanwhile …); then nothing has changed.
    """
    with transaction.atomic():
        pair = _lock(pair_id)
        if pair.state == verdict:
            return pair
        if pair.entry_id is not None:
            _take_back(pair, actor, now)
        pair.state, pair.decided_by, pair.decided_at = PairState(verdict), actor, now
        pair.entry_id, pair.act = _carry_out(pair, verdict, actor, now), None
        pair.save()
    return pair


def undo_decision(*, pair_id: int, actor: str, now: datetime) -> MatchPair:
    """Take a decision back: the merge is undone or the bar lifted, and the pair is open again."""
    with transaction.atomic():
        pair = _lock(pair_id)
        if pair.entry_id is not None:
            _take_back(pair, actor, now)
        reopen(pair)
    return pair


def reopen(pair: MatchPair) -> None:
    """Let a pair wait again, as if nobody had decided."""
    pair.state, pair.decided_by, pair.decided_at = PairState.OPEN, "", None
    pair.entry_id, pair.act = None, None
    pair.save()


def _lock(pair_id: int) -> MatchPair:
    rows = MatchPair.objects.select_for_update(of=("self",)).select_related("left", "right")
    pair = rows.filter(id=pair_id).first()
    if pair is None:
        raise CannotDecide(_("This pair is no longer there. Look at the list again."))
    return pair


def _carry_out(pair: MatchPair, verdict: Verdict, actor: str, now: datetime) -> int | None:
    if verdict == "later":
        return None
    evidence = evidence_of(pair)
    one, other = pair.left.customer_id, pair.right.customer_id
    if one is None or other is None:
        raise CannotDecide(_("One of the two belongs to nobody now. Look at the list again."))
    if verdict == "different":
        records = (pair.left_id, pair.right_id)
        return _keep_apart(records, actor, now, evidence).id
    if one == other:
        return None  # joined elsewhere meanwhile
    entry = identity.merge(
        customer_ids={one, other}, by="person", actor=actor, now=now, evidence=evidence
    )
    return entry.id


def _keep_apart(
    records: tuple[int, int], actor: str, now: datetime, evidence: dict[str, object]
) -> IdentityLogEntry:
    """Bar the two; that they were barred before is as good."""
    said = IdentityLink.objects.filter(
        record_id=records[0], other_record_id=records[1], kind="cannot"
    )
    known = said.select_related("entry").first()
    if known is not None:
        return known.entry
    return identity.cannot_link(
        record_ids=records, by="person", actor=actor, now=now, evidence=evidence
    )


def evidence_of(pair: MatchPair) -> dict[str, object]:
    """Give what the log keeps of why: codes and weights, never anybody's values."""
    return {
        "pair": str(pair.id),
        "model": str(pair.model_id or ""),
        "weight": round(pair.weight, 2),
        "fields": pair.evidence,
    }


def _take_back(pair: MatchPair, actor: str, now: datetime) -> None:
    entry = IdentityLogEntry.objects.filter(id=pair.entry_id or 0).first()
    if entry is None or entry.id in find_reversed([entry.id]):
        return  # gone with its people, or undone elsewhere
    if entry.act == IdentityAct.MERGE:
        identity.unmerge(entry_id=entry.id, actor=actor, now=now)
    elif entry.act == IdentityAct.CANNOT_LINK:
        identity.lift(entry_id=entry.id, actor=actor, now=now)


def find_reversed(entry_ids: Iterable[int]) -> set[int]:
    """Give those entries of the log that were taken back already."""
    rows = IdentityLogEntry.objects.filter(reverses_id__in=list(entry_ids))
    return {number for number in rows.values_list("reverses_id", flat=True) if number is not None}
