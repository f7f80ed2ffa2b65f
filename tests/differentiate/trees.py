"""Strategies that draw rules: every condition, every field, every operator."""

from __future__ import annotations

from datetime import date
from typing import get_args

from hypothesis import strategies as st

from idic.differentiate.segments import tree as t

from . import shop

HOSTILE = [
    "'; DROP TABLE customer; --",
    '" OR 1=1 --',
    "%' OR '1'='1",
    "a\\",
    "\\%_",
    "%s %(x)s {}",
    "$1 :name ?",
    "/* */ UNION SELECT",
    "Robert'); --",
    "｀ＯＲ１＝１",
]
words = st.sampled_from(
    [*shop.NAMES, *shop.CITIES, *shop.REGIONS, "hoa", "DANG", "%", "_", "0%", "明", "o'b", *HOSTILE]
) | st.text(
    alphabet=st.characters(blacklist_categories=("Cc", "Cs"), max_codepoint=0x9FFF), max_size=8
)
figures = st.sampled_from([-300, -1, 0, 1, 2, 3, 100, 250, 1000, 5000])
rates = figures | st.sampled_from([0.25, 0.5, 1.5, -0.5, 2.5, 4.25, 30.5, 2**40])
days_back = st.sampled_from([1, 2, 29, 30, 31, 89, 90, 91, 400])
dates = st.dates(date(1950, 1, 1), date(2027, 1, 1)) | st.dates(
    date(2026, 8, 1), date(2026, 11, 30)
)
windows = (
    st.just(t.Window())
    | st.builds(t.Window, last_days=days_back)
    | st.tuples(dates, dates).map(lambda d: t.Window(from_date=min(d), to_date=max(d)))
    | st.builds(t.Window, from_date=dates)
    | st.builds(t.Window, to_date=dates)
)


def codes(*values: str) -> st.SearchStrategy[tuple[str, ...]]:
    """Draw a few codes."""
    return st.lists(st.sampled_from(values), min_size=1, max_size=3).map(tuple)


def ends(values: st.SearchStrategy[float]) -> st.SearchStrategy[tuple[float, float]]:
    """Draw a low and a high end."""
    return st.tuples(values, values).map(lambda pair: (min(pair), max(pair)))


counts = st.sampled_from(get_args(t.CountOperator))
lists = st.sampled_from(get_args(t.ChoiceOperator))


plain_numbers = st.sampled_from(["0", "12", "-3", "12.5", "10", "9.4"])
named_texts = st.sampled_from(["red", "Red", "true", "12", " 12", "e", *HOSTILE])
property_names = st.sampled_from([*shop.DETAILS, "missing", *HOSTILE])
properties = st.builds(
    t.Property, property_names, st.sampled_from(["is", "contains", "known"]), named_texts
) | st.builds(t.Property, property_names, st.sampled_from(["at_least", "at_most"]), plain_numbers)
wheres = st.lists(properties, max_size=2).map(tuple)
steps = st.just(t.Step()) | st.builds(t.Step, st.sampled_from([*shop.KINDS, *HOSTILE]), wheres)
sequences = st.builds(
    t.Sequence,
    steps,
    steps,
    st.sampled_from([1, 2, 7, 30, 31, 90, 400]),
    st.booleans(),
    windows,
)
consents = st.builds(
    t.HasConsent,
    st.sampled_from(get_args(t.ConsentChannel)),
    st.sampled_from(get_args(t.ConsentAnswer)),
    st.sampled_from(get_args(t.ConsentPurpose)),
)
sure = st.sampled_from([0.0, 0.4, 0.5, 0.7, 1.0])


