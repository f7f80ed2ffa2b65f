"""One scorer: symmetric, the same for a batch and for one record, and never across a veto."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from idic.engine import matching
from idic.engine.matching.columns import read
from idic.engine.matching.comparing import LEVELS, Agreement, compare
from idic.engine.matching.parameters import FieldWeights, Parameters
from idic.engine.matching.rates import Rates, count_terms
from idic.engine.matching.resolving import explain, resolve, weigh_groups
from idic.engine.matching.schema import Field
from idic.engine.matching.scoring import score_pairs, weigh
from tests.engine.matching.conftest import Town
from tests.engine.matching.people import SCHEMA, records


def test_a_rare_agreement_weighs_by_m_over_the_rate_of_its_value() -> None:
    weights = FieldWeights((1, 0.1, 0.1, 0.8), (1,) * 4, (0, -0.1, -10, -12), (0,) * 4)
    agreement = Agreement(
        np.array([0, 1, 3, 3], dtype=np.int8), np.log2([1, 1, 1 / 1024, 1 / 4]).astype(np.float32)
    )

    found = weigh(Field("phone", "phone", ("phone",)), weights, agreement).match

    expected = [0, np.log2(0.1) + 0.1, np.log2(0.8) + 10, np.log2(0.8) + 2]
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_a_difference_never_speaks_for_one_person_not_even_where_hardly_anybody_differs() -> None:
    # A shop of one town: of a million strangers ten live elsewhere, of one person's records more.
    weights = FieldWeights((1, 0.01, 0.01, 0.01, 0.97), (1,) * 5, (0, -16.6, -9, -9, 0), (0,) * 5)
    agreement = Agreement(np.array([1], dtype=np.int8), np.zeros(1, dtype=np.float32))

    found = weigh(Field("city", "place", ("city",)), weights, agreement)

    assert found.match.tolist() == [0] == found.household.tolist()


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("nguyễn đức an", "an nguyen duc", "same"),
        ("nguyễn đức an", "nguyễn đức an", "same_with_marks"),
        ("nguyễn đức ân", "nguyễn đức an", "same_but_marks"),
        ("chad jones", "c jones", "initials"),
        ("vũ hữu đức", "duc vu", "contained"),
        ("glenn smiht", "glenn smith", "close"),
        ("harley mccarthy", "mccarthy", "one_word"),
        ("lan nguyen", "hoa nguyen", "some_words"),
        ("lan nguyen", "peter miller", "different"),
        ("lan nguyen", "miller", "different_word"),
        ("lan nguyen", None, "missing"),
    ],
)
def test_names_agree_on_the_level_that_people_would_say(
    one: str, other: str | None, level: str
) -> None:
    held = read(SCHEMA, records((one, *[None] * 4), (other, *[None] * 4)))
    column = count_terms(held).look_up(held).columns["name"]

    found = compare(column, np.array([0]), np.array([1])).levels[0]

    assert LEVELS["name"][found] == level


@pytest.mark.parametrize(
    ("field", "one", "other", "level"),
    [
        ("born", "19800812", "19800821", "close"),
        ("born", "19800812", "19801208", "close"),
        ("born", "19800812", "19800712", "close"),
        ("born", "19800812", "19800930", "same_year"),
        ("born", "19800812", "19800825", "two_parts"),
        ("born", "19800812", "19791130", "different"),
        ("phone", "943435240", "943435204", "close"),
        ("phone", "943435240", "913435204", "different"),
        ("email", "an.le@x.vn", "an.le@y.vn", "same_local_part"),
        ("email", "annle@x.vn", "anle@x.vn", "close"),
        ("email", "anle80@x.vn", "anle81@x.vn", "different"),
    ],
)
def test_other_fields_agree_on_their_levels(field: str, one: str, other: str, level: str) -> None:
    place = [f.name for f in SCHEMA.fields].index(field)
    rows = [tuple(value if i == place else None for i in range(5)) for value in (one, other)]
    held = read(SCHEMA, records(*rows))
    column = count_terms(held).look_up(held).columns[field]

    found = compare(column, np.array([0]), np.array([1])).levels[0]

    assert LEVELS[column.field.kind][found] == level


@given(data=st.data())
def test_a_pair_weighs_the_same_from_both_sides(town: Town, data: st.DataObject) -> None:
    found, cleaned, _ = town
    held = found.rates.look_up(read(SCHEMA, cleaned))
    rows = st.integers(0, len(cleaned) - 1)
    left = np.array(data.draw(st.lists(rows, min_size=1, max_size=20)))
    right = np.array(data.draw(st.lists(rows, min_size=len(left), max_size=len(left))))

    forth = score_pairs(found.parameters, held, left, right)
    back = score_pairs(found.parameters, held, right, left)

    np.testing.assert_allclose(forth.weight, back.weight, atol=1e-4)
    assert forth.is_vetoed.tolist() == back.is_vetoed.tolist()


@pytest.mark.req("R028")
def test_one_record_weighs_what_the_batch_said_and_falls_into_the_same_zone(town: Town) -> None:
    found, cleaned, _ = town
    zones = found.parameters.zones
    pairs = found.pairs.at(np.arange(0, len(found.pairs), len(found.pairs) // 150))

    for k in range(len(pairs)):
        candidate = cleaned.filter(np.array([pairs.right[k]])).with_columns(group=[7])
        record = cleaned.filter(np.array([pairs.left[k]]))
        answers = resolve(found.parameters, found.rates, record, candidate)
        zone = zones.zone_of(float(pairs.weight[k]), is_vetoed=bool(pairs.is_vetoed[k]))

        if zone == "apart":
            assert answers == []
        else:
            assert answers[0].weight == pytest.approx(float(pairs.weight[k]), abs=1e-4)
            assert (answers[0].zone, answers[0].is_vetoed) == (zone, bool(pairs.is_vetoed[k]))


def test_evidence_adds_up_to_the_weight_of_a_pair_that_shares_no_contact(town: Town) -> None:
    found, cleaned, _ = town
    one = records(("vinhxx rocha", None, None, "19800101", "hue"))

    evidence = explain(found.parameters, found.rates, one, one)
    answer = resolve(found.parameters, found.rates, one, one.with_columns(group=[1]))[0]

    assert [part.level for part in evidence] == ["same", "missing", "missing", "same", "same"]
    assert [part.weight for part in evidence if part.level == "missing"] == [0, 0]
    total = found.parameters.log_match + sum(part.weight for part in evidence)
    assert answer.weight == pytest.approx(total, abs=0.05)


def test_a_household_is_not_one_person(town: Town) -> None:
    found, _, _ = town
    one = records(("lan rocha", "943435240", None, None, "hue"))
    other = records(("minh rocha", "943435240", None, None, "hue"))

    answers = resolve(found.parameters, found.rates, one, other.with_columns(group=[1]))

    assert [answer.zone for answer in answers if answer.zone == "auto"] == []


def test_another_day_of_birth_vetoes_what_everything_else_says(town: Town) -> None:
    found, _, _ = town
    one = records(("lan rocha", "943435240", "lan@x.vn", "19800101", "hue"))
    other = records(("lan rocha", "943435240", "lan@x.vn", "19641230", "hue"))

    weight, is_vetoed = weigh_groups(found.parameters, found.rates, one, other)

    assert is_vetoed
    assert found.parameters.zones.zone_of(99.0, is_vetoed=is_vetoed) == "review"
    assert weight < weigh_groups(found.parameters, found.rates, one, one)[0]


def test_parameters_and_rates_come_back_equal_from_json_and_from_a_table(town: Town) -> None:
    found, cleaned, _ = town

    again = Parameters.from_json(found.parameters.to_json())
    rates = Rates.from_table(found.rates.to_table(), record_count=found.rates.record_count)

    assert again == found.parameters
    assert matching.predict(again, rates, cleaned).clusters.tolist() == found.clusters.tolist()
