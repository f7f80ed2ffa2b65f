"""Scores who has not bought yet against the ideal customer: learns what tells the best customers
from others, asks the rule of a segment part by part, adds what people did lately, and keeps what
a person overruled.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Max, QuerySet

from idic.core import bulk
from idic.core.models import Staff
from idic.core.services import audit
from idic.core.text import fold
from idic.differentiate import segments
from idic.differentiate.models import (
    CustomerSummary,
    IdealCustomer,
    Reach,
    Readiness,
    ReadinessModel,
    Segment,
    Verdict,
)
from idic.differentiate.readiness_rules import KINDS, SEEN_DAYS, Judged, Sign, judge
from idic.differentiate.segments import tree as t
from idic.engine import likeness
from idic.engine.table import Table
from idic.identify.models import Customer, CustomerState, Event, StateKind, Trait

# The best of all who bought, where no segment says whom we look for.
BEST_SHARE = 0.2
MOST_LEARNT_FROM = 20_000
_PORTION = 1_000
_KEPT_MODELS = 6
# What says who somebody is rather than what they are like; and what follows from buying.
_NAMES = (
    *("name", "full_name", "given_name", "family_name", "email", "phone", "address", "zalo"),
    *("birth_date", "lunar_birthday", "city", "country", "gender", "note", "tax_number"),
    *("card_tier", "card_points", "card_balance", "card_expires", "customer_number"),
)
_LONGEST_VALUE = 40
_SPELLINGS = (*KINDS, *(kind.replace("_", " ").title() for kind in KINDS))
COLUMNS = (
    *("customer_id", "likeness", "urgency", "score", "found_verdict", "verdict"),
    *("reasons", "as_of_date"),
)


@dataclass(frozen=True)
class Yardstick:
    """What leads are held against: the weights learnt, and the parts of the segment's rule that
    can be asked of somebody who has not bought.
    """

    model: likeness.Likeness
    parts: tuple[t.Tree, ...] = ()


def find_ideal() -> IdealCustomer | None:
    """Give whom we look for, as staff chose; None: the best customers."""
    return IdealCustomer.objects.select_related("segment").order_by("-id").first()


def choose_ideal(*, segment: Segment | None, staff: Staff, now: datetime) -> IdealCustomer:
    """Keep whom we look for: the people of a segment, or (None) the best customers."""
    with transaction.atomic():
        made = IdealCustomer.objects.create(segment=segment, chosen_by=staff, chosen_at=now)
        audit.record(
            at=now,
            actor=staff.email,
            action="ideal_customer.chosen",
            subject_type="segment",
            subject_id=segment.id if segment else "",
            detail={"name": segment.name if segment else ""},
        )
    return made


def refresh_readiness(*, as_of: date, now: datetime) -> int:
    """Learn anew and score everybody who has not bought; give how many were scored. Who has bought
    since, or is gone, leaves the lists.
    """
    yardstick = _learn(as_of=as_of, now=now)
    leads = _leads()
    for rows in _gone():
        bulk.delete_rows(rows)
    scored, last = 0, -1
    while ids := list(
        leads.filter(customer_id__gt=last)
        .order_by("customer_id")
        .values_list("customer_id", flat=True)[:_PORTION]
    ):
        last = ids[-1]
        scored += _score(ids, yardstick, as_of=as_of, now=now)
    return scored


def refresh_readiness_of(*, customer_ids: Collection[int], as_of: date, now: datetime) -> int:
    """Score a few people anew by the weights as they are."""
    wanted = list(customer_ids)
    ids = list(_leads().filter(customer_id__in=wanted).values_list("customer_id", flat=True))
    Readiness.objects.filter(customer_id__in=set(wanted) - set(ids)).delete()
    row = ReadinessModel.objects.order_by("-id").first()
    if row is None or not ids:
        return 0
    yardstick = Yardstick(_read(row.parameters), _parts_of(find_ideal()))
    return _score(ids, yardstick, as_of=as_of, now=now)


def overrule(
    *, customer_id: int, verdict: str, why: str, staff: Staff, now: datetime
) -> Readiness | None:
    """Put a person's verdict in place of the one found; None for who has no verdict."""
    chosen = Verdict(verdict)
    row = Readiness.objects.filter(customer_id=customer_id).first()
    if row is None:
        return None
    row.verdict, row.overruled_by, row.overruled_at = chosen, staff, now
    row.overruled_why = why.replace("\x00", "").strip()[:200]
    _keep(row, "readiness.overruled", staff, now)
    return row


def take_back(*, customer_id: int, staff: Staff, now: datetime) -> Readiness | None:
    """Let the verdict found count again."""
    row = Readiness.objects.filter(customer_id=customer_id).first()
    if row is None:
        return None
    row.verdict, row.overruled_by, row.overruled_at = row.found_verdict, None, None
    row.overruled_why = ""
    _keep(row, "readiness.taken_back", staff, now)
    return row


