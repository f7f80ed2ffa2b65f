"""Customer files: who is who, what is news of them, and what they agreed to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from idic.identify.importing.problems import ImportProblem
from idic.identify.importing.terms import ConsentTerms
from idic.identify.models import (
    Consent,
    ConsentBasis,
    ConsentStatus,
    Customer,
    Identifier,
    LifecycleStage,
    Purpose,
    SourceRecord,
    Trait,
)
from idic.identify.services.consent import record_consent
from idic.identify.services.customers import edit_customer
from idic.identify.services.imports.running import ImportReport
from tests.identify.importing import make_business, run_import, write_csv
from tests.identify.test_import_orders import ANN, BOB

pytestmark = pytest.mark.django_db

HEADER = ("Customer ID", "Name", "E-mail", "Phone", "City")
AGREED = ConsentTerms(
    status="granted", basis="consent", given_on=date(2026, 1, 5), proof="sign-up sheet"
)


def bring(
    tmp_path: Path,
    now: datetime,
    *rows: Sequence[object],
    header: Sequence[str] = HEADER,
    **asked: Any,
) -> ImportReport:
    path = write_csv(tmp_path / f"people{len(list(tmp_path.iterdir()))}.csv", *rows, header=header)
    return run_import(path, now=now, kind="customers", **asked)


def test_people_come_in_with_what_the_file_says_of_them(tmp_path: Path, now: datetime) -> None:
    make_business()
    header = (*HEADER, "Ngày sinh", "Giới tính", "Ghi chú", "Nhóm khách hàng")
    row = (
        "C1",
        "Đặng Thị Hoa",
        "HOA@example.com",
        "0912 345 678",
        "Huế",
        "05/01/1990",
        "Nữ",
        "thích trà",
        "VIP",
    )

    report = bring(tmp_path, now, row, header=header)

    hoa = Customer.objects.get()
    assert (hoa.full_name, hoa.email, hoa.phone, hoa.city) == (
        "Đặng Thị Hoa",
        "hoa@example.com",
        "+84912345678",
        "Huế",
    )
    assert (hoa.birth_date, hoa.gender) == (date(1990, 1, 5), "female")
    assert (hoa.lifecycle_stage, hoa.is_staged) == (LifecycleStage.PROSPECT, False)
    assert dict(Trait.objects.filter(name__in=["note", "tags"]).values_list("name", "value")) == {
        "note": "thích trà",
        "tags": "VIP",
    }
    assert set(Identifier.objects.values_list("type", "value", "is_placeholder")) == {
        ("customer_number", "C1", False),
        ("email", "hoa@example.com", False),
        ("phone", "+84912345678", False),
    }
    assert report.counts["with_email"] == 1


def test_a_contact_file_of_the_same_source_reaches_the_order_files_customers(
    tmp_path: Path, now: datetime
) -> None:
    make_business()
    run_import(write_csv(tmp_path / "o.csv", ANN, BOB), now=now)
    ids = set(Customer.objects.values_list("id", flat=True))

    report = bring(tmp_path, now, ("C1", "Ann", "ann@example.com", "", ""))

    assert set(Customer.objects.values_list("id", flat=True)) == ids
    assert Customer.objects.get(full_name="Ann").email == "ann@example.com"
    assert SourceRecord.objects.count() == 2
    assert (report.counts["new_customers"], report.counts["updated_customers"]) == (0, 1)


def test_another_source_may_use_the_same_customer_numbers_when_told(
    tmp_path: Path, now: datetime
) -> None:
    make_business()
    run_import(write_csv(tmp_path / "o.csv", ANN), now=now)
    ann = Customer.objects.get()

    report = bring(
        tmp_path, now, ("C1", "Ann", "ann@example.com", "", ""), source="Mail", numbers_of="Till"
    )

    assert report.counts["matched_customers"] == 1
    assert Customer.objects.get().id == ann.id
    assert Customer.objects.get().email == "ann@example.com"
    assert SourceRecord.objects.filter(customer=ann).count() == 2


def test_without_being_told_equal_numbers_of_two_sources_are_two_people(
    tmp_path: Path, now: datetime
) -> None:
    make_business()
    run_import(write_csv(tmp_path / "o.csv", ANN), now=now)

    bring(tmp_path, now, ("C1", "Other Ann", "", "", ""), source="Mail")

    assert Customer.objects.count() == 2


def test_numbers_of_an_unknown_source_are_refused_with_those_there_are(
    tmp_path: Path, now: datetime
) -> None:
    make_business()
    run_import(write_csv(tmp_path / "o.csv", ANN), now=now)

    with pytest.raises(ImportProblem, match=r"no source “Nowhere”.*There are: Mail, Till"):
        bring(tmp_path, now, ("C1", "A", "", "", ""), source="Mail", numbers_of="Nowhere")


def test_a_phone_or_mail_of_one_customer_only_recognises_them_in_another_source(
    tmp_path: Path, now: datetime
) -> None:
    make_business()
    bring(
        tmp_path,
        now,
        ("C1", "Ann", "ann@example.com", "0912345678", ""),
        ("C2", "Bob", "", "0977111222", ""),
        ("C3", "Bob’s wife", "", "0977111222", ""),
    )

    report = bring(
        tmp_path,
        now,
        ("W1", "Ann Lee", "ANN@example.com", "", ""),
        ("W2", "Somebody", "", "0977111222", ""),
        ("W3", "Nobody", "noemail@example.com", "0000000000", ""),
        source="Web shop",
    )

    assert report.counts["matched_customers"] == 1
    assert report.counts["new_customers"] == 2
    assert Customer.objects.count() == 5
    owner = SourceRecord.objects.get(source_key="W1").customer
    assert owner == SourceRecord.objects.get(source_key="C1").customer


def test_two_numbers_of_one_source_are_never_made_one_by_a_shared_phone(
    tmp_path: Path, now: datetime
) -> None:
    make_business()
    bring(tmp_path, now, ("C1", "Ann", "", "0912345678", ""))

    bring(tmp_path, now, ("C9", "Her son", "", "0912345678", ""))
    bring(
        tmp_path,
        now,
        ("W1", "Ann", "", "0912345678", ""),
        ("W2", "Her son", "", "0912345678", ""),
        source="Web shop",
    )

    assert Customer.objects.count() == 4


def test_rows_that_name_nobody_are_refused(tmp_path: Path, now: datetime) -> None:
    make_business()

    report = bring(
        tmp_path,
        now,
        ("", "Khách lẻ", "", "0912345678", ""),
        ("", "Ann", "", "", ""),
        ("C2", "Bob", "not an address", "12", ""),
        ("C3", "Cleo", "cleo@example.com", "0912345678", ""),
        ("C4", "Dan", "dan@example.com", "0912345679", ""),
    )

    assert report.counts["reasons"] == {"walk_in": 1, "missing_customer": 1}
    assert report.counts["unreadable"] == {"email": 1, "phone": 1}
    bob = Customer.objects.get(full_name="Bob")
    assert (bob.email, bob.phone) == ("", "")


def test_a_row_given_twice_is_one_person_with_the_latest_values(
    tmp_path: Path, now: datetime
) -> None:
    make_business()

    report = bring(tmp_path, now, ("C1", "Ann", "", "", "Huế"), ("C1", "Ann Lee", "", "", "Hà Nội"))

    assert report.counts["customers"] == 1
    assert list(Customer.objects.values_list("full_name", "city")) == [("Ann Lee", "Hà Nội")]


def test_what_staff_pinned_survives_a_file(tmp_path: Path, now: datetime) -> None:
    make_business()
    bring(tmp_path, now, ("C1", "Ann", "", "", "Huế"))
    ann = Customer.objects.get()
    edit_customer(
        customer_id=ann.id,
        changes={"city": "Đà Nẵng"},
        actor="ann@shop",
        country="VN",
        now=now,
    )

    later = now + timedelta(days=1)
    bring(tmp_path, later, ("C1", "Ann Lee", "", "", "Hà Nội"))

    ann.refresh_from_db()
    assert (ann.full_name, ann.city) == ("Ann Lee", "Đà Nẵng")


def test_the_same_people_again_are_no_news(tmp_path: Path, now: datetime) -> None:
    make_business()
    row = ("C1", "Ann", "ann@example.com", "0912345678", "Huế")
    bring(tmp_path, now, row, consents={"email": AGREED})
    before = (Trait.objects.count(), Identifier.objects.count(), Consent.objects.count())

    report = bring(
        tmp_path,
        now + timedelta(days=1),
        row,
        ("C2", "Bob", "", "", ""),
        consents={"email": AGREED},
    )

    assert report.counts["unchanged_customers"] == 1
    after = (Trait.objects.filter(record__source_key="C1").count(), Consent.objects.count())
    assert after == (before[0], before[2])


def test_a_declared_consent_is_written_per_channel_with_its_ground(
    tmp_path: Path, now: datetime
) -> None:
    make_business()

    bring(
        tmp_path,
        now,
        ("C1", "Ann", "ann@example.com", "0912345678", ""),
        ("C2", "Bob", "", "0000000000", ""),
        consents={"email": AGREED, "zalo": ConsentTerms(status="unknown")},
    )

    rows = Consent.objects.order_by("channel").values_list(
        "channel", "address", "purpose", "status", "basis", "proof", "given_at"
    )
    assert list(rows) == [
        (
            "email",
            "ann@example.com",
            Purpose.MARKETING,
            ConsentStatus.GRANTED,
            ConsentBasis.CONSENT,
            "sign-up sheet",
            datetime(2026, 1, 4, 17, 0, tzinfo=UTC),
        ),
        (
            "zalo",
            "+84912345678",
            Purpose.MARKETING,
            ConsentStatus.UNKNOWN,
            ConsentBasis.UNKNOWN,
            "file people0.csv",
            now,
        ),
    ]


def test_a_column_answers_for_each_person(tmp_path: Path, now: datetime) -> None:
    make_business()
    header = ("Customer ID", "E-mail", "Accepts Email Marketing")

    bring(
        tmp_path,
        now,
        ("C1", "ann@example.com", "yes"),
        ("C2", "bob@example.com", "no"),
        ("C3", "cleo@example.com", ""),
        header=header,
    )

    assert dict(Consent.objects.values_list("address", "status")) == {
        "ann@example.com": "granted",
        "bob@example.com": "denied",
        "cleo@example.com": "unknown",
    }


def test_a_file_never_overrules_a_younger_refusal(tmp_path: Path, now: datetime) -> None:
    make_business()
    bring(tmp_path, now, ("C1", "Ann", "ann@example.com", "", ""))
    record_consent(
        address="ann@example.com",
        channel="email",
        status=ConsentStatus.DENIED,
        now=now,
        customer_id=Customer.objects.get().id,
    )

    bring(
        tmp_path,
        now + timedelta(days=1),
        ("C1", "Ann", "ann@example.com", "", "Huế"),
        consents={"email": AGREED},
    )
    assert list(Consent.objects.values_list("status", flat=True)) == ["denied"]

    renewed = ConsentTerms(status="granted", basis="consent", given_on=date(2027, 2, 1))
    bring(
        tmp_path,
        now + timedelta(days=90),
        ("C1", "Ann", "ann@example.com", "", "Hà Nội"),
        consents={"email": renewed},
    )
    assert list(Consent.objects.order_by("given_at").values_list("status", flat=True)) == [
        "denied",
        "granted",
    ]


def test_agreement_without_a_ground_is_refused(tmp_path: Path, now: datetime) -> None:
    make_business()

    with pytest.raises(ImportProblem, match="say on what ground") as caught:
        bring(
            tmp_path,
            now,
            ("C1", "Ann", "ann@example.com", "", ""),
            consents={"email": ConsentTerms(status="granted")},
        )

    assert caught.value.code == "missing_basis"
    assert Customer.objects.count() == 0


def test_given_and_family_names_are_joined_as_their_bearers_say_them(
    tmp_path: Path, now: datetime
) -> None:
    make_business(language="vi")

    bring(
        tmp_path,
        now,
        ("C1", "Hoa", "Đặng Thị"),
        ("C2", "小明", "王"),
        header=("Customer ID", "First name", "Last name"),
    )

    names = Customer.objects.order_by("id").values_list("full_name", flat=True)
    assert list(names) == ["Đặng Thị Hoa", "王小明"]


def test_a_company_without_a_person_is_a_company(tmp_path: Path, now: datetime) -> None:
    make_business()

    bring(tmp_path, now, ("C1", "Bình Minh Ltd"), header=("Customer ID", "Company"))

    company = Customer.objects.get()
    assert (company.full_name, company.is_company) == ("Bình Minh Ltd", True)
    assert SourceRecord.objects.get().kind == "company"
