"""What pages and the terminal say of the sample shop: the notice, the question, the choice when the
first own file comes.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from idic.cli.program import run
from idic.core import ids
from idic.core.jobs.worker import drain
from idic.core.models import Business, Job
from idic.core.selectors import get_business
from idic.identify.models import Customer, ImportRun, ImportState, Order, Source, SourceRecord
from idic.identify.selectors import has_demo

pytestmark = pytest.mark.django_db
NOTICE = "This is a sample shop."
FILE = (
    b"Order,Date,Customer ID,SKU,Product,Qty,Price\n"
    b"1,2026-11-01,7,T,Tea,1,5\n"
    b"2,2026-11-02,8,T,Tea,1,5\n"
)


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, settings: Settings) -> None:
    settings.IDIC_HOME = tmp_path
    settings.IDIC_LAKE = tmp_path / "lake"
    settings.IDIC_FILES = tmp_path / "files"


@pytest.fixture
def sample(business: Business, now: datetime) -> Customer:
    """Give the only person of a very small sample shop, with one order."""
    till = Source.objects.create(
        key="demo-till", name="Till", kind="till", is_demo=True, created_at=now
    )
    person = Customer.objects.create(full_name="Ann", is_demo=True, created_at=now)
    record = SourceRecord.objects.create(
        source=till, source_key="7", customer=person, created_at=now
    )
    Order.objects.create(
        merchant="demo",
        order_number="1",
        source=till,
        record=record,
        ordered_at=now,
        currency="VND",
        net_amount=5,
        line_count=0,
    )
    return person


@pytest.mark.parametrize("name", ["web:first_look", "web:settings"])
def test_the_notice_stands_where_people_look_first(
    sample: Customer, as_role: Callable[[str], Client], name: str
) -> None:
    address = reverse("web:demo_remove")

    for role, may_remove in (("owner", True), ("marketer", False), ("read_only", False)):
        page = as_role(role).get(reverse(name)).content.decode()
        assert NOTICE in page
        assert (address in page) is may_remove


def test_without_a_sample_shop_there_is_no_notice(owner: Client) -> None:
    assert NOTICE not in owner.get(reverse("web:first_look")).content.decode()
    assert owner.get(reverse("web:demo_remove")).status_code == 302


def test_beside_own_data_the_notice_says_so(owner: Client, sample: Customer, now: datetime) -> None:
    own = Source.objects.create(key="till", name="Till", kind="till", created_at=now)
    ImportRun.objects.create(
        kind="orders", source=own, state=ImportState.PUBLISHED, file_name="a.csv", created_at=now
    )

    page = owner.get(reverse("web:first_look")).content.decode()

    assert NOTICE not in page
    assert "stands beside your own data" in page


def test_the_owner_is_told_what_goes_and_it_goes(owner: Client, sample: Customer) -> None:
    page = owner.get(reverse("web:demo_remove")).content.decode()
    assert "Remove the sample shop and its 1 made-up person?" in page
    assert Customer.objects.count() == 1

    answer = owner.post(reverse("web:demo_remove"))
    assert answer.url == reverse("web:first_look")
    assert Job.objects.get(unique_key="web.demo_removal").queue == "long"
    waiting = owner.get(reverse("web:first_look")).content.decode()
    assert "The sample shop is being removed." in waiting
    assert reverse("web:demo_remove") not in waiting
    owner.post(reverse("web:demo_remove"))
    assert Job.objects.filter(unique_key="web.demo_removal").count() == 1

    drain()

    assert not has_demo()
    assert (Customer.objects.count(), Order.objects.count()) == (0, 0)
    assert Job.objects.filter(unique_key="web.loop").count() == 1


@pytest.mark.parametrize("role", ["manager", "marketer", "read_only"])
def test_only_the_owner_removes_it(
    sample: Customer, as_role: Callable[[str], Client], role: str
) -> None:
    client = as_role(role)

    assert client.get(reverse("web:demo_remove")).status_code == 403
    assert client.post(reverse("web:demo_remove")).status_code == 403
    assert not Job.objects.exists()


def begin_import(owner: Client) -> str:
    file = SimpleUploadedFile("own.csv", FILE, content_type="text/csv")
    owner.post(reverse("identify:import_new"), {"kind": "orders", "file": file})
    import_id = ids.encode("import", ImportRun.objects.get().id)
    owner.post(
        reverse("identify:import_choices", args=[import_id]), {"source": "Till", "currency": "VND"}
    )
    return import_id


@pytest.mark.parametrize("is_kept", [False, True])
def test_the_first_own_file_says_that_the_sample_shop_goes_and_lets_it_stay(
    owner: Client, sample: Customer, is_kept: bool
) -> None:
    import_id = begin_import(owner)
    page = owner.get(reverse("identify:import_check", args=[import_id])).content.decode()
    assert "It takes the place of the sample shop." in page
    assert 'name="keeps_demo"' in page

    assert 'name="shop_name"' in page
    chosen = {"shop_name": " Hương & Con "} | ({"keeps_demo": "on"} if is_kept else {})
    owner.post(reverse("identify:import_start", args=[import_id]), chosen)
    drain()

    assert get_business().name == "Hương & Con"

    assert ImportRun.objects.get().state == ImportState.PUBLISHED
    assert has_demo() is is_kept
    assert Customer.objects.filter(is_demo=False).count() == 2
    assert Customer.objects.filter(is_demo=True).count() == int(is_kept)


@pytest.mark.parametrize("page", ["web:today", "web:loop", "web:first_look"])
def test_where_a_newcomer_looks_first_the_way_to_own_data_stands(
    owner: Client, sample: Customer, page: str
) -> None:
    said = owner.get(reverse(page)).content.decode()

    assert NOTICE in said
    assert f'href="{reverse("identify:import_new")}"' in said


def test_without_a_sample_shop_an_own_file_asks_nothing(owner: Client) -> None:
    import_id = begin_import(owner)

    page = owner.get(reverse("identify:import_check", args=[import_id])).content.decode()

    assert 'name="keeps_demo"' not in page


def test_the_terminal_removes_it_and_says_what_went(
    sample: Customer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["demo", "remove", "--yes"]) == 0
    assert capsys.readouterr().out.endswith("The sample shop is gone: 1 person, 1 order.\n")
    assert not Customer.objects.exists()

    assert run(["demo", "remove"]) == 1
    assert capsys.readouterr().err == ("There is no sample shop here. “idic demo” sets one up.\n")


def test_the_terminal_says_beforehand_that_the_sample_shop_goes(
    sample: Customer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "own.csv"
    path.write_bytes(FILE)
    words = "The sample shop will be removed when your own data arrives (--keep-demo keeps it)."

    assert run(["import", "orders", str(path), "--keep-demo"]) == 0
    assert words not in capsys.readouterr().out
    assert has_demo()

    path.write_bytes(FILE + b"3,2026-11-03,9,T,Tea,1,5\n")
    assert run(["import", "orders", str(path)]) == 0
    assert words in " ".join(capsys.readouterr().out.split())
    assert not has_demo()
    assert Customer.objects.count() == 3
