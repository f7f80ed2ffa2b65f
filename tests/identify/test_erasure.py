"""Erasing one person: nothing of them is left, in no table and no file, and nothing but they
themselves brings them back.
"""

from __future__ import annotations

import csv
import json
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from idic.core.models import AuditEntry, Job, Role
from idic.identify.importing.columns import Kind
from idic.identify.models import (
    Consent,
    Customer,
    Event,
    Identifier,
    ImportRejection,
    ImportRun,
    IngestDay,
    IngestProblem,
    Order,
    SourceRecord,
    Tombstone,
    Trait,
)
from idic.identify.search import find
from idic.identify.services import tombstones
from idic.identify.services.customers import ErasedBefore, create_customer, edit_customer
from idic.identify.services.flush import flush_to_lake
from idic.identify.services.imports.drafts import create_draft
from idic.identify.services.imports.rejections import folder
from idic.identify.services.ingest.ledger import sum_days
from idic.identify.services.notes import add_note
from idic.identify.services.privacy import erase_person, export_person, look_ahead, write_export
from idic.identify.services.search_index import reindex
from tests.identify.importing import make_business, run_import, write_csv
from tests.identify.ingest.shop import NOW, Shop, make_shop
from tests.interact import cast

pytestmark = [pytest.mark.django_db, pytest.mark.req("R155")]
CUSTOMERS = ("Customer ID", "Name", "Phone", "Email")
CANARIES = ["Canaria", "canary@example.com", "901234567", "K-CANARY-1"]
LAN = ("K-CANARY-1", "Nguyễn Thị Canaria", "0901 234 567", "canary@example.com")
MINH = ("K-2", "Trần Minh", "0907 654 321", "minh@example.com")
LATER = timedelta(days=1)


@pytest.fixture
def lan(tmp_path: Path, now: datetime) -> Customer:
    make_business()
    path = write_csv(tmp_path / "people.csv", LAN, MINH, header=CUSTOMERS)
    run_import(path, now=now, kind="customers")
    return Customer.objects.get(full_name=LAN[1])


def erase(customer: Customer, at: datetime) -> dict[str, int]:
    return erase_person(customer_id=customer.id, actor="alice@example.com", now=at)


def list_files() -> Iterator[tuple[Path, bytes]]:
    for path in sorted(Path(settings.IDIC_HOME).rglob("*")):
        if path.is_file():
            yield path, path.read_bytes()


