"""What a criterion separates: against chance and against the value itself, and companies sorted by
their size.
"""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from idic.differentiate import segments
from idic.differentiate.models import CustomerSummary, Segment
from idic.differentiate.segment_quality import Quality, judge
from idic.differentiate.segments import tree as t
from idic.differentiate.services.segments import refresh_segments
from idic.identify.models import Customer, Event, Source, SourceKind, SourceRecord, Trait

from .shop import AS_OF, FRAME, NOW


def judged(inside: list[bool], expected: list[int], **more: object) -> Quality:
    found = judge(
        inside=np.array(inside),
        expected=np.array(expected, dtype=np.int64),
        **more,  # type: ignore[arg-type]
    )
    assert found is not None
    return found


def test_choosing_by_value_is_the_best_choice_and_its_opposite_is_below_chance() -> None:
    value = list(range(1, 101))
    best = judged([v > 60 for v in value], value)
    worst = judged([v <= 40 for v in value], value)

    assert (best.separation, best.wasted_count, best.missed_count) == (1.0, 0, 0)
    assert best.level == "good"
    assert worst.separation < 0
    assert worst.level == "none"
    assert (worst.wasted_count, worst.missed_count) == (40, 40)
    assert worst.missed_amount == sum(range(61, 101))
    assert worst.wasted_amount == sum(range(1, 41))


def test_shares_are_exact() -> None:
    found = judged([True] * 40 + [False] * 60, [3] * 20 + [1] * 20 + [3] * 10 + [0] * 50)

    assert found.people_share == 0.4
    assert found.value_share == 80 / 110
    assert found.best_share == 100 / 110
    assert found.separation == pytest.approx((80 / 110 - 0.4) / (100 / 110 - 0.4))
    # Ten worth 3 are left out; ten of those inside who are worth 1 stand in their place.
    assert (found.wasted_count, found.missed_count) == (10, 10)
    assert (found.wasted_amount, found.missed_amount) == (10, 30)


def test_too_few_and_nearly_everybody_are_not_judged() -> None:
    value = list(range(100))

    assert judged([v > 80 for v in value], value).level == ""
    assert judged([v > 5 for v in value], value).level == ""
    assert judge(inside=np.zeros(3, bool), expected=np.ones(3, np.int64)) is None
    assert judge(inside=np.ones(3, bool), expected=np.zeros(3, np.int64)) is None


@given(
    st.lists(st.tuples(st.booleans(), st.integers(-1, 10**12)), min_size=1, max_size=60),
)
def test_no_choice_is_better_than_the_best_one(drawn: list[tuple[bool, int]]) -> None:
    inside, expected = (list(column) for column in zip(*drawn, strict=True))
    found = judge(inside=np.array(inside), expected=np.array(expected, dtype=np.int64))

    if found is not None:
        assert found.value_share <= found.best_share + 1e-12
        assert found.separation <= 1 + 1e-9
        assert found.missed_amount >= found.wasted_amount
        assert found.wasted_count <= found.people
        # The slow way: sort all, those inside first among those worth the same.
        ranked = sorted(
            ((value, chosen) for chosen, value in drawn if value >= 0),
            key=lambda one: (-one[0], not one[1]),
        )
        best = ranked[: found.people]
        missed = [value for value, chosen in best if not chosen]
        wasted = [value for value, chosen in ranked[found.people :] if chosen]
        assert (found.missed_count, found.wasted_count) == (len(missed), len(wasted))
        assert found.missed_amount == sum(missed)
        assert found.wasted_amount == sum(wasted)
        assert found.cut_amount == best[-1][0]


def test_a_random_choice_seldom_passes_for_one_that_separates() -> None:
    dice = np.random.default_rng(7)
    value = dice.gamma(0.5, 1000, size=2_000).astype(np.int64)
    levels = [
        judge(inside=dice.random(2_000) < 0.25, expected=value).level  # type: ignore[union-attr]
        for _ in range(200)
    ]

    assert levels.count("good") == 0
    assert 2 <= 200 - levels.count("none") <= 20  # one in twenty, give or take


