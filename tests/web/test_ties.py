"""The people of a company on its page, and the company on theirs; whoever has left stays, as one
who was there.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client

from idic.core import ids
from idic.identify.models import Customer
from idic.web.selectors.customer import get_facts
from idic.web.selectors.ties import Tie
from tests.identify.importing import make_business, run_import, write_csv

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
LATER = NOW + timedelta(days=40)


def bring(path: Path, kind: str, header: tuple[str, ...], *rows: object, now: datetime) -> None:
    file = write_csv(path / f"{kind}.csv", *rows, header=header)  # type: ignore[arg-type]
    run_import(file, now=now, kind=kind, source="CRM")


@pytest.fixture
def companies(tmp_path: Path) -> None:
    make_business()
    head = ("Account ID", "Account Name", "Industry")
    bring(tmp_path, "companies", head, ("A1", "Ánh Dương", "Retail"), ("A2", "Beta", ""), now=NOW)
    head = ("Contact ID", "Full name", "Email", "Company", "Job title")
    first = ("C1", "An Lê", "an@x.vn", "Ánh Dương", "Buyer")
    bring(tmp_path, "customers", head, first, ("C2", "Be", "be@x.vn", "Beta", ""), now=NOW)
    moved = ("C1", "An Lê", "an@x.vn", "Beta", "Director")
    bring(tmp_path, "customers", head, moved, now=LATER)


def tie_of(name: str) -> tuple[list[Tie], list[Tie]]:
    facts = get_facts(Customer.objects.get(full_name=name).id, now=LATER)
    return facts.people, facts.companies


@pytest.mark.req("R153")
def test_a_contact_who_left_stays_on_both_pages(owner: Client, companies: None) -> None:
    day = LATER.date()

    people, none = tie_of("Ánh Dương")
    assert [(one.name, one.title, one.until) for one in people] == [("An Lê", "Buyer", day)]
    assert none == []
    people, none = tie_of("Beta")
    assert [(one.name, one.title, one.since, one.until) for one in people] == [
        ("An Lê", "Director", day, None),
        ("Be", "", None, None),
    ]
    none, held = tie_of("An Lê")
    assert [(one.name, one.until) for one in held] == [("Beta", None), ("Ánh Dương", day)]
    assert none == []

    an = ids.encode("customer", Customer.objects.get(full_name="An Lê").id)
    beta = ids.encode("customer", Customer.objects.get(full_name="Beta").id)
    page = owner.get(f"/customers/{beta}/").content.decode()
    assert "People there" in page
    assert f"/customers/{an}/" in page
    page = owner.get(f"/customers/{an}/").content.decode()
    assert "Contact of" in page
    assert f"/customers/{beta}/" in page
