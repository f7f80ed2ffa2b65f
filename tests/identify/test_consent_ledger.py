"""The consent ledger: append-only, chained, and still whole when rows go with a word."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from idic.cli.program import run
from idic.identify.models import (
    Consent,
    ConsentSeal,
    ConsentStatus,
    Customer,
    Identifier,
    RemovalReason,
    SourceRecord,
)
from idic.identify.permissions import list_addresses, list_holdings, list_said
from idic.identify.services.consent import remove_consents
from idic.identify.services.consent.recording import record_consent
from idic.identify.services.consent.sealing import FIRST, chain_of, seal_ledger
from idic.identify.services.consent.verifying import Break, verify_ledger
from idic.identify.services.identity import merge, unmerge
from idic.identify.services.privacy import erase_person
from tests.cast import NOW, open_shop
from tests.examples import examples
from tools import house

pytestmark = [pytest.mark.django_db, pytest.mark.req("R155")]


def agree(customer_id: int, number: int, status: str = "granted") -> Consent:
    return record_consent(
        customer_id=customer_id,
        address=f"p{number}@example.com",
        channel="email",
        status=status,  # type: ignore[arg-type]
        proof=f"paper {number}",
        wording_version="2026-11",
        now=NOW + timedelta(minutes=number),
    )


@pytest.fixture
def lan() -> int:
    return open_shop().add("Lan")[0].id


def kinds() -> list[Break]:
    return [one.kind for one in verify_ledger().breaks]


def change(sql: str, *values: Any) -> None:
    """Change rows as somebody with the database in hand would, the trigger put aside."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # or the table cannot be altered
            cursor.execute(
                "ALTER TABLE identify_consent DISABLE TRIGGER identify_consent_append_only"
            )
        else:
            cursor.execute("DROP TRIGGER IF EXISTS identify_consent_append_only")
        cursor.execute(sql, values)


