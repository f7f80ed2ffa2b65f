"""Ids are ordered, unique across threads, and read back from their public form."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idic.core import ids


def test_ids_grow_and_never_repeat() -> None:
    made = [ids.new_id() for _ in range(10_000)]

    assert made == sorted(set(made))


def test_a_reserved_range_meets_no_later_id() -> None:
    reserved = ids.new_ids(5_000_000)

    assert ids.new_id() >= reserved.stop
    assert len(reserved) == 5_000_000


def test_threads_never_share_an_id() -> None:
    with ThreadPoolExecutor(max_workers=8) as pool:
        made = list(pool.map(lambda _: ids.new_id(), range(20_000)))

    assert len(set(made)) == 20_000


def test_ids_fit_a_signed_column() -> None:
    assert 0 < ids.new_id() < 2**63


@given(st.integers(min_value=0, max_value=2**63 - 1), st.sampled_from(sorted(ids.PREFIXES)))
def test_the_public_form_reads_back(number: int, kind: str) -> None:
    assert ids.decode(kind, ids.encode(kind, number)) == number


@pytest.mark.parametrize(
    "word", ["", "cus_", "ord_0000000000001", "cus_000000000000u", "cus_zzzzzzzzzzzzz", "1"]
)
def test_a_wrong_word_is_refused(word: str) -> None:
    with pytest.raises(ids.WrongId):
        ids.decode("customer", word)
