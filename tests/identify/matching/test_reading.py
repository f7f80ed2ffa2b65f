"""Very many records read at once are compared as each of them read by itself."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from idic.identify.models import Identifier, SourceRecord, Trait
from idic.identify.services.matching.reading import read_cleaned
from idic.identify.services.matching.reading_many import list_many_stored, read_many_cleaned
from idic.identify.services.matching.storing import _first_of_each, refresh_records
from tests.cast import NOW

from .shop import Crowd, open_crowd

pytestmark = [pytest.mark.django_db, pytest.mark.req("R003")]


@pytest.fixture
def crowd() -> Crowd:
    return open_crowd(people=6)


def say(record_id: int, name: str, value: str, **more: object) -> None:
    told = {"observed_at": NOW, **more}
    Trait.objects.create(record_id=record_id, name=name, value=value, **told)


def test_many_read_at_once_are_as_read_one_by_one(crowd: Crowd) -> None:
    twice = crowd.come(name="Lê An", city="Huế", phone="+84912345678")
    say(twice, "city", "Đà Nẵng", observed_at=NOW + timedelta(1))
    say(twice, "name", "Lê Thị An", observed_at=NOW - timedelta(1), is_pinned=True)
    say(twice, "email", "an@example.vn", verified_at=NOW)
    say(twice, "email", "le.an@example.vn", observed_at=NOW + timedelta(1))
    walk_in = crowd.come(name="Khách lẻ", phone="+84912345679")
    street = crowd.come(name="Trần Bình", street="12 Lê Lợi", province="Huế")
    unsure = crowd.come(name="Vũ Chi", phone="0000000000")
    Identifier.objects.filter(record_id=unsure).update(is_placeholder=True)
    card = crowd.come(name="Vũ Dũng")
    Identifier.objects.create(
        record_id=card, type="card", value="C-77", as_given="C-77", created_at=NOW
    )
    nothing = crowd.come()
    longest = crowd.come(address="b" * 500)
    say(longest, "name", "a" * 400)
    numbers = list(SourceRecord.objects.order_by("id").values_list("id", flat=True))

    found = read_many_cleaned(record_ids=numbers)

    assert found == read_cleaned(record_ids=numbers)
    assert {twice, street, unsure, card, longest} <= found.keys()
    assert not {walk_in, nothing} & found.keys()
    assert found[twice][0] == "lê thị an"
    refresh_records(is_demo=False)
    assert list_many_stored(record_ids=numbers) == found
    assert read_many_cleaned(record_ids=[]) == {}


def test_of_a_block_above_its_cap_no_more_is_kept_than_shows_it() -> None:
    hashes = np.array([5, 7, 5, 5, 7, 5, 9])
    kept = _first_of_each(hashes, most=3)
    assert sorted(kept.tolist()) == [0, 1, 2, 3, 4, 6]
    assert _first_of_each(np.zeros(0, dtype=np.int64), most=3).tolist() == []
