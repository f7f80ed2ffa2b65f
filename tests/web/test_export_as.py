"""Customers taken out in the format of another system: what comes back in changes nothing, nothing
in it runs, and the trail says who took it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.http import StreamingHttpResponse
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from idic.core.models import AuditEntry
from idic.differentiate.services.refresh import refresh_all
from idic.identify.models import Consent, Customer
from idic.web.export.formats import list_formats
from idic.web.export.writing import harmless
from tests.examples import examples
from tests.identify.importing import make_business, run_import, write_csv

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
PRESETS = Path(__file__).parents[1] / "identify" / "presets"
ROUND = [form.key for form in list_formats() if form.system]


@pytest.fixture
def shop(owner: Client) -> Client:
    make_business(language="en", country="GB", currency="GBP")
    return owner


def bring(path: Path, key: str) -> dict[str, object]:
    kind = "companies" if key.endswith(("accounts", "companies")) else "customers"
    report = run_import(path, now=NOW, kind=kind, source="", preset=key)
    refresh_all(as_of=NOW.date(), now=NOW)
    return report.counts


def take(client: Client, **asked: str) -> bytes:
    response = client.get("/customers/export/file/", asked)
    assert isinstance(response, StreamingHttpResponse)
    return b"".join(response)  # type: ignore[arg-type]


@pytest.mark.req("R147", "R148")
@pytest.mark.parametrize("key", ROUND)
def test_what_comes_back_from_the_old_format_changes_nothing(
    key: str, shop: Client, tmp_path: Path
) -> None:
    first = tmp_path / "first.csv"
    first.write_bytes((PRESETS / f"{key}.csv").read_bytes())
    before = bring(first, key)
    consents = Consent.objects.count()

    content = take(shop, format=key)
    again = tmp_path / ("again.xlsx" if content.startswith(b"PK") else "again.csv")
    again.write_bytes(content)
    after = bring(again, key)

    assert before["new_customers"] == after["unchanged_customers"] == after["customers"]
    assert (after["new_customers"], after["updated_customers"]) == (0, 0)
    assert (after["rejected"], Consent.objects.count()) == (0, consents)


@pytest.mark.req("R148")
def test_letters_of_older_chinese_programs_come_back_too(shop: Client, tmp_path: Path) -> None:
    first = tmp_path / "first.csv"
    first.write_bytes((PRESETS / "fxiaoke-contacts.csv").read_bytes())
    bring(first, "fxiaoke-contacts")

    content = take(shop, format="fxiaoke-contacts", file="csv", encoding="gb18030")
    (tmp_path / "again.csv").write_bytes(content)

    assert "王小明" in content.decode("gbk")
    assert bring(tmp_path / "again.csv", "fxiaoke-contacts")["unchanged_customers"] == 1


@pytest.mark.parametrize("file", ["csv", "xlsx"])
def test_the_plain_format_comes_back_too_and_nothing_in_it_runs(
    file: str, shop: Client, tmp_path: Path
) -> None:
    head = ("Customer number", "Customer name", "E-mail", "Phone", "Notes", "Birth date")
    rows = [
        ("C1", "=1+1", "an@x.vn", "+84901234567", "@SUM(A1)", "1990-02-03"),
        ("C2", 'Bé, "Nhỏ"', "be@x.vn", "", "-1+cmd|' /C calc'!A0", ""),
    ]
    path = write_csv(tmp_path / "first.csv", *rows, header=head)
    run_import(path, now=NOW, kind="customers", source="Till")
    refresh_all(as_of=NOW.date(), now=NOW)

    content = take(shop, format="plain", file=file)
    again = tmp_path / f"again.{file}"
    again.write_bytes(content)
    counts = run_import(again, now=NOW, kind="customers", source="Till").counts

    if file == "csv":
        text = content.decode("utf-8-sig")
        assert "'=1+1" in text
        assert ",+84901234567," in text
        assert "'@SUM" in text
    assert counts["unchanged_customers"] == counts["customers"] == 2
    assert Customer.objects.count() == 2


@pytest.mark.req("R147")
def test_who_took_what_in_which_format_is_in_the_trail(
    shop: Client, as_role: Callable[[str], Client]
) -> None:
    take(shop, format="plain", list="sort=name")

    entry = AuditEntry.objects.get(action="customers.exported")
    assert entry.actor == "owner@shop.vn"
    assert entry.detail == {"format": "plain", "file": "csv", "filters": []}
    clerk = as_role("viewer")
    assert clerk.get("/customers/export/").status_code == 403
    assert clerk.get("/customers/export/file/?format=plain").status_code == 403
    assert shop.get("/customers/export/file/?format=none").status_code == 404


def test_the_page_offers_every_format(shop: Client) -> None:
    Customer.objects.create(full_name="An", created_at=NOW)
    refresh_all(as_of=NOW.date(), now=NOW)

    page = shop.get("/customers/export/").content.decode()

    assert "1 customer for another system" in page
    assert all(form.system in page for form in list_formats())


@examples(60)
@given(text=st.text(max_size=20))
def test_no_cell_begins_as_a_formula(text: str) -> None:
    shown = harmless(text)
    assert shown == text or shown == f"'{text}"
    if shown[:1] in {"=", "@", "\t", "\r", "＝"}:
        raise AssertionError(shown)
    if shown[:1] in {"+", "-"}:
        assert shown[1:].replace(".", "", 1).isdecimal()
