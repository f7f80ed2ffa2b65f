"""The rule builder: what a form holds becomes the rule it shows, row by row, without any script."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from idic.differentiate import segments
from idic.differentiate.builder import (
    Draft,
    Group,
    Row,
    act,
    controls_of,
    draft_of,
    list_asks,
    read_draft,
    to_tree,
)
from idic.differentiate.builder.controls import Choices
from idic.differentiate.segments import tree as t
from tests.examples import examples

from .shop import FRAME, Shop, build_shop
from .trees import HOSTILE, trees

SLOW = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
WORDS = {"language": "vi", "currency": "VND"}


def posted(root: Group) -> tuple[dict[str, list[str]], list[str]]:
    """Lay a draft out as a browser would send it: fields by name, and the places in order."""
    fields: dict[str, list[str]] = {}
    places: list[str] = []

    def walk(node: Draft, path: str) -> None:
        places.append(f"{path}:{'row' if isinstance(node, Row) else 'group'}")
        if isinstance(node, Row):
            fields[f"{path}-ask"] = [node.ask]
            fields.update({f"{path}-{key}": values for key, values in node.values.items()})
            return
        fields[f"{path}-kind"] = [node.kind]
        for i, child in enumerate(node.of):
            walk(child, f"{path}.{i}")

    walk(root, "0")
    return fields, places


def read_back(root: Group) -> Group:
    """Send a draft through the form."""
    fields, places = posted(root)
    data: dict[str, Any] = {key: values[-1] for key, values in fields.items() if values}
    return read_draft(data, names=places, lists=lambda key: fields.get(key, []))


def _can_be_typed(tree: t.Tree) -> bool:
    """Tell whether every condition has a form: an empty code in an open list has none, nor has a
    text with a semicolon or blanks at its ends.
    """
    if isinstance(tree, t.Choice) and tree.field in ("gender", "rfm_cell"):
        return all(v.strip() == v and v and ";" not in v and v[0] != "=" for v in tree.values)
    if isinstance(tree, t.Text):
        return all(v.strip() == v and ";" not in v for v in tree.values)
    if isinstance(tree, t.Happened):
        return _can_type(tree.where)
    if isinstance(tree, t.Sequence):
        return _can_type((*tree.first.where, *tree.then.where))
    if isinstance(tree, t.HasTrait):
        return tree.value.strip() == tree.value
    return all(_can_be_typed(child) for child in segments.children(tree))


def _can_type(where: tuple[t.Property, ...]) -> bool:
    return all(one.value.strip() == one.value for one in where)


@pytest.fixture
def shop(db: None) -> Shop:
    """A random shop."""
    return build_shop(seed=3)


@examples(150, without=SLOW)
@given(data=st.data())
def test_a_rule_comes_back_from_its_form_asking_for_the_same_people(shop: Shop, data: Any) -> None:
    tree = data.draw(trees(shop).filter(_can_be_typed))

    back = to_tree(read_back(draft_of(tree, **WORDS)), **WORDS)

    assert set(segments.list_ids(back, frame=FRAME)) == set(segments.list_ids(tree, frame=FRAME))


def test_buttons_add_and_remove_rows_and_groups() -> None:
    root = Group("all")

    act(root, "add-row:0")
    act(root, "add-group:0")
    act(root, "add-row:0.1")
    act(root, "remove:0.0")

    assert [type(node) for node in root.of] == [Group]
    inner = root.of[0]
    assert isinstance(inner, Group)
    assert (inner.kind, len(inner.of)) == ("any", 2)


@pytest.mark.parametrize("word", ["", "remove:0", "remove:0.9", "add-row:1", "fly:0", *HOSTILE])
def test_buttons_that_do_not_exist_change_nothing(word: str) -> None:
    root = Group("all", [Row("order_count")])

    act(root, word)

    assert root == Group("all", [Row("order_count")])


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (Row("order_count", {"op": ["at_least"]}), "Say how many."),
        (Row("order_count", {"value": ["many"]}), "“many” is not a number."),
        (Row("net_amount", {"value": [""]}), "Say how much."),
        (Row("orders", {"count": ["1.5"]}), "Give a whole number."),
        (
            Row("birth_date", {"op": ["between"], "day": ["2020-13-01"]}),
            "“2020-13-01” is not a day.",
        ),
        (Row("segment", {"value": ["x"]}), "Choose a segment."),
        (Row("tier", {}), "Choose at least one."),
        (Row("'; DROP TABLE x; --", {}), "Choose what to ask for."),
    ],
)
def test_a_row_that_is_not_whole_says_what_is_missing(row: Row, problem: str) -> None:
    with pytest.raises(segments.WrongTree):
        to_tree(Group("all", [row]), language="en", currency="GBP")

    assert row.problem == problem


@pytest.mark.parametrize(
    ("language", "currency", "typed", "minor"),
    [
        ("vi", "VND", "1.200.000", 1_200_000),
        ("vi", "VND", "1tr2", 1_200_000),
        ("en", "GBP", "1,200.50", 120_050),
        ("zh-hans", "CNY", "3万", 3_000_000),
    ],
)
def test_amounts_are_read_as_they_are_written_here(
    language: str, currency: str, typed: str, minor: int
) -> None:
    root = Group("all", [Row("net_amount", {"op": ["at_least"], "value": [typed]})])

    tree = to_tree(root, language=language, currency=currency)

    assert tree == t.All((t.Amount("net_amount", "at_least", minor),))


def test_a_rate_is_typed_in_percent() -> None:
    root = Group("all", [Row("churn_risk", {"op": ["at_least"], "value": ["62,5"]})])

    assert to_tree(root, **WORDS) == t.All((t.Number("churn_risk", "at_least", 0.625),))


@pytest.mark.parametrize("word", HOSTILE)
def test_hostile_places_and_values_never_raise(word: str) -> None:
    data = {"0-kind": word, "0.0-ask": word, "0.0-op": word, f"{word}-ask": "city"}

    root = read_draft(
        data,
        names=["0:group", "0.0:row", f"{word}:row", "0.0.0:row"],
        lists=lambda key: [data[key]],
    )

    assert root.kind == "all"
    with pytest.raises(segments.WrongTree):
        to_tree(root, **WORDS)


def test_everything_that_can_be_asked_has_a_place_and_controls() -> None:
    asks = [option.value for _topic, options in list_asks("") for option in options]

    assert len(asks) == len(set(asks))
    assert set(asks) == {*segments.FIELDS, "orders", "spent", "bought", "need_group", "trait"} | {
        "event",
        "sequence",
        "consent",
        "state",
        "segment",
    }
    for ask in asks:
        assert controls_of(Row(ask), choices=Choices(), currency="GBP")