def _keep(row: Readiness, action: str, staff: Staff, now: datetime) -> None:
    with transaction.atomic():
        row.save(update_fields=["verdict", "overruled_by", "overruled_at", "overruled_why"])
        audit.record(
            at=now,
            actor=staff.email,
            action=action,
            subject_type="customer",
            subject_id=row.customer_id,
            detail={"verdict": row.verdict},
        )


def _leads() -> QuerySet[CustomerSummary]:
    return CustomerSummary.objects.filter(order_count=0)


def _gone() -> Iterator[QuerySet[Readiness]]:
    yield Readiness.objects.filter(customer__summary__isnull=True)
    yield Readiness.objects.filter(customer__summary__order_count__gt=0)


def _learn(*, as_of: date, now: datetime) -> Yardstick:
    ideal = find_ideal()
    wanted, others = _choose_teachers(ideal, as_of=as_of, now=now)
    facts = _facts_of([*wanted, *others], as_of=as_of)
    model = likeness.fit(facts, ideal=wanted, others=others)
    ReadinessModel.objects.create(
        as_of_date=as_of,
        parameters=json.loads(model.to_json()),
        ideal_count=len(wanted),
        other_count=len(others),
        fitted_at=now,
    )
    kept = ReadinessModel.objects.order_by("-id").values_list("id", flat=True)[:_KEPT_MODELS]
    ReadinessModel.objects.exclude(id__in=list(kept)).delete()
    return Yardstick(model, _parts_of(ideal))


def _read(parameters: dict[str, Any]) -> likeness.Likeness:
    return likeness.Likeness.from_json(json.dumps(parameters))