def leaves(drawn: shop.Shop) -> st.SearchStrategy[t.Tree]:
    """Draw any condition over a shop."""
    texts = st.builds(
        t.Text,
        field=st.sampled_from(get_args(t.TextField)),
        operator=st.sampled_from(get_args(t.TextOperator)),
        values=st.lists(words.filter(str.strip), min_size=1, max_size=2).map(tuple),
    )
    numbers = st.builds(
        lambda field, operator, pair: t.Number(field, operator, *pair),
        st.sampled_from(get_args(t.NumberField)),
        st.sampled_from(get_args(t.NumberOperator)),
        ends(rates),
    )
    amounts = st.builds(
        lambda field, operator, pair: t.Amount(field, operator, *pair),
        st.sampled_from(get_args(t.MoneyField)),
        st.sampled_from(get_args(t.NumberOperator)),
        ends(figures),
    )
    days = st.builds(
        lambda field, operator, pair, days: t.Day(field, operator, *pair, days),
        st.sampled_from(get_args(t.DayField)),
        st.sampled_from(get_args(t.DayOperator)),
        st.tuples(dates, dates).map(lambda pair: (min(pair), max(pair))),
        days_back,
    )
    choices = (
        st.builds(t.Choice, st.just("tier"), lists, codes(*shop.TIERS))
        | st.builds(t.Choice, st.just("gender"), lists, codes("female", "male", "", *HOSTILE))
        | st.builds(t.Choice, st.just("lifecycle_stage"), lists, codes("lead", "customer"))
        | st.builds(t.Choice, st.just("rfm_cell"), lists, codes("555", "111", "", *HOSTILE))
        | st.builds(
            t.Choice,
            st.sampled_from(["email_reach", "sms_reach", "zalo_reach"]),
            lists,
            codes(*shop.REACHES),
        )
    )
    products = st.builds(
        t.Bought,
        by=st.just("category"),
        value=st.sampled_from([c for c in shop.CATEGORIES if c] + HOSTILE),
        operator=counts,
        count=st.integers(0, 3),
        window=windows,
    ) | st.builds(
        t.Bought,
        by=st.sampled_from(["code", "name"]),
        value=st.sampled_from([*shop.CODES, "tea", "100%", "%", *HOSTILE]),
        operator=counts,
        count=st.integers(0, 3),
        window=windows,
    )
    return st.one_of(
        texts,
        numbers,
        amounts,
        days,
        choices,
        products,
        st.builds(t.Flag, st.sampled_from(get_args(t.FlagField)), st.booleans()),
        st.builds(
            t.InNeedGroup,
            lists,
            st.lists(st.sampled_from([0, *drawn.group_ids]), min_size=1, max_size=2).map(tuple),
        ),
        st.builds(t.Orders, counts, st.integers(0, 4), windows),
        st.builds(t.Spent, st.sampled_from(get_args(t.SumOperator)), figures, windows),
        st.builds(
            t.Happened,
            st.sampled_from([*shop.KINDS, *HOSTILE]),
            counts,
            st.integers(0, 3),
            windows,
            wheres,
        ),
        sequences,
        consents,
        st.builds(t.HasState, st.sampled_from(get_args(t.StateName))),
        st.builds(
            t.HasTrait,
            st.sampled_from([*shop.TRAITS, *HOSTILE]),
            st.sampled_from(["is", "contains", "known"]),
            st.sampled_from([*shop.ANSWERS, "e", *HOSTILE]),
            sure,
        ),
        st.builds(
            t.HasTrait,
            st.sampled_from(shop.TRAITS),
            st.sampled_from(["at_least", "at_most"]),
            plain_numbers,
            sure,
        ),
        st.builds(t.InSegment, st.sampled_from(sorted(drawn.members))),
    )


def trees(drawn: shop.Shop) -> st.SearchStrategy[t.Tree]:
    """Draw any rule over a shop."""

    def groups(inner: st.SearchStrategy[t.Tree]) -> st.SearchStrategy[t.Tree]:
        inside = st.lists(inner, min_size=1, max_size=3).map(tuple)
        return st.builds(t.All, inside) | st.builds(t.Any, inside) | st.builds(t.Not, inner)

    return st.recursive(leaves(drawn), groups, max_leaves=6)
