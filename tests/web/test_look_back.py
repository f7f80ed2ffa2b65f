"""The look back at what other systems sent: what came at the wrong moment, and to whom."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from idic.identify.models import Customer, ImportRun
from idic.identify.services.consent import record_consent
from idic.identify.services.flush import flush_to_lake
from idic.identify.services.imports.undoing.running import undo_import
from idic.interact.models import Case
from idic.web.selectors.look_back import Wrong, find_look_back, list_rows
from tests.identify.importing import ORDERS, make_business, run_import, write_csv

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)


def bring(path: Path, name: str, header: Any, *rows: Any, **asked: Any) -> int:
    file = write_csv(path / f"{name}.csv", *rows, header=header)
    return run_import(file, now=NOW, **asked).run_id or 0


@pytest.fixture
def log(tmp_path: Path) -> int:
    """A shop of ten small orders and one big one, and a send log beside it."""
    make_business()
    people = [(f"C{n}", f"Person {n}", f"p{n}@x.vn") for n in range(11)]
    bring(tmp_path, "people", ("ID", "Name", "Email"), *people, kind="customers")
    orders = [(f"A{n}", "2026-10-01 08:00", f"C{n}", "P", "Tea", 1, "2") for n in range(10)]
    big = ("A10", "2026-10-01 08:00", "C10", "P", "Tea", 1, "900")
    bring(tmp_path, "orders", ORDERS, *orders, big)
    rows = [
        ("p10@x.vn", "2026-10-05 09:00", "Voucher 20%"),
        ("p10@x.vn", "2026-10-05 10:00", "Your invoice"),
        ("p10@x.vn", "2026-10-09 09:00", "Voucher 20%"),
        ("p1@x.vn", "2026-10-05 09:00", "Voucher 20%"),
        ("p2@x.vn", "2026-10-05 09:00", "News"),
        *(("p3@x.vn", f"2026-10-0{day} 09:00", "News") for day in range(2, 7)),
    ]
    head = ("Recipient", "Sent at", "Subject")
    return bring(tmp_path, "log", head, *rows, kind="sends", source="Zoho")


def customer(number: int) -> Customer:
    return Customer.objects.get(full_name=f"Person {number}")


@pytest.mark.req("R147")
def test_each_wrong_moment_is_found_with_its_people(log: int) -> None:
    Case.objects.create(
        customer=customer(2),
        text="Broken",
        opened_at=datetime(2026, 10, 4, tzinfo=UTC),
        closed_at=datetime(2026, 10, 6, tzinfo=UTC),
    )
    record_consent(
        address="p1@x.vn",
        channel="email",
        status="denied",  # type: ignore[arg-type]
        now=NOW,
        customer_id=customer(1).id,
        given_at=datetime(2026, 10, 2, tzinfo=UTC),
    )
    flush_to_lake(now=NOW)

    look = find_look_back()

    assert look is not None
    assert (look.messages, look.people, look.systems) == (10, 4, ["Zoho"])
    assert look.big_amount == 90_000
    assert {(one.why, one.messages, one.people) for one in look.findings} == {
        (Wrong.BIG_ORDER, 1, 1),
        (Wrong.COMPLAINT, 1, 1),
        (Wrong.REFUSED, 1, 1),
        (Wrong.MANY, 2, 1),
    }
    assert look.wrong_messages == 5
    rows, total = list_rows(why=Wrong.BIG_ORDER, offset=0)
    assert total == 1
    assert (rows[0].customer_id, rows[0].amount, rows[0].subject) == (
        customer(10).id,
        90_000,
        "Voucher 20%",
    )


@pytest.mark.req("R147")
def test_the_page_says_it_and_every_number_opens_its_people(owner: Client, log: int) -> None:
    flush_to_lake(now=NOW)

    page = owner.get("/look-back/").content.decode()
    people = owner.get("/look-back/after-a-big-order/").content.decode()

    assert "3 of 10 messages came at the wrong moment" in page
    assert "/look-back/after-a-big-order/" in page
    assert "Person 10" in people
    assert "Voucher 20%" in people
    assert owner.get("/look-back/nothing-of-the-kind/").status_code == 404
    assert "Nobody is on this list" in owner.get("/look-back/during-a-complaint/").content.decode()


def test_an_undone_log_is_looked_at_no_more(log: int) -> None:
    flush_to_lake(now=NOW)
    undo_import(run_id=log, actor="mai@shop.vn", now=NOW)

    assert find_look_back() is None
    assert ImportRun.objects.get(id=log).state == "undone"