def _choose_teachers(
    ideal: IdealCustomer | None, *, as_of: date, now: datetime
) -> tuple[list[int], list[int]]:
    """Give who of those who bought is wanted, and who else bought; of very many an even part."""
    buyers = CustomerSummary.objects.filter(order_count__gt=0)
    ranked = list(
        buyers.order_by("-worth_amount", "customer_id").values_list("customer_id", flat=True)
    )
    ranked = ranked[:: max(1, -(-len(ranked) // MOST_LEARNT_FROM))]
    if ideal is not None and ideal.segment is not None:
        frame = segments.current_frame(as_of=as_of, now=now)
        try:
            inside = set(segments.list_ids(t.InSegment(ideal.segment.id), frame=frame))
        except segments.WrongTree:
            inside = set()
    else:
        inside = set(ranked[: int(len(ranked) * BEST_SHARE)])
    return [i for i in ranked if i in inside], [i for i in ranked if i not in inside]


# What may be asked of somebody who has not bought yet.
_KNOWABLE = frozenset(
    {
        *("name", "city", "region", "country", "gender", "age", "birth_date", "is_company"),
        *("source_count", "depth_score", "usage_days", "last_contact_at"),
        *("email_reach", "sms_reach", "zalo_reach"),
    }
)


def _parts_of(ideal: IdealCustomer | None) -> tuple[t.Tree, ...]:
    """Give the conditions of the ideal customer's rule that a lead can already meet."""
    if ideal is None or ideal.segment is None or ideal.segment.is_static:
        return ()
    try:
        tree = segments.parse(ideal.segment.tree)
    except segments.WrongTree:
        return ()
    parts = tree.of if isinstance(tree, t.All) else (tree,)
    return tuple(part for part in parts if _is_knowable(part))


def _is_knowable(tree: t.Tree) -> bool:
    inside = segments.children(tree)
    if inside:
        return all(_is_knowable(part) for part in inside)
    if isinstance(tree, (t.HasTrait, t.Happened)):
        return True
    return getattr(tree, "field", "") in _KNOWABLE


def _score(ids: Sequence[int], yardstick: Yardstick, *, as_of: date, now: datetime) -> int:
    likenesses = _measure_likeness(ids, yardstick, as_of=as_of, now=now)
    signs = _signs_of(ids, as_of=as_of)
    silenced = set(
        CustomerState.objects.filter(
            customer_id__in=ids, kind=StateKind.DO_NOT_CONTACT, until=None
        ).values_list("customer_id", flat=True)
    )
    people = {row.customer_id: row for row in _leads().filter(customer_id__in=ids)}
    reachable = _reachable(people)
    held = Readiness.objects.filter(customer_id__in=ids).in_bulk()
    rows = []
    for number, person in people.items():
        alike, reasons = likenesses[number]
        found = judge(
            likeness=alike,
            like_reasons=reasons,
            signs=signs.get(number, ()),
            usage_days=person.usage_days,
            is_reachable=number in reachable,
            is_silenced=number in silenced,
            as_of=as_of,
        )
        rows.append(_row(number, found, held.get(number), as_of))
    bulk.update_rows(Readiness, COLUMNS, [r for r in rows if r[0] in held], key="customer_id")
    bulk.insert_rows(Readiness, COLUMNS, [r for r in rows if r[0] not in held])
    return len(rows)


def _row(number: int, found: Judged, held: Readiness | None, as_of: date) -> tuple[Any, ...]:
    stays = held is not None and held.overruled_at is not None
    verdict = held.verdict if held is not None and stays else found.verdict
    return (
        *(number, found.likeness, found.urgency, found.score),
        *(str(found.verdict), str(verdict), found.reasons, as_of),
    )


def _reachable(people: dict[int, CustomerSummary]) -> set[int]:
    """Give who can be reached by anything that they have not refused."""
    known = dict(Customer.objects.filter(id__in=list(people)).values_list("id", "phone"))
    return {
        number
        for number, row in people.items()
        if known.get(number)
        or any(
            reach in (Reach.ALLOWED, Reach.UNKNOWN)
            for reach in (row.email_reach, row.sms_reach, row.zalo_reach)
        )
    }


def _measure_likeness(
    ids: Sequence[int], yardstick: Yardstick, *, as_of: date, now: datetime
) -> dict[int, tuple[int, list[dict[str, Any]]]]:
    """Give likeness and its reasons: by the parts of the rule where it has some that can be asked,
    else by what was learnt; 50 for all where neither tells anything.
    """
    if yardstick.parts:
        return _by_rule(ids, yardstick.parts, as_of=as_of, now=now)
    if not yardstick.model.is_usable:
        return {i: (50, []) for i in ids}
    scored = likeness.predict(yardstick.model, _facts_of(ids, as_of=as_of), ids=ids)
    rows = zip(*(scored[name].tolist() for name in scored.columns), strict=True)
    return {
        number: (
            alike,
            [
                {"code": "like" if weight > 0 else "unlike", "fact": fact, "weight": weight}
                for fact, weight in json.loads(facts)
            ],
        )
        for number, alike, facts in rows
    }


def _by_rule(
    ids: Sequence[int], parts: Sequence[t.Tree], *, as_of: date, now: datetime
) -> dict[int, tuple[int, list[dict[str, Any]]]]:
    frame = segments.current_frame(as_of=as_of, now=now)
    met: dict[int, list[dict[str, Any]]] = {i: [] for i in ids}
    counts = dict.fromkeys(ids, 0)
    for part in parts:
        found = set(
            segments.to_query(part, frame=frame)
            .filter(pk__in=list(ids))
            .values_list("pk", flat=True)
        )
        for number in ids:
            is_met = number in found
            counts[number] += is_met
            code = "meets" if is_met else "misses"
            met[number].append({"code": code, "rule": segments.dump(part)})
    return {i: (round(100 * counts[i] / len(parts)), met[i]) for i in ids}


def _signs_of(ids: Sequence[int], *, as_of: date) -> dict[int, list[Sign]]:
    end = datetime.combine(as_of + timedelta(days=1), time(), UTC)
    rows = (
        Event.objects.filter(
            record__customer_id__in=list(ids),
            occurred_at__gte=end - timedelta(days=SEEN_DAYS + 1),
            occurred_at__lt=end,
            kind__in=_SPELLINGS,
        )
        .order_by()
        .values_list("record__customer_id", "kind")
        .annotate(times=Count("id"), last=Max("occurred_at"))
    )
    found: dict[int, list[Sign]] = defaultdict(list)
    for number, kind, times, last in rows:
        if number is not None:
            found[number].append(Sign(kind, times, last))
    return found


def _facts_of(ids: Sequence[int], *, as_of: date) -> Table:
    """Give what is known of people apart from what they bought, one row a fact. Not by which source
    they are known: who has a loyalty card has bought, and would only be like those who have.
    """
    rows: list[tuple[int, str]] = []
    for start in range(0, len(ids), _PORTION):
        rows += _portion_of_facts(list(ids[start : start + _PORTION]), as_of=as_of)
    return Table.from_rows(rows, columns={"customer_id": int, "fact": str})


def _portion_of_facts(ids: list[int], *, as_of: date) -> list[tuple[int, str]]:
    rows: list[tuple[int, str]] = []
    people = CustomerSummary.objects.filter(customer_id__in=ids).values_list(
        "customer_id", "city", "country", "gender", "is_company", "birth_date"
    )
    for number, city, country, gender, is_company, born in people:
        plain = {"city": city, "country": country, "gender": gender}
        rows += [(number, f"{name}: {value}") for name, value in plain.items() if value]
        rows.append((number, "company" if is_company else "person"))
        if born is not None and not is_company:
            decade = (as_of.year - born.year) // 10 * 10
            rows.append((number, f"age: {decade}–{decade + 9}"))
    answers = (
        Trait.objects.filter(record__customer_id__in=ids)
        .exclude(name__in=_NAMES)
        .exclude(name__startswith="unread_")
        .order_by("record__customer_id", "name", "observed_at", "id")
        .values_list("record__customer_id", "name", "value")
    )
    latest = {(number, name): value for number, name, value in answers}
    rows += [
        (number, f"{name}: {fold(value)}")
        for (number, name), value in latest.items()
        if number is not None and value and len(value) <= _LONGEST_VALUE
    ]
    return rows
