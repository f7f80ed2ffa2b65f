"""What must be found of what is typed, and in which order."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.db import connection

from idic.core import ids
from idic.identify.models import (
    Customer,
    Event,
    Identifier,
    Order,
    Source,
    SourceRecord,
    Trait,
)
from idic.identify.search import find
from idic.identify.services.search_index import reindex

pytestmark = pytest.mark.django_db


@pytest.fixture
def source(now: datetime) -> Source:
    return Source.objects.create(key="till", name="Till", kind="till", created_at=now)


@pytest.fixture
def add(source: Source, now: datetime) -> Any:
    """Add a customer with a record, identifiers and money brought."""

    def add(name: str, *, brought: int = 0, **more: str) -> int:
        customer = Customer.objects.create(full_name=name, created_at=now)
        record = SourceRecord.objects.create(
            source=source, source_key=str(customer.id), customer=customer, created_at=now
        )
        for kind, value in more.items():
            Identifier.objects.create(
                record=record, type=kind, value=value, as_given=value, created_at=now
            )
        if brought:
            Order.objects.create(
                order_number=str(customer.id),
                source=source,
                record=record,
                ordered_at=now,
                currency="VND",
                net_amount=brought,
                line_count=1,
            )
        reindex(customer_ids=[customer.id])
        return customer.id

    return add


def found(query: str, limit: int = 20) -> list[int]:
    return [hit.customer_id for hit in find(query=query, limit=limit)]


@pytest.mark.req("R010", "R142")
@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("dang", "Đặng Văn Bình"),
        ("Đặng", "Đặng Văn Bình"),
        ("dang binh", "Đặng Văn Bình"),
        ("le", "Lê Thị An"),
        ("an le", "Lê Thị An"),
        ("AN LÊ", "Lê Thị An"),
        ("Vũ", "Vũ Hoàng Long"),
        ("vu lo", "Vũ Hoàng Long"),
        ("明", "王小明"),
        ("小明", "王小明"),
        ("王", "王小明"),
        ("wangxm", "王小明"),
        ("wxm", "王小明"),
        ("wang xiaoming", "王小明"),
        ("xiaoming", "王小明"),
        ("zeng", "曾国荣"),
        ("ou yang", "欧阳娜"),
        ("o'bri", "Conor O'Brien"),
        ("BRIEN conor", "Conor O'Brien"),
        ("jose", "José Muñoz"),
        ("strasse", "Anna Straße"),
    ],
)
def test_a_customer_is_found_by(add: Any, query: str, name: str) -> None:
    names = {
        wanted: add(wanted)
        for wanted in [
            "Đặng Văn Bình",
            "Lê Thị An",
            "Vũ Hoàng Long",
            "王小明",
            "曾国荣",
            "欧阳娜",
            "Conor O'Brien",
            "José Muñoz",
            "Anna Straße",
        ]
    }

    assert found(query) == [names[name]]


@pytest.mark.req("R142")
def test_who_is_written_exactly_as_typed_comes_before_who_is_written_otherwise(add: Any) -> None:
    plain = add("Nguyen Thi Hoa", brought=100)
    accented = add("Nguyễn Thị Hòa", brought=900_000)

    assert found("Hoa") == [plain, accented]
    assert found("Hòa") == [accented, plain]
    assert found("hòa") == [accented, plain]


def test_a_word_half_typed_with_its_marks_prefers_those_marks(add: Any) -> None:
    plain = add("Hoang Nam", brought=900_000)
    accented = add("Hoàng Nam", brought=1)

    assert found("hoàn") == [accented, plain]


def test_among_equals_who_brought_more_comes_first(add: Any) -> None:
    small, large, middle = (add("Lê An", brought=b) for b in (1_000, 5_000_000, 1_100))

    assert found("le an") == [large, middle, small]


def test_a_whole_word_comes_before_one_that_only_begins_so(add: Any) -> None:
    longer = add("Annabel Price", brought=9_000_000)
    whole = add("Price Ann")

    assert found("ann") == [whole, longer]


def test_the_order_of_han_characters_counts_first(add: Any) -> None:
    turned = add("王明小", brought=9_000_000)
    straight = add("王小明")

    assert found("小明") == [straight, turned]


@pytest.mark.req("R009")
@pytest.mark.parametrize("query", ["0217", "217", "0900 000 217", "+84 900-000-217", "900000"])
def test_a_phone_is_found_by_its_end_and_however_it_is_written(add: Any, query: str) -> None:
    huong = add("Chị Hương", phone="+84900000217")
    add("Chị Lan", phone="+84911222333")

    assert found(query) == [huong]


def test_the_end_of_a_phone_comes_before_its_middle(add: Any) -> None:
    middle = add("Trần Mai", brought=9_000_000, phone="+84902170001")
    tail = add("Trần Lan", phone="+84900010217")

    assert found("0217") == [tail, middle]


@pytest.mark.req("R003", "R035")
@pytest.mark.parametrize(
    "query", ["huong.nguyen@shop.vn", "HUONG.NG", "en@shop", "8801 2345", "KH-7"]
)
def test_mail_card_and_customer_number_are_found_by_a_part(add: Any, query: str) -> None:
    huong = add(
        "Hương", email="huong.nguyen@shop.vn", card="880123454217", customer_number="kh-7741"
    )
    add("Lan", email="lan@shop.vn", card="770123454218", customer_number="kx-9")

    assert found(query) == [huong]


@pytest.mark.req("R003")
def test_the_public_id_finds_its_customer(add: Any) -> None:
    huong = add("Hương")

    assert found(ids.encode("customer", huong)) == [huong]


@pytest.mark.req("R010")
def test_nicknames_and_notes_are_searched_after_names(add: Any, now: datetime) -> None:
    lan = add("Trần Thị Lan")
    named = add("Quận Bảy")
    record = SourceRecord.objects.get(customer_id=lan)
    Trait.objects.create(record=record, name="nickname", value="Chị Lan Q7", observed_at=now)
    Event.objects.create(
        source=record.source,
        message_id="n1",
        record=record,
        kind="note",
        occurred_at=now,
        received_at=now,
        detail={"text": "Giao ở quận 7, thích cá hồi"},
    )
    reindex(customer_ids=[lan])

    assert found("lan q7") == [lan]
    assert found("ca hoi") == [lan]
    assert found("quan") == [named, lan]


@pytest.mark.req("R003")
def test_staged_and_merged_customers_never_show(add: Any) -> None:
    kept, staged, merged = add("Lê An"), add("Lê Ba"), add("Lê Tư")
    Customer.objects.filter(id=staged).update(is_staged=True)
    Customer.objects.filter(id=merged).update(merged_into_id=kept)

    reindex(customer_ids=[staged, merged])

    assert found("le") == [kept]


def test_a_new_name_replaces_the_old_one(add: Any) -> None:
    lan = add("Trần Lan")
    Customer.objects.filter(id=lan).update(full_name="Trần Mai")

    reindex(customer_ids=[lan])

    assert found("lan") == []
    assert found("mai") == [lan]


def test_a_rebuild_finds_the_same_and_forgets_the_vanished(add: Any) -> None:
    an, gone = add("Lê An", brought=500), add("Lê Ba")
    Customer.objects.filter(id=gone).update(is_staged=True)
    steps: list[tuple[int, int]] = []

    count = reindex(progress=lambda done, total: steps.append((done, total)))

    assert count == 1
    assert steps == [(2, 2)]
    assert found("le") == [an]


def test_an_unchanged_customer_is_not_written_again(add: Any) -> None:
    lan = add("Trần Lan", brought=1_000)
    before = _document(lan)
    Order.objects.update(net_amount=1_001)

    reindex(customer_ids=[lan])

    assert _document(lan) == (before[0], 1_001)


def _document(customer_id: int) -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, value FROM identify_search_document WHERE customer_id = %s", [customer_id]
        )
        row = cursor.fetchone()
    return row[0], row[1]


@pytest.mark.parametrize(
    "query",
    ["", " ", '"', "'", "*", "a*", '" OR 1=1 --', "NEAR(a b)", "a:b", "^", "$$$", "%_\\",
     "x" * 5_000,
     "-", "(((", "\x00", "=hoa", "~giao", "'; DROP TABLE identify_customer; --", "&|!<->", "' & '"],
)  # fmt: skip
def test_whatever_is_typed_is_text_and_no_query_language(add: Any, query: str) -> None:
    add("Quý")

    assert found(query) == []
    assert Customer.objects.count() == 1


def test_the_limit_holds(add: Any) -> None:
    for _ in range(5):
        add("Lê An")

    assert len(found("le", limit=3)) == 3


def test_many_customers_are_written_in_slices(source: Source, now: datetime) -> None:
    Customer.objects.bulk_create(
        [Customer(full_name=f"Lê Người{n}", created_at=now) for n in range(450)]
    )

    assert reindex(customer_ids=Customer.objects.values_list("id", flat=True)) == 450
    assert len(found("le", limit=1_000)) == 450
