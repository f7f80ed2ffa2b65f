"""Groups of records: right on a town, never a chain of weak links, the same one by one."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from benchmarks.identity_quality import judge
from idic.engine import matching
from idic.engine.matching.arriving import group_one_by_one
from idic.engine.matching.columns import read
from idic.engine.matching.scoring import score_pairs
from idic.engine.table import Table
from tests.engine.matching.conftest import Town
from tests.engine.matching.people import SCHEMA, records


def inner_pairs(groups: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give all pairs of rows that lie in one group."""
    same = np.triu(groups[:, None] == groups[None, :], 1)
    left, right = np.nonzero(same)
    return left, right


@pytest.mark.req("R028")
def test_a_town_is_found_again_without_a_label(town: Town) -> None:
    found, _, owners = town

    figures = judge(found.clusters, owners)

    assert figures["precision"] >= 0.99
    assert figures["f1"] >= 0.97
    assert figures["largest_cluster"] <= 3 * figures["largest_true"]


def test_the_weights_learned_are_those_of_the_truth(town: Town) -> None:
    found, cleaned, owners = town
    held = found.rates.look_up(read(SCHEMA, cleaned))
    left, right = inner_pairs(owners)
    name = held.columns["name"]
    is_same = name.key[left] == name.key[right]

    learned = found.parameters.weights["name"].match

    assert sum(learned[-3:]) == pytest.approx(is_same.mean(), abs=0.05)
    assert found.parameters.weights["phone"].match[-1] >= 0.98
    assert found.parameters.weights["name"].match[1] <= 0.02


def test_the_estimate_of_precision_needs_no_truth_and_is_not_far_off(town: Town) -> None:
    found, _, owners = town
    above = found.pairs.at(found.pairs.weight >= found.parameters.zones.auto)

    true_share = (owners[above.left] == owners[above.right]).mean()

    assert found.parameters.zones.precision == pytest.approx(true_share, abs=0.05)


def test_no_group_holds_a_vetoed_pair(town: Town) -> None:
    found, cleaned, _ = town
    held = found.rates.look_up(read(SCHEMA, cleaned))
    left, right = inner_pairs(found.clusters)

    assert len(left) > 500
    assert not score_pairs(found.parameters, held, left, right).is_vetoed.any()


def test_a_record_that_fits_two_persons_does_not_make_them_one(town: Town) -> None:
    found, _, _ = town
    table = records(
        ("lan rocha", "943435240", "lan@x.vn", "19800101", "hue"),
        ("lan rocha", "943435240", "lan@x.vn", None, "hue"),
        ("lan rocha", "943435240", "lan@x.vn", "19641230", "hue"),
    )

    groups = matching.predict(found.parameters, found.rates, table).clusters

    assert groups[0] != groups[2]


@settings(max_examples=15)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_order_of_rows_does_not_change_who_is_who(town: Town, seed: int) -> None:
    found, cleaned, _ = town
    order = np.random.default_rng(seed).permutation(200)

    straight = matching.predict(found.parameters, found.rates, cleaned.filter(np.arange(200)))
    mixed = matching.predict(found.parameters, found.rates, cleaned.filter(order))

    together = straight.clusters[:, None] == straight.clusters[None, :]
    again = mixed.clusters[:, None] == mixed.clusters[None, :]
    assert (together[np.ix_(order, order)] == again).mean() >= 0.9999


def test_records_that_come_one_by_one_make_the_same_groups(town: Town) -> None:
    found, cleaned, owners = town
    some = np.arange(300)

    batch = judge(found.clusters[some], owners[some])["f1"]
    groups = group_one_by_one(found.parameters, found.rates, cleaned.filter(some))

    assert judge(groups, owners[some])["f1"] == pytest.approx(batch, abs=0.005)


def test_equal_seeds_learn_equal_parameters(town: Town) -> None:
    found, cleaned, _ = town

    assert matching.match(SCHEMA, cleaned, seed=0).parameters == found.parameters


def test_a_stricter_precision_merges_less(town: Town) -> None:
    found, cleaned, _ = town

    strict = matching.match(SCHEMA, cleaned, min_precision=0.999)

    assert strict.parameters.zones.auto > found.parameters.zones.auto
    assert strict.parameters.zones.precision >= 0.999


def test_pairs_are_told_with_their_zones_heaviest_first(town: Town) -> None:
    found, _, _ = town

    table = found.to_table()

    assert set(table["zone"].tolist()) <= {"auto", "review"}
    assert (np.diff(table["weight"]) <= 0).all()
    is_auto = table["zone"] == "auto"
    assert (table["weight"][is_auto] >= found.parameters.zones.auto).all()


@pytest.mark.parametrize("count", [0, 1, 2])
def test_tables_of_hardly_any_rows_are_matched_too(count: int) -> None:
    rows = [("lan rocha", "943435240", None, None, None)] * count
    kinds = dict.fromkeys(["name", "phone", "email", "born", "city"], str)

    found = matching.match(SCHEMA, Table.from_rows(rows, columns=kinds))

    assert len(found.clusters) == count