def test_what_a_row_says_cannot_be_changed_and_where_it_hangs_can(lan: int) -> None:
    row = agree(lan, 1, "denied")

    for changed in ({"status": "granted"}, {"address": "x@example.com"}, {"salt": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Consent.objects.filter(id=row.id).update(**changed)
    Consent.objects.filter(id=row.id).update(record=row.record, import_run=None)

    row.refresh_from_db()
    assert row.status == "denied"


def test_a_sealed_ledger_is_whole_and_every_link_follows_from_the_one_before(lan: int) -> None:
    for number in range(450):
        agree(lan, number)

    assert seal_ledger(now=NOW) == 450
    assert seal_ledger(now=NOW) == 0

    found = verify_ledger()
    # How many rows a link holds follows the clock: the lock is to be held but shortly.
    links = ConsentSeal.objects.count()
    assert (found.is_whole, found.links, found.rows, found.waiting) == (True, links, 450, 0)
    assert links > 1
    previous = FIRST
    for seal in ConsentSeal.objects.order_by("number"):
        assert seal.previous == previous
        previous = chain_of(previous=previous, entries=seal.entries)
    assert found.head == previous
    assert "p1@example.com" not in json.dumps(list(ConsentSeal.objects.values("entries")))


def test_a_row_changed_behind_our_back_is_named(lan: int) -> None:
    agree(lan, 1)
    row = agree(lan, 2, "denied")
    seal_ledger(now=NOW)

    change("UPDATE identify_consent SET status = 'granted' WHERE id = %s", row.id)

    (broken,) = verify_ledger().breaks
    assert (broken.kind, broken.seal, broken.row) == (Break.ROW_CHANGED, 1, row.id)


def test_a_row_gone_without_a_word_is_named_and_one_with_a_word_is_not(lan: int) -> None:
    first, second = agree(lan, 1), agree(lan, 2)
    seal_ledger(now=NOW)

    rows = Consent.everything.filter(id=first.id)
    remove_consents(rows=rows, reason=RemovalReason.CLEANING_UNDONE, now=NOW)
    assert verify_ledger().is_whole
    seal_ledger(now=NOW)
    assert (verify_ledger().is_whole, verify_ledger().gone) == (True, 1)

    Consent.everything.filter(id=second.id).delete()
    assert kinds() == [Break.ROW_MISSING]


def test_a_row_put_in_with_a_borrowed_seal_and_one_put_back_are_named(lan: int) -> None:
    row = agree(lan, 1)
    seal_ledger(now=NOW)
    forged = agree(lan, 2)
    Consent.objects.filter(id=forged.id).update(seal_number=1)
    assert kinds() == [Break.ROW_FORGED]
    Consent.objects.filter(id=forged.id).update(seal_number=None)

    rows = Consent.everything.filter(id=row.id)
    remove_consents(rows=rows, reason=RemovalReason.ERASED, now=NOW)
    row.save(force_insert=True)
    assert kinds() == [Break.ROW_RETURNED]


def test_a_chain_rewritten_or_cut_short_does_not_pass_the_head_noted_before(lan: int) -> None:
    agree(lan, 1)
    seal_ledger(now=NOW)
    agree(lan, 2)
    seal_ledger(now=NOW)
    head = verify_ledger().head
    assert verify_ledger(expect=head).is_whole

    ConsentSeal.objects.filter(number=1).update(chain="0" * 64)
    assert kinds() == [Break.LINK_CHANGED, Break.LINK_CHANGED]

    ConsentSeal.objects.filter(number=2).delete()
    Consent.objects.update(seal_number=None)
    assert Break.HEAD_LOST in [one.kind for one in verify_ledger(expect=head).breaks]


def test_erasing_a_person_takes_the_content_and_leaves_the_chain_whole(now: datetime) -> None:
    shop = open_shop()
    lan, minh = shop.add("Lan", "Minh")
    agree(lan.id, 1)
    agree(minh.id, 2)
    seal_ledger(now=NOW)

    erase_person(customer_id=lan.id, actor="owner", now=now)

    assert list(Consent.everything.values_list("address", flat=True)) == ["p2@example.com"]
    assert (verify_ledger().is_whole, verify_ledger().gone) == (True, 1)


@examples(30, without=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(
    acts=st.lists(
        st.tuples(st.sampled_from(["say", "seal", "undo", "erase"]), st.integers(0, 5)),
        max_size=12,
    ),
    tampered=st.integers(0, 100),
)
def test_whatever_happened_the_chain_is_whole_until_one_row_is_touched(
    acts: list[tuple[str, int]], tampered: int
) -> None:
    with transaction.atomic():
        people = [one.id for one in open_shop().add("Lan", "Minh", "Hoa")]
        for place, (act, which) in enumerate(acts):
            if act == "say":
                agree(people[which % len(people)], place, "denied" if which % 2 else "granted")
            elif act == "seal":
                seal_ledger(now=NOW)
            elif act == "undo":
                rows = Consent.everything.order_by("id")[which : which + 1].values("id")
                chosen = Consent.everything.filter(id__in=list(rows.values_list("id", flat=True)))
                remove_consents(rows=chosen, reason=RemovalReason.IMPORT_UNDONE, now=NOW)
            elif len(people) > 1:
                erase_person(customer_id=people.pop(), actor="owner", now=NOW)
        seal_ledger(now=NOW)
        assert verify_ledger().is_whole

        if rows_left := list(Consent.everything.order_by("id")):
            row = rows_left[tampered % len(rows_left)]
            change("UPDATE identify_consent SET proof = 'forged' WHERE id = %s", row.id)
            assert [one.row for one in verify_ledger().breaks] == [row.id]
        transaction.set_rollback(True)


def test_the_command_walks_the_chain_and_says_where_it_breaks(
    lan: int, capsys: pytest.CaptureFixture[str]
) -> None:
    agree(lan, 1)
    seal_ledger(now=NOW)
    assert run(["privacy", "verify", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rows"] == 1

    Consent.everything.all().delete()

    assert run(["privacy", "verify"]) == 1
    assert "a sealed row is gone, and nothing says why" in capsys.readouterr().out


WORDS = st.tuples(
    st.integers(0, 1),  # whose record
    st.integers(0, 2),  # which address
    st.sampled_from(["granted", "denied", "unknown"]),
    st.sampled_from(["consent", "unknown"]),
)


@examples(60, without=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(words=st.lists(WORDS, max_size=8))
def test_a_merge_never_widens_what_anybody_allowed(
    words: list[tuple[int, int, str, str]],
) -> None:
    with transaction.atomic():
        shop = open_shop()
        people = shop.add("Lan", "Mai")
        records = [shop.records["Lan"], shop.records["Mai"]]
        for which, record in enumerate(records):
            for number in (which, 2):
                Identifier.objects.create(
                    record=record, type="email", value=f"p{number}@example.com", created_at=NOW
                )
        for place, (which, number, status, basis) in enumerate(words):
            record_consent(
                record_id=records[which].id,
                address=f"p{number}@example.com",
                channel="email",
                status=status,  # type: ignore[arg-type]
                basis=basis,  # type: ignore[arg-type]
                now=NOW + timedelta(minutes=place),
            )
        before = {holding_of(one) for one in people}

        entry = merge(customer_ids=[one.id for one in people], by="person", actor="alice", now=NOW)
        after = holding_of(Customer.objects.get(id=entry.customer_id or 0))
        unmerge(entry_id=entry.id, actor="alice", now=NOW)

        # By record: the word of one never takes back the refusal of the other.
        last = {(which, number): status for which, number, status, _basis in words}
        assert (after == "denied") == ("denied" in last.values())
        assert not ("denied" in before and after != "denied")
        assert after != "granted" or "granted" in {status for _w, _n, status, _b in words}
        assert {holding_of(Customer.objects.get(id=one.id)) for one in people} == before
        transaction.set_rollback(True)


@pytest.mark.parametrize("is_own_word", [True, False])
def test_only_the_persons_own_word_takes_back_what_another_of_their_records_refused(
    lan: int, is_own_word: bool
) -> None:
    customer = Customer.objects.get(id=lan)
    till = SourceRecord.objects.filter(customer=customer).order_by("id")[0]
    address = "lan@example.com"
    Identifier.objects.create(record=till, type="email", value=address, created_at=NOW)
    said = {"address": address, "channel": "email", "now": NOW}
    record_consent(record_id=till.id, status=ConsentStatus.DENIED, **said)  # type: ignore[arg-type]
    later = {**said, "now": NOW + timedelta(days=1)}

    record_consent(
        customer_id=lan,
        status=ConsentStatus.GRANTED,
        is_own_word=is_own_word,
        **later,  # type: ignore[arg-type]
    )

    assert holding_of(customer) == ("granted" if is_own_word else "denied")
    on_till = Consent.objects.filter(record=till, address=address).order_by("given_at")
    words = list(on_till.values_list("status", flat=True))
    assert words[-1] == ("granted" if is_own_word else "denied")


def holding_of(customer: Customer) -> str:
    """Say what holds for advertising by e-mail."""
    addresses = list_addresses(customer)
    holdings = list_holdings(list_said(customer, addresses), addresses)
    return next(
        str(one.status) for one in holdings if (one.channel, one.purpose) == ("email", "marketing")
    )


def test_only_one_place_of_the_code_deletes_rows_of_the_ledger() -> None:
    deletes = re.compile(r"\bConsent\.(objects|everything)[^\n]*delete\(|delete_rows\(\s*Consent\b")
    places = [
        str(path.relative_to(house.SOURCE))
        for path in house.files()
        if deletes.search(path.read_text(encoding="utf-8"))
    ]

    assert places == ["idic/identify/services/consent/removing.py"]
