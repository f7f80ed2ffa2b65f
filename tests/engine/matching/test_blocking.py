"""Which records are compared, and that what a cap leaves out is counted."""

import numpy as np

from idic.engine.matching import Field, Schema
from idic.engine.matching.blocking import Rule, Term, choose_rules, find_pairs
from idic.engine.matching.columns import Records, read
from idic.engine.matching.rates import count_terms, list_shared
from idic.engine.matching.resolving import list_record_keys
from tests.engine.matching.conftest import Town
from tests.engine.matching.people import SCHEMA, records

PHONE = Schema((Field("phone", "phone", ("phone",)),))
BY_PHONE = (Rule((Term("phone", "key"),), cap=3),)


def rated(schema: Schema, table: object) -> Records:
    held = read(schema, table)  # type: ignore[arg-type]
    return count_terms(held).look_up(held)


def test_pairs_share_a_block_and_what_a_cap_drops_is_counted() -> None:
    numbers = ["900000001"] * 3 + ["900000002"] * 5 + ["900000003", None]

    pairs, report = find_pairs(rated(PHONE, {"phone": numbers}), BY_PHONE)

    assert list(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True)) == [
        (0, 1), (0, 2), (1, 2),
    ]  # fmt: skip
    assert report.rows() == [("phone", 3, 3, 1, 5, 10)]


def test_common_terms_are_blocked_on_in_twos() -> None:
    cities = ["hue", "hue", "york", "york"] * 3
    phones = ["900000001"] * 12
    schema = Schema((Field("phone", "phone", ("phone",)), Field("city", "place", ("city",))))
    both = Rule((Term("phone", "key"), Term("city", "key")), cap=50)

    pairs, report = find_pairs(rated(schema, {"phone": phones, "city": cities}), (*BY_PHONE, both))

    same_city = [cities[a] == cities[b] for a, b in zip(pairs.left, pairs.right, strict=True)]
    assert all(same_city)
    assert len(pairs) == 2 * (6 * 5 // 2)
    assert report.rows()[0] == ("phone", 3, 0, 1, 12, 66)


def test_each_pair_remembers_every_rule_that_found_it() -> None:
    schema = Schema((Field("phone", "phone", ("phone",)), Field("mail", "email", ("mail",))))
    table = {"phone": ["900000001", "900000001"], "mail": ["a@x.vn", "a@x.vn"]}
    rules = (*BY_PHONE, Rule((Term("mail", "key"),), cap=3))

    pairs, _ = find_pairs(rated(schema, table), rules)

    assert pairs.rules.tolist() == [0b11]


def test_no_rule_compares_more_than_its_budget() -> None:
    random = np.random.default_rng(3)
    numbers = [f"9{value:08}" for value in random.zipf(1.3, 20_000) % 10**8]
    held = rated(PHONE, {"phone": numbers})

    rules = choose_rules(held, pairs_per_record=1)
    _, report = find_pairs(held, rules)

    assert report["pairs"].tolist()[0] <= 500_000
    assert report["dropped_blocks"].tolist()[0] > 0


def test_a_shops_own_number_counts_for_nothing_and_is_listed() -> None:
    rows = [(f"an{'abcdefghijklmnop'[i]} le", "900000001", None, None, None) for i in range(12)]
    rows += [("lan do", "900000002", None, None, None)] * 2
    held = read(SCHEMA, records(*rows))

    rates = count_terms(held)

    assert list_shared(held).rows() == [("phone", "900000001", 12, 12)]
    rate = rates.look_up(held).columns["phone"].values.key_rate
    assert rate[held.columns["phone"].codes[0]] == 1.0
    assert rate[held.columns["phone"].codes[-1]] == 2 / 14


def test_a_record_that_comes_alone_has_the_keys_it_has_among_others(town: Town) -> None:
    matches, cleaned, _owners = town
    among = list_record_keys(matches.parameters, cleaned)
    some = range(0, len(cleaned), len(cleaned) // 60)
    for row in some:
        alone = list_record_keys(matches.parameters, cleaned.filter(np.array([row])))
        expected = among.filter(np.asarray(among["row"]) == row)
        assert sorted(alone["key"].tolist()) == sorted(expected["key"].tolist())
    assert len(among) > len(cleaned)
