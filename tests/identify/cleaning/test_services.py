"""Proposals from looking to undoing: what is found, what accepting writes, and that undoing leaves
no trace.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from idic.core import clock
from idic.core.jobs.worker import drain
from idic.core.models import AuditEntry
from idic.identify.cleaning import Context
from idic.identify.ingest.traits import read_traits
from idic.identify.models import (
    CleaningAct,
    CleaningProposal,
    Consent,
    Customer,
    Identifier,
    ImportRun,
    Source,
    SourceRecord,
    Trait,
)
from idic.identify.services.cleaning import deciding
from idic.identify.services.cleaning.looking import look_at_all, look_at_some
from idic.identify.services.cleaning.measuring import measure
from idic.identify.services.customers import edit_customer
from idic.identify.services.imports.undoing.running import undo_import
from idic.identify.services.privacy import erase_person, export_person
from tests.identify.importing import make_business, run_import, write_csv

pytestmark = [pytest.mark.django_db, pytest.mark.req("R029")]

CONTEXT = Context(today=date(2026, 11, 23))
MAI = "mai@shop.vn"
HEADER = ("Customer ID", "Name", "E-mail", "Phone", "City", "Birth date", "Address")


@pytest.fixture
def till(now: datetime) -> Source:
    return Source.objects.create(key="till", name="Till", kind="till", created_at=now)


def person(till: Source, now: datetime, key: str, **said: str) -> Customer:
    """Let somebody be known as a till would tell of them."""
    columns = {"name": "full_name"}
    shown: dict[str, Any] = {
        columns.get(name, name): value for name, value in said.items() if name in _SHOWN
    }
    customer = Customer.objects.create(created_at=now, **shown)
    record = SourceRecord.objects.create(
        source=till, source_key=key, customer=customer, created_at=now
    )
    Trait.objects.bulk_create(
        Trait(record=record, name=name, value=value, observed_at=now)
        for name, value in said.items()
    )
    return customer


_SHOWN = ("name", "email", "phone", "city", "salutation", "birth_date")


def look(now: datetime) -> int:
    return look_at_all(context=CONTEXT, now=now)


def found() -> set[tuple[str, str, str, str]]:
    rows = CleaningProposal.objects.filter(state="open")
    return set(rows.values_list("field", "reason", "before", "after"))


def everything(models: Iterable[Any] = (Customer, Trait, Identifier, Consent)) -> dict[str, Any]:
    return {model.__name__: sorted(model._base_manager.values_list()) for model in models}


def accept_all(reason: str, now: datetime) -> CleaningAct:
    act = deciding.begin(kind="accept", reason=reason, actor=MAI, now=now)
    return deciding.carry_out(act=act, now=now)


def test_looking_finds_what_could_be_better_and_looking_again_nothing_new(
    till: Source, now: datetime
) -> None:
    person(till, now, "1", name="Chị Lan Q7", email="lan@gmail.con", phone="01234567890")
    person(till, now, "2", name="Trần Văn Tú", city="TPHCM", birth_date="1900-01-01")
    person(till, now, "3", name="Trần Văn Tú", city="TP. Hồ Chí Minh", email="tu@gmail.com")

    assert look(now) == 5
    assert found() == {
        ("name", "name_salutation", "Chị Lan Q7", "Lan Q7"),
        ("email", "email_domain", "lan@gmail.con", "lan@gmail.com"),
        ("phone", "old_prefix", "01234567890", "+84834567890"),
        ("city", "place_spelling", "TPHCM", "TP. Hồ Chí Minh"),
        ("birth_date", "day_placeholder", "1900-01-01", ""),
    }
    assert look(now) == 0
    assert CleaningProposal.objects.count() == 5


def test_an_accepted_name_stands_beside_the_old_one_and_its_way_of_address_is_kept(
    till: Source, now: datetime
) -> None:
    lan = person(till, now, "1", name="Chị Lan Q7")
    look(now)

    act = deciding.decide(
        kind="accept",
        proposal_ids=[CleaningProposal.objects.get().id],
        actor=MAI,
        now=now,
    )

    lan.refresh_from_db()
    assert act is not None
    assert act.count == 1
    assert (lan.full_name, lan.salutation) == ("Lan Q7", "chị")
    assert sorted(Trait.objects.values_list("name", "value", "is_pinned")) == [
        ("name", "Chị Lan Q7", False),
        ("name", "Lan Q7", False),
        ("salutation", "chị", False),
    ]
    assert look(now) == 0  # nothing is left to better
    assert AuditEntry.objects.get().action == "cleaning.accepted"


def test_undoing_leaves_everything_as_it_was(till: Source, now: datetime) -> None:
    for number in range(30):
        customer = person(
            till, now, str(number), name=f"Anh Trần Tú {number}", phone=f"0120111{number:04}"
        )
        record = SourceRecord.objects.get(customer=customer)
        Consent.objects.create(
            record=record,
            address=f"0120111{number:04}",
            channel="sms",
            purpose="marketing",
            status="granted",
            basis="consent",
            given_at=now,
            recorded_at=now,
        )
    look(now)
    before = everything()

    phones = accept_all("old_prefix", now)
    names = accept_all("name_salutation", now)
    assert (phones.count, names.count) == (30, 30)
    assert Customer.objects.filter(phone__startswith="+8470111").count() == 30
    assert Consent.objects.filter(address__startswith="+8470111", status="granted").count() == 30
    assert Identifier.objects.filter(value__startswith="+8470").count() == 30
    for act in (phones, names):
        deciding.undo(act_id=act.id, actor=MAI, now=now)

    assert everything() == before
    assert CleaningProposal.objects.filter(state="open").count() == 60
    assert set(CleaningAct.objects.values_list("state", flat=True)) == {"undone"}


def test_undoing_does_not_touch_what_staff_wrote_since(till: Source, now: datetime) -> None:
    lan = person(till, now, "1", name="Chị Lan")
    look(now)
    act = accept_all("name_salutation", now)

    edit_customer(
        customer_id=lan.id, changes={"full_name": "Lê Lan"}, actor=MAI, country="VN", now=now
    )
    deciding.undo(act_id=act.id, actor=MAI, now=now)

    lan.refresh_from_db()
    assert lan.full_name == "Lê Lan"


def test_a_later_word_of_the_source_beats_an_accepted_value(
    till: Source, now: datetime, tmp_path: Path
) -> None:
    make_business()
    file = write_csv(tmp_path / "a.csv", ("C1", "Chị Lan", "", "", "", "", ""), header=HEADER)
    run_import(file, now=now, kind="customers")
    look(now)
    accept_all("name_salutation", now)
    later = now + timedelta(days=1)

    again = write_csv(tmp_path / "b.csv", ("C1", "Chị Lan", "", "", "Huế", "", ""), header=HEADER)
    report = run_import(again, now=later, kind="customers")
    customer = Customer.objects.get()
    assert (customer.full_name, customer.city) == ("Lan", "Huế")  # the same again is no news
    assert report.counts["updated_customers"] == 1

    new = write_csv(tmp_path / "c.csv", ("C1", "Lê Thị Lan", "", "", "", "", ""), header=HEADER)
    run_import(new, now=later + timedelta(days=1), kind="customers")
    customer.refresh_from_db()
    assert customer.full_name == "Lê Thị Lan"


def test_what_was_put_right_and_comes_back_is_put_right_again(till: Source, now: datetime) -> None:
    lan = person(till, now, "1", email="lan@gmail.con")
    look(now)
    act = accept_all("email_domain", now)
    record = SourceRecord.objects.get(customer=lan)
    later = now + timedelta(days=1)
    Trait.objects.create(record=record, name="email", value="lan@gmail.con", observed_at=later)
    Customer.objects.filter(id=lan.id).update(email="lan@gmail.con")

    look(later)

    lan.refresh_from_db()
    assert lan.email == "lan@gmail.com"
    deciding.undo(act_id=act.id, actor=MAI, now=later)
    lan.refresh_from_db()
    assert lan.email == "lan@gmail.con"
    assert set(Trait.objects.values_list("value", flat=True)) == {"lan@gmail.con"}


def test_a_corrected_mail_address_may_not_be_written_to_unasked(
    till: Source, now: datetime
) -> None:
    lan = person(till, now, "1", email="lan@gmail.con")
    Consent.objects.create(
        record=SourceRecord.objects.get(customer=lan),
        address="lan@gmail.con",
        channel="email",
        purpose="marketing",
        status="granted",
        basis="consent",
        given_at=now,
        recorded_at=now,
    )
    look(now)

    accept_all("email_domain", now)

    assert not Consent.objects.filter(address="lan@gmail.com").exists()
    assert Identifier.objects.get().value == "lan@gmail.com"


def test_what_was_let_be_is_not_proposed_again_until_that_is_undone(
    till: Source, now: datetime
) -> None:
    person(till, now, "1", name="Chị Lan")
    look(now)
    act = deciding.begin(kind="dismiss", reason="name_salutation", actor=MAI, now=now)
    deciding.carry_out(act=act, now=now)

    assert look(now) == 0
    assert found() == set()

    deciding.undo(act_id=act.id, actor=MAI, now=now)
    assert found() == {("name", "name_salutation", "Chị Lan", "Lan")}


def test_all_means_those_that_are_sure_and_what_is_only_noted_cannot_be_accepted(
    till: Source, now: datetime
) -> None:
    person(till, now, "1", name="Chị Lan")
    person(till, now, "2", name="Anh Thư", email="info@lan.vn")
    look(now)

    assert accept_all("name_salutation", now).count == 1
    assert accept_all("email_role", now).count == 0
    assert found() == {
        ("name", "name_salutation", "Anh Thư", "Thư"),
        ("email", "email_role", "info@lan.vn", ""),
    }
    noted = CleaningProposal.objects.get(reason="email_role")
    assert deciding.decide(kind="accept", proposal_ids=[noted.id], actor=MAI, now=now) is None


def test_a_proposal_for_a_value_that_changed_since_is_not_carried_out(
    till: Source, now: datetime
) -> None:
    lan = person(till, now, "1", name="Chị Lan")
    look(now)
    edit_customer(
        customer_id=lan.id, changes={"full_name": "Lê Lan"}, actor=MAI, country="VN", now=now
    )

    assert found() == set()
    assert accept_all("name_salutation", now).count == 0

    look(now)
    Customer.objects.filter(id=lan.id).update(full_name="Chị Lan")
    stale = CleaningProposal.objects.create(
        customer=lan,
        field="name",
        reason="name_salutation",
        before="Chị Lan",
        after="Lan",
        made_at=now,
    )
    assert accept_all("name_salutation", now).count == 0
    assert not CleaningProposal.objects.filter(id=stale.id).exists()
    assert Trait.objects.filter(value="Lan").count() == 0


@pytest.mark.req("R030")
def test_what_an_import_could_not_read_is_kept_and_found_again(
    now: datetime, tmp_path: Path
) -> None:
    make_business()
    rows = [
        ("C1", "Lê Lan", "lan @gmail,com", "0912 345 678 (chị Lan)", "", "15/8 âm lịch", ""),
        ("C2", "Lê Tú", "-", "n/a", "", "", "12 Lê Lợi, Quận 1, TP.HCM"),
        *(
            (f"G{n}", f"Trần Tú {n}", f"tu{n}@ex.vn", f"091234560{n}", "Huế", "1990-05-01", "")
            for n in range(8)
        ),
    ]
    run_import(write_csv(tmp_path / "a.csv", *rows, header=HEADER), now=now, kind="customers")

    look(now)
    assert found() == {
        ("email", "email_written", "lan @gmail,com", "lan@gmail.com"),
        ("phone", "phone_note", "0912 345 678 (chị Lan)", "+84912345678"),
        ("birth_date", "day_lunar", "15/8 âm lịch", ""),
        ("city", "city_in_address", "", "TP. Hồ Chí Minh"),
    }
    for reason in ("email_written", "phone_note", "day_lunar", "city_in_address"):
        assert accept_all(reason, now).count == 1
    lan = Customer.objects.get(full_name="Lê Lan")
    assert (lan.email, lan.phone) == ("lan@gmail.com", "+84912345678")
    assert Trait.objects.get(name="lunar_birthday").value == "08-15"
    assert Customer.objects.get(full_name="Lê Tú").city == "TP. Hồ Chí Minh"
    assert look(now) == 0


def test_undoing_an_import_takes_what_was_made_of_its_values_along(
    now: datetime, tmp_path: Path
) -> None:
    make_business()
    file = write_csv(
        tmp_path / "a.csv", ("C1", "Chị Lan", "lan@gmail.con", "", "", "", ""), header=HEADER
    )
    run_import(file, now=now, kind="customers")
    look(now)
    act = accept_all("email_domain", now)

    undo_import(run_id=ImportRun.objects.get().id, actor=MAI, now=now)

    assert Customer.objects.count() == 0
    assert Trait.everything.count() == 0
    assert CleaningProposal.objects.count() == 0
    deciding.undo(act_id=act.id, actor=MAI, now=now)


def test_an_import_is_looked_at_by_itself(now: datetime, tmp_path: Path) -> None:
    make_business()
    file = write_csv(tmp_path / "a.csv", ("C1", "Chị Lan", "", "", "", "", ""), header=HEADER)
    run_import(file, now=now, kind="customers")

    drain(now=clock.now() + timedelta(minutes=1))

    assert found() == {("name", "name_salutation", "Chị Lan", "Lan")}


@pytest.mark.req("R030")
def test_completeness_is_measured_by_field_and_source(till: Source, now: datetime) -> None:
    person(till, now, "1", name="Lê Lan", email="lan@gmail.con")
    person(till, now - timedelta(days=800), "2", name="Trần Tú", phone="+84912345678")
    look(now)

    figures = measure(as_of=now.date(), now=now)

    assert figures["customers"] == 2
    assert figures["fields"]["name"] == {"known": 2, "wrong": 0}
    assert figures["fields"]["email"] == {"known": 1, "wrong": 1}
    assert figures["fields"]["birth_date"] == {"known": 0, "wrong": 0}
    (source,) = figures["sources"]
    assert (source["name"], source["records"]) == ("Till", 2)
    assert source["fields"]["name"] == {"known": 2, "fresh": 1, "wrong": 0}
    assert source["fields"]["email"] == {"known": 1, "fresh": 1, "wrong": 1}


def test_a_person_takes_their_proposals_along(till: Source, now: datetime) -> None:
    lan = person(till, now, "1", name="Chị Lan")
    look_at_some(customer_ids=[lan.id], context=CONTEXT, now=now)

    told = export_person(customer_id=lan.id, now=now)
    assert told["tables"]["identify.CleaningProposal"][0]["before"] == "Chị Lan"
    erase_person(customer_id=lan.id, actor=MAI, now=now)

    assert CleaningProposal.objects.count() == 0


def test_what_a_website_told_and_nobody_could_read_is_kept_too() -> None:
    told = read_traits(
        {"phone": "0912 345 678 (chị Lan)", "email": "lan@gmail.com"},
        user_id="7",
        country="VN",
        language="vi",
    )

    assert told.traits == {"email": "lan@gmail.com", "unread_phone": "0912 345 678 (chị Lan)"}
    assert told.identifying == [("email", "lan@gmail.com")]