def find_left(words: list[str]) -> list[tuple[str, str]]:
    """Look for words in every row of every table and every file of the state directory."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            text = "\n".join(map(str, cursor.fetchall())).casefold()
            found += [(table, word) for word in words if word.casefold() in text]
    for path, content in list_files():
        folded = content.lower()
        for word in words:
            forms = (word.lower().encode(), word.lower().encode("utf-16-le"))
            found += [(path.name, word) for form in forms if form in folded]
    return found


def leave_traces(lan: Customer, now: datetime) -> None:
    """Put the person wherever something of them may stand."""
    add_note(customer_id=lan.id, text="Canaria likes tea", author="alice", now=now)
    edit_customer(customer_id=lan.id, changes={"city": "Huế"}, actor="alice", country="VN", now=now)
    record = SourceRecord.objects.filter(customer=lan).order_by("id").first()
    assert record is not None
    Event.objects.create(
        source=record.source,
        message_id="1",
        record=record,
        kind="page",
        occurred_at=now,
        received_at=now,
        detail={"title": "Canaria's basket"},
    )
    body = json.dumps({"traits": {"email": "Canary@example.com"}})
    IngestProblem.objects.create(state="rejected", reason="bad", body=body, received_at=now)
    run = ImportRun.objects.get()
    ImportRejection.objects.create(
        run=run, row_number=7, reason="wrong_date", detail="canary@example.com"
    )
    Job.objects.create(
        task="x",
        state="failed",
        error_message="no room for +84901234567",
        run_after=now,
        created_at=now,
    )
    with (folder() / "1-rejected.csv").open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(
            [["Name", "Row", "Why"], [LAN[1], "3", "no"], ["Minh", "4", "no"]]
        )
    create_draft(
        kind=Kind.CUSTOMERS,
        file_name="waiting.csv",
        chunks=[b"Name,Email\nCanaria,canary@example.com\n"],
        size=40,
        staff=cast.hire(Role.OWNER),
        now=now,
    )
    reindex(customer_ids=[lan.id])
    flush_to_lake(now=now)


@pytest.mark.django_db(transaction=True)
def test_nothing_of_a_person_is_left_in_any_table_or_file(lan: Customer, now: datetime) -> None:
    leave_traces(lan, now)
    assert {word for _place, word in find_left(CANARIES)} == set(CANARIES)

    erase(lan, now)

    assert find_left(CANARIES) == []
    assert find(query="canaria", limit=5) == []
    with (folder() / "1-rejected.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert [row[0] for row in rows] == ["Name", "", "Minh"]
    assert ImportRun.objects.get(file_name="waiting.csv").state == "failed"
    assert Customer.objects.get().full_name == MINH[1]
    assert AuditEntry.objects.latest("id").action == "customer.erased"


def test_the_same_file_brings_back_everybody_else_only(
    lan: Customer, tmp_path: Path, now: datetime
) -> None:
    erase(lan, now)
    hoa = ("K-3", "Hoa", "0908 111 222", "")
    again = write_csv(tmp_path / "again.csv", LAN, MINH, hoa, header=CUSTOMERS)

    report = run_import(again, now=now + LATER, kind="customers")

    assert (report.counts["reasons"], report.counts["customers"]) == ({"erased": 1}, 2)
    assert set(Customer.objects.values_list("full_name", flat=True)) == {MINH[1], "Hoa"}
    assert find_left(["Canaria", "901234567"]) == []
    assert report.error_file is not None
    assert "CANARY" not in report.error_file.read_text(encoding="utf-8-sig")
    rejection = ImportRejection.objects.get(reason="erased")
    assert (rejection.row_number, rejection.detail, rejection.row) == (2, "", {})


@pytest.mark.parametrize(
    "row",
    [
        ("", LAN[1], "+84 901 234 567", ""),
        ("K-9", "Another name", "", "CANARY@example.com"),
        ("K-CANARY-1", "Another name", "", "another@example.com"),
    ],
)
def test_one_name_of_theirs_is_enough_to_know_them(
    lan: Customer, tmp_path: Path, now: datetime, row: tuple[str, ...]
) -> None:
    erase(lan, now)

    report = run_import(
        write_csv(tmp_path / "x.csv", row, header=CUSTOMERS), now=now, kind="customers"
    )

    assert report.counts["reasons"] == {"erased": 1}
    assert Customer.objects.count() == 1


def test_an_order_of_an_erased_person_is_left_out_and_one_that_stands_stays_nobodys(
    lan: Customer, tmp_path: Path, now: datetime
) -> None:
    old = ("A1", "2026-01-02", "K-CANARY-1", "TEA", "Tea", 1, "2.00")
    run_import(write_csv(tmp_path / "old.csv", old), now=now)
    erase(lan, now)
    assert Order.objects.get().record is None

    new = ("A2", "2026-01-03", "K-CANARY-1", "TEA", "Tea", 2, "2.00")
    other = ("A3", "2026-01-03", "K-2", "TEA", "Tea", 3, "2.00")
    report = run_import(write_csv(tmp_path / "new.csv", old, new, other), now=now)

    assert report.counts["reasons"] == {"erased": 2}
    found = Order.objects.order_by("order_number").values_list("order_number", "record__source_key")
    assert list(found) == [("A1", None), ("A3", "K-2")]
    assert report.counts["lines"] == 1


def test_a_shared_phone_stays_and_keeps_nobody_else_out(
    lan: Customer, tmp_path: Path, now: datetime
) -> None:
    wife = ("K-3", "Phạm Hoa", LAN[2], "hoa@example.com")
    run_import(write_csv(tmp_path / "w.csv", wife, header=CUSTOMERS), now=now, kind="customers")
    hoa = Customer.objects.get(full_name="Phạm Hoa")

    erase(lan, now)
    report = run_import(
        write_csv(tmp_path / "w2.csv", wife, MINH, header=CUSTOMERS), now=now, kind="customers"
    )

    assert report.counts["rejected"] == 0
    assert Identifier.objects.filter(record__customer=hoa, value="+84901234567").exists()


def test_erasing_twice_changes_nothing_more_and_keeps_the_stones(
    lan: Customer, now: datetime
) -> None:
    erase(lan, now)
    stones = Tombstone.objects.count()

    again = erase(lan, now)

    assert set(again.values()) == {0}
    assert Tombstone.objects.count() == stones == 3
    assert CANARIES[1] not in str(list(Tombstone.objects.values()))


def test_only_they_themselves_come_back_with_their_word_in_the_ledger(
    lan: Customer, tmp_path: Path, now: datetime
) -> None:
    erase(lan, now)
    again = {"full_name": "Canaria", "phone": "0901234567"}
    ask: dict[str, Any] = {"values": again, "actor": "alice", "country": "VN"}

    with pytest.raises(ErasedBefore) as refused:
        create_customer(**ask, now=now + LATER)
    assert refused.value.field == "phone"
    minh = Customer.objects.get()
    with pytest.raises(ErasedBefore):
        edit_customer(
            customer_id=minh.id,
            changes={"phone": "0901234567"},
            actor="alice",
            country="VN",
            now=now,
        )
    assert Customer.objects.count() == 1

    back = create_customer(**ask, now=now + LATER, came_back="signed at the till")

    said = Consent.objects.get(record__customer=back)
    assert (said.purpose, said.status, said.proof) == ("service", "granted", "signed at the till")
    old = write_csv(tmp_path / "old.csv", LAN, header=CUSTOMERS)
    report = run_import(old, now=now + LATER, kind="customers")
    assert report.counts["reasons"] == {"erased": 1}  # under the old number and mail
    fresh = ("", "Canaria", "0901234567", "")
    report = run_import(
        write_csv(tmp_path / "new.csv", fresh, header=CUSTOMERS), now=now + LATER, kind="customers"
    )
    assert report.counts["rejected"] == 0
    assert set(Customer.objects.values_list("id", flat=True)) == {minh.id, back.id}


def test_a_website_does_not_bring_them_back_and_the_ledger_balances(
    tmp_path: Path, settings: Any
) -> None:
    settings.IDIC_HOME = tmp_path
    tombstones._key.cache_clear()
    shop: Shop = make_shop(tmp_path)
    lan = {"email": "canary@example.com", "name": "Canaria"}
    shop.send(
        {"type": "identify", "messageId": "1", "userId": "u1", "anonymousId": "d1", "traits": lan}
    )
    shop.load()
    erase(Customer.objects.get(), NOW + LATER)

    shop.send(
        {"type": "identify", "messageId": "1", "userId": "u1", "anonymousId": "d1", "traits": lan},
        {"type": "identify", "messageId": "2", "userId": "u2", "traits": lan},
        {"type": "track", "messageId": "3", "userId": "u1", "event": "Order"},
        {"type": "page", "messageId": "4", "anonymousId": "d1"},
        {"type": "page", "messageId": "5", "anonymousId": "d2"},
    )
    shop.load()

    assert Customer.objects.count() == 0
    assert list(Event.objects.values_list("message_id", flat=True)) == ["5"]
    ledger = sum_days(days=IngestDay.objects.all())
    assert (ledger["accepted"], ledger["stored"], ledger["rejected"]) == (6, 2, 4)
    assert IngestProblem.objects.count() == 0


def test_a_lost_key_is_noticed(lan: Customer, now: datetime) -> None:
    erase(lan, now)
    assert tombstones.count_unreadable() == 0

    Tombstone.objects.update(key_mark="00000000")

    assert tombstones.count_unreadable() == Tombstone.objects.count()


def test_the_preview_counts_what_goes_and_names_the_sources(lan: Customer, now: datetime) -> None:
    outlook = look_ahead(customer_id=lan.id)

    assert outlook.going["identify.Trait"] == Trait.objects.filter(record__customer=lan).count()
    assert outlook.sources == ["Till"]


def test_an_export_is_an_archive_of_data_tables_and_a_page_to_read(
    lan: Customer, now: datetime
) -> None:
    add_note(customer_id=lan.id, text="=cmd <b>tea</b>", author="alice", now=now)

    with zipfile.ZipFile(BytesIO(write_export(customer_id=lan.id, actor="a", now=now))) as archive:
        data = json.loads(archive.read("data.json"))
        page = archive.read("read-me-first.html").decode()
        names = archive.namelist()

    told = export_person(customer_id=lan.id, now=now)["tables"]
    assert data["tables"]["identify.Customer"][0]["full_name"] == LAN[1]
    assert set(data["tables"]) == set(told)
    assert LAN[1] in page
    assert "<b>tea</b>" not in page
    assert "tables/identify.Trait.csv" in names
    assert AuditEntry.objects.latest("id").action == "customer.exported"
