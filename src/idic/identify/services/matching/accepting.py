"""Many possible doubles accepted at once after a sample of them was looked at; undone as one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from idic.core.services import audit
from idic.engine.matching.auditing import Audit, draw, judge
from idic.identify.living import get_living_ids
from idic.identify.models import ActState, IdentityLogEntry, MatchAct, MatchPair, PairState
from idic.identify.services import identity
from idic.identify.services.identity import IdentityRefused

from .deciding import evidence_of, find_reversed, reopen

Progress = Callable[[int, int], None]

# So many of the sample must be right, and so many be looked at (or all there are).
LEAST_PRECISION = 0.95
LEAST_LOOKED_AT = 20


class CannotAccept(IdentityRefused):
    """Too few pairs were looked at, or too many of them were wrong; the text is for people."""


def list_above(*, threshold: float, is_demo: bool = False) -> QuerySet[MatchPair]:
    """Give the open pairs of at least this probability, the likeliest first."""
    rows = MatchPair.objects.filter(
        state=PairState.OPEN, is_demo=is_demo, probability__gte=threshold
    ).exclude(left__customer=F("right__customer"))
    return rows.filter(left__customer__isnull=False, right__customer__isnull=False).order_by(
        "-probability", "id"
    )


def draw_sample(
    *, threshold: float, n: int = LEAST_LOOKED_AT, seed: int, is_demo: bool = False
) -> list[int]:
    """Draw pairs of at least this probability to look at; equal seeds draw equal samples."""
    rows = list_above(threshold=threshold, is_demo=is_demo).order_by("id")
    return draw(list(rows.values_list("id", flat=True)), size=n, seed=seed)


def judge_sample(*, threshold: float, verdicts: Mapping[int, str], is_demo: bool = False) -> Audit:
    """Say from the verdicts on a sample (pair → `same` or `different`) how many of all the pairs of
    at least this probability are wrong.
    """
    looked_at = [verdict for verdict in verdicts.values() if verdict in ("same", "different")]
    count = list_above(threshold=threshold, is_demo=is_demo).order_by().count()
    return judge(
        pair_count=max(count, len(looked_at)),
        looked_at=len(looked_at),
        right=looked_at.count("same"),
    )


def begin_accepting(
    *,
    threshold: float,
    verdicts: Mapping[int, str],
    actor: str,
    now: datetime,
    is_demo: bool = False,
) -> MatchAct:
    """Note that all pairs of at least this probability are the same; `accept_above` joins them.

    Raises CannotAccept when too few were looked at or the sample holds too many wrong ones.
    """
    found = judge_sample(threshold=threshold, verdicts=verdicts, is_demo=is_demo)
    least = min(LEAST_LOOKED_AT, found.pair_count)
    if found.looked_at < least or not found.pair_count:
        raise CannotAccept(
            ngettext(
                "Look at %(count)s pair of the sample first.",
                "Look at %(count)s pairs of the sample first.",
                max(least, 1),
            )
            % {"count": max(least, 1)}
        )
    if found.precision < LEAST_PRECISION:
        raise CannotAccept(
            _(
                "%(wrong)s of the %(count)s pairs you looked at are two people: too many to accept "
                "the rest unseen. Choose a higher threshold, or go on one by one."
            )
            % {"wrong": found.looked_at - found.right, "count": found.looked_at}
        )
    said = {str(number): verdict for number, verdict in verdicts.items()}
    return MatchAct.objects.create(
        threshold=threshold,
        is_demo=is_demo,
        actor=actor,
        audit={**asdict(found), "verdicts": said},
        at=now,
    )


def accept_above(*, act_id: int, now: datetime, progress: Progress | None = None) -> MatchAct:
    """Carry an acceptance out. Run again after a crash, it goes on; undone meanwhile, it stops.
    Pairs of the sample that are two people stay open.
    """
    act = MatchAct.objects.get(id=act_id)
    wrong = [int(number) for number, said in act.audit["verdicts"].items() if said == "different"]
    # Pairs that come up while it runs wait for a person.
    todo = list_above(threshold=act.threshold, is_demo=act.is_demo).filter(made_at__lte=act.at)
    numbers = list(todo.exclude(id__in=wrong).values_list("id", flat=True))
    for done, number in enumerate(numbers, start=1):
        if not _accept(act, number, now):
            return MatchAct.objects.get(id=act_id)
        if progress is not None:
            progress(done, len(numbers))
    MatchAct.objects.filter(id=act_id, state=ActState.RUNNING).update(state=ActState.DONE)
    act.refresh_from_db()
    _record("match.accepted", act, act.actor, now)
    return act


def _accept(act: MatchAct, pair_id: int, now: datetime) -> bool:
    """Accept one pair; give False when the act does not run any more."""
    with transaction.atomic():
        current = MatchAct.objects.select_for_update().get(id=act.id)
        if current.state != ActState.RUNNING:
            return False
        rows = MatchPair.objects.select_for_update(of=("self",)).select_related("left", "right")
        pair = rows.filter(id=pair_id, state=PairState.OPEN).first()
        if pair is None:
            return True
        owners = {one.customer_id for one in (pair.left, pair.right) if one.customer_id}
        living = set(get_living_ids(customer_ids=owners).values())
        try:
            if len(living) == 2:
                with transaction.atomic():
                    entry = identity.merge(
                        customer_ids=living,
                        by=f"model:{pair.model_id}",
                        actor=current.actor,
                        now=now,
                        evidence={**evidence_of(pair), "act": str(act.id)},
                    )
                pair.entry_id = entry.id
            pair.state, pair.decided_by, pair.decided_at = PairState.SAME, current.actor, now
            pair.act = current
            pair.save()
            current.count += 1
        except IdentityRefused:
            current.refused += 1
        current.save(update_fields=["count", "refused"])
    return True


def undo_accepting(
    *, act_id: int, actor: str, now: datetime, progress: Progress | None = None
) -> int:
    """Take an acceptance back: all its merges are undone, its pairs are open again. Run again after
    a crash, it goes on. Give how many pairs were taken back.
    """
    marked = MatchAct.objects.filter(id=act_id).exclude(state=ActState.UNDONE)
    if not marked.update(state=ActState.UNDOING):
        return 0
    numbers = list(
        MatchPair.objects.filter(act_id=act_id).order_by("-entry_id").values_list("id", flat=True)
    )
    for done, number in enumerate(numbers, start=1):
        with transaction.atomic():
            pair = MatchPair.objects.select_for_update().filter(id=number, act_id=act_id).first()
            if pair is not None:
                _part(pair, actor, now)
                reopen(pair)
        if progress is not None:
            progress(done, len(numbers))
    MatchAct.objects.filter(id=act_id).update(state=ActState.UNDONE)
    _record("match.undone", MatchAct.objects.get(id=act_id), actor, now)
    return len(numbers)


def _part(pair: MatchPair, actor: str, now: datetime) -> None:
    entry_id = pair.entry_id
    is_there = entry_id is not None and IdentityLogEntry.objects.filter(id=entry_id).exists()
    if entry_id is None or not is_there or entry_id in find_reversed([entry_id]):
        return
    try:
        with transaction.atomic():
            identity.unmerge(entry_id=entry_id, actor=actor, now=now, by=f"act:{pair.act_id}")
    except IdentityRefused:
        return  # later changes have taken everything elsewhere, or somebody bound the two


def _record(action: str, act: MatchAct, actor: str, now: datetime) -> None:
    detail: dict[str, Any] = {"act": str(act.id), "count": act.count, "refused": act.refused}
    audit.record(at=now, actor=actor, action=action, subject_type="match", detail=detail)
