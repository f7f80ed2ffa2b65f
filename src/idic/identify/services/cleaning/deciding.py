"""Decisions on proposals: accept one or all, let be, undo exactly. An accepted value is a trait of
its own beside the one it was made from, with the same weight: what the source says later counts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F, QuerySet

from idic.core import bulk, ids
from idic.core.jobs import publish
from idic.core.services import audit
from idic.identify.cleaning import NOTED
from idic.identify.events import CustomersChanged
from idic.identify.models import (
    ActKind,
    ActState,
    CleaningAct,
    CleaningProposal,
    ProposalState,
)
from idic.identify.services.search_index import reindex

from .writing import put_back, put_right

Progress = Callable[[int, int], None]

# Below it a proposal is looked at singly: "all" leaves it alone.
SURE = 0.8
_FIRST_ROWS, _LEAST_ROWS = 40, 10
# What the search knows of people.
_SEARCHED = frozenset({"name", "phone", "email"})


def list_open(*, reason: str) -> QuerySet[CleaningProposal]:
    """Give the open proposals of a reason."""
    return CleaningProposal.objects.filter(state=ProposalState.OPEN, reason=reason)


def list_sure(*, reason: str) -> QuerySet[CleaningProposal]:
    """Give those that “all” means: what is only worth knowing has nothing to accept."""
    rows = list_open(reason=reason).filter(confidence__gte=SURE)
    return rows.none() if reason in NOTED else rows


def begin(*, kind: str, reason: str, actor: str, now: datetime) -> CleaningAct:
    """Note a decision on all proposals of a reason; `carry_out` does it."""
    return CleaningAct.objects.create(
        kind=kind, reason=reason, state=ActState.RUNNING, actor=actor, at=now
    )


def carry_out(*, act: CleaningAct, now: datetime, progress: Progress | None = None) -> CleaningAct:
    """Do a decision on all proposals of its reason, some at a time. Run again after a crash, it
    goes on; undone meanwhile, it stops.
    """
    rows = list_sure if act.kind == ActKind.ACCEPT else list_open
    # Proposals that come up while it runs wait for the next decision.
    todo = rows(reason=act.reason).filter(made_at__lte=act.at)
    todo = todo.order_by("-confidence", "id")  # as the index has them: no sorting a slice
    total, done, pacer = todo.count(), 0, bulk.Pacer(rows=_FIRST_ROWS, least=_LEAST_ROWS)
    while chunk := list(todo.values_list("id", flat=True)[: min(pacer.rows, 200)]):
        with bulk.hold(pacer=pacer, rows=len(chunk)):
            current = CleaningAct.objects.select_for_update().get(id=act.id)
            if current.state != ActState.RUNNING:
                return current
            current.count += _decide(current, chunk, now)
            current.save(update_fields=["count"])
        done += len(chunk)
        if progress is not None:
            progress(min(done, total), total)
    return _close(act, now)


def decide(
    *, kind: str, proposal_ids: Sequence[int], actor: str, now: datetime
) -> CleaningAct | None:
    """Accept or let be a few proposals at once; None when none of them is open any more."""
    with transaction.atomic():
        is_accepted = kind == ActKind.ACCEPT
        rows = CleaningProposal.objects.filter(id__in=proposal_ids).order_by("id")
        proposals = [
            one
            for one in rows
            if one.state == ProposalState.OPEN and not (is_accepted and one.reason in NOTED)
        ]
        if not proposals:
            return None
        reason = proposals[0].reason
        act = CleaningAct.objects.create(kind=kind, reason=reason, actor=actor, at=now)
        act.count = _decide(act, [one.id for one in proposals], now)
        act.save(update_fields=["count"])
        _record(act, now)
    return act


def _decide(act: CleaningAct, proposal_ids: Sequence[int], now: datetime) -> int:
    # By id alone: with the state besides, SQLite would rather walk all that are open.
    chosen = CleaningProposal.objects.select_for_update().filter(id__in=proposal_ids)
    proposals = [one for one in chosen.order_by("id") if one.state == ProposalState.OPEN]
    if act.kind == ActKind.DISMISS:
        decided = CleaningProposal.objects.filter(id__in=[one.id for one in proposals])
        decided.update(state=ProposalState.DISMISSED, act=act)
        return len(proposals)
    written = put_right(proposals=proposals, now=now)
    for proposal in proposals:
        if proposal.id in written:
            proposal.state, proposal.act = ProposalState.ACCEPTED, act
            proposal.written = written[proposal.id]
    CleaningProposal.objects.bulk_update(
        [one for one in proposals if one.id in written], ["state", "act", "written"]
    )
    # The value changed since it was looked at: what is proposed for it is no longer so.
    stale = [one.id for one in proposals if one.id not in written]
    CleaningProposal.objects.filter(id__in=stale).delete()
    _tell([one for one in proposals if one.id in written])
    return len(written)


def apply_again(*, proposal_ids: Sequence[int], now: datetime) -> None:
    """Put right what came back as it was before somebody accepted its being put right."""
    with bulk.hold():
        rows = CleaningProposal.objects.select_for_update().filter(id__in=proposal_ids)
        proposals = [one for one in rows.order_by("id") if one.state == ProposalState.ACCEPTED]
        written = put_right(proposals=proposals, now=now)
        for proposal in proposals:
            if proposal.id in written:
                new, old = written[proposal.id], proposal.written
                for kind in ("traits", "identifiers", "consents"):
                    new[kind] = [*old.get(kind, []), *new[kind]]
                # What stood there before the first time is what undoing gives back.
                new["columns"] = old.get("columns") or new["columns"]
                proposal.written = new
                proposal.save(update_fields=["written"])
        _tell([one for one in proposals if one.id in written])


def undo(*, act_id: int, actor: str, now: datetime, progress: Progress | None = None) -> int:
    """Take a decision back: everything stands as before it, and the proposals are open again. Run
    again after a crash, it goes on. Give how many were taken back.
    """
    marked = CleaningAct.objects.filter(id=act_id).exclude(state=ActState.UNDONE)
    if not marked.update(state=ActState.UNDOING):
        return 0
    rows = CleaningProposal.objects.filter(act_id=act_id).order_by()
    total, done, pacer = rows.count(), 0, bulk.Pacer(rows=_FIRST_ROWS, least=_LEAST_ROWS)
    while chunk := list(rows[: min(pacer.rows, 200)]):
        with bulk.hold(pacer=pacer, rows=len(chunk)):
            accepted = [one for one in chunk if one.state == ProposalState.ACCEPTED]
            put_back(proposals=accepted, now=now)
            rows.model.objects.filter(id__in=[one.id for one in chunk]).update(
                state=ProposalState.OPEN, act=None, written={}
            )
            _tell(accepted)
        done += len(chunk)
        if progress is not None:
            progress(done, total)
    with transaction.atomic():
        CleaningAct.objects.filter(id=act_id).update(state=ActState.UNDONE)
        _audit("cleaning.undone", act_id, actor, {"count": done}, now)
    return done


def take_back(*, proposal_id: int, actor: str, now: datetime) -> bool:
    """Take back what was accepted for one customer; the rest of its act stands."""
    with transaction.atomic():
        rows = CleaningProposal.objects.select_for_update().select_related(None)
        proposal = rows.filter(id=proposal_id, state=ProposalState.ACCEPTED).first()
        if proposal is None:
            return False
        put_back(proposals=[proposal], now=now)
        act_id = proposal.act_id or 0
        rows.filter(id=proposal_id).update(state=ProposalState.OPEN, act=None, written={})
        CleaningAct.objects.filter(id=act_id).update(count=F("count") - 1)
        _tell([proposal])
        _audit("cleaning.undone", act_id, actor, {"count": 1}, now)
    return True


def _close(act: CleaningAct, now: datetime) -> CleaningAct:
    with transaction.atomic():
        CleaningAct.objects.filter(id=act.id, state=ActState.RUNNING).update(state=ActState.DONE)
        act.refresh_from_db()
        _record(act, now)
    return act


def _record(act: CleaningAct, now: datetime) -> None:
    action = "cleaning.accepted" if act.kind == ActKind.ACCEPT else "cleaning.dismissed"
    _audit(action, act.id, act.actor, {"reason": act.reason, "count": act.count}, now)


def _audit(action: str, act_id: int, actor: str, detail: dict[str, object], now: datetime) -> None:
    audit.record(
        at=now,
        actor=actor,
        action=action,
        subject_type="cleaning",
        subject_id=ids.encode("cleaning", act_id),
        detail=detail,
    )


def _tell(proposals: Sequence[CleaningProposal]) -> None:
    searched = {one.customer_id for one in proposals if one.field in _SEARCHED}
    changed = sorted({one.customer_id for one in proposals})
    if searched:
        reindex(customer_ids=sorted(searched))
    if changed:
        publish(event=CustomersChanged(customer_ids=tuple(changed)))
