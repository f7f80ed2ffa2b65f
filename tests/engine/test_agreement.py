"""Found against true: pairs, rankings and groupings, on cases worked out by hand."""

from __future__ import annotations

import pytest

from idic.engine import agreement


def test_pairs_are_counted_over_records() -> None:
    # Two of the first person's three records are together, with one of somebody else's.
    pairs = agreement.count_pairs([("a", 1), ("a", 1), ("a", 2), ("b", 1), ("c", 3)])

    assert (pairs.found, pairs.true, pairs.both) == (3, 3, 1)
    assert pairs.precision == pytest.approx(1 / 3)
    assert pairs.recall == pytest.approx(1 / 3)


def test_where_nothing_was_joined_there_is_no_precision() -> None:
    pairs = agreement.count_pairs([("a", 1), ("b", 1)])

    assert pairs.precision is None
    assert pairs.recall == 0.0


def test_a_ranking_is_judged_by_pairs_and_ties_count_half() -> None:
    assert agreement.ranking_quality([3, 2, 1, 0], [True, True, False, False]) == 1.0
    assert agreement.ranking_quality([3, 2, 1, 0], [False, True, False, True]) == 0.25
    assert agreement.ranking_quality([1, 1, 1, 1], [False, True, False, True]) == 0.5
    assert agreement.ranking_quality([1, 2], [True, True]) is None


def test_the_top_part_holds_one_at_least() -> None:
    assert agreement.top_share([0.9, 0.1, 0.2], [True, False, False]) == 1.0
    assert agreement.top_share(range(20), [place >= 19 for place in range(20)]) == 0.5
    assert agreement.top_share([], []) is None


def test_groupings_agree_whatever_their_names() -> None:
    assert agreement.grouping_agreement(["x", "x", "y", "y"], [5, 5, 7, 7]) == 1.0
    assert agreement.grouping_agreement([0, 0, 0, 1, 1, 1], list("aabbcc")) == pytest.approx(
        0.2424, abs=1e-4
    )
    assert agreement.grouping_agreement([], []) is None
