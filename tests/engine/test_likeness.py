"""Likeness to the customers one wants: planted causes are found, chance is not, and sums are told
as ranks.
"""

from __future__ import annotations

import doctest

import numpy as np
import pytest

from idic.engine import likeness
from idic.engine.likeness import Likeness, fit, predict
from idic.engine.table import Table


def table(rows: list[tuple[int, str]]) -> Table:
    return Table.from_rows(rows, columns={"customer_id": int, "fact": str})


def planted(seed: int, size: int = 2_000) -> tuple[Table, list[int], list[int]]:
    """Companies are wanted four times in five, others one in five; the colour says nothing."""
    rng = np.random.default_rng(seed)
    rows, ideal, others = [], [], []
    for number in range(size):
        is_company = rng.random() < 0.5
        is_wanted = rng.random() < (0.8 if is_company else 0.2)
        (ideal if is_wanted else others).append(number)
        rows.append((number, "company" if is_company else "person"))
        rows.append((number, f"colour: {rng.choice(['red', 'blue'])}"))
    return table(rows), ideal, others


def test_examples_hold() -> None:
    assert doctest.testmod(likeness).failed == 0


@pytest.mark.req("R058")
@pytest.mark.parametrize("seed", range(5))
def test_what_was_planted_is_found_and_chance_weighs_little(seed: int) -> None:
    facts, ideal, others = planted(seed)

    found = fit(facts, ideal=ideal, others=others)
    weights = dict(zip(found.features, found.weights, strict=True))

    assert found.is_usable
    assert 0.74 < found.auc < 0.86
    assert weights["company"] - weights["person"] > 2.0
    assert abs(weights["colour: red"] - weights["colour: blue"]) < 0.7


@pytest.mark.req("R058")
def test_pure_chance_is_not_used() -> None:
    rng = np.random.default_rng(8)
    rows = [(i, f"street: {rng.integers(0, 20)}") for i in range(1_000)]
    drawn = rng.permutation(1_000).tolist()

    found = fit(table(rows), ideal=drawn[:200], others=drawn[200:])

    assert found.auc < 0.55
    assert not found.is_usable


def test_too_few_teach_nothing_and_everybody_stands_in_the_middle() -> None:
    rows = [(i, "company" if i < 29 else "person") for i in range(100)]

    found = fit(table(rows), ideal=range(29), others=range(29, 100))

    assert (found.features, found.auc, found.is_usable) == ((), 0.5, False)
    assert predict(found, table(rows), ids=[5, 99]).rows() == [(5, 50, "[]"), (99, 50, "[]")]


def test_a_score_is_a_rank_among_the_known_and_names_what_weighs_most() -> None:
    facts, ideal, others = planted(1)
    model = fit(facts, ideal=ideal, others=others)
    leads = table([(9_001, "company"), (9_002, "person"), (9_003, "colour: red")])

    rows = predict(model, leads, ids=[9_003, 9_002, 9_001, 9_004], top=1).rows()

    scores = {row[0]: row[1] for row in rows}
    assert [row[0] for row in rows] == [9_003, 9_002, 9_001, 9_004]
    assert scores[9_001] > 70 > scores[9_003] > 30 > scores[9_002]
    assert '"company"' in str(rows[2][2])
    assert rows[3][2] == "[]"


def test_order_and_repeats_change_nothing_and_the_weights_survive_storing() -> None:
    facts, ideal, others = planted(3)
    rows = [(int(a), str(b)) for a, b in facts.rows()]

    first = fit(facts, ideal=ideal, others=others)
    second = fit(table([*reversed(rows), *rows]), ideal=ideal[::-1], others=others)

    assert first == second
    assert Likeness.from_json(first.to_json()) == first


def test_facts_that_leave_nothing_to_tell_do_not_break_anything() -> None:
    everybody = [(i, "same") for i in range(100)]

    for rows in (everybody, []):
        found = fit(table(rows), ideal=range(50), others=range(50, 100))
        assert (found.features, found.is_usable) == ((), False)