def test_who_stays_and_who_answers_are_compared_with_the_others() -> None:
    found = judged(
        [True] * 100 + [False] * 100,
        [1] * 200,
        risk=np.array([200_000] * 100 + [600_000] * 100),
        responded=np.array(([True] * 30 + [False] * 70) + ([True] * 28 + [False] * 72)),
    )

    assert found.retention is not None
    assert found.response is not None
    assert found.retention.inside == pytest.approx(0.8)
    assert found.retention.outside == pytest.approx(0.4)
    assert found.retention.is_apart
    assert (found.response.inside, found.response.outside) == (0.3, 0.28)
    assert not found.response.is_apart


@pytest.fixture
def companies(db: None, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Two hundred companies, every fourth a large one; what they are worth has nothing to do with
    it: fifty buy for 9,000, of whom a fourth are large. And a thousand people who buy little.
    """
    monkeypatch.setattr(segments, "current_frame", lambda **_more: FRAME)
    source = Source.objects.create(key="crm", name="CRM", kind=SourceKind.TILL, created_at=NOW)
    made = []
    for number in range(200):
        customer = Customer.objects.create(full_name=f"Co {number}", created_at=NOW)
        record = SourceRecord.objects.create(
            source=source, source_key=str(number), customer=customer, created_at=NOW
        )
        is_large, is_good = number % 4 == 0, number % 16 in (0, 5, 6, 7)
        Trait.objects.create(
            record=record,
            name="employees",
            value="500" if is_large else "20",
            observed_at=NOW,
        )
        _summarise(customer.id, expected=9_000 if is_good else 100, is_company=True)
        if is_good:
            Event.objects.create(
                source=source,
                message_id=str(number),
                record=record,
                kind="reply",
                occurred_at=NOW - timedelta(days=3),
                received_at=NOW,
            )
        made.append(customer.id)
    for number in range(100):
        person = Customer.objects.create(full_name=f"Person {number}", created_at=NOW)
        _summarise(person.id, expected=1, is_company=False)
    return made


def _summarise(customer_id: int, *, expected: int, is_company: bool) -> None:
    CustomerSummary.objects.create(
        customer_id=customer_id,
        expected_amount=expected,
        churn_risk=0.5,
        is_company=is_company,
        as_of_date=AS_OF,
        refreshed_at=NOW,
    )


def quality_of(tree: t.Tree) -> dict[str, object]:
    segment = Segment.objects.create(name="Rule", tree=segments.dump(tree), created_at=NOW)
    refresh_segments(as_of=AS_OF, now=NOW, segment_ids=[segment.id])
    segment.refresh_from_db()
    return segment.quality  # type: ignore[no-any-return]


@pytest.mark.req("R057")
def test_choosing_companies_by_their_size_is_found_out(companies: list[int]) -> None:
    large = t.All((t.Flag("is_company"), t.HasTrait("employees", "at_least", "200")))

    found = quality_of(large)

    # Of fifty large companies thirteen are good, of a hundred and fifty small ones thirty-nine.
    assert (found["people"], found["everybody"], found["among"]) == (50, 200, "companies")
    assert found["level"] == "none"
    assert (found["wasted_count"], found["missed_count"]) == (37, 37)
    assert (found["wasted_amount"], found["missed_amount"]) == (37 * 100, 37 * 9_000)
    assert found["response"] == {"inside": 13 / 50, "outside": 39 / 150, "is_apart": False}


@pytest.mark.req("R057")
def test_choosing_companies_by_what_they_will_spend_passes(companies: list[int]) -> None:
    found = quality_of(
        t.All((t.Flag("is_company"), t.Amount("expected_amount", "at_least", 5_000)))
    )

    assert found["level"] == "good"
    assert found["separation"] == pytest.approx(1)
    assert found["wasted_count"] == found["missed_count"] == 0
    assert found["response"]["is_apart"] is True  # type: ignore[index]
